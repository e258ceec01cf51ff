# SPDX-License-Identifier: Apache-2.0
"""Requests that may come twice and are done once: the answer is kept with their Idempotency-Key.

The row is made in the transaction of what the request does. Of two that come at once, the second
waits for the first at the row, and is given its answer.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.clock import Clock
from idp.crypto import KeyRing
from idp.db import Tx, table_of
from idp.lookup import Lookup
from idp.programs.models import KeptAnswerRow

DAY = 86_400
TABLE = "api_answers"
table = table_of(KeptAnswerRow)
CLAIM = upsert(table).on_conflict_do_nothing().returning(table.c.id)
FIND = select(table).where(table.c.id == bindparam("answer_id"))
KEEP = (
    update(table).where(table.c.id == bindparam("answer_id")).values(answer=bindparam("new_answer"))
)
FORGET = delete(table).where(table.c.created_at < bindparam("before"))
FORGET_ONE = delete(table).where(
    table.c.id == bindparam("answer_id"), table.c.created_at < bindparam("before")
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """Nobody came with this key before: do it, then keep the answer under this id."""

    id: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """It was done already; this was answered."""

    answer: bytes


@dataclass(frozen=True, slots=True)
class DoneUnseen:
    """It was done already; what was answered is shown once, and kept nowhere.

    Where a request is about several things: it was begun, and not all of it was done.
    """

    id: bytes


@dataclass(frozen=True, slots=True)
class OtherRequest:
    """The key was used for something else."""


class KeptAnswers:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, lookup: Lookup, ring: KeyRing) -> None:
        self._clock = clock
        self._lookup = lookup
        self._ring = ring

    def claim(
        self, tx: Tx, caller: str, key: str, request: str
    ) -> Claimed | Kept | DoneUnseen | OtherRequest:
        """Take the key for this request, or find what was answered to it."""
        now = self._clock.now()
        named = self._lookup.hash(f"once {len(caller)} {caller} {key}")
        asked = self._lookup.hash(request)
        # The chores come once a minute; a day is a day.
        tx.execute(FORGET_ONE, {"answer_id": named, "before": now - DAY})
        row = {"id": named, "request": asked, "answer": None, "created_at": now}
        if tx.execute(CLAIM, row).first() is not None:
            return Claimed(named)
        found = tx.execute(FIND, {"answer_id": named}).one()
        if found.request != asked:
            return OtherRequest()
        if found.answer is None:
            return DoneUnseen(named)
        place = named.hex()
        return Kept(self._ring.open(found.answer, table=TABLE, column="answer", row=place))

    def keep(self, tx: Tx, claimed: Claimed | DoneUnseen, answer: bytes) -> None:
        """Keep what was answered."""
        sealed = self._ring.seal(answer, table=TABLE, column="answer", row=claimed.id.hex())
        tx.execute(KEEP, {"answer_id": claimed.id, "new_answer": sealed})


def forget_old(tx: Tx, now: int) -> None:
    """Drop what is older than a day."""
    tx.execute(FORGET, {"before": now - DAY})
