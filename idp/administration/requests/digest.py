# SPDX-License-Identifier: Apache-2.0
"""Telling those who decide that requests wait: at most so often, and again when nobody decides.

Only how many, and since when: no letter says who asks. An establishment's requests are told to its
own administrators; where it has none, and for the region's, to the region's.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts import service as accounts
from idp.accounts.values import Account, State
from idp.administration.authority import Authorities, grants
from idp.administration.rights import RIGHTS, Right, Role
from idp.clock import DRIFT, Clock
from idp.db import Database, Tx, table_of
from idp.messages.outbox import Message, Outbox
from idp.messages.shown import shown_moment
from idp.registration import listing
from idp.registration.models import RequestDigestRow
from idp.registration.store import table as requests
from idp.registration.values import Stage

PURPOSE: Final = "requests-waiting"
PAGE: Final = "/admin/requests"
# Of a request that was confirmed at this very moment the next look tells.
SETTLED: Final = 2
DECIDING: Final = tuple(sorted(one for one in Role if Right.REQUESTS_DECIDE in RIGHTS[one]))
HOLDERS = select(grants.c.subject).where(grants.c.role.in_([one.value for one in DECIDING]))
HOUSES = (
    select(requests.c.establishment)
    .where(requests.c.state == Stage.PENDING.value, requests.c.submitted_at.is_not(None))
    .group_by(requests.c.establishment)
)
table = table_of(RequestDigestRow)
LOAD = select(table).where(table.c.account_id == bindparam("account"))
NEW = upsert(table)
# One statement decides which node tells somebody.
CLAIM = NEW.on_conflict_do_update(
    index_elements=["account_id"],
    set_={name: NEW.excluded[name] for name in ("told_at", "told_until", "reminded_at")},
    where=func.coalesce(table.c.told_at, 0) == bindparam("seen_at"),
).returning(table.c.account_id)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, as configured."""

    every: int
    remind_after: int


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody was told last."""

    at: int = 0
    until: int = 0
    reminded: int = 0


class RequestDigest:
    """Looks, and queues what is to be told, in small transactions."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        authorities: Authorities,
        outbox: Outbox,
        issuer: str,
        pace: Pace,
    ) -> None:
        self._database = database
        self._clock = clock
        self._authorities = authorities
        self._outbox = outbox
        self._link = issuer + PAGE
        self._pace = pace

    def tell(self) -> int:
        """Tell whoever is due; how many were."""
        with self._database.read() as tx:
            houses = set(tx.execute(HOUSES).scalars().all())
            who = self._whom(tx, houses) if houses else {}
        told = 0
        for account, theirs in sorted(who.items()):
            with self._database.write() as tx:
                told += self._tell(tx, account, theirs)
        return told

    def _whom(self, tx: Tx, houses: set[str]) -> dict[str, set[str]]:
        """Whose business each establishment's requests are, by account."""
        by_house: dict[str, set[str]] = defaultdict(set)
        by_role: dict[Role, set[str]] = defaultdict(set)
        for subject in sorted(set(tx.execute(HOLDERS).scalars().all())):
            if ":" in subject or not _reachable(accounts.load(tx, subject)):
                continue
            for held in self._authorities.held_by(tx, subject):
                if held.role in DECIDING and held.establishment:
                    by_house[held.establishment].add(subject)
                elif held.role in DECIDING:
                    by_role[held.role].add(subject)
        region = by_role[Role.REGION] or by_role[Role.SUPER]
        found: dict[str, set[str]] = defaultdict(set)
        for house in houses:
            for subject in by_house.get(house) or region:
                found[subject].add(house)
        return found

    def _tell(self, tx: Tx, name: str, houses: Iterable[str]) -> bool:
        now, told = self._clock.now(), self._told(tx, name)
        # A clock that was set back counts as no time at all, not as years to wait (RL-09).
        if 0 <= now + DRIFT - told.at < self._pace.every + DRIFT:
            return False
        fresh, _since = listing.waiting_since(tx, set(houses), told.until)
        waiting, oldest = listing.waiting_since(tx, set(houses), 0)
        reminded = self._reminds(told, oldest, now)
        account = accounts.load(tx, name)
        if account is None or oldest is None or not (fresh or reminded):
            return False
        row = {
            "account_id": name,
            "told_at": now,
            "told_until": now - SETTLED,
            "reminded_at": now if reminded else told.reminded,
        }
        if tx.execute(CLAIM, row | {"seen_at": told.at}).first() is None:
            return False
        self._outbox.withdraw(tx, name, PURPOSE)
        self._put(tx, account, fresh, waiting, oldest)
        return True

    def _reminds(self, told: Told, oldest: int | None, now: int) -> bool:
        after = self._pace.remind_after
        return (
            oldest is not None
            and now - oldest >= after
            and not 0 <= now - max(told.reminded, told.at) < after
        )

    def _told(self, tx: Tx, account: str) -> Told:
        row = tx.execute(LOAD, {"account": account}).first()
        return Told(row.told_at, row.told_until, row.reminded_at) if row else Told()

    def _put(self, tx: Tx, account: Account, fresh: int, waiting: int, oldest: int) -> None:
        person = account.person
        values: dict[str, str | int] = {
            "name": person.display_name,
            "fresh": fresh,
            "waiting": waiting,
            "oldest": shown_moment(oldest, person.locale),
            "link": self._link,
        }
        worth = self._pace.remind_after
        message = Message("email", PURPOSE, person.email, account.id, person.locale, worth, values)
        self._outbox.put(tx, message)


def _reachable(account: Account | None) -> bool:
    return account is not None and account.state is State.ACTIVE and bool(account.person.email)
