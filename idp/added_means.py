# SPDX-License-Identifier: Apache-2.0
"""The means of this server at this moment: those of the settings, and the providers added since.

Every process looks at the table of providers, once a second at most: what one of them was told is
known to all. What is relied upon is looked at again in the transaction that relies on it
(`idp.login.peers`).
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors.base import Connector, Level
from connectors.introduced import Names
from connectors.registry import Added, ByOidc, open_added_oidc, open_added_saml
from idp.accounts import service as accounts
from idp.db import Found
from idp.http.services import Core
from idp.outgoing.upstreams import Health, UpstreamHttp
from idp.provider_ways import open_http
from idp.providers import logos
from idp.providers.spoken import ByBrowser, ByCall
from idp.providers.values import BY_NUMBER, PREFIX, Provider, alias_of
from idp.saml.keys import SamlKeys
from idp.saml.upstream.added import open_speaker

EVERY: Final = 1.0
# OIDC Core §3.1.2.1: without it there is no ID token.
OPENID: Final = "openid"
NO_ROWS: Final[Mapping[str, "Opened"]] = {}


@dataclass(frozen=True, slots=True)
class Opened:
    """A provider as it was read, and its means."""

    row: Found = field(repr=False)
    provider: Provider
    connector: Connector
    http: UpstreamHttp


class Means(Mapping[str, Connector]):
    """All of them. One that is closed is none of them, and can still be asked for by name."""

    def __init__(self, fixed: Mapping[str, Connector], core: Core) -> None:
        self._fixed = fixed
        self._core = core
        self._keys = SamlKeys(core.keys, core.settings.server.issuer)
        self._opened = NO_ROWS
        self._logos: Mapping[str, str] = {}
        self._looked_at: float | None = None
        self._looking = threading.Lock()

    def __getitem__(self, kind: str) -> Connector:
        found = self._fixed.get(kind)
        return found if found is not None else self._now()[kind].connector

    def __contains__(self, kind: object) -> bool:
        if kind in self._fixed:
            return True
        found = self._now().get(str(kind))
        return found is not None and found.provider.open

    def __iter__(self) -> Iterator[str]:
        yield from self._fixed
        yield from (kind for kind, one in self._now().items() if one.provider.open)

    def __len__(self) -> int:
        return sum(1 for _kind in self)

    def providers(self) -> Mapping[str, Provider]:
        """Those that were added, closed ones too, by the means that they are."""
        return {kind: one.provider for kind, one in self._now().items()}

    def health(self, kind: str) -> Health | None:
        """How this process has fared with a provider."""
        found = self._now().get(kind)
        return found.http.health() if found else None

    def logo(self, kind: str) -> str:
        """Where the picture of a provider is served; nothing where it has none."""
        self._now()
        return self._logos.get(alias_of(kind), "")

    def look_again(self) -> None:
        """Something was just changed here."""
        self._looked_at = None

    def _now(self) -> Mapping[str, Opened]:
        now = self._core.clock.monotonic()
        since = self._looked_at
        if since is not None and now - since < EVERY:
            return self._opened
        # One looks; the others go by what it saw last, but for the first look of all.
        if not self._looking.acquire(blocking=since is None):
            return self._opened
        try:
            self._look()
            self._looked_at = now
        finally:
            self._looking.release()
        return self._opened

    def _look(self) -> None:
        with self._core.database.read() as tx:
            rows = self._core.providers.rows(tx)
            self._logos = logos.addresses(tx)
        before = self._opened
        found: dict[str, Opened] = {}
        for row in sorted(rows, key=lambda one: str(one.alias)):
            kind = PREFIX + row.alias
            known = before.get(kind)
            # All of the row: a version that was written and given up is given again to another.
            opened = known if known is not None and known.row == row else self._open(row)
            if opened is not None:
                found[kind] = opened
        self._opened = found

    def _open(self, row: Found) -> Opened | None:
        core = self._core
        provider = core.providers.read(row)
        if provider is None:
            return None
        http = open_http(core.settings, core.clock.monotonic)
        added = _added(core, provider)
        if isinstance(provider.spoken, ByBrowser):
            speaker = open_speaker(core, self._keys, provider, provider.spoken)
            connector: Connector = open_added_saml(added, provider.issuer, speaker)
        else:
            there = _by_oidc(core, provider, provider.spoken, http)
            connector = open_added_oidc(added, there)
        return Opened(row, provider, connector, http)


def _added(core: Core, provider: Provider) -> Added:
    by_number = provider.finding == BY_NUMBER
    return Added(
        kind=provider.kind,
        alias=provider.alias,
        version=provider.version,
        names=Names(
            # Whom it is not trusted to tell by number, it does not tell by number.
            national_id=provider.national_id if by_number else "",
            first_name=provider.first_name,
            last_name=provider.last_name,
            email=provider.email,
        ),
        levels={word: Level(level) for word, level in provider.levels.items()},
        max_age=provider.max_age,
        lacks=lambda account: _lacks(core, provider, account),
        new_token=core.entropy.token,
        clock=core.clock,
    )


def _by_oidc(core: Core, provider: Provider, spoken: ByCall, http: UpstreamHttp) -> ByOidc:
    return ByOidc(
        issuer=provider.issuer,
        description=spoken.description,
        origins=spoken.origins,
        algorithm=spoken.algorithm,
        client_id=spoken.our_name,
        secret=spoken.secret,
        scope=tuple(dict.fromkeys((OPENID, *spoken.scope))),
        level_words=spoken.level_words,
        back=f"{core.settings.server.issuer}/upstream/idp/{provider.alias}",
        http=http,
        monotonic=core.clock.monotonic,
    )


def _lacks(core: Core, provider: Provider, account: str) -> str | None:
    """What this person lacks to come from there: a word for the page; None where they can."""
    with core.database.read() as tx:
        found = accounts.load(tx, account)
        links = core.provider_links.of_account(tx, account)
    if found is None or found.person.population.value not in provider.populations:
        return "not-for-them"
    linked = any(one.issuer == provider.issuer for one in links)
    known = provider.finding == BY_NUMBER and found.person.national_id
    return None if linked or known else "not-linked"
