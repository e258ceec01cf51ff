# SPDX-License-Identifier: Apache-2.0
"""Sealing: events already committed are chained in batches, by one sealer at a time.

Logins never wait for the chain. What is to be sealed is read and hashed outside of any
transaction; the write only checks that nobody sealed meanwhile, and inserts. An event committed
after a higher id was sealed simply gets a later place in the chain.

On PostgreSQL the read looks back over the ids that a transaction still open at the last look may
bring: those given since `grace` seconds before it. The first look of a process goes over all of
them. On SQLite, where ids are committed in their order, it goes on from the last one sealed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import bindparam, insert, select, text

from idp.audit.models import AuditBatchRow, AuditEventRow, AuditSealRow
from idp.audit.proof import GENESIS, ProofKeys, batch_mac, link, row_mac, same
from idp.audit.record import COLUMNS
from idp.clock import Clock
from idp.db import Database, Found, Tx

BATCH = 500
GRACE = 120
"""Seconds that no transaction outlives."""

_EVENT_COLUMNS = tuple(getattr(AuditEventRow, name) for name in ("id", "mac", *COLUMNS))

# The second bound on the id says nothing more, but keeps the planner from reading every seal.
UNSEALED = (
    select(*_EVENT_COLUMNS)
    .where(
        AuditEventRow.id > bindparam("after"),
        ~select(AuditSealRow.seq)
        .where(
            AuditSealRow.event_id == AuditEventRow.id, AuditSealRow.event_id > bindparam("after")
        )
        .exists(),
    )
    .order_by(AuditEventRow.id)
    .limit(bindparam("count"))
)
_HEAD = (
    select(
        AuditBatchRow.number, AuditBatchRow.last_seq, AuditBatchRow.last_event, AuditBatchRow.head
    )
    .order_by(AuditBatchRow.number.desc())
    .limit(1)
)
# Backwards from the newest: a few rows are read, however many batches there are.
_FLOOR = (
    select(AuditBatchRow.last_event)
    .where(AuditBatchRow.sealed_at <= bindparam("before"))
    .order_by(AuditBatchRow.number.desc())
    .limit(1)
)
_SEAL = insert(AuditSealRow).inline()
_CLOSE = insert(AuditBatchRow).inline()
_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(7216101002)")


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain."""

    number: int = 0
    last_seq: int = 0
    last_event: int = 0
    hash: bytes = GENESIS


class Sealer:
    """Chains what is committed; any number of processes may run one, one at a time seals."""

    def __init__(self, clock: Clock, key: bytes, *, batch: int = BATCH, grace: int = GRACE) -> None:
        self._clock = clock
        self._keys = ProofKeys.derive(key)
        self._batch = batch
        self._grace = grace
        self._swept = 0
        self._sweep_began = clock.now()
        self._complete_at: int | None = None
        self._log: Any = structlog.get_logger("idp.audit")

    def run_once(self, db: Database) -> int:
        """Seal one batch; how many events were sealed, 0 when none waits or another sealer ran."""
        looked_at = self._clock.now()
        with db.read() as tx:
            head = read_head(tx)
            # SQLite has one writer: ids are committed in their order, and nothing comes late.
            floor = head.last_event if db.is_sqlite else self._floor(tx)
            rows = tx.execute(UNSEALED, {"after": floor, "count": self._batch}).all()
        if rows:
            seals = self._chain(head, rows)
            batch = self._close(head, rows, seals)
            if not self._write(db, head, seals, batch):
                return 0
            self._tell(batch, rows)
        self._remember(rows, looked_at)
        return len(rows)

    def _floor(self, tx: Tx) -> int:
        if self._complete_at is None:
            return self._swept
        before = {"before": self._complete_at - self._grace}
        return tx.execute(_FLOOR, before).scalar_one_or_none() or 0

    def _remember(self, rows: Sequence[Found], looked_at: int) -> None:
        if self._complete_at is None and len(rows) == self._batch:
            self._swept = rows[-1].id
        elif self._complete_at is None:
            # Not the end of the sweep: what was open while it passed may have come behind it.
            self._complete_at = self._sweep_began
        elif len(rows) < self._batch:
            self._complete_at = looked_at

    def _chain(self, head: Head, rows: Sequence[Found]) -> list[dict[str, object]]:
        seals: list[dict[str, object]] = []
        before = head.hash
        for seq, row in enumerate(rows, start=head.last_seq + 1):
            before = link(self._keys.chain, before, row.id, row.mac, row[2:])
            seals.append({"seq": seq, "event_id": row.id, "hash": before})
        return seals

    def _close(
        self, head: Head, rows: Sequence[Found], seals: Sequence[dict[str, object]]
    ) -> dict[str, Any]:
        number, first, last = head.number + 1, head.last_seq + 1, head.last_seq + len(rows)
        last_event = max(head.last_event, rows[-1].id)
        now, end = self._clock.now(), seals[-1]["hash"]
        proof = batch_mac(
            self._keys.batch,
            (number, first, last, last_event, now),
            bytes(end),  # type: ignore[call-overload]
        )
        return {
            "number": number,
            "first_seq": first,
            "last_seq": last,
            "last_event": last_event,
            "head": end,
            "sealed_at": now,
            "mac": proof,
        }

    def _write(
        self, db: Database, head: Head, seals: list[dict[str, object]], batch: dict[str, Any]
    ) -> bool:
        with db.write() as tx:
            if tx.dialect.name == "postgresql" and not tx.execute(_TRY_LOCK).scalar_one():
                return False
            if read_head(tx) != head:
                return False
            tx.execute(_SEAL, seals)
            tx.execute(_CLOSE, batch)
        return True

    def _tell(self, batch: dict[str, Any], rows: Sequence[Found]) -> None:
        # The log leaves the machine: whoever cuts the end of the chain can't cut it there too.
        self._log.info(
            "audit.sealed",
            number=batch["number"],
            last_seq=batch["last_seq"],
            head=batch["head"].hex(),
        )
        # Sealed all the same: what was put in stays as evidence and can't hold up the others.
        for row in rows:
            if not same(row_mac(self._keys.row, row[2:]), row.mac):
                self._log.error("audit.forged", event_id=row.id)


def read_head(tx: Tx) -> Head:
    """The end of the chain as the database holds it."""
    row = tx.execute(_HEAD).one_or_none()
    return Head() if row is None else Head(*row)
