# SPDX-License-Identifier: Apache-2.0
"""Forms that only this application's own pages can send, for the person logged in.

SameSite does not help between applications of one site (two ports of a host are one site), so each
form carries a value derived from the session id.
"""

import hashlib
import hmac

FIELD = "form_token"


def form_token(session_id: str) -> str:
    """The hidden value for the forms of that session."""
    return hmac.new(session_id.encode(), b"sceau-kit form", hashlib.sha256).hexdigest()


def is_own_form(session_id: str, given: str | None) -> bool:
    """Whether a form came from a page of that session."""
    expected = form_token(session_id).encode()
    return hmac.compare_digest(expected, (given or "").encode("utf-8", "replace"))
