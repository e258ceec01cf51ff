# SPDX-License-Identifier: Apache-2.0
"""The answer to a login, held to every obligation by a strict relying party."""

import pytest

from tests.protocol.kit import bearer, register, send, settled
from tests.protocol.oidc.strict import (
    NONCE,
    check_access,
    check_headers,
    check_response,
    discovery,
    segment,
    verify,
)
from tests.world import World


def test_a_login_by_password_answers_what_it_must(world: World) -> None:
    client = world.client("dcc")
    world.clock.pass_by(5)
    answer = client.redeem(client.code_for(world.browser()))
    check_response(world, client, answer, auth_time=world.clock.now())


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
@pytest.mark.parametrize("kind", ["opaque", "jwt"])
def test_each_algorithm_and_format_by_registration(
    shared: World, algorithm: str, kind: str
) -> None:
    assert algorithm in discovery(shared)["id_token_signing_alg_values_supported"]
    client = register(
        shared, oidc={"id_token_signed_response_alg": algorithm, "access_token_format": kind}
    )
    answer = client.redeem(client.code_for(settled(shared)))
    found = check_response(shared, client, answer)
    assert found.header["alg"] == algorithm
    assert found.claims["amr"] == ["pwd"]
    if kind == "jwt":
        assert segment(answer.json["access_token"], 0)["alg"] == algorithm


def test_a_session_that_is_reused_keeps_its_time_of_login(sqlite_world: World) -> None:
    world = sqlite_world
    browser = world.browser()
    began = world.clock.now()
    world.client("plain").tokens(browser)
    world.clock.pass_by(100)
    client = world.client("dcc")
    answer = client.redeem(client.code_for(browser))
    check_response(world, client, answer, auth_time=began)


def test_a_request_without_nonce_gets_none(shared: World) -> None:
    client = shared.client("plain")
    answer = client.redeem(client.code_for(settled(shared), nonce=None))
    check_response(shared, client, answer, nonce=None)


def test_a_nonce_comes_back_byte_for_byte(shared: World) -> None:
    client = shared.client("plain")
    nonce = "é\"'<b>&+% /\\𝔫" + "n" * 500
    answer = client.redeem(client.code_for(settled(shared), nonce=nonce))
    check_response(shared, client, answer, nonce=nonce)


def test_a_refreshed_id_token_has_no_nonce_and_the_same_identity(sqlite_world: World) -> None:
    world = sqlite_world
    client = world.client("dcc")
    first = client.redeem(client.code_for(settled(world)))
    before = check_response(world, client, first)
    world.clock.pass_by(300)
    after = check_response(world, client, client.refresh(first.json["refresh_token"]), nonce=None)
    for name in ("iss", "sub", "aud", "azp", "auth_time", "acr", "amr", "sid"):
        assert after.claims[name] == before.claims[name]


def test_an_access_token_of_a_person_says_how_they_proved_who_they_are(shared: World) -> None:
    client = register(
        shared,
        oidc={"access_token_format": "jwt", "audiences": ["resource", "https://api.example"]},
    )
    answer = client.redeem(client.code_for(settled(shared)))
    found = check_access(shared, client, answer.json)
    assert found is not None
    assert found.claims["aud"] == ["resource", "https://api.example"]
    assert found.claims["acr"] == "urn:sceau:level:1"
    assert found.claims["amr"] == ["pwd"]
    assert found.claims["auth_time"] <= found.claims["iat"]
    identity = verify(shared, answer.json["id_token"], "JWT")
    assert found.claims["sub"] == identity.claims["sub"]


def test_an_application_in_its_own_name_is_its_own_subject(shared: World) -> None:
    client = register(
        shared,
        oidc={
            "redirect_uris": [],
            "grant_types": ["client_credentials"],
            "scopes": ["exams.read"],
            "access_token_format": "jwt",
        },
    )
    answer = client.post("/oidc/token", {"grant_type": "client_credentials"})
    check_headers(answer.headers)
    assert set(answer.json) == {"access_token", "token_type", "expires_in"}
    found = verify(shared, answer.json["access_token"], "at+jwt")
    assert found.claims["sub"] == found.claims["client_id"] == client.key
    # RFC 9068 §2.2.1: nobody logged in.
    assert not {"auth_time", "acr", "amr", "sid", "nonce"} & set(found.claims)


def test_subjects_are_public_or_pairwise_as_registered(shared: World) -> None:
    browser = settled(shared)

    def subject(**oidc: object) -> str:
        client = register(shared, oidc=oidc)
        answer = client.redeem(client.code_for(browser))
        told = check_response(shared, client, answer).claims["sub"]
        info = send(
            shared, "GET", "/oidc/userinfo", headers=bearer(answer.json["access_token"])
        ).get_json()
        assert info["sub"] == told
        return str(told)

    public = {subject(subject_type="public") for _ in range(2)}
    assert len(public) == 1
    apart = {subject(subject_type="pairwise") for _ in range(2)}
    assert len(apart | public) == 3
    together = {subject(subject_type="pairwise", sector="one.example") for _ in range(2)}
    assert len(together) == 1


def test_oa_180_two_people_in_one_browser_never_share_a_subject_or_a_session(
    sqlite_world: World,
) -> None:
    world = sqlite_world
    browser = settled(world)
    first = {}
    for key in ("plain", "pairwise", "posting"):
        client = world.client(key)
        first[key] = check_response(world, client, client.redeem(client.code_for(browser))).claims
    assert len({claims["sid"] for claims in first.values()}) == 3
    client = world.client("plain")
    client.ask(browser, prompt="login")
    answer = client.redeem(client.answered(browser.log_in("infirmiere"))["code"])
    second = check_response(world, client, answer).claims
    assert second["sub"] != first["plain"]["sub"]
    assert second["sid"] != first["plain"]["sid"]
    assert second["nonce"] == NONCE
