# SPDX-License-Identifier: Apache-2.0
"""A launch arrives: judged, kept for one browser to open, noted for whoever connects it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from connectors.base import Level
from connectors.capabilities import BeginsElsewhere
from connectors.launches import Launch, NotLaunched
from connectors.launches import LaunchFault as Fault
from idp.applications.values import Application
from idp.audit.record import Event
from idp.credentials import throttle
from idp.credentials.throttle import Limits, Verdict
from idp.db import Tx
from idp.http.services import Core
from idp.launches import sources
from idp.launches.entrances import entrance_of
from idp.launches.seen import NOBODY, seen_as
from idp.launches.sources import MEANS, Source
from idp.origin import Origin

NEVER: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Kept:
    """It waits for a browser with this ticket."""

    ticket: str


@dataclass(frozen=True, slots=True)
class TooMany:
    """Its address has sent too many that nobody signed."""

    until: int


class Receiver:
    """Takes launches in."""

    def __init__(self, core: Core, means: BeginsElsewhere, levels: Mapping[str, Level]) -> None:
        self._core = core
        self._means = means
        self._levels = levels
        rules = core.settings.throttle
        self._limits = Limits(
            free_tries=rules.address_free,
            first_delay=rules.first_delay,
            max_delay=rules.max_delay,
            per_day=0,
            disable_after=NEVER,
            window=rules.address_window,
        )

    def receive(self, token: str, origin: Origin) -> Kept | Fault | TooMany:
        """Judge it; whoever is refused is noted, and counted by their address if nobody signed.

        Any page can have a browser post rubbish from a hospital's one address: what a source has
        signed is never kept waiting by it.
        """
        found: Launch | NotLaunched = self._means.receive(token)
        facts = self._means.facts(token)
        if isinstance(found, NotLaunched):
            if found.source is None and (until := self._blocked(origin)):
                return TooMany(until)
            key = self._key_of(found)
            self._refuse(key, found.fault, facts, None, origin)
            return found.fault
        kept = self._keep(found, facts, origin)
        if isinstance(kept, Fault):
            self._refuse(found.source, kept, facts, found.application, origin)
        return kept

    def _blocked(self, origin: Origin) -> int:
        """Count what nobody signed; until when its address waits, 0 where it does not."""
        core = self._core
        # Apart from the counter of who opens a launch here (hop 4), which it must not touch.
        counter = throttle.address_key(origin.address, "launched")
        with core.database.write() as tx:
            ruling = throttle.reserve(tx, counter, self._limits, core.clock.now()).ruling
        return 0 if ruling.verdict is Verdict.FREE else ruling.until

    def _key_of(self, found: NotLaunched) -> str:
        """Whose page tells of it: that of the source that it names, proved or not."""
        if found.source is not None:
            return found.source.key
        with self._core.database.read() as tx:
            named = sources.named(tx, found.claimed) if found.claimed else None
        return named.key if named else NOBODY

    def _keep(self, launch: Launch, facts: Mapping[str, str], origin: Origin) -> Kept | Fault:
        core = self._core
        with core.database.write() as tx:
            source = sources.load(tx, launch.source)
            application = core.applications.load(tx, launch.application)
            if source is None or not sources.is_open(tx, source):
                return Fault.DISABLED
            fault = self._closed(launch, source, application)
            if fault is not None:
                return fault
            ticket = core.launches.keep(tx, launch)
            if ticket is None:
                return Fault.REPLAYED
            self._note(tx, source, launch, facts, origin)
        return Kept(ticket)

    def _closed(
        self, launch: Launch, source: Source, application: Application | None
    ) -> Fault | None:
        """Why it leads nowhere as things are registered here."""
        if launch.application not in source.applications:
            return Fault.NOT_ALLOWED
        if application is None or not application.enabled:
            return Fault.APPLICATION
        if MEANS not in application.policy.means:
            return Fault.MEANS
        if not self._reaches(source, application):
            return Fault.LEVEL
        entrance = entrance_of(application)
        if entrance is None:
            return Fault.APPLICATION
        # Who asked for a file must not find themselves in front of another one, or of none.
        return Fault.NO_CONTEXT if launch.patient and not entrance.told else None

    def _reaches(self, source: Source, application: Application) -> bool:
        """Whether its word is enough, or the person can add what is missing."""
        policy = application.policy
        others = (self._levels.get(one, 0) for one in policy.means if one != MEANS)
        return max(source.level, max(others, default=0)) >= policy.level

    def _note(
        self, tx: Tx, source: Source, launch: Launch, facts: Mapping[str, str], origin: Origin
    ) -> None:
        core = self._core
        event = Event(
            "launch.received",
            application=launch.application,
            means=MEANS,
            level=int(source.level),
            detail={"source": source.key, "patient": "yes" if launch.patient else "no"},
        )
        core.audit.record(tx, event, origin)
        if core.seen.is_due(seen_as(source.key), taken=True):
            core.seen.note(tx, seen_as(source.key), facts)

    def _refuse(
        self,
        key: str,
        fault: Fault,
        facts: Mapping[str, str],
        application: str | None,
        origin: Origin,
    ) -> None:
        core = self._core
        event = Event(
            "launch.refused",
            "refused",
            application=application,
            means=MEANS,
            detail={"why": fault.value, "source": key},
        )
        with core.database.write() as tx:
            core.audit.record(tx, event, origin)
        core.seen.refused(seen_as(key), facts, fault.value, facts.get("iss", ""))
