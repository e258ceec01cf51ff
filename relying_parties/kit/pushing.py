# SPDX-License-Identifier: Apache-2.0
"""Authorization requests that go to the provider before the browser does (RFC 9126), or signed too.

The browser then carries a name alone: nobody reads or changes there what is asked for.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt

from relying_parties.kit.client_auth import Prepare
from relying_parties.kit.outcome import ProviderUnreachable
from relying_parties.kit.outgoing import Outgoing, breakdowns
from relying_parties.kit.settings import SIGNING, Provider
from relying_parties.kit.strict_json import parse_object

# Of a request that is signed, to be pushed at once.
SECONDS = 60
LONGEST_NAME = 512


class Pushing:
    """Turns the address of a request into that of a pushed one."""

    def __init__(
        self,
        provider: Provider,
        outgoing: Outgoing,
        auth: Prepare | str,
        now: Callable[[], int],
        token: Callable[[], str],
    ) -> None:
        self._provider = provider
        self._outgoing = outgoing
        self._auth = auth
        self._now = now
        self._token = token

    def address(self, url: str, endpoint: str | None) -> str:
        """Push what the address asks for; the one that the browser goes to instead."""
        if endpoint is None:
            raise ProviderUnreachable("the provider takes no pushed requests")
        asked, _, query = url.partition("?")
        fields = dict(parse_qsl(query))
        if self._provider.profile == SIGNING:
            fields = {"client_id": self._provider.client_id, "request": self._signed(fields)}
        with breakdowns():
            session = self._outgoing.oauth2("")
            answer = session.post(
                endpoint,
                data=fields,
                headers={"Accept": "application/json"},
                auth=session.client_auth(self._auth),
                withhold_token=True,
            )
        told = parse_object(answer.content) or {}
        name = told.get("request_uri")
        if answer.status_code != 201 or not _is_name(name):
            fault = told.get("error")
            raise ProviderUnreachable(f"pushed request: HTTP {answer.status_code} {fault!r:.80}")
        return f"{asked}?{urlencode({'client_id': self._provider.client_id, 'request_uri': name})}"

    def _signed(self, fields: dict[str, str]) -> str:
        """RFC 9101, as FAPI 2.0 Message Signing §5.3 has it."""
        key, algorithm = self._provider.client_key, self._provider.client_key_algorithm
        if key is None:
            raise ValueError("no key to sign with")
        now = self._now()
        header = {
            "typ": "oauth-authz-req+jwt",
            "alg": algorithm,
            "kid": key.kid or key.thumbprint(),
        }
        claims: dict[str, Any] = {
            **fields,
            "iss": self._provider.client_id,
            "aud": self._provider.issuer,
            "jti": self._token(),
            "iat": now,
            "nbf": now,
            "exp": now + SECONDS,
        }
        if "max_age" in claims:
            # A number in JSON (OIDC Core §6.1).
            claims["max_age"] = int(claims["max_age"])
        return jwt.encode(header, claims, key, algorithms=[algorithm])


def _is_name(value: object) -> bool:
    if not isinstance(value, str) or len(value) > LONGEST_NAME:
        return False
    return bool(urlsplit(value).scheme)
