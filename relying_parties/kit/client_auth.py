# SPDX-License-Identifier: Apache-2.0
"""How the application proves itself at the token endpoint, in the shape that Authlib asks for.

Authlib's own `client_secret_basic` skips the form-encoding of RFC 6749 §2.3.1, so a secret with a
`+` or a `:` would fail; and its assertions name the token endpoint as audience.
"""

import base64
from collections.abc import Callable, MutableMapping
from typing import Any
from urllib.parse import quote_plus, urlencode

from joserfc import jwt

from relying_parties.kit.settings import ClientKey, Provider

Headers = MutableMapping[str, str]
Prepared = tuple[str, Headers, str]
Prepare = Callable[[Any, str, str, Headers, str], Prepared]

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 60


def choose_method(
    provider: Provider, now: Callable[[], int], token: Callable[[], str]
) -> Prepare | str:
    """The registered method, as a function for Authlib, or the name of one of its own."""
    key = provider.client_key
    if key is not None:
        return _assertion(provider, key, now, token)
    if provider.client_secret is not None:
        return _basic(provider.client_id, provider.client_secret)
    return "none"


def _basic(client_id: str, secret: str) -> Prepare:
    # RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
    joined = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode("ascii")
    value = "Basic " + base64.b64encode(joined).decode("ascii")

    def prepare(_client: Any, _method: str, uri: str, headers: Headers, body: str) -> Prepared:
        headers["Authorization"] = value
        return uri, headers, body

    return prepare


def _assertion(
    provider: Provider, key: ClientKey, now: Callable[[], int], token: Callable[[], str]
) -> Prepare:
    header = {"alg": provider.client_key_algorithm, "kid": key.kid or key.thumbprint()}

    def prepare(_client: Any, _method: str, uri: str, headers: Headers, body: str) -> Prepared:
        issued = now()
        claims = {
            "iss": provider.client_id,
            "sub": provider.client_id,
            # RFC 7523bis §4: the issuer alone; an endpoint's address can be made to collide.
            "aud": provider.issuer,
            "jti": token(),
            "iat": issued,
            "exp": issued + ASSERTION_SECONDS,
        }
        signed = jwt.encode(header, claims, key, algorithms=[provider.client_key_algorithm])
        fields = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}
        body = "&".join(part for part in (body, urlencode(fields)) if part)
        if "Content-Length" in headers:
            headers["Content-Length"] = str(len(body))
        return uri, headers, body

    return prepare
