# SPDX-License-Identifier: Apache-2.0
"""Fetching revocation lists before those we have run out: one node at a time, each source."""

from collections.abc import Callable
from dataclasses import dataclass

from idp.audit.record import Audit, Event
from idp.clock import DRIFT, Clock
from idp.db import Database, Tx
from idp.logs import get
from idp.outgoing import Fetched, Fetcher
from idp.trust import sources
from idp.trust.authorities import Authorities
from idp.trust.certificate import SERIAL_BYTES, Certificate, places_of
from idp.trust.crl import RevocationList, read_list
from idp.trust.lists import Lists
from idp.trust.rules import Rules
from idp.trust.sources import Source

OK = 200
SOONEST = 60
log = get("trust")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one fetch went."""

    source: Source
    # Nothing: it went well.
    fault: str = ""
    changed: bool = False
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Ground:
    """What the parts of trust share."""

    database: Database
    clock: Clock
    audit: Audit
    authorities: Authorities
    lists: Lists
    rules: Rules


class Refresh:
    """Fetches; never inside a transaction."""

    def __init__(self, ground: Ground, fetcher: Fetcher) -> None:
        self._ground = ground
        self._fetcher = fetcher

    def due(self, *, everything: bool = False, stop: Callable[[], bool] = bool) -> list[Outcome]:
        """Fetch what is due, or all there is."""
        ground, found = self._ground, []
        self._forget_orphans()
        self._note_authorities()
        with ground.database.read() as tx:
            now = ground.clock.now()
            wanted = sources.every(tx) if everything else sources.waiting(tx, now)
        for one in wanted:
            if stop():
                break
            outcome = self.fetch(one) if everything else self.fetch_claimed(one)
            found += [outcome] if outcome else []
        return found

    def fetch_claimed(self, source: Source) -> Outcome | None:
        """Fetch one that is due, unless somebody else is at it."""
        with self._ground.database.write() as tx:
            if not sources.claim(tx, source.id, self._ground.clock.now()):
                return None
        return self.fetch(source)

    def fetch(self, source: Source) -> Outcome:
        """Fetch one, and keep what it gives if it may be believed."""
        ground = self._ground
        with ground.database.read() as tx:
            known = ground.authorities.all(tx)
        issuers = [one.certificate for one in known if one.key_id == source.authority]
        found = self._read(source, issuers)
        with ground.database.write() as tx:
            if isinstance(found, RevocationList):
                return self._keep(tx, source, found)
            return self._note_fault(tx, source, found)

    def _read(self, source: Source, issuers: list[Certificate]) -> RevocationList | str:
        answer = self._fetcher.fetch("GET", source.url)
        if not isinstance(answer, Fetched):
            return answer.reason
        if answer.status != OK:
            return f"it answers {answer.status}"
        return read_list(answer.body, issuers, self._ground.clock.now())

    def _keep(self, tx: Tx, source: Source, new: RevocationList) -> Outcome:
        ground, now = self._ground, self._ground.clock.now()
        kept = ground.lists.put(tx, source, new, now)
        if isinstance(kept, str):
            return self._note_fault(tx, source, kept)
        # Where it tells of its changes: the authority's own word.
        sources.learn(tx, source.authority, new.fresher)
        sources.note_good(tx, source.id, now, self._next(new, now))
        if source.failures:
            ground.audit.record(tx, Event("trust.refreshed", detail={"url": source.url}))
            log.warning("a revocation list is fetched again", url=source.url)
        return Outcome(source, changed=kept, entries=len(new.revoked) // SERIAL_BYTES)

    def _note_fault(self, tx: Tx, source: Source, why: str) -> Outcome:
        sources.note_bad(tx, source, self._ground.clock.now(), why)
        # Once for each time that it breaks: the state tells the rest.
        if not source.failures:
            detail = {"url": source.url, "why": why}
            event = Event("trust.refresh_failed", outcome="flagged", detail=detail)
            self._ground.audit.record(tx, event)
        log.warning("a revocation list is not renewed", url=source.url, why=why)
        return Outcome(source, fault=why)

    def _next(self, new: RevocationList, now: int) -> int:
        # Before its end, with time for some tries.
        margin = (new.next_at - new.issued_at) // 10
        return min(now + self._ground.rules.refresh, max(new.next_at - margin, now + SOONEST))

    def _note_authorities(self) -> None:
        """Intermediate authorities may be revoked, too: where their issuers tell of it."""
        ground = self._ground
        with ground.database.read() as tx:
            known = ground.authorities.all(tx)
            there = {(one.authority, one.url) for one in sources.every(tx)}
        for one in known:
            for issuer in known:
                new = {(issuer.key_id, url) for url in places_of(one.certificate)} - there
                if new and issuer is not one and one.certificate.is_signed_by(issuer.certificate):
                    with ground.database.write() as tx:
                        sources.learn(tx, issuer.key_id, sorted(url for _key, url in new))

    def _forget_orphans(self) -> None:
        ground = self._ground
        with ground.database.read() as tx:
            keys = {one.key_id for one in ground.authorities.all(tx)}
            orphans = [one for one in sources.every(tx) if one.authority not in keys]
        for one in orphans:
            with ground.database.write() as tx:
                sources.forget(tx, one.id)


def is_late(source: Source, held: RevocationList | None, now: int) -> bool:
    """RL-24: it can't be fetched, and half of its list's time is over, or there is none."""
    if not source.failures:
        return False
    if held is None:
        return True
    return now - held.issued_at >= (held.next_at - held.issued_at) // 2 or (
        held.issued_at > now + DRIFT
    )
