# SPDX-License-Identifier: Apache-2.0
"""Applications that register themselves (RFC 7591): by invitation, on its terms, once."""

from collections.abc import Iterator
from typing import Any

import pytest

from idp.applications import versions
from idp.cli.findings import State, look_at_server
from idp.oidc import registration
from tests.protocol.kit import at_once, bearer, send, settled
from tests.protocol.oidc.newcomers import (
    BACK,
    REGISTER,
    SITE,
    WORDS,
    Newcomer,
    again,
    invitations_of,
    invite,
    join,
    own,
    post,
    refused,
    world_with,
)
from tests.protocol.oidc.signing import new_key, public
from tests.protocol.oidc.strict import DISCOVERY
from tests.security.test_wb_audit import resume_audit, stop_audit
from tests.world import World, settings_for


@pytest.fixture
def inviting(sqlite_url: str) -> Iterator[World]:
    """Where an invitation is needed, on SQLite alone."""
    with world_with(sqlite_url) as opened:
        yield opened


@pytest.fixture
def both(database_url: str) -> Iterator[World]:
    """The same on each database."""
    with world_with(database_url) as opened:
        yield opened


def test_oa_160_nothing_is_there_where_it_is_closed(sqlite_world: World) -> None:
    assert post(sqlite_world, WORDS, "anything").status_code == 404
    assert send(sqlite_world, "GET", REGISTER + "/plain").status_code == 404
    assert "registration_endpoint" not in send(sqlite_world, "GET", DISCOVERY).get_json()


def test_it_is_found_where_it_is_open(inviting: World) -> None:
    found = send(inviting, "GET", DISCOVERY)
    assert found.get_json()["registration_endpoint"] == inviting.issuer + REGISTER
    other = send(inviting, "GET", "/.well-known/oauth-authorization-server")
    assert other.get_data() == found.get_data()


def test_one_that_registers_itself_logs_people_in(both: World) -> None:
    told = join(both, client_uri=f"{SITE}/", contacts=["aide@newcomer.example"])
    assert told["client_secret_expires_at"] == 0
    expected = {
        "client_name": "Nouvelle",
        "redirect_uris": [BACK],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        # OIDC Registration §2: said nothing of.
        "id_token_signed_response_alg": "RS256",
        "application_type": "web",
        "subject_type": "pairwise",
        "scope": "openid profile",
        "client_uri": f"{SITE}/",
        "contacts": ["aide@newcomer.example"],
    }
    assert {name: told[name] for name in expected} == expected
    client = Newcomer(both, told["client_id"])
    browser = settled(both)
    client.ask(browser, scope="openid profile")
    code = client.answered(browser.submit("/consent", answer="accept"))["code"]
    answer = client.post(
        "/oidc/token",
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": client.verifier,
        },
        **client.basic(told["client_secret"]),
    )
    assert answer.status == 200, answer
    # In its own name, with its first version; and its tile is on nobody's portal.
    with both.core.database.read() as tx:
        (first,) = versions.of(tx, client.key)
        application = both.core.applications.load(tx, client.key)
    assert first.by == f"application:{client.key}"
    assert application is not None
    assert not application.listed


@pytest.mark.parametrize("token", ["", "guessed", "x" * 9000])
def test_oa_160_without_an_invitation(inviting: World, token: str) -> None:
    answer = post(inviting, WORDS, token)
    refused(answer, "invalid_token", 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_oa_160_an_invitation_serves_so_often(both: World) -> None:
    token = invite(both, places=2)
    first, second = join(both, token), join(both, token)
    assert first["client_id"] != second["client_id"]
    refused(post(both, WORDS, token), "invalid_token", 401)


def test_oa_160_an_invitation_ends(both: World) -> None:
    token, later = invite(both, life=60), invite(both)
    both.clock.pass_by(60)
    refused(post(both, WORDS, token), "invalid_token", 401)
    with both.core.database.write() as tx:
        for one in invitations_of(both).every(tx):
            assert invitations_of(both).withdraw(tx, one.id)
    refused(post(both, WORDS, later), "invalid_token", 401)


def test_rl_21_the_last_place_is_one_applications(both: World) -> None:
    token = invite(both, places=3)
    answers = at_once(8, lambda _number: post(both, WORDS, token))
    assert sorted(one.status_code for one in answers) == [201] * 3 + [401] * 5
    keys = {one.get_json()["client_id"] for one in answers if one.status_code == 201}
    assert len(keys) == 3
    with both.core.database.read() as tx:
        assert invitations_of(both).every(tx)[0].places == 0
        assert keys <= {one.key for one in both.core.applications.every(tx)}


def test_rl_02_what_is_refused_uses_no_place(inviting: World) -> None:
    token = invite(inviting)
    refused(post(inviting, {"redirect_uris": ["http://no.example"]}, token), "invalid_redirect_uri")
    join(inviting, token)


def test_one_that_somebody_must_look_at_first(both: World) -> None:
    told = join(both, invite(both, approved=True))
    client = Newcomer(both, told["client_id"])
    browser = settled(both)
    client.ask(browser)
    assert browser.problem
    with both.core.database.write() as tx:
        assert both.core.applications.set_enabled(tx, client.key, enabled=True)
    client.ask(browser)
    assert not browser.problem


BEYOND = [
    ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
    ({"grant_types": ["urn:ietf:params:oauth:grant-type:magic"]}, "invalid_client_metadata"),
    ({"response_types": ["id_token"]}, "invalid_client_metadata"),
    ({"response_types": ["code", "code id_token"]}, "invalid_client_metadata"),
    ({"scope": "openid email"}, "invalid_client_metadata"),
    ({"scope": "openid sceau.accounts.read"}, "invalid_client_metadata"),
    ({"scope": "scim"}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": "none"}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": "client_secret_jwt"}, "invalid_client_metadata"),
    ({"redirect_uris": ["https://elsewhere.example/cb"]}, "invalid_redirect_uri"),
    ({"redirect_uris": [f"{BACK}", "https://elsewhere.example/cb"]}, "invalid_redirect_uri"),
    ({"post_logout_redirect_uris": ["https://elsewhere.example/"]}, "invalid_redirect_uri"),
]


@pytest.mark.parametrize(("words", "code"), BEYOND, ids=lambda one: str(one)[:40])
def test_oa_160_beyond_what_it_was_invited_for(
    inviting: World, words: dict[str, Any], code: str
) -> None:
    token = invite(inviting, hosts=("newcomer.example",))
    refused(post(inviting, WORDS | words, token), code)
    # The control: the same invitation, and nothing beyond.
    join(inviting, token)


UNFIT = [
    ({"redirect_uris": []}, "invalid_redirect_uri"),
    ({"redirect_uris": "https://newcomer.example/cb"}, "invalid_redirect_uri"),
    ({"redirect_uris": [f"{BACK}#fragment"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["http://newcomer.example/cb"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["https://[half"]}, "invalid_redirect_uri"),
    ({"grant_types": "authorization_code"}, "invalid_client_metadata"),
    ({"client_name": 7}, "invalid_client_metadata"),
    ({"client_name": "Ligne\nsuivante"}, "invalid_client_metadata"),
    ({"client_name": "\u202eruetartsinimda"}, "invalid_client_metadata"),
    ({"client_name#fr": ["Nom"]}, "invalid_client_metadata"),
    ({"client_uri": "javascript:alert(1)"}, "invalid_client_metadata"),
    ({"policy_uri": "http://newcomer.example/privacy"}, "invalid_client_metadata"),
    ({"tos_uri": "data:text/html,x"}, "invalid_client_metadata"),
    ({"contacts": "aide@newcomer.example"}, "invalid_client_metadata"),
    ({"contacts": ["aide@newcomer.example\r\nBcc: all"]}, "invalid_client_metadata"),
    ({"subject_type": "mine"}, "invalid_client_metadata"),
    ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
    ({"id_token_signed_response_alg": "HS256"}, "invalid_client_metadata"),
    ({"jwks": {"keys": []}}, "invalid_client_metadata"),
    ({"request_uris": 3}, "invalid_client_metadata"),
    ({"software_id": 3}, "invalid_client_metadata"),
    ({"initiate_login_uri": "http://newcomer.example/login"}, "invalid_client_metadata"),
]


@pytest.mark.parametrize(("words", "code"), UNFIT, ids=lambda one: ascii(one)[:40])
def test_what_can_not_be_registered(inviting: World, words: dict[str, Any], code: str) -> None:
    answer = post(inviting, WORDS | words, invite(inviting))
    refused(answer, code)
    # Nothing of what was sent is said again.
    assert "alert" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"[" * 100_000,
        # Read here, and too deep for the next who writes it.
        b'{"redirect_uris": ["https://newcomer.example/cb"], "x": ' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"client_name": "a", "client_name": "b"}',
        b'{"client_name": "\\ud800", "redirect_uris": ["https://newcomer.example/cb"]}',
        b'{"default_max_age": NaN, "redirect_uris": ["https://newcomer.example/cb"]}',
        b"\xff",
        b'{"client_name": "' + b"x" * 70_000 + b'"}',
    ],
    ids=lambda one: repr(one[:20]),
)
def test_a_body_that_is_no_metadata(inviting: World, body: bytes) -> None:
    refused(post(inviting, body, invite(inviting)), "invalid_client_metadata")


def test_another_type_of_body_or_method(inviting: World) -> None:
    token = invite(inviting)
    answer = send(inviting, "POST", REGISTER, form={"client_name": "x"}, headers=bearer(token))
    refused(answer, "invalid_client_metadata")
    for method in ("GET", "PUT", "DELETE"):
        assert send(inviting, method, REGISTER, headers=bearer(token)).status_code == 405


def test_what_nobody_knows_here_is_left_out(inviting: World) -> None:
    told = join(
        inviting,
        favourite_colour="blue",
        sector="another.example",
        pkce="optional",
        audiences=["https://other.example"],
        profile="fapi2",
        client_id="plain",
        scope="openid address",
    )
    left = {"favourite_colour", "sector", "pkce", "audiences", "profile"}
    assert not left & set(told)
    assert told["client_id"] != "plain"
    assert told["scope"] == "openid"
    with inviting.core.database.read() as tx:
        application = inviting.core.applications.load(tx, told["client_id"])
    assert application is not None
    assert not left & set(application.settings)


def test_a_name_in_the_language_of_people(inviting: World) -> None:
    names = {"client_name": "Imaging", "client_name#fr": "Imagerie", "client_name#de": "Bilder"}
    told = join(inviting, **names)
    assert {name: told[name] for name in names} == names
    with inviting.core.database.read() as tx:
        application = inviting.core.applications.load(tx, told["client_id"])
    assert application is not None
    assert application.name == "Imagerie"


def test_pairwise_subjects_of_several_hosts_need_a_sector(inviting: World) -> None:
    uris = {"redirect_uris": [BACK, "https://other.example/cb"]}
    refused(post(inviting, WORDS | uris, invite(inviting)), "invalid_client_metadata")
    shared = {**uris, "subject_type": "public"}
    # Whom all applications know alike is a term of its own.
    refused(post(inviting, WORDS | shared, invite(inviting)), "invalid_client_metadata")
    join(inviting, invite(inviting, public=True), **shared)


def test_one_with_keys_of_its_own_gets_no_secret(inviting: World) -> None:
    keys = {"keys": [public(new_key("ES256"))]}
    told = join(inviting, token_endpoint_auth_method="private_key_jwt", jwks=keys)
    assert "client_secret" not in told
    assert told["jwks"] == keys


def test_pkce_is_needed_unless_it_is_excused(inviting: World) -> None:
    none = {"code_challenge": None, "code_challenge_method": None}
    browser = settled(inviting)
    strict = Newcomer(inviting, join(inviting)["client_id"])
    strict.ask(browser, scope="openid", **none)
    assert "error=invalid_request" in browser.last.headers["Location"]
    excused = Newcomer(inviting, join(inviting, invite(inviting, excused=True))["client_id"])
    excused.ask(browser, scope="openid", **none)
    assert "code" in excused.answered(browser.last)


def test_whoever_comes_is_taken_where_it_is_open(sqlite_url: str) -> None:
    with world_with(sqlite_url, "open", OIDC_OPEN_PER_DAY="3") as opened:
        assert post(opened, WORDS | {"scope": "openid profile"}).status_code == 201
        # A wrong invitation is none, here too.
        refused(post(opened, WORDS, "guessed"), "invalid_token", 401)
        refused(post(opened, WORDS | {"scope": "sceau.accounts.read"}), "invalid_client_metadata")
        assert post(opened, WORDS).status_code == 201
        # Counted by address and day, what was refused as well.
        refused(post(opened, WORDS), "temporarily_unavailable", 429)
        # An invitation is its own measure.
        join(opened, invite(opened))
        opened.clock.pass_by(86_400)
        assert post(opened, WORDS).status_code == 201


def test_rl_02_nothing_is_left_of_one_that_could_not_be_recorded(both: World) -> None:
    token = invite(both)
    stop_audit(both)
    assert post(both, WORDS, token).status_code == 500
    resume_audit(both)
    join(both, token)


def test_whoever_is_invited_does_not_keep_us_busy(
    inviting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration, "MOST_INVITED", 3)
    token = invite(inviting, places=10)
    told = join(inviting, token)
    refused(post(inviting, {"redirect_uris": []}, token), "invalid_redirect_uri")
    assert own(inviting, told, "PUT", again(told)).status_code == 200
    refused(post(inviting, WORDS, token), "temporarily_unavailable", 429)
    refused(own(inviting, told, "PUT", again(told)), "temporarily_unavailable", 429)
    inviting.clock.pass_by(60)
    join(inviting, token)


def test_the_operator_is_told_that_it_is_open_to_all() -> None:
    for said, notes in (("open", 1), ("token", 0), ("closed", 0)):
        found = look_at_server(settings_for("sqlite:///x", OIDC_REGISTRATION=said))
        told = [one for one in found if one.subject == "registration"]
        assert [one.state for one in told] == [State.NOTE] * notes
