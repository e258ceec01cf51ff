# SPDX-License-Identifier: Apache-2.0
"""Thirteen defects met in the shipped pieces of Authlib 1.9.8, each excluded by name here.

Authlib dispatches our token endpoint and small endpoints; whatever it would do loosely must not
come back by an update or by a refactoring. The features' own files hold the finer cases.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote_plus

import pytest

from idp.applications.registration import read_registration
from idp.oidc.client import check_client
from tests.cast import SECRET, application
from tests.protocol.kit import at_once, parameters_of, register, send, settled
from tests.protocol.oidc.signing import assertion_form, b64, new_key, public
from tests.protocol.oidc.strict import segment
from tests.protocol.oidc.test_form_post import posted
from tests.world import World

CREDENTIALS = {"grant_type": "client_credentials"}
STATE = 'a"b<c>&d e+f%20é'


def answered(world: World, **changes: str | None) -> dict[str, str]:
    url = world.client("plain").authorize_url(**changes)
    return parameters_of(settled(world).request("GET", url))


def response_mode_is_ignored(world: World) -> None:
    """form_post gave a redirect with a query; fragment was ignored too."""
    browser = settled(world)
    client = world.client("plain")
    response = browser.request("GET", client.authorize_url(response_mode="form_post"))
    assert response.status_code == 200
    assert "code" in posted(browser, client.redirect_uri)
    url = client.authorize_url(response_mode="fragment")
    assert "#code=" in browser.request("GET", url).headers["Location"]
    assert answered(world, response_mode="okta")["error"] == "invalid_request"


def form_post_corrupts_values(world: World) -> None:
    """Percent-encoding instead of HTML, an inline handler, no iss."""
    client, browser = world.client("plain"), settled(world)
    url = client.authorize_url(response_mode="form_post", state=STATE)
    text = browser.request("GET", url).get_data(as_text=True)
    fields = posted(browser, client.redirect_uri)
    assert (fields["state"], fields["iss"]) == (STATE, world.issuer)
    assert "onload" not in text


def iss_goes_to_the_wrong_place(world: World) -> None:
    """Always into the query, and absent from errors raised before consent."""
    for changes in ({}, {"scope": "x"}, {"response_type": "x"}, {"max_age": "0", "prompt": "none"}):
        assert answered(world, **changes)["iss"] == world.issuer
        browser, client = settled(world), world.client("plain")
        browser.request("GET", client.authorize_url(response_mode="form_post", **changes))
        assert posted(browser, client.redirect_uri)["iss"] == world.issuer


def request_objects_are_hardly_checked(world: World) -> None:
    """alg none, wrong aud and iss, no exp were accepted: we take no request object at all."""
    unsigned = f"{b64({'alg': 'none'})}.{b64({'client_id': 'plain', 'scope': 'openid'})}."
    assert answered(world, request=unsigned)["error"] == "request_not_supported"
    uri = "https://plain.example/request"
    assert answered(world, request_uri=uri)["error"] == "request_uri_not_supported"


def parameters_of_openid_are_not_read(world: World) -> None:
    """max_age=0 with prompt=none gave a code; garbage hints and claims, two nonces passed."""
    assert answered(world, max_age="0", prompt="none")["error"] == "login_required"
    assert answered(world, id_token_hint="garbage")["error"] == "invalid_request"
    assert answered(world, claims="{")["error"] == "invalid_request"
    url = world.client("plain").authorize_url() + "&nonce=second"
    twice = parameters_of(settled(world).request("GET", url))
    assert twice["error"] == "invalid_request"


def two_client_authentications_pass(world: World) -> None:
    """Methods were tried in turn: a failed one fell through to the next."""
    both = {"client_id": "robot", "client_secret": SECRET}
    robot = world.client("robot")
    response = send(world, "POST", "/oidc/token", form=CREDENTIALS | both, headers=robot.basic())
    assert response.get_json()["error"] == "invalid_client"
    key = new_key("ES256")
    signing = register(
        world,
        oidc={
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [public(key)]},
            "grant_types": ["client_credentials"],
        },
    )
    with world.core.database.write() as tx:
        world.core.applications.set_secret(tx, signing.key, SECRET)
    form = CREDENTIALS | assertion_form(world, signing.key, key)
    response = send(world, "POST", "/oidc/token", form=form, headers=signing.basic())
    assert response.get_json()["error"] == "invalid_client"
    native = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "native"}
    wrong = world.client("native").basic("wrong")
    response = send(world, "POST", "/oidc/token", form=native, headers=wrong)
    assert response.get_json()["error"] == "invalid_client"


def a_plus_in_a_secret_is_no_space(world: World) -> None:
    """The Basic header was percent-decoded, not form-decoded."""
    client = register(world, oidc={"grant_types": ["client_credentials"]})
    secret = "a secret with spaces, + and % " + "x" * 20
    with world.core.database.write() as tx:
        world.core.applications.set_secret(tx, client.key, secret)
    pair = f"{quote_plus(client.key)}:{quote_plus(secret)}"
    assert "+" in pair
    headers = {"Authorization": "Basic " + b64encode(pair.encode()).decode()}
    response = send(world, "POST", "/oidc/token", form=CREDENTIALS, headers=headers)
    assert response.status_code == 200


def the_id_token_is_incomplete(world: World) -> None:
    """No kid, auth_time silently now, no sid, no azp."""
    began = world.clock.now() - 500
    client = world.client("plain")
    token = client.tokens(settled(world, at=began))["id_token"]
    assert segment(token, 0)["kid"]
    claims = segment(token, 1)
    assert (claims["auth_time"], claims["azp"]) == (began, "plain")
    assert claims["sid"]


def a_code_is_claimed_too_late(world: World) -> None:
    """query, issue, delete: two could win, and a replay left the first one's tokens alive."""
    client = world.client("plain")
    code = client.code_for(settled(world))
    answers = at_once(8, lambda _: client.redeem(code))
    won = [answer.json for answer in answers if answer.status == 200]
    assert len(won) == 1
    assert client.introspect(won[0]["access_token"]).json == {"active": False}


def a_nonce_must_be_unique(world: World) -> None:
    """OpenID Connect asks no such thing: an honest retry failed."""
    client, browser = world.client("plain"), settled(world)
    for _ in range(2):
        assert client.redeem(client.code_for(browser, nonce="the same")).status == 200


def registration_believes_anything(world: World) -> None:
    """redirect_uris of numbers broke it; http, missing addresses, contradictions passed."""
    wrong = (
        {"redirect_uris": [1]},
        {"redirect_uris": "https://x.example/cb"},
        {"redirect_uris": []},
        {"redirect_uris": ["http://x.example/cb"]},
        {"initiate_login_uri": "http://x.example/login"},
        {"grant_types": ["implicit"]},
        {"response_types": ["token"]},
        {"token_endpoint_auth_method": "none", "grant_types": ["client_credentials"]},
        {"post_logout_redirect_uris": ["javascript:alert(1)"]},
        {"backchannel_logout_uri": "http://x.example/bcl"},
        {"redirect_uris": ["https://a.example/cb", "https://b.example/cb"],
         "subject_type": "pairwise"},
        {"id_token_signed_response_alg": "none"},
        {"unknown_setting": True},
    )  # fmt: skip
    for oidc in wrong:
        document = application("guest", oidc=oidc)
        assert check_client(read_registration(document, frozenset({"password"}))), oidc
    assert check_client(read_registration(application("guest"), frozenset({"password"}))) == []


def the_query_is_read_at_the_token_endpoint(world: World) -> None:
    """grant_type in the address was honoured."""
    robot = world.client("robot")
    for form in ({}, {"scope": "exams.read"}):
        response = send(
            world, "POST", "/oidc/token", query=CREDENTIALS, form=form, headers=robot.basic()
        )
        assert "access_token" not in response.get_json()
        assert response.status_code in {400, 415}


def two_refreshes_both_succeed(world: World) -> None:
    """The new token was saved before the old one was revoked."""
    client = world.client("plain")
    token = client.tokens(settled(world))["refresh_token"]
    answers = at_once(8, lambda _: client.refresh(token))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 7


DEFECTS: tuple[Callable[[World], None], ...] = (
    response_mode_is_ignored,
    form_post_corrupts_values,
    iss_goes_to_the_wrong_place,
    request_objects_are_hardly_checked,
    parameters_of_openid_are_not_read,
    two_client_authentications_pass,
    a_plus_in_a_secret_is_no_space,
    the_id_token_is_incomplete,
    a_code_is_claimed_too_late,
    a_nonce_must_be_unique,
    registration_believes_anything,
    the_query_is_read_at_the_token_endpoint,
    two_refreshes_both_succeed,
)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.__name__)
def test_a_defect_of_authlib_is_not_ours(world: World, defect: Callable[[World], None]) -> None:
    defect(world)


def test_all_thirteen_are_here() -> None:
    assert len(DEFECTS) == len(set(DEFECTS)) == 13
    assert json.dumps([defect.__doc__ for defect in DEFECTS]).count("null") == 0
