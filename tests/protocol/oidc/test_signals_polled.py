# SPDX-License-Identifier: Apache-2.0
"""Events that are fetched (RFC 8936): told until they are acknowledged, and once."""

from typing import Any

import pytest

from idp.audit.record import Event
from idp.keys.sign import verify_own
from tests.protocol.kit import ELSEWHERE, at_once, send, settled
from tests.protocol.oidc.signals import PUSH, STREAM, Party, party
from tests.world import World


def waiting(world: World, events: int = 1, **oidc: Any) -> Party:
    """A stream on which so many events wait."""
    app = party(world, **oidc)
    app.open()
    app.client.tokens(settled(world))
    change(world, events)
    return app


def change(world: World, events: int = 1) -> None:
    account = world.cast["medecin"].id
    with world.core.database.write() as tx:
        for _one in range(events):
            world.core.audit.record(tx, Event("password.set", account=account), ELSEWHERE)


def number(world: World, app: Party) -> int:
    with world.core.database.read() as tx:
        return world.core.streams.waiting.number(tx, app.stream)


def test_an_event_is_told_until_it_is_acknowledged(world: World) -> None:
    app = waiting(world)
    (first,) = app.heard()
    (again,) = app.heard()
    # For its receiver the same event, each time.
    assert first.claims == again.claims
    answer = app.call("POST", "/ssf/poll", {"ack": [first.claims["jti"]]}).get_json()
    assert answer == {"sets": {}, "moreAvailable": False}
    assert number(world, app) == 0
    with world.core.database.read() as tx:
        found = world.core.streams.of(tx, app.key)
    assert found is not None
    assert (found.delivered, found.delivered_at) == (1, world.clock.now())


def test_no_more_than_is_asked_for_the_oldest_first(world: World) -> None:
    app = waiting(world)
    world.clock.pass_by(5)
    (first,) = app.poll()
    change(world, 4)
    answer = app.call("POST", "/ssf/poll", {"maxEvents": 2}).get_json()
    assert (len(answer["sets"]), answer["moreAvailable"]) == (2, True)
    assert first in answer["sets"]
    answer = app.call("POST", "/ssf/poll", {"maxEvents": 3, "ack": list(answer["sets"])}).get_json()
    assert (len(answer["sets"]), answer["moreAvailable"]) == (3, False)


def test_whoever_wants_none_only_acknowledges(world: World) -> None:
    app = waiting(world, 2)
    one, _other = app.poll()
    answer = app.call("POST", "/ssf/poll", {"ack": [one], "maxEvents": 0}).get_json()
    assert answer == {"sets": {}, "moreAvailable": False}
    assert number(world, app) == 1


@pytest.mark.parametrize("at_once_", [True, False])
def test_it_is_answered_at_once_whatever_is_wished(sqlite_world: World, at_once_: bool) -> None:
    app = party(sqlite_world)
    app.open()
    assert app.poll(returnImmediately=at_once_) == {}


def test_rl_002_rl_021_an_event_is_acknowledged_once(world: World) -> None:
    app = waiting(world, 3)
    events = list(app.poll())
    at_once(4, lambda _one: app.call("POST", "/ssf/poll", {"ack": events, "maxEvents": 0}))
    with world.core.database.read() as tx:
        found = world.core.streams.of(tx, app.key)
    assert found is not None
    assert (found.delivered, found.lost) == (3, 0)


def test_an_event_that_is_refused_is_not_told_again(world: World) -> None:
    app = waiting(world, 2)
    bad, good = app.poll()
    said = {bad: {"err": "invalid_key", "description": "who is it?"}}
    answer = app.call("POST", "/ssf/poll", {"setErrs": said}).get_json()
    assert list(answer["sets"]) == [good]
    with world.core.database.read() as tx:
        found = world.core.streams.of(tx, app.key)
        seen = world.core.seen.of(tx, app.key)
    assert found is not None
    assert (found.delivered, found.lost, found.fault) == (0, 1, "refused: invalid_key")
    # Whoever connects it reads so; what a receiver writes freely is not shown.
    assert "signal refused: invalid_key" in [one.fault for one in seen]


def test_oa_112_nobody_acknowledges_for_another(world: World) -> None:
    app, other = waiting(world), party(world)
    other.open()
    (event,) = app.poll()
    other.poll(ack=[event], setErrs={event: {"err": "x"}})
    assert number(world, app) == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"maxEvents": -1},
        {"maxEvents": "1"},
        {"maxEvents": True},
        {"maxEvents": 1.5},
        {"ack": "x"},
        {"ack": [7]},
        {"ack": [""]},
        {"ack": ["x\x00"]},
        {"ack": ["x"] * 1101},
        {"setErrs": []},
        {"setErrs": {"x": "err"}},
        {"setErrs": {"x": {}}},
        {"setErrs": {"x": {"err": 7}}},
    ],
)
def test_what_cannot_be_read_changes_nothing(sqlite_world: World, asked: dict[str, Any]) -> None:
    app = waiting(sqlite_world)
    answer = app.call("POST", "/ssf/poll", asked)
    assert (answer.status_code, answer.get_json()["err"]) == (400, "invalid_request")
    assert number(sqlite_world, app) == 1


def test_while_it_is_paused_events_wait(world: World) -> None:
    app = waiting(world)
    app.state("paused")
    change(world)
    assert app.poll() == {}
    app.state("enabled")
    assert len(app.poll()) == 2


def test_once_it_is_disabled_nothing_waits(world: World) -> None:
    app = waiting(world)
    app.state("disabled")
    # What is asked for on trial is no better off.
    asked = {"stream_id": app.stream, "state": "x"}
    assert app.call("POST", "/ssf/verify", asked).status_code == 204
    assert app.poll() == {}
    app.state("enabled")
    assert app.poll() == {}
    assert app.call("POST", "/ssf/verify", asked).status_code == 204
    assert len(app.poll()) == 1


def test_what_is_pushed_is_not_polled(sqlite_world: World) -> None:
    app = party(sqlite_world)
    app.open(delivery={"method": PUSH, "endpoint_url": "https://app.example/signals"})
    assert app.call("POST", "/ssf/poll", {}).status_code == 404
    assert party(sqlite_world).call("POST", "/ssf/poll", {}).status_code == 404


def test_oa_079_a_security_event_token_is_nothing_else(world: World) -> None:
    app = waiting(world)
    (token,) = app.poll().values()
    core = world.core
    for kind in ("JWT", "at+jwt", "logout+jwt", "userinfo+jwt", "secevent+jwt"):
        # It has no end: not even by its own name is it taken for a token of ours.
        found = verify_own(token, core.keys, typ=kind, issuer=world.issuer, now=core.clock.now())
        assert found is None
    # As an access token, for this and for people.
    app.token = token
    assert app.call("POST", "/ssf/poll", {}).status_code == 401
    assert app.client.userinfo(token).status == 401
    # As an ID token that tells who logs out.
    hint = settled(world).request("GET", f"/oidc/logout?id_token_hint={token}")
    assert "Location" not in hint.headers
    # As a client's assertion, and as a code or a refresh token.
    form = {
        "grant_type": "client_credentials",
        "client_id": app.key,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": token,
    }
    assert send(world, "POST", "/oidc/token", form=form).status_code == 401
    assert app.client.refresh(token).json["error"] == "invalid_grant"
    assert app.client.introspect(token).json == {"active": False}


def test_an_administrator_s_pause_holds(world: World) -> None:
    app = waiting(world)
    pause(world, app)
    (heard,) = app.heard()
    assert (heard.event, heard.payload) == (STREAM, {"status": "paused", "reason": "told so"})
    assert app.status["status"] == "paused"
    for state in ("enabled", "disabled", "paused"):
        answer = app.state(state)
        assert (answer.status_code, answer.get_json()["error"]) == (403, "access_denied")
    # Nor by another stream in its place.
    gone = app.call("DELETE", "/ssf/stream", query=f"stream_id={app.stream}")
    assert gone.status_code == 403
    assert app.call("POST", "/ssf/stream", {}).status_code == 409


def pause(world: World, app: Party) -> None:
    with world.core.database.write() as tx:
        stream = world.core.streams.of(tx, app.key)
        assert stream is not None
        event = Event("signals.paused", application=app.key)
        world.core.streams.set_state(
            tx, stream, "paused", "told so", event, ELSEWHERE, who="administrator"
        )
