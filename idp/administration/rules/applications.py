# SPDX-License-Identifier: Apache-2.0
"""Applications in the console: registered, changed, put back, opened and closed, given secrets.

They belong to the region: whoever administers an establishment neither sees nor changes them. None
is ever deleted: what the audit says of one must keep its name.
"""

import json
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, select

from connectors.base import Level
from idp.accounts import service as accounts
from idp.administration.authority import Authority, Denied
from idp.administration.rights import Right
from idp.administration.rules.application_reserve import Reserve
from idp.administration.rules.entitlements import Entitlements
from idp.administration.rules.protocols import Imported, Speaks
from idp.applications import logos, sources, versions
from idp.applications.faults import Fault, Unfit, fault
from idp.applications.logos import Logo
from idp.applications.models import ApplicationRow
from idp.applications.registration import BadRegistration, read_registration
from idp.applications.service import Applications, written
from idp.applications.values import Application
from idp.applications.versions import Version
from idp.audit.record import Audit
from idp.clock import Entropy
from idp.db import Tx, table_of
from idp.outgoing import Fetcher, Unreachable

SECRET_BYTES: Final = 32
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)
LONGEST_METADATA: Final = 65_536
DESCRIPTIONS: Final = "application/json, application/xml;q=0.9, */*;q=0.1"
table = table_of(ApplicationRow)
DOCUMENT = select(
    table.c.registration, table.c.version, table.c.created_at, table.c.updated_at
).where(table.c.key == bindparam("key_"))


@dataclass(frozen=True, slots=True)
class Faulty:
    """A registration that can't be taken."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody changed it meanwhile: what stands now."""

    document: Mapping[str, Any]
    version: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """All about one application."""

    application: Application
    document: Mapping[str, Any]
    version: int
    created_at: int
    updated_at: int
    by_secret: bool
    has_secret: bool
    logo: str
    # Whether whoever looks may change it.
    may_change: bool


class ApplicationDesk:
    """The verbs; each takes the caller's transaction and authority."""

    def __init__(
        self,
        entropy: Entropy,
        audit: Audit,
        applications: Applications,
        known_means: Container[str],
        protocols: Mapping[str, Speaks],
        fetcher: Fetcher,
        reserve: Reserve,
        entitlements: Entitlements,
    ) -> None:
        self._entropy = entropy
        self._audit = audit
        self._applications = applications
        self._known_means = known_means
        self._protocols = protocols
        self._fetcher = fetcher
        self._reserve = reserve
        self._entitlements = entitlements
        entitlements.carried_by(self._entitle)

    def listed(self, tx: Tx, authority: Authority) -> Denied | list[Application]:
        """All of them, by name."""
        if denied := authority.refuses(Right.APPLICATIONS_SEE):
            return denied
        return sorted(self._applications.every(tx), key=lambda one: (one.name.casefold(), one.key))

    def one(self, tx: Tx, authority: Authority, key: str) -> Denied | Sheet:
        """One of them, with its registration."""
        if denied := authority.refuses(Right.APPLICATIONS_SEE):
            return denied
        application = self._applications.load(tx, key)
        if application is None:
            return Denied.NOT_FOUND
        row = tx.execute(DOCUMENT, {"key_": key}).one()
        return Sheet(
            application,
            json.loads(row.registration),
            row.version,
            row.created_at,
            row.updated_at,
            self.speaks(application).by_secret(application),
            application.secret_hash is not None,
            logos.addresses(tx).get(key, ""),
            self.may_change(tx, authority, key),
        )

    def may_change(self, tx: Tx, authority: Authority, key: str) -> bool:
        """Whether it is there, and this person may change it."""
        return not isinstance(self._changed(tx, authority, key), Denied)

    def _changed(self, tx: Tx, authority: Authority, key: str) -> Denied | Application:
        """One that may be changed: whoever holds it in hand holds all that it may do (WB-016)."""
        if denied := authority.refuses(Right.APPLICATIONS_EDIT):
            return denied
        application = self._applications.load(tx, key)
        if application is None:
            return Denied.NOT_FOUND
        if self._beyond(authority, application):
            return Denied.NOT_ALLOWED
        # Whoever changes where it is told is told it: as grave as to grant it.
        if self._entitlements.beyond(authority, application):
            return Denied.NOT_ALLOWED
        return self._reserve.refuses(tx, authority, key) or application

    def _beyond(self, authority: Authority, application: Application) -> list[str]:
        scopes = self.speaks(application).scopes(application)
        return self._reserve.beyond(authority, scopes)

    def stored(self, tx: Tx, key: str) -> tuple[dict[str, Any], int]:
        """The registration of one that is there, and its version."""
        row = tx.execute(DOCUMENT, {"key_": key}).one()
        return json.loads(row.registration), row.version

    def speaks(self, application: Application) -> Speaks:
        """The protocol that it speaks."""
        return self._protocols[application.protocol]

    def spoken(self, protocol: str) -> Speaks:
        """A protocol by its name, for one that is not registered yet."""
        return self._protocols[protocol]

    def read(self, tx: Tx, document: Mapping[str, Any]) -> Faulty | Application:
        """The application that a registration describes, or every fault of it."""
        try:
            application = read_registration(document, self._known_means)
        except BadRegistration as wrong:
            return Faulty(tuple(wrong.faults))
        known = accounts.community_names(tx)
        faults = [
            fault("policy.communities", Unfit.NOT_KNOWN, value=name)
            for name in application.policy.communities
            if name not in known
        ]
        speaks = self.speaks(application)
        faults += [*speaks.faults(application), *self._applications.name_faults(tx, application)]
        if speaks.for_people(application) and self._reserve.opens(speaks.scopes(application)):
            # Somebody's own rights here are lent to it: never without their knowing.
            if not application.policy.consent:
                faults.append(fault("policy.consent", Unfit.ALWAYS_ASKED))
            if application.policy.level < Level.TWO_FACTORS:
                faults.append(fault("policy.level", Unfit.TWO_FACTORS))
        return Faulty(tuple(faults)) if faults else application

    def _read_for(
        self, tx: Tx, authority: Authority, document: Mapping[str, Any]
    ) -> Faulty | Application:
        application = self.read(tx, document)
        if isinstance(application, Faulty):
            return application
        faults = [
            fault(f"{application.protocol}.scopes", Unfit.OPENS_MORE, value=one)
            for one in self._beyond(authority, application)
        ]
        if self._entitlements.beyond(authority, application):
            faults.append(fault(f"{application.protocol}.vihf", Unfit.GRANTED_ALONE))
        return Faulty(tuple(faults)) if faults else application

    def create(
        self, tx: Tx, authority: Authority, document: Mapping[str, Any]
    ) -> Denied | Faulty | Application:
        """Register a new one; its secret is made apart, for whoever has just proved themselves."""
        if denied := authority.refuses(Right.APPLICATIONS_EDIT):
            return denied
        application = self._read_for(tx, authority, document)
        if isinstance(application, Faulty):
            return application
        # It is part of addresses here.
        if not KEY.fullmatch(application.key):
            return Faulty((fault("key", Unfit.KEY_LETTERS),))
        taken = Faulty((fault("key", Unfit.KEY_TAKEN),))
        if self._applications.load(tx, application.key) is not None:
            return taken
        # Roles may wait for it, from before it was registered.
        if denied := self._reserve.refuses(tx, authority, application.key):
            return denied
        if waits := self._entitlements.proposed(tx, authority, application, document, 0):
            return waits
        event = authority.event("application.registered", application=application.key)
        # Of two who register one at once, the second is told.
        return self._applications.add(tx, document, authority.origin, event) or taken

    def edit(
        self, tx: Tx, authority: Authority, key: str, seen: int, document: Mapping[str, Any]
    ) -> Denied | Faulty | Overtaken | Application:
        """Put a registration in the place of the version that the form was made from."""
        there = self._changed(tx, authority, key)
        if isinstance(there, Denied):
            return there
        application = self._read_for(tx, authority, document)
        if isinstance(application, Faulty):
            return application
        if application.key != key:
            return Faulty((fault("key", Unfit.KEY_FIXED),))
        if waits := self._entitlements.proposed(tx, authority, application, document, seen):
            return waits
        return self._replace(tx, authority, seen, document, "application.changed")

    def _replace(
        self, tx: Tx, authority: Authority, seen: int, document: Mapping[str, Any], kind: str
    ) -> Overtaken | Application:
        key = str(document["key"])
        row = tx.execute(DOCUMENT, {"key_": key}).one()
        if row.version == seen and row.registration == written(document):
            found = self._applications.load(tx, key)
            if found is not None:
                return found
        event, before = authority.event(kind, application=key), self._applications.load(tx, key)
        changed = self._applications.replace(tx, document, seen, event, authority.origin)
        if changed is not None:
            if self._entitlements.begins(before, changed) and sources.drop(tx, key):
                # WB-016: what is found there would go on deciding where it is told, and whoever
                # named that address may have been able to entitle nobody.
                event = authority.event("application.unfollowed", application=key)
                self._audit.record(tx, event, authority.origin)
            return changed
        row = tx.execute(DOCUMENT, {"key_": key}).one()
        return Overtaken(json.loads(row.registration), row.version)

    def history(self, tx: Tx, authority: Authority, key: str) -> Denied | list[Version]:
        """What it was before, the newest first."""
        if denied := authority.refuses(Right.APPLICATIONS_SEE):
            return denied
        if self._applications.load(tx, key) is None:
            return Denied.NOT_FOUND
        return versions.of(tx, key)

    def put_back(
        self, tx: Tx, authority: Authority, key: str, number: int, seen: int
    ) -> Denied | Faulty | Overtaken | Application:
        """Make it again what it was: a new version, so that this too can be taken back."""
        there = self._changed(tx, authority, key)
        if isinstance(there, Denied):
            return there
        found = versions.load(tx, key, number)
        if found is None:
            return Denied.NOT_FOUND
        document = json.loads(found.registration)
        # What was right then may name a means or a community that is gone.
        application = self._read_for(tx, authority, document)
        if isinstance(application, Faulty):
            return application
        if waits := self._entitlements.proposed(tx, authority, application, document, seen):
            return waits
        return self._replace(tx, authority, seen, document, "application.put_back")

    def _entitle(
        self, tx: Tx, authority: Authority, document: Mapping[str, Any], seen: int
    ) -> Denied | Faulty | Overtaken | Application:
        """One that two administrators have agreed on."""
        if not seen:
            return self.create(tx, authority, document)
        return self.edit(tx, authority, str(document.get("key", "")), seen, document)

    def set_enabled(
        self, tx: Tx, authority: Authority, key: str, *, enabled: bool, seen: int | None = None
    ) -> Denied | Overtaken | bool:
        """Open or close it; False where nothing changed.

        `seen`: the version that was looked at. One that registered itself may change until it is
        open, and no other than that is opened.
        """
        if denied := authority.refuses(Right.APPLICATIONS_EDIT):
            return denied
        # Closing gives nobody anything, and may be urgent: it asks for no more than the right.
        if enabled and isinstance(there := self._changed(tx, authority, key), Denied):
            return there
        before = self._applications.load(tx, key)
        if before is None:
            return Denied.NOT_FOUND
        state = "enabled" if enabled else "disabled"
        event = authority.event("application.state", application=key, state=state)
        done = self._applications.set_enabled(
            tx, key, enabled=enabled, seen=seen, origin=authority.origin, event=event
        )
        if not done and seen is not None and before.enabled is not enabled:
            return Overtaken(*self.stored(tx, key))
        return done

    def new_secret(self, tx: Tx, authority: Authority, key: str) -> Denied | str:
        """A new secret; the old one ends at once. Nobody sees it again."""
        application = self._changed(tx, authority, key)
        if isinstance(application, Denied):
            return application
        if not self.speaks(application).by_secret(application):
            return Denied.NOT_FOUND
        secret = self._entropy.token(SECRET_BYTES)
        event = authority.event("application.secret", application=key)
        self._applications.set_secret(tx, key, secret, authority.origin, event)
        return secret

    def put_logo(self, tx: Tx, authority: Authority, key: str, logo: Logo | None) -> Denied | bool:
        """Give it a picture, or none."""
        there = self._changed(tx, authority, key)
        if isinstance(there, Denied):
            return there
        if logos.load(tx, key) == logo:
            return False
        logos.put(tx, key, logo)
        event = authority.event("application.logo", application=key)
        self._audit.record(tx, event, authority.origin)
        return True

    def imported(self, authority: Authority, protocol: str, text: str) -> Denied | Imported:
        """A registration made from an application's own description; nothing is stored."""
        if denied := authority.refuses(Right.APPLICATIONS_EDIT):
            return denied
        if len(text) > LONGEST_METADATA:
            return Imported({}, faults=("unreadable",))
        return self._protocols[protocol].imported(text)

    def fetched(self, authority: Authority, url: str) -> Denied | str | Unreachable:
        """An application's description from its own address; outside of any transaction."""
        if denied := authority.refuses(Right.APPLICATIONS_EDIT):
            return denied
        # WB-033: the one guarded door; no redirect, no private address, so much and no more.
        found = self._fetcher.fetch("GET", url, headers={"Accept": DESCRIPTIONS})
        if isinstance(found, Unreachable):
            return found
        if found.status != 200:
            return Unreachable(f"it answers with {found.status}")
        return found.body.decode("utf-8", "replace")
