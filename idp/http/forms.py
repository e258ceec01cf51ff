# SPDX-License-Identifier: Apache-2.0
"""Forms of our own pages: bound to the browser, from our own site, and nowhere else.

The browser cookie exists before any login, so the login form itself is covered (OA-170, WB-004).
"""

import hmac

from idp.clock import Entropy
from idp.http.wire import Call
from idp.lookup import Lookup


class Forms:
    """Tokens of forms."""

    def __init__(self, lookup: Lookup, entropy: Entropy, site: str) -> None:
        self._lookup = lookup
        self._entropy = entropy
        self._site = site

    def new_browser(self) -> str:
        """The secret that a browser's cookie will hold."""
        return self._entropy.token()

    def token(self, browser: str) -> str:
        """The value that forms of this browser carry."""
        return self._lookup.text("form", browser, 20)

    def is_genuine(self, call: Call, browser: str, token: str) -> bool:
        """Whether a form was filled in on a page of ours in this browser."""
        if not is_from_here(call, self._site):
            return False
        return bool(browser) and hmac.compare_digest(
            self.token(browser).encode(), token.encode("utf-8", "replace")
        )


def is_from_here(call: Call, site: str) -> bool:
    """Fetch Metadata and Origin, where the browser sends them, must name our own site."""
    fetched = call.header("Sec-Fetch-Site")
    if fetched:
        return fetched in {"same-origin", "none"}
    # Under our own Referrer-Policy a browser says "null" even for our own pages.
    return call.header("Origin") in {"", "null", site}


def is_browser_secret(value: str) -> bool:
    """Whether a cookie's value may be one that we set."""
    return 40 <= len(value) <= 64 and value.isascii()
