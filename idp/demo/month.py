# SPDX-License-Identifier: Apache-2.0
"""A month of logins that never were, so that the demo's charts and audit have something to show.

Written once, before anybody logs in, as events like any other: they are sealed and counted by the
very parts that do so for real ones. Each says that it is the demo's, and comes from addresses that
nobody has (RFC 5737).
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from idp.accounts.models import AccountRow
from idp.accounts.values import Population
from idp.administration.oversight.counting import Counting
from idp.applications.values import Application
from idp.audit.models import AuditEventRow
from idp.audit.record import Audit, Event
from idp.audit.seal import Sealer
from idp.cli.place import Place
from idp.db import Tx, table_of
from idp.messages.shown import local_time
from idp.origin import Origin

DAYS = 30
DAY, HOUR = 86_400, 3600
MICROSECONDS = 1_000_000
# Logins of a working day, and the share of each hour of it.
USUAL = 70
HOURS = (0, 0, 0, 0, 0, 1, 2, 5, 9, 11, 11, 9, 5, 8, 10, 10, 8, 6, 4, 2, 1, 1, 1, 0)
BY_DAY = (1.0, 1.1, 1.0, 1.05, 0.9, 0.3, 0.2)
MEANS = {"password": 5, "cps": 4, "otp": 2, "totp": 1, "passkey": 1, "calculette": 1}
LEVELS = {"password": 1, "cps": 3, "calculette": 3}
REASONS = ("wrong", "wrong", "wrong", "unknown", "locked", "expired", "revoked")
MARK = {"demo": "month"}
events = table_of(AuditEventRow)
OLDER = select(events.c.id).where(events.c.at < bindparam("before")).limit(1)
AGENT = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"


@dataclass
class Past:
    """A clock that stands where it is put."""

    at: int = 0

    def now(self) -> int:
        return self.at

    def micros(self) -> int:
        return self.at * MICROSECONDS

    def monotonic(self) -> float:
        return float(self.at)


def bring_in_month(place: Place) -> int:
    """Write the month, unless the audit goes back further than today; how many events there are."""
    core, now = place.core, place.core.clock.now()
    clock = Past()
    audit = Audit(clock, place.secrets.audit)
    chance = random.Random(2026)  # noqa: S311 - what is drawn protects nothing
    written = 0
    with core.database.write() as tx:
        if tx.execute(OLDER, {"before": (now - DAY) * MICROSECONDS}).first() is not None:
            return 0
        people = _people(tx)
        applications = core.applications.every(tx)
        for at in _moments(chance, now):
            clock.at = at
            origin = Origin(f"192.0.2.{chance.randint(10, 90)}", AGENT, f"demo-{at}")
            for event in _login(chance, chance.choice(people), applications):
                audit.record(tx, event, origin)
                written += 1
    return written


def count_month(place: Place) -> None:
    """Seal and count it now: whoever opens the console at once finds its charts drawn."""
    core = place.core
    sealer = Sealer(core.clock, place.secrets.audit)
    while sealer.run_once(core.database):
        pass
    Counting(core.database, core.clock).run()


def _people(tx: Tx) -> list[str]:
    # Professionals alone: a patient's history is looked at by patients.
    table = table_of(AccountRow)
    found = select(table.c.id).where(table.c.population == Population.PROFESSIONAL.value)
    return sorted(tx.execute(found).scalars().all())


def _moments(chance: random.Random, now: int) -> Iterator[int]:
    """When somebody logs in, from a month ago until an hour ago, in order."""
    hour = (now - DAYS * DAY) // HOUR * HOUR
    while hour < now - HOUR:
        there = local_time(hour)
        usual = USUAL * HOURS[there.hour] / sum(HOURS) * BY_DAY[there.weekday()]
        number = int(usual * chance.uniform(0.7, 1.3) + chance.random())
        yield from sorted(hour + chance.randrange(HOUR) for _each in range(number))
        hour += HOUR


def _login(
    chance: random.Random, account: str, registered: Sequence[Application]
) -> Iterator[Event]:
    means = chance.choices(list(MEANS), list(MEANS.values()))[0]
    level = LEVELS.get(means, 2)
    applications = [
        one.key for one in registered if means in one.policy.means and level >= one.policy.level
    ]
    wanted = chance.choice([*applications, None])
    if chance.random() < 0.08:
        why = chance.choice(REASONS)
        yield Event(
            "login.failed",
            "refused",
            account=account,
            application=wanted,
            means=means,
            detail={"why": why, **MARK},
        )
        return
    yield Event(
        "login.proved", account=account, application=wanted, means=means, level=level, detail=MARK
    )
    if wanted and chance.random() < 0.03:
        yield Event(
            "login.refused",
            "refused",
            account=account,
            application=wanted,
            detail={"why": "community", **MARK},
        )
        return
    opened = [wanted] if wanted else []
    # Who is there goes on to another application without a new login.
    opened += [one for one in applications if one != wanted and chance.random() < 0.25]
    for one in opened:
        yield Event(
            "login.admitted",
            account=account,
            application=one,
            means=means,
            level=level,
            detail=MARK,
        )
