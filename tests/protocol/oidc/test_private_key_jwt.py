# SPDX-License-Identifier: Apache-2.0
"""private_key_jwt: the client's own key and algorithm, for us, soon, once."""

from collections.abc import Callable
from typing import Any

import pytest

from idp.applications.registration import read_registration
from idp.credentials import used_once
from idp.oidc.client import check_client
from tests.cast import application
from tests.protocol.kit import at_once, register, send
from tests.protocol.oidc.signing import (
    ASSERTION_TYPE,
    DROP,
    Key,
    assertion,
    claims_for,
    new_key,
    presenting,
    public,
    sign,
)
from tests.protocol.processes import ServerProcess, fire
from tests.world import RelyingParty, World, open_world

CREDENTIALS = {"grant_type": "client_credentials"}
ALGORITHMS = ["ES256", "PS256", "EdDSA"]


def machine(world: World, *keys: Key, **oidc: Any) -> RelyingParty:
    """A client that authenticates by these keys."""
    settings = {
        "redirect_uris": [],
        "grant_types": ["client_credentials"],
        "scopes": ["exams.read"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [public(key) for key in keys]},
    }
    return register(world, oidc=settings | oidc)


def status(world: World, token: str) -> int:
    """What the token endpoint says to an assertion: 200, or invalid_client and nothing else."""
    response = send(world, "POST", "/oidc/token", form=CREDENTIALS | presenting(token))
    document = response.get_json()
    if response.status_code != 200:
        assert (response.status_code, document["error"]) == (401, "invalid_client")
        assert "access_token" not in document
    return response.status_code


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("kid", ["key-1", None])
def test_an_assertion_of_each_algorithm(shared: World, algorithm: str, kid: str | None) -> None:
    key = new_key(algorithm, kid)
    client = machine(shared, key)
    assert status(shared, assertion(shared, client.key, key)) == 200


@pytest.mark.parametrize("path", ["/oidc/token", "/oidc/introspect", "/oidc/revoke"])
def test_an_assertion_at_each_endpoint(shared: World, path: str) -> None:
    key = new_key("ES256")
    client = machine(shared, key)
    form = CREDENTIALS | {"token": "x"} | presenting(assertion(shared, client.key, key))
    assert send(shared, "POST", path, form=form).status_code == 200


@pytest.mark.parametrize("aud", ["https://sceau.example", "https://sceau.example/oidc/token"])
def test_an_assertion_names_the_issuer_or_the_token_endpoint(shared: World, aud: str) -> None:
    key = new_key("ES256")
    client = machine(shared, key)
    assert status(shared, assertion(shared, client.key, key, aud=aud)) == 200


def test_oa_053_an_assertion_counts_once(world: World) -> None:
    key = new_key("ES256")
    client = machine(world, key)
    token = assertion(world, client.key, key)
    assert [status(world, token) for _ in range(3)] == [200, 401, 401]
    # The identifier is used up, whatever else the next assertion says.
    jti = "the-same-identifier"
    assert status(world, assertion(world, client.key, key, jti=jti)) == 200
    assert (
        status(world, assertion(world, client.key, key, jti=jti, exp=world.clock.now() + 90)) == 401
    )


def test_oa_053_identifiers_are_each_clients_own(sqlite_world: World) -> None:
    for _ in range(2):
        key = new_key("ES256")
        client = machine(sqlite_world, key)
        assert status(sqlite_world, assertion(sqlite_world, client.key, key, jti="one")) == 200


def test_oa_053_parallel_in_one_process(world: World) -> None:
    key = new_key("ES256")
    token = assertion(world, machine(world, key).key, key)
    assert sorted(at_once(50, lambda _: status(world, token))) == [200] + [401] * 49


def test_oa_053_parallel_at_two_servers(
    world: World, database_url: str, servers: list[ServerProcess]
) -> None:
    key = new_key("ES256")
    token = assertion(world, machine(world, key).key, key)
    answers = fire(
        servers, database_url, [("/oidc/token", CREDENTIALS | presenting(token), {})], 25
    )
    assert sorted(found for found, _ in answers) == [200] + [401] * 49


def test_oa_053_after_a_restart_and_until_it_could_no_longer_pass(
    world: World, database_url: str
) -> None:
    key = new_key("ES256")
    token = assertion(world, machine(world, key).key, key, exp=world.clock.now() + 300)
    assert status(world, token) == 200
    again = open_world(database_url)
    try:
        for seconds in (0, 100, 199, 59, 1):
            again.clock.pass_by(seconds)
            with again.core.database.write() as tx:
                used_once.forget_expired(tx, again.clock.now())
            assert status(again, token) == 401
    finally:
        again.provider.close()


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "aud as an array": {"aud": ["https://sceau.example"]},
    "aud of two": {"aud": ["https://sceau.example", "https://other.example"]},
    "aud with a slash": {"aud": "https://sceau.example/"},
    "aud in another case": {"aud": "https://SCEAU.example"},
    "aud elsewhere": {"aud": "https://other.example/oidc/token"},
    "aud introspection": {"aud": "https://sceau.example/oidc/introspect"},
    "aud number": {"aud": 5},
    "no aud": {"aud": DROP},
    "iss of another": {"iss": "dcc"},
    "iss as an array": {"iss": ["X"]},
    "no iss": {"iss": DROP},
    "sub of another": {"sub": "dcc"},
    "no sub": {"sub": DROP},
    "sub as an array": {"sub": ["dcc"]},
    "sub with a lone surrogate": {"sub": "\ud800"},
    "no exp": {"exp": DROP},
    "exp as text": {"exp": "9999999999"},
    "exp as a float": {"exp": 1_790_000_060.5},
    "exp as true": {"exp": True},
    "exp huge": {"exp": 10**300},
    "exp negative": {"exp": -1},
    "exp null": {"exp": None},
    "exp an hour ahead": {"exp": 1_790_003_600},
    "exp five minutes and a second ahead": {"exp": 1_790_000_301},
    "expired": {"exp": 1_790_000_000 - 60},
    "iat in the future": {"iat": 1_790_000_061},
    "iat as text": {"iat": "now"},
    "nbf in the future": {"nbf": 1_790_000_061},
    "no jti": {"jti": DROP},
    "jti empty": {"jti": ""},
    "jti number": {"jti": 5},
    "jti endless": {"jti": "x" * 257},
}


@pytest.mark.parametrize("changes", WRONG_CLAIMS.values(), ids=list(WRONG_CLAIMS))
def test_oa_054_a_wrong_claim(world_at_start: World, changes: dict[str, Any]) -> None:
    world, key = world_at_start, new_key("ES256")
    client = machine(world, key)
    named = {**changes, "iss": [client.key]} if changes.get("iss") == ["X"] else changes
    assert status(world, assertion(world, client.key, key, **named)) == 401
    assert status(world, assertion(world, client.key, key)) == 200


@pytest.mark.parametrize("jti", ["\ud800", "é" * 200, "a\x00b", " "])
def test_oa_054_a_strange_identifier_breaks_nothing(world: World, jti: str) -> None:
    key = new_key("ES256")
    client = machine(world, key)
    assert [status(world, assertion(world, client.key, key, jti=jti)) for _ in range(2)] == [
        200,
        401,
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"exp": 1_790_000_300}, 200), ({"exp": 1_790_000_000 - 59}, 200), ({"iat": DROP}, 200)],
)
def test_oa_054_the_edges_of_what_is_accepted(
    world_at_start: World, changes: dict[str, Any], expected: int
) -> None:
    key = new_key("ES256")
    client = machine(world_at_start, key)
    assert status(world_at_start, assertion(world_at_start, client.key, key, **changes)) == expected


def test_oa_055_another_clients_key(shared: World) -> None:
    mine, other = new_key("ES256"), new_key("ES256")
    client = machine(shared, mine)
    machine(shared, other)
    assert status(shared, assertion(shared, client.key, other)) == 401


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS512"])
def test_oa_055_a_weaker_algorithm_of_the_same_key(shared: World, algorithm: str) -> None:
    key = new_key("PS256")
    client = machine(shared, key)
    claims = claims_for(shared, client.key)
    assert status(shared, sign(key, {"alg": algorithm, "kid": key.kid}, claims)) == 401
    assert status(shared, sign(key, {"alg": "PS256", "kid": key.kid}, claims)) == 200


@pytest.mark.parametrize("kid", [None, "another", "key-2"])
def test_oa_055_the_right_key_under_another_name(shared: World, kid: str | None) -> None:
    first, second = new_key("ES256", "key-1"), new_key("ES256", "key-2")
    client = machine(shared, first, second)
    header = {"alg": "ES256"} | ({"kid": kid} if kid else {})
    # Two keys fit a header that names none: which one is meant is not guessed.
    assert status(shared, sign(first, header, claims_for(shared, client.key))) == 401
    right = sign(second, {"alg": "ES256", "kid": "key-2"}, claims_for(shared, client.key))
    assert status(shared, right) == 200


@pytest.mark.parametrize("kind", ["", "saml2-bearer", "x"])
def test_an_assertion_under_another_type(shared: World, kind: str) -> None:
    key = new_key("ES256")
    client = machine(shared, key)
    form = presenting(assertion(shared, client.key, key))
    form["client_assertion_type"] = kind and ASSERTION_TYPE.replace("jwt-bearer", kind)
    response = send(shared, "POST", "/oidc/token", form=CREDENTIALS | form)
    assert (response.status_code, response.get_json()["error"]) == (401, "invalid_client")


UNUSABLE: dict[str, tuple[Callable[[], Any], str]] = {
    "none": (lambda: None, "needs jwks or jwks_uri"),
    "no list": (dict, "no public key"),
    "an empty list": (lambda: {"keys": []}, "no public key"),
    "text": (lambda: {"keys": "x"}, "no public key"),
    "no keys": (lambda: {"keys": [1, None, "x"]}, "no public key"),
    "symmetric": (lambda: {"keys": [{"kty": "oct", "k": "AAAA"}]}, "private or symmetric"),
    "private": (
        lambda: {"keys": [new_key("ES256").as_dict(private=True)]},
        "private or symmetric",
    ),
    "P-384": (lambda: {"keys": [public(new_key("ES384"))]}, "no public key"),
    "for encryption": (lambda: {"keys": [public(new_key("ES256", use="enc"))]}, "no public key"),
    "for RS256": (lambda: {"keys": [public(new_key("PS256", alg="RS256"))]}, "no public key"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_keys_that_cannot_be_registered(name: str) -> None:
    make, word = UNUSABLE[name]
    oidc = {"token_endpoint_auth_method": "private_key_jwt", "jwks": make()}
    if oidc["jwks"] is None:
        del oidc["jwks"]
    document = application("guest", oidc=oidc)
    faults = check_client(read_registration(document, frozenset({"password"})))
    assert any(word in str(fault) for fault in faults), faults


def test_a_registration_with_keys_in_two_places() -> None:
    oidc = {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [public(new_key("ES256"))]},
        "jwks_uri": "https://guest.example/jwks",
    }
    faults = check_client(
        read_registration(application("guest", oidc=oidc), frozenset({"password"}))
    )
    assert any("only one of" in str(fault) for fault in faults)
