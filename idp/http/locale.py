# SPDX-License-Identifier: Apache-2.0
"""Which language a page is shown in: asked by the application, chosen, or the browser's."""

from collections.abc import Sequence

from babel import Locale, negotiate_locale
from babel.core import UnknownLocaleError

from idp.http.wire import Call

MOST_WISHES = 10


class Languages:
    """The languages of this installation."""

    def __init__(self, available: Sequence[str], default: str) -> None:
        self.available = tuple(available)
        self.default = default
        self.named = [(code, _native_name(code)) for code in self.available]

    def pick(self, wished: str) -> str | None:
        """The first language of a space-separated wish that we have (OA-017: a closed list)."""
        wishes = [one for one in wished.split()[:MOST_WISHES] if len(one) <= 16]
        found = negotiate_locale(wishes, self.available, sep="-") if wishes else None
        # Babel answers in the wish's own spelling; ours is the one that pages compare with.
        return next((one for one in self.available if found and one == found.lower()), None)

    def of(self, call: Call, cookie: str, wished: str) -> str:
        """The language of a page: chosen in this browser, asked, or preferred by it."""
        if cookie in self.available:
            return cookie
        picked = self.pick(wished)
        if picked is None:
            header = call.header("Accept-Language")[:200]
            ranked = [part.partition(";")[0].strip() for part in header.split(",")]
            picked = self.pick(" ".join(one for one in ranked if one.replace("-", "").isalpha()))
        return picked or self.default


def _native_name(code: str) -> str:
    try:
        return (Locale.parse(code).get_display_name(code) or code).capitalize()
    except (UnknownLocaleError, ValueError):
        return code
