# SPDX-License-Identifier: Apache-2.0
"""Verification: nothing sealed was changed, removed, inserted or moved; else, where.

Begins where retention left the chain, and reads one snapshot in pages, so that memory does not
grow with the audit. What it can't tell: that an event was removed before it was sealed (seconds),
and that the end of the chain was cut everywhere at once, unless the anchor file, or the heads in
the logs, are given.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, tuple_

from idp.audit.anchor import Batch, Written, read_batches
from idp.audit.chain_walk import ChainWalk, is_old
from idp.audit.faults import Fault, Faults, What
from idp.audit.models import AuditEventRow, AuditSealRow
from idp.audit.proof import ProofKeys, row_mac, same
from idp.audit.record import COLUMNS
from idp.audit.seal import UNSEALED
from idp.audit.start import BEGINNING, Start, proven_starts
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
    """What verification found; `more` counts the faults beyond those listed.

    The chain is proved from `start` on: what came before it was removed, because it was old.
    """

    ok: bool
    sealed: int
    unsealed: int
    faults: tuple[Fault, ...]
    more: int = 0
    start: Start = BEGINNING


def verify(
    db: Database, key: bytes, anchor: Path | None = None, tell: Callable[[int], None] | None = None
) -> Verdict:
    """Prove the audit whole, or say where it is not; `tell` hears how many seals were proved."""
    keys = ProofKeys.derive(key)
    faults = Faults()
    # First: lines may be written after the snapshot, and their batches are not in it.
    written = None if anchor is None else Written.until_now(anchor)
    with snapshot(db) as tx:
        starts = proven_starts(tx, keys, faults)
        walk = ChainWalk(keys, faults, _batches(tx), written, starts)
        for row in _seals(tx):
            _step(walk, row)
            if tell is not None and walk.sealed % PAGE == 0:
                tell(walk.sealed)
        walk.end()
        unsealed = _check_unsealed(tx, keys, faults, walk.start)
        _check_copies(tx, faults)
    listed = tuple(faults.listed)
    return Verdict(not listed, walk.sealed, unsealed, listed, faults.more, walk.start)


def prove_oldest(
    tx: Tx, keys: ProofKeys, start: Start, batches: Sequence[Batch], faults: Faults
) -> tuple[int, int]:
    """Whatever is wrong with the first batches after the start, before they are removed.

    How many seals and events there are. When something happened is no matter: it goes.
    """
    walk = ChainWalk(keys, faults, iter(batches), starts=(replace(start, limit_at=0),))
    after = {"after": start.last_seq, "count": batches[-1].last_seq - start.last_seq}
    rows = [row for row in tx.execute(_SEALED, after).all() if row.seq <= batches[-1].last_seq]
    for row in rows:
        _step(walk, row)
    walk.end()
    return len(rows), sum(row.id is not None for row in rows)


def _step(walk: ChainWalk, row: Row[*tuple[Any, ...]]) -> None:
    walk.step(row.seq, row.event_id, row.hash, None if row.id is None else row[3:])


@contextmanager
def snapshot(db: Database) -> Iterator[Connection]:
    """What stood at one moment: sealing and removal go on meanwhile, and look like tampering."""
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


def _check_unsealed(tx: Tx, keys: ProofKeys, faults: Faults, start: Start) -> int:
    lowest: int | None = tx.execute(_LOWEST).scalar_one()
    if lowest is not None and lowest < 1:
        # The database numbers from 1, and the sealer never looks below.
        faults.add(What.INSERTED, event=lowest)
    after, count = 0, 0
    while rows := tx.execute(UNSEALED, {"after": after, "count": PAGE}).all():
        for row in rows:
            if not same(row_mac(keys.row, row[2:]), row.mac):
                faults.add(What.INSERTED, event=row.id)
            elif is_old(row.at, start.limit_at):
                faults.add(What.OUT_OF_TIME, event=row.id)
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
