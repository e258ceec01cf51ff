# SPDX-License-Identifier: Apache-2.0
"""An application as the OpenID Foundation's conformance suite registers one: its words, its keys.

Its clients sign by RSA keys that are named for RS256, and are mostly without a name of their own.
"""

from typing import Any

from idp.oidc.response_types import TYPES
from tests.protocol.oidc.newcomers import Newcomer, invite, join
from tests.protocol.oidc.signing import (
    Key,
    b64,
    claims_for,
    new_key,
    presenting,
    public,
    sign,
)
from tests.world import Answer, Browser, World

SITE = "https://www.certification.openid.net/test/a/sceau"
CALLBACK = f"{SITE}/callback"
BY_KEY = "private_key_jwt"
# What an invitation for the suite grants: docs/conformance.md.
TERMS: dict[str, Any] = {
    "scopes": ("openid", "profile", "email", "phone"),
    "grants": ("authorization_code", "refresh_token", "implicit"),
    "answers": TYPES,
    "methods": (BY_KEY, "client_secret_basic", "client_secret_post"),
    "excused": True,
    "old_signatures": True,
    "policy": {"means": ["password"], "level": 1, "consent": False},
}


def old_key(kid: str | None = None) -> Key:
    """As the suite makes it."""
    return new_key("PS256", kid, alg="RS256", use="sig")


def signed(key: Key, claims: dict[str, Any]) -> str:
    """By RS256, whatever we would like better."""
    named = {"kid": key.kid} if key.kid else {}
    return sign(key, {"alg": "RS256"} | named, claims)


class OfTheSuite(Newcomer):
    """One that the suite registered."""

    key_of_its_own: Key
    told: dict[str, Any]

    @property
    def settings(self) -> dict[str, Any]:
        return {"redirect_uris": [CALLBACK], "token_endpoint_auth_method": BY_KEY}

    def ask_as_the_suite(self, browser: Browser, **changes: str | None) -> Any:
        """Its plainest request: no proof by PKCE."""
        plain = {"scope": "openid", "code_challenge": None, "code_challenge_method": None}
        return self.ask(browser, **(plain | changes))

    def proved(self, form: dict[str, str], **claims: Any) -> Answer:
        """At the token endpoint, which its assertions name."""
        meant = {"aud": f"{self.world.issuer}/oidc/token"} | claims
        made = signed(self.key_of_its_own, claims_for(self.world, self.key, **meant))
        return self.post("/oidc/token", form | presenting(made))

    def code(self, browser: Browser, **changes: str | None) -> str:
        response = self.ask_as_the_suite(browser, **changes)
        if response.status_code == 200:
            response = browser.submit("/consent", answer="accept")
        return self.answered(response)["code"]

    def got(self, browser: Browser, **changes: str | None) -> Answer:
        """The whole of its code flow."""
        form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
        return self.proved(form | {"code": self.code(browser, **changes)})

    def request(self, **more: Any) -> dict[str, Any]:
        """What it puts into a request object."""
        return {
            "client_id": self.key,
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "state": "state-within",
            "nonce": "nonce-within",
            "response_type": "code",
        } | more


def unsigned(claims: dict[str, Any]) -> str:
    return f"{b64({'alg': 'none'})}.{b64(claims)}."


def words(key: Key, **more: Any) -> dict[str, Any]:
    """What it says when it registers; a member that is None is left out."""
    said = {
        "client_name": "Suite abcdefghijklmno",
        "grant_types": ["authorization_code"],
        "jwks": {"keys": [public(key)]},
        "token_endpoint_auth_method": BY_KEY,
        "response_types": ["code"],
        "redirect_uris": [CALLBACK],
        "contacts": ["certification@oidf.org"],
    } | more
    return {name: value for name, value in said.items() if value is not None}


def come(world: World, key: Key | None = None, **more: Any) -> OfTheSuite:
    """One that registers itself on the suite's terms."""
    key = key or old_key()
    said = {"client_name": None} | words(key, **more)
    told = join(world, invite(world, **TERMS), **said)
    client = OfTheSuite(world, told["client_id"])
    client.key_of_its_own, client.told = key, told
    return client
