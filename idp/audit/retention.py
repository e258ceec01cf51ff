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
from idp.audit.chain_walk import REMOVED
from idp.audit.faults import Fault, Faults, What
from idp.audit.models import AuditBatchRow, AuditEventRow, AuditSealRow, AuditStartRow
from idp.audit.proof import ProofKeys
from idp.audit.record import Audit, Event
from idp.audit.seal import read_head
from idp.audit.start import Start, latest_start, proven_starts
from idp.audit.verify import prove_oldest, snapshot
from idp.clock import DRIFT, Clock
from idp.db import Database, Tx, table_of
from idp.errors import Breakdown
from idp.logs import get
from idp.origin import Origin

DAY: Final = 86_400
# One transaction's worth of events: logins wait behind it for some hundredths of a second.
CHUNK: Final = 1000
# One round does so much at most: the first one after years goes on in the next.
MOST_CHUNKS: Final = 20
# A clock that has jumped ahead shows as silence: something must have been sealed on so many days
# of the week before.
WEEK: Final = 7
LIVED: Final = 4
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
ON_THE_DAY = (
    select(batches.c.number)
    .where(batches.c.sealed_at >= bindparam("since"), batches.c.sealed_at < bindparam("until"))
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
        return (self._clock.now() - self._keep) // DAY * DAY

    def is_lived(self, tx: Tx) -> bool:
        """Whether the days before now were lived, and are not a clock's jump (RL-09)."""
        today = self._clock.now() // DAY * DAY
        return sum(_was_lived(tx, today - days * DAY) for days in range(1, WEEK + 1)) >= LIVED

    def run(
        self,
        read_up_to: Callable[[Tx], int],
        is_stopping: Callable[[], bool] = bool,
        *,
        past: frozenset[int] = frozenset(),
        origin: Origin | None = None,
    ) -> Removed:
        """Remove what is old, up to a place in the chain that everybody else has read.

        `past` are seals whose faults somebody has looked at: they hold nothing up any more.
        """
        gone = 0
        if not self._keep:
            return Removed()
        for _chunk in range(MOST_CHUNKS):
            # Nearly always: starts are proved only where something may go.
            if self._is_all_young():
                break
            with snapshot(self._database) as tx:
                faults = Faults()
                start = proven_starts(tx, self._keys, faults)[-1]
                part = self._oldest(tx, start, read_up_to(tx))
                if part:
                    prove_oldest(tx, self._keys, start, part, faults)
            found = [one for one in faults.listed if one.seq not in past or one.last_seq]
            if found:
                log.error("audit not whole: nothing is removed", place=found[0].place)
                return Removed(gone, found[0])
            removed = self._remove(start, part, read_up_to, faults, origin) if part else 0
            gone += removed
            if not removed or is_stopping():
                break
        return Removed(gone)

    def _is_all_young(self) -> bool:
        with self._database.read() as tx:
            first = read_batches(tx, 0, 1)
        return not first or self.limit <= first[0].sealed_at <= self._clock.now() + DRIFT

    def _oldest(self, tx: Tx, start: Start, read_up_to: int) -> Sequence[Batch]:
        """The first batches behind the start, as far as they are old: some thousand events."""
        head, now = read_head(tx), self._clock.now()
        # Those of a clock that was ahead wait for the next one that was right.
        found, ahead = list[Batch](), list[Batch]()
        for batch in read_batches(tx, start.number, self._chunk):
            is_much = batch.last_seq - start.last_seq > self._chunk
            # The newest stays: the chain goes on from it.
            is_last = batch.number >= head.number or batch.last_seq > read_up_to
            if is_last or (is_much and found):
                break
            if batch.sealed_at > now + DRIFT:
                ahead.append(batch)
            elif batch.sealed_at < self.limit:
                found += [*ahead, batch]
                ahead.clear()
            else:
                break
        return found if found and self.is_lived(tx) else []

    def _remove(
        self,
        start: Start,
        part: Sequence[Batch],
        read_up_to: Callable[[Tx], int],
        faults: Faults,
        origin: Origin | None,
    ) -> int:
        begin = Start.after(part[-1], self.limit, self._clock.now(), self._keys.start)
        expected = begin.last_seq - start.last_seq
        span = {"after": start.last_seq, "last": begin.last_seq}
        with self._database.write() as tx:
            if tx.dialect.name == "postgresql" and not tx.execute(TRY_LOCK).scalar_one():
                return 0
            if latest_start(tx) != start or read_up_to(tx) < begin.last_seq:
                return 0
            # First: nothing is removed but what lies before a start.
            tx.execute(BEGIN_HERE, asdict(begin))
            removed = len(tx.execute(REMOVE_EVENTS, span).all())
            seals = len(tx.execute(REMOVE_SEALS, span).all())
            if seals != expected or removed != expected - missing_in(faults):
                raise Misremoved(f"{removed} events and {seals} seals instead of {expected}")
            tx.execute(REMOVE_BATCHES, {"number_": begin.number})
            detail = {"number": removed, "before": begin.sealed_at, "seal": begin.last_seq}
            if faults.listed:
                detail["faults"] = len(faults.listed)
            self._audit.record(tx, Event(REMOVED, detail=detail), origin)
        return removed


def missing_in(faults: Faults) -> int:
    """How many events are gone already, of those that somebody has looked at."""
    return sum(one.what is What.EVENT_REMOVED for one in faults.listed)


def _was_lived(tx: Tx, day: int) -> bool:
    """Whether anything was sealed on that day."""
    return tx.execute(ON_THE_DAY, {"since": day, "until": day + DAY}).first() is not None


class Misremoved(Breakdown):
    """The audit changed under the removal: nothing of it was kept."""
