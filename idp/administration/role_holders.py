# SPDX-License-Identifier: Apache-2.0
"""Who holds which role, and who gave it: for whoever may see roles."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from idp.accounts import establishments
from idp.accounts import service as accounts
from idp.accounts.values import State
from idp.administration.authority import Authorities, Authority, Denied, Held, grants
from idp.administration.rights import Right, Role
from idp.db import Tx

ALL = select(grants.c.subject, grants.c.granted_at, grants.c.role, grants.c.establishment)

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
    def place(self) -> tuple[str, str, str, str]:
        """Where it stands in the list: no two are at the same."""
        return self.held.role, self.name.casefold(), self.subject, self.held.establishment

    @property
    def account(self) -> str | None:
        """The account, where it is a person."""
        return None if ":" in self.subject else self.subject


def role_holders(
    tx: Tx, authority: Authority, authorities: Authorities, role: Role | None = None
) -> Denied | tuple[Holder, ...]:
    """Everybody with a role, or with this one, by role and name, within the viewer's perimeter.

    A grant that bears no mark of ours counts for nothing, here as elsewhere (WB-053).
    """
    if denied := authority.refuses(Right.ROLES_SEE):
        return denied
    reach = authority.reach(Right.ROLES_SEE)
    houses = {one.key: one.name for one in establishments.every(tx)}
    rows = [row for row in tx.execute(ALL).all() if role is None or row.role == role.value]
    genuine = {one: set(authorities.held_by(tx, one)) for one in {row.subject for row in rows}}
    found = []
    for row in rows:
        matching = {one for one in genuine[row.subject] if one.role.value == row.role}
        held = next((one for one in matching if one.establishment == row.establishment), None)
        if held is None or not (reach.everywhere or reach.touches((held.establishment,))):
            continue
        name, identifier = _named(tx, row.subject)
        house = houses.get(held.establishment, held.establishment)
        found.append(Holder(row.subject, name, identifier, held, house, row.granted_at))
    return tuple(sorted(found, key=lambda one: one.place))


def others_lead(tx: Tx, authorities: Authorities, subject: str) -> bool:
    """Whether a super-administrator is left beside this one: a person who can log in."""
    for other in tx.execute(LEADING, {"role_": Role.SUPER.value}).scalars().all():
        account = None if other == subject else accounts.load(tx, other)
        if account is None or account.state is not State.ACTIVE:
            continue
        if Held(Role.SUPER) in authorities.held_by(tx, other):
            return True
    return False


def _named(tx: Tx, subject: str) -> tuple[str, str]:
    if ":" in subject:
        return subject.partition(":")[2], ""
    account = accounts.load(tx, subject)
    person = account.person if account else None
    return (person.display_name, person.identifier) if person else (subject, "")
