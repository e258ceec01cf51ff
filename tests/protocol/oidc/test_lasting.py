# SPDX-License-Identifier: Apache-2.0
"""Refresh tokens that need no session (OIDC Core §11): asked for, agreed to, and with an end."""

import json
from threading import Thread
from typing import Any

import pytest

from connectors.base import Level
from idp.grants.codes import Codes
from tests.protocol.kit import (
    ELSEWHERE,
    at_once,
    parameters_of,
    register,
    seed_session,
    session_of,
    settled,
    store,
)
from tests.protocol.oidc.away import (
    DAY,
    SCOPE,
    agreed,
    away,
    gone,
    is_dead,
    lasting,
    refreshed,
    tidied,
)
from tests.protocol.oidc.strict import segment
from tests.protocol.processes import ServerProcess, fire
from tests.world import World, open_world


def test_it_lives_on_after_the_session_has_ended(world: World) -> None:
    client, tokens = away(world)
    assert client.userinfo(tokens["access_token"]).json["name"] == "Claire Durand"
    world.clock.pass_by(DAY)
    second = client.refresh(tokens["refresh_token"]).json
    assert set(second["scope"].split()) == set(SCOPE.split())
    assert client.introspect(second["access_token"]).json["active"] is True
    assert client.userinfo(second["access_token"]).status == 200


def test_oa_108_whoever_comes_next_in_the_same_browser_is_somebody_else(world: World) -> None:
    """Neither takes up what the other left, nor what the other still has."""
    client, browser = lasting(world), settled(world)
    first = agreed(client, browser)
    session = session_of(world, browser).id
    gone(world, browser)
    seed_session(world, browser, "infirmiere")
    assert session_of(world, browser).id != session
    # Nothing that somebody else agreed to counts for them.
    silent = client.answered(client.ask(browser, scope=SCOPE, prompt="none"))
    assert silent["error"] == "consent_required"
    second = agreed(client, browser)
    told = [client.userinfo(one["access_token"]).json["sub"] for one in (first, second)]
    later = [client.refresh(one["refresh_token"]).json for one in (first, second)]
    assert [client.userinfo(one["access_token"]).json["sub"] for one in later] == told
    assert len(set(told)) == 2
    labels = {segment(one["id_token"], 1)["sid"] for one in (first, second)}
    assert len(labels) == 2


def test_a_purged_session_changes_nothing(world: World) -> None:
    client, tokens = away(world)
    with world.core.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM session_applications")
        tx.exec_driver_sql("DELETE FROM sessions")
    assert client.userinfo(tokens["access_token"]).status == 200
    assert refreshed(client, tokens["refresh_token"])


def test_it_tells_of_the_login_that_was(world: World) -> None:
    """Core §12.2: neither a later time nor a higher level, whatever is proved since."""
    client, browser = lasting(world), settled(world)
    began = world.clock.now()
    first = agreed(client, browser)
    world.clock.pass_by(600)
    gone(world, browser)
    seed_session(world, browser, level=Level.TWO_FACTORS, means="totp")
    second = client.refresh(first["refresh_token"]).json
    told = [segment(one["id_token"], 1) for one in (first, second)]
    for one in told:
        assert (one["auth_time"], one["acr"]) == (began, "urn:sceau:level:1")
    assert told[0]["sub"] == told[1]["sub"]
    assert told[0]["sid"] == told[1]["sid"]
    assert "nonce" not in told[1]
    described = client.introspect(second["access_token"]).json
    assert (described["auth_time"], described["acr"]) == (began, "urn:sceau:level:1")


def test_without_asking_no_refresh_token_is_given(world: World) -> None:
    client = lasting(world)
    assert "refresh_token" not in client.tokens(settled(world), scope="openid profile")


def test_of_other_applications_the_word_means_nothing(world: World) -> None:
    client = register(world, oidc={"scopes": ["openid", "offline_access"]})
    browser = settled(world)
    tokens = client.tokens(browser, scope="openid offline_access")
    assert tokens["scope"] == "openid"
    gone(world, browser)
    assert is_dead(client, tokens)


def test_the_person_is_always_asked(world: World) -> None:
    """Core §11, also where an administrator agrees to all else for them."""
    client, browser = lasting(world, policy={"consent": False}), settled(world)
    client.ask(browser, scope=SCOPE)
    page = browser.page
    assert page.find(id="lasting") is not None
    refused = client.answered(browser.submit("/consent", answer="refuse"))
    assert refused["error"] == "access_denied"
    silent = browser.request("GET", client.authorize_url(scope=SCOPE, prompt="none"))
    assert parameters_of(silent)["error"] == "consent_required"


def test_what_was_agreed_before_is_not_asked_again(world: World) -> None:
    client, browser = lasting(world), settled(world)
    agreed(client, browser)
    silent = browser.request("GET", client.authorize_url(scope=SCOPE, prompt="none"))
    tokens = client.redeem(parameters_of(silent)["code"]).json
    assert "offline_access" in tokens["scope"]
    gone(world, browser)
    assert refreshed(client, tokens["refresh_token"])


def test_oa_105_an_agreement_is_good_until_the_day_that_was_told(world: World) -> None:
    """However often they log in meanwhile, and whoever asks for it unseen (`prompt=none`)."""
    client = lasting(world, oidc={"refresh_life": 10 * DAY})
    agreed(client, settled(world))
    world.clock.pass_by(9 * DAY)
    browser = settled(world)
    silent = browser.request("GET", client.authorize_url(scope=SCOPE, prompt="none"))
    tokens = client.redeem(parameters_of(silent)["code"]).json
    gone(world, browser)
    world.clock.pass_by(DAY - 60)
    last = refreshed(client, tokens["refresh_token"])
    assert last
    world.clock.pass_by(60)
    assert not refreshed(client, last)
    again = settled(world)
    silent = again.request("GET", client.authorize_url(scope=SCOPE, prompt="none"))
    assert parameters_of(silent)["error"] == "consent_required"
    client.ask(again, scope=SCOPE)
    assert again.page.find(id="lasting") is not None


def test_who_only_logs_in_is_asked_for_nothing(world: World) -> None:
    client = lasting(world)
    response = client.ask(settled(world), scope="openid profile")
    assert "code=" in response.headers["Location"]


def test_a_token_through_the_browser_lasts_no_longer(world: World) -> None:
    """Core §11: where no code is asked for, the word is left out."""
    client = lasting(
        world,
        oidc={
            "grant_types": ["authorization_code", "refresh_token", "implicit"],
            "response_types": ["code", "id_token token"],
        },
    )
    response = client.ask(settled(world), scope=SCOPE, response_type="id_token token")
    assert "offline_access" not in response.headers["Location"]
    assert "scope=openid+profile" in response.headers["Location"]


def test_oa_105_unused_it_ends(world: World) -> None:
    client, tokens = away(world, oidc={"refresh": "lasting", "refresh_idle": 3600})
    world.clock.pass_by(3500)
    second = refreshed(client, tokens["refresh_token"])
    world.clock.pass_by(3500)
    third = refreshed(client, second)
    assert second
    assert third
    world.clock.pass_by(3600)
    assert not refreshed(client, third)


def test_rl_009_what_ended_stays_so_whatever_the_clock_says_then(world: World) -> None:
    client, tokens = away(world, oidc={"refresh": "lasting", "refresh_idle": 3600})
    world.clock.pass_by(DAY)
    tidied(world)
    world.clock.pass_by(-DAY)
    assert is_dead(client, tokens)


def test_oa_105_used_it_ends_all_the_same(world: World) -> None:
    client, tokens = away(
        world, oidc={"refresh": "lasting", "refresh_idle": 3600, "refresh_life": 7200}
    )
    token = tokens["refresh_token"]
    for _ in range(3):
        world.clock.pass_by(2000)
        token = refreshed(client, token)
        assert token
    world.clock.pass_by(1200)
    assert not refreshed(client, token)


def test_oa_105_no_application_gets_more_than_the_server_lets(database_url: str) -> None:
    world = open_world(database_url, TOKENS_LASTING_IDLE="600", TOKENS_LASTING_ABSOLUTE="1000")
    try:
        client, tokens = away(world, oidc={"refresh": "lasting", "refresh_life": 10 * DAY})
        world.clock.pass_by(500)
        second = refreshed(client, tokens["refresh_token"])
        assert second
        world.clock.pass_by(500)
        assert not refreshed(client, second)
    finally:
        world.provider.close()


def test_an_operator_who_lets_nobody_advertises_nothing(sqlite_url: str) -> None:
    world = open_world(sqlite_url, TOKENS_LASTING_ABSOLUTE="0")
    try:
        found = world.browser().request("GET", "/.well-known/openid-configuration").get_json()
        assert "offline_access" not in found["scopes_supported"]
        client, browser = lasting(world), settled(world)
        tokens = client.tokens(browser, scope=SCOPE)
        assert tokens["scope"] == "openid profile"
        gone(world, browser)
        assert is_dead(client, tokens)
    finally:
        world.provider.close()


def test_a_life_made_shorter_counts_at_once(world: World) -> None:
    client, tokens = away(world)
    world.clock.pass_by(2 * DAY)
    shorter = client.document["oidc"] | {"refresh_life": DAY}
    store(world, client.document | {"oidc": shorter})
    assert is_dead(client, tokens)


def test_oa_100_a_second_use_ends_the_family(world: World) -> None:
    client, first = away(world)
    second = client.refresh(first["refresh_token"]).json
    assert not refreshed(client, first["refresh_token"])
    assert is_dead(client, second)
    assert client.userinfo(first["access_token"]).status == 401


def test_oa_101_rl_02_parallel_refresh_in_one_process(world: World) -> None:
    client, first = away(world)
    answers = at_once(20, lambda _: client.refresh(first["refresh_token"]))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 19
    assert is_dead(client, next(one.json for one in answers if one.status == 200))


def test_oa_101_rl_21_parallel_refresh_at_two_servers(
    world: World, database_url: str, servers: list[ServerProcess]
) -> None:
    client, first = away(world)
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    answers = fire(servers, database_url, [("/oidc/token", form, client.basic())], 20)
    assert sorted(status for status, _ in answers) == [200] + [400] * 39
    assert is_dead(client, next(body for status, body in answers if status == 200))


def test_oa_101_whoever_ends_it_meanwhile_wins(world: World) -> None:
    """Of a refresh and an end at one moment nothing is left, whichever was first."""
    client, tokens = away(world)
    account = world.cast["medecin"].id

    def one(number: int) -> Any:
        if number:
            return client.refresh(tokens["refresh_token"])
        with world.core.database.write() as tx:
            return world.core.codes.revoke_all_of(tx, account, client.key, "test", ELSEWHERE)

    _ended, answer = at_once(2, one)
    if answer.status == 200:
        assert is_dead(client, answer.json)
    assert is_dead(client, tokens)


@pytest.mark.parametrize("whole", [True, False], ids=["consent", "lasting"])
def test_oa_175_whoever_takes_it_back_while_it_is_given_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, *, whole: bool
) -> None:
    """Of a silent login and an end at one moment nothing lasts, whichever was first."""
    client, browser = lasting(world), settled(world)
    agreed(client, browser)
    core, account = world.core, world.cast["medecin"].id
    give = Codes.give

    def ends() -> None:
        with core.database.write() as tx:
            if whole:
                core.agreements.withdraw(tx, account, client.key, "person", ELSEWHERE)
            else:
                core.consents.take_out(tx, account, client.key, "offline_access")
                core.lasting.end(tx, account, client.key, "person", ELSEWHERE)

    ending = Thread(target=ends)

    def late(*told: Any, **more: Any) -> str:
        ending.start()
        # It waits for us, or has been; where it is through already, that is what is looked for.
        ending.join(0.5)
        return give(*told, **more)

    monkeypatch.setattr(Codes, "give", late)
    silent = browser.request("GET", client.authorize_url(scope=SCOPE, prompt="none"))
    ending.join()
    with core.database.read() as tx:
        assert core.lasting.of_account(tx, account) == []
    assert client.redeem(parameters_of(silent)["code"]).json["error"] == "invalid_grant"


def test_revoked_by_its_application_it_ends(world: World) -> None:
    client, tokens = away(world)
    assert client.post("/oidc/revoke", {"token": tokens["refresh_token"]}).status == 200
    assert is_dead(client, tokens)


def test_the_audit_tells_of_it_once(world: World) -> None:
    client, tokens = away(world)
    refreshed(client, tokens["refresh_token"])
    (event,) = world.events("lasting.given")
    assert (event.account, event.application) == (world.cast["medecin"].id, client.key)
    assert json.loads(event.detail)["until"] == world.clock.now() + 90 * DAY


def test_a_code_that_nobody_comes_for_is_listed_for_no_longer_than_an_hour(world: World) -> None:
    client, browser = lasting(world), settled(world)
    client.ask(browser, scope=SCOPE)
    browser.submit("/consent", answer="accept")
    world.clock.pass_by(3601)
    with world.core.database.read() as tx:
        assert world.core.lasting.of_account(tx, world.cast["medecin"].id) == []


def test_a_session_that_lives_is_not_needed_and_not_touched(world: World) -> None:
    """A refresh in somebody's absence keeps no session awake."""
    client, browser = lasting(world), settled(world)
    tokens = agreed(client, browser)
    seen = session_of(world, browser).seen_at
    world.clock.pass_by(1000)
    assert refreshed(client, tokens["refresh_token"])
    assert session_of(world, browser).seen_at == seen


def test_what_lives_is_left_alone_and_what_is_over_goes(world: World) -> None:
    client, tokens = away(world)

    def rows() -> int:
        with world.core.database.read() as tx:
            count = "SELECT count(*) FROM grants WHERE lasting_until IS NOT NULL"
            return int(tx.exec_driver_sql(count).scalar_one())

    world.clock.pass_by(DAY)
    tidied(world)
    assert refreshed(client, tokens["refresh_token"])
    world.clock.pass_by(92 * DAY)
    assert rows() == 1
    tidied(world)
    assert rows() == 0
