# SPDX-License-Identifier: Apache-2.0
"""The day at a glance: what waits, what happens; each part only for whoever may see it."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, func, select

from idp.administration.authority import Authority, Denied
from idp.administration.oversight.counting import HOUR, figures
from idp.administration.oversight.statistics import Period, Span, sees_region
from idp.administration.proposals import Proposals
from idp.administration.requests.queue import Queue
from idp.administration.rights import GRAVEST, Right
from idp.audit import pages
from idp.audit.pages import Wanted
from idp.audit.search import Found
from idp.clock import Clock
from idp.db import Tx, table_of
from idp.messages.alarms import Alarm, standing
from idp.messages.models import MessageRow
from idp.messages.shown import local_time

DAY: Final = 86_400
WEEKS: Final = 4
LATEST: Final = 6
# Nobody needs the exact number of a flood.
MOST_FAILED: Final = 1000
messages = table_of(MessageRow)
FAILED = (
    select(messages.c.id)
    .where(messages.c.state == "failed", messages.c.next_at >= bindparam("since"))
    .limit(MOST_FAILED)
    .subquery()
)
COUNT_FAILED = select(func.count()).select_from(FAILED)
BY_HOUR = (
    select(figures.c.hour, func.sum(figures.c.number).label("number"))
    .where(
        figures.c.kind == "login.proved",
        figures.c.hour >= bindparam("since"),
        figures.c.hour < bindparam("until"),
    )
    .group_by(figures.c.hour)
)


@dataclass(frozen=True, slots=True)
class Logins:
    """Logins of today by the hour, and how many there are on such a day."""

    hours: tuple[int, ...]
    usual: tuple[int, ...]
    # How many hours of the day have begun.
    begun: int

    @property
    def so_far(self) -> int:
        """Today until now."""
        return sum(self.hours[: self.begun])

    @property
    def usual_so_far(self) -> int:
        """On such a day, until this hour."""
        return sum(self.usual[: self.begun])


@dataclass(frozen=True, slots=True)
class Board:
    """What there is to see; None where it is not theirs to see."""

    requests: int | None
    oldest_request: int | None
    proposals: int | None
    failed_messages: int | None
    alarms: tuple[Alarm, ...] | None
    logins: Logins | None
    refusals: tuple[Found, ...] | None


class Today:
    """Draws it."""

    def __init__(self, clock: Clock, queue: Queue, proposals: Proposals) -> None:
        self._clock = clock
        self._queue = queue
        self._proposals = proposals

    def board(self, tx: Tx, authority: Authority) -> Board:
        """The parts that this authority may see."""
        now = self._clock.now()
        requests, oldest = self._requests(tx, authority)
        audit = authority.may(Right.AUDIT_SEE)
        return Board(
            requests=requests,
            oldest_request=oldest,
            proposals=self._waiting(tx, authority),
            failed_messages=self._failed(tx, now) if authority.may(Right.MESSAGES_SEE) else None,
            alarms=tuple(standing(tx, now)) if audit else None,
            logins=self._logins(tx, now) if sees_region(authority) else None,
            refusals=self._refusals(tx) if audit else None,
        )

    def _requests(self, tx: Tx, authority: Authority) -> tuple[int | None, int | None]:
        found = self._queue.figures(tx, authority, weeks=1)
        return (None, None) if isinstance(found, Denied) else (found.waiting, found.oldest_at)

    def _waiting(self, tx: Tx, authority: Authority) -> int | None:
        if not any(authority.may(one) for one in GRAVEST):
            return None
        found = self._proposals.listed(tx, authority)
        return None if isinstance(found, Denied) else len(found)

    def _failed(self, tx: Tx, now: int) -> int:
        counted: int = tx.execute(COUNT_FAILED, {"since": now - DAY}).scalar_one()
        return counted

    def _logins(self, tx: Tx, now: int) -> Logins:
        today = Period.around(Span.DAY, local_time(now).date())
        starts = today.starts
        known = {"since": today.since - WEEKS * 7 * DAY - HOUR, "until": today.until}
        counted = {row.hour: int(row.number) for row in tx.execute(BY_HOUR, known).all()}
        before = [[counted.get(hour - week * 7 * DAY, 0) for hour in starts] for week in _weeks()]
        usual = tuple(round(sum(column) / WEEKS) for column in zip(*before, strict=True))
        return Logins(
            tuple(counted.get(hour, 0) for hour in starts),
            usual,
            sum(start <= now for start in starts),
        )

    def _refusals(self, tx: Tx) -> tuple[Found, ...]:
        found = [
            event
            for kind in ("login.refused", "login.failed")
            for event in pages.find(tx, Wanted(kind=kind), LATEST).events
        ]
        return tuple(sorted(found, key=lambda one: (-one.at, -one.id))[:LATEST])


def _weeks() -> range:
    return range(1, WEEKS + 1)
