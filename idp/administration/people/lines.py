# SPDX-License-Identifier: Apache-2.0
"""Accounts as lines of a list: what tells one person from another, and nothing more."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from idp.accounts.establishments import affiliations
from idp.accounts.service import person_of
from idp.administration.authority import Authority
from idp.administration.rights import Right
from idp.db import Found, Tx

BELONGS = select(affiliations.c.account_id, affiliations.c.establishment).where(
    affiliations.c.account_id.in_(bindparam("accounts", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Line:
    """One account of a list."""

    id: str
    identifier: str
    display_name: str
    last_name: str
    first_name: str
    population: str
    state: str
    town: str
    profession: str
    email: str
    # Those in reach of whoever looks.
    establishments: tuple[str, ...]
    last_login_at: int | None


def lines_of(tx: Tx, authority: Authority, rows: Sequence[Found]) -> tuple[Line, ...]:
    """The lines of rows of `accounts`, in their order."""
    houses: dict[str, list[str]] = {row.id: [] for row in rows}
    reach = authority.reach(Right.ACCOUNTS_SEE)
    if rows:
        for one in tx.execute(BELONGS, {"accounts": list(houses)}).all():
            if reach.touches((one.establishment,)):
                houses[one.account_id].append(one.establishment)
    return tuple(_line(row, houses[row.id]) for row in rows)


def _line(row: Found, houses: list[str]) -> Line:
    person = person_of(row)
    return Line(
        id=row.id,
        identifier=person.identifier,
        display_name=person.display_name,
        last_name=person.last_name,
        first_name=person.first_name,
        population=person.population.value,
        state=row.state,
        town=person.town,
        profession=person.profession,
        email=person.email,
        establishments=tuple(sorted(houses)),
        last_login_at=row.last_login_at or None,
    )
