# SPDX-License-Identifier: Apache-2.0
"""The retention rule: what is older than the configuration says is removed, the chain stays whole.

Whole batches from the oldest on, once a day, in small transactions. Each proves what it removes,
signs the new start of the chain, removes, and records that it did. What does not prove is evidence:
it stays, and everything after it (docs/decisions/2026-11-22-audit-retention.md).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, text

from idp.audit.anchor import Batch, read_batches
from idp.audit.chain_walk import REMOVED
from idp.audit.faults import Fault, Faults
from idp.audit.models import AuditBatchRow, AuditEventRow, AuditSealRow, AuditStartRow
from idp.audit.proof import ProofKeys
from idp.audit.record import Audit, Event
from idp.audit.seal import read_head
from idp.audit.start import Start, last_proven
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
NEXT_RIGHT = (
    select(batches.c.number, batches.c.sealed_at)
    .where(batches.c.number > bindparam("after"), batches.c.sealed_at <= bindparam("latest"))
    .order_by(batches.c.number)
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
        # The day that was noted last.
        self._noted = 0

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
        past: Collection[str] = (),
        origin: Origin | None = None,
    ) -> Removed:
        """Remove what is old, up to a place in the chain that everybody else has read.

        `past` are places whose faults somebody has looked at: they hold nothing up any more.
        """
        gone = 0
        if not self._keep:
            return Removed()
        for _chunk in range(MOST_CHUNKS):
            # Nearly always: proofs are made only where something may go.
            if self._is_all_young():
                break
            with snapshot(self._database) as tx:
                part = self._next_part(tx, read_up_to(tx))
            faults = part.faults
            found = [one for one in faults.listed if one.place not in past]
            if found or faults.more:
                log.error("audit not whole: nothing is removed", place=faults.listed[0].place)
                return Removed(gone, found[0] if found else faults.listed[-1])
            removed = self._remove(part, read_up_to, origin) if part.batches else 0
            gone += removed
            if not removed or is_stopping():
                break
        return Removed(gone)

    def _is_all_young(self) -> bool:
        now = self._clock.now()
        with self._database.read() as tx:
            first = read_batches(tx, 0, 1)
            if not first or self.limit <= first[0].sealed_at <= now + DRIFT:
                return True
            today = now // DAY * DAY
            is_new = self._noted != today and not _was_lived(tx, today)
        if is_new:
            self._noted = today
            # Where little happens, that a server was there shows that the day was lived.
            with self._database.write() as tx:
                self._audit.record(tx, Event("audit.day"))
        return False

    def _next_part(self, tx: Tx, read_up_to: int) -> "Part":
        faults = Faults()
        start = last_proven(tx, self._keys, faults)
        found = self._oldest(tx, start, read_up_to)
        if not found or not self.is_lived(tx):
            return Part(start, (), faults)
        # The chain goes on from a head that was signed here.
        ends = [at for at, batch in enumerate(found, start=1) if batch.holds(self._keys.batch)]
        if not ends:
            prove_oldest(tx, self._keys, start, found, faults)
            return Part(start, (), faults)
        found = found[: ends[-1]]
        return Part(start, found, faults, *prove_oldest(tx, self._keys, start, found, faults))

    def _oldest(self, tx: Tx, start: Start, read_up_to: int) -> Sequence[Batch]:
        """The first batches behind the start, as far as they are old: some thousand events."""
        head, latest = read_head(tx), self._clock.now() + DRIFT
        found: list[Batch] = []
        right = (0, 0)
        for batch in read_batches(tx, start.number, self._chunk):
            is_much = batch.last_seq - start.last_seq > self._chunk
            # The newest stays: the chain goes on from it.
            is_last = batch.number >= head.number or batch.last_seq > read_up_to
            if is_last or (is_much and found):
                break
            sealed_at = batch.sealed_at
            if sealed_at > latest:
                # By a clock that was ahead: as old as the next one that was right.
                if batch.number > right[0]:
                    right = _next_right(tx, batch.number, latest)
                sealed_at = right[1]
            if sealed_at >= self.limit:
                break
            found.append(batch)
        return found

    def _remove(self, part: "Part", read_up_to: Callable[[Tx], int], origin: Origin | None) -> int:
        start, now = part.start, self._clock.now()
        begin = Start.after(part.batches[-1], self.limit, now, self._keys.start)
        span = {"after": start.last_seq, "last": begin.last_seq}
        with self._database.write() as tx:
            if tx.dialect.name == "postgresql" and not tx.execute(TRY_LOCK).scalar_one():
                return 0
            moved = last_proven(tx, self._keys, Faults()) != start
            if moved or read_up_to(tx) < begin.last_seq:
                return 0
            # First: nothing is removed but what lies before a start.
            tx.execute(BEGIN_HERE, asdict(begin))
            removed = len(tx.execute(REMOVE_EVENTS, span).all())
            seals = len(tx.execute(REMOVE_SEALS, span).all())
            if (seals, removed) != (part.seals, part.events):
                raise Misremoved(f"{removed} events and {seals} seals, not {part.events}")
            tx.execute(REMOVE_BATCHES, {"number_": begin.number})
            detail = {"number": removed, "before": begin.sealed_at, "seal": begin.last_seq}
            if part.faults.listed:
                detail["faults"] = len(part.faults.listed)
            self._audit.record(tx, Event(REMOVED, detail=detail), origin)
        return removed


@dataclass(frozen=True, slots=True)
class Part:
    """What goes next, as it was proved: its batches, and how many seals and events they have."""

    start: Start
    batches: Sequence[Batch]
    faults: Faults
    seals: int = 0
    events: int = 0


def _was_lived(tx: Tx, day: int) -> bool:
    """Whether anything was sealed on that day."""
    return tx.execute(ON_THE_DAY, {"since": day, "until": day + DAY}).first() is not None


def _next_right(tx: Tx, after: int, latest: int) -> tuple[int, int]:
    """The next batch that was not sealed ahead of its time: its number, and when."""
    row = tx.execute(NEXT_RIGHT, {"after": after, "latest": latest}).first()
    return (row.number, row.sealed_at) if row else (2**62, 2**62)


class Misremoved(Breakdown):
    """The audit changed under the removal: nothing of it was kept."""
