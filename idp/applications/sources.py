# SPDX-License-Identifier: Apache-2.0
"""Where descriptions of applications are fetched, when next, and how it went last."""

from dataclasses import dataclass, fields

from sqlalchemy import BigInteger, bindparam, case, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.applications.models import SourceRow
from idp.db import Found, Tx, table_of

table = table_of(SourceRow)
# How long whoever fetches is waited for.
LEASE = 300
FIRST_PAUSE, LONGEST_PAUSE = 300, 4 * 3600
# Beyond any time that we would wait: a clock was set back (RL-09).
HORIZON = 2 * 86_400

ONE = table.c.application == bindparam("key_")
MOVED = [one.name for one in table.c if one.name != "application"]
ADD = upsert(table)
PUT = ADD.on_conflict_do_update(
    index_elements=[table.c.application], set_={name: ADD.excluded[name] for name in MOVED}
)
LOAD = select(table).where(ONE)
ALL = select(table)
DUE = or_(
    table.c.due_at <= bindparam("now"),
    table.c.due_at > bindparam("now", type_=BigInteger) + HORIZON,
)
WAITING = select(table).where(DUE).order_by(table.c.due_at, table.c.application)
CLAIM = (
    update(table).where(ONE, DUE).values(due_at=bindparam("until")).returning(table.c.application)
)
# What was fetched is of this source as it stood: whoever changed it meanwhile comes first, be it by
# another address or by something newer that was found there.
SAME = (
    (table.c.url == bindparam("url_"))
    & (table.c.followed_at == bindparam("since_"))
    & (table.c.digest == bindparam("before_"))
    & (table.c.valid_until == bindparam("held_"))
)
GOOD = (
    update(table)
    .where(ONE, SAME)
    .values(
        taken=bindparam("taken_"),
        digest=bindparam("digest_"),
        valid_until=bindparam("until_"),
        due_at=bindparam("due"),
        tried_at=bindparam("now"),
        good_at=bindparam("now"),
        failures=0,
        failing_since=0,
        fault="",
    )
    .returning(table.c.application)
)
BAD = (
    update(table)
    .where(ONE, SAME)
    .values(
        due_at=bindparam("due"),
        tried_at=bindparam("now"),
        failures=table.c.failures + 1,
        failing_since=case(
            (table.c.failing_since == 0, bindparam("now")), else_=table.c.failing_since
        ),
        fault=bindparam("why"),
    )
    .returning(table.c.application)
)
DROP = delete(table).where(ONE).returning(table.c.application)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One application's."""

    application: str
    url: str
    certificate: str
    # What people compare of it.
    signer: str
    taken: str
    digest: str
    valid_until: int
    due_at: int
    tried_at: int
    good_at: int
    failures: int = 0
    failing_since: int = 0
    fault: str = ""
    followed_at: int
    followed_by: str


NAMES = tuple(one.name for one in fields(Source))


def put(tx: Tx, source: Source) -> None:
    """From now on an application's description is fetched there."""
    tx.execute(PUT, {name: getattr(source, name) for name in NAMES})


def load(tx: Tx, application: str) -> Source | None:
    """Where an application's is; None where nobody follows it."""
    row = tx.execute(LOAD, {"key_": application}).first()
    return _read(row) if row else None


def every(tx: Tx) -> list[Source]:
    """All there are, by application."""
    # Not sorted by the database: each would do it in its own way (RL-20).
    return sorted((_read(row) for row in tx.execute(ALL).all()), key=lambda one: one.application)


def waiting(tx: Tx, now: int) -> list[Source]:
    """Those that are to be fetched now."""
    return [_read(row) for row in tx.execute(WAITING, {"now": now}).all()]


def claim(tx: Tx, source: Source, now: int) -> bool:
    """Take it in hand; one node at a time does."""
    known = {"key_": source.application, "now": now, "until": now + LEASE}
    return tx.execute(CLAIM, known).first() is not None


def note_good(tx: Tx, source: Source, now: int, due: int, said: tuple[str, str, int]) -> bool:
    """It was fetched, and says this; False where it is not followed so any more."""
    taken, digest, until = said
    known = _same(source) | {"now": now, "due": due, "taken_": taken, "digest_": digest}
    return tx.execute(GOOD, known | {"until_": until}).first() is not None


def note_bad(tx: Tx, source: Source, now: int, why: str) -> bool:
    """It was not, and why."""
    pause = min(FIRST_PAUSE << min(source.failures, 8), LONGEST_PAUSE)
    known = _same(source) | {"now": now, "due": now + pause, "why": why[:32]}
    return tx.execute(BAD, known).first() is not None


def drop(tx: Tx, application: str) -> bool:
    """Nobody follows it any more; what was taken over stays."""
    return tx.execute(DROP, {"key_": application}).first() is not None


def _same(source: Source) -> dict[str, object]:
    return {
        "key_": source.application,
        "url_": source.url,
        "since_": source.followed_at,
        "before_": source.digest,
        "held_": source.valid_until,
    }


def _read(row: Found) -> Source:
    return Source(**{name: getattr(row, name) for name in NAMES})
