# SPDX-License-Identifier: Apache-2.0
"""The parts of a question about accounts, and how the databases are asked them.

The statements are made for each question: they go by SQLAlchemy's own cache, not by ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    func,
    literal_column,
    select,
)

from idp.accounts.models import AccountRow, AccountWordRow, AffiliationRow, MembershipRow
from idp.administration.authority import grants
from idp.db import Found, Tx, table_of

# Up to so many accounts of a term are looked at one by one, at once or at the last.
SOME: Final = 5_000
FEW: Final = 20_000
# Accounts that are walked by before anything else is tried.
STEPS: Final = 3_000
# Words by which one account is found, at most, that begin alike.
REPEATED: Final = 4
# Nothing sorts behind it.
LAST: Final = "\U0010ffff"
ONE: ColumnElement[int] = literal_column("1")
accounts = table_of(AccountRow)
words = table_of(AccountWordRow)
affiliations = table_of(AffiliationRow)
memberships = table_of(MembershipRow)
STEP = (
    select(accounts.c.sort_name)
    .where(accounts.c.sort_name > bindparam("after"))
    .order_by(accounts.c.sort_name)
    .offset(STEPS)
    .limit(1)
)
UNKEPT: Final = {"sceau_made": True}


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that an account must be."""

    # The ids of the accounts that are so; an id may come several times.
    source: Select[tuple[str]]
    # Whether the account of a row of `accounts` is so.
    probe: ColumnElement[bool]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which term leads, and what is asked beside it."""

    leading: Term | None
    others: tuple[Term, ...]
    # How many accounts the leading one has; beyond a few nobody counts on.
    count: int
    without_login_since: int | None

    @property
    def values(self) -> dict[str, Any]:
        """Of every part."""
        found: dict[str, Any] = {}
        for one in (self.leading, *self.others):
            found |= {} if one is None else one.values
        if self.without_login_since is not None:
            found["idle_since"] = self.without_login_since
        return found

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """On a row of `accounts`, beside the leading term."""
        found = [one.probe for one in self.others]
        if self.without_login_since is not None:
            found.append(accounts.c.last_login_at < bindparam("idle_since", type_=BigInteger))
        return found


def word(number: int, beginning: str) -> Term:
    """An account with a word that begins so."""
    begins, ends = f"word_{number}", f"word_{number}_end"
    one = words.alias(f"w{number}")
    # No LIKE: nothing that is typed means anything but itself (WB-009).
    between = (one.c.word >= bindparam(begins)) & (one.c.word < bindparam(ends))
    return Term(
        select(one.c.account_id).where(between),
        _holds(select(ONE).where(one.c.account_id == accounts.c.id, between)),
        {begins: beginning, ends: beginning + LAST},
    )


def affiliated(houses: Sequence[str]) -> Term:
    """An account of one of these establishments."""
    one = affiliations.alias("a")
    there = one.c.establishment.in_(bindparam("houses", expanding=True))
    return Term(
        select(one.c.account_id).where(there),
        _holds(select(ONE).where(one.c.account_id == accounts.c.id, there)),
        {"houses": list(houses)},
    )


def member(community: str) -> Term:
    """An account in a community."""
    one = memberships.alias("m")
    there = one.c.community == bindparam("community")
    return Term(
        select(one.c.account_id).where(there),
        _holds(select(ONE).where(one.c.account_id == accounts.c.id, there)),
        {"community": community},
    )


def holder(role: str) -> Term:
    """An account that holds a role."""
    one = grants.alias("g")
    there = one.c.role == bindparam("role")
    return Term(
        select(one.c.subject.label("account_id")).where(there),
        _holds(select(ONE).where(one.c.subject == accounts.c.id, there)),
        {"role": role},
    )


def population(value: str) -> Term:
    """An account of a population."""
    return _column("population", value)


def state(value: str) -> Term:
    """An account in a state."""
    return _column("state", value)


def _column(name: str, value: str) -> Term:
    one = accounts.alias(f"by_{name}")
    return Term(
        select(one.c.id.label("account_id")).where(one.c[name] == bindparam(name)),
        accounts.c[name] == bindparam(name),
        {name: value},
    )


def _holds(found: Select[Any]) -> ColumnElement[bool]:
    """A question for each row, which no planner turns into a join over everything."""
    return found.limit(1).correlate(accounts).scalar_subquery().is_not(None)


def plan(tx: Tx, wanted: Sequence[Term], without_login_since: int | None) -> Plan:
    """Let the rarest term lead."""
    counted = sorted(
        ((_few(tx, one), number) for number, one in enumerate(wanted)), key=lambda one: one
    )
    if not counted:
        return Plan(None, (), 0, without_login_since)
    count, first = counted[0]
    others = tuple(wanted[number] for _, number in counted[1:])
    return Plan(wanted[first], others, count, without_login_since)


def _few(tx: Tx, term: Term) -> int:
    """How many, or one more than a few."""
    some = term.source.limit(FEW + 1).subquery()
    return int(_run(tx, select(func.count()).select_from(some), term.values)[0][0])


def page(tx: Tx, made: Plan, after: str, most: int) -> Sequence[Found]:
    """The accounts behind a place in the order of all, that are everything that was asked."""
    if made.leading is None:
        return _walk(tx, made, after, "", most)
    if made.count <= SOME:
        return _look_at_each(tx, made, made.leading, after, most)
    # What is common fills a page within a few steps.
    until = _step(tx, after)
    found = _walk(tx, made, after, until, most)
    if not until or len(found) >= most:
        return found
    if made.count <= FEW:
        return _look_at_each(tx, made, made.leading, after, most)
    return [*found, *_walk(tx, made, until, "", most - len(found))]


def _step(tx: Tx, after: str) -> str:
    """The place some steps behind this one; nothing where the end is nearer."""
    return tx.execute(STEP, {"after": after}).scalar() or ""


def _walk(tx: Tx, made: Plan, after: str, until: str, most: int) -> Sequence[Found]:
    values = made.values | {"after": after}
    asked = select(accounts).where(accounts.c.sort_name > bindparam("after"), *_all_of(made))
    if until:
        asked = asked.where(accounts.c.sort_name <= bindparam("until"))
        values["until"] = until
    return _run(tx, asked.order_by(accounts.c.sort_name).limit(most), values)


def _look_at_each(tx: Tx, made: Plan, leading: Term, after: str, most: int) -> Sequence[Found]:
    found = leading.source.distinct().cte("found").prefix_with("MATERIALIZED")
    joined = found.join(accounts, accounts.c.id == found.c.account_id)
    # Joined with nothing, the name is no column of an index: nobody walks all accounts by it.
    place = accounts.c.sort_name + literal_column("''")
    asked = select(accounts).select_from(joined).where(*made.conditions)
    asked = asked.where(place > bindparam("after")).order_by(place).limit(most)
    return _run(tx, asked, made.values | {"after": after})


def count(tx: Tx, made: Plan, most: int) -> int | None:
    """How many there are, where they are no more than so many."""
    if made.leading is None:
        found = select(ONE).select_from(accounts).where(*made.conditions).limit(most + 1)
        total = int(_run(tx, select(func.count()).select_from(found.subquery()), made.values)[0][0])
        return total if total <= most else None
    # Along the leading term: each next account is more likely to be one than any other is.
    source = made.leading.source
    if made.conditions:
        led = source.subquery("found")
        joined = led.join(accounts, accounts.c.id == led.c.account_id)
        source = select(led.c.account_id).select_from(joined).where(*made.conditions)
    # Most people are found by one word or two.
    for enough in (2 * most, REPEATED * most, None):
        some = source.limit(enough).subquery()
        row = _run(tx, select(func.count(), func.count(some.c.account_id.distinct())), made.values)
        rows, total = row[0]
        if total > most:
            return None
        # Few people, each found by many words, are counted to the end.
        if enough is None or rows < enough:
            return int(total)
    return None


def _all_of(made: Plan) -> list[ColumnElement[bool]]:
    leading = [] if made.leading is None else [made.leading.probe]
    return [*leading, *made.conditions]


def _run(tx: Tx, statement: Select[*tuple[Any, ...]], values: Mapping[str, Any]) -> Sequence[Found]:
    rows: Sequence[Found] = tx.execute(statement, values, execution_options=UNKEPT).all()
    return rows
