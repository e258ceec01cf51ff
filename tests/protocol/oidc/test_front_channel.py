# SPDX-License-Identifier: Apache-2.0
"""Implicit and hybrid answers, for applications registered so: every obligation of OIDC Core §3.2,
§3.3 and of OAuth 2.0 Multiple Response Types, checked as a strict application would.
"""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from idp.accounts import service as accounts
from idp.accounts.subjects import Subjects
from idp.administration.belonging import NOWHERE
from idp.administration.rules.protocols import Complaint
from idp.applications.registration import read_registration
from idp.grants.codes import table
from idp.oidc.client import check_client
from idp.oidc.registering import OidcRegistering
from tests.cast import application
from tests.protocol.kit import Guest, register, send, session_of, settled
from tests.protocol.oidc.strict import (
    NONCE,
    Verified,
    check_at_hash,
    check_half,
    check_id_token,
    verify,
)
from tests.protocol.oidc.test_form_post import posted
from tests.world import World

TYPES = ["id_token", "id_token token", "code id_token", "code token", "code id_token token"]
STATE = "state-of-this-tab"
NO_CHALLENGE: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}
HELD = {
    "code": {"code"},
    "token": {"access_token", "token_type", "expires_in", "scope"},
    "id_token": {"id_token"},
}


def front(world: World, *types: str, **oidc: Any) -> Guest:
    """An application registered for these."""
    settings = {
        "grant_types": ["authorization_code", "implicit", "refresh_token"],
        "response_types": list(types or TYPES),
        "pkce": "optional",
        "scopes": ["openid", "profile", "email"],
        **oidc,
    }
    return register(world, oidc=settings)


def asked(world: World, client: Guest, kind: str, **changes: str | None) -> dict[str, str]:
    """The answer in the fragment; nothing of it in the query."""
    usual = {} if "code" in kind.split() else NO_CHALLENGE
    url = client.authorize_url(response_type=kind, **{**usual, **changes})
    response = settled(world).request("GET", url)
    assert response.status_code == 303
    assert response.headers["Cache-Control"] == "no-store"
    return fragment_of(client, response.headers["Location"])


def fragment_of(client: Guest, location: str) -> dict[str, str]:
    place = urlsplit(location)
    assert place._replace(fragment="").geturl() == client.redirect_uri
    pairs = parse_qsl(place.fragment, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def proved(world: World, client: Guest, answer: dict[str, str]) -> Verified:
    """The ID token of an answer, tied to all that came beside it."""
    found = verify(world, answer["id_token"], "JWT")
    tied = {name for name in ("at_hash", "c_hash") if name in found.claims}
    found.claims.setdefault("at_hash", "")
    check_id_token(world, client, found, nonce=NONCE, level=1, auth_time=None)
    expected = {"at_hash": "access_token", "c_hash": "code"}
    assert tied == {name for name, beside in expected.items() if beside in answer}
    if "access_token" in answer:
        check_at_hash(found, answer["access_token"])
    if "code" in answer:
        check_half(found, "c_hash", answer["code"])
    return found


@pytest.mark.parametrize("kind", TYPES)
def test_each_answer_is_whole_and_tied_together(world: World, kind: str) -> None:
    client = front(world)
    answer = asked(world, client, kind)
    words = kind.split()
    assert set(answer) == {"state", "iss"}.union(*(HELD[one] for one in words))
    assert (answer["state"], answer["iss"]) == (STATE, world.issuer)
    if "id_token" in words:
        proved(world, client, answer)
    if "token" in words:
        assert answer["token_type"] == "Bearer"
        assert 0 < int(answer["expires_in"]) <= 600
        told = userinfo(world, answer["access_token"])
        assert told["given_name"]
    if "code" in words:
        tokens = client.redeem(answer["code"])
        assert tokens.status == 200, tokens
        assert verify(world, tokens.json["id_token"], "JWT").claims["nonce"] == NONCE


def userinfo(world: World, token: str) -> dict[str, Any]:
    response = send(world, "GET", "/oidc/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200
    found: dict[str, Any] = response.get_json()
    return found


def test_an_id_token_alone_tells_what_userinfo_would(shared: World) -> None:
    """OIDC Core §5.4: there is no token to ask it with."""
    client = front(shared)
    alone = proved(shared, client, asked(shared, client, "id_token", scope="openid profile"))
    assert {"given_name", "family_name", "updated_at"} <= alone.claims.keys()
    assert "email" not in alone.claims
    beside = asked(shared, client, "id_token token", scope="openid profile")
    found = proved(shared, client, beside)
    assert "given_name" not in found.claims
    assert found.claims["sub"] == alone.claims["sub"]
    assert found.claims["sub"] == userinfo(shared, beside["access_token"])["sub"]


def test_no_code_is_left_where_none_was_asked_for(world: World) -> None:
    client = front(world)
    asked(world, client, "id_token token")
    with world.core.database.read() as tx:
        left = tx.execute(table.select().where(table.c.application == client.key)).all()
    assert [row.code_used_at is not None for row in left] == [True]


def test_oa_030_a_code_redeemed_twice_ends_the_token_from_the_front(world: World) -> None:
    client = front(world)
    answer = asked(world, client, "code token")
    assert client.redeem(answer["code"]).status == 200
    userinfo(world, answer["access_token"])
    assert client.redeem(answer["code"]).json["error"] == "invalid_grant"
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    assert send(world, "GET", "/oidc/userinfo", headers=bearer).status_code == 401


def test_a_token_from_the_front_lasts_no_longer_than_the_session(world: World) -> None:
    client, browser = front(world), settled(world)
    url = client.authorize_url(response_type="id_token token", **NO_CHALLENGE)
    answer = fragment_of(client, browser.request("GET", url).headers["Location"])
    userinfo(world, answer["access_token"])
    session = session_of(world, browser)
    with world.core.database.write() as tx:
        world.core.sessions.end(tx, session.id, "test")
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    assert send(world, "GET", "/oidc/userinfo", headers=bearer).status_code == 401


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("changes", [{"scope": "nothing"}, {"prompt": "none login"}], ids=str)
def test_errors_come_where_answers_do(shared: World, kind: str, changes: dict[str, str]) -> None:
    answer = asked(shared, front(shared), kind, **changes)
    assert answer["error"] in {"invalid_scope", "invalid_request"}
    assert (answer["state"], answer["iss"]) == (STATE, shared.issuer)
    assert not {"code", "access_token", "id_token"} & set(answer)


@pytest.mark.parametrize("kind", [one for one in TYPES if "id_token" in one])
def test_an_id_token_needs_a_nonce(shared: World, kind: str) -> None:
    assert asked(shared, front(shared), kind, nonce=None)["error"] == "invalid_request"
    assert asked(shared, front(shared), kind, scope="profile")["error"] == "invalid_scope"


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("mode", ["query", "query.jwt"])
def test_oa_011_tokens_never_go_into_the_query(shared: World, kind: str, mode: str) -> None:
    answer = asked(shared, front(shared), kind, response_mode=mode)
    assert answer["error"] == "invalid_request"


@pytest.mark.parametrize("kind", TYPES)
def test_tokens_by_form(shared: World, kind: str) -> None:
    client, browser = front(shared), settled(shared)
    browser.request("GET", client.authorize_url(response_type=kind, response_mode="form_post"))
    fields = posted(browser, client.redirect_uri)
    assert set(fields) == {"state", "iss"}.union(*(HELD[one] for one in kind.split()))


@pytest.mark.parametrize("kind", TYPES)
def test_oa_006_each_type_is_registered_by_itself(shared: World, kind: str) -> None:
    client = front(shared, *(one for one in TYPES if one != kind))
    answer = asked(shared, client, kind)
    assert answer["error"] == "unsupported_response_type"
    assert not {"code", "access_token", "id_token"} & set(answer)


@pytest.mark.parametrize("kind", ["token", "none", "code code", "id_token id_token", "Token"])
def test_oa_006_what_nobody_can_register(shared: World, kind: str) -> None:
    document = application("guest", oidc={"response_types": [kind]})
    assert check_client(read_registration(document, frozenset({"password"})))
    client = front(shared)
    url = client.authorize_url(response_type=kind)
    location = urlsplit(settled(shared).request("GET", url).headers["Location"])
    answer = dict(parse_qsl(location.query or location.fragment))
    assert answer["error"] == "unsupported_response_type"


def test_the_order_of_the_words_means_nothing(shared: World) -> None:
    client = front(shared, "token id_token", "token code id_token")
    assert "access_token" in asked(shared, client, "token id_token")
    assert "code" in asked(shared, client, "id_token token code")


@pytest.mark.parametrize(
    ("types", "grants"),
    [
        (["id_token"], ["authorization_code"]),
        (["code id_token"], ["authorization_code"]),
        (["code id_token"], ["implicit"]),
        (["code"], ["implicit"]),
        ([], ["implicit"]),
    ],
)
def test_a_type_without_its_grant_is_a_fault(types: list[str], grants: list[str]) -> None:
    document = application("guest", oidc={"response_types": types, "grant_types": grants})
    faults = check_client(read_registration(document, frozenset({"password"})))
    assert [one.what.key for one in faults] == ["needs-grant"]


def test_oa_036_a_challenge_is_kept_to_where_a_code_is_given(shared: World) -> None:
    strict = front(shared, pkce="required")
    assert asked(shared, strict, "code id_token", **NO_CHALLENGE)["error"] == "invalid_request"
    assert "id_token" in asked(shared, strict, "id_token")
    answer = asked(shared, strict, "code id_token")
    assert strict.redeem(answer["code"]).status == 200


@pytest.mark.parametrize("types", [("code",), ("code", "id_token")])
def test_the_console_warns_of_tokens_in_the_browser(shared: World, types: tuple[str, ...]) -> None:
    client = front(shared, *types)
    speaks = OidcRegistering(Subjects(bytes(32)), shared.issuer, lambda _who, _proofs: NOWHERE)
    with shared.core.database.read() as tx:
        application = shared.core.applications.load(tx, client.key)
        account = accounts.load(tx, shared.cast["medecin"].id)
    assert application is not None
    assert account is not None
    told = speaks.told(application, account, None)
    warned = [one.names for one in told.complaints if one.what is Complaint.IN_FRONT]
    assert warned == ([("id_token",)] if "id_token" in types else [])
