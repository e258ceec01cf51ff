# SPDX-License-Identifier: Apache-2.0
"""An error in the protocol's words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OAuthError:
    """Code for the machine, hint for the integrator."""

    code: str
    hint: str
