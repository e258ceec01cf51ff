# SPDX-License-Identifier: Apache-2.0
"""What the server writes about itself: one line an event, no secret in it, nothing unescaped.

It owns the shape of a line and what may be in it; not what is worth a line, nor the audit trail.
"""

from idp.logs.setup import bind_request, configure, forget_request, get

__all__ = ["bind_request", "configure", "forget_request", "get"]
