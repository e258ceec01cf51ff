# SPDX-License-Identifier: Apache-2.0
"""Invitations: by which an application registers itself, on the terms of whoever invites it."""

from collections.abc import Container
from typing import Final

from idp.administration.authority import Authority, Denied
from idp.administration.rights import Right
from idp.administration.rules.application_reserve import Reserve
from idp.applications.invitations import Invitation, Invitations
from idp.applications.registration import BadRegistration, read_registration
from idp.applications.terms import Terms
from idp.audit.record import Audit
from idp.clock import Clock
from idp.db import Tx

DAY: Final = 86_400
LONGEST_LABEL: Final = 128
MOST_PLACES: Final = 1000
LONGEST_LIFE: Final = 366 * DAY
MOST_HOSTS: Final = 50


class Inviting:
    """The verbs; each takes the caller's transaction and authority."""

    def __init__(
        self,
        clock: Clock,
        audit: Audit,
        invitations: Invitations,
        reserve: Reserve,
        known_means: Container[str],
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._invitations = invitations
        self._reserve = reserve
        self._known_means = known_means

    def every(self, tx: Tx, authority: Authority) -> Denied | list[Invitation]:
        """The newest first."""
        denied = authority.refuses(Right.APPLICATIONS_EDIT)
        return denied or self._invitations.every(tx)

    def one(self, tx: Tx, authority: Authority, name: str) -> Denied | Invitation:
        """One of them."""
        if denied := authority.refuses(Right.APPLICATIONS_EDIT):
            return denied
        return self._invitations.load(tx, name) or Denied.NOT_FOUND

    def make(
        self, tx: Tx, authority: Authority, label: str, places: int, life: int, terms: Terms
    ) -> Denied | tuple[str, ...] | tuple[Invitation, str]:
        """A new one with what it is shown by, told this once; or the names of what can't be so."""
        if denied := authority.refuses(Right.APPLICATIONS_EDIT):
            return denied
        label = label.strip()
        if unfit := self._unfit(label, places, life, terms):
            return unfit
        until = self._clock.now() + life
        made = self._invitations.make(tx, label, terms, places, until, authority.actor)
        event = authority.event("invitation.made", invitation=made[0].id, places=places)
        self._audit.record(tx, event, authority.origin)
        return made

    def withdraw(self, tx: Tx, authority: Authority, name: str) -> Denied | bool:
        """Nobody comes by it any more; False where it was withdrawn already."""
        if isinstance(found := self.one(tx, authority, name), Denied):
            return found
        if not self._invitations.withdraw(tx, found.id):
            return False
        event = authority.event("invitation.withdrawn", invitation=found.id)
        self._audit.record(tx, event, authority.origin)
        return True

    def _unfit(self, label: str, places: int, life: int, terms: Terms) -> tuple[str, ...]:
        found = []
        if not label or len(label) > LONGEST_LABEL or not label.isprintable():
            found.append("label")
        if not 1 <= places <= MOST_PLACES:
            found.append("places")
        if not 1 <= life <= LONGEST_LIFE:
            found.append("days")
        # WB-016: what opens rights here is given to an application that somebody knows.
        if self._reserve.opens(terms.scopes):
            found.append("scopes")
        found += [
            name
            for name, given in (("grants", terms.grants), ("methods", terms.methods))
            if not given
        ]
        if len(terms.hosts) > MOST_HOSTS:
            found.append("hosts")
        return (*found, *self._policy_faults(terms))

    def _policy_faults(self, terms: Terms) -> list[str]:
        """As any registration would be refused."""
        sample = {"key": "one", "name": "one", "protocol": "oidc", "policy": dict(terms.policy)}
        try:
            read_registration(sample, self._known_means)
        except BadRegistration as wrong:
            return sorted({one.place.removeprefix("policy.") for one in wrong.faults})
        return [] if terms.policy.get("means") else ["means"]
