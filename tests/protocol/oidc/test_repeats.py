# SPDX-License-Identifier: Apache-2.0
"""Values that should be fresh, and what ends everything given before a moment."""

from idp.accounts.values import State
from tests.world import World


def test_oa_039_a_challenge_or_nonce_seen_before_is_flagged(world: World) -> None:
    browser = world.browser()
    client = world.client("plain")
    client.code_for(browser)
    assert world.events("request.repeated") == []
    client.code_for(browser)
    (event,) = world.events("request.repeated")
    assert (event.outcome, event.application) == ("flagged", "plain")
    assert "challenge nonce" in event.detail


def test_oa_039_another_application_or_fresh_values_are_not(world: World) -> None:
    browser = world.browser()
    client = world.client("plain")
    client.code_for(browser)
    other = world.client("pairwise")
    other.verifier = client.verifier
    other.code_for(browser)
    client.verifier = "another-verifier-of-this-very-test-0123456789"
    client.code_for(browser, nonce="another-nonce")
    assert world.events("request.repeated") == []


def test_oa_048_what_was_given_before_an_account_was_shut_stays_dead(world: World) -> None:
    """The account's own "not before": introspection, userinfo and refresh all honour it."""
    client = world.client("plain")
    tokens = client.tokens(world.browser())
    account = world.cast["medecin"].id
    for state in (State.DISABLED, State.ACTIVE):
        world.clock.pass_by(2)
        with world.core.database.write() as tx:
            assert world.core.accounts.set_state(tx, account, state)
    world.clock.pass_by(2)
    assert client.introspect(tokens["access_token"]).json == {"active": False}
    assert client.userinfo(tokens["access_token"]).status == 401
    assert client.refresh(tokens["refresh_token"]).status == 400
    assert client.introspect(client.tokens(world.browser())["access_token"]).json["active"]


def test_oa_048_what_was_given_before_an_application_was_shut_stays_dead(world: World) -> None:
    client = world.client("plain")
    browser = world.browser()
    tokens = client.tokens(browser)
    code = client.code_for(browser)
    for enabled in (False, True):
        world.clock.pass_by(2)
        with world.core.database.write() as tx:
            assert world.core.applications.set_enabled(tx, "plain", enabled=enabled)
    world.clock.pass_by(2)
    assert client.introspect(tokens["access_token"]).json == {"active": False}
    assert client.userinfo(tokens["access_token"]).status == 401
    assert client.refresh(tokens["refresh_token"]).status == 400
    assert client.redeem(code).status == 400
    assert client.introspect(client.tokens(browser)["access_token"]).json["active"]
