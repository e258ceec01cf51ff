# SPDX-License-Identifier: Apache-2.0
"""The retention rule: what is older than the configuration says is removed, the chain stays whole.

Whole batches from the oldest on, once a day, in small transactions. Each proves what it removes,
signs the new start of the chain, removes, and records that it did. What does not prove is evidence:
it stays, and everything after it (docs/decisions/2026-11-22-audit-retention.md).
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, text

from idp.audit.anchor import Batch, read_batches
from idp.audit.faults import Fault
from idp.audit.models import AuditBatchRow, AuditEventRow, AuditSealRow, AuditStartRow
from idp.audit.proof import ProofKeys
from idp.audit.record import Audit, Event
from idp.audit.seal import read_head
from idp.audit.start import Start, latest_start
from idp.audit.verify import prove_oldest, snapshot
from idp.clock import Clock
from idp.db import Database, Tx, table_of
from idp.errors import Breakdown
from idp.logs import get

DAY: Final = 86_400
# One transaction's worth of events: logins wait behind it for some hundredths of a second.
CHUNK: Final = 1000
# One round does so much at most: the first one after years goes on in the next.
MOST_CHUNKS: Final = 20
# A clock that has jumped ahead shows as silence: nothing was sealed in the days that it says.
SILENCE: Final = 8 * DAY
events, seals = table_of(AuditEventRow), table_of(AuditSealRow)
batches = table_of(AuditBatchRow)
OF_PART = select(seals.c.event_id).where(
    seals.c.seq > bindparam("after"), seals.c.seq <= bindparam("last")
)
REMOVE_EVENTS = delete(events).where(events.c.id.in_(OF_PART)).returning(events.c.id)
REMOVE_SEALS = (
    delete(seals)
    .where(seals.c.seq > bindparam("after"), seals.c.seq <= bindparam("last"))
    .returning(seals.c.seq)
)
REMOVE_BATCHES = delete(batches).where(batches.c.number <= bindparam("number_"))
# Backwards from the newest: few are read.
SEALED_LATELY = (
    select(batches.c.sealed_at)
    .where(batches.c.sealed_at <= bindparam("before"))
    .order_by(batches.c.number.desc())
    .limit(1)
)
BEGIN_HERE = insert(AuditStartRow).inline()
TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(7216101005)")
log = get("audit")


@dataclass(frozen=True, slots=True)
class Removed:
    """What a round did: how many events went; what was found wrong, where it had to stop."""

    events: int = 0
    held: Fault | None = None


class Retention:
    """Removes what is old; any number of processes may, one at a time does."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: Audit,
        key: bytes,
        keep: int,
        *,
        chunk: int = CHUNK,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._keys = ProofKeys.derive(key)
        self._keep = keep
        self._chunk = chunk

    @property
    def days(self) -> int:
        """For how many days events are kept; 0 for good."""
        return self._keep // DAY

    @property
    def limit(self) -> int:
        """What was sealed before this moment is old; whole days, so that it is done once a day."""
        return (self._clock.now() - self._keep) // DAY * DAY if self._keep else 0

    def run(self, read_up_to: int, is_stopping: Callable[[], bool] = bool) -> Removed:
        """Remove what is old, up to a place in the chain that everybody else has read."""
        gone = 0
        if not self._keep:
            return Removed()
        for _chunk in range(MOST_CHUNKS):
            with snapshot(self._database) as tx:
                start, part = self._oldest(tx, read_up_to)
                if not part:
                    break
                faults = prove_oldest(tx, self._keys, start, part).listed
            if faults:
                log.error("audit not whole: nothing is removed", place=faults[0].place)
                return Removed(gone, faults[0])
            removed = self._remove(start, part)
            gone += removed
            if not removed or is_stopping():
                break
        return Removed(gone)

    def _oldest(self, tx: Tx, read_up_to: int) -> tuple[Start, Sequence[Batch]]:
        """Where the chain begins, and its first batches that are old: some thousand events."""
        start, head = latest_start(tx), read_head(tx)
        found: list[Batch] = []
        if not self._is_lived(tx):
            return start, found
        for batch in read_batches(tx, start.number, self._chunk):
            is_old = batch.sealed_at < self.limit and batch.last_seq <= read_up_to
            is_much = batch.last_seq - start.last_seq > self._chunk
            # The newest stays: the chain goes on from it.
            if not is_old or batch.number >= head.number or (is_much and found):
                break
            found.append(batch)
        return start, found

    def _is_lived(self, tx: Tx) -> bool:
        """Whether the days before now were lived, and are not a clock's jump (RL-09)."""
        now = self._clock.now()
        last = tx.execute(SEALED_LATELY, {"before": now - DAY}).scalar_one_or_none()
        return last is not None and last >= now - SILENCE

    def _remove(self, start: Start, part: Sequence[Batch]) -> int:
        now = self._clock.now()
        begin = Start.after(part[-1], now, self._keys.start)
        expected = begin.last_seq - start.last_seq
        span = {"after": start.last_seq, "last": begin.last_seq}
        with self._database.write() as tx:
            if tx.dialect.name == "postgresql" and not tx.execute(TRY_LOCK).scalar_one():
                return 0
            if latest_start(tx) != start:
                return 0
            # First: nothing is removed but what lies before a start.
            tx.execute(BEGIN_HERE, asdict(begin))
            removed = len(tx.execute(REMOVE_EVENTS, span).all())
            if removed != len(tx.execute(REMOVE_SEALS, span).all()) or removed != expected:
                raise Misremoved(f"{removed} events instead of {expected}")
            tx.execute(REMOVE_BATCHES, {"number_": begin.number})
            detail = {"number": removed, "before": begin.sealed_at, "seal": begin.last_seq}
            self._audit.record(tx, Event("audit.removed", detail=detail))
        return removed


class Misremoved(Breakdown):
    """The audit changed under the removal: nothing of it was kept."""
