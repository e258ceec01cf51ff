# SPDX-License-Identifier: Apache-2.0
"""A relying party that lets nothing pass: each obligation of each answer, for whatever it asked.

    party = Party(world, client, signs=key, bound=other, reader=third)   # keys as it is registered
    held = party.whole(browser, "code id_token", "form_post.jwt")

What it demands stands at the line that demands it; `test_strict_party` shows that it does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from werkzeug.test import TestResponse

from tests.protocol.kit import Guest, send
from tests.protocol.oidc.encryption import read_as
from tests.protocol.oidc.proofs import TOKEN, USERINFO, code_form, proof, refresh_form
from tests.protocol.oidc.signing import Key, assertion_form
from tests.protocol.oidc.strict import (
    NONCE,
    Verified,
    check_access,
    check_half,
    check_headers,
    check_id_token,
    verify,
)
from tests.protocol.oidc.test_form_post import posted
from tests.protocol.oidc.test_pushed_requests import PAR, address, asked
from tests.protocol.oidc.test_request_objects import signed
from tests.world import Browser, World

STATE = "state-of-this-tab"
INTROSPECT, INTROSPECTED = "/oidc/introspect", "application/token-introspection+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
# What stands in an answer for each word of its type, and in one that says no.
HELD = {
    "code": {"code"},
    "token": {"access_token", "token_type", "expires_in", "scope"},
    "id_token": {"id_token"},
}
ERROR = {"error", "error_description", "state", "iss"}


@dataclass
class Party:
    """An application's side, with the keys that it is registered for."""

    world: World
    client: Guest
    signs: Key | None = None
    bound: Key | None = None
    reader: Key | None = None
    # What it holds of the person: each further answer has to say the same.
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.client.settings

    def whole(self, browser: Browser, kind: str, mode: str, **changes: str | None) -> Verified:
        """Ask, take the answer, redeem, ask for the person, look the token up, renew."""
        fields = self.take(browser, self.ask(browser, kind, mode, **changes), kind, mode)
        held = self.check_answer(fields, kind)
        if "code" not in fields:
            assert held is not None
            return held
        body, found = self.redeem(fields["code"])
        if held is not None:
            self._same(held, found)
        self.person(body["access_token"])
        self.look_up(body["access_token"])
        self._same(found, self.renew(body["refresh_token"]))
        return found

    def ask(self, browser: Browser, kind: str, mode: str, **changes: str | None) -> TestResponse:
        """The request by the way that it is held to: in the address, pushed, or signed too."""
        usual: dict[str, str | None] = {"response_type": kind, "response_mode": mode or None}
        if "code" not in kind.split():
            usual |= {"code_challenge": None, "code_challenge_method": None}
        words = usual | changes
        if not self.settings.get("profile"):
            return browser.request("GET", self.client.authorize_url(**words))
        form = asked(self.client, **words)
        if self.settings["profile"] == "fapi2-signed":
            assert self.signs is not None
            form = {"request": signed(self.client, self.signs, **form)}
        answer = self._post(PAR, form)
        # RFC 9126 §2.2.
        assert answer.status_code == 201, answer.get_data(as_text=True)
        assert answer.headers["Cache-Control"] == "no-store"
        told = answer.get_json()
        assert type(told["expires_in"]) is int
        return browser.request("GET", address(self.client, told["request_uri"]))

    def take(
        self, browser: Browser, response: TestResponse, kind: str, mode: str
    ) -> dict[str, str]:
        """What came, from the one place where it may lie, read as it is asked for."""
        usual = "query" if kind == "code" else "fragment"
        place = mode.removesuffix(".jwt") if mode not in {"", "jwt"} else usual
        assert response.headers["Cache-Control"] == "no-store"
        if place == "form_post":
            assert (response.status_code, response.mimetype) == (200, "text/html")
            fields = posted(browser, self.client.redirect_uri)
        else:
            # RFC 9700 §4.12: never 307.
            assert response.status_code == 303
            parts = urlsplit(response.headers["Location"])
            assert parts._replace(query="", fragment="").geturl() == self.client.redirect_uri
            both = {"query": parts.query, "fragment": parts.fragment}
            assert [name for name, text in both.items() if text] == [place]
            pairs = parse_qsl(both[place], strict_parsing=True)
            fields = dict(pairs)
            # RFC 6749 §3.1: nothing twice.
            assert len(fields) == len(pairs)
        return self._unsealed(fields) if mode.endswith("jwt") else fields

    def _unsealed(self, fields: Mapping[str, str]) -> dict[str, str]:
        """JARM §2.4, in its order."""
        assert set(fields) == {"response"}
        found = self._opened(fields["response"], "authorization", "oauth-authz-resp+jwt")
        claims = found.claims
        assert claims.pop("aud") == self.client.key
        assert 0 < claims.pop("exp") - self.world.clock.now() <= 600
        wanted = self.settings.get("authorization_signed_response_alg") or self._algorithm
        assert found.header["alg"] == wanted
        return claims

    def check_answer(self, fields: Mapping[str, str], kind: str) -> Verified | None:
        """OIDC Core §3.1.2.7, §3.2.2.8, §3.3.2.8; its ID token where one is in it."""
        # RFC 9207 §2.4; RFC 6749 §10.12.
        assert (fields["iss"], fields["state"]) == (self.world.issuer, STATE)
        if "error" in fields:
            assert set(fields) <= ERROR
            return None
        words = kind.split()
        assert set(fields) == {"state", "iss"}.union(*(HELD[one] for one in words))
        if "token" in words:
            # OIDC Core §3.2.2.5.
            assert fields["token_type"] == "Bearer"
            assert 0 < int(fields["expires_in"]) <= 600
        if "id_token" not in words:
            return None
        beside = {"at_hash": fields.get("access_token"), "c_hash": fields.get("code")}
        return self._identity(fields["id_token"], beside)

    def redeem(self, code: str) -> tuple[dict[str, Any], Verified]:
        """OIDC Core §3.1.3.3 to §3.1.3.8."""
        answer = self._post(TOKEN, code_form(self.client, code))
        body = self._granted(answer)
        # Where nothing told otherwise, a refresh token comes with it.
        assert "refresh_token" in body
        return body, self._identity(body["id_token"], {"at_hash": body["access_token"]})

    def renew(self, token: str) -> Verified:
        """OIDC Core §12.2: the same person, and the same login."""
        self.world.clock.pass_by(3)
        body = self._granted(self._post(TOKEN, refresh_form(token)))
        assert ("refresh_token" in body) != bool(self.settings.get("profile"))
        again = {"at_hash": body["access_token"]}
        return self._identity(body["id_token"], again, nonce=None)

    def person(self, token: str) -> dict[str, Any]:
        """OIDC Core §5.3.2, §5.3.4."""
        scheme, headers = "Bearer", {}
        if self.bound is not None:
            scheme = "DPoP"
            headers["DPoP"] = proof(self.world, self.bound, "GET", USERINFO, token=token)
        headers["Authorization"] = f"{scheme} {token}"
        response = send(self.world, "GET", USERINFO, headers=headers)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-store"
        told: dict[str, Any]
        if self._wants("userinfo"):
            assert response.headers["Content-Type"] == "application/jwt"
            found = self._opened(response.get_data(as_text=True), "userinfo", "userinfo+jwt")
            wanted = self.settings.get("userinfo_signed_response_alg") or self._algorithm
            assert found.header["alg"] == wanted
            told = found.claims
            assert (told["iss"], told["aud"]) == (self.world.issuer, self.client.key)
        else:
            assert response.headers["Content-Type"] == "application/json"
            told = response.get_json()
        # The subject before all else: a token of somebody else's would tell of them.
        assert told["sub"] == self.known["sub"]
        return told

    def look_up(self, token: str) -> dict[str, Any]:
        """RFC 7662 §2.2, RFC 9701 §5."""
        response = self._post(INTROSPECT, {"token": token}, Accept=INTROSPECTED)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Content-Type"] == INTROSPECTED
        text = response.get_data(as_text=True)
        found = self._opened(text, "introspection", "token-introspection+jwt")
        # Neither sub nor exp, or it would pass for a token.
        assert set(found.claims) == {"iss", "aud", "iat", "token_introspection"}
        assert (found.claims["iss"], found.claims["aud"]) == (self.world.issuer, self.client.key)
        told: dict[str, Any] = found.claims["token_introspection"]
        assert told["active"] is True
        assert (told["client_id"], told["sub"]) == (self.client.key, self.known["sub"])
        assert told["token_type"] == ("DPoP" if self.bound else "Bearer")
        # RFC 9449 §6.1.
        assert ("cnf" in told) == (self.bound is not None)
        return told

    def hear(self, headers: Mapping[str, str], form: Mapping[str, list[str]]) -> dict[str, Any]:
        """Back-Channel Logout 1.0 §2.5, §2.6."""
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert set(form) == {"logout_token"}
        (token,) = form["logout_token"]
        found = verify(self.world, token, "logout+jwt")
        claims, now = found.claims, self.world.clock.now()
        assert found.header["alg"] == self._algorithm
        assert (claims["iss"], claims["aud"]) == (self.world.issuer, self.client.key)
        assert claims["iat"] <= now < claims["exp"] <= now + 120
        assert len(claims["jti"]) >= 16
        assert claims["events"] == {EVENT: {}}
        assert "nonce" not in claims
        assert (claims["sub"], claims["sid"]) == (self.known["sub"], self.known["sid"])
        return claims

    @property
    def _algorithm(self) -> str:
        return str(self.settings.get("id_token_signed_response_alg", "ES256"))

    def _wants(self, place: str) -> bool:
        names = (f"{place}_signed_response_alg", f"{place}_encrypted_response_alg")
        return any(name in self.settings for name in names)

    def _opened(self, token: str, place: str, typ: str) -> Verified:
        """Encrypted exactly where it is asked for, and signed within."""
        algorithm = self.settings.get(f"{place}_encrypted_response_alg")
        if algorithm:
            assert self.reader is not None
            token = read_as(self.reader, token, algorithm)
        return verify(self.world, token, typ)

    def _granted(self, response: TestResponse) -> dict[str, Any]:
        """RFC 6749 §5.1."""
        assert response.status_code == 200, response.get_data(as_text=True)
        check_headers(response.headers)
        body: dict[str, Any] = response.get_json()
        assert body["token_type"] == ("DPoP" if self.bound else "Bearer")
        assert type(body["expires_in"]) is int
        assert 0 < body["expires_in"] <= 600
        assert "openid" in body["scope"].split()
        access = check_access(self.world, self.client, body)
        if access is not None:
            # RFC 9068 §2.2.1, RFC 9449 §6.
            assert access.claims["sub"] == self.known.get("sub", access.claims["sub"])
            assert ("cnf" in access.claims) == (self.bound is not None)
        return body

    def _identity(
        self, token: str, beside: Mapping[str, str | None], nonce: str | None = NONCE
    ) -> Verified:
        """OIDC Core §3.1.3.7, §3.2.2.11, §3.3.2.12; tied to what came beside it, and no more."""
        found = self._opened(token, "id_token", "JWT")
        assert found.header["alg"] == self._algorithm
        there = {name for name, value in beside.items() if value}
        assert {"at_hash", "c_hash"} & set(found.claims) == there
        for name in there:
            check_half(found, name, str(beside[name]))
        if "s_hash" in found.claims:
            check_half(found, "s_hash", STATE)
        # An answer without an access token has none to tie.
        claims = {"at_hash": "", **found.claims}
        check_id_token(
            self.world,
            self.client,
            Verified(found.header, claims),
            nonce=nonce,
            level=1,
            auth_time=self.known.get("auth_time"),
        )
        for name in ("sub", "sid", "auth_time"):
            assert self.known.setdefault(name, found.claims[name]) == found.claims[name]
        return found

    def _same(self, one: Verified, other: Verified) -> None:
        """OIDC Core §3.3.3.6, §12.2."""
        for name in ("iss", "sub", "aud", "azp", "auth_time", "acr", "amr", "sid"):
            assert one.claims[name] == other.claims[name], name

    def _post(self, path: str, form: Mapping[str, str], **headers: str) -> TestResponse:
        """An endpoint, by the way in which this application proves itself."""
        if self.signs is not None:
            issuer = self.world.issuer
            form = {**form, **assertion_form(self.world, self.client.key, self.signs, aud=issuer)}
        else:
            headers |= self.client.basic()
        if self.bound is not None and path == TOKEN:
            headers["DPoP"] = proof(self.world, self.bound)
        return send(self.world, "POST", path, form=form, headers=headers)
