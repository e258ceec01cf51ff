# SPDX-License-Identifier: Apache-2.0
"""What a provider says of itself, looked at before anybody relies on it (BR-005)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.openid.fetching import get_object
from connectors.openid.keys import FAMILIES
from connectors.openid.upstream import WELL_KNOWN, Failed, Fault, Upstream, origin_of
from connectors.ports import Http

NEEDED: Final = (
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
)
# In the order in which they are taken, of those that they sign by: RS256 is what they use for
# whoever has asked for no other (OIDC Registration §2).
PREFERRED: Final = ("RS256", "ES256", "PS256", "ES384", "PS384", "PS512", "RS384", "RS512")
MOST: Final = 50
LONGEST: Final = 256


@dataclass(frozen=True, slots=True)
class Discovered:
    """What was found there, so far as it says who they are and where they serve."""

    issuer: str
    # Where it was found.
    description: str
    # Origins of their endpoints beside the issuer's own.
    origins: tuple[str, ...]
    algorithm: str
    # Each of their endpoints that would be used, by its name there.
    endpoints: Mapping[str, str]
    scopes: tuple[str, ...]
    level_words: tuple[str, ...]
    claims: tuple[str, ...]


def discover(http: Http, address: str) -> Discovered | str:
    """What is described at an address, an issuer's or that of its description; or why not.

    The reason is one word: `address`, `unreachable`, `unreadable`, `issuer`, `endpoints`, `pkce`,
    `algorithm` or `client`.
    """
    if not origin_of(address):
        return "address"
    named = "/.well-known/" in address
    url = address if named else Upstream(issuer=address, client_id="", back="").description_url
    found = get_object(http, url)
    if isinstance(found, Failed):
        return "unreachable" if found.fault is Fault.NOT_REACHED else "unreadable"
    return read_discovered(found, url)


def read_discovered(found: Mapping[str, object], url: str) -> Discovered | str:
    """The same, of a document that was fetched."""
    issuer = found.get("issuer")
    # OIDC Discovery §4.3, as far as it goes for a description that is not at the usual place: who
    # says who they are must say it at their own origin.
    if not isinstance(issuer, str) or not origin_of(issuer) or origin_of(issuer) != origin_of(url):
        return "issuer"
    if url.endswith(WELL_KNOWN) and issuer.removesuffix("/") + WELL_KNOWN != url:
        return "issuer"
    endpoints = {name: found.get(name) for name in NEEDED}
    known = {name: one for name, one in endpoints.items() if isinstance(one, str)}
    if len(known) < len(NEEDED) or not all(origin_of(one) for one in known.values()):
        return "endpoints"
    if "S256" not in _words(found.get("code_challenge_methods_supported")):
        return "pkce"
    algorithm = _algorithm(_words(found.get("id_token_signing_alg_values_supported")))
    if not algorithm:
        return "algorithm"
    # OIDC Discovery §3: client_secret_basic is what is there where nothing is said.
    ways = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if "client_secret_basic" not in _words(ways):
        return "client"
    others = [origin_of(one) for one in known.values()]
    return Discovered(
        issuer,
        url,
        tuple(dict.fromkeys(one for one in others if one != origin_of(issuer))),
        algorithm,
        known,
        _words(found.get("scopes_supported")),
        _words(found.get("acr_values_supported")),
        _words(found.get("claims_supported")),
    )


def _algorithm(theirs: Sequence[str]) -> str:
    return next((one for one in PREFERRED if one in theirs and one in FAMILIES), "")


def _words(listed: object) -> tuple[str, ...]:
    """Texts of a list that can be shown."""
    entries = listed[:MOST] if isinstance(listed, list) else []
    return tuple(
        one for one in entries if isinstance(one, str) and len(one) <= LONGEST and one.isprintable()
    )
