# SPDX-License-Identifier: Apache-2.0
"""The ways out to providers that administrators add: to those kept, and to look at new ones."""

from collections.abc import Callable

from connectors.registry import look_at
from idp.administration.rules.provider_metadata import ReadsMetadata
from idp.administration.rules.providers import Look, Looked
from idp.clock import Clock
from idp.config import Settings
from idp.outgoing import Fetcher
from idp.outgoing.upstreams import UpstreamHttp
from idp.saml.upstream.metadata import ProviderMetadata


def open_http(settings: Settings, monotonic: Callable[[], float]) -> UpstreamHttp:
    """The guarded way to one provider (BR-015)."""
    outgoing = settings.outgoing
    fetcher = Fetcher(outgoing.allow, outgoing.timeout, outgoing.max_bytes)
    return UpstreamHttp(fetcher, monotonic)


def open_metadata(settings: Settings, clock: Clock) -> ReadsMetadata:
    """What reads the metadata of those that speak SAML."""
    return ProviderMetadata(
        lambda: open_http(settings, clock.monotonic), settings.outgoing.allow, clock.now
    )


def open_look(settings: Settings, monotonic: Callable[[], float]) -> Look:
    """What a provider says of itself at an address."""

    def look(address: str) -> Looked | str:
        # A way of its own each time: no earlier trial keeps this one from being made.
        found = look_at(open_http(settings, monotonic), address)
        if isinstance(found, str):
            return found
        return Looked(
            found.issuer,
            found.description,
            found.origins,
            found.algorithm,
            found.endpoints,
            found.scopes,
            found.level_words,
            found.claims,
        )

    return look
