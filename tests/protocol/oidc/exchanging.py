# SPDX-License-Identifier: Apache-2.0
"""A person in an application, which calls a service, which goes on to a store."""

from dataclasses import dataclass
from typing import Any

from tests.protocol.kit import Guest, register, settled
from tests.world import Answer, Browser, World

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
JWT = "urn:ietf:params:oauth:token-type:jwt"
READ, WRITE = "exams.read", "exams.write"


@dataclass
class Scene:
    """A person in an application, which calls a service, which goes on to a store."""

    world: World
    browser: Browser
    front: Guest
    service: Guest
    store: Guest
    shown: str

    def exchange(self, by: Guest | None = None, **changes: str) -> Answer:
        """What the service gets for what it was shown."""
        form = {"grant_type": GRANT, "subject_token": self.shown, "subject_token_type": ACCESS}
        return (by or self.service).post("/oidc/token", form | changes)

    def token(self, **changes: str) -> str:
        """The token, where it is given."""
        answer = self.exchange(**changes)
        assert answer.status == 200, answer
        return str(answer.json["access_token"])

    def lives(self, token: str) -> bool:
        """Whether the store is told of it."""
        return bool(self.store.introspect(token).json["active"])


def serving(world: World, key: str, *further: str, **changes: Any) -> Guest:
    """An application that is shown tokens, and may go on."""
    oidc = {
        "redirect_uris": [],
        "grant_types": [GRANT, "client_credentials"] if further else ["client_credentials"],
        "scopes": [READ, WRITE, "openid"],
        "exchange_audiences": list(further),
    }
    if not further:
        del oidc["exchange_audiences"]
    oidc |= changes.pop("oidc", {})
    return register(world, key=key, oidc=oidc, **changes)


def set_scene(world: World, kind: str = "opaque", **service: Any) -> Scene:
    scopes = ["openid", "profile", READ, WRITE, "other"]
    oidc = {"audiences": ["service"], "scopes": scopes, "access_token_format": kind}
    front = register(world, key="front", oidc=oidc)
    more = {"access_token_format": kind} | service.pop("oidc", {})
    made = serving(world, "service", "store", oidc=more, **service)
    store = serving(world, "store")
    browser = settled(world)
    tokens = front.tokens(browser, scope=f"openid profile {READ} other")
    return Scene(world, browser, front, made, store, tokens["access_token"])


def error(answer: Answer) -> str:
    assert answer.status == 400, answer
    assert set(answer.json) <= {"error", "error_description"}
    return str(answer.json["error"])
