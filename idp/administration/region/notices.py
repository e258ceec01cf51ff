# SPDX-License-Identifier: Apache-2.0
"""Announcements, as administrators write them."""

from typing import Final

from idp.administration.authority import Authority, Denied
from idp.administration.region.announcements import LONGEST, Announcement, Announcements, Notice
from idp.administration.rights import Right
from idp.clock import Clock
from idp.db import Tx

# Nobody looks further back; the audit does.
MOST: Final = 200


class Notices:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, announcements: Announcements) -> None:
        self._clock = clock
        self._announcements = announcements

    def every(self, tx: Tx, authority: Authority) -> Denied | list[Announcement]:
        """The newest first."""
        if denied := authority.refuses(Right.ANNOUNCEMENTS_EDIT):
            return denied
        return self._announcements.every(tx)[:MOST]

    def add(
        self, tx: Tx, authority: Authority, notice: Notice
    ) -> Denied | tuple[str, ...] | Announcement:
        """Announce; or the names of what can't be: french, english, ends_at."""
        if denied := authority.refuses(Right.ANNOUNCEMENTS_EDIT):
            return denied
        if unfit := self._unfit(notice):
            return unfit
        return self._announcements.add(tx, notice, authority.origin)

    def end(self, tx: Tx, authority: Authority, announcement: str) -> Denied | bool:
        """Take it off every page now; False where it is unknown or over."""
        if denied := authority.refuses(Right.ANNOUNCEMENTS_EDIT):
            return denied
        return self._announcements.end(tx, announcement, authority.origin)

    def _unfit(self, notice: Notice) -> tuple[str, ...]:
        found = [
            name
            for name in ("french", "english")
            if not (text := getattr(notice, name)).strip()
            or len(text) > LONGEST
            or not text.isprintable()
        ]
        start = notice.starts_at if notice.starts_at is not None else self._clock.now()
        if notice.ends_at is not None and notice.ends_at <= max(start, self._clock.now()):
            found.append("ends_at")
        return tuple(found)
