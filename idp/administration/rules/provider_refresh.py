# SPDX-License-Identifier: Apache-2.0
"""Metadata of providers, fetched again: keys that they replace are learned while people log in.

Only what the certificate signed that an administrator has seen is taken over, and only addresses
and keys. Whatever else is found, the last good one holds until its own end (SM-070).
"""

from collections.abc import Callable
from dataclasses import replace

from idp.administration.rules.fetching import SOONEST, next_fetch
from idp.administration.rules.provider_metadata import Metadata, ReadsMetadata, fingerprint_of
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Database, Tx
from idp.logs import get
from idp.providers.service import Providers
from idp.providers.spoken import ByBrowser
from idp.providers.values import Provider

log = get("providers")


class ProviderRefresh:
    """Fetches what is due; outside of any transaction."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: Audit,
        providers: Providers,
        metadata: ReadsMetadata,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._providers = providers
        self._metadata = metadata

    def due(self, stop: Callable[[], bool] = bool) -> None:
        """All that is due, unless another node is at it."""
        now = self._clock.now()
        with self._database.read() as tx:
            every = self._providers.every(tx)
        for one in every:
            spoken = one.spoken
            if not isinstance(spoken, ByBrowser) or not spoken.address or spoken.due_at > now:
                continue
            if stop():
                return
            mine = replace(spoken, due_at=now + SOONEST)
            with self._database.write() as tx:
                claimed = self._providers.note(tx, one, mine)
            if claimed:
                self._refresh(replace(one, spoken=mine), mine)

    def _refresh(self, provider: Provider, spoken: ByBrowser) -> None:
        found = self._metadata.found_at(spoken.address, spoken.signer)
        why = found if isinstance(found, str) else _unlike(provider.issuer, spoken, found)
        with self._database.write() as tx:
            if isinstance(found, Metadata) and not why:
                self._take(tx, provider, spoken, found)
            else:
                self._give_up(tx, provider, spoken, why)

    def _take(self, tx: Tx, provider: Provider, spoken: ByBrowser, found: Metadata) -> None:
        now, until = self._clock.now(), found.valid_until or 0
        certificates = tuple(one.kept for one in found.certificates)
        newer = replace(
            spoken,
            login=found.login,
            certificates=certificates,
            # The same, played back, ends sooner: what came between must not come back behind it.
            valid_until=max(until, spoken.valid_until or 0),
            good_at=now,
            due_at=next_fetch(now, found.ask_again, until),
            fault="",
        )
        if _same(spoken, found):
            kept = self._providers.note(tx, provider, newer)
        else:
            # BR-012: whoever is under way begins once more, by the keys of now.
            kept = self._providers.replace(tx, replace(provider, spoken=newer))
            if kept:
                self._tell_changes(tx, provider, spoken, newer)
        if kept and spoken.fault:
            detail = {"provider": provider.alias}
            self._audit.record(tx, Event("provider.refreshed", detail=detail))

    def _give_up(self, tx: Tx, provider: Provider, spoken: ByBrowser, why: str) -> None:
        """Once for each reason: the page tells the rest."""
        if self._providers.note(tx, provider, replace(spoken, fault=why)) and spoken.fault != why:
            detail = {"provider": provider.alias, "address": spoken.address, "why": why}
            self._audit.record(tx, Event("provider.refresh_failed", "flagged", detail=detail))
        log.warning("metadata is not taken over", provider=provider.alias, why=why)

    def _tell_changes(
        self, tx: Tx, provider: Provider, before: ByBrowser, after: ByBrowser
    ) -> None:
        here, there = set(before.certificates), set(after.certificates)
        detail = {
            "provider": provider.alias,
            "login": after.login,
            "added": " ".join(sorted(map(fingerprint_of, there - here))),
            "removed": " ".join(sorted(map(fingerprint_of, here - there))),
        }
        self._audit.record(tx, Event("provider.described", detail=detail))


def _same(spoken: ByBrowser, found: Metadata) -> bool:
    certificates = tuple(one.kept for one in found.certificates)
    return (spoken.login, spoken.certificates) == (found.login, certificates)


def _unlike(issuer: str, spoken: ByBrowser, found: Metadata) -> str:
    """Why it takes nobody's place; empty where it may."""
    if found.entity != issuer:
        return "other-name"
    if found.valid_until is None:
        return "endless"
    # An older one is signed, too: played back, it would bring back a key that was replaced.
    older = found.valid_until < (spoken.valid_until or 0)
    return "older" if older and not _same(spoken, found) else ""
