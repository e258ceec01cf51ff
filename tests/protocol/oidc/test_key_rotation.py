# SPDX-License-Identifier: Apache-2.0
"""Keys that change: those that an application publishes, and ours."""

import json
import threading
from typing import Any

import pytest

from idp.chores import Chores
from idp.oidc.client_signed import FETCH_EVERY, KEPT, ClientSigned
from idp.outgoing import Fetched
from tests.protocol.kit import at_once, register, settled
from tests.protocol.oidc.encryption import reading_key
from tests.protocol.oidc.newcomers import SITE, Newcomer, Shelf, invite, join
from tests.protocol.oidc.signing import Key, assertion, assertion_form, new_key, public
from tests.protocol.oidc.strict import jwks, segment, verify
from tests.protocol.oidc.test_request_uris import Door
from tests.world import World

URI = f"{SITE}/keys"
LEAD = 2 * 86_400


class Signing(Newcomer):
    """One that proves itself by keys that it publishes."""

    @property
    def settings(self) -> dict[str, Any]:
        return super().settings | {"token_endpoint_auth_method": "private_key_jwt"}

    def proved(self, key: Key, **form: str) -> Any:
        return self.post("/oidc/token", form | assertion_form(self.world, self.key, key))


def published(shelf: Shelf, *keys: Key) -> None:
    shelf.held[URI] = json.dumps({"keys": [public(one) for one in keys]}).encode()


def newcomer(world: World) -> Signing:
    words = {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": URI,
        "grant_types": ["authorization_code", "refresh_token"],
    }
    told = join(
        world, invite(world, policy={"means": ["password"], "level": 1, "consent": False}), **words
    )
    assert told["jwks_uri"] == URI
    return Signing(world, told["client_id"])


def redeemed(client: Signing, key: Key) -> Any:
    code = client.code_for(settled(client.world), scope="openid")
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": client.verifier,
    }
    return client.proved(key, **form)


def test_keys_that_lie_at_an_address(inviting: World, shelf: Shelf) -> None:
    key = new_key("ES256", "one")
    published(shelf, key)
    client = newcomer(inviting)
    # Not asked for before they are needed.
    assert shelf.asked == []
    assert redeemed(client, key).status == 200
    assert shelf.asked == [URI]
    assert redeemed(client, new_key("ES256", "one")).status == 401


def test_a_client_changes_its_keys_and_refreshes(inviting: World, shelf: Shelf) -> None:
    old, new = new_key("ES256", "one"), new_key("PS256", "two")
    published(shelf, old)
    client = newcomer(inviting)
    answer = redeemed(client, old)
    assert answer.status == 200, answer
    token = answer.json["refresh_token"]
    published(shelf, new)
    # BR-018: a name that is not known leads to one look, and no more for a while.
    early = client.proved(new, grant_type="refresh_token", refresh_token=token)
    assert (early.status, shelf.asked) == (401, [URI])
    inviting.clock.pass_by(FETCH_EVERY)
    later = client.proved(new, grant_type="refresh_token", refresh_token=token)
    assert (later.status, shelf.asked) == (200, [URI, URI])
    # The one of before is worth nothing any more.
    last = client.proved(old, grant_type="refresh_token", refresh_token=later.json["refresh_token"])
    assert last.status == 401


def test_whoever_comes_while_keys_are_first_fetched_waits_for_them(
    inviting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_key("ES256", "one")
    come, second = threading.Event(), Door()
    asked = []

    def fetch(method: str, url: str) -> Fetched:
        asked.append(f"{method} {url}")
        come.set()
        # Until the other waits, or was refused.
        second.wait(30)
        return Fetched(200, {}, json.dumps({"keys": [public(key)]}).encode())

    monkeypatch.setattr(inviting.core.fetcher, "fetch", fetch)
    guest = register(
        inviting, oidc={"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": URI}
    )
    signed = ClientSigned(inviting.core)
    monkeypatch.setattr(signed, "_waiting", second)
    with inviting.core.database.read() as tx:
        application = inviting.core.applications.load(tx, guest.key)
    assert application is not None
    client = inviting.provider.edge.clients.of(application)
    tokens = [assertion(inviting, guest.key, key) for _ in range(2)]

    def go(number: int) -> bool:
        if number:
            assert come.wait(30)
        try:
            return signed.read(client, tokens[number], {""}, 8192) is not None
        finally:
            second.set()

    assert at_once(2, go) == [True, True]
    assert asked == [f"GET {URI}"]


def test_our_keys_change(world: World) -> None:
    browser = settled(world)
    client = world.client("plain")
    before = client.tokens(browser)["id_token"]
    old = segment(before, 0)["kid"]
    with world.core.database.write() as tx:
        made = world.core.signing.rotate(tx, "ES256")
    world.core.keys.reload()
    # Published before it signs.
    assert {old, made} <= {one["kid"] for one in jwks(world)["keys"]}
    assert segment(client.tokens(browser)["id_token"], 0)["kid"] == old
    world.clock.pass_by(world.core.settings.signing.publish_lead)
    Chores(world.core).do()
    after = client.tokens(settled(world))["id_token"]
    assert segment(after, 0)["kid"] == made
    # What was signed before still holds.
    for token in (before, after):
        verify(world, token, "JWT")
    world.clock.pass_by(world.core.settings.signing.keep_after + 3600)
    Chores(world.core).do()
    assert old not in {one["kid"] for one in jwks(world)["keys"]}


def test_a_key_that_is_withdrawn_proves_nothing_though_others_lie_there(
    inviting: World, shelf: Shelf
) -> None:
    key = new_key("ES256", "one")
    published(shelf, key)
    client = newcomer(inviting)
    assert redeemed(client, key).status == 200
    # One to encrypt to alone.
    published(shelf, reading_key("P-256"))
    inviting.clock.pass_by(KEPT + 1)
    assert redeemed(client, key).json["error"] == "invalid_client"
