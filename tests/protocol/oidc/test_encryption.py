# SPDX-License-Identifier: Apache-2.0
"""What an application alone reads: signed, then encrypted to its key, or not told at all."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc.errors import JoseError

from idp.applications.registration import read_registration
from idp.oidc import recipients
from idp.oidc.client import check_client
from idp.oidc.encrypting import NOTHING
from idp.oidc.recipients import Cipher, kept, read_recipients
from idp.outgoing import Fetched, Unreachable
from tests.cast import application
from tests.protocol.kit import Guest, assert_page, bearer, parameters_of, register, send, settled
from tests.protocol.oidc.encryption import (
    ALGORITHMS,
    CIPHERS,
    KINDS,
    kind_for,
    read_as,
    reading_key,
)
from tests.protocol.oidc.signing import Key, new_key, public
from tests.protocol.oidc.strict import NONCE, check_half, check_id_token, verify
from tests.protocol.oidc.test_front_channel import front
from tests.protocol.oidc.test_jose import weak_rsa
from tests.world import World

URI = "https://guest.example/jwks"
PLACES = ("id_token", "userinfo", "authorization", "introspection")
INTROSPECTED = "application/token-introspection+jwt"


def wanting(place: str, algorithm: str = "ECDH-ES", cipher: str = "") -> dict[str, Any]:
    """That this is encrypted."""
    prefix = f"{place}_encrypted_response_"
    return {prefix + "alg": algorithm} | ({prefix + "enc": cipher} if cipher else {})


def reader(world: World, key: Key, *places: str, algorithm: str = "ECDH-ES", **oidc: Any) -> Guest:
    """A client that alone reads this."""
    wants: dict[str, Any] = {}
    for place in places:
        wants |= wanting(place, algorithm)
    return register(world, oidc={"jwks": {"keys": [public(key)]}} | wants | oidc)


@pytest.mark.parametrize("cipher", ["", *CIPHERS])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_id_token_that_its_client_alone_reads(
    shared: World, algorithm: str, cipher: str
) -> None:
    key = reading_key(kind_for(algorithm))
    settings = {"jwks": {"keys": [public(key)]}} | wanting("id_token", algorithm, cipher)
    client = register(shared, oidc=settings)
    tokens = client.tokens(settled(shared))
    inner = read_as(key, tokens["id_token"], algorithm, cipher or "A128CBC-HS256")
    found = verify(shared, inner, "JWT")
    check_id_token(shared, client, found, nonce=NONCE, level=1, auth_time=None)
    check_half(found, "at_hash", tokens["access_token"])


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_key(shared: World, kind: str) -> None:
    key = reading_key(kind)
    algorithm = "RSA-OAEP-256" if kind == "RSA" else "ECDH-ES"
    client = reader(shared, key, "id_token", algorithm=algorithm)
    verify(shared, read_as(key, client.tokens(settled(shared))["id_token"], algorithm), "JWT")


def test_nobody_else_reads_it(shared: World) -> None:
    key, other = reading_key("P-256"), reading_key("P-256")
    token = reader(shared, key, "id_token").tokens(settled(shared))["id_token"]
    with pytest.raises(JoseError):
        read_as(other, token, "ECDH-ES")


def test_refreshed_ones_too(world: World) -> None:
    key = reading_key("P-256")
    client = reader(world, key, "id_token", grant_types=["authorization_code", "refresh_token"])
    tokens = client.tokens(settled(world))
    again = client.refresh(tokens["refresh_token"]).json["id_token"]
    first, second = (
        verify(world, read_as(key, one, "ECDH-ES"), "JWT").claims["sid"]
        for one in (tokens["id_token"], again)
    )
    assert first == second


@pytest.mark.parametrize("signed", ["", "ES256", "RS256"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_userinfo(shared: World, algorithm: str, signed: str) -> None:
    key = reading_key(kind_for(algorithm))
    more = {"userinfo_signed_response_alg": signed} if signed else {}
    client = reader(shared, key, "userinfo", algorithm=algorithm, **more)
    tokens = client.tokens(settled(shared))
    assert tokens["id_token"].count(".") == 2
    response = send(shared, "GET", "/oidc/userinfo", headers=bearer(tokens["access_token"]))
    assert response.headers["Content-Type"] == "application/jwt"
    inner = read_as(key, response.get_data(as_text=True), algorithm)
    found = verify(shared, inner, "userinfo+jwt")
    # Never encrypted alone: who says it is proved as well.
    assert found.header["alg"] == (signed or "ES256")
    assert (found.claims["iss"], found.claims["aud"]) == (shared.issuer, client.key)
    assert found.claims["sub"]


def answered(client: Guest, **changes: str | None) -> dict[str, str]:
    response = settled(client.world).request("GET", client.authorize_url(**changes))
    place = urlsplit(response.headers["Location"])
    return dict(parse_qsl(place.query or place.fragment))


@pytest.mark.parametrize("mode", ["jwt", "query.jwt", "fragment.jwt"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_answers_of_a_login(world: World, algorithm: str, mode: str) -> None:
    key = reading_key(kind_for(algorithm))
    client = reader(world, key, "authorization", algorithm=algorithm)
    fields = answered(client, response_mode=mode)
    assert set(fields) == {"response"}
    told = verify(world, read_as(key, fields["response"], algorithm), "oauth-authz-resp+jwt")
    assert client.redeem(told.claims["code"]).status == 200
    # Where it isn't asked for, nothing changes.
    assert "code" in answered(client)


def test_answers_of_a_login_that_a_person_goes_through(shared: World) -> None:
    """The key is chosen at its beginning and kept with it: another process may end it."""
    key = reading_key("RSA")
    client = reader(shared, key, "authorization", algorithm="RSA-OAEP-256")
    browser = shared.browser()
    client.ask(browser, response_mode="jwt")
    response = browser.log_in("medecin")
    token = parameters_of(response)["response"]
    assert verify(shared, read_as(key, token, "RSA-OAEP-256"), "oauth-authz-resp+jwt")


@pytest.mark.parametrize("changes", [{"scope": "nothing"}, {"prompt": "none", "max_age": "0"}])
def test_errors_of_a_login(shared: World, changes: dict[str, str]) -> None:
    key = reading_key("P-256")
    client = reader(shared, key, "authorization")
    shared.clock.pass_by(5)
    token = answered(client, response_mode="jwt", **changes)["response"]
    told = verify(shared, read_as(key, token, "ECDH-ES"), "oauth-authz-resp+jwt").claims
    assert told["error"] in {"invalid_scope", "login_required"}


@pytest.mark.parametrize("kind", ["id_token", "code id_token token"])
def test_id_tokens_through_the_browser(world: World, kind: str) -> None:
    key = reading_key("P-256")
    client = front(world, kind, jwks={"keys": [public(key)]}, **wanting("id_token"))
    fields = answered(client, response_type=kind)
    found = verify(world, read_as(key, fields["id_token"], "ECDH-ES"), "JWT")
    assert (found.claims["aud"], found.claims["nonce"]) == (client.key, NONCE)
    if "code" in fields:
        check_id_token(world, client, found, nonce=NONCE, level=1, auth_time=None)
        check_half(found, "c_hash", fields["code"])
        again = client.redeem(fields["code"]).json["id_token"]
        assert verify(world, read_as(key, again, "ECDH-ES"), "JWT")


def test_introspection(shared: World) -> None:
    key = reading_key("P-256")
    client = reader(shared, key, "introspection")
    token = client.tokens(settled(shared))["access_token"]
    for accepted in ("*/*", INTROSPECTED):
        headers = client.basic() | {"Accept": accepted}
        response = send(shared, "POST", "/oidc/introspect", form={"token": token}, headers=headers)
        assert response.headers["Content-Type"] == INTROSPECTED
        inner = read_as(key, response.get_data(as_text=True), "ECDH-ES")
        claims = verify(shared, inner, "token-introspection+jwt").claims
        assert claims["token_introspection"]["active"] is True


# What lies at an address, and what happens when it is gone.


class Shelf:
    """What is published at the address of the client's keys."""

    def __init__(self) -> None:
        self.keys: list[Any] | None = []
        self.asked = 0

    def fetch(self, method: str, url: str) -> Fetched | Unreachable:
        assert (method, url) == ("GET", URI)
        self.asked += 1
        if self.keys is None:
            return Unreachable("gone")
        return Fetched(200, {}, json.dumps({"keys": self.keys}).encode())


@pytest.fixture
def shelf(world: World, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    made = Shelf()
    monkeypatch.setattr(world.core.fetcher, "fetch", made.fetch)
    return made


def publishing(world: World, *places: str, **oidc: Any) -> Guest:
    wants: dict[str, Any] = {}
    for place in places:
        wants |= wanting(place)
    return register(world, oidc={"jwks_uri": URI} | wants | oidc)


def test_keys_that_are_published(world: World, shelf: Shelf) -> None:
    key, signer = reading_key("P-256"), new_key("ES256")
    shelf.keys = [public(signer), public(key)]
    client = publishing(world, *PLACES)
    fields = answered(client, response_mode="jwt")
    told = verify(world, read_as(key, fields["response"], "ECDH-ES"), "oauth-authz-resp+jwt")
    tokens = client.redeem(told.claims["code"]).json
    assert read_as(key, tokens["id_token"], "ECDH-ES")
    response = send(world, "GET", "/oidc/userinfo", headers=bearer(tokens["access_token"]))
    assert read_as(key, response.get_data(as_text=True), "ECDH-ES")
    assert shelf.asked == 1


def test_no_login_ends_where_the_key_is_gone(world: World, shelf: Shelf) -> None:
    client = publishing(world, "authorization")
    for keys in ([], None, [public(new_key("ES256"))], [public(reading_key("RSA"))]):
        shelf.keys = keys
        world.clock.pass_by(700)
        response = settled(world).request("GET", client.authorize_url(response_mode="jwt"))
        assert_page(response, "application-misconfigured")
    assert "no key of this client's" in told_to(world, client)


def told_to(world: World, client: Guest) -> str:
    """What whoever connects it reads of what was refused."""
    with world.core.database.read() as tx:
        return " ".join(str(one) for one in world.core.seen.of(tx, client.key))


def test_a_code_is_not_used_up_where_the_key_is_gone(world: World, shelf: Shelf) -> None:
    client = publishing(world, "id_token")
    code = client.code_for(settled(world))
    shelf.keys = None
    refused = client.redeem(code)
    assert (refused.status, refused.json["error"]) == (400, "invalid_client_metadata")
    assert "id_token" not in refused.json
    key = reading_key("P-256")
    shelf.keys = [public(key)]
    # Asked at most every half minute.
    assert client.redeem(code).status == 400
    world.clock.pass_by(31)
    again = client.redeem(code)
    assert read_as(key, again.json["id_token"], "ECDH-ES")


def test_in_its_own_name_it_needs_none(world: World, shelf: Shelf) -> None:
    own = {"grant_types": ["authorization_code", "client_credentials"]}
    client = publishing(world, "id_token", scopes=["openid", "exams.read"], **own)
    shelf.keys = None
    assert client.post("/oidc/token", {"grant_type": "client_credentials"}).status == 200


def test_userinfo_and_introspection_where_the_key_is_gone(world: World, shelf: Shelf) -> None:
    client = publishing(world, "userinfo", "introspection")
    token = client.tokens(settled(world))["access_token"]
    shelf.keys = None
    told = send(world, "GET", "/oidc/userinfo", headers=bearer(token))
    assert (told.status_code, told.get_json()["error"]) == (400, "invalid_client_metadata")
    assert set(told.get_json()) == {"error", "error_description"}
    found = client.post("/oidc/introspect", {"token": token})
    assert (found.status, found.json["error"]) == (400, "invalid_client_metadata")
    assert "no key of this client's" in told_to(world, client)


def test_a_key_that_was_changed_is_the_one_that_counts(world: World, shelf: Shelf) -> None:
    old, new = reading_key("P-256", "old"), reading_key("P-256", "new")
    client = publishing(world, "id_token")
    for key in (old, new):
        shelf.keys = [public(key)]
        world.clock.pass_by(601)
        assert read_as(key, client.tokens(settled(world))["id_token"], "ECDH-ES")


# Keys and settings that are refused at registration.


def faults(**oidc: Any) -> list[str]:
    document = application("guest", oidc=oidc)
    return [str(one) for one in check_client(read_registration(document, frozenset({"password"})))]


def test_oa_077_weak_ways_cannot_be_registered() -> None:
    keys = {"jwks": {"keys": [public(reading_key("RSA"))]}}
    for place in PLACES:
        name = f"{place}_encrypted_response_alg"
        for weak in ("RSA1_5", "RSA-OAEP", "PBES2-HS256+A128KW", "dir", "A256KW", "none", 1, None):
            assert any(name in one for one in faults(**keys, **{name: weak})), weak
        for weak in ("A128CBC", "none", "zip", 1):
            wrong = {name: "RSA-OAEP-256", name[:-3] + "enc": weak}
            assert any(name[:-3] + "enc" in one for one in faults(**keys, **wrong))
    assert set(recipients.ALGORITHMS) == set(ALGORITHMS)
    assert set(recipients.CIPHERS) == set(CIPHERS)


def test_oa_080_keys_that_nothing_is_encrypted_to() -> None:
    good = public(reading_key("RSA"))
    assert len(read_recipients({"keys": [good]})) == 1
    for wrong in (
        {**weak_rsa(), "use": "enc"},
        good | {"e": "AQ"},
        good | {"e": "Aw"},
        good | {"use": "sig"},
        {name: value for name, value in good.items() if name != "use"},
        good | {"alg": "RSA1_5"},
        good | {"alg": "RSA-OAEP"},
        good | {"kid": 1},
        good | {"kty": "oct", "k": "AAAA"},
        reading_key("RSA").as_dict(private=True),
        public(reading_key("P-256")) | {"y": "AAAA"},
        public(reading_key("P-256")) | {"crv": "secp256k1"},
        public(new_key("EdDSA")) | {"use": "enc"},
        public(reading_key("X25519")) | {"x": "A" * 43},
        public(reading_key("X25519")) | {"x": "AQ" + "A" * 41},
        good | {"key_ops": ["wrapKey"]},
        good | {"kid": "k" * 257},
    ):
        assert read_recipients({"keys": [wrong]}) == (), wrong


def test_oa_077_nothing_but_the_key_goes_along_with_a_login() -> None:
    key = public(reading_key("P-256")) | {"x5u": "https://there.example", "more": "x" * 9000}
    (found,) = read_recipients({"keys": [key]})
    assert set(kept(found, Cipher("ECDH-ES", "A256GCM"))["key"]) == {
        *("kty", "crv", "x", "y", "use", "kid")
    }


def test_a_registration_without_a_fitting_key_is_told_so() -> None:
    for key in (None, new_key("ES256"), reading_key("P-256", alg="ECDH-ES+A256KW")):
        own: dict[str, Any] = {"jwks": {"keys": [public(key)]}} if key else {}
        for place in PLACES:
            assert any("use=enc" in one for one in faults(**own, **wanting(place)))
    secret = {"jwks": {"keys": [reading_key("P-256").as_dict(private=True)]}}
    assert any("private" in one for one in faults(**secret, **wanting("id_token")))
    assert any(
        "has to be given" in one for one in faults(id_token_encrypted_response_enc="A256GCM")
    )
    assert faults(jwks={"keys": [public(reading_key("P-256"))]}, **wanting("id_token")) == []
    assert faults(jwks_uri=URI, **wanting("id_token")) == []


def test_what_is_encrypted_to_signs_nothing() -> None:
    only = {"jwks": {"keys": [public(reading_key("P-256"))]}}
    for wants in ({"require_signed_request_object": True}, {"profile": "fapi2-signed"}):
        assert any("signed requests need" in one for one in faults(**only, **wants))
    for method in ("private_key_jwt", "self_signed_tls_client_auth"):
        assert any("jwks" in one for one in faults(**only, token_endpoint_auth_method=method))


def test_who_asks_for_nothing_is_told_in_the_open(shared: World) -> None:
    client = register(shared)
    with shared.core.database.read() as tx:
        found = shared.core.applications.load(tx, client.key)
    assert found is not None
    assert shared.provider.edge.clients.of(found).encrypted is NOTHING
