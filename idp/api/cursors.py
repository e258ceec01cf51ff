# SPDX-License-Identifier: Apache-2.0
"""Cursors of lists: opaque, and good for nothing but the list that they came from (WB-009)."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

from idp.marks import Marks

MARK = 16
LONGEST = 2048


class Cursors:
    """Makes and reads them."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    def make(self, of: str, place: str) -> str:
        """The cursor to a place in a list; nothing where the list is over."""
        if not place:
            return ""
        mark = self._marks.of("cursor", of, place)[:MARK]
        return urlsafe_b64encode(mark + place.encode()).rstrip(b"=").decode()

    def read(self, of: str, cursor: str) -> str | None:
        """The place; None for what we did not make, or made for another list."""
        if not cursor:
            return ""
        if len(cursor) > LONGEST or not cursor.isascii():
            return None
        try:
            found = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            place = found[MARK:].decode()
        except (NotBase64, ValueError):
            return None
        mark = self._marks.of("cursor", of, place)[:MARK]
        return place if hmac.compare_digest(found[:MARK], mark) else None
