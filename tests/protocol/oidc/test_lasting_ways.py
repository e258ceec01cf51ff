# SPDX-License-Identifier: Apache-2.0
"""By which ways an application is let in while its person is away, and by which never."""

from tests.protocol.kit import (
    ELSEWHERE,
    Guest,
    seed_session,
    settled,
)
from tests.protocol.oidc.absent import agreed as handed
from tests.protocol.oidc.absent import caller
from tests.protocol.oidc.away import (
    DAY,
    SCOPE,
    agreed,
    gone,
    lasting,
    refreshed,
)
from tests.protocol.oidc.devices import GRANT as DEVICE
from tests.protocol.oidc.devices import asked as device_asks
from tests.protocol.oidc.devices import decide, poll, type_code
from tests.protocol.oidc.exchanging import ACCESS
from tests.protocol.oidc.exchanging import GRANT as EXCHANGE
from tests.protocol.oidc.proofs import code_form, proof, refresh_form
from tests.protocol.oidc.signing import new_key
from tests.protocol.oidc.test_fapi import Strict
from tests.world import World


def test_a_public_application_needs_a_key(world: World) -> None:
    key = new_key("ES256", None)
    client = lasting(
        world,
        oidc={
            "token_endpoint_auth_method": "none",
            "refresh": "lasting",
            "dpop_bound_access_tokens": True,
        },
    )
    browser = settled(world)
    client.ask(browser, scope=SCOPE)
    code = client.answered(browser.submit("/consent", answer="accept"))["code"]
    tokens = client.post("/oidc/token", code_form(client, code), DPoP=proof(world, key)).json
    gone(world, browser)
    form = refresh_form(tokens["refresh_token"])
    thief = client.post("/oidc/token", form, DPoP=proof(world, new_key("ES256", None)))
    assert thief.json["error"] == "invalid_grant"
    assert client.post("/oidc/token", form, DPoP=proof(world, key)).status == 200


def television(world: World) -> Guest:
    return lasting(
        world,
        oidc={
            "refresh": "lasting",
            "grant_types": [DEVICE, "refresh_token"],
            "redirect_uris": [],
        },
    )


def test_a_device_stays_connected(world: World) -> None:
    client, browser = television(world), settled(world)
    given = device_asks(client, SCOPE)
    type_code(browser, given["user_code"])
    assert browser.page.find(id="lasting") is not None
    decide(browser)
    gone(world, browser)
    tokens = poll(client, given).json
    world.clock.pass_by(DAY)
    assert refreshed(client, tokens["refresh_token"])


def test_a_device_that_does_not_ask_ends_with_the_session(world: World) -> None:
    client, browser = television(world), settled(world)
    given = device_asks(client, "openid profile")
    type_code(browser, given["user_code"])
    assert browser.page.find(id="lasting") is None
    decide(browser)
    tokens = poll(client, given).json
    assert "refresh_token" not in tokens
    gone(world, browser)
    assert client.userinfo(tokens["access_token"]).status == 401


def test_in_its_own_name_no_application_is_away(world: World) -> None:
    client = lasting(
        world,
        oidc={
            "refresh": "lasting",
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        },
    )
    form = {"grant_type": "client_credentials", "scope": "offline_access"}
    answer = client.post("/oidc/token", form)
    assert (answer.status, answer.json["error"]) == (400, "invalid_scope")


def test_fapi_uses_its_token_again_and_unused_it_ends(world: World) -> None:
    """FAPI 2.0 §5.3.2.1 has no rotation; the end of one that nobody uses is kept all the same."""
    one = Strict(world, refresh="lasting", refresh_idle=3600)
    with world.core.database.write() as tx:
        account, agreed_to = world.cast["medecin"].id, ("profile", "offline_access")
        world.core.consents.give(tx, account, one.client.key, agreed_to, ELSEWHERE)
    code = one.code(scope=SCOPE)
    token = one.at_token(code_form(one.client, code)).json["refresh_token"]
    with world.core.database.write() as tx:
        world.core.sessions.end_all(tx, account, "logout", ELSEWHERE)
    for _again in range(3):
        world.clock.pass_by(3000)
        assert one.at_token(refresh_form(token)).status == 200
    world.clock.pass_by(3600)
    assert one.at_token(refresh_form(token)).json["error"] == "invalid_grant"


def test_by_an_exchange_it_is_never_passed_on(world: World) -> None:
    client = lasting(
        world,
        oidc={
            "refresh": "lasting",
            "grant_types": ["authorization_code", "refresh_token", EXCHANGE],
            "exchange_audiences": ["resource"],
            "audiences": ["resource"],
        },
    )
    browser = settled(world)
    tokens = agreed(client, browser)
    gone(world, browser)
    form = {"grant_type": EXCHANGE, "subject_token_type": ACCESS}
    shown = form | {"subject_token": tokens["access_token"]}
    answer = client.post("/oidc/token", shown)
    assert (answer.status, answer.json["scope"]) == (200, "profile")
    assert "refresh_token" not in answer.json
    asked = client.post("/oidc/token", shown | {"scope": "offline_access"})
    assert asked.json["error"] == "invalid_scope"


def test_nobody_lets_it_in_from_elsewhere(world: World) -> None:
    """By CIBA the application is given access alone."""
    one = caller(world, refresh="lasting")
    given = one.come(handed(one, one.asked(scope=SCOPE))).json
    assert given["scope"] == "openid profile"
    assert "refresh_token" not in given


def test_whoever_was_brought_by_software_lets_nothing_in(world: World) -> None:
    client = lasting(world, policy={"means": ["launch"]})
    browser = world.browser()
    seed_session(world, browser, means="launch")
    given = agreed(client, browser)
    assert given["scope"] == "openid profile"
    assert "refresh_token" not in given
    gone(world, browser)
    assert client.userinfo(given["access_token"]).status == 401
