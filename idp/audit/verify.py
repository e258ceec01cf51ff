# SPDX-License-Identifier: Apache-2.0
"""Verification: nothing sealed was changed, removed, inserted or moved; else, where.

Reads one snapshot in pages, so memory does not grow with the audit. What it can't tell: that an
event was removed before it was sealed (seconds), and that the end of the chain was cut everywhere
at once, unless the anchor file, or the heads in the logs, are given.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, tuple_

from idp.audit.anchor import Batch, read_batches
from idp.audit.chain_walk import ChainWalk
from idp.audit.faults import Fault, Faults, What
from idp.audit.models import AuditEventRow, AuditSealRow
from idp.audit.proof import ProofKeys, row_mac, same
from idp.audit.record import COLUMNS
from idp.audit.seal import UNSEALED
from idp.db import Database, Tx

PAGE = 1000

_page = (
    select(AuditSealRow.seq, AuditSealRow.event_id, AuditSealRow.hash)
    .where(AuditSealRow.seq > bindparam("after"))
    .order_by(AuditSealRow.seq)
    .limit(bindparam("count"))
    .subquery()
)
_EVENT = tuple(getattr(AuditEventRow, name) for name in ("id", "mac", *COLUMNS))
_SEALED = (
    select(_page.c.seq, _page.c.event_id, _page.c.hash, *_EVENT)
    .outerjoin_from(_page, AuditEventRow, AuditEventRow.id == _page.c.event_id)
    .order_by(_page.c.seq)
)
_BY_TIME = (
    select(AuditEventRow.id, AuditEventRow.at, AuditEventRow.mac)
    .where(tuple_(AuditEventRow.at, AuditEventRow.id) > tuple_(bindparam("at"), bindparam("after")))
    .order_by(AuditEventRow.at, AuditEventRow.id)
    .limit(bindparam("count"))
)
_LOWEST = select(func.min(AuditEventRow.id))
_BEGINNING = -(2**63)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found; `more` counts the faults beyond those listed."""

    ok: bool
    sealed: int
    unsealed: int
    faults: tuple[Fault, ...]
    more: int = 0


def verify(
    db: Database, key: bytes, anchor: Path | None = None, tell: Callable[[int], None] | None = None
) -> Verdict:
    """Prove the audit whole, or say where it is not; `tell` hears how many seals were proved."""
    keys = ProofKeys.derive(key)
    faults = Faults()
    with _snapshot(db) as tx:
        walk = ChainWalk(keys, faults, _batches(tx), anchor)
        for row in _seals(tx):
            walk.step(row.seq, row.event_id, row.hash, None if row.id is None else row[3:])
            if tell is not None and walk.sealed % PAGE == 0:
                tell(walk.sealed)
        walk.end()
        unsealed = _check_unsealed(tx, keys, faults)
        _check_copies(tx, faults)
    listed = tuple(faults.listed)
    return Verdict(not listed, walk.sealed, unsealed, listed, faults.more)


@contextmanager
def _snapshot(db: Database) -> Iterator[Connection]:
    # Sealing goes on meanwhile: without a snapshot its work would look like tampering.
    begin = "BEGIN" if db.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    with db.engine.connect() as connection:
        connection.exec_driver_sql(begin)
        try:
            yield connection
        finally:
            connection.exec_driver_sql("ROLLBACK")


def _seals(tx: Tx) -> Iterator[Row[*tuple[Any, ...]]]:
    after = _BEGINNING
    while rows := tx.execute(_SEALED, {"after": after, "count": PAGE}).all():
        yield from rows
        after = rows[-1].seq


def _batches(tx: Tx) -> Iterator[Batch]:
    after = _BEGINNING
    while batches := read_batches(tx, after):
        yield from batches
        after = batches[-1].number


def _check_unsealed(tx: Tx, keys: ProofKeys, faults: Faults) -> int:
    lowest: int | None = tx.execute(_LOWEST).scalar_one()
    if lowest is not None and lowest < 1:
        # The database numbers from 1, and the sealer never looks below.
        faults.add(What.INSERTED, event=lowest)
    after, count = 0, 0
    while rows := tx.execute(UNSEALED, {"after": after, "count": PAGE}).all():
        for row in rows:
            if not same(row_mac(keys.row, row[2:]), row.mac):
                faults.add(What.INSERTED, event=row.id)
        count += len(rows)
        after = rows[-1].id
    return count


def _check_copies(tx: Tx, faults: Faults) -> None:
    # A row of ours copied under another id carries a good proof; but two honest rows never have
    # the same microsecond and the same content, so the same proof twice is a copy.
    at, after = _BEGINNING, _BEGINNING
    seen: set[bytes] = set()
    while rows := tx.execute(_BY_TIME, {"at": at, "after": after, "count": PAGE}).all():
        for row in rows:
            if row.at != at:
                seen.clear()
            at, after = row.at, row.id
            if row.mac in seen:
                faults.add(What.COPIED, event=row.id)
            seen.add(row.mac)
