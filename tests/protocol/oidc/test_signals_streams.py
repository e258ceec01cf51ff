# SPDX-License-Identifier: Apache-2.0
"""Streams of signals: who may have one, and how it is made, read, changed and given up."""

from typing import Any

import pytest

from idp.oidc.client import check_client
from idp.signals.waiting import MOST
from tests.cast import application
from tests.protocol.kit import at_once, bearer, register, send, settled, store
from tests.protocol.oidc.proofs import at_token, proof
from tests.protocol.oidc.signals import (
    CAEP,
    CREDENTIAL,
    POLL,
    PUSH,
    SESSION,
    TRIAL,
    party,
)
from tests.protocol.oidc.signing import new_key
from tests.world import World, open_world

RECEIVER = {"method": PUSH, "endpoint_url": "https://app.example/signals"}


def test_the_document_says_what_there_is(sqlite_world: World) -> None:
    answer = send(sqlite_world, "GET", "/.well-known/ssf-configuration")
    issuer = sqlite_world.issuer
    assert answer.get_json() == {
        "spec_version": "1_0",
        "issuer": issuer,
        "jwks_uri": f"{issuer}/oidc/jwks",
        "delivery_methods_supported": [PUSH, POLL],
        "configuration_endpoint": f"{issuer}/ssf/stream",
        "status_endpoint": f"{issuer}/ssf/status",
        "verification_endpoint": f"{issuer}/ssf/verify",
        "critical_subject_members": ["user"],
        "authorization_schemes": [{"spec_urn": "urn:ietf:rfc:6749"}],
        "default_subjects": "ALL",
    }
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    again = {"If-None-Match": answer.headers["ETag"]}
    found = send(sqlite_world, "GET", "/.well-known/ssf-configuration", headers=again)
    assert found.status_code == 304


def test_a_stream_is_made_once(world: World) -> None:
    app = party(world)
    document = app.open(delivery={"method": POLL}, description="of the test")
    assert document == {
        "stream_id": app.stream,
        "iss": world.issuer,
        "aud": app.key,
        "delivery": {"method": POLL, "endpoint_url": f"{world.issuer}/ssf/poll"},
        "events_supported": [SESSION, CREDENTIAL],
        "events_delivered": [SESSION, CREDENTIAL],
        "min_verification_interval": 5,
        "description": "of the test",
    }
    again = app.call("POST", "/ssf/stream", {})
    assert (again.status_code, again.get_json()["error"]) == (409, "conflict")
    assert again.headers["Cache-Control"] == "no-store"
    (made,) = world.events("signals.made")
    assert made.application == app.key


def test_rl_021_one_stream_however_many_ask_at_once(world: World) -> None:
    app = party(world)
    app.token = app.fetch_token()
    answers = at_once(4, lambda _one: app.call("POST", "/ssf/stream", {}).status_code)
    assert sorted(answers) == [201, 409, 409, 409]


def test_a_stream_is_read_by_name_or_in_a_list(world: World) -> None:
    app = party(world)
    assert app.call("GET", "/ssf/stream").get_json() == []
    document = app.open()
    assert app.call("GET", "/ssf/stream").get_json() == [document]
    named = f"stream_id={app.stream}"
    assert app.call("GET", "/ssf/stream", query=named).get_json() == document
    assert app.call("GET", "/ssf/stream", query="stream_id=other").status_code == 404


def test_what_is_asked_for_and_not_known_is_not_delivered(sqlite_world: World) -> None:
    app = party(sqlite_world)
    asked = [CREDENTIAL, CAEP + "device-compliance-change", "urn:other"]
    document = app.open(events_requested=asked)
    assert document["events_requested"] == asked
    assert document["events_delivered"] == [CREDENTIAL]


def test_a_change_leaves_the_rest_and_a_replacement_does_not(world: World) -> None:
    app = party(world)
    app.open(delivery=RECEIVER | {"authorization_header": "Bearer x"}, description="d")
    changed = app.call(
        "PATCH", "/ssf/stream", {"stream_id": app.stream, "events_requested": [SESSION]}
    ).get_json()
    assert changed["events_delivered"] == [SESSION]
    assert (changed["description"], changed["delivery"]) == ("d", RECEIVER)
    replaced = app.call("PUT", "/ssf/stream", {"stream_id": app.stream, "delivery": RECEIVER})
    document = replaced.get_json()
    assert "description" not in document
    assert document["events_delivered"] == [SESSION, CREDENTIAL]
    with world.core.database.read() as tx:
        stream = world.core.streams.of(tx, app.key)
    assert stream is not None
    assert world.core.streams.shown(stream) == ""


def test_what_is_shown_at_the_receiver_is_kept_sealed_and_never_read_back(world: World) -> None:
    app = party(world)
    secret = "Bearer only-the-receiver-knows"
    document = app.open(delivery=RECEIVER | {"authorization_header": secret})
    assert document["delivery"] == RECEIVER
    app.call("PATCH", "/ssf/stream", {"stream_id": app.stream, "description": "other"})
    with world.core.database.read() as tx:
        stream = world.core.streams.of(tx, app.key)
    assert stream is not None
    assert secret not in (stream.shown or "")
    assert world.core.streams.shown(stream) == secret


def test_a_stream_given_up_is_gone_with_what_waits(world: World) -> None:
    app = party(world)
    app.open()
    app.call("POST", "/ssf/verify", {"stream_id": app.stream})
    gone = app.call("DELETE", "/ssf/stream", query=f"stream_id={app.stream}")
    assert (gone.status_code, gone.data) == (204, b"")
    again = app.call("DELETE", "/ssf/stream", query=f"stream_id={app.stream}")
    assert again.status_code == 404
    with world.core.database.read() as tx:
        assert world.core.streams.waiting.number(tx, app.stream) == 0
    # Another one begins with nothing.
    app.open()
    assert app.poll() == {}
    assert len(world.events("signals.dropped")) == 1


@pytest.mark.parametrize(
    "wish",
    [
        {"delivery": {"method": "urn:other"}},
        {"delivery": PUSH},
        {"delivery": {"method": PUSH}},
        {"delivery": RECEIVER | {"endpoint_url": "http://app.example/signals"}},
        {"delivery": RECEIVER | {"endpoint_url": "https://127.0.0.1/signals"}},
        {"delivery": RECEIVER | {"endpoint_url": "https://[::1]/signals"}},
        {"delivery": RECEIVER | {"endpoint_url": "https://169.254.169.254/"}},
        {"delivery": RECEIVER | {"endpoint_url": "https://intern/signals"}},
        {"delivery": RECEIVER | {"endpoint_url": "https://u:p@app.example/"}},
        {"delivery": RECEIVER | {"endpoint_url": "https://app.example/#part"}},
        {"delivery": RECEIVER | {"endpoint_url": 7}},
        {"delivery": RECEIVER | {"authorization_header": "Bearer x\r\nHost: other"}},
        {"delivery": RECEIVER | {"authorization_header": "é"}},
        {"delivery": RECEIVER | {"authorization_header": "x" * 1025}},
        {"description": "x" * 257},
        {"description": "a\nb"},
        {"events_requested": SESSION},
        {"events_requested": [7]},
        {"events_requested": ["x"] * 65},
    ],
)
def test_wb_033_a_wish_that_cannot_be(sqlite_world: World, wish: dict[str, Any]) -> None:
    app = party(sqlite_world)
    answer = app.call("POST", "/ssf/stream", wish)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")
    assert app.call("GET", "/ssf/stream").get_json() == []


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("member", ["iss", "aud", "events_supported", "events_delivered"])
def test_what_is_ours_to_say_is_not_changed(sqlite_world: World, method: str, member: str) -> None:
    app = party(sqlite_world)
    document = app.open()
    sent = document | {member: "other"}
    assert app.call(method, "/ssf/stream", sent).status_code == 400
    # What was read may be sent back as it is.
    assert app.call(method, "/ssf/stream", document).status_code == 200


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"a":1,"a":2}', "7", "\ud800", '{"stream_id":"x"'], ids=range(7)
)
def test_a_body_that_is_no_object(sqlite_world: World, body: str) -> None:
    app = party(sqlite_world)
    app.open()
    answer = send(
        sqlite_world,
        "PATCH",
        "/ssf/stream",
        body=body.encode("utf-8", "surrogatepass"),
        content_type="application/json",
        headers=bearer(app.token),
    )
    assert answer.status_code == 400
    assert answer.get_json()["error"] == "invalid_request"


def test_oa_112_the_stream_of_another_is_not_there(world: World) -> None:
    one, other = party(world), party(world)
    one.open()
    other.open()
    theirs = {"stream_id": one.stream}
    assert other.call("GET", "/ssf/stream", query=f"stream_id={one.stream}").status_code == 404
    assert other.call("PATCH", "/ssf/stream", theirs).status_code == 404
    assert other.call("PUT", "/ssf/stream", theirs).status_code == 404
    assert other.call("DELETE", "/ssf/stream", query=f"stream_id={one.stream}").status_code == 404
    assert other.call("POST", "/ssf/verify", theirs).status_code == 404
    paused = theirs | {"status": "paused"}
    assert other.call("POST", "/ssf/status", paused).status_code == 404
    assert one.status["status"] == "enabled"


ENDPOINTS = (
    ("GET", "/ssf/stream"),
    ("POST", "/ssf/stream"),
    ("PATCH", "/ssf/stream"),
    ("PUT", "/ssf/stream"),
    ("DELETE", "/ssf/stream"),
    ("GET", "/ssf/status"),
    ("POST", "/ssf/status"),
    ("POST", "/ssf/verify"),
    ("POST", "/ssf/poll"),
)


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_oa_079_no_other_token_opens_it(sqlite_world: World, method: str, path: str) -> None:
    world = sqlite_world
    app = party(world, scopes=["openid", "other"])
    app.open()
    given = app.client.tokens(settled(world), scope="openid ssf.manage")
    for token in (given["access_token"], given["id_token"], given["refresh_token"], "nothing"):
        app.token = token
        answer = app.call(method, path, {})
        assert answer.status_code == 401, token
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    app.token = app.fetch_token("other")
    answer = app.call(method, path, {})
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    none = send(world, method, path, body="{}", content_type="application/json")
    assert none.status_code == 401
    assert "error" not in none.headers["WWW-Authenticate"]
    query = send(world, method, path, query=f"access_token={app.fetch_token()}")
    assert query.status_code == 400


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_oa_047_a_closed_application_manages_nothing(world: World, method: str, path: str) -> None:
    app = party(world)
    app.open()
    with world.core.database.write() as tx:
        world.core.applications.set_enabled(tx, app.key, enabled=False)
    assert app.call(method, path, {}).status_code == 401


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_whoever_may_have_none_any_more(sqlite_world: World, method: str, path: str) -> None:
    app = party(sqlite_world)
    app.open()
    document = app.client.document
    store(sqlite_world, document | {"oidc": document["oidc"] | {"shared_signals": False}})
    assert app.call(method, path, {}).status_code == 403


def test_a_token_for_elsewhere_is_not_for_this(sqlite_world: World) -> None:
    world = sqlite_world
    app = party(world, audiences=["https://api.example", world.issuer])
    form = {"grant_type": "client_credentials", "scope": "ssf.manage"}
    elsewhere = app.client.post("/oidc/token", form | {"resource": "https://api.example"})
    app.token = elsewhere.json["access_token"]
    assert app.call("GET", "/ssf/stream").status_code == 401
    here = app.client.post("/oidc/token", form | {"resource": world.issuer})
    app.token = here.json["access_token"]
    assert app.call("GET", "/ssf/stream").status_code == 200


def test_without_the_setting_there_is_no_scope(sqlite_world: World) -> None:
    grants = ["authorization_code", "client_credentials"]
    client = register(sqlite_world, oidc={"grant_types": grants})
    form = {"grant_type": "client_credentials", "scope": "ssf.manage"}
    answer = client.post("/oidc/token", form)
    assert (answer.status, answer.json["error"]) == (400, "invalid_scope")


def test_the_setting_needs_the_grant(sqlite_world: World) -> None:
    client = register(sqlite_world, oidc={"shared_signals": True})
    with sqlite_world.core.database.read() as tx:
        found = sqlite_world.core.applications.load(tx, client.key)
    assert found is not None
    assert [str(one).partition(":")[0] for one in check_client(found)] == ["oidc.shared_signals"]
    assert application("x")["oidc"].get("shared_signals") is None


def test_a_state_and_its_reason(world: World) -> None:
    app = party(world)
    app.open()
    assert app.status == {"stream_id": app.stream, "status": "enabled"}
    answer = app.state("paused", "we move house")
    expected = {"stream_id": app.stream, "status": "paused", "reason": "we move house"}
    assert answer.get_json() == expected
    assert app.status == expected
    assert app.state("enabled").get_json() == {"stream_id": app.stream, "status": "enabled"}
    assert len(world.events("signals.state")) == 2
    for wrong in ("", "stopped", None, 7):
        said = {"stream_id": app.stream, "status": wrong}
        assert app.call("POST", "/ssf/status", said).status_code == 400


def test_a_verification_echoes_its_state_and_is_not_asked_for_again_at_once(world: World) -> None:
    app = party(world)
    app.open()
    asked = {"stream_id": app.stream, "state": "what we said"}
    assert app.call("POST", "/ssf/verify", asked).status_code == 204
    answer = app.call("POST", "/ssf/verify", asked)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    (heard,) = app.heard()
    assert heard.event == TRIAL
    assert heard.payload == {"state": "what we said"}
    assert heard.claims["sub_id"] == {"format": "opaque", "id": app.stream}
    world.clock.pass_by(5)
    app.token = ""
    assert app.call("POST", "/ssf/verify", {"stream_id": app.stream}).status_code == 204
    assert {one.payload.get("state") for one in app.heard()} == {"what we said", None}
    assert app.call("POST", "/ssf/verify", asked | {"state": "x" * 1025}).status_code == 400


def test_rl_021_of_verifications_at_once_one_is_sent(world: World) -> None:
    app = party(world)
    app.open()
    asked = {"stream_id": app.stream}
    answers = at_once(4, lambda _one: app.call("POST", "/ssf/verify", asked).status_code)
    assert sorted(answers) == [204, 429, 429, 429]


def test_wb_032_calls_are_counted(sqlite_url: str) -> None:
    world = open_world(sqlite_url, API_CALLS="3")
    app = party(world)
    app.open()
    assert [app.call("GET", "/ssf/stream").status_code for _one in range(3)] == [200, 200, 429]
    answer = app.call("POST", "/ssf/poll", {})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    world.close()


def test_oa_116_a_bound_token_is_for_whoever_holds_its_key(sqlite_world: World) -> None:
    world, key = sqlite_world, new_key("ES256")
    app = party(world, dpop_bound_access_tokens=True, dpop_nonce_required=True)
    form = {"grant_type": "client_credentials", "scope": "ssf.manage"}
    nonce = at_token(app.client, form, proof(world, key)).headers["DPoP-Nonce"]
    given = at_token(app.client, form, proof(world, key, nonce=nonce))
    app.token = token = given.json["access_token"]
    stolen = app.call("GET", "/ssf/stream")
    assert stolen.status_code == 401
    assert stolen.headers["WWW-Authenticate"].startswith("DPoP ")
    for made, status in ((new_key("ES256"), 401), (key, 200)):
        shown = proof(world, made, "GET", "/ssf/stream", token=token, nonce=nonce)
        headers = {"Authorization": f"DPoP {token}", "DPoP": shown}
        answer = send(world, "GET", "/ssf/stream", headers=headers)
        assert answer.status_code == status
    # What the next proof must carry.
    assert answer.headers["DPoP-Nonce"]


def test_a_stream_that_is_full_takes_nothing_on_trial(sqlite_world: World) -> None:
    app = party(sqlite_world)
    app.open()
    with sqlite_world.core.database.write() as tx:
        for _one in range(MOST):
            sqlite_world.core.streams.waiting.add(tx, app.stream, "verification")
    assert app.call("POST", "/ssf/verify", {"stream_id": app.stream}).status_code == 429
