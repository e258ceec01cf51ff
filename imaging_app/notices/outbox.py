# SPDX-License-Identifier: Apache-2.0
"""The outbox: put in, taken by lease, sent once or given up; read on a page in any case."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, bindparam, case, func, insert, select, update

from imaging_app.clock import DAY, Now
from imaging_app.crypto import CryptoError, Keys, new_id
from imaging_app.db import Tx, table_of
from imaging_app.notices.models import NoticeRow

table = table_of(NoticeRow)
NAMES = tuple(one.name for one in table.columns)
# `really`: what must take the same time whether somebody is told or not asks the same question.
PUT = insert(table).from_select(
    NAMES,
    select(*(bindparam(f"{one.name}_", type_=one.type) for one in table.columns)).where(
        bindparam("really", type_=Boolean)
    ),
)
_due = (
    select(table.c.id)
    .where(
        table.c.sent_at.is_(None),
        table.c.given_up_at.is_(None),
        table.c.next_at <= bindparam("now_"),
    )
    .order_by(table.c.next_at, table.c.id)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)
TAKE = (
    update(table)
    .where(table.c.id.in_(_due))
    .values(next_at=bindparam("until_"), tries=table.c.tries + 1)
    .returning(
        table.c.id,
        table.c.to_kind,
        table.c.to_id,
        table.c.what,
        table.c.content,
        table.c.tries,
        table.c.made_at,
    )
)
DONE = (
    update(table)
    .where(table.c.id == bindparam("id_"), table.c.sent_at.is_(None))
    .values(sent_at=bindparam("now_"), fault=None)
    .returning(table.c.id)
)
_ours = (table.c.to_kind == bindparam("to_")) & (table.c.to_id == bindparam("whom_"))
OF = (
    select(table.c.id, table.c.what, table.c.content, table.c.made_at, table.c.read_at)
    .where(_ours)
    .order_by(table.c.made_at.desc(), table.c.id)
    .limit(bindparam("count"))
)
# No later than what was shown: what came meanwhile stays unread.
READ = (
    update(table)
    .where(_ours, table.c.read_at.is_(None), table.c.made_at <= bindparam("until_"))
    .values(read_at=bindparam("now_"))
    .returning(table.c.id)
)
_open = (table.c.id == bindparam("id_")) & table.c.sent_at.is_(None)
LATER = update(table).where(_open).values(next_at=bindparam("until_"), fault=bindparam("fault_"))
GIVE_UP = (
    update(table).where(_open).values(given_up_at=bindparam("now_"), fault=bindparam("fault_"))
)
AGAIN = (
    update(table)
    .where(table.c.sent_at.is_(None), table.c.given_up_at.is_not(None))
    .values(given_up_at=None, fault=None, tries=0, next_at=bindparam("now_"))
    .returning(table.c.id)
)
_state = case(
    (table.c.sent_at.is_not(None), "sent"),
    (table.c.given_up_at.is_not(None), "given_up"),
    else_="waiting",
)
_one = select(
    _state.label("state"), table.c.what, func.coalesce(table.c.fault, "").label("fault")
).subquery()
_kind = (_one.c.state, _one.c.what, _one.c.fault)
COUNTS = select(*_kind, func.count()).group_by(*_kind).order_by(*_kind)
SET_ASIDE = update(table).where(table.c.id == bindparam("id_")).values(next_at=bindparam("until_"))
LEASE = 120
# What can't be read waits so long: its key may come back.
ASIDE = DAY
log = logging.getLogger(__name__)


class To(StrEnum):
    """To whom something is told."""

    PATIENT = "patient"
    ESTABLISHMENT = "establishment"


class What(StrEnum):
    """What is told."""

    CODE_LOCKED = "code_locked"
    CODE_USED = "code_used"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be told."""

    id: str
    to: To
    to_id: str
    what: What
    content: Mapping[str, str | int]
    tries: int
    made_at: int


@dataclass(frozen=True, slots=True)
class Told:
    """The same as a page shows it."""

    id: str
    what: What
    content: Mapping[str, str | int]
    at: int
    read_at: int | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many notices stand so."""

    state: str
    what: str
    fault: str
    number: int


class Outbox:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, keys: Keys, now: Now) -> None:
        self._keys = keys
        self._now = now

    def put(
        self,
        tx: Tx,
        to: To,
        to_id: str,
        what: What,
        content: Mapping[str, str | int],
        *,
        really: bool = True,
    ) -> None:
        """Have it told."""
        notice, now = new_id(), self._now()
        text = json.dumps(dict(content), ensure_ascii=False)
        row = {
            "id": notice,
            "to_kind": to.value,
            "to_id": to_id,
            "what": what.value,
            "content": self._keys.seal(text, table=table.name, column="content", row=notice),
            "made_at": now,
            "next_at": now,
            "tries": 0,
            "sent_at": None,
            "read_at": None,
            "given_up_at": None,
            "fault": None,
        }
        tx.execute(PUT, {**{f"{name}_": value for name, value in row.items()}, "really": really})

    def take(self, tx: Tx, count: int = 20) -> list[Notice]:
        """What is due, for one sender: whoever takes it has so many seconds."""
        now = self._now()
        asked = {"now_": now, "until_": now + LEASE, "count": count}
        while rows := tx.execute(TAKE, asked).all():
            found = [one for one in (self._readable(tx, row) for row in rows) if one]
            if found:
                return found
        return []

    def done(self, tx: Tx, notice: str) -> bool:
        """It was sent."""
        return tx.execute(DONE, {"id_": notice, "now_": self._now()}).first() is not None

    def later(self, tx: Tx, notice: str, seconds: int, fault: str) -> None:
        """Try again after so many seconds."""
        asked = {"id_": notice, "until_": self._now() + seconds, "fault_": fault[:64]}
        tx.execute(LATER, asked)

    def give_up(self, tx: Tx, notice: str, fault: str) -> None:
        """Send it no more: it stays on the page of whom it is for, and the operator sees why."""
        tx.execute(GIVE_UP, {"id_": notice, "now_": self._now(), "fault_": fault[:64]})

    def again(self, tx: Tx) -> int:
        """Have all that was given up tried again; how many."""
        return len(tx.execute(AGAIN, {"now_": self._now()}).all())

    def counts(self, tx: Tx) -> list[Count]:
        """How many were sent, wait, or were given up, and why."""
        return [Count(*row) for row in tx.execute(COUNTS).all()]

    def of(self, tx: Tx, to: To, whom: str, count: int = 20) -> list[Told]:
        """What somebody is told, the newest first, whether it was mailed or not."""
        asked = {"to_": to.value, "whom_": whom, "count": count}
        found = []
        for row in tx.execute(OF, asked).all():
            try:
                text = self._keys.open(row.content, table=table.name, column="content", row=row.id)
            except CryptoError as fault:
                log.warning("notice %s is not shown: %s", row.id, fault)
                continue
            what = What(row.what)
            found.append(Told(row.id, what, json.loads(text), row.made_at, row.read_at))
        return found

    def read(self, tx: Tx, to: To, whom: str, until: int) -> int:
        """They have read what was told them until then; how much of it was new."""
        asked = {"to_": to.value, "whom_": whom, "until_": until, "now_": self._now()}
        return len(tx.execute(READ, asked).all())

    def _readable(self, tx: Tx, row: Any) -> Notice | None:
        """It, or None where its key is gone: set aside, so that it holds up nobody else's."""
        try:
            return self._read(*row)
        except CryptoError as fault:
            log.warning("notice %s set aside: %s", row.id, fault)
            tx.execute(SET_ASIDE, {"id_": row.id, "until_": self._now() + ASIDE})
            return None

    def _read(
        self, notice: str, to: str, to_id: str, what: str, content: str, tries: int, made_at: int
    ) -> Notice:
        text = self._keys.open(content, table=table.name, column="content", row=notice)
        return Notice(notice, To(to), to_id, What(what), json.loads(text), tries, made_at)
