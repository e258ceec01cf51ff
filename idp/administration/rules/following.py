# SPDX-License-Identifier: Apache-2.0
"""Following what applications say of themselves: looked at, followed, fetched again, left alone.

An administrator names an address and the certificate that signs what is found there; both are kept
until another is named. What is fetched later is taken over within what was decided here, and the
last good one holds for as long as nothing better comes (SM-070).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from idp.administration.authority import Authority, Denied
from idp.administration.rights import Right
from idp.administration.rules.applications import ApplicationDesk, Faulty, Overtaken
from idp.administration.rules.fetching import DAY, Fetching, next_fetch
from idp.administration.rules.protocols import (
    Change,
    Described,
    Describes,
    Fault,
    Members,
    Taken,
)
from idp.applications import sources
from idp.applications.service import Applications
from idp.applications.sources import Source
from idp.applications.values import Application
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Database, Tx, part
from idp.logs import get
from idp.messages.alarms import Alarms, Cause, Seen

# A description that could not be taken over for so long is a matter for whoever runs the server.
LATE = DAY
LONGEST_URL: Final = 2000
# Who changed a registration, where its own description did.
BY: Final = "description"
log = get("applications")


@dataclass(frozen=True, slots=True)
class Named:
    """What an administrator names: an address, and a certificate or its fingerprint."""

    url: str
    certificate: str


@dataclass(frozen=True, slots=True)
class NamedFile:
    """The same in a file at hand."""

    file: BinaryIO
    certificate: str


@dataclass(frozen=True, slots=True)
class Unfollowed:
    """Why it can't be followed: of the address, of the certificate, or of what is found there."""

    field: str
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What is at the address, proved."""

    url: str
    described: Described


@dataclass(frozen=True, slots=True)
class Plan:
    """What following it would change in a registration, to be looked at."""

    found: Found
    version: int
    changes: tuple[Change, ...]
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How fetching one went."""

    application: str
    fault: str = ""
    changes: int = 0


class Following:
    """The verbs. What fetches stands outside of any transaction."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: Audit,
        alarms: Alarms,
        desk: ApplicationDesk,
        applications: Applications,
        describing: Mapping[str, Describes],
        fetching: Fetching,
        quiet: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._alarms = alarms
        self._desk = desk
        self._applications = applications
        self._describing = describing
        self._fetching = fetching
        self._quiet = quiet

    def describes(self, application: Application) -> bool:
        """Whether its protocol has descriptions that are signed."""
        return application.protocol in self._describing

    def of(self, tx: Tx, authority: Authority, key: str) -> Denied | Source | None:
        """Where an application's is fetched; None where nobody follows it."""
        sheet = self._desk.one(tx, authority, key)
        return sheet if isinstance(sheet, Denied) else sources.load(tx, key)

    def every(self, tx: Tx, authority: Authority) -> Denied | list[Source]:
        """All that are followed."""
        if denied := authority.refuses(Right.APPLICATIONS_SEE):
            return denied
        return sources.every(tx)

    def look(self, authority: Authority, key: str, named: Named) -> Denied | Unfollowed | Found:
        """Fetch what an administrator names, and prove it; nothing is stored."""
        with self._database.read() as tx:
            application = self._changeable(tx, authority, key)
        if isinstance(application, Denied):
            return application
        describing = self._describing.get(application.protocol)
        if describing is None:
            return Unfollowed("application")
        pin = describing.pinned(named.certificate)
        if pin is None:
            return Unfollowed("certificate")
        if not named.url or len(named.url) > LONGEST_URL:
            return Unfollowed("url")
        name = application.known_as
        described = self._fetching.said(describing, named.url, pin, [name])[name]
        if isinstance(described, Fault):
            return Unfollowed("certificate" if described is Fault.UNPROVED else "url", described)
        return Found(named.url, described)

    def members(
        self, authority: Authority, named: Named | NamedFile, text: str = ""
    ) -> Denied | Unfollowed | Members:
        """Applications described together, found by name or title; nothing is stored."""
        if denied := authority.refuses(Right.APPLICATIONS_EDIT):
            return denied
        (describing,) = self._describing.values()
        pin = describing.pinned(named.certificate)
        if pin is None:
            return Unfollowed("certificate")
        sought = text.casefold()

        def chosen(name: str, title: str) -> bool:
            return sought in name.casefold() or sought in title.casefold()

        if isinstance(named, NamedFile):
            found = describing.members(named.file, pin, chosen)
        else:
            found = self._fetching.members(describing, named.url, pin, chosen)
        if isinstance(found, Fault):
            return Unfollowed("certificate" if found is Fault.UNPROVED else "url", found)
        return found

    def plan(
        self, tx: Tx, authority: Authority, key: str, found: Found
    ) -> Denied | Unfollowed | Faulty | Plan:
        """What would change in the registration."""
        application = self._changeable(tx, authority, key)
        if isinstance(application, Denied):
            return application
        sheet = self._desk.one(tx, authority, key)
        if isinstance(sheet, Denied):
            return sheet
        describing = self._describing.get(application.protocol)
        if describing is None:
            return Unfollowed("application")
        taken = describing.taken(application.settings, None, found.described)
        if isinstance(taken, Fault):
            return Unfollowed("url", taken)
        document = _with(sheet.document, application, taken)
        read = self._desk.read(tx, document)
        if isinstance(read, Faulty):
            return read
        return Plan(found, sheet.version, taken.changes, document)

    def follow(
        self, tx: Tx, authority: Authority, key: str, found: Found, seen: tuple[int, str]
    ) -> Denied | Unfollowed | Faulty | Overtaken | Source:
        """Take it over as it was looked at, and fetch it again from now on.

        `seen` is the version of the registration and the digest of the description that somebody
        has seen: of another one they know nothing.
        """
        plan = self.plan(tx, authority, key, found)
        if not isinstance(plan, Plan):
            return plan
        version, digest = seen
        described = found.described
        if digest != described.digest:
            return Overtaken(plan.document, plan.version)
        done = self._desk.edit(tx, authority, key, version, plan.document)
        if not isinstance(done, Application):
            return done
        now = self._clock.now()
        source = Source(
            application=key,
            url=found.url,
            certificate=described.certificate,
            signer=described.fingerprint,
            taken=json.dumps(dict(described.settings), sort_keys=True),
            digest=described.digest,
            valid_until=described.valid_until,
            due_at=next_fetch(now, described.ask_again, described.valid_until),
            tried_at=now,
            good_at=now,
            followed_at=now,
            followed_by=authority.actor,
        )
        sources.put(tx, source)
        event = authority.event(
            "application.followed", application=key, url=found.url, signer=described.fingerprint
        )
        self._audit.record(tx, event, authority.origin)
        for change in plan.changes:
            detail = {"member": change.member, "change": change.how, "value": change.value}
            event = authority.event("application.described", application=key, **detail)
            self._audit.record(tx, event, authority.origin)
        return source

    def stop(self, tx: Tx, authority: Authority, key: str) -> Denied | bool:
        """Follow it no more; what was taken over stays. False where nobody did."""
        application = self._changeable(tx, authority, key)
        if isinstance(application, Denied):
            return application
        if not sources.drop(tx, key):
            return False
        event = authority.event("application.unfollowed", application=key)
        self._audit.record(tx, event, authority.origin)
        return True

    def again(self, authority: Authority, key: str) -> Denied | Outcome | None:
        """Fetch one now; None where nobody follows it."""
        with self._database.read() as tx:
            application = self._changeable(tx, authority, key)
            source = sources.load(tx, key)
        if isinstance(application, Denied):
            return application
        return None if source is None else self._refresh([source])[0]

    def due(self, stop: Callable[[], bool] = bool) -> list[Outcome]:
        """Fetch all that is due, unless another node is at it; and tell of those that are late."""
        done = list[Outcome]()
        with self._database.read() as tx:
            waiting = sources.waiting(tx, self._clock.now())
        together = dict[tuple[str, str], list[Source]]()
        for one in waiting:
            together.setdefault((one.url, one.certificate), []).append(one)
        for several in together.values():
            if stop():
                break
            with self._database.write() as tx:
                mine = [one for one in several if sources.claim(tx, one, self._clock.now())]
            if mine:
                done += self._refresh(mine)
        self._tell_late()
        return done

    def _changeable(self, tx: Tx, authority: Authority, key: str) -> Denied | Application:
        if denied := authority.refuses(Right.APPLICATIONS_EDIT):
            return denied
        sheet = self._desk.one(tx, authority, key)
        if isinstance(sheet, Denied):
            return sheet
        return sheet.application if sheet.may_change else Denied.NOT_ALLOWED

    def _refresh(self, several: Sequence[Source]) -> list[Outcome]:
        """Those of one address and one certificate: it is fetched once for all of them."""
        with self._database.read() as tx:
            found = [self._applications.load(tx, one.application) for one in several]
        protocols = {one.protocol for one in found if one is not None}
        said: Mapping[str, Described | Fault] = {}
        for describing in (self._describing.get(one) for one in sorted(protocols)):
            if describing is not None:
                names = {one.known_as for one in found if one is not None}
                said = self._fetching.said(
                    describing, several[0].url, several[0].certificate, names
                )
        done = []
        for source, application in zip(several, found, strict=True):
            name = "" if application is None else application.known_as
            with self._database.write() as tx:
                done.append(self._noted(tx, source, said.get(name, Fault.NO_APPLICATION)))
        return done

    def _noted(self, tx: Tx, source: Source, found: Described | Fault) -> Outcome:
        done = found if isinstance(found, Fault) else self._kept(tx, source, found)
        if not isinstance(done, Fault):
            return done
        now, key = self._clock.now(), source.application
        if sources.note_bad(tx, source, now, done.value) and source.fault != done.value:
            # Once for each reason: the state tells the rest.
            detail = {"url": source.url, "why": done.value}
            event = Event("application.refresh_failed", "flagged", application=key, detail=detail)
            self._audit.record(tx, event)
        log.warning("a description is not taken over", application=key, why=done.value)
        return Outcome(key, done.value)

    def _kept(self, tx: Tx, source: Source, found: Described) -> Outcome | Fault:
        """Take over what changed."""
        now, key = self._clock.now(), source.application
        application = self._applications.load(tx, key)
        if application is None:
            return Fault.NO_APPLICATION
        # An older one is signed, too: played back, it would bring back a key that was replaced.
        if found.valid_until < source.valid_until and found.digest != source.digest:
            return Fault.OLDER
        # One reading: whoever changes it before this is written has made another version of it.
        document, version = self._desk.stored(tx, key)
        describing = self._describing[application.protocol]
        settings = document[application.protocol]
        taken = describing.taken(settings, json.loads(source.taken), found)
        if isinstance(taken, Fault):
            return taken
        # The same, played back, ends sooner: what came between must not come back behind it.
        until = max(found.valid_until, source.valid_until)
        said = json.dumps(dict(found.settings), sort_keys=True), found.digest, until
        with part(tx) as own:
            changed = _with(document, application, taken)
            if taken.changes and not self._replaced(tx, changed, version, taken):
                own.give_up()
                return Fault.UNFIT
            due = next_fetch(now, found.ask_again, found.valid_until)
            if not sources.note_good(tx, source, now, due, said):
                # Somebody named another address meanwhile, or has found something newer.
                own.give_up()
                return Outcome(key)
        if source.failures:
            self._audit.record(tx, Event("application.refreshed", application=key))
        return Outcome(key, changes=len(taken.changes))

    def _replaced(self, tx: Tx, document: Mapping[str, Any], version: int, taken: Taken) -> bool:
        if isinstance(self._desk.read(tx, document), Faulty):
            return False
        known, key = {"by": BY}, str(document["key"])
        event = Event("application.changed", application=key, detail=known)
        if self._applications.replace(tx, document, version, event) is None:
            return False
        for one in taken.changes:
            detail = {**known, "member": one.member, "change": one.how, "value": one.value}
            event = Event("application.described", application=key, detail=detail)
            self._audit.record(tx, event)
        return True

    def _tell_late(self) -> None:
        now = self._clock.now()
        with self._database.read() as tx:
            found = sources.every(tx)
        late = [one for one in found if is_late(one, now)]
        if not late:
            return
        with self._database.write() as tx:
            seen = Seen(Cause.DESCRIPTIONS, len(late), len(found))
            self._alarms.sound(tx, seen, now + self._quiet)


def is_late(source: Source, now: int) -> bool:
    """Whether it has failed for long, or fails while the last good one's own time is over."""
    if not source.failures:
        return False
    return now - source.failing_since >= LATE or source.valid_until <= now


def _with(document: Mapping[str, Any], application: Application, taken: Taken) -> dict[str, Any]:
    return {**document, application.protocol: dict(taken.settings)}
