# SPDX-License-Identifier: Apache-2.0
"""Verbs of the account: create, find, load, change state, join a community."""

from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from idp.accounts import listing, national_ids, words
from idp.accounts.models import AccountNameRow, AccountRow, CommunityRow, MembershipRow
from idp.accounts.national_ids import NotSet
from idp.accounts.values import (
    LONGEST_NAME,
    Account,
    Person,
    Population,
    State,
    fold,
    sort_key,
    sort_name,
    unfit_texts,
)
from idp.accounts.versions import NEXT
from idp.audit.record import Audit, Event
from idp.clock import Clock, Entropy
from idp.db import Found, Tx, table_of
from idp.origin import Origin

accounts = table_of(AccountRow)
names = table_of(AccountNameRow)
memberships = table_of(MembershipRow)
communities = table_of(CommunityRow)

FIND = select(names.c.account_id).where(names.c.folded == bindparam("folded"))
LOAD = select(accounts).where(accounts.c.id == bindparam("account"))
POPULATION = select(accounts.c.population).where(accounts.c.id == bindparam("account"))
CHANGED = select(accounts.c.email_changed_at, accounts.c.phone_changed_at).where(
    accounts.c.id == bindparam("account")
)
STANDS = select(accounts.c.state, accounts.c.population, accounts.c.open_since).where(
    accounts.c.id == bindparam("account")
)
LAST_LOGIN = select(accounts.c.last_login_at).where(accounts.c.id == bindparam("account"))
COMMUNITIES = select(memberships.c.community).where(
    memberships.c.account_id == bindparam("account")
)
# A race for one national identifier is lost without breaking the transaction.
ADD = upsert(accounts).on_conflict_do_nothing().returning(accounts.c.id)
ADD_NAME = upsert(names).on_conflict_do_nothing().returning(names.c.folded)
SET_STATE = (
    update(accounts)
    .where(accounts.c.id == bindparam("account"), accounts.c.state != bindparam("new_state"))
    .values(
        state=bindparam("new_state"),
        updated_at=NEXT,
        open_since=case(
            (bindparam("new_state") == State.ACTIVE, bindparam("now")), else_=accounts.c.open_since
        ),
    )
    .returning(accounts.c.id)
)
JOIN = upsert(memberships).on_conflict_do_nothing().returning(memberships.c.community)
LEAVE = (
    delete(memberships)
    .where(
        memberships.c.account_id == bindparam("account"),
        memberships.c.community == bindparam("community_"),
    )
    .returning(memberships.c.community)
)
NEW_COMMUNITY = upsert(communities)
NAME_COMMUNITY = NEW_COMMUNITY.on_conflict_do_update(
    index_elements=["key"], set_={"name": NEW_COMMUNITY.excluded.name}
)
OPEN_COMMUNITIES = select(communities.c.key).where(communities.c.open_to_houses != 0)
OPEN_COMMUNITY = (
    update(communities)
    .where(
        communities.c.key == bindparam("community"),
        communities.c.open_to_houses != bindparam("open_"),
    )
    .values(open_to_houses=bindparam("open_"))
    .returning(communities.c.key)
)
COMMUNITY_NAMES = select(communities.c.key, communities.c.name)
ALL = select(accounts)


class Duplicate(Enum):
    """Why an account was not created."""

    IDENTIFIER = "identifier"
    EMAIL = "email"
    NATIONAL_ID = "national_id"


@dataclass(frozen=True, slots=True)
class NotCreated:
    """The account was not created: it is there already, or these of its texts are unfit."""

    duplicate: Duplicate | None
    unfit: tuple[str, ...] = ()


class Accounts:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, entropy: Entropy, audit: Audit) -> None:
        self._clock = clock
        self._entropy = entropy
        self._audit = audit

    def create(self, tx: Tx, person: Person, origin: Origin | None = None) -> Account | NotCreated:
        """Make an account; a name or national identifier in use refuses without a trace.

        Call it in a transaction that is given up when it answers `NotCreated`.
        """
        if unfit := unfit_texts(person):
            return NotCreated(None, unfit)
        if person.national_id and national_ids.holders(tx, person.national_id):
            return NotCreated(Duplicate.NATIONAL_ID)
        names = {"identifier": person.identifier}
        if person.email and fold(person.email) != fold(person.identifier):
            names["email"] = person.email
        for kind, name in names.items():
            if not unused_name(tx, name):
                return NotCreated(Duplicate(kind))
        now = self._clock.now()
        account = Account(self._entropy.token(16), State.ACTIVE, person, updated_at=now)
        if tx.execute(ADD, _to_row(account) | {"created_at": now}).first() is None:
            return NotCreated(Duplicate.NATIONAL_ID)
        for kind, name in names.items():
            row = {"folded": fold(name), "account_id": account.id, "kind": kind}
            # CR-048: of two at the same moment the later one finds the name taken.
            if tx.execute(ADD_NAME, row).first() is None:
                return NotCreated(Duplicate(kind))
        words.keep(tx, account.id)
        self._audit.record(
            tx,
            Event("account.created", account=account.id, detail={"population": person.population}),
            origin,
        )
        return account

    def set_state(self, tx: Tx, account: str, state: State, origin: Origin | None = None) -> bool:
        """Open, disable or close an account; False where nothing changed."""
        known = {"account": account, "new_state": state, "now": self._clock.now()}
        if tx.execute(SET_STATE, known).first() is None:
            return False
        listing.keep(tx, account)
        self._audit.record(
            tx, Event("account.state", account=account, detail={"state": state}), origin
        )
        return True

    def renumber(
        self, tx: Tx, account: str, national_id: str, origin: Origin | None = None
    ) -> NotSet | None:
        """Give an account another national identifier; the old one goes on leading to it.

        Call it in a transaction that is given up when it answers `NotSet`.
        """
        now = self._clock.now()
        try:
            refused = national_ids.replace(tx, account, national_id, now)
        except IntegrityError:
            # Somebody got it at the same moment.
            return NotSet.TAKEN
        if refused is None:
            words.keep(tx, account)
            event = Event("account.changed", account=account, detail={"what": "national-id"})
            self._audit.record(tx, event, origin)
        return refused

    def join(self, tx: Tx, account: str, community: str, origin: Origin | None = None) -> bool:
        """Put an account into a community."""
        row = {"account_id": account, "community": community, "since": self._clock.now()}
        if tx.execute(JOIN, row).first() is None:
            return False
        self._audit.record(
            tx, Event("account.joined", account=account, detail={"community": community}), origin
        )
        return True

    def leave(self, tx: Tx, account: str, community: str, origin: Origin | None = None) -> bool:
        """Take an account out of a community."""
        known = {"account": account, "community_": community}
        if tx.execute(LEAVE, known).first() is None:
            return False
        self._audit.record(
            tx, Event("account.left", account=account, detail={"community": community}), origin
        )
        return True


def find(tx: Tx, typed: str) -> str | None:
    """The account behind an identifier or e-mail address as typed."""
    folded = fold(typed)
    if not folded or "\x00" in folded or len(folded) > LONGEST_NAME:
        return None
    return tx.execute(FIND, {"folded": folded}).scalar()


def load(tx: Tx, account: str) -> Account | None:
    """The account of this id, whatever its state."""
    # PostgreSQL refuses to look for it; what is typed or stands in an address may have it.
    if "\x00" in account:
        return None
    row = tx.execute(LOAD, {"account": account}).first()
    return _from_row(tx, row) if row else None


def by_national_id(tx: Tx, national_id: str) -> str | None:
    """The account that a national identifier leads to, also where it has another one by now."""
    return min(national_ids.holders(tx, national_id), default=None)


def population_of(tx: Tx, account: str) -> Population:
    """The population of an account that exists."""
    return Population(tx.execute(POPULATION, {"account": account}).scalar_one())


def open_population(tx: Tx, account: str, since: int) -> str | None:
    """Who an account is for; None where it is closed, or was at any time since then."""
    row = tx.execute(STANDS, {"account": account}).first()
    if row is None or row.state != State.ACTIVE or row.open_since > since:
        return None
    found: str = row.population
    return found


def last_login_at(tx: Tx, account: str) -> int:
    """When somebody last logged in to an account; 0 for never."""
    return tx.execute(LAST_LOGIN, {"account": account}).scalar() or 0


def addresses_changed_at(tx: Tx, account: str) -> dict[str, int]:
    """When what a channel leads to was last changed, by channel; 0 for never."""
    row = tx.execute(CHANGED, {"account": account}).first()
    return {"email": row.email_changed_at, "sms": row.phone_changed_at} if row else {}


def communities_of(tx: Tx, account: str) -> frozenset[str]:
    """The communities an account belongs to."""
    return frozenset(tx.execute(COMMUNITIES, {"account": account}).scalars())


def name_community(tx: Tx, key: str, name: str) -> None:
    """Make a community, or give it another name."""
    tx.execute(NAME_COMMUNITY, {"key": key, "name": name})


def community_names(tx: Tx) -> dict[str, str]:
    """Every community: its key and its name."""
    return {row.key: row.name for row in tx.execute(COMMUNITY_NAMES)}


def open_communities(tx: Tx) -> frozenset[str]:
    """Those that establishments may put their people into."""
    return frozenset(tx.execute(OPEN_COMMUNITIES).scalars())


def open_community(tx: Tx, key: str, *, opened: bool) -> bool:
    """Open one to establishments, or keep it for the region; False where it is so already."""
    known = {"community": key, "open_": int(opened)}
    return tx.execute(OPEN_COMMUNITY, known).first() is not None


def every(tx: Tx) -> list[Account]:
    """All accounts by name, for the command line."""
    # Not sorted by the database: each would do it in its own way (RL-20).
    return sorted((_from_row(tx, row) for row in tx.execute(ALL).all()), key=_by_name)


def _by_name(account: Account) -> tuple[tuple[str, str], tuple[str, str], str]:
    return sort_key(account.person.last_name), sort_key(account.person.first_name), account.id


def unused_name(tx: Tx, name: str) -> str:
    """The folded name where nobody has it yet, else nothing."""
    folded = fold(name)
    taken = tx.execute(FIND, {"folded": folded}).first()
    return "" if taken else folded


PERSON_FIELDS = tuple(Person.__dataclass_fields__)
of_person = attrgetter(*PERSON_FIELDS)


def person_of(row: Found) -> Person:
    """The person in a row that holds the columns of `accounts`."""
    values = dict(zip(PERSON_FIELDS, of_person(row), strict=True))
    values["population"] = Population(values["population"])
    values["email_verified"] = bool(values["email_verified"])
    values["phone_verified"] = bool(values["phone_verified"])
    return Person(**values)


def _from_row(tx: Tx, row: Found) -> Account:
    return Account(
        row.id, State(row.state), person_of(row), communities_of(tx, row.id), row.updated_at
    )


def _to_row(account: Account) -> dict[str, Any]:
    values = {name: getattr(account.person, name) for name in PERSON_FIELDS}
    return values | {
        "id": account.id,
        "state": account.state,
        "email_verified": int(account.person.email_verified),
        "phone_verified": int(account.person.phone_verified),
        "updated_at": account.updated_at,
        "sort_name": sort_name(account.person.last_name, account.person.first_name, account.id),
    }
