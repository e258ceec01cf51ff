# SPDX-License-Identifier: Apache-2.0
"""Events that wait to be fetched, or for a message of the outbox to carry them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from idp.clock import Clock, Entropy
from idp.db import Found, Tx, table_of
from idp.messages.outbox import Message, Outbox
from idp.signals.models import SignalEventRow, SignalStreamRow
from idp.signals.told import STREAM

CHANNEL: Final = "signal"
# Of one stream, and for how long: whoever fetches nothing for a week has other worries.
MOST: Final = 1000
KEPT: Final = 7 * 86_400
LONGEST_FAULT: Final = 256
NOTHING: Final[Mapping[str, str]] = {}

table = table_of(SignalEventRow)
streams = table_of(SignalStreamRow)
ADD = insert(table)
OF = table.c.stream == bindparam("stream_")
# Whether there are as many as there may be; nothing beyond is counted.
FULL = select(table.c.id).where(OF).offset(MOST - 1).limit(1)
OLDEST = select(table).where(OF).order_by(table.c.created_at, table.c.id).limit(bindparam("most"))
ABOUT_IT = OLDEST.where(table.c.kind == STREAM)
LOAD = select(table).where(table.c.id == bindparam("event_"))
NUMBER = select(func.count()).where(OF)
# Of two who come for the same at once, one is told that it was theirs (RL-02, RL-21).
TAKE = (
    delete(table)
    .where(OF, table.c.id.in_(bindparam("events_", expanding=True)))
    .returning(table.c.id)
)
CARRY = update(table).where(OF, table.c.posted == 0).values(posted=1).returning(table.c.id)
CARRY_ABOUT_IT = CARRY.where(table.c.kind == STREAM)
# Only while it is still held: who opens the stream again has this event posted anew.
HELD = select(streams.c.id).where(streams.c.id == table.c.stream, streams.c.state != "enabled")
HOLD = (
    update(table)
    .where(table.c.id == bindparam("event_"), HELD.exists())
    .values(posted=0)
    .returning(table.c.id)
)
PUT_BACK = update(table).where(table.c.id == bindparam("event_")).values(posted=0)
OWN = streams.c.id == bindparam("stream_")
ARRIVED = (
    update(streams)
    .where(OWN)
    .values(
        delivered=streams.c.delivered + bindparam("number"),
        delivered_at=bindparam("now"),
        fault="",
        fault_at=None,
    )
)
LOST = update(streams).where(OWN).values(lost=streams.c.lost + bindparam("number"))
FAILED = update(streams).where(OWN).values(fault=bindparam("why"), fault_at=bindparam("now"))
OLD = select(table.c.id).where(table.c.created_at < bindparam("before")).limit(bindparam("most"))
DROP_OLD = delete(table).where(table.c.id.in_(OLD)).returning(table.c.stream)


@dataclass(frozen=True, slots=True)
class Held:
    """One that waits."""

    id: str
    stream: str
    kind: str
    account: str | None
    label: str | None
    facts: Mapping[str, str] = field(default_factory=dict)
    created_at: int = 0


class Waiting:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, entropy: Entropy, outbox: Outbox) -> None:
        self._clock = clock
        self._entropy = entropy
        self._outbox = outbox

    def is_full(self, tx: Tx, stream: str) -> bool:
        """Whether a stream holds all that it may."""
        return tx.execute(FULL, {"stream_": stream}).first() is not None

    def add(
        self,
        tx: Tx,
        stream: str,
        kind: str,
        account: str | None = None,
        label: str | None = None,
        facts: Mapping[str, str] = NOTHING,
    ) -> None:
        """Write one down."""
        row = {
            "id": self._entropy.token(16),
            "stream": stream,
            "kind": kind,
            "account_id": account,
            "label": label,
            "facts": json.dumps(dict(facts), ensure_ascii=False),
            "created_at": self._clock.now(),
            "posted": 0,
        }
        tx.execute(ADD, row)

    def post(self, tx: Tx, stream: str, *, all_of_it: bool = True) -> None:
        """Have the outbox carry what waits and is not carried yet; or what is about the stream."""
        carry = CARRY if all_of_it else CARRY_ABOUT_IT
        for row in tx.execute(carry, {"stream_": stream}).all():
            self._outbox.put(tx, Message(CHANNEL, "signal", row.id, None, "", KEPT))

    def hold(self, tx: Tx, event: str) -> bool:
        """The outbox carries it no further while its stream is paused; False where it goes on."""
        return tx.execute(HOLD, {"event_": event}).first() is not None

    def put_back(self, tx: Tx, event: str) -> None:
        """The same, whatever its stream's state."""
        tx.execute(PUT_BACK, {"event_": event})

    def load(self, tx: Tx, event: str) -> Held | None:
        """One of them."""
        row = tx.execute(LOAD, {"event_": event}).first()
        return _read(row) if row else None

    def oldest(self, tx: Tx, stream: str, most: int, *, all_of_it: bool = True) -> list[Held]:
        """What waits, the oldest first; they stay until they are acknowledged."""
        statement = OLDEST if all_of_it else ABOUT_IT
        return [_read(row) for row in tx.execute(statement, {"stream_": stream, "most": most})]

    def number(self, tx: Tx, stream: str) -> int:
        """How many wait."""
        return int(tx.execute(NUMBER, {"stream_": stream}).scalar_one())

    def arrived(self, tx: Tx, stream: str, events: Sequence[str]) -> int:
        """They are where they belong; how many of them were waiting."""
        gone = self._take(tx, stream, events)
        if gone:
            tx.execute(ARRIVED, {"stream_": stream, "number": gone, "now": self._clock.now()})
        return gone

    def give_up(self, tx: Tx, stream: str, events: Sequence[str], why: str) -> int:
        """They are refused for good; how many of them were waiting."""
        gone = self._take(tx, stream, events)
        if gone:
            self.lose(tx, stream, gone)
            self.failed(tx, stream, why)
        return gone

    def _take(self, tx: Tx, stream: str, events: Sequence[str]) -> int:
        if not events:
            return 0
        known = {"stream_": stream, "events_": list(dict.fromkeys(events))}
        return len(tx.execute(TAKE, known).all())

    def lose(self, tx: Tx, stream: str, number: int) -> None:
        """So many will never arrive."""
        tx.execute(LOST, {"stream_": stream, "number": number})

    def failed(self, tx: Tx, stream: str, why: str) -> None:
        """What went wrong last."""
        known = {"stream_": stream, "why": why[:LONGEST_FAULT], "now": self._clock.now()}
        tx.execute(FAILED, known)

    def drop_old(self, tx: Tx, most: int) -> dict[str, int]:
        """One batch of those that nobody came for; how many, by their stream."""
        known = {"before": self._clock.now() - KEPT, "most": most}
        found: dict[str, int] = {}
        for row in tx.execute(DROP_OLD, known).all():
            found[row.stream] = found.get(row.stream, 0) + 1
        return found


def _read(row: Found) -> Held:
    facts = json.loads(row.facts)
    return Held(row.id, row.stream, row.kind, row.account_id, row.label, facts, row.created_at)
