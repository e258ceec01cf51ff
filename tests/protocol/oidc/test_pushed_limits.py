# SPDX-License-Identifier: Apache-2.0
"""How much is set aside (RFC 9126 §2.3): of an application, from an address, and for how long."""

import pytest
from sqlalchemy import text
from werkzeug.test import Client

from idp.grants import device_requests, pushed
from idp.oidc import crowd
from idp.oidc.crowd import Room
from tests.protocol.oidc.test_pushed_requests import PAR, address, asked, push, pushed_by
from tests.world import World


def from_address(world: World, where: str) -> int:
    """What an application that keeps no secret is answered there."""
    response = Client(world.provider.web).post(
        PAR,
        data=asked(world.client("native")) | {"client_id": "native"},
        base_url=world.issuer,
        environ_base={"REMOTE_ADDR": where},
    )
    return response.status_code


def lying(world: World) -> int:
    """How many lie there, after the chores."""
    with world.core.database.write() as tx:
        world.core.pushed.forget_old(tx)
        return int(tx.execute(text("SELECT count(*) FROM pushed_requests")).scalar_one())


def test_an_application_sets_aside_so_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushed, "MOST", 3)
    client = world.client("plain")
    for _ in range(3):
        pushed_by(client)
    answer = push(client)
    assert (answer.status, answer.json["error"]) == (429, "temporarily_unavailable")
    pushed_by(world.client("dcc"))
    world.clock.pass_by(60)
    pushed_by(client)


def test_nobody_keeps_out_the_others_of_a_client_without_secret(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(crowd.ROOMS, "pushed", Room(4, 6))
    monkeypatch.setattr(pushed, "MOST", 8)
    client = world.client("native")
    for _ in range(4):
        pushed_by(client)
    for _ in range(10):
        answer = push(client)
        assert (answer.status, answer.json["error"]) == (429, "temporarily_unavailable")
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
    # Nor by turns from all of a network.
    near = [from_address(world, f"198.51.100.{number}") for number in range(100, 110)]
    assert near == [201] * 2 + [429] * 8
    assert from_address(world, "203.0.113.9") == 201
    # Who proves to be itself is not counted by where it stands.
    for _ in range(8):
        pushed_by(world.client("plain"))
    world.clock.pass_by(60)
    pushed_by(client)


def test_a_network_takes_less_than_half_of_what_a_client_may_have_kept() -> None:
    kept = {
        "pushed": (pushed.LIFE, pushed.MOST),
        "device_authorization": (device_requests.LIFE, device_requests.MOST),
    }
    assert set(kept) == set(crowd.ROOMS)
    for endpoint, (life, most) in kept.items():
        room = crowd.ROOMS[endpoint]
        # A minute is counted from the first who comes: a life touches one more than it holds.
        minutes = -(-life // crowd.MINUTE) + 1
        assert room.address < room.network
        assert room.network * minutes < most / 2


def test_what_no_login_began_with_is_forgotten_soon(world: World) -> None:
    pushed_by(world.client("plain"))
    world.clock.pass_by(pushed.LIFE)
    assert lying(world) == 1
    world.clock.pass_by(61)
    assert lying(world) == 0


def test_what_a_login_began_with_lies_until_its_end(world: World) -> None:
    client, browser = world.client("plain"), world.browser()
    life = world.core.settings.journey.lifetime
    uri = pushed_by(client)
    world.clock.pass_by(pushed.LIFE - 1)
    browser.get(address(client, uri))
    world.clock.pass_by(life - 1)
    assert lying(world) == 1
    assert "code" in client.answered(browser.log_in())
    assert lying(world) == 0
    # And no longer than that.
    world.browser().get(address(client, pushed_by(client)))
    world.clock.pass_by(life + 121)
    assert lying(world) == 0


def test_of_several_logins_the_last_to_begin_counts(world: World) -> None:
    client, life = world.client("plain"), world.core.settings.journey.lifetime
    uri = pushed_by(client)
    tabs = [world.browser(), world.browser()]
    tabs[0].get(address(client, uri))
    world.clock.pass_by(pushed.LIFE - 1)
    tabs[1].get(address(client, uri))
    world.clock.pass_by(life - 1)
    assert lying(world) == 1
    assert "code" in client.answered(tabs[1].log_in())
