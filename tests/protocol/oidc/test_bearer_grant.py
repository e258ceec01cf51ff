# SPDX-License-Identifier: Apache-2.0
"""The JWT bearer grant (RFC 7523 §2.1): the word of others, once, for us, about somebody known."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from idp.accounts.values import State
from idp.applications.registration import BadRegistration
from idp.chores import Chores
from idp.oidc.client import read_client
from tests.protocol.kit import ELSEWHERE, Guest, at_once, register, with_policy
from tests.protocol.oidc.signing import DROP, Key, new_key, public, sign
from tests.protocol.oidc.strict import verify
from tests.world import Answer, World, open_world

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
THEM = "https://directory.example"
READ = "exams.read"


def vouched(world: World, signer: Key, **changes: Any) -> Guest:
    """An application towards which somebody vouches."""
    issuer = {"issuer": THEM, "jwks": {"keys": [public(signer)]}, "subject": "national_id"}
    oidc = {
        "redirect_uris": [],
        "grant_types": [GRANT],
        "scopes": [READ, "openid", "profile"],
        "audiences": ["resource"],
        "bearer_issuers": [issuer | changes.pop("issuer", {})],
    }
    return register(world, oidc=oidc | changes.pop("oidc", {}), **changes)


def number(world: World, who: str = "medecin") -> str:
    """By which others know somebody."""
    found = world.cast[who].person.national_id
    assert found
    return found


def assertion(world: World, key: Key, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """A right one, with changes."""
    now = world.clock.now()
    claims = {
        "iss": THEM,
        "sub": number(world),
        "aud": world.issuer,
        "iat": now,
        "exp": now + 300,
        "jti": f"jti-{world.core.entropy.token(8)}",
    } | changes
    claims = {name: one for name, one in claims.items() if one is not DROP}
    return sign(key, {"alg": "ES256", "kid": "key-1"} | (header or {}), claims)


def show(client: Guest, token: str, **more: str) -> Answer:
    """It is shown."""
    return client.post("/oidc/token", {"grant_type": GRANT, "assertion": token} | more)


def refused(answer: Answer, code: str = "invalid_grant") -> None:
    assert (answer.status, answer.json["error"]) == (400, code), answer
    assert set(answer.json) <= {"error", "error_description"}


@pytest.mark.parametrize("kind", ["opaque", "jwt"])
@pytest.mark.parametrize("subject", ["national_id", "sub"])
def test_somebody_is_vouched_for(world: World, kind: str, subject: str) -> None:
    key = new_key("ES256")
    client = vouched(world, key, issuer={"subject": subject}, oidc={"access_token_format": kind})
    edge = world.provider.edge
    with world.core.database.read() as tx:
        sector = edge.clients.of(world.core.applications.load(tx, client.key)).sector
    ours = edge.subjects.of(sector, world.cast["medecin"].id)
    token = assertion(world, key, sub=number(world) if subject == "national_id" else ours)
    answer = show(client, token, scope=READ)
    assert set(answer.json) == {"access_token", "token_type", "expires_in", "scope"}
    assert answer.headers["Cache-Control"] == "no-store"
    told = world.client("resource").introspect(answer.json["access_token"]).json
    assert told["active"]
    assert told["client_id"] == client.key
    # It is no login.
    assert not {"sid", "auth_time", "amr"} & set(told)
    if kind == "jwt":
        claims = verify(world, answer.json["access_token"], "at+jwt").claims
        assert claims["sub"] == told["sub"]
        assert not {"acr", "auth_time", "amr"} & set(claims)
    assert client.userinfo(answer.json["access_token"]).status == 401
    (event,) = world.events("assertion.taken")
    assert (event.account, event.outcome) == (world.cast["medecin"].id, "ok")
    assert json.loads(event.detail) == {"issuer": THEM}


@pytest.mark.parametrize("aud", ["issuer", "endpoint", "list"])
def test_oa_130_it_names_us(world: World, aud: str) -> None:
    key = new_key("ES256")
    value = {"issuer": world.issuer, "endpoint": f"{world.issuer}/oidc/token"}.get(aud)
    token = assertion(world, key, aud=value or [world.issuer])
    assert show(vouched(world, key), token).status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": DROP},
        {"aud": ""},
        {"aud": []},
        {"aud": "https://elsewhere.example"},
        {"aud": ["https://sceau.example", "https://elsewhere.example"]},
        {"aud": 5},
        {"aud": {"x": 1}},
        {"iss": DROP},
        {"iss": "https://other.example"},
        {"iss": [THEM]},
        {"sub": DROP},
        {"sub": ""},
        {"sub": ["a"]},
        {"sub": "x" * 300},
        {"exp": DROP},
        {"exp": "1999999999"},
        {"exp": 1e308},
        {"exp": 1_790_000_000.5},
        {"exp": -1},
        {"exp": True},
        {"exp": 1_790_000_000 - 61},
        {"exp": 1_790_000_000 + 3661},
        {"iat": DROP},
        {"iat": 1_790_000_000 + 61},
        {"iat": "x"},
        {"nbf": 1_790_000_000 + 61},
        {"nbf": "x"},
        {"jti": DROP},
        {"jti": ""},
        {"jti": 7},
        {"jti": "x" * 257},
    ],
)
def test_oa_078_oa_130_each_claim_is_what_it_must_be(
    shared: World, changes: dict[str, Any]
) -> None:
    key = new_key("ES256")
    now = shared.clock.now() - 1_790_000_000
    moved = {
        name: one + now if type(one) is int and one > 1000 else one for name, one in changes.items()
    }
    refused(show(vouched(shared, key), assertion(shared, key, **moved)))


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "at+jwt"},
        {"typ": "logout+jwt"},
        {"typ": "secevent+jwt"},
        {"alg": "RS256"},
        {"kid": "other"},
        {"jwk": {"kty": "EC"}},
        {"x5u": "https://evil.example"},
        {"jku": "https://evil.example"},
    ],
)
def test_oa_079_other_tokens_and_headers(shared: World, header: dict[str, Any]) -> None:
    key = new_key("ES256")
    made = new_key("RS256") if header.get("alg") else key
    refused(show(vouched(shared, key), assertion(shared, made, header)))


def test_oa_130_by_another_key_or_nobody(world: World) -> None:
    key, other = new_key("ES256"), new_key("ES256")
    client = vouched(world, key)
    refused(show(client, assertion(world, other)))
    token = assertion(world, key)
    head, body, _signature = token.split(".")
    for wrong in (f"{head}.{body}.", f"{head}.{body}", "x", "a.b.c", "é.é.é", token + "A"):
        refused(show(client, wrong))
    refused(show(client, ""), "invalid_request")
    assert show(client, token).status == 200


def test_oa_077_what_is_too_long(shared: World) -> None:
    key = new_key("ES256")
    client = vouched(shared, key)
    refused(show(client, assertion(shared, key, more="x" * 20_000)))
    assert show(client, "x" * 1_000_000).status in {400, 413}


def test_oa_130_used_once_for_all_clients(world: World) -> None:
    key = new_key("ES256")
    client, other = vouched(world, key), vouched(world, key)
    token = assertion(world, key, jti="one")
    assert show(client, token).status == 200
    refused(show(client, token))
    refused(show(other, token))
    # As long as it would be accepted.
    world.clock.pass_by(359)
    Chores(world.core).do()
    refused(show(client, token))


def test_rl_21_at_once(world: World) -> None:
    key = new_key("ES256")
    client, token = vouched(world, key), assertion(world, key)
    answers = at_once(12, lambda _: show(client, token).status)
    assert sorted(answers) == [200] + [400] * 11


def test_rl_02_another_node_after_a_restart(world: World, database_url: str) -> None:
    key = new_key("ES256")
    client, token = vouched(world, key), assertion(world, key)
    assert show(client, token).status == 200
    again = open_world(database_url)
    try:
        refused(show(Guest(again, client.key, document=client.document), token))
    finally:
        again.close()


def test_oa_130_nobody_learns_who_is_known_here(world: World) -> None:
    key = new_key("ES256")
    client = vouched(world, key)
    with world.core.database.write() as tx:
        world.core.accounts.set_state(tx, world.cast["medecin"].id, State.DISABLED)
    known = show(client, assertion(world, key))
    unknown = show(client, assertion(world, key, sub="899700009999"))
    refused(known)
    assert known.json == unknown.json
    assert [one.outcome for one in world.events("assertion.taken")] == ["refused", "refused"]
    assert all(one.account is None for one in world.events("assertion.taken"))


def account_disabled(world: World, _client: Guest) -> None:
    with world.core.database.write() as tx:
        world.core.accounts.set_state(tx, world.cast["medecin"].id, State.DISABLED)


def account_closed(world: World, _client: Guest) -> None:
    with world.core.database.write() as tx:
        world.core.accounts.set_state(tx, world.cast["medecin"].id, State.CLOSED)


def application_disabled(world: World, client: Guest) -> None:
    with world.core.database.write() as tx:
        world.core.applications.set_enabled(tx, client.key, enabled=False)


def population_closed(world: World, client: Guest) -> None:
    with_policy(world, client, client.document, populations=["patient"])


def community_closed(world: World, client: Guest) -> None:
    with_policy(world, client, client.document, communities=["perinat-centre"])


def level_raised(world: World, client: Guest) -> None:
    with_policy(world, client, client.document, level=2)


def activity_asked(world: World, client: Guest) -> None:
    with_policy(world, client, client.document, activity="chosen")


def directory_required(world: World, client: Guest) -> None:
    with_policy(world, client, client.document, directory="visible")


HAPPENINGS = (
    *(account_disabled, account_closed, application_disabled, population_closed),
    *(community_closed, level_raised, activity_asked, directory_required),
)


@pytest.mark.parametrize("happens", HAPPENINGS, ids=lambda one: one.__name__)
def test_oa_047_nobody_is_let_in_who_may_not(
    world: World, happens: Callable[[World, Guest], None]
) -> None:
    key = new_key("ES256")
    client = vouched(world, key)
    token = show(client, assertion(world, key)).json["access_token"]
    assert world.client("resource").introspect(token).json["active"]
    happens(world, client)
    answer = show(client, assertion(world, key))
    assert answer.json["error"] in {"invalid_grant", "invalid_client"}
    assert world.client("resource").introspect(token).json == {"active": False}


def test_oa_130_an_issuer_that_is_believed_no_more(world: World) -> None:
    key = new_key("ES256")
    client = vouched(world, key)
    other = [{"issuer": "https://b.example", "jwks": {"keys": [public(key)]}}]
    changed = {**client.document, "oidc": client.settings | {"bearer_issuers": other}}
    token = assertion(world, key)
    with_policy(world, client, changed)
    refused(show(client, token))


def test_its_word_counts_as_much_as_it_is_registered_for(world: World) -> None:
    key = new_key("ES256")
    weak = vouched(world, key, policy={"level": 2})
    refused(show(weak, assertion(world, key)))
    strong = vouched(world, key, policy={"level": 2}, issuer={"level": 2})
    token = show(strong, assertion(world, key)).json["access_token"]
    told = world.client("resource").introspect(token).json
    assert told["acr"] == "urn:sceau:level:2"


def test_oa_042_never_userinfo_nor_administration(world: World) -> None:
    key = new_key("ES256")
    client = vouched(world, key, oidc={"scopes": [READ, "openid", "sceau.accounts.read"]})
    for scope in ("openid", "sceau.accounts.read", f"{READ} other", "other"):
        refused(show(client, assertion(world, key), scope=scope), "invalid_scope")
    assert show(client, assertion(world, key)).json["scope"] == READ


def test_oa_043_audiences(world: World) -> None:
    key = new_key("ES256")
    client = vouched(world, key)
    refused(show(client, assertion(world, key), resource="elsewhere"), "invalid_target")


def test_consent_where_the_application_asks_for_it(world: World) -> None:
    key = new_key("ES256")
    client = vouched(world, key, policy={"consent": True})
    refused(show(client, assertion(world, key), scope=READ))
    with world.core.database.write() as tx:
        account = world.cast["medecin"].id
        world.core.consents.give(tx, account, client.key, (READ,), ELSEWHERE)
    assert show(client, assertion(world, key), scope=READ).status == 200


def test_oa_041_for_applications_that_are_registered_for_it(world: World) -> None:
    key = new_key("ES256")
    answer = world.client("plain").post("/oidc/token", {"grant_type": GRANT, "assertion": "x"})
    refused(answer, "unauthorized_client")
    wrong = vouched(world, key).post(
        "/oidc/token", {"grant_type": GRANT, "assertion": assertion(world, key)},
        Authorization="Basic eDp5",
    )  # fmt: skip
    assert (wrong.status, wrong.json["error"]) == (401, "invalid_client")


def test_it_ends_with_a_new_password(world: World) -> None:
    key = new_key("ES256")
    client = vouched(world, key)
    token = show(client, assertion(world, key)).json["access_token"]
    with world.core.database.write() as tx:
        account = world.cast["medecin"].id
        world.core.codes.revoke_elsewhere(tx, account, None, "password", ELSEWHERE)
    assert world.client("resource").introspect(token).json == {"active": False}


def test_an_account_that_is_opened_again_does_not_bring_it_back(world: World) -> None:
    key = new_key("ES256")
    client = vouched(world, key)
    token, account = show(client, assertion(world, key)).json["access_token"], "medecin"
    for state in (State.DISABLED, State.ACTIVE):
        world.clock.pass_by(1)
        with world.core.database.write() as tx:
            world.core.accounts.set_state(tx, world.cast[account].id, state)
        assert world.client("resource").introspect(token).json == {"active": False}
    again = show(client, assertion(world, key)).json["access_token"]
    assert world.client("resource").introspect(again).json["active"]


@pytest.mark.parametrize(
    "oidc",
    [
        {"bearer_issuers": []},
        {"bearer_issuers": "x"},
        {"bearer_issuers": ["x"]},
        {"bearer_issuers": [{"issuer": THEM}]},
        {"bearer_issuers": [{"issuer": "", "jwks_uri": "https://a.example/jwks"}]},
        {"bearer_issuers": [{"issuer": THEM, "jwks_uri": "http://a.example/jwks"}]},
        {"bearer_issuers": [{"issuer": THEM, "jwks_uri": "https://a.example", "x": 1}]},
        {"bearer_issuers": [{"issuer": THEM, "jwks_uri": "https://a.example", "level": 4}]},
        {"bearer_issuers": [{"issuer": THEM, "jwks_uri": "https://a.example", "level": True}]},
        {"bearer_issuers": [{"issuer": THEM, "jwks_uri": "https://a.example", "subject": "mail"}]},
        {"bearer_issuers": [{"issuer": THEM, "jwks": {"keys": []}}]},
        {"bearer_issuers": [{"issuer": THEM, "jwks_uri": "https://a.example"}] * 2},
        {"bearer_issuers": [{"issuer": THEM, "jwks_uri": "https://a.example"}] * 21},
        {"grant_types": ["client_credentials"]},
        {"token_endpoint_auth_method": "none"},
    ],
)
def test_what_is_no_registration(shared: World, oidc: dict[str, Any]) -> None:
    client = vouched(shared, new_key("ES256"))
    with shared.core.database.read() as tx:
        application = shared.core.applications.load(tx, client.key)
    read_client(application)
    with pytest.raises(BadRegistration):
        read_client(replace(application, settings={**client.settings, **oidc}))
