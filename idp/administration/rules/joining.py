# SPDX-License-Identifier: Apache-2.0
"""What an application does to its own registration: it comes, changes it, and leaves.

It acts in its own name, by an invitation first and then by a token of its own. What it registers is
judged as what an administrator types is, and never opens anything of the administration.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from idp.administration.authority import Authorities, Authority, application_subject
from idp.administration.rules.application_reserve import Reserve
from idp.administration.rules.applications import SECRET_BYTES, ApplicationDesk, Faulty
from idp.applications import logos, versions
from idp.applications.faults import Unfit, fault
from idp.applications.invitations import Invitations
from idp.applications.logos import Logo
from idp.applications.service import Applications, is_key
from idp.applications.terms import Terms
from idp.applications.values import Application
from idp.audit.record import Audit
from idp.clock import Entropy
from idp.db import Tx
from idp.origin import Origin

KEY_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Joined:
    """An application as it stands now, with what it is told once; nothing where it has it."""

    application: Application
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Owned:
    """An application whose own token was shown."""

    application: Application
    document: Mapping[str, Any]
    version: int
    terms: Terms
    # As somebody else last left it, where somebody changed it.
    said: Mapping[str, Any] | None
    # Whether it may change itself: not where it has become more than its invitation could make it.
    may_change: bool


class Joining:
    """The verbs; each takes the caller's transaction."""

    def __init__(
        self,
        entropy: Entropy,
        audit: Audit,
        applications: Applications,
        invitations: Invitations,
        desk: ApplicationDesk,
        authorities: Authorities,
        reserve: Reserve,
    ) -> None:
        self.invitations = invitations
        self._entropy = entropy
        self._audit = audit
        self._applications = applications
        self._desk = desk
        self._authorities = authorities
        self._reserve = reserve

    def new_key(self) -> str:
        """By what one that comes is called."""
        return self._entropy.bytes(KEY_BYTES).hex()

    def read(self, tx: Tx, document: Mapping[str, Any]) -> Faulty | Application:
        """The application that it describes, or every fault of it."""
        application = self._desk.read(tx, document)
        if isinstance(application, Faulty):
            return application
        scopes = self._desk.speaks(application).scopes(application)
        faults = [
            fault(f"{application.protocol}.scopes", Unfit.OPENS_MORE, value=one)
            for one in scopes
            if self._reserve.opens([one])
        ]
        return Faulty(tuple(faults)) if faults else application

    def join(
        self, tx: Tx, document: Mapping[str, Any], shown: str, terms: Terms, origin: Origin
    ) -> Joined | None:
        """Register it, by one of the invitation's places; None where there is none left.

        `shown` is empty where whoever comes is taken.
        """
        invitation = self.invitations.claim(tx, shown) if shown else None
        if shown and invitation is None:
            return None
        key = str(document["key"])
        itself, by = self._itself(key, str(document["name"]), origin), ""
        if invitation is not None:
            by = invitation.id
        event = itself.event("application.registered", application=key, invitation=by)
        added = self._applications.add(tx, document, itself.origin, event)
        if added is None:
            return None
        secret = self._new_secret(tx, itself, added)
        if terms.approved:
            state = itself.event("application.state", application=key, state="disabled")
            self._applications.set_enabled(
                tx, key, enabled=False, origin=itself.origin, event=state
            )
        return Joined(added, secret, self.invitations.give_own(tx, key, terms))

    def owned(self, tx: Tx, key: str, token: str) -> Owned | None:
        """The application of this key, where this token is its own (OA-161)."""
        terms = self.invitations.own_terms(tx, key, token) if is_key(key) else None
        application = self._applications.load(tx, key) if terms is not None else None
        if terms is None or application is None:
            return None
        document, version = self._desk.stored(tx, key)
        others = versions.by_others(tx, key, application_subject(key))
        said = json.loads(others.registration) if others else None
        may_change = self._may_change(tx, application, terms)
        return Owned(application, document, version, terms, said, may_change)

    def _may_change(self, tx: Tx, application: Application, terms: Terms) -> bool:
        """WB-016: a token that lies in an application's settings is worth no administrator's word.

        What somebody looked at before they opened it stays as they saw it, and one that somebody
        closed is theirs.
        """
        if application.enabled == terms.approved or (terms.approved and application.open_since):
            return False
        nobody = self._itself(application.key, application.name, Origin("", "", ""))
        scopes = self._desk.speaks(application).scopes(application)
        return not (
            self._reserve.refuses(tx, nobody, application.key)
            or self._reserve.beyond(nobody, scopes)
        )

    def change(
        self, tx: Tx, owned: Owned, document: Mapping[str, Any], origin: Origin
    ) -> Joined | None:
        """Put another registration in its place; None where somebody else was faster."""
        key = owned.application.key
        if json.dumps(document, sort_keys=True) == json.dumps(owned.document, sort_keys=True):
            return Joined(owned.application)
        itself = self._itself(key, str(document["name"]), origin)
        event = itself.event("application.changed", application=key)
        changed = self._applications.replace(tx, document, owned.version, event, itself.origin)
        if changed is None:
            return None
        missing = owned.application.secret_hash is None
        return Joined(changed, self._new_secret(tx, itself, changed) if missing else "")

    def put_logo(self, tx: Tx, key: str, logo: Logo | None) -> None:
        """Its picture, or none."""
        if logos.load(tx, key) != logo:
            logos.put(tx, key, logo)

    def leave(self, tx: Tx, owned: Owned, origin: Origin) -> None:
        """It enters no more, and its token opens nothing; what the audit says of it stays."""
        key = owned.application.key
        itself = self._itself(key, owned.application.name, origin)
        event = itself.event("application.state", application=key, state="disabled")
        self._applications.set_enabled(tx, key, enabled=False, origin=itself.origin, event=event)
        self.invitations.take_own(tx, key)

    def _itself(self, key: str, name: str, origin: Origin) -> Authority:
        return self._authorities.of_nobody(application_subject(key), name, origin)

    def _new_secret(self, tx: Tx, itself: Authority, application: Application) -> str:
        if not self._desk.speaks(application).by_secret(application):
            return ""
        secret = self._entropy.token(SECRET_BYTES)
        event = itself.event("application.secret", application=application.key)
        self._applications.set_secret(tx, application.key, secret, itself.origin, event)
        return secret
