# SPDX-License-Identifier: Apache-2.0
"""The calls to the provider: authorization address, code, refresh, userinfo, revocation, logout."""

import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from requests import Response

from relying_parties.kit.client_auth import choose_method
from relying_parties.kit.discovery import Discovery
from relying_parties.kit.keys import ProviderKeys
from relying_parties.kit.launched import read_launched
from relying_parties.kit.outcome import ProviderUnreachable, Reason, Refused
from relying_parties.kit.outgoing import Outgoing, breakdowns
from relying_parties.kit.proof import AGAIN, Proofs
from relying_parties.kit.pushing import Pushing
from relying_parties.kit.settings import PLAIN, Limits, Provider
from relying_parties.kit.store import PendingLogin, Tokens
from relying_parties.kit.strict_json import Claims, parse_object
from relying_parties.kit.tokens import same

LONGEST_LIFE = 24 * 3600
# One call to the token endpoint: by a session, at an address, with what proves who we are.
Call = Callable[[OAuth2Session, str, dict[str, Any]], Claims]
log = logging.getLogger(__name__)


class Client:
    """One application's side of the protocol. Every call may raise ProviderUnreachable."""

    def __init__(
        self,
        provider: Provider,
        limits: Limits,
        now: Callable[[], int],
        token: Callable[[], str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._provider = provider
        self._now = now
        self._outgoing = Outgoing(provider, limits)
        self._discovery = Discovery(provider, self._outgoing, limits, monotonic)
        self._auth = choose_method(provider, now, token)
        self._pushing = Pushing(provider, self._outgoing, self._auth, now, token)
        key = provider.proof_key if provider.profile != PLAIN else None
        self._proofs = Proofs(key, now, token) if key is not None else None
        self.keys = ProviderKeys(
            provider.id_token_algorithm, self._discovery, self._outgoing, limits, monotonic
        )

    def authorization_url(self, login: PendingLogin, extras: dict[str, str]) -> str:
        """Where to send the browser; `extras` are acr_values, max_age, prompt and their like."""
        session = self._outgoing.oauth2(" ".join(self._provider.scopes))
        metadata = self._discovery.metadata()
        if self._proofs is not None:
            # RFC 9449 §10: the code is worth something with that key alone.
            extras = {**extras, "dpop_jkt": self._proofs.thumbprint}
        url, _state = session.create_authorization_url(
            metadata.authorization_endpoint,
            state=login.state,
            code_verifier=login.verifier,
            nonce=login.nonce,
            **extras,
        )
        if self._provider.profile == PLAIN:
            return str(url)
        return self._pushing.address(str(url), metadata.pushed_requests_endpoint)

    def redeem(self, code: str, verifier: str) -> Tokens | Refused:
        """Exchange the code; the answer must hold an ID token."""
        tokens = self._ask(
            lambda session, url, proven: session.fetch_token(
                url, grant_type="authorization_code", code=code, code_verifier=verifier, **proven
            )
        )
        if isinstance(tokens, Tokens) and tokens.id_token is None:
            return Refused(Reason.ANSWER_REFUSED, "no id_token")
        return tokens

    def refresh(self, refresh_token: str) -> Tokens | Refused:
        """New tokens; a rotated refresh token replaces the old one."""
        return self._ask(
            lambda session, url, proven: session.refresh_token(
                url, refresh_token=refresh_token, **proven
            )
        )

    def userinfo(self, access_token: str, subject: str) -> Claims | Refused:
        """The person's claims; none where the provider has no such endpoint."""
        endpoint = self._discovery.metadata().userinfo_endpoint
        if endpoint is None:
            return {}
        response = self._get(endpoint, access_token)
        if response.status_code != 200:
            return Refused(Reason.ANSWER_REFUSED, f"userinfo: HTTP {response.status_code}")
        # Row BR-008: a JWT would have to be verified; this application is registered for JSON.
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        claims = parse_object(response.content) if kind == "application/json" else None
        if claims is None:
            return Refused(Reason.ANSWER_REFUSED, "userinfo: not a JSON object")
        # OIDC Core §5.3.2: exact match, or the answer is not used.
        if not same(claims.get("sub"), subject):
            return Refused(Reason.ANSWER_REFUSED, "userinfo: another sub")
        return claims

    def introspect(self, token: str) -> Claims | None:
        """RFC 7662: what a token is that a program presents here; None where it is worth none."""
        endpoint = self._discovery.metadata().introspection_endpoint
        if endpoint is None:
            raise ProviderUnreachable("the provider offers no introspection")
        with breakdowns():
            session = self._outgoing.oauth2("")
            answer = session.introspect_token(
                endpoint,
                token=token,
                token_type_hint="access_token",
                auth=session.client_auth(self._auth),
            )
        told = parse_object(answer.content) if answer.status_code == 200 else None
        if told is None:
            raise ProviderUnreachable(f"introspection: HTTP {answer.status_code}")
        return told if told.get("active") is True else None

    def revoke(self, token: str) -> None:
        """Tell the provider that a refresh token is no longer wanted; best effort."""
        try:
            endpoint = self._discovery.metadata().revocation_endpoint
            if endpoint is not None:
                with breakdowns():
                    session = self._outgoing.oauth2("")
                    session.revoke_token(
                        endpoint,
                        token=token,
                        token_type_hint="refresh_token",
                        auth=session.client_auth(self._auth),
                    )
        except ProviderUnreachable as fault:
            log.warning("revocation: %s", fault)

    def end_session_url(self, id_token: str | None, state: str) -> str | None:
        """Where the browser ends the provider's session; None where that is not offered."""
        endpoint = self._discovery.metadata().end_session_endpoint
        if endpoint is None:
            return None
        fields = {
            "client_id": self._provider.client_id,
            "post_logout_redirect_uri": self._provider.post_logout_redirect_uri,
            "state": state,
        }
        if id_token:
            fields["id_token_hint"] = id_token
        return endpoint + ("&" if "?" in endpoint else "?") + urlencode(fields)

    def _get(self, url: str, access_token: str) -> Response:
        """What the token opens."""
        headers = {"Accept": "application/json"}
        if self._proofs is None:
            return self._outgoing.get(url, {**headers, "Authorization": f"Bearer {access_token}"})
        headers["Authorization"] = f"DPoP {access_token}"

        def get(proofs: Proofs) -> Response:
            return self._outgoing.get(url, {**headers, **proofs.headers("GET", url, access_token)})

        response = get(self._proofs)
        if self._proofs.hear(response.headers) and response.status_code == 401:
            response = get(self._proofs)
        return response

    def _ask(self, call: Call) -> Tokens | Refused:
        url = self._discovery.metadata().token_endpoint
        try:
            with breakdowns():
                answer = self._once_or_twice(call, url)
        except OAuthError as fault:
            # RFC 6749 §5.2: the code or refresh token is used, expired or revoked.
            over = fault.error == "invalid_grant"
            reason = Reason.LOGIN_EXPIRED if over else Reason.PROVIDER_ERROR
            return Refused(reason, f"token endpoint: {fault.error!r:.80}")
        except (ValueError, TypeError, ArithmeticError) as fault:
            raise ProviderUnreachable("token endpoint: unreadable answer") from fault
        return read_tokens(answer, self._now(), "bearer" if self._proofs is None else "dpop")

    def _once_or_twice(self, call: Call, url: str) -> Claims:
        """A second time where the provider tells what the proof must carry."""
        try:
            return self._once(call, url)
        except OAuthError as fault:
            if self._proofs is None or fault.error != AGAIN:
                raise
        return self._once(call, url)

    def _once(self, call: Call, url: str) -> Claims:
        # No scope here: asking at a refresh for more than was granted would be refused.
        session = self._outgoing.oauth2("")
        headers = {"Accept": "application/json"}
        if self._proofs is not None:
            self._proofs.listen(session)
            headers |= self._proofs.headers("POST", url)
        return call(session, url, {"auth": session.client_auth(self._auth), "headers": headers})


def read_tokens(answer: Claims, now: int, wanted: str = "bearer") -> Tokens | Refused:
    """The token endpoint's answer as a value."""
    access, kind = answer.get("access_token"), answer.get("token_type")
    if not _is_token(access) or not isinstance(kind, str) or kind.lower() != wanted:
        return Refused(Reason.ANSWER_REFUSED, f"token endpoint: no {wanted} token")
    id_token, refresh = answer.get("id_token"), answer.get("refresh_token")
    if not (id_token is None or _is_token(id_token)) or not (refresh is None or _is_token(refresh)):
        return Refused(Reason.ANSWER_REFUSED, "token endpoint: not a token")
    life = answer.get("expires_in", 0)
    if not isinstance(life, int) or isinstance(life, bool) or not 0 <= life <= LONGEST_LIFE:
        return Refused(Reason.ANSWER_REFUSED, "token endpoint: expires_in")
    return Tokens(
        access_token=str(access),
        id_token=id_token,
        refresh_token=refresh,
        expires=now + life,
        launched=read_launched(answer),
    )


def _is_token(value: object) -> bool:
    if not isinstance(value, str) or not value:
        return False
    return value.isascii() and value.isprintable() and " " not in value
