# SPDX-License-Identifier: Apache-2.0
"""FAPI-CIBA: an application of the profile signs what it asks, and holds what it is given."""

from typing import Any

import pytest

from idp.applications.registration import read_registration
from idp.oidc.absent import CIBA
from idp.oidc.client import check_client, read_client
from tests.card_kit import CardWorld
from tests.cast import application
from tests.protocol.kit import settled
from tests.protocol.oidc.absent import ASK, GRANTS, Caller, agreed, caller, decide, signer
from tests.protocol.oidc.certificates import jwks_of, post
from tests.protocol.oidc.proofs import USERINFO, at_token, at_userinfo, proof, refresh_form
from tests.protocol.oidc.signing import new_key, public
from tests.protocol.oidc.strict import verify
from tests.protocol.oidc.test_mtls_bound import OTHER, OWN, both, thumbprint  # noqa: F401 - a fixture
from tests.world import World

PROFILE: dict[str, Any] = {
    "profile": "fapi2",
    "backchannel_authentication_request_signing_alg": "",
}


def strict(world: World, algorithm: str = "ES256", **more: Any) -> Caller:
    one = signer(world, algorithm, **(PROFILE | more))
    one.bound = new_key("ES256", None)
    return one


def come(one: Caller, handle: str, key: Any = None) -> Any:
    form = {"grant_type": CIBA, "auth_req_id": handle} | one.proof()
    return at_token(one.client, form, proof(one.world, key or one.bound))


@pytest.mark.parametrize("algorithm", ["ES256", "PS256"])
def test_a_whole_login(world: World, algorithm: str) -> None:
    one = strict(world, algorithm)
    asked = one.ask_signed()
    assert asked.status == 200, asked
    handle = agreed(one, asked.json["auth_req_id"])
    given = come(one, handle)
    assert given.json["token_type"] == "DPoP"
    found = verify(world, given.json["id_token"], "JWT")
    assert found.header["alg"] == "ES256"
    token = given.json["access_token"]
    shown = proof(world, one.bound, "GET", USERINFO, token=token)
    assert at_userinfo(world, token, shown).json["sub"] == found.claims["sub"]
    stolen = proof(world, new_key("ES256", None), "GET", USERINFO, token=token)
    assert at_userinfo(world, token, stolen).status == 401
    # Theirs is used again (FAPI 2.0 §5.3.2.1).
    for _ in range(2):
        form = refresh_form(given.json["refresh_token"]) | one.proof()
        renewed = at_token(one.client, form, proof(world, one.bound))
        assert renewed.status == 200, renewed
        assert "refresh_token" not in renewed.json


def test_it_signs_and_names_us_one_way(shared: World) -> None:
    one = strict(shared)
    for form in (one.wish(), {"request": one.sign(key=new_key("ES256"))}):
        answer = one.send(form)
        assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    named = {"request": one.sign()} | one.proof(aud=shared.issuer + ASK)
    assert one.client.post(ASK, named).json["error"] == "invalid_client"


def test_oa_116_without_its_key_nothing_is_given(world: World) -> None:
    one = strict(world)
    handle = agreed(one, one.ask_signed().json["auth_req_id"])
    assert one.told(handle) == "invalid_request"
    assert come(one, handle).status == 200


def test_oa_060_without_its_certificate_nothing_is_given(both: CardWorld) -> None:  # noqa: F811
    """FAPI-CIBA §5.2.2: tokens are of use to the holder of the certificate alone."""
    world, key = both.world, new_key("ES256")
    keys = {"keys": [*jwks_of(OWN)["keys"], public(key)]}
    settings = {"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": keys}
    one = caller(world, **(PROFILE | settings))
    one.key = key
    form = {"request": one.sign(), "client_id": one.client.key}
    for paper in (None, OTHER):
        assert post(both, ASK, form, paper).json["error"] == "invalid_client"
    asked = post(both, ASK, form, OWN)
    assert asked.status == 200, asked
    assert decide(settled(world)) == "agreed"
    wanted = {
        "grant_type": CIBA,
        "auth_req_id": asked.json["auth_req_id"],
        "client_id": one.client.key,
    }
    for paper in (None, OTHER):
        assert post(both, "/oidc/token", wanted, paper).json["error"] == "invalid_client"
    given = post(both, "/oidc/token", wanted, OWN)
    assert given.status == 200, given
    told = world.client("resource")
    assert told.key
    seen = post(
        both,
        "/oidc/introspect",
        {"token": given.json["access_token"], "client_id": one.client.key},
        OWN,
    )
    assert seen.json["cnf"] == {"x5t#S256": thumbprint(OWN)}


def test_a_key_of_its_own_with_a_certificate_that_holds_the_tokens(both: CardWorld) -> None:  # noqa: F811
    """As the suite runs it: private_key_jwt, and tokens bound to the certificate."""
    world = both.world
    one = signer(world, **PROFILE, tls_client_certificate_bound_access_tokens=True)
    asked = one.ask_signed()
    assert decide(settled(world)) == "agreed"
    wanted = {"grant_type": CIBA, "auth_req_id": asked.json["auth_req_id"]}
    without = post(both, "/oidc/token", wanted | one.proof(), None)
    assert (without.status, without.json["error"]) == (400, "invalid_request")
    assert post(both, "/oidc/token", wanted | one.proof(), OWN).status == 200


@pytest.mark.parametrize("keys", [True, False])
def test_its_profile_makes_it_sign(keys: bool) -> None:
    proved = {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "a.b"}
    signs = {"jwks": {"keys": [public(new_key("ES256"))]}} if keys else {}
    settings = {"profile": "fapi2", "grant_types": GRANTS, **proved, **signs}
    read = read_registration(application("guest", oidc=settings), frozenset({"password"}))
    assert [one.place for one in check_client(read)] == ([] if keys else ["oidc.jwks"])
    if keys:
        assert read_client(read).absent.must_sign
