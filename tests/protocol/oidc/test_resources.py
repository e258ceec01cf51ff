# SPDX-License-Identifier: Apache-2.0
"""Resource indicators (RFC 8707): several services at the request, some of them at each token."""

from urllib.parse import urlencode

import pytest

from tests.protocol.kit import Guest, parameters_of, register, send, settled
from tests.protocol.oidc.signing import new_key, public
from tests.protocol.oidc.strict import segment
from tests.protocol.oidc.test_pushed_requests import asked
from tests.protocol.oidc.test_request_objects import bring, signed
from tests.world import World

THREE = ["https://a.example", "https://b.example/api", "https://c.example"]


def serving(world: World) -> Guest:
    return register(world, oidc={"audiences": THREE, "access_token_format": "jwt"})


def several(*those: str) -> str:
    return urlencode([("resource", one) for one in those])


def token_for(client: Guest, form: dict[str, str], *those: str) -> tuple[int, object]:
    """The status, and whom the token is for or what is wrong."""
    pairs = [*form.items(), *(("resource", one) for one in those)]
    response = send(client.world, "POST", "/oidc/token", form=pairs, headers=client.basic())
    document = response.get_json()
    if response.status_code != 200:
        return response.status_code, document["error"]
    return 200, (segment(document["access_token"], 1)["aud"], document["refresh_token"])


def code_for(client: Guest, *those: str) -> dict[str, str]:
    url = f"{client.authorize_url()}&{several(*those)}"
    code = parameters_of(settled(client.world).request("GET", url))["code"]
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": client.verifier,
    }


def test_several_at_the_request_and_some_at_the_token(world: World) -> None:
    client = serving(world)
    status, found = token_for(client, code_for(client, *THREE[:2]))
    assert (status, found[0]) == (200, THREE[:2])
    form = {"grant_type": "refresh_token", "refresh_token": found[1]}
    status, found = token_for(client, form, THREE[1])
    assert (status, found[0]) == (200, THREE[1:2])
    # A token for fewer leaves the refresh token what it was.
    form = {"grant_type": "refresh_token", "refresh_token": found[1]}
    status, found = token_for(client, form, THREE[1], THREE[0], THREE[1])
    assert (status, found[0]) == (200, [THREE[1], THREE[0]])


@pytest.mark.parametrize("more", [THREE[2], "https://evil.example", THREE[0] + "/"])
def test_oa_043_more_at_the_token_than_at_the_request(world: World, more: str) -> None:
    client = serving(world)
    refused = (400, "invalid_target")
    assert token_for(client, code_for(client, *THREE[:2]), THREE[0], more) == refused


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_oa_043_one_of_several_that_is_foreign(shared: World, method: str) -> None:
    client = serving(shared)
    path, _, query = client.authorize_url().partition("?")
    query += "&" + several(THREE[0], "https://evil.example")
    browser = settled(shared)
    if method == "GET":
        response = browser.request("GET", f"{path}?{query}")
    else:
        form = "application/x-www-form-urlencoded"
        response = browser.request("POST", path, data=query, content_type=form)
    assert parameters_of(response)["error"] == "invalid_target"


def test_several_survive_every_way(shared: World) -> None:
    key = new_key("ES256")
    settings = {"audiences": THREE, "access_token_format": "jwt"}
    client = register(shared, oidc=settings | {"jwks": {"keys": [public(key)]}})
    pairs = [*asked(client).items(), ("resource", THREE[0]), ("resource", THREE[2])]
    pushed = send(shared, "POST", "/oidc/par", form=pairs, headers=client.basic())
    query = urlencode({"client_id": client.key, "request_uri": pushed.get_json()["request_uri"]})
    answered = parameters_of(settled(shared).request("GET", f"/oidc/authorize?{query}"))
    audience = segment(client.redeem(answered["code"]).json["access_token"], 1)["aud"]
    assert audience == [THREE[0], THREE[2]]
    for said, expected in ((THREE[:2], THREE[:2]), (THREE[1], THREE[1:2])):
        answered = bring(client, signed(client, key, resource=said))
        audience = segment(client.redeem(answered["code"]).json["access_token"], 1)["aud"]
        assert audience == expected
    # A post from another site goes on by GET, with all of them.
    path, _, query = client.authorize_url().partition("?")
    data = f"{query}&{several(*THREE[1:])}"
    browser = shared.browser()
    response = browser.request(
        "POST", path, data=data, content_type="application/x-www-form-urlencoded"
    )
    response = settled(shared).request("GET", response.headers["Location"])
    audience = segment(client.redeem(client.answered(response)["code"]).json["access_token"], 1)[
        "aud"
    ]
    assert audience == THREE[1:]


def test_oa_007_nothing_else_may_be_given_twice(shared: World) -> None:
    client = serving(shared)
    form = [*code_for(client, THREE[0]).items(), ("scope", "a"), ("scope", "b")]
    response = send(shared, "POST", "/oidc/token", form=form, headers=client.basic())
    assert (response.status_code, response.get_json()["error"]) == (400, "invalid_request")
