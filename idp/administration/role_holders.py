# SPDX-License-Identifier: Apache-2.0
"""Who holds which role, and who gave it: for whoever may see roles."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, or_, select

from idp.accounts import establishments
from idp.accounts import service as accounts
from idp.accounts.values import State
from idp.administration.authority import Authorities, Authority, Denied, Held, grants
from idp.administration.rights import Right, Role
from idp.db import Found, Tx

known = accounts.accounts
# With the place of each among all accounts: that of an application is its key.
ALL = (
    select(grants, known.c.sort_name)
    .select_from(grants.outerjoin(known, known.c.id == grants.c.subject))
    .where(
        or_(bindparam("role_") == "", grants.c.role == bindparam("role_")),
        or_(bindparam("house_") == "", grants.c.establishment == bindparam("house_")),
    )
)
NAMED = select(known).where(known.c.id.in_(bindparam("ids", expanding=True)))

# FOR UPDATE: of two who take the last two away at once, the second sees one left.
LEADING = select(grants.c.subject).where(grants.c.role == bindparam("role_")).with_for_update()


@dataclass(frozen=True, slots=True)
class Holder:
    """One role of somebody."""

    # The id of an account, or `application:` and its key.
    subject: str
    name: str
    identifier: str
    held: Held
    # The establishment's name, where it is for one.
    establishment: str
    granted_at: int

    @property
    def account(self) -> str | None:
        """The account, where it is a person."""
        return None if ":" in self.subject else self.subject


# Where a role of somebody stands in the list: no two are at the same.
Place = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Holders:
    """A page of them."""

    holders: tuple[Holder, ...]
    total: int
    # None at the end.
    next: Place | None


def role_holders(
    tx: Tx, authority: Authority, authorities: Authorities, role: Role | None = None
) -> Denied | tuple[Holder, ...]:
    """Everybody with a role, or with this one, by role and name, within the viewer's perimeter."""
    found = _placed(tx, authority, authorities, role)
    return found if isinstance(found, Denied) else _named(tx, found.values())


def holders_page(
    tx: Tx,
    authority: Authority,
    authorities: Authorities,
    role: Role | None,
    establishment: str,
    after: Place | None,
    size: int,
) -> Denied | Holders:
    """So many of them, behind a place; of an establishment alone where one is named."""
    found = _placed(tx, authority, authorities, role, establishment)
    if isinstance(found, Denied):
        return found
    left = [place for place in found if after is None or place > after]
    page = left[:size]
    following = page[-1] if len(left) > size else None
    # Only those that are shown are named.
    return Holders(_named(tx, [found[place] for place in page]), len(found), following)


def _placed(
    tx: Tx,
    authority: Authority,
    authorities: Authorities,
    role: Role | None,
    establishment: str = "",
) -> Denied | dict[Place, Found]:
    """Their grants, in order; one that bears no mark of ours counts for nothing (WB-053)."""
    if denied := authority.refuses(Right.ROLES_SEE):
        return denied
    reach = authority.reach(Right.ROLES_SEE)
    rows = tx.execute(ALL, {"role_": role.value if role else "", "house_": establishment}).all()
    found = {
        _place(row): row
        for row in rows
        if (reach.everywhere or reach.touches((row.establishment,))) and authorities.is_ours(row)
    }
    # Not sorted by the database: each sorts text in its own way (RL-20).
    return dict(sorted(found.items()))


def _place(row: Found) -> Place:
    name = row.sort_name or row.subject.partition(":")[2].casefold()
    return row.role, name, row.subject, row.establishment


def _named(tx: Tx, rows: Iterable[Found]) -> tuple[Holder, ...]:
    rows = list(rows)
    houses = {one.key: one.name for one in establishments.every(tx)}
    subjects = {row.subject for row in rows}
    people = {
        row.id: accounts.person_of(row)
        for row in (tx.execute(NAMED, {"ids": sorted(subjects)}).all() if rows else [])
    }
    found = []
    for row in rows:
        person = people.get(row.subject)
        name = person.display_name if person else row.subject.removeprefix("application:")
        identifier = person.identifier if person else ""
        held = Held(Role(row.role), row.establishment)
        house = houses.get(held.establishment, held.establishment)
        found.append(Holder(row.subject, name, identifier, held, house, row.granted_at))
    return tuple(found)


def others_lead(tx: Tx, authorities: Authorities, subject: str) -> bool:
    """Whether a super-administrator is left beside this one: a person who can log in."""
    for other in tx.execute(LEADING, {"role_": Role.SUPER.value}).scalars().all():
        account = None if other == subject else accounts.load(tx, other)
        if account is None or account.state is not State.ACTIVE:
            continue
        if Held(Role.SUPER) in authorities.held_by(tx, other):
            return True
    return False
