# SPDX-License-Identifier: Apache-2.0
"""The stream of an application: made, changed, paused and given up; one each."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import and_, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.audit.record import Audit, Event
from idp.clock import Clock, Entropy
from idp.crypto import VERSION, KeyRing
from idp.db import Found, Tx, table_of
from idp.origin import Origin
from idp.signals.models import SignalEventRow, SignalStreamRow
from idp.signals.told import KINDS, STREAM, TRIAL
from idp.signals.waiting import Waiting

PUSH, POLL = "push", "poll"
ENABLED, PAUSED, DISABLED = "enabled", "paused", "disabled"
STATES: Final = (ENABLED, PAUSED, DISABLED)
# Who decided on its state.
APPLICATION, ADMINISTRATOR, OURSELVES = "application", "administrator", "provider"
# Between two events on trial.
TRIAL_EVERY: Final = 5

table = table_of(SignalStreamRow)
events = table_of(SignalEventRow)
OWN = table.c.id == bindparam("stream_")
ADD = upsert(table).on_conflict_do_nothing(index_elements=["application"]).returning(table.c.id)
OF = select(table).where(table.c.application == bindparam("application_"))
LOAD = select(table).where(OWN)
CHANGE = (
    update(table)
    .where(OWN)
    .values(
        method=bindparam("new_method"),
        address=bindparam("new_address"),
        shown=bindparam("new_shown"),
        description=bindparam("new_description"),
        requested=bindparam("new_requested"),
        events=bindparam("new_events"),
    )
    .returning(table.c.id)
)
SET_STATE = (
    update(table)
    .where(OWN)
    .values(state=bindparam("new_state"), state_by=bindparam("who"), reason=bindparam("why"))
    .returning(table.c.id)
)
# Of two who notice that it must stop, one does it.
STOP = SET_STATE.where(table.c.state == ENABLED)
# Who wishes it saw how it stood: of two at once, the second saw something else.
WISH = SET_STATE.where(
    table.c.state == bindparam("state_before"), table.c.state_by == bindparam("who_before")
)
TRY = (
    update(table)
    .where(OWN, table.c.verified_at <= bindparam("before"))
    .values(verified_at=bindparam("now"))
    .returning(table.c.id)
)
DROP = delete(table).where(OWN).returning(table.c.id)
DROP_EVENTS = delete(events).where(events.c.stream == bindparam("stream_"))
SEALED_BY_OTHERS = select(table.c.id, table.c.shown).where(table.c.shown.is_not(None))
RESEAL = (
    update(table)
    .where(and_(OWN, table.c.shown == bindparam("before")))
    .values(shown=bindparam("new_shown"))
)


@dataclass(frozen=True, slots=True)
class Wished:
    """What an application wants of its stream."""

    method: str
    address: str = ""
    shown: str = field(default="", repr=False)
    description: str = ""
    # As it was written; None where nothing was.
    requested: tuple[str, ...] | None = None
    # What of it there is here.
    kinds: tuple[str, ...] = KINDS


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as it stands."""

    id: str
    application: str
    method: str
    address: str
    shown: str | None = field(repr=False)
    description: str
    requested: tuple[str, ...] | None
    kinds: tuple[str, ...]
    state: str
    state_by: str
    reason: str
    delivered: int
    lost: int
    delivered_at: int | None
    fault: str
    fault_at: int | None
    created_at: int

    @property
    def held(self) -> bool:
        """Whether an administrator has paused it: its application changes nothing about that."""
        return self.state == PAUSED and self.state_by == ADMINISTRATOR

    @property
    def carries(self) -> bool:
        """Whether events leave by it."""
        return self.state == ENABLED


class Streams:
    """The verbs; each takes the caller's transaction."""

    def __init__(
        self, clock: Clock, entropy: Entropy, ring: KeyRing, audit: Audit, waiting: Waiting
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._ring = ring
        self._audit = audit
        self.waiting = waiting

    def of(self, tx: Tx, application: str) -> Stream | None:
        """The one of an application."""
        row = tx.execute(OF, {"application_": application}).first()
        return read_stream(row) if row else None

    def load(self, tx: Tx, stream: str) -> Stream | None:
        """One by its name."""
        row = tx.execute(LOAD, {"stream_": stream}).first()
        return read_stream(row) if row else None

    def shown(self, stream: Stream) -> str:
        """What we show where events are pushed to."""
        if stream.shown is None:
            return ""
        where = {"table": "signal_streams", "column": "shown", "row": stream.id}
        return self._ring.open(stream.shown, **where).decode()

    def make(self, tx: Tx, application: str, wished: Wished, origin: Origin) -> Stream | None:
        """A new one; None where the application has one."""
        name, now = self._entropy.token(16), self._clock.now()
        row = {
            "id": name,
            "application": application,
            **self._columns(name, wished),
            "state": ENABLED,
            "state_by": APPLICATION,
            "reason": "",
            "delivered": 0,
            "lost": 0,
            "delivered_at": None,
            "fault": "",
            "fault_at": None,
            "verified_at": 0,
            "created_at": now,
        }
        if tx.execute(ADD, row).first() is None:
            return None
        made = read_stream(tx.execute(LOAD, {"stream_": name}).one())
        self._note(tx, "signals.made", made, origin, method=wished.method)
        return made

    def change(self, tx: Tx, stream: Stream, wished: Wished, origin: Origin) -> Stream | None:
        """Another wish; what waits goes the new way. None where it is gone."""
        values = {f"new_{name}": value for name, value in self._columns(stream.id, wished).items()}
        if tx.execute(CHANGE, {"stream_": stream.id, **values}).first() is None:
            return None
        changed = read_stream(tx.execute(LOAD, {"stream_": stream.id}).one())
        if changed.method == PUSH and changed.carries:
            self.waiting.post(tx, stream.id)
        self._note(tx, "signals.changed", changed, origin, method=wished.method)
        return changed

    def _columns(self, name: str, wished: Wished) -> dict[str, str | None]:
        where = {"table": "signal_streams", "column": "shown", "row": name}
        shown = self._ring.seal(wished.shown.encode(), **where) if wished.shown else None
        asked = None if wished.requested is None else json.dumps(wished.requested)
        return {
            "method": wished.method,
            "address": wished.address,
            "shown": shown,
            "description": wished.description,
            "requested": asked,
            "events": " ".join(wished.kinds),
        }

    def set_state(
        self,
        tx: Tx,
        stream: Stream,
        state: str,
        reason: str,
        event: Event,
        origin: Origin,
        *,
        who: str = APPLICATION,
    ) -> bool:
        """As an application or an administrator wishes; `event` is recorded.

        False where somebody else has changed it meanwhile.
        """
        known = {"stream_": stream.id, "new_state": state, "who": who, "why": reason}
        before = {"state_before": stream.state, "who_before": stream.state_by}
        if tx.execute(WISH, known | before).first() is None:
            return False
        self._audit.record(tx, event, origin)
        if state == DISABLED:
            tx.execute(DROP_EVENTS, {"stream_": stream.id})
        # §8.1.5: whoever did not wish it itself is told.
        if who != APPLICATION and state != stream.state:
            self.waiting.add(tx, stream.id, STREAM, facts={"state": state, "why": reason})
        if stream.method == PUSH:
            # What is about the stream leaves even while it is paused.
            self.waiting.post(tx, stream.id, all_of_it=state == ENABLED)
        return True

    def stop(self, tx: Tx, stream: str, why: str) -> None:
        """Pause it, where it is open: it can't hold more, or nobody takes what it holds."""
        known = {"stream_": stream, "new_state": PAUSED, "who": OURSELVES, "why": why}
        if tx.execute(STOP, known).first() is None:
            return
        found = self.load(tx, stream)
        if found is None:
            return
        self._note(tx, "signals.stopped", found, None, outcome="failed", why=why)
        self.waiting.add(tx, stream, STREAM, facts={"state": PAUSED, "why": why})
        if found.method == PUSH:
            self.waiting.post(tx, stream, all_of_it=False)

    def drop(self, tx: Tx, stream: Stream, event: Event, origin: Origin) -> bool:
        """Give it up, with what waits; False where it was gone already."""
        if tx.execute(DROP, {"stream_": stream.id}).first() is None:
            return False
        tx.execute(DROP_EVENTS, {"stream_": stream.id})
        self._audit.record(tx, event, origin)
        return True

    def try_out(self, tx: Tx, stream: Stream, state: str | None) -> bool:
        """Send something on trial; False where that was a moment ago, or too much waits."""
        now = self._clock.now()
        if self.waiting.is_full(tx, stream.id):
            return False
        known = {"stream_": stream.id, "before": now - TRIAL_EVERY, "now": now}
        if tx.execute(TRY, known).first() is None:
            return False
        self.waiting.add(tx, stream.id, TRIAL, facts={} if state is None else {"state": state})
        if stream.method == PUSH and stream.carries:
            self.waiting.post(tx, stream.id)
        return True

    def reseal(self, tx: Tx, most: int = 100) -> int:
        """Seal up to `most` of what we show again with the ring's active key; 0 when none is."""
        beginning = f"{VERSION}.{self._ring.active_id}."
        rows = tx.execute(SEALED_BY_OTHERS).all()
        left = [row for row in rows if not row.shown.startswith(beginning)][:most]
        for row in left:
            where = {"table": "signal_streams", "column": "shown", "row": row.id}
            new = self._ring.seal(self._ring.open(row.shown, **where), **where)
            tx.execute(RESEAL, {"stream_": row.id, "before": row.shown, "new_shown": new})
        return len(left)

    def _note(
        self,
        tx: Tx,
        kind: str,
        stream: Stream,
        origin: Origin | None,
        outcome: str = "ok",
        **detail: str,
    ) -> None:
        event = Event(kind, outcome, application=stream.application, detail=detail)
        self._audit.record(tx, event, origin)


def read_stream(row: Found) -> Stream:
    """The stream in a row that holds its columns."""
    requested: Sequence[str] | None = None if row.requested is None else json.loads(row.requested)
    return Stream(
        id=row.id,
        application=row.application,
        method=row.method,
        address=row.address,
        shown=row.shown,
        description=row.description,
        requested=None if requested is None else tuple(requested),
        kinds=tuple(row.events.split()),
        state=row.state,
        state_by=row.state_by,
        reason=row.reason,
        delivered=row.delivered,
        lost=row.lost,
        delivered_at=row.delivered_at,
        fault=row.fault,
        fault_at=row.fault_at,
        created_at=row.created_at,
    )
