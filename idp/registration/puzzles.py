# SPDX-License-Identifier: Apache-2.0
"""What tells people from programs at the end of a request: six letters in a picture, or a question.

Made here, asked once, for one draft. Ten wrong answers in a row close it for a quarter of an hour;
the right answer is kept by keyed hash, what is shown is sealed.
"""

import hmac
import json
import unicodedata
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, Final

from sqlalchemy import BigInteger, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.clock import DRIFT, Clock, Entropy
from idp.crypto import KeyRing
from idp.db import Tx, table_of
from idp.lookup import Lookup
from idp.registration import questions
from idp.registration.models import RequestPuzzleRow

LIFE: Final = 900
MOST_TRIES: Final = 10
LETTERS: Final = 6
# Without those that look like another one when they are bent.
ALPHABET: Final = "ABCDEFHJKLMNPRTUVXYZ"
LONGEST: Final = 64
table = table_of(RequestPuzzleRow)
NEW = upsert(table)
NAMES = ("kind", "shown", "answer", "tries", "created_at", "used_at")
PUT = NEW.on_conflict_do_update(
    index_elements=["request"], set_={name: NEW.excluded[name] for name in NAMES}
)
FIND = select(table).where(table.c.request == bindparam("request"))
# One statement: of two answers to one puzzle, the first counts (RL-21).
TAKE = (
    update(table)
    .where(
        table.c.request == bindparam("request_"),
        table.c.used_at.is_(None),
        table.c.tries < MOST_TRIES,
        table.c.created_at > bindparam("oldest"),
        table.c.created_at <= bindparam("now", type_=BigInteger) + DRIFT,
    )
    .values(used_at=bindparam("now"))
    .returning(table.c.kind, table.c.answer)
)
COUNT = (
    update(table)
    .where(table.c.request == bindparam("request_"))
    .values(tries=table.c.tries + bindparam("more"))
)
DROP = delete(table).where(table.c.request == bindparam("request_"))


class Kind(StrEnum):
    """How somebody is asked."""

    IMAGE = "image"
    QUESTION = "question"


class Verdict(Enum):
    """What became of an answer."""

    RIGHT = "right"
    WRONG = "wrong"
    # It was answered before, or is too old: there is another one.
    OVER = "over"
    # Too many wrong ones: a pause.
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Puzzle:
    """What is shown."""

    kind: Kind
    # The letters and the seed of their picture; or the question.
    letters: str = field(default="", repr=False)
    seed: int = field(default=0, repr=False)
    question: str = ""
    created_at: int = 0


class Puzzles:
    """The verbs."""

    def __init__(self, clock: Clock, entropy: Entropy, lookup: Lookup, ring: KeyRing) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup
        self._ring = ring

    def show(self, tx: Tx, request: str, kind: Kind, locale: str) -> Puzzle | None:
        """The one that waits for its answer, or a new one; None during a pause."""
        row = tx.execute(FIND, {"request": request}).first()
        if row is not None and self._is_paused(row):
            return None
        if row is not None and row.kind == kind and self._waits(row):
            return self._read(row)
        return self.renew(tx, request, kind, locale)

    def find(self, tx: Tx, request: str) -> Puzzle | None:
        """The one that waits for its answer."""
        row = tx.execute(FIND, {"request": request}).first()
        return self._read(row) if row is not None and self._waits(row) else None

    def renew(self, tx: Tx, request: str, kind: Kind, locale: str) -> Puzzle | None:
        """Another one; wrong answers to those before it still count."""
        row = tx.execute(FIND, {"request": request}).first()
        if row is not None and self._is_paused(row):
            return None
        tries = row.tries if row is not None and row.tries < MOST_TRIES else 0
        made, answer = self._make(kind, locale)
        now = self._clock.now()
        values = {
            "request": request,
            "kind": kind.value,
            "shown": self._ring.seal(json.dumps(made).encode(), **_place(request)),
            "answer": self._hash(request, kind, answer),
            "tries": tries,
            "created_at": now,
            "used_at": None,
        }
        tx.execute(PUT, values)
        return Puzzle(kind, created_at=now, **made)

    def answer(self, tx: Tx, request: str, typed: str) -> Verdict:
        """Judge an answer, which uses the puzzle up, right or wrong."""
        now = self._clock.now()
        known = {"request_": request, "now": now, "oldest": now - LIFE}
        row = tx.execute(TAKE, known).first()
        if row is None:
            found = tx.execute(FIND, {"request": request}).first()
            return Verdict.PAUSED if found and self._is_paused(found) else Verdict.OVER
        kind = Kind(row.kind)
        if hmac.compare_digest(row.answer, self._hash(request, kind, _canonical(kind, typed))):
            tx.execute(DROP, {"request_": request})
            return Verdict.RIGHT
        tx.execute(COUNT, {"request_": request, "more": 1})
        return Verdict.WRONG

    def _make(self, kind: Kind, locale: str) -> tuple[dict[str, Any], str]:
        if kind is Kind.IMAGE:
            letters = "".join(self._pick(len(ALPHABET), ALPHABET) for _each in range(LETTERS))
            seed = int.from_bytes(self._entropy.bytes(6))
            return {"letters": letters, "seed": seed}, letters
        asked = questions.make(locale, self._number)
        return {"question": asked.text}, asked.answer

    def _number(self, count: int) -> int:
        return int.from_bytes(self._entropy.bytes(8)) % count

    def _pick(self, count: int, among: str) -> str:
        return among[self._number(count)]

    def _waits(self, row: Any) -> bool:
        now = self._clock.now()
        fresh = now - LIFE < row.created_at <= now + DRIFT
        return row.used_at is None and fresh and row.tries < MOST_TRIES

    def _is_paused(self, row: Any) -> bool:
        now = self._clock.now()
        return bool(row.tries >= MOST_TRIES and now - LIFE < row.created_at <= now + DRIFT)

    def _read(self, row: Any) -> Puzzle:
        made = json.loads(self._ring.open(row.shown, **_place(row.request)))
        return Puzzle(Kind(row.kind), created_at=row.created_at, **made)

    def _hash(self, request: str, kind: Kind, answer: str) -> bytes:
        return self._lookup.hash(f"puzzle|{request}|{kind.value}|{answer}")


def _canonical(kind: Kind, typed: str) -> str:
    """One writing of an answer: case, accents and spaces do not count."""
    parts = unicodedata.normalize("NFKD", typed[:LONGEST])
    plain = "".join(one for one in parts if not unicodedata.combining(one))
    if kind is Kind.IMAGE:
        return "".join(plain.split()).upper()
    return questions.canonical(plain)


def _place(request: str) -> dict[str, str]:
    return {"table": "registration_puzzles", "column": "shown", "row": request}
