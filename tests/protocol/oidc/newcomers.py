# SPDX-License-Identifier: Apache-2.0
"""Applications that register themselves, in tests: their invitations, their words, the answers."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from werkzeug.test import TestResponse

from idp.applications.invitations import Invitations
from idp.applications.terms import Terms
from idp.outgoing import Fetched, Unreachable
from tests.protocol.kit import bearer, send
from tests.world import RelyingParty, World, open_world

REGISTER = "/oidc/register"
SITE = "https://newcomer.example"
BACK = f"{SITE}/cb"
WORDS = {"redirect_uris": [BACK], "client_name": "Nouvelle"}


@contextmanager
def world_with(url: str, registration: str = "token", **changes: str) -> Iterator[World]:
    """A provider where applications may register themselves."""
    opened = open_world(url, OIDC_REGISTRATION=registration, **changes)
    try:
        yield opened
    finally:
        opened.close()


def invitations_of(world: World) -> Invitations:
    return Invitations(world.core.clock, world.core.entropy, world.core.lookup)


def invite(world: World, places: int = 1, life: int = 3600, **terms: Any) -> str:
    """An invitation, as it is shown."""
    granted = Terms(**{"approved": False, "scopes": ("openid", "profile")} | terms)
    until = world.clock.now() + life
    with world.core.database.write() as tx:
        return invitations_of(world).make(tx, "test", granted, places, until, "test")[1]


def post(world: World, words: Mapping[str, Any] | bytes, token: str = "") -> TestResponse:
    body = words if isinstance(words, bytes) else json.dumps(words)
    headers = bearer(token) if token else {}
    return send(
        world, "POST", REGISTER, body=body, content_type="application/json", headers=headers
    )


def join(world: World, token: str = "", **words: Any) -> dict[str, Any]:
    """What one that comes is told."""
    response = post(world, WORDS | words, token or invite(world))
    assert response.status_code == 201, response.get_data(as_text=True)
    assert response.headers["Cache-Control"] == "no-store"
    told: dict[str, Any] = response.get_json()
    return told


def own(
    world: World,
    told: Mapping[str, Any],
    method: str = "GET",
    words: Mapping[str, Any] | None = None,
    token: str | None = None,
) -> TestResponse:
    """At its own address, by its own token or another."""
    path = told["registration_client_uri"].removeprefix(world.issuer)
    shown = told["registration_access_token"] if token is None else token
    headers = bearer(shown) if shown else {}
    if words is None:
        return send(world, method, path, headers=headers)
    return send(
        world,
        method,
        path,
        body=json.dumps(words),
        content_type="application/json",
        headers=headers,
    )


def again(told: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """What it was told, as an update says it."""
    added = ("registration_access_token", "registration_client_uri", "client_secret_expires_at")
    return {name: value for name, value in told.items() if name not in added} | changes


def refused(response: TestResponse, code: str, status: int = 400) -> None:
    """RFC 7591 §3.2.2."""
    document = response.get_json(silent=True) or {}
    assert (response.status_code, document.get("error")) == (status, code), document
    assert set(document) <= {"error", "error_description"}
    assert response.headers["Cache-Control"] == "no-store"


class Shelf:
    """What lies at addresses, and which were asked."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.asked: list[str] = []

    def fetch(self, method: str, url: str, **_more: Any) -> Fetched | Unreachable:
        assert method == "GET"
        self.asked.append(url)
        body = self.held.get(url)
        return Unreachable("nothing lies there") if body is None else Fetched(200, {}, body)


class Newcomer(RelyingParty):
    """One that registered itself, as its own server sees the provider."""

    @property
    def settings(self) -> dict[str, Any]:
        return {"token_endpoint_auth_method": "client_secret_basic", "redirect_uris": [BACK]}
