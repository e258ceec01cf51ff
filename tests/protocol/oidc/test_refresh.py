# SPDX-License-Identifier: Apache-2.0
"""Refresh tokens: each used once, a second use ends the family, nothing outlives its reason."""

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from tests.protocol.kit import ELSEWHERE, at_once, register, session_of, settled, store
from tests.protocol.oidc.test_codes import refused
from tests.protocol.processes import ServerProcess, fire
from tests.world import World, open_world

HOUR = 3600


def dead(client: Any, tokens: dict[str, Any]) -> None:
    """Nothing of this answer is alive."""
    assert client.introspect(tokens["access_token"]).json == {"active": False}
    assert client.introspect(tokens["refresh_token"]).json == {"active": False}
    assert client.userinfo(tokens["access_token"]).status == 401
    refused(client.refresh(tokens["refresh_token"]))


def test_each_refresh_gives_another(world: World) -> None:
    client = world.client("dcc")
    tokens = [client.tokens(settled(world))]
    for _ in range(5):
        tokens.append(client.refresh(tokens[-1]["refresh_token"]).json)
    assert len({one["refresh_token"] for one in tokens}) == 6
    assert len({one["access_token"] for one in tokens}) == 6
    assert client.userinfo(tokens[-1]["access_token"]).status == 200


@pytest.mark.parametrize("generations", [1, 3])
def test_oa_100_a_second_use_ends_the_family(world: World, generations: int) -> None:
    client = world.client("dcc")
    first = client.tokens(settled(world))
    newest = first
    for _ in range(generations):
        newest = client.refresh(newest["refresh_token"]).json
    refused(client.refresh(first["refresh_token"]))
    dead(client, newest)
    assert client.userinfo(first["access_token"]).status == 401
    ended = world.events("grant.revoked")
    assert [one.detail for one in ended if "refresh_reused" in one.detail]


def test_oa_100_another_login_of_the_same_person_lives_on(sqlite_world: World) -> None:
    client = sqlite_world.client("dcc")
    browser = settled(sqlite_world)
    first, other = client.tokens(browser), client.tokens(browser)
    client.refresh(first["refresh_token"])
    refused(client.refresh(first["refresh_token"]))
    assert client.refresh(other["refresh_token"]).status == 200


def broken(*_arguments: Any) -> Any:
    """What a statement does whose database is gone."""
    raise OperationalError("blown", {}, Exception("the disk is full"))


def test_oa_107_a_rotation_that_is_cut_short_leaves_the_old_token_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = world.client("dcc")
    first = client.tokens(settled(world))
    with monkeypatch.context() as patch:
        patch.setattr(world.core.tokens, "give", broken)
        cut = client.refresh(first["refresh_token"])
    assert cut.status >= 500
    assert not {"access_token", "refresh_token"} & cut.json.keys()
    second = client.refresh(first["refresh_token"])
    assert second.status == 200
    refused(client.refresh(first["refresh_token"]))
    dead(client, second.json)


def test_oa_107_a_revocation_that_was_not_kept_is_not_confirmed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = world.client("dcc")
    first = client.tokens(settled(world))
    with monkeypatch.context() as patch:
        patch.setattr(world.core.audit, "record", broken)
        assert client.post("/oidc/revoke", {"token": first["refresh_token"]}).status >= 500
    assert client.introspect(first["refresh_token"]).json["active"] is True
    assert client.post("/oidc/revoke", {"token": first["refresh_token"]}).status == 200
    assert client.introspect(first["refresh_token"]).json["active"] is False


def test_oa_101_parallel_refresh_in_one_process(world: World) -> None:
    client = world.client("dcc")
    first = client.tokens(settled(world))
    answers = at_once(50, lambda _: client.refresh(first["refresh_token"]))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 49
    winner = next(answer.json for answer in answers if answer.status == 200)
    # Whoever holds the newer token may be a thief: the state after the race is one, and dead.
    dead(client, winner)


def test_oa_101_parallel_refresh_at_two_servers(
    world: World, database_url: str, servers: list[ServerProcess]
) -> None:
    client = world.client("dcc")
    first = client.tokens(settled(world))
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    answers = fire(servers, database_url, [("/oidc/token", form, client.basic())], 25)
    assert sorted(status for status, _ in answers) == [200] + [400] * 49
    dead(client, next(body for status, body in answers if status == 200))


def test_oa_101_cve_2026_1035_two_families_in_parallel_do_not_mix(
    world: World, database_url: str, servers: list[ServerProcess]
) -> None:
    client = world.client("dcc")
    browser = settled(world)
    calls = []
    for _ in range(8):
        form = {"grant_type": "refresh_token"}
        form["refresh_token"] = client.tokens(browser)["refresh_token"]
        calls.append(("/oidc/token", form, client.basic()))
    answers = fire(servers, database_url, calls, 8)
    assert sorted(status for status, _ in answers) == [200] * 8 + [400] * 8


def test_oa_102_cve_2026_9802_a_replay_after_a_restart(world: World, database_url: str) -> None:
    client = world.client("dcc")
    code = client.code_for(settled(world))
    first = client.redeem(code).json
    second = client.refresh(first["refresh_token"]).json
    again = open_world(database_url)
    try:
        restarted = again.client("dcc")
        restarted.verifier = client.verifier
        assert restarted.userinfo(second["access_token"]).status == 200
        refused(restarted.refresh(first["refresh_token"]))
        refused(restarted.redeem(code))
        dead(restarted, second)
    finally:
        again.provider.close()
    dead(client, second)


def test_oa_104_another_client(world: World) -> None:
    owner, thief = world.client("dcc"), world.client("plain")
    token = owner.tokens(settled(world))["refresh_token"]
    refused(thief.refresh(token))
    # Somebody else's attempt is not the owner's second use.
    assert owner.refresh(token).status == 200


@pytest.mark.parametrize("scope", ["openid phone", "openid profile email phone", "admin", "OPENID"])
def test_oa_104_a_wider_scope(shared: World, scope: str) -> None:
    client = shared.client("plain")
    token = client.tokens(settled(shared), scope="openid email")["refresh_token"]
    refused(client.refresh(token, scope=scope), "invalid_scope")
    # The refusal is of the request, not of the token.
    assert client.refresh(token).json["scope"] == "openid email"


def test_a_scope_that_there_is_not_widens_nothing(shared: World) -> None:
    client = shared.client("plain")
    first = client.tokens(settled(shared), scope="openid email offline_access")
    assert first["scope"] == "openid email"
    again = client.refresh(first["refresh_token"], scope="openid email offline_access").json
    assert again["scope"] == "openid email"


def test_oa_104_a_narrower_scope_for_once(shared: World) -> None:
    client = shared.client("plain")
    first = client.tokens(settled(shared), scope="openid email")
    narrow = client.refresh(first["refresh_token"], scope="openid").json
    assert narrow["scope"] == "openid"
    assert set(client.userinfo(narrow["access_token"]).json) == {"sub"}
    # RFC 6749 §6: the new refresh token stands for what the old one did.
    assert client.refresh(narrow["refresh_token"]).json["scope"] == "openid email"


def test_oa_104_a_scope_taken_from_the_registration_is_gone_from_the_next_token(
    sqlite_world: World,
) -> None:
    client = register(sqlite_world)
    first = client.tokens(settled(sqlite_world), scope="openid email phone")
    document = client.document | {"oidc": client.document["oidc"] | {"scopes": ["openid", "email"]}}
    store(sqlite_world, document)
    second = client.refresh(first["refresh_token"]).json
    assert set(second["scope"].split()) == {"openid", "email"}


def test_oa_104_a_wider_audience(shared: World) -> None:
    client = register(shared, oidc={"audiences": ["https://a.example", "https://b.example"]})
    code = client.code_for(settled(shared), resource="https://a.example")
    token = client.redeem(code).json["refresh_token"]
    for resource in ("https://b.example", "https://evil.example"):
        refused(client.refresh(token, resource=resource), "invalid_target")
    assert client.refresh(token, resource="https://a.example").status == 200


def test_oa_105_an_unused_token_ends(world: World) -> None:
    client = world.client("dcc")
    idle = world.core.settings.tokens.refresh_idle
    first = client.tokens(settled(world))
    world.clock.pass_by(idle - 1)
    second = client.refresh(first["refresh_token"]).json
    world.clock.pass_by(idle)
    refused(client.refresh(second["refresh_token"]))
    assert client.introspect(second["refresh_token"]).json == {"active": False}


def test_oa_105_use_never_passes_the_absolute_end(sqlite_world: World) -> None:
    world, client = sqlite_world, sqlite_world.client("dcc")
    tokens = client.tokens(settled(world))
    end = world.clock.now() + min(
        world.core.settings.tokens.refresh_absolute, world.core.settings.session.absolute
    )
    while world.clock.now() + HOUR < end:
        world.clock.pass_by(HOUR)
        tokens = client.refresh(tokens["refresh_token"]).json
    world.clock.pass_by(end - world.clock.now() - 30)
    tokens = client.refresh(tokens["refresh_token"]).json
    world.clock.pass_by(30)
    dead(client, tokens)


def test_oa_105_no_token_outlives_the_grant(sqlite_world: World) -> None:
    world, client = sqlite_world, sqlite_world.client("dcc")
    tokens = client.tokens(settled(world))
    began = world.clock.now()
    life = world.core.settings.tokens.refresh_absolute
    end = began + min(life, world.core.settings.session.absolute)
    while world.clock.now() + 2 * HOUR < end:
        world.clock.pass_by(2 * HOUR)
        tokens = client.refresh(tokens["refresh_token"]).json
        for name in ("access_token", "refresh_token"):
            assert client.introspect(tokens[name]).json["exp"] <= began + life


def test_oa_106_logging_out_ends_every_token_of_the_session(world: World) -> None:
    browser = settled(world)
    held = {key: world.client(key).tokens(browser) for key in ("dcc", "plain")}
    other = world.client("plain").tokens(settled(world))
    session = session_of(world, browser)
    with world.core.database.write() as tx:
        world.core.sessions.end(tx, session.id, "person", ELSEWHERE)
    for key, tokens in held.items():
        dead(world.client(key), tokens)
    assert world.client("plain").refresh(other["refresh_token"]).status == 200


def test_oa_106_withdrawing_consent_ends_the_tokens_of_that_application(world: World) -> None:
    browser = settled(world)
    client, other = world.client("dcc"), world.client("plain")
    tokens, kept = client.tokens(browser), other.tokens(browser)
    account = world.cast["medecin"].id
    with world.core.database.write() as tx:
        world.core.codes.revoke_all_of(tx, account, "dcc", "consent_withdrawn", ELSEWHERE)
    dead(client, tokens)
    assert other.refresh(kept["refresh_token"]).status == 200


def test_oa_106_a_provider_elsewhere_sees_it_at_once(world: World, database_url: str) -> None:
    client = world.client("dcc")
    tokens = client.tokens(settled(world))
    elsewhere = open_world(database_url)
    try:
        far = elsewhere.client("dcc")
        assert far.userinfo(tokens["access_token"]).status == 200
        with world.core.database.write() as tx:
            world.core.applications.set_enabled(tx, "dcc", enabled=False)
        assert far.userinfo(tokens["access_token"]).status == 401
        assert far.refresh(tokens["refresh_token"]).json["error"] == "invalid_client"
    finally:
        elsewhere.provider.close()
