# SPDX-License-Identifier: Apache-2.0
"""Which applications are above somebody: whoever changes one soon acts with all that it may do.

WB-016: an application that holds roles is in the hands of those alone who could give them; scopes
that open rights here are given out by those who hold these rights themselves.
"""

from collections.abc import Callable, Iterable

from idp.administration.authority import Authorities, Authority, Denied, application_subject
from idp.administration.rights import GRAVEST, Right, Role
from idp.administration.target import gives
from idp.db import Tx

Opened = Callable[[Iterable[str]], frozenset[Right]]


class Reserve:
    """Asked by every verb that changes an application."""

    def __init__(self, authorities: Authorities, opened: Opened) -> None:
        self._authorities = authorities
        self._opened = opened

    def refuses(self, tx: Tx, authority: Authority, key: str) -> Denied | None:
        """For the roles that an application of this key holds, registered or not yet."""
        held = self._authorities.held_by(tx, application_subject(key))
        theirs = {one.role for one in held}
        return None if theirs <= gives(authority) else Denied.NOT_ALLOWED

    def opens(self, scopes: Iterable[str]) -> bool:
        """Whether a token for these scopes opens anything of the administration."""
        return bool(self._opened(scopes))

    def beyond(self, authority: Authority, scopes: Iterable[str]) -> list[str]:
        """Those of the scopes that somebody may not give out."""
        return [one for one in scopes if not self._may_open(authority, self._opened([one]))]

    def _may_open(self, authority: Authority, rights: frozenset[Right]) -> bool:
        # Held by somebody above, the gravest rights reach further than the same ones do in one's
        # own hands: a role is given by whoever the token stands for.
        if rights & GRAVEST and not gives(authority) >= frozenset(Role):
            return False
        return all(authority.may(one) for one in rights)
