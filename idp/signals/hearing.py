# SPDX-License-Identifier: Apache-2.0
"""Hearing what is recorded, and writing it down for the applications that know whom it is about."""

from typing import Final

from sqlalchemy import bindparam, or_, select

from idp.applications.service import Applications
from idp.audit.record import Event
from idp.clock import Clock
from idp.db import Found, Tx, table_of
from idp.grants.models import GrantRow
from idp.sessions.models import SessionApplicationRow, SessionRow
from idp.signals.models import SignalStreamRow
from idp.signals.streams import DISABLED, ENABLED, PUSH, Streams
from idp.signals.told import Signal, read

# The setting by which an application may have them, whatever it speaks.
SETTING: Final = "shared_signals"
FULL: Final = "too many events wait"
UNFETCHED: Final = "events waited for too long"
BATCH: Final = 500

streams = table_of(SignalStreamRow)
sessions = table_of(SessionRow)
opened = table_of(SessionApplicationRow)
grants = table_of(GrantRow)
COLUMNS = (
    streams.c.id,
    streams.c.application,
    streams.c.method,
    streams.c.events,
    streams.c.state,
)
# Those that back-channel logout would tell. Where nobody has a stream there is nothing to join.
OF_SESSION = (
    select(*COLUMNS, opened.c.label)
    .select_from(streams.join(opened, opened.c.application == streams.c.application))
    .where(opened.c.session_id == bindparam("session_"), streams.c.state != DISABLED)
    # In one order everywhere: two that end at once wait for one another, and never in a ring.
    .order_by(streams.c.id)
)
# Into which they came, or which act for them. A session that has just ended still counts: what
# ends it, a new password, is what is told of.
CAME = (
    select(opened.c.session_id)
    .select_from(opened.join(sessions, sessions.c.id == opened.c.session_id))
    .where(
        sessions.c.account_id == bindparam("account_"),
        sessions.c.expires_at > bindparam("now"),
        opened.c.application == streams.c.application,
    )
)
ACTS = select(grants.c.id).where(
    grants.c.account_id == bindparam("account_"),
    grants.c.application == streams.c.application,
    grants.c.revoked_at.is_(None),
    grants.c.expires_at > bindparam("now"),
)
OF_PERSON = (
    select(*COLUMNS)
    .where(streams.c.state != DISABLED, or_(CAME.exists(), ACTS.exists()))
    .order_by(streams.c.id)
)


class Hearing:
    """A listener of the audit (`Audit.listen`)."""

    def __init__(self, clock: Clock, applications: Applications, streams: Streams) -> None:
        self._clock = clock
        self._applications = applications
        self.streams = streams

    def heard(self, tx: Tx, event: Event) -> None:
        """Something was recorded: for most of it, one look into a dictionary."""
        signal = read(event)
        if signal is None:
            return
        for row in self._wanting(tx, signal):
            if signal.kind in row.events.split() and self._may_know(tx, row.application):
                label = row.label if signal.session else None
                self._tell(tx, row, signal, label)

    def _wanting(self, tx: Tx, signal: Signal) -> list[Found]:
        if signal.session is not None:
            return list(tx.execute(OF_SESSION, {"session_": signal.session}).all())
        known = {"account_": signal.account, "now": self._clock.now()}
        return list(tx.execute(OF_PERSON, known).all())

    def _may_know(self, tx: Tx, application: str) -> bool:
        """An application that is closed is told nothing of anybody (OA-047)."""
        found = self._applications.load(tx, application)
        return found is not None and found.enabled and found.settings.get(SETTING) is True

    def _tell(self, tx: Tx, row: Found, signal: Signal, label: str | None) -> None:
        waiting = self.streams.waiting
        if waiting.is_full(tx, row.id):
            waiting.lose(tx, row.id, 1)
            self.streams.stop(tx, row.id, FULL)
            return
        waiting.add(tx, row.id, signal.kind, signal.account, label, signal.facts)
        if row.method == PUSH and row.state == ENABLED:
            waiting.post(tx, row.id)

    def forget_old(self, tx: Tx) -> int:
        """Drop a batch of what nobody came for in time; their streams stop. How many there were."""
        gone = self.streams.waiting.drop_old(tx, BATCH)
        for stream, number in gone.items():
            self.streams.waiting.lose(tx, stream, number)
            self.streams.stop(tx, stream, UNFETCHED)
        return sum(gone.values())
