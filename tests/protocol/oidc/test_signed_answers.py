# SPDX-License-Identifier: Apache-2.0
"""JARM: an answer whose every word is signed, and nothing of it beside the signature."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.protocol.kit import Guest, register, settled
from tests.protocol.oidc.strict import verify
from tests.protocol.oidc.test_form_post import posted
from tests.protocol.oidc.test_front_channel import front
from tests.world import World

STATE = "state-of-this-tab"
TYP = "oauth-authz-resp+jwt"


def signed(world: World, client: Guest, response: str) -> dict[str, Any]:
    """The answer, as a strict application reads it (JARM §2.4)."""
    found = verify(world, response, TYP)
    claims = found.claims
    assert (claims.pop("iss"), claims.pop("aud")) == (world.issuer, client.key)
    assert 0 < claims.pop("exp") - world.clock.now() <= 600
    return {**claims, "alg": found.header["alg"]}


def answered(world: World, client: Guest, **changes: str | None) -> tuple[str, dict[str, str]]:
    """In which part of the address it came, and what was there."""
    response = settled(world).request("GET", client.authorize_url(**changes))
    place = urlsplit(response.headers["Location"])
    assert bool(place.query) != bool(place.fragment)
    part = "query" if place.query else "fragment"
    return part, dict(parse_qsl(place.query or place.fragment))


@pytest.mark.parametrize(
    ("mode", "part"), [("jwt", "query"), ("query.jwt", "query"), ("fragment.jwt", "fragment")]
)
def test_a_code_comes_signed(world: World, mode: str, part: str) -> None:
    client = register(world)
    where, fields = answered(world, client, response_mode=mode)
    assert (where, set(fields)) == (part, {"response"})
    told = signed(world, client, fields["response"])
    assert set(told) == {"code", "state", "alg"}
    assert told["state"] == STATE
    assert client.redeem(told["code"]).status == 200


def test_a_signed_answer_by_form(world: World) -> None:
    client, browser = register(world), settled(world)
    browser.request("GET", client.authorize_url(response_mode="form_post.jwt"))
    fields = posted(browser, client.redirect_uri)
    assert set(fields) == {"response"}
    assert signed(world, client, fields["response"])["code"]


@pytest.mark.parametrize("changes", [{"scope": "nothing"}, {"prompt": "none", "max_age": "0"}])
def test_an_error_comes_signed(shared: World, changes: dict[str, str]) -> None:
    client = register(shared)
    shared.clock.pass_by(5)
    _where, fields = answered(shared, client, response_mode="jwt", **changes)
    assert set(fields) == {"response"}
    told = signed(shared, client, fields["response"])
    assert told["error"] in {"invalid_scope", "login_required"}
    assert told["state"] == STATE


def test_tokens_come_signed(shared: World) -> None:
    client = front(shared)
    kind = "code id_token token"
    where, fields = answered(shared, client, response_mode="jwt", response_type=kind)
    assert (where, set(fields)) == ("fragment", {"response"})
    told = signed(shared, client, fields["response"])
    assert {"code", "id_token", "access_token"} <= set(told)


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
def test_it_is_signed_as_registered(shared: World, algorithm: str) -> None:
    own = {"authorization_signed_response_alg": algorithm}
    client = register(shared, oidc=own)
    _where, fields = answered(shared, client, response_mode="jwt")
    assert signed(shared, client, fields["response"])["alg"] == algorithm
    follows = register(shared, oidc={"id_token_signed_response_alg": algorithm})
    _where, fields = answered(shared, follows, response_mode="jwt")
    assert signed(shared, follows, fields["response"])["alg"] == algorithm


def test_oa_079_it_passes_for_no_token_of_ours(shared: World) -> None:
    client = register(shared)
    _where, fields = answered(shared, client, response_mode="jwt")
    _where, told = answered(shared, client, id_token_hint=fields["response"], response_mode="query")
    assert told["error"] == "invalid_request"
