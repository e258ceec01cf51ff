# SPDX-License-Identifier: Apache-2.0
"""Cursors of lists: sealed, and good for nothing but the list that they came from (WB-009).

The place in a list may be a name, and a cursor stands in addresses, which others keep.
"""

from idp.crypto import CryptoError, KeyRing

LONGEST = 2048


class Cursors:
    """Makes and reads them."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def make(self, of: str, place: str) -> str:
        """The cursor to a place in a list; nothing where the list is over."""
        if not place:
            return ""
        return self._ring.seal(place.encode(), table="cursors", column="place", row=of)

    def read(self, of: str, cursor: str) -> str | None:
        """The place; None for what we did not make, or made for another list."""
        if not cursor:
            return ""
        if len(cursor) > LONGEST or not cursor.isascii():
            return None
        try:
            return self._ring.open(cursor, table="cursors", column="place", row=of).decode()
        except CryptoError:
            return None
