# SPDX-License-Identifier: Apache-2.0
"""acr: a wish is met where it can be, an essential level is met or refused, none is invented."""

import json

import pytest

from connectors.base import Level
from tests.protocol.kit import assert_page, parameters_of, register, seed_session, settled
from tests.protocol.oidc.strict import check_response, segment
from tests.protocol.oidc.test_prompts import add_means
from tests.world import Browser, RelyingParty, World

ONE, TWO, THREE = (f"urn:sceau:level:{level}" for level in (1, 2, 3))


def essential(*values: str, single: bool = False) -> str:
    wanted = {"value": values[0]} if single else {"values": list(values)}
    return json.dumps({"id_token": {"acr": {"essential": True} | wanted}})


def silent(client: RelyingParty, browser: Browser, **changes: str) -> dict[str, str]:
    return parameters_of(browser.request("GET", client.authorize_url(prompt="none", **changes)))


def acr_of(client: RelyingParty, code: str) -> str:
    return str(segment(client.redeem(code).json["id_token"], 1)["acr"])


@pytest.mark.parametrize("wish", [THREE, f"{THREE} {TWO}", "phr phrh", f"{TWO} {ONE}", "x" * 5000])
def test_oa_015_a_wish_that_cannot_be_met_reports_the_level_reached(
    shared: World, wish: str
) -> None:
    client = shared.client("plain")
    answered = silent(client, settled(shared), acr_values=wish)
    assert acr_of(client, answered["code"]) == ONE


@pytest.mark.parametrize(
    "claims",
    [
        essential(THREE),
        essential(THREE, TWO),
        essential(THREE, single=True),
        essential("urn:example:unknown"),
        essential("urn:example:unknown", THREE),
        essential("phr", single=True),
    ],
)
def test_oa_015_an_essential_level_that_cannot_be_met_is_refused(
    shared: World, claims: str
) -> None:
    client = shared.client("plain")
    answered = silent(client, settled(shared), claims=claims)
    assert answered["error"] == "unmet_authentication_requirements"
    assert "code" not in answered
    browser = settled(shared)
    response = client.ask(browser, claims=claims)
    if "Location" in response.headers:
        assert parameters_of(response)["error"] == "unmet_authentication_requirements"
    else:
        assert_page(response, "level-unreachable", 403)


@pytest.mark.parametrize("claims", [essential(ONE), essential(THREE, ONE), essential("x", ONE)])
def test_oa_015_an_essential_level_that_is_met(shared: World, claims: str) -> None:
    client = shared.client("plain")
    answered = silent(client, settled(shared), claims=claims)
    assert acr_of(client, answered["code"]) == ONE


def test_oa_015_a_voluntary_level_in_the_claims_parameter_is_a_wish(shared: World) -> None:
    client = shared.client("plain")
    for acr in ({"value": THREE}, {"values": [THREE]}, {"essential": False, "value": THREE}, None):
        claims = json.dumps({"id_token": {"acr": acr}})
        answered = silent(client, settled(shared), claims=claims)
        assert acr_of(client, answered["code"]) == ONE


def test_oa_015_a_wish_never_lowers_the_registered_minimum(shared: World) -> None:
    client = shared.client("strong")
    for changes in ({"acr_values": ONE}, {"claims": essential(ONE)}):
        answered = silent(client, settled(shared), **changes)
        assert answered["error"] == "unmet_authentication_requirements"


def test_oa_015_a_wish_that_can_be_met_steps_the_session_up(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sqlite_world
    add_means(world, monkeypatch)
    client = register(world, policy={"means": ["password", "key"]})
    browser = settled(world)
    assert acr_of(client, silent(client, browser)["code"]) == ONE
    for changes in ({"acr_values": TWO}, {"claims": essential(TWO)}):
        assert silent(client, browser, **changes)["error"] == "interaction_required"
    seed_session(world, browser, level=Level.TWO_FACTORS, means="key")
    for changes in ({"acr_values": TWO}, {"claims": essential(TWO)}, {}):
        answer = client.redeem(silent(client, browser, **changes)["code"])
        check_response(world, client, answer, level=2)


def test_oa_015_among_essential_levels_the_best_that_was_reached_is_reported(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sqlite_world
    add_means(world, monkeypatch)
    client = register(world, policy={"means": ["password", "key"]})
    browser = settled(world, level=Level.TWO_FACTORS, means="key")
    # OIDC Core §5.5.1.1: one of the values asked, and never above what was proved.
    for values, told in (((ONE,), ONE), ((ONE, TWO), TWO), ((ONE, THREE), ONE), ((TWO,), TWO)):
        answered = silent(client, browser, claims=essential(*values))
        assert acr_of(client, answered["code"]) == told


def test_oa_015_proofs_by_means_that_the_application_does_not_allow_do_not_count(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sqlite_world
    add_means(world, monkeypatch)
    client = register(world, policy={"means": ["password"]})
    browser = settled(world, level=Level.TWO_FACTORS, means="key")
    answered = silent(client, browser)
    assert "code" not in answered
