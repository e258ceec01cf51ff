# SPDX-License-Identifier: Apache-2.0
"""Telling applications that they may come (CIBA §10.2), through the one door and a few times."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from idp.messages.delivery import Delivery
from idp.oidc.absent_ping import MOST_TRIES
from idp.post_office import open_delivery
from tests.outbox import waiting
from tests.protocol.kit import ELSEWHERE, settled
from tests.protocol.oidc.absent import Caller, caller, decide
from tests.protocol.oidc.test_backchannel import Receiver, receiver  # noqa: F401 - a fixture
from tests.world import World, open_world

BEARER = "8d67dc78-7faa-4d41-aabd-67707b374255"
Told = list[tuple[str, dict[str, str], dict[str, list[str]]]]


@pytest.fixture
def told_world(database_url: str, receiver: Receiver) -> Iterator[World]:  # noqa: F811
    opened = open_world(
        database_url, OUTGOING_ALLOW=f"127.0.0.1:{receiver.port}", OUTGOING_TIMEOUT="3"
    )
    yield opened
    opened.close()


def pinged(world: World, address: str) -> Caller:
    return caller(
        world,
        backchannel_token_delivery_mode="ping",
        backchannel_client_notification_endpoint=address,
    )


def worker(world: World) -> Delivery:
    return open_delivery(world.core, {})


def round_of(world: World) -> int:
    """What the worker sends by now."""
    work = worker(world)
    taken = work.claim("ping", 10)
    for one in taken:
        work.deliver(one)
    return len(taken)


def asked(one: Caller, **changes: str | None) -> str:
    return one.asked(**({"client_notification_token": BEARER} | changes))


@pytest.mark.parametrize("answer", ["agree", "refuse"])
def test_it_is_told_and_comes(told_world: World, receiver: Receiver, answer: str) -> None:  # noqa: F811
    one = pinged(told_world, receiver.url("/200"))
    handle = asked(one)
    assert round_of(told_world) == 0
    decide(settled(told_world), answer)
    assert round_of(told_world) == 1
    ((path, headers, _body),) = receiver.told
    assert path == "/200"
    assert headers["Authorization"] == f"Bearer {BEARER}"
    assert headers["Content-Type"] == "application/json"
    # It comes at once, however soon after it asked.
    assert one.told(handle) == ("200" if answer == "agree" else "access_denied")
    assert round_of(told_world) == 0


def test_oa_175_it_is_told_of_a_consent_that_was_withdrawn(told_world: World) -> None:
    one = pinged(told_world, "https://app.example/cb")
    handle, phone = asked(one), settled(told_world)
    account, core = told_world.cast["medecin"].id, told_world.core
    with core.database.write() as tx:
        core.consents.give(tx, account, one.client.key, ("profile",), ELSEWHERE)
    phone.get(f"/account/consents/{one.client.key}/withdraw")
    phone.submit("/withdraw")
    (told,) = waiting(told_world, "approval")
    assert (told.recipient, told.values["handle"]) == (one.client.key, handle)
    assert one.told(handle) == "access_denied"


def test_what_is_told_is_the_handle_alone(told_world: World) -> None:
    one = pinged(told_world, "https://app.example/cb")
    handle = asked(one)
    decide(settled(told_world))
    (message,) = waiting(told_world, "approval")
    assert (message.channel, message.recipient, message.account) == ("ping", one.client.key, None)
    assert message.values == {"handle": handle, "bearer": BEARER}
    assert json.dumps({"auth_req_id": handle})


def test_who_asks_by_itself_is_told_nothing(told_world: World) -> None:
    one = caller(told_world)
    asked(one)
    decide(settled(told_world))
    assert waiting(told_world, "approval") == []


@pytest.mark.parametrize("bearer", [None, "", "with space", "x" * 1025, "é", "a=b", "a\nb"])
def test_the_bearer_is_one(told_world: World, bearer: str | None) -> None:
    one = pinged(told_world, "https://app.example/cb")
    answer = one.ask(client_notification_token=bearer)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("path", "tries"),
    [
        ("/204", 1),
        ("/200", 1),
        ("/body", 1),
        ("/401", 1),
        ("/403", 1),
        ("/away", 3),
        ("/500", 3),
        ("/400", 3),
    ],
)
def test_oa_146_how_often_and_where(
    told_world: World,
    receiver: Receiver,  # noqa: F811
    path: str,
    tries: int,
) -> None:
    one = pinged(told_world, receiver.url(path))
    handle = asked(one)
    decide(settled(told_world))
    for _ in range(MOST_TRIES + 2):
        round_of(told_world)
        told_world.clock.pass_by(50)
    # A redirect is not followed, and whoever refuses the bearer is not asked again.
    assert [where for where, _headers, _body in receiver.told] == [path] * tries
    assert one.told(handle) in {"200", "expired_token"}


def test_oa_146_an_address_inside_is_not_reached(
    database_url: str,
    receiver: Receiver,  # noqa: F811
) -> None:
    world = open_world(database_url)
    one = pinged(world, f"https://127.0.0.1:{receiver.port}/200")
    asked(one)
    decide(settled(world))
    round_of(world)
    assert receiver.told == []
    world.close()


def test_oa_146_slow_ones_hold_nobody_up(told_world: World, receiver: Receiver) -> None:  # noqa: F811
    one = pinged(told_world, receiver.url("/slow"))
    handle = asked(one)
    decide(settled(told_world))
    round_of(told_world)
    assert len(receiver.told) == 1
    assert one.told(handle) == "200"


def test_whoever_is_closed_or_moved_meanwhile(told_world: World, receiver: Receiver) -> None:  # noqa: F811
    one = pinged(told_world, receiver.url("/200"))
    asked(one)
    decide(settled(told_world))
    with told_world.core.database.write() as tx:
        told_world.core.applications.set_enabled(tx, one.client.key, enabled=False)
    assert round_of(told_world) == 1
    assert receiver.told == []


def test_wb_050_the_bearer_lies_sealed(told_world: World) -> None:
    asked(pinged(told_world, "https://app.example/cb"))
    with told_world.core.database.read() as tx:
        rows: list[Any] = list(tx.exec_driver_sql("SELECT * FROM approvals").all())
    assert BEARER not in str(rows)
