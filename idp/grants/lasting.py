# SPDX-License-Identifier: Apache-2.0
"""Access that lasts while its person is away: it needs no session, and has two ends of its own.

It ends when it is not used for a while, and at the latest at a time that was told at the consent;
and before that by all that closes an account or an application, or takes back what was agreed to.
A logout does not end it.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from idp.applications.service import Applications
from idp.applications.values import Application
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Tx, table_of
from idp.grants.models import GrantRow
from idp.origin import Origin

# What people agree to so; their consent holds it like any other word.
SCOPE: Final = "offline_access"
# The settings by which an application may have it, whatever it speaks.
SETTING: Final = "refresh"
LASTING: Final = "lasting"
LIFE: Final = "refresh_life"
IDLE: Final = "refresh_idle"
# So long it waits for its application to come for it the first time.
FIRST: Final = 3600
BATCH: Final = 500

table = table_of(GrantRow)
# Of all grants those that last, and that nothing has ended.
STANDS = (table.c.lasting_until.is_not(None), table.c.revoked_at.is_(None))
LIVES = (
    table.c.lasting_until > bindparam("now"),
    table.c.expires_at > bindparam("now"),
    table.c.revoked_at.is_(None),
)
OF_ACCOUNT = select(
    table.c.id,
    table.c.application,
    table.c.means,
    table.c.created_at,
    table.c.lasting_until,
    table.c.expires_at,
).where(table.c.account_id == bindparam("account"), *LIVES)
PUT_OFF = (
    update(table)
    .where(table.c.id == bindparam("grant"), table.c.revoked_at.is_(None))
    .values(lasting_until=bindparam("until"))
)
ENDED: dict[Any, Any] = {"revoked_at": bindparam("now"), "revoked_why": bindparam("why")}
END_ALL = (
    update(table)
    .where(table.c.account_id == bindparam("account"), *STANDS)
    .values(ENDED)
    .returning(table.c.id)
)
END = END_ALL.where(table.c.application == bindparam("application_"))
END_THESE = (
    update(table)
    .where(table.c.id.in_(bindparam("these", expanding=True)), table.c.revoked_at.is_(None))
    .values(ENDED)
    .returning(table.c.id)
)
HOLDING = select(table.c.application).where(*STANDS).distinct()
# Whoever gave something that lasts.
HELD = select(table.c.account_id).where(*STANDS)
MEANS = select(table.c.means).where(*STANDS).distinct()


def _end_some(whose: ColumnElement[bool]) -> ReturningUpdate[Any]:
    some = select(table.c.id).where(whose, *STANDS).limit(BATCH)
    # Asked once more: of two that end the same at once, the second finds it ended.
    return update(table).where(table.c.id.in_(some), *STANDS).values(ENDED).returning(table.c.id)


# What is over is said to be so, or a clock set back would begin it again (RL-09).
EXPIRED = (
    update(table)
    .where(
        table.c.id.in_(
            select(table.c.id)
            .where(table.c.lasting_until < bindparam("before"), *STANDS)
            .limit(BATCH)
        )
    )
    .values(revoked_at=table.c.lasting_until, revoked_why="expired")
    .returning(table.c.id)
)
END_SOME = _end_some(table.c.application == bindparam("application_"))
END_SOME_BY = _end_some(table.c.means == bindparam("means_"))


@dataclass(frozen=True, slots=True)
class Lasting:
    """For how long: unused, and at all. In seconds; nothing where the server's own bound counts."""

    idle: int = 0
    life: int = 0

    def within(self, most: "Lasting") -> "Lasting":
        """The same, within the bounds of the server."""
        life = min(self.life or most.life, most.life)
        return Lasting(min(self.idle or most.idle, most.idle, life), life)


def lasting_of(application: Application, most: Lasting) -> Lasting | None:
    """How it is registered, within the server's bounds; None where nobody lets it."""
    settings = application.settings
    if settings.get(SETTING) != LASTING or not most.life:
        return None
    return Lasting(settings.get(IDLE, 0), settings.get(LIFE, 0)).within(most)


@dataclass(frozen=True, slots=True)
class Kept:
    """One application that somebody lets in while they are away."""

    id: str
    application: str
    means: tuple[str, ...]
    since: int
    # If it is not used any more.
    until: int
    # However much it is used.
    at_latest: int


class LastingGrants:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, audit: Audit, most: Lasting) -> None:
        self._clock = clock
        self._audit = audit
        self.most = most

    def of(self, application: Application) -> Lasting | None:
        """For how long this application may have it by now."""
        return lasting_of(application, self.most)

    def of_account(self, tx: Tx, account: str) -> list[Kept]:
        """What a person gave that lives, one of each application: the one that lasts longest."""
        rows = tx.execute(OF_ACCOUNT, {"account": account, "now": self._clock.now()}).all()
        found: dict[str, Kept] = {}
        for row in rows:
            means = tuple(row.means.split())
            one = Kept(
                row.id,
                row.application,
                means,
                row.created_at,
                min(row.lasting_until, row.expires_at),
                row.expires_at,
            )
            before = found.setdefault(one.application, one)
            found[one.application] = replace(
                one,
                since=min(one.since, before.since),
                until=max(one.until, before.until),
                at_latest=max(one.at_latest, before.at_latest),
            )
        return sorted(found.values(), key=lambda one: (-one.since, one.application))

    def put_off(self, tx: Tx, grant: str, until: int) -> None:
        """It is used: so long it lasts if it is not used again."""
        tx.execute(PUT_OFF, {"grant": grant, "until": until})

    def end(self, tx: Tx, account: str, application: str, why: str, origin: Origin) -> int:
        """End what one application has; how many there were."""
        known = {"account": account, "application_": application}
        return self._end(tx, END, known, why, origin)

    def end_all(self, tx: Tx, account: str, why: str, origin: Origin | None) -> int:
        """End all that a person gave."""
        return self._end(tx, END_ALL, {"account": account}, why, origin)

    def end_by(
        self, tx: Tx, account: str, means: Collection[str], why: str, origin: Origin | None
    ) -> int:
        """End what was given by any of these means."""
        rows = tx.execute(OF_ACCOUNT, {"account": account, "now": self._clock.now()}).all()
        these = [row.id for row in rows if not set(means).isdisjoint(row.means.split())]
        if not these:
            return 0
        return self._end(tx, END_THESE, {"account": account, "these": these}, why, origin)

    def held(self, tx: Tx) -> list[str]:
        """The applications that have it of anybody."""
        return sorted(tx.execute(HOLDING).scalars())

    def may_hold(self, tx: Tx, applications: Applications, key: str) -> bool:
        """Whether this application may have it still."""
        application = applications.load(tx, key)
        return application is not None and self.of(application) is not None

    def end_some_of(self, tx: Tx, application: str, why: str) -> int:
        """End a batch of what an application has of anybody; how many there were."""
        return self._end(tx, END_SOME, {"application_": application}, why, None)

    def means(self, tx: Tx) -> list[str]:
        """By which means all was given that lives: those of one login together."""
        return sorted(tx.execute(MEANS).scalars())

    def end_some_by(self, tx: Tx, means: str, why: str) -> int:
        """End a batch of what anybody gave who came by just these; how many there were."""
        return self._end(tx, END_SOME_BY, {"means_": means}, why, None)

    def _end(
        self,
        tx: Tx,
        statement: ReturningUpdate[Any],
        known: dict[str, Any],
        why: str,
        origin: Origin | None,
    ) -> int:
        ended = len(tx.execute(statement, known | {"now": self._clock.now(), "why": why}).all())
        if ended:
            event = Event(
                "lasting.ended",
                account=known.get("account"),
                application=known.get("application_"),
                detail={"why": why, "count": ended},
            )
            self._audit.record(tx, event, origin)
        return ended
