# SPDX-License-Identifier: Apache-2.0
"""One provider as we use it: where people are sent, what their code is worth, who they are."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, TypeGuard
from urllib.parse import quote_plus, urlencode

from connectors.openid import logout_token
from connectors.openid.description import Description, load_description
from connectors.openid.fetching import FORM, JSON, OK, fetch_object, get_object
from connectors.openid.id_token import Expected, fault_in
from connectors.openid.keys import Keys
from connectors.openid.remembered import Remembered
from connectors.openid.signed import same, verified
from connectors.openid.upstream import Claims, Failed, Fault, Upstream
from connectors.ports import Http
from connectors.strict_json import to_text

LONGEST_TOKEN: Final = 16 * 1024
# It travels in an address, and servers take no endless ones.
LONGEST_HINT: Final = 6 * 1024


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a code was worth."""

    access: str = field(repr=False)
    id: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """What the provider says of somebody: signed, and asked of it directly."""

    signed: Claims = field(repr=False)
    told: Claims = field(repr=False)

    @property
    def authenticated_at(self) -> int:
        """When they proved themselves there; 0 where it does not say."""
        return int(self.signed.get("auth_time") or 0)


@dataclass(frozen=True, slots=True)
class Ended:
    """What a logout token says: a session of theirs, or all of somebody's, is over."""

    # Either may be empty.
    subject: str
    session: str
    # It counts once; from then on it passes no check.
    once: str
    worthless_at: int
    # By their clock.
    at: int


class Provider:
    """The verbs. Each answers a value, whatever the other side does."""

    def __init__(
        self,
        upstream: Upstream,
        http: Http,
        now: Callable[[], int],
        monotonic: Callable[[], float],
    ) -> None:
        self.upstream = upstream
        self._http = http
        self._now = now
        self._description = Remembered(lambda: load_description(http, upstream), monotonic)
        self._keys = Keys(self._fetch_keys, upstream.algorithm, monotonic)

    def description(self) -> Description | Failed:
        """What they say of themselves, as far as it is believed."""
        return self._description.get()

    def way(
        self, state: str, nonce: str, verifier: str, max_age: int | None = None
    ) -> str | Failed:
        """Where the browser is sent to; by a session there only where it is not older than this."""
        described = self._description.get()
        if isinstance(described, Failed):
            return described
        upstream = self.upstream
        asked = {
            "response_type": "code",
            "client_id": upstream.client_id,
            "redirect_uri": upstream.back,
            "scope": " ".join(upstream.scope),
            "state": state,
            "nonce": nonce,
            # BR-009: a code that leaked is worth nothing without what only we know.
            "code_challenge": to_text(sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        if upstream.level_words:
            asked["acr_values"] = upstream.level_words
        if max_age is not None:
            # OIDC Core §3.1.2.1.
            asked["max_age"] = str(max_age)
        if max_age == 0:
            asked["prompt"] = "login"
        mark = "&" if "?" in described.authorization else "?"
        return described.authorization + mark + urlencode(asked)

    def unlike(self, issuer: str | None) -> Failed | None:
        """RFC 9207 §2.4, BR-004: why an answer is not theirs, as far as it must say whose it is."""
        if issuer is not None:
            ours = same(issuer, self.upstream.issuer)
            return None if ours else Failed(Fault.REFUSED, "answer: iss")
        described = self._description.get()
        if isinstance(described, Failed):
            return described
        return Failed(Fault.REFUSED, "answer: iss") if described.names_itself else None

    def redeem(self, code: str, verifier: str) -> Tokens | Failed:
        """The tokens of a code."""
        return self.grant(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.upstream.back,
                "code_verifier": verifier,
            }
        )

    def grant(self, asked: Mapping[str, str]) -> Tokens | Failed:
        """What the token endpoint gives for this."""
        described = self._description.get()
        if isinstance(described, Failed):
            return described
        found = self.post(described.token, asked)
        if isinstance(found, Failed):
            return found
        status, answer = found
        if status != OK:
            word = _word(answer.get("error"))
            # Of a code it is the visitor's doing; anything else is between them and us.
            fault = Fault.REFUSED if word == "invalid_grant" else Fault.NOT_BELIEVED
            return Failed(fault, word)
        access, signed, kind = (
            answer.get("access_token"),
            answer.get("id_token"),
            answer.get("token_type"),
        )
        if not _is_token(access) or not isinstance(signed, str) or not _is_bearer(kind):
            return Failed(Fault.NOT_BELIEVED, "tokens: not what was asked for")
        return Tokens(access, signed)

    def post(self, url: str, asked: Mapping[str, str]) -> tuple[int, dict[str, object]] | Failed:
        """Ask as ourselves."""
        upstream = self.upstream
        headers = dict(FORM)
        fields = dict(asked)
        if upstream.secret:
            # RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
            joined = f"{quote_plus(upstream.client_id)}:{quote_plus(upstream.secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(joined.encode()).decode()
        else:
            fields["client_id"] = upstream.client_id
        return fetch_object(self._http, "POST", url, headers, urlencode(fields).encode())

    def who(self, tokens: Tokens, nonce: str, since: int = 0) -> Told | Failed:
        """Whom the tokens speak of, after every check."""
        upstream = self.upstream
        signed = verified(tokens.id, self._keys, upstream.algorithm)
        if isinstance(signed, Failed):
            return signed
        expected = Expected(
            upstream=upstream,
            access_token=tokens.access,
            nonce=nonce,
            now=self._now(),
            since=since,
        )
        if fault := fault_in(signed, expected):
            return Failed(Fault.NOT_BELIEVED, f"token: {fault}")
        described = self._description.get()
        if isinstance(described, Failed):
            return described
        headers = JSON | {"Authorization": f"Bearer {tokens.access}"}
        told = fetch_object(self._http, "GET", described.userinfo, headers)
        if isinstance(told, Failed):
            return told
        status, claims = told
        if status != OK:
            return Failed(Fault.NOT_BELIEVED, f"userinfo: HTTP {status}")
        # OIDC Core §5.3.2, BR-008: of somebody else, and it must not be used.
        if not same(claims.get("sub"), str(signed["sub"])):
            return Failed(Fault.NOT_BELIEVED, "userinfo: of somebody else")
        return Told(signed, claims)

    def way_out(self, token: str, back: str, state: str) -> str | Failed:
        """Where the browser is sent to end their session (RP-Initiated Logout 1.0 §2).

        Asked of them anew: nobody is sent to those who do not answer.
        """
        described = load_description(self._http, self.upstream)
        if isinstance(described, Failed):
            return described
        if not described.end_session:
            return Failed(Fault.NOT_BELIEVED, "description: end_session_endpoint")
        asked = {"post_logout_redirect_uri": back, "state": state}
        # One that fits no address goes without: they ask the person, then.
        short = token and len(token) <= LONGEST_HINT
        asked |= {"id_token_hint": token} if short else {"client_id": self.upstream.client_id}
        mark = "&" if "?" in described.end_session else "?"
        return described.end_session + mark + urlencode(asked)

    def ended(self, token: str) -> Ended | Failed:
        """Whose session of theirs has ended, by a logout token of theirs."""
        upstream = self.upstream
        claims = verified(token, self._keys, upstream.algorithm, logout_token.is_kind)
        if isinstance(claims, Failed):
            return claims
        if fault := logout_token.fault_in(claims, upstream, self._now()):
            return Failed(Fault.NOT_BELIEVED, f"token: {fault}")
        until = logout_token.worthless_at(claims, upstream)
        said_at = int(claims["iat"])
        return Ended(claims.get("sub", ""), claims.get("sid", ""), claims["jti"], until, said_at)

    def _fetch_keys(self) -> dict[str, object] | Failed:
        described = self._description.get()
        return (
            described if isinstance(described, Failed) else get_object(self._http, described.keys)
        )


def _word(error: object) -> str:
    """An error code of theirs (RFC 6749 §5.2), where it is one."""
    plain = isinstance(error, str) and len(error) <= 64 and error.isascii() and error.isprintable()
    return str(error) if plain else "an error without a name"


def _is_token(value: object) -> TypeGuard[str]:
    # It goes into a header: nothing there but what a token may hold (RFC 6750 §2.1).
    plain = isinstance(value, str) and value.isascii() and value.isprintable()
    return plain and 0 < len(str(value)) <= LONGEST_TOKEN


def _is_bearer(kind: object) -> bool:
    return isinstance(kind, str) and kind.lower() == "bearer"
