# SPDX-License-Identifier: Apache-2.0
"""What a serving process does beside serving: rotate keys that are due, forget what is over, tell
whose password ends soon, and watch over the whole.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.sql.dml import Delete, ReturningDelete, ReturningUpdate

from idp.administration.oversight.counting import Counting, counted_up_to
from idp.applications import invitations, seen
from idp.audit.record import Event
from idp.clock import DRIFT
from idp.credentials import (
    calculette_challenges,
    devices,
    one_time_codes,
    reset_links,
    throttle,
    used_once,
)
from idp.db import Tx, table_of
from idp.directory import sante
from idp.grants.approvals import FORGET as OLD_APPROVALS
from idp.grants.lasting import BATCH as LASTING
from idp.grants.lasting import EXPIRED as LASTING_OVER
from idp.grants.models import DeviceRequestRow, GrantRow, TokenRow
from idp.http.services import Core
from idp.login import phone_desk
from idp.login.ending_soon import EndingSoon
from idp.login.watch import Watch
from idp.messages import quotas
from idp.messages.alarms import Cause, Seen
from idp.messages.statements import OLD_MESSAGES
from idp.programs import allowance, kept_answers, telling
from idp.registration.statements import forget_old as forget_requests
from idp.repeating import Repeating
from idp.sessions.models import PresenceRow, SessionApplicationRow, SessionRow, TieRow
from idp.signals.hearing import BATCH as SIGNALS

EVERY = 60.0
BATCH = 500
MOST_BATCHES = 20
HOUR = 3600
DAY = 86_400
YEAR = 365 * DAY
Returning = ReturningDelete[Any] | ReturningUpdate[Any]
opened = table_of(SessionApplicationRow)
presences = table_of(PresenceRow)
sessions = table_of(SessionRow)
ties = table_of(TieRow)


def old_rows(table: Table, key: str) -> ReturningDelete[Any]:
    """One batch of the rows that expired long ago."""
    found = select(table.c[key]).where(table.c.expires_at < bindparam("before")).limit(BATCH)
    return delete(table).where(table.c[key].in_(found)).returning(table.c[key])


# A used refresh token is kept until a day after it would have expired: its reuse must still be
# recognised for what it is.
OLD_TOKENS = old_rows(table_of(TokenRow), "hash")
OLD_GRANTS = old_rows(table_of(GrantRow), "id")
OLD_DEVICE_REQUESTS = old_rows(table_of(DeviceRequestRow), "hash")
# The same sessions in both statements of one transaction: the order decides which.
OLD_SESSIONS = (
    select(sessions.c.id)
    .where(sessions.c.expires_at < bindparam("before"))
    .order_by(sessions.c.expires_at, sessions.c.id)
    .limit(BATCH)
)
# What has expired is said to be over, or a clock set back would open it again (RL-09).
EXPIRED = (
    update(sessions)
    .where(
        sessions.c.id.in_(
            select(sessions.c.id)
            .where(sessions.c.ended_at.is_(None), sessions.c.expires_at < bindparam("before"))
            .limit(BATCH)
        )
    )
    .values(ended_at=sessions.c.expires_at, ended_why="expired")
    .returning(sessions.c.id)
)
# What refers to them goes first.
OF_OLD_SESSIONS = tuple(
    delete(table).where(table.c.session_id.in_(OLD_SESSIONS)) for table in (opened, presences, ties)
)
OLD_SESSION_ROWS = delete(sessions).where(sessions.c.id.in_(OLD_SESSIONS)).returning(sessions.c.id)


class Chores(Repeating):
    """A thread that looks every minute."""

    def __init__(self, core: Core, beside: Sequence[Callable[[], object]] = ()) -> None:
        super().__init__("chores", every=EVERY)
        # What the administration has to do each minute: it is above what this knows.
        self._beside = tuple(beside)
        self._core = core
        self._ending = EndingSoon(
            core.database, core.clock, core.policies, core.outbox, core.settings.server.issuer
        )
        self._watch = Watch(
            core.database, core.clock, core.alarms, core.settings.alarms, core.trust
        )
        self._counting = Counting(core.database, core.clock)
        # People are told within the hour; the table need not be looked at more often.
        self._told_at = -HOUR

    def do(self) -> None:
        """All of it, once."""
        core = self._core
        now = core.clock.now()
        # Before all that tidies up: whatever fails there, alarms are raised.
        self._watch.look()
        with core.database.write() as tx:
            rotated = core.signing.rotate_due(tx)
            for kid in rotated:
                core.audit.record(tx, Event("keys.rotated", detail={"kid": kid}))
        if rotated:
            core.keys.reload()
        with core.database.write() as tx:
            core.journeys.forget_old(tx)
            core.pending.forget_old(tx)
            core.errands.forget_old(tx)
            core.handovers.forget_old(tx, now - HOUR)
            core.farewells.forget_old(tx, now - HOUR)
            core.ties.forget_old(tx, now - DRIFT - core.settings.session.absolute)
            core.launches.forget_old(tx)
            core.pushed.forget_old(tx)
            used_once.forget_expired(tx, now)
            seen.forget_old(tx, now)
            throttle.forget_old(tx, now)
            reset_links.end_expired(tx, now - DRIFT)
            reset_links.forget_old(tx, now - DAY)
            one_time_codes.forget_old(tx, now - DAY)
            calculette_challenges.forget_old(tx, now - DAY)
            phone_desk.forget_old(tx, now - HOUR)
            quotas.forget_old(tx, now)
            sante.forget_old(tx, now)
            forget_requests(tx, now - DRIFT)
            allowance.forget_old(tx, now)
            kept_answers.forget_old(tx, now)
            telling.forget_old(tx, now)
        self._forget(invitations.FORGET, now - invitations.KEPT)
        self._forget(OLD_MESSAGES, now - core.settings.messages.keep)
        self._forget(EXPIRED, now - DRIFT)
        self._forget(LASTING_OVER, now - DRIFT)
        self._forget(devices.FORGET_OLD, now - YEAR)
        self._forget(OLD_APPROVALS, now)
        self._forget(OLD_TOKENS, now - DAY)
        self._forget(OLD_GRANTS, now - DAY)
        self._forget(OLD_DEVICE_REQUESTS, now - HOUR)
        self._forget(OLD_SESSION_ROWS, now - DAY, first=OF_OLD_SESSIONS)
        self._forget_signals()
        self._end_turned_back()
        self._end_by_closed()
        self._tell_endings(now)
        for each in self._beside:
            each()
        self._counting.run(self.is_stopping)
        self._remove_old_events(now)

    def _end_turned_back(self) -> None:
        """What applications have that may not have it any more."""
        core = self._core
        with core.database.read() as tx:
            held = core.lasting.held(tx)
            due = [one for one in held if not core.lasting.may_hold(tx, core.applications, one)]
        for application in due:
            self._end_lasting(
                partial(core.lasting.end_some_of, application=application, why="setting")
            )

    def _end_by_closed(self) -> None:
        """BR-012: nor does it begin again when a provider is opened again by whom people came."""
        core = self._core
        with core.database.read() as tx:
            closed = {one.kind for one in core.providers.every(tx) if not one.open}
            given = core.lasting.means(tx) if closed else []
        for means in given:
            if not closed.isdisjoint(means.split()):
                self._end_lasting(
                    partial(core.lasting.end_some_by, means=means, why="provider-closed")
                )

    def _end_lasting(self, end: Callable[[Tx], int]) -> None:
        for _batch in range(MOST_BATCHES):
            with self._core.database.write() as tx:
                gone = end(tx)
            if gone < LASTING or self.is_stopping():
                break

    def _forget_signals(self) -> None:
        for _batch in range(MOST_BATCHES):
            with self._core.database.write() as tx:
                gone = self._core.hearing.forget_old(tx)
            if gone < SIGNALS or self.is_stopping():
                return

    def _remove_old_events(self, now: int) -> None:
        """By the retention rule, once they are counted."""
        core = self._core
        if core.retention.run(counted_up_to, self.is_stopping).held is not None:
            with core.database.write() as tx:
                core.alarms.sound(tx, Seen(Cause.AUDIT, 1, 1), now + core.settings.alarms.quiet)

    def _tell_endings(self, now: int) -> None:
        if abs(now - self._told_at) < HOUR:
            return
        for _batch in range(MOST_BATCHES):
            if self._ending.tell(BATCH) < BATCH:
                self._told_at = now
                return
            if self.is_stopping():
                return

    def _forget(self, statement: Returning, before: int, first: Sequence[Delete] = ()) -> None:
        """In small transactions, so that nobody waits long behind them (RL-27)."""
        for _batch in range(MOST_BATCHES):
            with self._core.database.write() as tx:
                for each in first:
                    tx.execute(each, {"before": before})
                gone = len(tx.execute(statement, {"before": before}).all())
            if gone < BATCH or self.is_stopping():
                return
