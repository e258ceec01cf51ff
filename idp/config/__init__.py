# SPDX-License-Identifier: Apache-2.0
"""The configuration: typed, frozen, read once; every fault is told at the same time.

Owns what may be set, where it is read from and the rules between settings. It opens nothing that it
configures: no database, no key, no connection.
"""

from idp.config.faults import ConfigFaults, Fault
from idp.config.loading import load
from idp.config.secret import Secret
from idp.config.sections import Settings

__all__ = ["ConfigFaults", "Fault", "Secret", "Settings", "load"]
