# SPDX-License-Identifier: Apache-2.0
"""What several tests share."""

from tests.protocol.oidc.rung import rung
from tests.security.phone_scene import sent

__all__ = ["rung", "sent"]
