# SPDX-License-Identifier: Apache-2.0
"""The outbox: put in, taken by lease, sent once."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, bindparam, insert, select, update

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
    .where(table.c.sent_at.is_(None), table.c.next_at <= bindparam("now_"))
    .order_by(table.c.next_at, table.c.id)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)
TAKE = (
    update(table)
    .where(table.c.id.in_(_due))
    .values(next_at=bindparam("until_"), tries=table.c.tries + 1)
    .returning(
        table.c.id, table.c.to_kind, table.c.to_id, table.c.what, table.c.content, table.c.tries
    )
)
DONE = (
    update(table)
    .where(table.c.id == bindparam("id_"), table.c.sent_at.is_(None))
    .values(sent_at=bindparam("now_"))
    .returning(table.c.id)
)
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

    def _readable(self, tx: Tx, row: Any) -> Notice | None:
        """It, or None where its key is gone: set aside, so that it holds up nobody else's."""
        try:
            return self._read(*row)
        except CryptoError as fault:
            log.warning("notice %s set aside: %s", row.id, fault)
            tx.execute(SET_ASIDE, {"id_": row.id, "until_": self._now() + ASIDE})
            return None

    def _read(
        self, notice: str, to: str, to_id: str, what: str, content: str, tries: int
    ) -> Notice:
        text = self._keys.open(content, table=table.name, column="content", row=notice)
        return Notice(notice, To(to), to_id, What(what), json.loads(text), tries)
