# SPDX-License-Identifier: Apache-2.0
"""Discovery and keys, as ready bytes: what works, and nothing more."""

import hashlib
import json
from typing import Any

from connectors.base import Level
from idp.config.oidc import CLOSED
from idp.grants.lasting import SCOPE as LASTING
from idp.http.bearer import PROOF_ALGORITHMS
from idp.http.services import Core
from idp.http.wire import JSON, Answer, Call, Headers, Reply, not_allowed
from idp.keys import envelope
from idp.keys.algorithms import OPENS
from idp.oidc.absent import DELIVERY
from idp.oidc.asking import WEAK
from idp.oidc.claims import CLAIMS, SCOPES
from idp.oidc.client import AUTH_METHODS, GRANT_TYPES, SIGNING_ALGORITHMS
from idp.oidc.client_keys import ALGORITHMS
from idp.oidc.client_tls import TLS_METHODS
from idp.oidc.encrypting import PLACES
from idp.oidc.levels import ACR
from idp.oidc.recipients import ALGORITHMS as ENCRYPTING
from idp.oidc.recipients import CIPHERS
from idp.oidc.response_types import MODES, TYPES

PATHS = {
    "authorization_endpoint": "/oidc/authorize",
    "token_endpoint": "/oidc/token",
    "userinfo_endpoint": "/oidc/userinfo",
    "jwks_uri": "/oidc/jwks",
    "introspection_endpoint": "/oidc/introspect",
    "revocation_endpoint": "/oidc/revoke",
    "end_session_endpoint": "/oidc/logout",
    "check_session_iframe": "/oidc/session-frame",
    "pushed_authorization_request_endpoint": "/oidc/par",
    "device_authorization_endpoint": "/oidc/device_authorization",
    "backchannel_authentication_endpoint": "/oidc/bc-authorize",
}
# Where an operator opens it.
REGISTRATION = "/oidc/register"
# CIBA §4.
ELSEWHERE: dict[str, Any] = {
    "backchannel_token_delivery_modes_supported": list(DELIVERY),
    "backchannel_authentication_request_signing_alg_values_supported": list(ALGORITHMS),
    "backchannel_user_code_parameter_supported": False,
}
# Public documents: other sites' scripts may read them, without credentials.
PUBLIC: Headers = [*JSON, ("Access-Control-Allow-Origin", "*")]
PUBLIC += [("Cross-Origin-Resource-Policy", "cross-origin")]
AGE = 300
# RFC 8705 §5: what is answered at the address that asks for certificates, too.
BY_CERTIFICATE = (
    "pushed_authorization_request_endpoint",
    "device_authorization_endpoint",
    "backchannel_authentication_endpoint",
    "token_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "userinfo_endpoint",
)


def metadata(
    issuer: str,
    levels: tuple[Level, ...],
    languages: tuple[str, ...],
    certificates_at: str = "",
    *,
    registers: bool = False,
    lasts: bool = True,
) -> dict[str, Any]:
    """OIDC Discovery §3 and RFC 8414 §2.

    `certificates_at`: the address that asks for them. `registers`: whether applications may
    register themselves. `lasts`: whether any may act while its person is away.
    """
    methods = [*AUTH_METHODS, *(TLS_METHODS if certificates_at else ())]
    authenticated = [one for one in methods if one != "none"]
    return {
        "issuer": issuer,
        **{name: issuer + path for name, path in PATHS.items()},
        **({"registration_endpoint": issuer + REGISTRATION} if registers else {}),
        "scopes_supported": [*SCOPES, *((LASTING,) if lasts else ())],
        "response_types_supported": list(TYPES),
        "response_modes_supported": list(MODES),
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "authorization_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "userinfo_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": authenticated,
        "introspection_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "introspection_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": [ACR[level] for level in sorted(set(levels))],
        "claim_types_supported": ["normal"],
        "claims_supported": [*CLAIMS, "acr", "amr", "auth_time", "sid"],
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": [*ALGORITHMS, *WEAK],
        "request_object_encryption_alg_values_supported": [OPENS],
        "request_object_encryption_enc_values_supported": list(envelope.CIPHERS),
        "require_pushed_authorization_requests": False,
        "require_signed_request_object": False,
        "authorization_response_iss_parameter_supported": True,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "ui_locales_supported": list(languages),
        "dpop_signing_alg_values_supported": list(PROOF_ALGORITHMS),
        **ELSEWHERE,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        **_encrypting(),
        **_by_certificate(certificates_at),
    }


def _encrypting() -> dict[str, Any]:
    """OIDC Discovery §3, JARM §4, RFC 9701 §7."""
    ways = {"alg": ENCRYPTING, "enc": CIPHERS}
    return {
        f"{place}_encryption_{way}_values_supported": list(values)
        for place in PLACES
        for way, values in ways.items()
    }


def _by_certificate(address: str) -> dict[str, Any]:
    """RFC 8705 §3.3, §5."""
    if not address:
        return {}
    return {
        "tls_client_certificate_bound_access_tokens": True,
        "mtls_endpoint_aliases": {name: address + PATHS[name] for name in BY_CERTIFICATE},
    }


class DiscoveryEndpoint:
    """GET /.well-known/openid-configuration and its OAuth twin."""

    def __init__(self, core: Core, levels: tuple[Level, ...]) -> None:
        locale = core.settings.locale
        settings = core.settings
        # Whether applications may register themselves.
        self.registers = settings.oidc.registration != CLOSED
        document = metadata(
            settings.server.issuer,
            levels,
            tuple(locale.available),
            settings.cards.for_applications,
            registers=self.registers,
            lasts=bool(core.lasting.most.life),
        )
        self._body = json.dumps(document, indent=1).encode()
        self._etag = f'"{hashlib.sha256(self._body).hexdigest()[:32]}"'

    def __call__(self, call: Call) -> Answer:
        """The document, or that it hasn't changed."""
        return cached(call, self._body, self._etag)


class JwksEndpoint:
    """GET /oidc/jwks."""

    def __init__(self, core: Core) -> None:
        self._keys = core.keys

    def __call__(self, call: Call) -> Answer:
        """The published keys, or that they haven't changed."""
        body, etag = self._keys.jwks_bytes()
        return cached(call, body, etag)


def cached(call: Call, body: bytes, etag: str) -> Reply:
    """Ready bytes with their tag (RFC 9110 §13.1.2)."""
    if call.method not in {"GET", "HEAD"}:
        return not_allowed("GET", "HEAD")
    headers: Headers = [("ETag", etag), ("Cache-Control", f"public, max-age={AGE}"), *PUBLIC]
    if call.header("If-None-Match") == etag:
        return Reply(304, headers)
    return Reply(200, headers, body)
