# SPDX-License-Identifier: Apache-2.0
"""What a provider says of itself (OIDC Discovery §3), believed only as far as the settings go."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.openid.fetching import get_object
from connectors.openid.upstream import Failed, Fault, Upstream
from connectors.ports import Http


@dataclass(frozen=True, slots=True)
class Description:
    """The endpoints that we use."""

    authorization: str
    token: str
    keys: str
    userinfo: str
    # Empty where they have none that is theirs.
    end_session: str
    backchannel: str
    # RFC 9207 §3: whether each of their answers names them.
    names_itself: bool


NEEDED = {
    "authorization": "authorization_endpoint",
    "token": "token_endpoint",
    "keys": "jwks_uri",
    "userinfo": "userinfo_endpoint",
}
FURTHER = {
    "end_session": "end_session_endpoint",
    "backchannel": "backchannel_authentication_endpoint",
}


def load_description(http: Http, upstream: Upstream) -> Description | Failed:
    """Fetch it and check it."""
    found = get_object(http, upstream.description_url)
    return found if isinstance(found, Failed) else read_description(found, upstream)


def read_description(found: dict[str, object], upstream: Upstream) -> Description | Failed:
    """BR-005: theirs word by word, and nowhere but where the operator says that they are."""
    # OIDC Discovery §4.3: the two MUST be identical.
    if found.get("issuer") != upstream.issuer:
        return Failed(Fault.NOT_BELIEVED, "description: another issuer")
    endpoints: dict[str, str] = {}
    aliases = found.get("mtls_endpoint_aliases")
    # RFC 8705 §5: where our certificate proves us, they may serve at other addresses.
    other = aliases if isinstance(aliases, Mapping) and not upstream.secret else {}
    for ours, theirs in (NEEDED | FURTHER).items():
        url = other.get(theirs, found.get(theirs))
        known = url if isinstance(url, str) and upstream.serves_at(url) else ""
        if not known and ours in NEEDED:
            return Failed(Fault.NOT_BELIEVED, f"description: {theirs}")
        endpoints[ours] = known
    methods = found.get("code_challenge_methods_supported")
    # RFC 9700 §2.1.1: one that does not say S256 could pass over the challenge (BR-009).
    if not isinstance(methods, list) or "S256" not in methods:
        return Failed(Fault.NOT_BELIEVED, "description: no S256")
    names_itself = found.get("authorization_response_iss_parameter_supported") is True
    return Description(**endpoints, names_itself=names_itself)
