# SPDX-License-Identifier: Apache-2.0
"""The account that somebody acts on, found as far as their rights go.

Every verb on one account begins here, so that none forgets the perimeter (WB-015) or whom nobody
but those above may touch (WB-016).
"""

from dataclasses import dataclass

from idp.accounts import establishments
from idp.accounts import service as accounts
from idp.accounts.values import Account
from idp.administration.authority import Authorities, Authority, Denied, Held
from idp.administration.rights import GIVES, Right, Role
from idp.db import Tx


@dataclass(frozen=True, slots=True)
class Target:
    """An account, where it belongs, and the roles it holds."""

    account: Account
    establishments: frozenset[str]
    roles: tuple[Held, ...]

    @property
    def id(self) -> str:
        """The account's id."""
        return self.account.id


class Targets:
    """Finds them."""

    def __init__(self, authorities: Authorities) -> None:
        self._authorities = authorities

    def seen(self, tx: Tx, authority: Authority, right: Right, account: str) -> Denied | Target:
        """An account that may be looked at."""
        found = self._load(tx, authority, right, account)
        if isinstance(found, Denied):
            return found
        return authority.refuses_in(right, found.establishments, seeing=True) or found

    def changed(self, tx: Tx, authority: Authority, right: Right, account: str) -> Denied | Target:
        """An account that may be changed: within the perimeter as a whole, and nobody above."""
        found = self._load(tx, authority, right, account)
        if isinstance(found, Denied):
            return found
        return authority.refuses_in(right, found.establishments) or above(authority, found) or found

    def part(
        self, tx: Tx, authority: Authority, right: Right, account: str, establishment: str
    ) -> Denied | Target:
        """An account of which only what ties it to one establishment is changed."""
        found = self._load(tx, authority, right, account)
        if isinstance(found, Denied):
            return found
        return (
            authority.refuses_in(right, found.establishments, seeing=True)
            or authority.refuses_in(right, (establishment,))
            or above(authority, found)
            or found
        )

    def _load(self, tx: Tx, authority: Authority, right: Right, account: str) -> Denied | Target:
        known = accounts.load(tx, account)
        if known is None:
            # Told as one outside of the perimeter is.
            return Denied.NOT_ALLOWED if not authority.may(right) else Denied.NOT_FOUND
        belongs = establishments.of_account(tx, account)
        return Target(known, belongs, self._authorities.held_by(tx, account))

    def may(self, authority: Authority, target: Target) -> frozenset[Right]:
        """What somebody may do to this account: for pages that offer it."""
        see = frozenset(one for one in Right if one.value.endswith(".see"))
        free = above(authority, target) is None
        return frozenset(
            right
            for right in authority.within
            if (
                authority.reach(right).touches(target.establishments)
                if right in see
                else free and authority.reach(right).covers(target.establishments)
            )
        )


def gives(authority: Authority) -> frozenset[Role]:
    """The roles that somebody may give."""
    if Right.ROLES_GRANT not in authority.within:
        return frozenset()
    return frozenset(role for one in authority.held for role in GIVES.get(one.role, frozenset()))


def above(authority: Authority, target: Target) -> Denied | None:
    """WB-016: nobody touches an account with a role that they could not give."""
    theirs = {one.role for one in target.roles}
    return None if theirs <= gives(authority) else Denied.NOT_ALLOWED
