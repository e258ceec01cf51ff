# SPDX-License-Identifier: Apache-2.0
"""What the provider says about itself, believed only as far as the configuration goes.

Rows BR-004, BR-005: Authlib keeps whatever JSON the discovery address returned for the life of the
process and compares `iss` with that same document. Here the issuer is the configured one, the
endpoints stay on its origin, and the document ages.
"""

from collections.abc import Callable
from dataclasses import dataclass

from relying_parties.kit.origins import origin_of
from relying_parties.kit.outcome import ProviderUnreachable
from relying_parties.kit.outgoing import Outgoing
from relying_parties.kit.remembered import Remembered
from relying_parties.kit.settings import Limits, Provider
from relying_parties.kit.strict_json import Claims, parse_object

WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Metadata:
    """The endpoints that the kit uses."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    revocation_endpoint: str | None
    introspection_endpoint: str | None
    pushed_requests_endpoint: str | None


class Discovery:
    """Loads, checks and remembers the provider's metadata."""

    def __init__(
        self,
        provider: Provider,
        outgoing: Outgoing,
        limits: Limits,
        monotonic: Callable[[], float],
    ) -> None:
        self._provider = provider
        self._outgoing = outgoing
        self._remembered = Remembered(
            self._load,
            max_age=limits.metadata_age,
            retry_after=limits.retry_after,
            monotonic=monotonic,
        )

    def metadata(self) -> Metadata:
        """The current metadata, or the last good one."""
        return self._remembered.get()

    def _load(self) -> Metadata:
        # OIDC Discovery §4: the issuer without a trailing slash, then the well-known path.
        url = self._provider.issuer.removesuffix("/") + WELL_KNOWN
        document = fetch_object(self._outgoing, url)
        # OIDC Discovery §4.3: the two MUST be identical.
        if document.get("issuer") != self._provider.issuer:
            raise ProviderUnreachable("discovery: another issuer")
        # RFC 9700 §2.1.1: a provider that does not say S256 could ignore the challenge.
        if not _lists(document, "code_challenge_methods_supported", "S256"):
            raise ProviderUnreachable("discovery: no PKCE S256")
        return Metadata(
            authorization_endpoint=self._endpoint(document, "authorization_endpoint"),
            token_endpoint=self._endpoint(document, "token_endpoint"),
            jwks_uri=self._endpoint(document, "jwks_uri"),
            userinfo_endpoint=self._optional(document, "userinfo_endpoint"),
            end_session_endpoint=self._optional(document, "end_session_endpoint"),
            revocation_endpoint=self._optional(document, "revocation_endpoint"),
            introspection_endpoint=self._optional(document, "introspection_endpoint"),
            pushed_requests_endpoint=self._optional(
                document, "pushed_authorization_request_endpoint"
            ),
        )

    def _endpoint(self, document: Claims, name: str) -> str:
        url = document.get(name)
        if not isinstance(url, str) or origin_of(url) not in self._outgoing.origins:
            raise ProviderUnreachable(f"discovery: {name} outside the provider's origins")
        return url

    def _optional(self, document: Claims, name: str) -> str | None:
        return self._endpoint(document, name) if name in document else None


def fetch_object(outgoing: Outgoing, url: str) -> Claims:
    """GET a JSON object; anything else is a breakdown."""
    response = outgoing.get(url, {"Accept": "application/json"})
    if response.status_code != 200:
        raise ProviderUnreachable(f"HTTP {response.status_code}")
    document = parse_object(response.content)
    if document is None:
        raise ProviderUnreachable("not a JSON object")
    return document


def _lists(document: Claims, name: str, value: str) -> bool:
    listed = document.get(name)
    return isinstance(listed, list) and value in listed
