# SPDX-License-Identifier: Apache-2.0
"""Events that are pushed (RFC 8935), over HTTP to a receiver that verifies and misbehaves."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from idp.audit.record import Event
from tests.protocol.kit import ELSEWHERE, settled, store
from tests.protocol.oidc.signals import (
    CREDENTIAL,
    POLL,
    STREAM,
    TRIAL,
    Party,
    Receiver,
    deliver,
    party,
    receiving,
    verified,
)
from tests.world import World, open_world


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def told_world(database_url: str, receiver: Receiver) -> Iterator[World]:
    """A provider that may reach the receiver."""
    opened = open_world(
        database_url, OUTGOING_ALLOW=f"127.0.0.1:{receiver.port}", OUTGOING_TIMEOUT="20"
    )
    yield opened
    opened.close()


@pytest.fixture
def hasty_world(sqlite_url: str, receiver: Receiver) -> Iterator[World]:
    """The same with little patience."""
    opened = open_world(
        sqlite_url, OUTGOING_ALLOW=f"127.0.0.1:{receiver.port}", OUTGOING_TIMEOUT="2"
    )
    yield opened
    opened.close()


def pushed(world: World, receiver: Receiver, path: str = "/", **oidc: Any) -> Party:
    app = party(world, **oidc)
    app.push_to(receiver.url(path))
    app.client.tokens(settled(world))
    return app


def change(world: World) -> None:
    account = world.cast["medecin"].id
    with world.core.database.write() as tx:
        world.core.audit.record(tx, Event("password.set", account=account), ELSEWHERE)


def stream_of(world: World, app: Party) -> Any:
    with world.core.database.read() as tx:
        return world.core.streams.of(tx, app.key)


def left(world: World, app: Party) -> int:
    with world.core.database.read() as tx:
        return world.core.streams.waiting.number(tx, app.stream)


def messages(world: World) -> list[str]:
    with world.core.database.read() as tx:
        rows = tx.execute(text("SELECT state FROM messages WHERE channel = 'signal'")).all()
    return sorted(row.state for row in rows)


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
def test_an_event_arrives_signed_and_shown_to_be_ours(
    told_world: World, receiver: Receiver, algorithm: str
) -> None:
    app = pushed(told_world, receiver, "/in", id_token_signed_response_alg=algorithm)
    change(told_world)
    assert deliver(told_world) == 1
    ((path, headers, body),) = receiver.told
    assert path == "/in"
    assert headers["Content-Type"] == "application/secevent+jwt"
    assert headers["Accept"] == "application/json"
    assert headers["Authorization"] == "Bearer of-the-receiver"
    assert verified(told_world, app.key, body).event == CREDENTIAL
    assert left(told_world, app) == 0
    found = stream_of(told_world, app)
    assert (found.delivered, found.lost, found.fault) == (1, 0, "")
    assert messages(told_world) == ["sent"]


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/500", "answered 500"),
        ("/200", "answered 200"),
        ("/away", "it leads elsewhere"),
        ("/key", "answered 400: invalid_key"),
        ("/denied", "answered 400: access_denied"),
        ("/words", "answered 400"),
    ],
)
def test_what_is_not_taken_is_tried_again_later(
    told_world: World, receiver: Receiver, path: str, fault: str
) -> None:
    receiver.answers = {
        "/500": (500, None),
        "/200": (200, None),
        "/away": (302, None),
        "/key": (400, {"err": "invalid_key", "description": "which?"}),
        "/denied": (400, {"err": "access_denied"}),
        "/words": (400, {"err": "<script>"}),
    }
    world = told_world
    app = pushed(world, receiver, path)
    change(world)
    deliver(world)
    found = stream_of(world, app)
    if path != "/away":
        assert found.fault == fault
    assert found.fault
    assert found.fault_at == world.clock.now()
    assert left(world, app) == 1
    # Nothing was followed, and not before its time is it tried again.
    assert deliver(world) == 0
    assert [one for one, _headers, _body in receiver.told] == [path]
    world.clock.pass_by(5)
    receiver.answers = {}
    assert deliver(world) == 1
    first, again = (verified(world, app.key, one).claims for one in receiver.tokens)
    assert first == again
    found = stream_of(world, app)
    assert (found.delivered, found.fault, found.fault_at) == (1, "", None)


@pytest.mark.parametrize("code", ["invalid_request", "invalid_issuer", "invalid_audience"])
def test_what_is_refused_for_good_is_not_sent_again(
    told_world: World, receiver: Receiver, code: str
) -> None:
    receiver.answers["/"] = (400, {"err": code, "description": "secret words"})
    world = told_world
    app = pushed(world, receiver)
    change(world)
    deliver(world)
    world.clock.pass_by(86_400)
    assert deliver(world) == 0
    assert left(world, app) == 0
    found = stream_of(world, app)
    assert (found.delivered, found.lost) == (0, 1)
    with world.core.database.read() as tx:
        seen = world.core.seen.of(tx, app.key)
    (noted,) = [one for one in seen if one.fault.startswith("signal refused")]
    assert noted.fault == f"signal refused: answered 400: {code}"
    assert "secret" not in str(noted)
    assert messages(world) == ["failed"]


def test_a_receiver_that_never_answers_costs_one_try(
    hasty_world: World, receiver: Receiver
) -> None:
    app = pushed(hasty_world, receiver, "/slow")
    change(hasty_world)
    assert deliver(hasty_world) == 1
    assert stream_of(hasty_world, app).fault == "it took too long"
    assert left(hasty_world, app) == 1


def test_br_015_what_is_inside_is_never_reached(sqlite_url: str, receiver: Receiver) -> None:
    opened = open_world(sqlite_url, OUTGOING_ALLOW=f"127.0.0.1:{receiver.port}")
    app = pushed(opened, receiver)
    opened.close()
    # The operator allows it no more.
    world = open_world(sqlite_url)
    app.world = world
    change(world)
    deliver(world)
    assert receiver.told == []
    assert stream_of(world, app).fault
    world.close()


def test_while_it_is_paused_nothing_leaves_and_nothing_is_lost(
    told_world: World, receiver: Receiver
) -> None:
    world = told_world
    app = pushed(world, receiver)
    change(world)
    app.state("paused")
    change(world)
    deliver(world)
    world.clock.pass_by(60)
    deliver(world)
    assert receiver.told == []
    assert left(world, app) == 2
    app.token = ""
    app.state("enabled")
    deliver(world)
    assert len({verified(world, app.key, one).claims["jti"] for one in receiver.tokens}) == 2
    # Each once: nothing is carried by two messages.
    assert len(receiver.told) == 2
    assert left(world, app) == 0


def test_paused_and_opened_before_anybody_looked_it_is_sent_once(
    told_world: World, receiver: Receiver
) -> None:
    app = pushed(told_world, receiver)
    change(told_world)
    app.state("paused")
    app.state("enabled")
    deliver(told_world)
    deliver(told_world)
    assert len(receiver.told) == 1


def test_an_administrator_s_pause_is_told_at_once(told_world: World, receiver: Receiver) -> None:
    world = told_world
    app = pushed(world, receiver)
    with world.core.database.write() as tx:
        event = Event("signals.paused", application=app.key)
        found = world.core.streams.of(tx, app.key)
        assert found is not None
        world.core.streams.set_state(tx, found, "paused", "", event, ELSEWHERE, who="administrator")
    change(world)
    deliver(world)
    (body,) = receiver.tokens
    heard = verified(world, app.key, body)
    assert (heard.event, heard.payload) == (STREAM, {"status": "paused"})


def test_a_verification_is_pushed_too(told_world: World, receiver: Receiver) -> None:
    app = pushed(told_world, receiver)
    app.call("POST", "/ssf/verify", {"stream_id": app.stream, "state": "s"})
    deliver(told_world)
    (body,) = receiver.tokens
    heard = verified(told_world, app.key, body)
    assert (heard.event, heard.payload) == (TRIAL, {"state": "s"})


def test_what_waits_goes_the_new_way(told_world: World, receiver: Receiver) -> None:
    world = told_world
    app = party(world)
    app.open()
    app.client.tokens(settled(world))
    change(world)
    way = {"method": "urn:ietf:rfc:8935", "endpoint_url": receiver.url("/new")}
    app.call("PATCH", "/ssf/stream", {"stream_id": app.stream, "delivery": way})
    deliver(world)
    assert [path for path, _headers, _body in receiver.told] == ["/new"]
    # And back: what a message was to carry is fetched.
    change(world)
    app.call("PATCH", "/ssf/stream", {"stream_id": app.stream, "delivery": {"method": POLL}})
    deliver(world)
    assert len(receiver.told) == 1
    assert len(app.poll()) == 1


def test_oa_047_to_a_closed_application_nothing_leaves(
    told_world: World, receiver: Receiver
) -> None:
    world = told_world
    app = pushed(world, receiver)
    change(world)
    set_enabled(world, app, enabled=False)
    deliver(world)
    assert receiver.told == []
    set_enabled(world, app, enabled=True)
    world.clock.pass_by(5)
    deliver(world)
    assert len(receiver.told) == 1


def set_enabled(world: World, app: Party, *, enabled: bool) -> None:
    with world.core.database.write() as tx:
        world.core.applications.set_enabled(tx, app.key, enabled=enabled)


def test_whoever_may_have_none_any_more_is_sent_none(told_world: World, receiver: Receiver) -> None:
    world = told_world
    app = pushed(world, receiver)
    change(world)
    document = app.client.document
    store(world, document | {"oidc": document["oidc"] | {"shared_signals": False}})
    deliver(world)
    assert receiver.told == []
    # Allowed again, what is posted next takes it along.
    store(world, document)
    change(world)
    deliver(world)
    assert len(receiver.told) == 2


def test_a_stream_that_is_gone_leaves_no_message(told_world: World, receiver: Receiver) -> None:
    app = pushed(told_world, receiver)
    change(told_world)
    app.call("DELETE", "/ssf/stream", query=f"stream_id={app.stream}")
    deliver(told_world)
    assert receiver.told == []
    assert messages(told_world) == []


def test_rl_002_a_message_whose_answer_was_lost_is_the_same_event(
    told_world: World, receiver: Receiver
) -> None:
    """Killed between the receiver's answer and our note: sent twice, known by one name."""
    world = told_world
    app = pushed(world, receiver)
    change(world)
    waiting = type(world.core.streams.waiting)
    real = waiting.arrived
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(waiting, "arrived", lambda *_: (_ for _ in ()).throw(OSError("killed")))
        deliver(world)
    assert waiting.arrived is real
    world.clock.pass_by(60)
    deliver(world)
    first, again = (verified(world, app.key, one).claims["jti"] for one in receiver.tokens)
    assert first == again
    assert left(world, app) == 0
    assert stream_of(world, app).delivered == 1
