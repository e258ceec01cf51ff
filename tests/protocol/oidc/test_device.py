# SPDX-License-Identifier: Apache-2.0
"""The device grant (RFC 8628): asked elsewhere, agreed to by somebody who saw it, redeemed once."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from idp.accounts.values import State
from idp.applications.registration import read_registration
from idp.chores import Chores
from idp.grants import device_requests
from idp.grants.device_requests import LENGTH, TRIES, DeviceRequests, plain
from idp.oidc import crowd
from idp.oidc.client import check_client
from tests.cast import application
from tests.protocol.kit import (
    at_once,
    register,
    settled,
    with_policy,
)
from tests.protocol.oidc.devices import (
    GRANT,
    PATH,
    approve,
    asked,
    decide,
    error,
    poll,
    television,
    type_code,
)
from tests.protocol.oidc.proofs import proof
from tests.protocol.oidc.signing import new_key, public
from tests.protocol.oidc.strict import discovery, segment, verify
from tests.protocol.oidc.test_pushed_requests import pushed_by
from tests.protocol.processes import ServerProcess, everywhere
from tests.world import World, open_world


def test_what_a_device_is_given(world: World) -> None:
    answer = television(world).post(PATH, {"scope": "openid"})
    assert answer.headers["Cache-Control"] == "no-store"
    given = answer.json
    assert set(given) == {
        *("device_code", "user_code", "verification_uri", "verification_uri_complete"),
        *("expires_in", "interval"),
    }
    assert given["verification_uri"] == f"{world.issuer}/device"
    assert given["verification_uri_complete"].endswith(f"/device?user_code={given['user_code']}")
    assert (given["expires_in"], given["interval"]) == (600, 5)
    # 256 bits to keep, and eight letters of twenty to type.
    assert len(given["device_code"]) == 43
    assert len(plain(given["user_code"]) or "") == LENGTH
    # Neither of them lies in the database.
    with world.core.database.read() as tx:
        row = str(tx.execute(text("SELECT * FROM device_requests")).all())
    assert given["device_code"] not in row
    assert given["user_code"].replace("-", "") not in row


def test_a_device_ends_up_with_the_tokens_of_a_login(world: World) -> None:
    client, browser = television(world), settled(world)
    given = asked(client, "openid profile email")
    assert error(poll(client, given)) == "authorization_pending"
    approve(browser, given)
    world.clock.pass_by(5)
    tokens = poll(client, given).json
    assert set(tokens) == {
        *("access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token")
    }
    assert tokens["scope"] == "openid profile email"
    claims = verify(world, tokens["id_token"], "JWT").claims
    assert claims["aud"] == client.key
    assert "nonce" not in claims
    told = client.userinfo(tokens["access_token"])
    assert (told.status, told.json["sub"]) == (200, claims["sub"])
    again = client.refresh(tokens["refresh_token"])
    assert segment(again.json["id_token"], 1)["sid"] == claims["sid"]
    assert client.introspect(again.json["access_token"]).json["sid"] == claims["sid"]
    kinds = [one.kind for one in world.events()]
    assert "device.approved" in kinds
    assert "token.given" in kinds


def test_whoever_is_not_logged_in_logs_in_on_the_way(world: World) -> None:
    client, browser = television(world), world.browser()
    given = asked(client)
    type_code(browser, given["user_code"])
    assert browser.page.find(id="device-code") is None
    browser.log_in()
    assert browser.page.find(id="device-code") is not None
    assert decide(browser).request.path == "/device/done"
    assert poll(client, given).status == 200


def test_the_level_that_the_device_asks_for_is_reached_first(world: World) -> None:
    client, browser = television(world), settled(world)
    essential = {"id_token": {"acr": {"essential": True, "values": ["urn:sceau:level:2"]}}}
    given = asked(client, claims=json.dumps(essential))
    type_code(browser, given["user_code"])
    assert browser.page.find(id="device-code") is None
    fresh = asked(client, max_age="60")
    world.clock.pass_by(90)
    type_code(browser, fresh["user_code"])
    assert browser.page.find(id="device-code") is None


def test_rl_21_a_code_is_redeemed_once_also_at_once(world: World) -> None:
    client, browser = television(world), settled(world)
    given = asked(client)
    approve(browser, given)
    answers = at_once(20, lambda _: poll(client, given).status)
    assert sorted(answers) == [200] + [400] * 19
    assert error(poll(client, given)) == "invalid_grant"


def test_rl_21_at_two_servers(
    world: World, database_url: str, servers: list[ServerProcess]
) -> None:
    document = {"grant_types": [GRANT], "redirect_uris": []}
    client = register(world, oidc=document | {"token_endpoint_auth_method": "none"})
    given = asked(client)
    approve(settled(world), given)
    answers = everywhere(servers, database_url, 10, come_public, client.key, given["device_code"])
    assert sorted(answers) == [200] + [400] * 19


def come_public(world: World, _number: int, key: str, code: str) -> int:
    """The same, of one that keeps no secret."""
    form = {"grant_type": GRANT, "device_code": code, "client_id": key}
    return world.client("dcc").post("/oidc/token", form, Authorization="").status


def test_rl_02_another_node_reads_it_after_a_restart(world: World, database_url: str) -> None:
    client = television(world)
    given = asked(client)
    again = open_world(database_url)
    try:
        approve(settled(again), given)
    finally:
        again.close()
    assert poll(client, given).status == 200


def test_another_application_gets_nothing_and_spoils_nothing(world: World) -> None:
    client, other = television(world), television(world)
    given = asked(client)
    approve(settled(world), given)
    assert error(poll(other, given)) == "invalid_grant"
    assert error(poll(client, {"device_code": given["device_code"][:-1]})) == "invalid_grant"
    assert error(poll(client, {"device_code": given["device_code"] + "A"})) == "invalid_grant"
    assert error(poll(client, {"device_code": given["user_code"]})) == "invalid_grant"
    for code in ("", "x" * 5000):
        assert error(poll(client, {"device_code": code})) == "invalid_request"
    assert poll(client, given).status == 200


def test_oa_041_for_applications_that_are_registered_for_it(world: World) -> None:
    plain_one = world.client("plain")
    answer = plain_one.post(PATH, {"scope": "openid"})
    assert error(answer) == "unauthorized_client"
    assert error(poll(plain_one, {"device_code": "x" * 43})) == "unauthorized_client"
    # And whoever is registered for it alone sends nobody here.
    client = television(world)
    response = world.browser().get(f"/oidc/authorize?client_id={client.key}&response_type=code")
    assert response.status_code == 400
    wrong = client.post(PATH, {"scope": "openid"}, Authorization="Basic eDp5")
    assert (wrong.status, wrong.json["error"]) == (401, "invalid_client")
    assert GRANT in discovery(world)["grant_types_supported"]


@pytest.mark.parametrize(
    "changes",
    [
        {"require_signed_request_object": True},
        {"profile": "fapi2-signed", "token_endpoint_auth_method": "private_key_jwt"},
    ],
    ids=["switch", "profile"],
)
def test_oa_041_not_where_each_request_must_be_signed(changes: dict[str, Any]) -> None:
    settings = {"jwks": {"keys": [public(new_key("ES256"))]}, **changes}

    def faults(*grants: str) -> list[tuple[str, str]]:
        document = application("guest", oidc=settings | {"grant_types": [*grants]})
        found = check_client(read_registration(document, frozenset({"password"})))
        return [(one.place, one.what.key) for one in found]

    assert faults("authorization_code") == []
    assert faults("authorization_code", GRANT) == [("oidc.grant_types", "device-unsigned")]


def test_one_that_left_the_registration_is_asked_no_more(world: World) -> None:
    client = television(world)
    given = asked(client)
    with_policy(
        world,
        client,
        {**client.document, "oidc": client.settings | {"grant_types": ["client_credentials"]}},
    )
    assert type_code(settled(world), given["user_code"]).status_code == 422
    assert error(poll(client, given)) == "unauthorized_client"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"scope": "unknown"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "openid", "resource": "https://x.example"}, "invalid_target"),
        ({"scope": "openid", "max_age": "-1"}, "invalid_request"),
        ({"scope": "openid", "claims": "[]"}, "invalid_request"),
        ({"scope": "openid", "request": "x.y.z"}, "request_not_supported"),
        ({"scope": "openid", "authorization_details": "[]"}, "invalid_authorization_details"),
        ({"scope": "openid", "dpop_jkt": "short"}, "invalid_request"),
    ],
)
def test_oa_042_oa_043_it_asks_for_no_more_than_it_may(
    shared: World, form: dict[str, str], code: str
) -> None:
    assert error(television(shared).post(PATH, form)) == code


def test_oa_042_a_scope_at_the_token_endpoint_widens_nothing(world: World) -> None:
    client = television(world, oidc={"scopes": ["openid", "profile", "email"]})
    given = asked(client, "openid")
    approve(settled(world), given)
    assert poll(client, given, scope="openid profile email").json["scope"] == "openid"


def test_oa_043_audiences_as_with_a_code(world: World) -> None:
    client = television(world, oidc={"audiences": ["resource", "other"]})
    given = asked(client, resource="resource")
    approve(settled(world), given)
    assert error(poll(client, given, resource="other")) == "invalid_target"
    tokens = poll(client, given, resource="resource").json
    assert world.client("resource").introspect(tokens["access_token"]).json["active"]


def test_what_is_asked_in_detail_is_shown_and_given(world: World) -> None:
    client = television(world, oidc={"authorization_details_types": ["exam"]})
    details = [{"type": "exam", "actions": ["read"]}]
    given = asked(client, authorization_details=json.dumps(details))
    browser = settled(world)
    type_code(browser, given["user_code"])
    assert "read" in browser.page.main.get_text()
    decide(browser)
    assert poll(client, given).json["authorization_details"] == details


def test_oa_116_the_key_that_the_device_named_and_no_other(world: World) -> None:
    client = television(world, oidc={"token_endpoint_auth_method": "none"})
    key, other = new_key("ES256"), new_key("ES256")
    made = client.post(PATH, {"scope": "openid"}, DPoP=proof(world, key, path=PATH))
    assert made.status == 200
    given = made.json
    approve(settled(world), given)
    form = {"grant_type": GRANT, "device_code": given["device_code"]}
    assert error(client.post("/oidc/token", form)) == "invalid_grant"
    wrong = client.post("/oidc/token", form, DPoP=proof(world, other))
    assert error(wrong) == "invalid_grant"
    tokens = client.post("/oidc/token", form, DPoP=proof(world, key)).json
    assert tokens["token_type"] == "DPoP"
    assert public(key)["kty"] == "EC"


def test_oa_047_who_was_locked_or_logged_out_meanwhile(world: World) -> None:
    client = television(world)
    browser = settled(world)
    given = asked(client)
    approve(browser, given)
    with world.core.database.write() as tx:
        world.core.accounts.set_state(tx, world.cast["medecin"].id, State.DISABLED)
    assert error(poll(client, given)) == "invalid_grant"
    with world.core.database.write() as tx:
        world.core.accounts.set_state(tx, world.cast["medecin"].id, State.ACTIVE)
    # It is used up all the same.
    assert error(poll(client, given)) == "invalid_grant"


def test_a_public_device_is_counted_by_address(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(crowd.ROOMS, "device_authorization", crowd.Room(3, 4))
    client = television(world, oidc={"token_endpoint_auth_method": "none"})
    answers = [client.post(PATH, {"scope": "openid"}) for _ in range(4)]
    assert [one.status for one in answers] == [200, 200, 200, 429]
    assert int(answers[3].headers["Retry-After"]) > 0
    # What is set aside by a browser's applications is counted by itself.
    pushed_by(world.client("native"))


def test_so_many_wait_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_requests, "MOST", 2)
    client = television(world)
    statuses = [client.post(PATH, {"scope": "openid"}).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    world.clock.pass_by(600)
    assert client.post(PATH, {"scope": "openid"}).status == 200


def test_what_is_decided_keeps_no_device_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_requests, "MOST", 2)
    client, browser = television(world), settled(world)
    used, refused = asked(client), asked(client)
    approve(browser, used)
    # One that its device has yet to come for waits still.
    assert client.post(PATH, {"scope": "openid"}).status == 429
    assert poll(client, used).status == 200
    type_code(browser, refused["user_code"])
    decide(browser, "refuse")
    statuses = [client.post(PATH, {"scope": "openid"}).status for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_a_code_that_is_drawn_twice_is_drawn_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = television(world)
    drawn = iter(["BBBBBBBB", "BBBBBBBB", "CCCCCCCC", *["BBBBBBBB"] * TRIES])
    monkeypatch.setattr(DeviceRequests, "_letters", lambda _: next(drawn))
    assert [asked(client)["user_code"] for _ in range(2)] == ["BBBB-BBBB", "CCCC-CCCC"]
    assert client.post(PATH, {"scope": "openid"}).status == 429


def test_what_is_over_is_dropped(world: World) -> None:
    asked(television(world))
    world.clock.pass_by(600 + 3601)
    Chores(world.core).do()
    with world.core.database.read() as tx:
        assert tx.execute(text("SELECT count(*) FROM device_requests")).scalar() == 0


def test_whoever_connects_it_is_told_of_faults_and_not_of_waiting(world: World) -> None:
    client = television(world)
    given = asked(client)
    poll(client, given)
    poll(client, given)
    with world.core.database.read() as tx:
        faults = [one.fault for one in world.core.seen.of(tx, client.key)]
    assert any(one.startswith("slow_down") for one in faults)
    assert not any("pending" in one for one in faults)
    assert given["device_code"] not in str(faults)
