# SPDX-License-Identifier: Apache-2.0
"""Where revocation lists are fetched, when next, and how it went last."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import BigInteger, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.db import Found, Tx, table_of
from idp.trust.models import RevocationListRow, RevocationSourceRow

table, lists = table_of(RevocationSourceRow), table_of(RevocationListRow)
# An authority that splits its lists names more places than one; nobody needs more than this.
MOST_LEARNED = 64
# How long whoever fetches is waited for.
LEASE = 120
FIRST_PAUSE, LONGEST_PAUSE = 60, 900
# Beyond any time that we would wait: a clock was set back (RL-09).
HORIZON = 8 * 86_400

ONE = table.c.id == bindparam("id_")
ADD = upsert(table).on_conflict_do_nothing().returning(table.c.id)
NAME = update(table).where(ONE).values(configured=1)
COUNT = select(func.count()).where(
    table.c.authority == bindparam("authority_"), table.c.configured == 0
)
ALL = select(table).order_by(table.c.authority, table.c.url)
OF = select(table).where(table.c.authority.in_(bindparam("wanted", expanding=True)))
DUE = or_(
    table.c.due_at <= bindparam("now"),
    table.c.due_at > bindparam("now", type_=BigInteger) + HORIZON,
)
WAITING = select(table).where(DUE).order_by(table.c.due_at, table.c.id)
CLAIM = update(table).where(ONE, DUE).values(due_at=bindparam("until")).returning(table.c.id)
GOOD = (
    update(table)
    .where(ONE)
    .values(
        due_at=bindparam("due"),
        tried_at=bindparam("now"),
        good_at=bindparam("now"),
        failures=0,
        fault="",
    )
)
BAD = (
    update(table)
    .where(ONE)
    .values(
        due_at=bindparam("due"),
        tried_at=bindparam("now"),
        failures=table.c.failures + 1,
        fault=bindparam("why"),
    )
)
FORGET = delete(table).where(ONE)
FORGET_LIST = delete(lists).where(lists.c.id == bindparam("id_"))


@dataclass(frozen=True, slots=True)
class Source:
    """One place of one authority's lists."""

    id: str
    authority: str
    url: str
    configured: bool = False
    due_at: int = 0
    tried_at: int = 0
    good_at: int = 0
    failures: int = 0
    fault: str = ""


def source_id(authority: str, url: str) -> str:
    """The name of a place."""
    return blake2b(f"{authority} {url}".encode(), digest_size=16).hexdigest()


def name(tx: Tx, authority: str, urls: Iterable[str]) -> None:
    """The operator names places of an authority's lists."""
    for url in urls:
        if not _add(tx, authority, url, configured=1):
            tx.execute(NAME, {"id_": source_id(authority, url)})


def learn(tx: Tx, authority: str, urls: Iterable[str]) -> None:
    """A certificate under an authority names them: it is the authority's own word."""
    wanted = list(urls)
    known = tx.execute(COUNT, {"authority_": authority}).scalar_one()
    for url in wanted[: max(MOST_LEARNED - known, 0)]:
        _add(tx, authority, url, configured=0)


def _add(tx: Tx, authority: str, url: str, *, configured: int) -> bool:
    row: dict[str, object] = {"id": source_id(authority, url), "authority": authority, "url": url}
    row |= {"configured": configured, "due_at": 0, "tried_at": 0, "good_at": 0}
    return tx.execute(ADD, row | {"failures": 0, "fault": ""}).first() is not None


def every(tx: Tx) -> list[Source]:
    """All there are."""
    return [_read(row) for row in tx.execute(ALL).all()]


def of(tx: Tx, authority: str) -> list[Source]:
    """Those of one authority."""
    return [_read(row) for row in tx.execute(OF, {"wanted": [authority]}).all()]


def waiting(tx: Tx, now: int) -> list[Source]:
    """Those that are to be fetched now."""
    return [_read(row) for row in tx.execute(WAITING, {"now": now}).all()]


def claim(tx: Tx, source: str, now: int) -> bool:
    """Take it in hand; one node at a time does."""
    known = {"id_": source, "now": now, "until": now + LEASE}
    return tx.execute(CLAIM, known).first() is not None


def note_good(tx: Tx, source: str, now: int, due: int) -> None:
    """It was fetched."""
    tx.execute(GOOD, {"id_": source, "now": now, "due": due})


def note_bad(tx: Tx, source: Source, now: int, why: str) -> None:
    """It was not, and why."""
    pause = min(FIRST_PAUSE << min(source.failures, 8), LONGEST_PAUSE)
    tx.execute(BAD, {"id_": source.id, "now": now, "due": now + pause, "why": why[:160]})


def forget(tx: Tx, source: str) -> None:
    """The authority is gone: so are the place and its list."""
    tx.execute(FORGET_LIST, {"id_": source})
    tx.execute(FORGET, {"id_": source})


def _read(row: Found) -> Source:
    return Source(
        row.id,
        row.authority,
        row.url,
        bool(row.configured),
        row.due_at,
        row.tried_at,
        row.good_at,
        row.failures,
        row.fault,
    )
