# SPDX-License-Identifier: Apache-2.0
"""Claims: by scope, by single request, never more than registered, never invented."""

import json

import pytest

from tests.protocol.kit import bearer, parameters_of, register, send, settled
from tests.protocol.oidc.strict import segment
from tests.world import RelyingParty, World

OF_SCOPE = {
    "profile": {
        *("name", "given_name", "family_name", "preferred_username", "birthdate", "locale"),
        "updated_at",
    },
    "email": {"email", "email_verified"},
    "phone": {"phone_number", "phone_number_verified"},
    "health_professional": {"SubjectNameID", "profession", "speciality"},
}
ALL = ["openid", *OF_SCOPE]


def everything(world: World) -> RelyingParty:
    return register(world, oidc={"scopes": ALL})


def told(
    client: RelyingParty, scope: str, claims: object = None, who: str = "medecin"
) -> tuple[set[str], dict[str, object], dict[str, object]]:
    """Scope granted, the ID token's claims, userinfo's."""
    text = None if claims is None else json.dumps(claims)
    browser = settled(client.world, who)
    tokens = client.redeem(client.code_for(browser, scope=scope, claims=text)).json
    info = send(
        client.world, "GET", "/oidc/userinfo", headers=bearer(tokens["access_token"])
    ).get_json()
    return set(tokens["scope"].split()), segment(tokens["id_token"], 1), info


@pytest.mark.parametrize("scope", OF_SCOPE)
def test_each_scope_releases_its_claims_and_no_others(shared: World, scope: str) -> None:
    granted, id_token, info = told(everything(shared), f"openid {scope}")
    assert granted == {"openid", scope}
    assert set(info) == {"sub"} | OF_SCOPE[scope]
    # OIDC Core §5.4: with an access token the claims are at userinfo.
    assert not OF_SCOPE[scope] & set(id_token)


def test_openid_alone_releases_the_subject_alone(shared: World) -> None:
    _, id_token, info = told(everything(shared), "openid")
    assert set(info) == {"sub"}
    assert info["sub"] == id_token["sub"]


def test_what_is_not_known_is_left_out(shared: World) -> None:
    """OIDC Core §5.3.2: no null and no empty text."""
    _, _, info = told(everything(shared), " ".join(ALL), who="administrateur")
    assert not {"phone_number", "SubjectNameID", "profession", "birthdate"} & set(info)
    assert all(value not in {None, ""} for value in info.values())


def test_values_are_those_of_the_person(shared: World) -> None:
    _, _, info = told(everything(shared), " ".join(ALL))
    expected = {
        "family_name": "Durand",
        "given_name": "Claire",
        "preferred_username": "cdurand",
        "email": "claire.durand@chu.example",
        "email_verified": True,
        "phone_number": "+33612345678",
        "phone_number_verified": False,
        "SubjectNameID": "810101234567",
        "birthdate": "1975-04-12",
    }
    assert info.items() >= expected.items()


def test_single_claims_for_each_place(shared: World) -> None:
    claims = {
        "userinfo": {"email": None, "phone_number": {"essential": True}},
        "id_token": {"given_name": None, "family_name": {"essential": True}, "auth_time": None},
    }
    _, id_token, info = told(everything(shared), "openid", claims)
    assert set(info) == {"sub", "email", "phone_number"}
    assert id_token["given_name"] == "Claire"
    assert id_token["family_name"] == "Durand"
    assert "email" not in id_token


def test_when_it_changed_as_a_single_claim(shared: World) -> None:
    claims = {"userinfo": {"updated_at": None}, "id_token": {"updated_at": {"essential": True}}}
    _, id_token, info = told(everything(shared), "openid", claims)
    assert set(info) == {"sub", "updated_at"}
    assert id_token["updated_at"] == info["updated_at"]
    _, id_token, info = told(register(shared, oidc={"scopes": ["openid"]}), "openid", claims)
    assert "updated_at" not in {*id_token, *info}


@pytest.mark.parametrize("place", ["userinfo", "id_token"])
def test_oa_016_somebody_in_particular(shared: World, place: str) -> None:
    client = everything(shared)
    _, _, info = told(client, "openid")
    _, _, other = told(client, "openid", who="patient")
    for member, code in (
        ({"value": info["sub"]}, None),
        ({"values": [info["sub"]]}, None),
        ({"value": other["sub"]}, "login_required"),
        ({"values": [other["sub"]]}, "login_required"),
    ):
        claims = json.dumps({place: {"sub": member}})
        response = settled(shared).request(
            "GET", client.authorize_url(claims=claims, prompt="none")
        )
        assert parameters_of(response).get("error") == code


def test_oa_016_claims_of_scopes_not_registered_are_omitted(shared: World) -> None:
    client = register(shared, oidc={"scopes": ["openid", "email"]})
    asked = {name: {"essential": True} for names in OF_SCOPE.values() for name in names}
    asked |= {"password": None, "internal": None, "is_admin": {"value": True}}
    _, id_token, info = told(client, "openid", {"userinfo": asked, "id_token": asked})
    assert set(info) == {"sub", "email", "email_verified"}
    forbidden = set().union(*OF_SCOPE.values()) - OF_SCOPE["email"]
    assert not (forbidden | {"password", "internal", "is_admin"}) & set(id_token)


def test_oa_016_a_value_asked_for_changes_nothing(shared: World) -> None:
    claims = {
        "userinfo": {"email": {"value": "other@example.org"}},
        "id_token": {"email": {"value": "other@example.org"}, "iss": {"value": "https://evil"}},
    }
    _, id_token, info = told(everything(shared), "openid", claims)
    assert id_token["email"] == info["email"] == "claire.durand@chu.example"
    assert id_token["iss"] == shared.issuer


@pytest.mark.parametrize(
    "claims",
    [
        "{",
        "[]",
        "null",
        '"text"',
        "1",
        '{"userinfo": []}',
        '{"id_token": "email"}',
        '{"id_token": {"email": true}}',
        '{"id_token": {"email": "x"}}',
        '{"id_token": {"acr": {"essential": "yes"}}}',
        '{"id_token": {"acr": {"values": "x"}}}',
        '{"id_token": {"sub": {"value": 5}}}',
        '{"id_token": {"sub": {"value": []}}}',
        '{"x": "' + "y" * 9000 + '"}',
        "{}garbage",
        "{'userinfo': {}}",
        '{"id_token": {"sub": {"value": "a"}}, "id_token": {}}',
        '{"id_token": {"sub": {"value": "a"}}, "userinfo": {"sub": {"values": ["b"]}}}',
    ],
    ids=lambda text: text[:24],
)
def test_a_claims_parameter_that_is_not_what_the_specification_says(
    shared: World, claims: str
) -> None:
    client = shared.client("plain")
    response = settled(shared).request("GET", client.authorize_url(claims=claims))
    assert parameters_of(response)["error"] == "invalid_request"


@pytest.mark.parametrize("claims", ["{}", '{"userinfo": null}', '{"id_token": {"x": null}}'])
def test_a_claims_parameter_that_asks_nothing(shared: World, claims: str) -> None:
    response = settled(shared).request("GET", shared.client("plain").authorize_url(claims=claims))
    assert "code" in parameters_of(response)


@pytest.mark.parametrize("depth", [100, 1000, 1600])
def test_oa_078_a_deep_claims_parameter_breaks_nothing(shared: World, depth: int) -> None:
    claims = '{"a":' + "[" * depth + "]" * depth + "}"
    response = settled(shared).request("GET", shared.client("plain").authorize_url(claims=claims))
    assert response.status_code == 303


def test_a_refreshed_token_releases_the_same(shared: World) -> None:
    client = everything(shared)
    claims = json.dumps({"userinfo": {"email": None}, "id_token": {"given_name": None}})
    first = client.redeem(client.code_for(settled(shared), scope="openid", claims=claims)).json
    second = client.refresh(first["refresh_token"]).json
    info = client.userinfo(second["access_token"]).json
    assert set(info) == {"sub", "email"}
    assert segment(second["id_token"], 1)["given_name"] == "Claire"
