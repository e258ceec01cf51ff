# SPDX-License-Identifier: Apache-2.0
"""Requests that their client signed (RFC 9101): its own key, for us, soon; only they count."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from idp.credentials import used_once
from tests.protocol.kit import Guest, assert_page, at_once, parameters_of, register, settled
from tests.protocol.oidc.signing import (
    DROP,
    Key,
    algorithm_of,
    assertion,
    b64,
    new_key,
    public,
    rsa,
    sign,
)
from tests.world import Browser, World

TYPE = "oauth-authz-req+jwt"


@dataclass(frozen=True)
class After:
    """So many seconds from now."""

    seconds: int


def signing(world: World, key: Key, **oidc: Any) -> Guest:
    """A client that may sign by this key."""
    return register(world, oidc={"jwks": {"keys": [public(key)]}} | oidc)


def claims(client: Guest, **changes: Any) -> dict[str, Any]:
    """The claims of a right request, with changes; DROP leaves one out."""
    now = client.world.clock.now()
    said = {
        "iss": client.key,
        "aud": client.world.issuer,
        "exp": now + 120,
        "nbf": now,
        "iat": now,
        "client_id": client.key,
        "redirect_uri": client.redirect_uri,
        "response_type": "code",
        "scope": "openid profile",
        "state": "state-within",
        "nonce": "nonce-within",
        "code_challenge": client.challenge,
        "code_challenge_method": "S256",
    } | changes
    timely = {
        name: now + value.seconds if isinstance(value, After) else value
        for name, value in said.items()
    }
    return {name: value for name, value in timely.items() if value is not DROP}


def signed(client: Guest, key: Key, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """A right request of this client, with changes."""
    named = {"alg": algorithm_of(key), "kid": key.kid, "typ": TYPE} | (header or {})
    named = {name: value for name, value in named.items() if value is not DROP}
    return sign(key, named, claims(client, **changes))


def bring(client: Guest, token: str, browser: Browser | None = None, **more: str) -> dict[str, str]:
    """What the client is told, by a browser that is logged in."""
    query = urlencode({"client_id": client.key, "request": token} | more)
    found = browser or settled(client.world)
    return parameters_of(found.request("GET", f"/oidc/authorize?{query}"))


def refused(client: Guest, token: str, **more: str) -> None:
    """Told to the address in the open, where it is registered."""
    answered = bring(client, token, redirect_uri=client.redirect_uri, **more)
    assert (answered["error"], "code" in answered) == ("invalid_request_object", False)


@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "EdDSA"])
@pytest.mark.parametrize("typ", [TYPE, "JWT", DROP], ids=["typed", "jwt", "untyped"])
def test_a_signed_request_leads_to_a_code(shared: World, algorithm: str, typ: Any) -> None:
    key = new_key(algorithm)
    client = signing(shared, key)
    answered = bring(client, signed(client, key, {"typ": typ}))
    assert answered["state"] == "state-within"
    body = client.redeem(answered["code"]).json
    assert body["scope"] == "openid profile"


def test_a_signed_request_that_is_pushed(shared: World) -> None:
    key = new_key("ES256")
    client = signing(shared, key, require_signed_request_object=True)
    answer = client.post("/oidc/par", {"request": signed(client, key)})
    assert answer.status == 201
    query = urlencode({"client_id": client.key, "request_uri": answer.json["request_uri"]})
    answered = parameters_of(settled(shared).request("GET", f"/oidc/authorize?{query}"))
    assert answered["state"] == "state-within"
    plain = client.post("/oidc/par", {name: str(one) for name, one in claims(client).items()})
    assert (plain.status, plain.json["error"]) == (400, "invalid_request")
    wrong = client.post("/oidc/par", {"request": signed(client, new_key("ES256"))})
    assert (wrong.status, wrong.json["error"]) == (400, "invalid_request_object")


def test_members_that_are_no_text(shared: World) -> None:
    key = new_key("ES256")
    client = signing(shared, key)
    asked = {"id_token": {"email": None}}
    answered = bring(client, signed(client, key, claims=asked, max_age=60, scope="openid email"))
    assert client.redeem(answered["code"]).status == 200
    late = settled(shared, at=shared.clock.now() - 61)
    answered = bring(client, signed(client, key, max_age=60, prompt="none"), late)
    assert answered["error"] == "login_required"


WRONG: dict[str, dict[str, Any]] = {
    "iss of another": {"iss": "dcc"},
    "no iss": {"iss": DROP},
    "aud elsewhere": {"aud": "https://other.example"},
    "aud of others": {"aud": ["https://other.example"]},
    "no aud": {"aud": DROP},
    "no exp": {"exp": DROP},
    "expired": {"exp": After(-60)},
    "exp as text": {"exp": "9999999999"},
    "exp huge": {"exp": 10**300},
    "exp more than an hour ahead": {"exp": After(3661)},
    "nbf in the future": {"nbf": After(61)},
    "nbf long ago": {"nbf": After(-3661)},
    "nbf as text": {"nbf": "now"},
    "iat in the future": {"iat": After(61)},
    "sub is the client": {"sub": "ITSELF"},
    "client_id of another": {"client_id": "dcc"},
    "no client_id": {"client_id": DROP},
    "a request within": {"request": "a.b.c"},
    "an empty request within": {"request": ""},
    "an address within": {"request_uri": "https://x.example"},
    "state as a number that is none": {"state": 1.5},
    "state as a list": {"state": ["a", "b"]},
    "state as nothing": {"state": None},
    "scope as a list": {"scope": ["openid"]},
    "state with half a character": {"state": "\ud800"},
    "jti as a number": {"jti": 5},
    "jti endless": {"jti": "x" * 257},
    "claims as a switch": {"claims": True},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=list(WRONG))
def test_oa_091_a_wrong_member(shared: World, changes: dict[str, Any]) -> None:
    key = new_key("ES256")
    client = signing(shared, key)
    named = {**changes, "sub": client.key} if changes.get("sub") == "ITSELF" else changes
    refused(client, signed(client, key, **named))


EDGES: dict[str, dict[str, Any]] = {
    "aud among others": {"aud": ["https://other.example", "https://sceau.example"]},
    "exp an hour ahead": {"exp": After(3600)},
    "just expired": {"exp": After(-59)},
    "nbf in a moment": {"nbf": After(8)},
    "no nbf, no iat": {"nbf": DROP, "iat": DROP},
    "sub of somebody": {"sub": "somebody"},
}


@pytest.mark.parametrize("changes", EDGES.values(), ids=list(EDGES))
def test_the_edges_of_what_is_accepted(shared: World, changes: dict[str, Any]) -> None:
    key = new_key("ES256")
    client = signing(shared, key)
    assert "code" in bring(client, signed(client, key, **changes))


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "response_type", "state"])
def test_oa_091_said_otherwise_outside(shared: World, name: str) -> None:
    key = new_key("ES256")
    uris = ["https://a.example/1", "https://a.example/2"]
    client = signing(shared, key, redirect_uris=uris)
    # Of the same key: whoever is named outside could have signed it.
    twin = signing(shared, key, redirect_uris=uris)
    other = {"redirect_uri": uris[1], "response_type": "token", "state": "x"}
    other |= {"client_id": twin.key}
    more = {"redirect_uri": uris[0]} | {name: other[name]}
    answered = bring(client, signed(client, key), **more)
    assert answered["error"] == "invalid_request_object"


def test_oa_091_only_what_is_inside_counts(shared: World) -> None:
    key = new_key("ES256")
    client = signing(shared, key)
    more = {"scope": "openid profile email phone", "prompt": "login", "nonce": "outside"}
    answered = bring(client, signed(client, key), **more)
    assert client.redeem(answered["code"]).json["scope"] == "openid profile"
    # What is missing inside is not taken from the outside.
    for name in ("redirect_uri", "response_type", "code_challenge"):
        token = signed(client, key, **{name: DROP})
        query = {"client_id": client.key, "request": token, "response_type": "code"}
        query |= {"redirect_uri": client.redirect_uri, "code_challenge": client.challenge}
        response = settled(shared).request("GET", f"/oidc/authorize?{urlencode(query)}")
        if name == "redirect_uri":
            assert_page(response, "application-misconfigured")
        else:
            assert parameters_of(response)["error"] == "invalid_request"


def test_oa_091_a_state_that_is_only_outside(shared: World) -> None:
    key = new_key("ES256")
    client = signing(shared, key)
    answered = bring(client, signed(client, key, state=DROP), state="outside")
    assert ("code" in answered, answered.get("state")) == (True, None)


def test_oa_091_both_ways_at_once(shared: World) -> None:
    key = new_key("ES256")
    client = signing(shared, key)
    answered = bring(
        client, signed(client, key), request_uri="urn:x", redirect_uri=client.redirect_uri
    )
    assert answered["error"] == "invalid_request"


def test_oa_092_signed_by_nobody_or_somebody_else(shared: World) -> None:
    key, other = new_key("ES256"), new_key("ES256")
    client = signing(shared, key)
    signing(shared, other)
    said = claims(client)
    head = {"alg": "none", "typ": TYPE}
    tokens = [
        f"{b64(head)}.{b64(said)}.",
        f"{b64(head)}.{b64(said)}.{b64(b'x')}",
        f"{b64(said)}",
        "x",
        "..",
        signed(client, other),
        signed(client, new_key("PS256")),
        # The whole of another algorithm, by the key that is registered for a better one.
        sign(rsa(2048), {"alg": "RS256", "typ": TYPE}, said),
        signed(client, key, {"typ": "at+jwt"}),
        signed(client, key, {"typ": "dpop+jwt"}),
        signed(client, key, {"jwk": public(other)}),
        signed(client, key, {"kid": "another"}),
        # Assertion confusion: what proves the client is no request, and the other way round.
        assertion(shared, client.key, key),
        # Encrypted, whatever lies within.
        "a.b.c.d.e",
        f"{b64({'alg': 'dir', 'enc': 'A256GCM'})}..{b64(b'i' * 12)}.{b64(said)}.{b64(b't' * 16)}",
        signed(client, key)[:-1],
        signed(client, key) + "A",
        signed(client, key, padding="x" * 20_000),
    ]
    for token in tokens:
        refused(client, token)


def test_oa_092_rs256_by_the_very_key(shared: World) -> None:
    key = new_key("PS256")
    client = signing(shared, key)
    assert "code" in bring(client, signed(client, key))
    refused(client, signed(client, key, {"alg": "RS256"}))


def test_oa_092_another_algorithm_than_registered(shared: World) -> None:
    keys = [new_key("ES256", "one"), new_key("PS256", "two")]
    jwks = {"keys": [public(key) for key in keys]}
    client = register(shared, oidc={"jwks": jwks, "request_object_signing_alg": "PS256"})
    refused(client, signed(client, keys[0]))
    assert "code" in bring(client, signed(client, keys[1]))


def test_a_request_is_no_assertion(shared: World) -> None:
    key = new_key("ES256")
    client = signing(shared, key, token_endpoint_auth_method="private_key_jwt")
    form = {
        "grant_type": "authorization_code",
        "code": "x",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    for typ in (TYPE, DROP):
        token = signed(client, key, {"typ": typ}, sub="somebody", jti="one")
        answer = client.post("/oidc/token", form | {"client_assertion": token})
        assert (answer.status, answer.json["error"]) == (401, "invalid_client")


def test_oa_093_who_must_sign_is_heard_no_other_way(shared: World) -> None:
    key = new_key("ES256")
    client = signing(shared, key, require_signed_request_object=True)
    answered = client.answered(settled(shared).request("GET", client.authorize_url()))
    assert answered["error"] == "invalid_request"
    assert "code" in bring(client, signed(client, key))
    # FAPI 2.0 Message Signing §5.3.1: it says from when on it counts.
    refused(client, signed(client, key, nbf=DROP))


def test_oa_094_an_identifier_counts_once(world: World) -> None:
    key = new_key("ES256")
    client = signing(world, key)
    token = signed(client, key, jti="one")
    browser = world.browser()
    where = "/oidc/authorize?" + urlencode({"client_id": client.key, "request": token})
    for _ in range(2):
        # Loaded again before the login is complete.
        assert browser.get(where).status_code == 200
    assert "code" in client.answered(browser.log_in())
    assert bring(client, token)["error"] == "invalid_request_uri"
    again = signed(client, key, jti="one", exp=world.clock.now() + 300)
    assert "code" not in bring(client, again)
    # Each client's own, and pushed or not.
    other = signing(world, key)
    assert "code" in bring(other, signed(other, key, jti="one"))
    pushed = client.post("/oidc/par", {"request": signed(client, key, jti="one")})
    assert (pushed.status, pushed.json["error"]) == (400, "invalid_request_object")
    # Who gives none is not held to it.
    free = signed(client, key)
    assert ["code" in bring(client, free) for _ in range(2)] == [True, True]


@pytest.mark.parametrize("prompt", ["none", DROP], ids=["silent", "shown"])
def test_oa_094_rl_02_an_identifier_in_parallel(world: World, prompt: Any) -> None:
    key = new_key("ES256")
    client = signing(world, key)
    token = signed(client, key, jti="one", prompt=prompt)
    browsers = [settled(world) for _ in range(20)]
    where = "/oidc/authorize?" + urlencode({"client_id": client.key, "request": token})

    def go(number: int) -> bool:
        response = browsers[number].request("GET", where)
        return response.status_code == 303 and "code" in parameters_of(response)

    assert sum(at_once(20, go)) == 1


def test_oa_094_two_logins_that_one_object_began(world: World) -> None:
    key = new_key("ES256")
    client = signing(world, key)
    token = signed(client, key, jti="one", exp=After(60))
    where = "/oidc/authorize?" + urlencode({"client_id": client.key, "request": token})
    # The later it is brought, the longer its login may last: a minute late is taken.
    early, late = world.browser(), world.browser()
    assert early.get(where).status_code == 200
    world.clock.pass_by(119)
    assert late.get(where).status_code == 200
    world.clock.pass_by(62)
    assert "code" in client.answered(early.log_in())
    world.clock.pass_by(world.core.settings.journey.lifetime - 63)
    # As the chores do each minute.
    with world.core.database.write() as tx:
        used_once.forget_expired(tx, world.clock.now())
    second = client.answered(late.log_in())
    assert (second["error"], "code" in second) == ("invalid_request_uri", False)


def test_oa_094_pushed_in_parallel(world: World) -> None:
    key = new_key("ES256")
    client = signing(world, key)
    token = signed(client, key, jti="one")
    answers = at_once(20, lambda _: client.post("/oidc/par", {"request": token}).status)
    assert sorted(answers) == [201] + [400] * 19


def test_a_fault_before_anybody_is_known_bounces_nobody(shared: World) -> None:
    client = signing(shared, new_key("ES256"))
    query = {"client_id": client.key, "request": "x", "redirect_uri": client.redirect_uri}
    response = shared.browser().request("GET", f"/oidc/authorize?{urlencode(query)}")
    assert_page(response, "application-request")
    query["redirect_uri"] = "https://evil.example/cb"
    response = settled(shared).request("GET", f"/oidc/authorize?{urlencode(query)}")
    assert_page(response, "application-misconfigured")
