# SPDX-License-Identifier: Apache-2.0
"""An application that asks for somebody who is elsewhere (CIBA), and that person's browser."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.oidc.absent import CIBA
from tests.answers import Answer
from tests.cast import PEOPLE
from tests.protocol.kit import Guest, register, settled
from tests.protocol.oidc.signing import (
    DROP,
    Key,
    algorithm_of,
    assertion_form,
    new_key,
    public,
    sign,
)
from tests.world import Browser, World

ASK = "/oidc/bc-authorize"
PAGE = "/account/requests"
GRANTS = [CIBA, "refresh_token"]


@dataclass
class Caller:
    """The application's own server."""

    world: World
    client: Guest
    key: Key | None = None
    bound: Key | None = field(default=None, repr=False)

    def proof(self, **changes: Any) -> dict[str, str]:
        """By what it proves itself in the form, where it does."""
        if self.client.settings.get("token_endpoint_auth_method") != "private_key_jwt":
            return {}
        assert self.key is not None
        return assertion_form(self.world, self.client.key, self.key, **changes)

    def wish(self, **changes: str | None) -> dict[str, str]:
        """The parameters of a request, with changes; None leaves one out."""
        wished: dict[str, str | None] = {
            "scope": "openid profile",
            "login_hint": PEOPLE["medecin"].identifier,
            "binding_message": "K-42",
        }
        return {name: one for name, one in (wished | changes).items() if one is not None}

    def ask(self, **changes: str | None) -> Answer:
        """What the endpoint answers."""
        return self.send(self.wish(**changes))

    def send(self, form: Mapping[str, str], **headers: str) -> Answer:
        """This very form."""
        return self.client.post(ASK, dict(form) | self.proof(), **headers)

    def asked(self, **changes: str | None) -> str:
        """What it comes back with."""
        answer = self.ask(**changes)
        assert answer.status == 200, answer
        assert answer.headers["Cache-Control"] == "no-store"
        return str(answer.json["auth_req_id"])

    def sign(self, key: Key | None = None, header: Mapping[str, Any] | None = None, **more: Any):
        """A signed request, with changes; DROP leaves a claim out."""
        used = key or self.key
        assert used is not None
        now = self.world.clock.now()
        claims: dict[str, Any] = {
            **self.wish(),
            "iss": self.client.key,
            "aud": self.world.issuer,
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "jti": secrets.token_urlsafe(16),
        } | more
        named = {"alg": algorithm_of(used), "kid": used.kid} | (header or {})
        return sign(used, named, {name: one for name, one in claims.items() if one is not DROP})

    def ask_signed(self, **changes: Any) -> Answer:
        """What the endpoint answers to a signed request."""
        return self.send({"request": self.sign(**changes)})

    def come(self, handle: str, **more: str) -> Answer:
        """The token endpoint."""
        form = {"grant_type": CIBA, "auth_req_id": handle} | more
        return self.client.post("/oidc/token", form | self.proof())

    def told(self, handle: str) -> str:
        """How it stands, in the word of the token endpoint."""
        answer = self.come(handle)
        assert answer.headers["Cache-Control"] == "no-store"
        return str(answer.json.get("error", answer.status))


def caller(world: World, key: str = "", **oidc: Any) -> Caller:
    """An application registered for this grant alone."""
    policy = oidc.pop("policy", {})
    settings = {"redirect_uris": [], "grant_types": GRANTS, "scopes": ["openid", "profile"]} | oidc
    return Caller(world, register(world, key, policy=policy, oidc=settings))


def signer(world: World, algorithm: str = "ES256", **oidc: Any) -> Caller:
    """One that signs what it asks, and proves itself by the same key."""
    key = new_key(algorithm)
    settings = {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [public(key)]},
        "backchannel_authentication_request_signing_alg": algorithm_of(key),
    }
    made = caller(world, **(settings | oidc))
    made.key = key
    return made


def links(browser: Browser) -> list[str]:
    """The pages of what waits for somebody, as their list shows them."""
    browser.get(PAGE)
    shown = browser.page.select(f"#requests a[href^='{PAGE}/']")
    return [str(one["href"]) for one in shown]


def decide(browser: Browser, answer: str = "agree", url: str = "") -> str:
    """Open one, the newest, press a button; what the page says was done."""
    browser.get(url or links(browser)[0])
    browser.submit(f"/{answer}")
    return done(browser)


def done(browser: Browser) -> str:
    """What the address says was just done."""
    return str(browser.last.request.args.get("done", ""))


def agreed(one: Caller, handle: str = "", who: str = "medecin") -> str:
    """Asked, and agreed to by somebody who has just logged in; the handle."""
    handle = handle or one.asked(login_hint=PEOPLE[who].identifier)
    assert decide(settled(one.world, who)) == "agreed"
    return handle
