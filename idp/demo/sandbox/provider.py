# SPDX-License-Identifier: Apache-2.0
"""The provider: every endpoint as a function of what was asked, over one memory."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from urllib.parse import unquote_plus, urlencode

from idp.demo.sandbox.logins import Logins, Tell, tell_by_http
from idp.demo.sandbox.memory import (
    ASKED_LIFE,
    INTERVAL,
    NUMBERS,
    Asked,
    Code,
    Decision,
    Memory,
    Wish,
)
from idp.demo.sandbox.people import Professional
from idp.demo.sandbox.tokens import (
    ACCESS_LIFE,
    ALGORITHM,
    ANOTHER,
    MakeKey,
    Signer,
    id_token,
    new_key,
    spoiled,
)
from idp.demo.sandbox.trouble import Trouble

# What Sceau is called here.
PSC_NAME: Final = "sceau-demo"
REALM: Final = "/auth/realms/esante-wallet"
PROTOCOL: Final = f"{REALM}/protocol/openid-connect"
DESCRIPTION: Final = f"{REALM}/.well-known/wallet-openid-configuration"
CIBA: Final = "urn:openid:params:grant-type:ciba"
SCOPE: Final = "openid scope_all"
REFRESH_LIFE: Final = 1800
Answer = tuple[int, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Client:
    """A service that it knows."""

    id: str
    name: str
    secret: str = field(repr=False)
    backs: tuple[str, ...]

    @property
    def left(self) -> str:
        """Where people come back to who have logged out here on its wish."""
        return f"{self.backs[0]}/left"

    @property
    def notices(self) -> str:
        """Where it hears that somebody has logged out here."""
        return f"{self.backs[0]}/logout"


class Provider:
    """Over one address."""

    def __init__(
        self,
        address: str,
        clients: tuple[Client, ...],
        people: tuple[Professional, ...],
        memory: Memory,
        tell: Tell = tell_by_http,
        make_key: MakeKey = new_key,
    ) -> None:
        self.address = address
        self.issuer = address + REALM
        self.memory = memory
        self.people = {one.national_id: one for one in people}
        self._clients = {one.id: one for one in clients}
        self._signer = Signer(make_key)
        self.logins = Logins(self.issuer, self._signer, memory.now, tell)

    def choose(self, trouble: Trouble) -> None:
        """From now on it is in this trouble."""
        with self.memory.lock:
            self.memory.trouble = trouble
            if trouble is Trouble.RENEWED_KEYS:
                self._signer.renew()

    def description(self) -> Mapping[str, Any]:
        """Discovery, with the quirks of the agency's (facts §1.2)."""
        base = self.address + PROTOCOL
        trouble = self.memory.trouble
        elsewhere = ANOTHER if trouble is Trouble.ENDPOINTS_ELSEWHERE else base
        return {
            "issuer": ANOTHER if trouble is Trouble.OTHER_DESCRIPTION else self.issuer,
            "authorization_endpoint": f"{self.address}/auth",
            "token_endpoint": f"{elsewhere}/token",
            "introspection_endpoint": f"{base}/token/introspect",
            "userinfo_endpoint": f"{base}/userinfo",
            "end_session_endpoint": f"{elsewhere}/logout",
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
            "jwks_uri": f"{base}/certs",
            "backchannel_authentication_endpoint": f"{base}/ext/ciba/auth",
            "backchannel_token_delivery_modes_supported": ["poll", "ping"],
            "grant_types_supported": ["authorization_code", "refresh_token", CIBA],
            "acr_values_supported": ["0", "0"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public", "pairwise"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "scopes_supported": ["openid", "scope_all"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "authorization_response_iss_parameter_supported": True,
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "tls_client_auth"],
        }

    def keys(self) -> Mapping[str, Any]:
        """What it signs by."""
        return self._signer.published

    def client(self, name: str) -> Client | None:
        """The service of this name."""
        return self._clients.get(name)

    def wish(self, asked: Mapping[str, str]) -> Wish | str:
        """A login that somebody is sent for; or what is wrong with it."""
        client = self._clients.get(asked.get("client_id", ""))
        if client is None:
            return "client_id"
        if asked.get("redirect_uri") not in client.backs:
            return "redirect_uri"
        for name, wanted in (("response_type", "code"), ("code_challenge_method", "S256")):
            if asked.get(name) != wanted:
                return name
        if "openid" not in asked.get("scope", "").split():
            return "scope"
        return self.memory.begin(
            Wish(
                client.id,
                asked["redirect_uri"],
                asked.get("state", ""),
                asked.get("nonce", ""),
                asked.get("code_challenge", ""),
            )
        )

    def back(self, wish: Wish, answer: Mapping[str, str]) -> str:
        """Where the browser goes with an answer."""
        trouble = self.memory.trouble
        told = dict(answer) | {"state": wish.state, "iss": self.issuer, "session_state": "s"}
        if trouble is Trouble.WRONG_STATE:
            told["state"] = wish.state[:-1] + ("A" if wish.state[-1:] != "A" else "B")
        if trouble is Trouble.OTHER_ANSWERER:
            told["iss"] = ANOTHER
        if trouble is Trouble.NAMELESS_ANSWER:
            del told["iss"]
        return f"{wish.back}?{urlencode(told)}"

    def number(self) -> str:
        """Two digits to compare on the phone."""
        return f"{secrets.randbelow(NUMBERS):02d}"

    def logged_in(self, wish: Wish, person: Professional, way: str) -> str:
        """Where the browser goes with somebody's code."""
        return self.back(wish, {"code": self.memory.finish(wish, person, way)})

    def leave(self, asked: Mapping[str, str]) -> str:
        """The end of a login, asked for by its service: where the browser goes; nothing if not."""
        login = self.logins.named_in(asked.get("id_token_hint", ""))
        client = self._clients.get(login.client) if login else None
        back = asked.get("post_logout_redirect_uri", "")
        if login is None or client is None or back != client.left:
            return ""
        self.logins.end(login.id, self.memory.trouble)
        return f"{back}?{urlencode({'state': asked.get('state', '')})}"

    def token(self, authorization: str, asked: Mapping[str, str]) -> Answer:
        """The token endpoint."""
        client = self._proved(authorization)
        if client is None:
            return 401, {"error": "invalid_client"}
        if asked.get("grant_type") == "authorization_code":
            return self._redeemed(client, asked)
        if asked.get("grant_type") == CIBA:
            return self._polled(client, asked.get("auth_req_id", ""))
        return 400, {"error": "unsupported_grant_type"}

    def ask(self, authorization: str, asked: Mapping[str, str]) -> Answer:
        """CIBA: put a request on somebody's phone (facts §2)."""
        client = self._proved(authorization)
        if client is None:
            return 401, {"error": "invalid_client"}
        for name in ("scope", "login_hint"):
            if not asked.get(name):
                told = f"missing parameter : {name}"
                return 400, {"error": "invalid_request", "error_description": told}
        number = asked.get("binding_message", "")
        if not (len(number) == 2 and number.isascii() and number.isdigit()):
            return 400, {"error": "invalid_binding_message"}
        person = self.people.get(asked["login_hint"])
        if person is None or not self.memory.has_phone(person):
            return 400, {"error": "unknown_user_id"}
        request = self.memory.ask(client.id, person, number)
        found = {"auth_req_id": request.id, "expires_in": ASKED_LIFE, "interval": INTERVAL}
        return 200, found

    def userinfo(self, authorization: str) -> tuple[int, Mapping[str, Any] | str]:
        """Who they are; a text is what is no JSON."""
        kind, _, token = authorization.partition(" ")
        found = self.memory.granted(token, ACCESS_LIFE) if kind == "Bearer" else None
        if found is None:
            return 401, {"error": "invalid_token"}
        told = found.person.told(found.way)
        trouble = self.memory.trouble
        if trouble is Trouble.OTHER_PERSON:
            told["sub"] = "f:another:899700000021"
        if trouble is Trouble.NO_IDENTIFIER:
            told |= {"SubjectNameID": "", "preferred_username": ""}
        if trouble is Trouble.ODD_IDENTIFIER:
            told |= {"SubjectNameID": "899700000013' OR '1'='1", "preferred_username": "x"}
        if trouble is Trouble.LITTLE_WORTH:
            told["authMode"] = ""
        if trouble is Trouble.HUGE:
            told["more"] = "x" * 8_000_000
        if trouble is Trouble.USERINFO_UNSIGNED:
            return 200, self._signer.sign(told, Trouble.UNSIGNED)
        return 200, told

    def _redeemed(self, client: Client, asked: Mapping[str, str]) -> Answer:
        code = self.memory.take(asked.get("code", ""))
        if code is None or not _fits(code, client, asked):
            return 400, {"error": "invalid_grant", "error_description": "Code not valid"}
        return 200, self._tokens(client, code.person, code.way, code.wish.nonce, code.at)

    def _polled(self, client: Client, name: str) -> Answer:
        with self.memory.lock:
            asked = self.memory.asked(name)
            if asked is None or asked.client != client.id or asked.redeemed:
                return 400, {"error": "invalid_grant"}
            if self.memory.is_over(asked):
                return 400, {"error": "expired_token"}
            return self._decided(client, asked)

    def _decided(self, client: Client, asked: Asked) -> Answer:
        now = self.memory.now()
        early = now - asked.polled_at < asked.interval
        asked.polled_at = now
        if early:
            # CIBA Core §11: at least five seconds more, from now on.
            asked.interval += INTERVAL
            return 400, {"error": "slow_down"}
        if asked.decision is Decision.WAITING:
            return 400, {"error": "authorization_pending"}
        if asked.decision is Decision.REFUSED:
            return 400, {"error": "access_denied"}
        asked.redeemed = True
        return 200, self._tokens(client, asked.person, "MOBILE", "", now)

    def _tokens(
        self, client: Client, person: Professional, way: str, nonce: str, at: int
    ) -> Mapping[str, Any]:
        access, now = self.memory.grant(person, way), self.memory.now()
        login = self.logins.begin(person, client.id, client.notices)
        claims = id_token(self.issuer, client.id, person.subject, nonce, access, at, now)
        claims |= {"sid": login.id, "session_state": login.id}
        trouble = self.memory.trouble
        return {
            "access_token": access,
            "expires_in": ACCESS_LIFE,
            "refresh_token": secrets.token_urlsafe(32),
            "refresh_expires_in": REFRESH_LIFE,
            "id_token": self._signer.sign(spoiled(claims, trouble), trouble),
            "token_type": "Bearer",
            "scope": SCOPE,
        }

    def _proved(self, authorization: str) -> Client | None:
        kind, _, value = authorization.partition(" ")
        try:
            name, _, secret = base64.b64decode(value).decode().partition(":")
        except ValueError:
            return None
        client = self._clients.get(unquote_plus(name))
        right = client is not None and secrets.compare_digest(
            client.secret.encode(), unquote_plus(secret).encode()
        )
        return client if right and kind == "Basic" else None


def _fits(code: Code, client: Client, asked: Mapping[str, str]) -> bool:
    digest = sha256(asked.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return (
        code.wish.client == client.id
        and code.wish.back == asked.get("redirect_uri")
        and code.wish.challenge == challenge
    )
