# SPDX-License-Identifier: Apache-2.0
"""Announcements: what everybody who comes by should know, in both languages, for a while."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import bindparam, insert, or_, select, update

from idp.administration.models import AnnouncementRow
from idp.audit.record import Audit, Event
from idp.clock import Clock, Entropy
from idp.db import Found, Tx, table_of
from idp.origin import Origin

LONGEST = 300
# Found again by people who type it: short, and never a hyphen at its beginning.
ID_BYTES = 5
rows = table_of(AnnouncementRow)

_INSERT = insert(rows).values({one.name: bindparam(one.name) for one in rows.c})
_ALL = select(rows).order_by(rows.c.starts_at.desc(), rows.c.id)
# Warnings first, then the newest.
_RUNNING = (
    select(rows)
    .where(rows.c.starts_at <= bindparam("now"))
    .where(or_(rows.c.ends_at.is_(None), rows.c.ends_at > bindparam("now")))
    .order_by(rows.c.tone.desc(), rows.c.starts_at.desc(), rows.c.id)
    .limit(20)
)
_END = (
    update(rows)
    .where(rows.c.id == bindparam("id_"))
    .where(or_(rows.c.ends_at.is_(None), rows.c.ends_at > bindparam("now")))
    .values(ends_at=bindparam("now"))
    .returning(rows.c.id)
)


class Tone(StrEnum):
    """How an announcement looks."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be announced; None as end means until somebody ends it."""

    french: str
    english: str
    tone: Tone = Tone.INFO
    starts_at: int | None = None
    ends_at: int | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """An announcement as stored."""

    id: str
    tone: Tone
    french: str
    english: str
    starts_at: int
    ends_at: int | None

    def text(self, locale: str) -> str:
        """In the reader's language."""
        return self.english if locale == "en" else self.french

    def state(self, now: int) -> str:
        """In a word for lists."""
        if self.ends_at is not None and self.ends_at <= now:
            return "ended"
        return "running" if self.starts_at <= now else "planned"


class Announcements:
    """Verbs over the announcements."""

    def __init__(self, clock: Clock, entropy: Entropy, audit: Audit) -> None:
        self._clock = clock
        self._entropy = entropy
        self._audit = audit

    def add(self, tx: Tx, notice: Notice, origin: Origin) -> Announcement:
        """Announce from its beginning on."""
        now = self._clock.now()
        made = Announcement(
            id=self._entropy.bytes(ID_BYTES).hex(),
            tone=notice.tone,
            french=notice.french,
            english=notice.english,
            starts_at=now if notice.starts_at is None else notice.starts_at,
            ends_at=notice.ends_at,
        )
        row = {name: getattr(made, name) for name in Announcement.__dataclass_fields__}
        tx.execute(_INSERT, row | {"tone": made.tone.value, "created_at": now})
        detail = {"announcement": made.id, "tone": made.tone.value}
        self._audit.record(tx, Event("announcement.added", detail=detail), origin)
        return made

    def end(self, tx: Tx, announcement: str, origin: Origin) -> bool:
        """Take it off every page now; False where it is unknown or over."""
        values = {"id_": announcement, "now": self._clock.now()}
        if tx.execute(_END, values).first() is None:
            return False
        event = Event("announcement.ended", detail={"announcement": announcement})
        self._audit.record(tx, event, origin)
        return True

    def running(self, tx: Tx) -> list[Announcement]:
        """What is to be read now: warnings first, then the newest."""
        return [_read(row) for row in tx.execute(_RUNNING, {"now": self._clock.now()})]

    def every(self, tx: Tx) -> list[Announcement]:
        """All of them, the newest first."""
        return [_read(row) for row in tx.execute(_ALL)]


def _read(row: Found) -> Announcement:
    return Announcement(row.id, Tone(row.tone), row.french, row.english, row.starts_at, row.ends_at)
