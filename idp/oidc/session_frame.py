# SPDX-License-Identifier: Apache-2.0
"""Session Management 1.0: a frame in which applications ask whether the session is still the same.

Today's browsers give frames within other sites no cookies, and such a frame then answers that it
changed: for applications on our own site, and for old ones. Others are told of logouts.
"""

import hashlib
from base64 import urlsafe_b64encode
from typing import Final

from idp.http.addresses import origin_of
from idp.http.browser_state import STATE, kept, state_of
from idp.http.flask_app import static_url
from idp.http.services import Core
from idp.http.wire import Answer, Call, Headers, Reply, not_allowed

# Whoever may hold it in a frame learns nothing: it shows nothing, takes no click, and answers
# alike to whoever was not told the state of this very session at that very site. A list of those
# who may would tell everybody which applications there are.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
)
AGE: Final = 300
SALT: Final = 16
PAGE: Final = (
    '<!doctype html>\n<html lang="en" data-cookie="{cookie}">\n<head><meta charset="utf-8">'
    '<title>Session</title><script src="{script}" defer></script></head>\n<body></body>\n</html>\n'
)


class SessionFrame:
    """GET /oidc/session-frame: the same for everybody."""

    def __init__(self, core: Core) -> None:
        page = PAGE.format(cookie=core.jar.name(STATE), script=static_url("js/session-frame.js"))
        self._body = page.encode()
        self._headers: Headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", f"public, max-age={AGE}"),
            ("Content-Security-Policy", POLICY),
            # CSP 3 §6.4.2: the policy counts in its place.
            ("X-Frame-Options", "DENY"),
        ]

    def __call__(self, call: Call) -> Answer:
        """The page."""
        if call.method not in {"GET", "HEAD"}:
            return not_allowed("GET", "HEAD")
        return Reply(200, list(self._headers), self._body)


class Watched:
    """What an application is told of the session, and what the browser keeps for it."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def state(self, client: str, uri: str, session: str) -> str:
        """Session Management 1.0 §2: for this application, at the site of its address."""
        salt = self._core.entropy.token(SALT)
        said = f"{client} {origin_of(uri)} {state_of(self._core, session)} {salt}"
        digest = urlsafe_b64encode(hashlib.sha256(said.encode()).digest()).rstrip(b"=")
        return f"{digest.decode()}.{salt}"

    def header(self, session: str) -> tuple[str, str]:
        """The cookie that its frame compares with."""
        return kept(self._core, session)
