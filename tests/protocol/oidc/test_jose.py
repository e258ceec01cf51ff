# SPDX-License-Identifier: Apache-2.0
"""Tokens that attack their reader, as client assertions and as hints. CVE by CVE."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idp.oidc.client_keys import read_keys
from tests.protocol.kit import parameters_of, send, settled
from tests.protocol.oidc.signing import b64, claims_for, new_key, presenting, public, sign
from tests.protocol.oidc.strict import jwks, segment
from tests.protocol.oidc.test_private_key_jwt import machine, status
from tests.world import RelyingParty, World

ALGORITHMS = ["none", "None", "nOnE", "NONE", "", None, [], ["ES256"], {}, 5, True, "es256"]


@pytest.fixture(scope="module")
def client(shared: World) -> RelyingParty:
    return machine(shared, KEY)


KEY = new_key("ES256")
RSA = new_key("PS256")


def good(client: RelyingParty) -> dict[str, Any]:
    return claims_for(client.world, client.key)


def hint_refused(world: World, token: str) -> bool:
    url = world.client("plain").authorize_url(prompt="none", id_token_hint=token)
    answered = parameters_of(settled(world).request("GET", url))
    return answered.get("error") == "invalid_request"


def hint(world: World) -> str:
    return str(world.client("plain").tokens(settled(world))["id_token"])


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=repr)
def test_oa_070_cve_2026_28802_no_algorithm(
    shared: World, client: RelyingParty, algorithm: object
) -> None:
    payload = b64(good(client))
    signature = sign(KEY, {"alg": "ES256", "kid": KEY.kid}, good(client)).split(".")[2]
    for header in ({"alg": algorithm, "kid": KEY.kid}, {"alg": algorithm}, {}):
        for end in ("", "AA", signature):
            assert status(shared, f"{b64(header)}.{payload}.{end}") == 401


FORMS = {
    "pem": lambda pem, der, jwk: pem,
    "der": lambda pem, der, jwk: der,
    "jwk": lambda pem, der, jwk: jwk,
    "leading space": lambda pem, der, jwk: b" " + pem,
    "byte order mark": lambda pem, der, jwk: b"\xef\xbb\xbf" + pem,
    "comment": lambda pem, der, jwk: b"# key\n" + pem,
    "crlf": lambda pem, der, jwk: pem.replace(b"\n", b"\r\n"),
    "no line feed at the end": lambda pem, der, jwk: pem.strip(),
    "empty": lambda pem, der, jwk: b"",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_oa_071_cve_2024_37568_cve_2026_114615_a_public_key_as_a_secret(
    shared: World, algorithm: str, form: Any
) -> None:
    client = machine(shared, RSA)
    key = RSA.public_key
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    secret = form(pem, der, json.dumps(public(RSA)).encode())
    digest = getattr(hashlib, f"sha{algorithm[2:]}")
    signed = f"{b64({'alg': algorithm, 'kid': RSA.kid})}.{b64(good(client))}"
    token = f"{signed}.{b64(hmac.new(secret, signed.encode(), digest).digest())}"
    assert status(shared, token) == 401


def test_oa_071_a_hint_signed_with_our_public_key_as_a_secret(shared: World) -> None:
    real = hint(shared)
    kid = segment(real, 0)["kid"]
    for jwk in jwks(shared)["keys"]:
        signed = b64({"alg": "HS256", "kid": kid, "typ": "JWT"}) + "." + real.split(".")[1]
        for secret in (json.dumps(jwk).encode(), b""):
            mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
            assert hint_refused(shared, f"{signed}.{b64(mac)}")


def test_oa_072_cve_2026_114616_a_symmetric_key_is_never_read() -> None:
    for k in ("", "AAAA", b64(b"x" * 32)):
        assert read_keys({"keys": [{"kty": "oct", "k": k, "alg": "HS256", "kid": "1"}]}) == ()


OUTSIDE = {
    "jwk": public,
    "jku": lambda key: "https://evil.example/jwks",
    "x5u": lambda key: "http://127.0.0.1:1/x5u",
    "x5c": lambda key: ["MIIB"],
    "x5t": lambda key: "abc",
    "x5t#S256": lambda key: "abc",
    "zip": lambda key: "DEF",
    "cty": lambda key: "JWT",
    "url": lambda key: "https://evil.example",
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_oa_073_cve_2026_27962_a_key_or_its_place_named_by_the_token(
    shared: World, client: RelyingParty, name: str, no_sockets: list[Any]
) -> None:
    attacker = new_key("ES256", "key-1")
    header = {"alg": "ES256", name: OUTSIDE[name](attacker)}
    for key in (attacker, KEY):
        for kid in ({}, {"kid": KEY.kid}):
            assert status(shared, sign(key, header | kid, good(client))) == 401
    token = sign(attacker, header | {"kid": "key-1", "typ": "JWT"}, good(client))
    assert hint_refused(shared, token)
    assert no_sockets == []


@pytest.mark.parametrize(
    "kid",
    [
        "../../dev/null",
        "' OR 1=1 --",
        "x" * 65_536,
        "",
        0,
        1,
        True,
        ["key-1"],
        {"a": 1},
        None,
        "KEY-1",
    ],
    ids=lambda kid: repr(kid)[:20],
)
def test_oa_074_a_hostile_kid(shared: World, client: RelyingParty, kid: object) -> None:
    signed = f"{b64({'alg': 'ES256', 'kid': kid})}.{b64(good(client))}"
    signature = sign(KEY, {"alg": "ES256"}, b"x").split(".")[2]
    assert status_of_any(shared, f"{signed}.{signature}") in {401, 413}
    header = {"alg": "ES256", "kid": kid, "typ": "JWT"}
    token = f"{b64(header)}.{b64(good(client))}.{signature}"
    if len(token) < 20_000:
        assert hint_refused(shared, token)


def test_oa_074_two_keys_of_one_name_are_none(shared: World) -> None:
    first, second = new_key("ES256", "same"), new_key("ES256", "same")
    client = machine(shared, first, second)
    for key in (first, second):
        assert status(shared, sign(key, {"alg": "ES256", "kid": "same"}, good(client))) == 401


@pytest.mark.parametrize(
    "more",
    [
        {"crit": ["x"], "x": 1},
        {"crit": []},
        {"crit": ["exp"], "exp": 1},
        {"b64": False, "crit": ["b64"]},
        {"b64": False},
        {"crit": "b64"},
    ],
    ids=str,
)
def test_oa_075_cve_2025_59420_an_extension_that_must_be_understood(
    shared: World, client: RelyingParty, more: dict[str, Any]
) -> None:
    header = {"alg": "ES256", "kid": KEY.kid} | more
    signature = sign(KEY, {"alg": "ES256"}, good(client)).split(".")[2]
    assert status(shared, f"{b64(header)}.{b64(good(client))}.{signature}") == 401


def test_oa_076_cve_2026_96760_cve_2026_102946_only_the_compact_form(
    shared: World, client: RelyingParty
) -> None:
    header, payload, signature = sign(KEY, {"alg": "ES256", "kid": KEY.kid}, good(client)).split(
        "."
    )
    for document in (
        {"payload": payload, "protected": header, "signature": signature},
        {"payload": payload, "signatures": [{"protected": header, "signature": signature}]},
        {"payload": payload, "signatures": []},
        {"payload": payload},
    ):
        assert status(shared, json.dumps(document)) == 401
        assert hint_refused(shared, json.dumps(document))
    # Encrypted, detached, padded, spaced, cut: none is the form.
    for token in (
        f"{header}.{payload}.{signature}.{signature}.{signature}",
        f"{header}..{signature}",
        f"{header}.{payload}.{signature}=",
        f"{header}.{payload}=.{signature}",
        f" {header}.{payload}.{signature}",
        f"{header}.{payload}.{signature}\n",
        f"{header}.{payload}",
    ):
        assert status(shared, token) == 401
    assert status(shared, f"{header}.{payload}.{signature}") == 200


def test_oa_076_another_spelling_of_a_signature_is_another_token(
    shared: World, client: RelyingParty
) -> None:
    """Unused bits of the last character: the same bytes, but not the same text."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = sign(KEY, {"alg": "ES256", "kid": KEY.kid}, good(client))
    last = letters.index(token[-1])
    other = token[:-1] + letters[last ^ 1]
    padded = [one.split(".")[2] + "==" for one in (token, other)]
    assert len({base64.urlsafe_b64decode(one) for one in padded}) == 1
    assert status(shared, other) == 401


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("size", [20_000, 200_000, 1_000_000])
def test_oa_077_cve_2025_61920_a_segment_out_of_all_proportion(
    shared: World, client: RelyingParty, part: int, size: int
) -> None:
    parts = sign(KEY, {"alg": "ES256", "kid": KEY.kid}, good(client)).split(".")
    parts[part] = "A" * size
    assert status_of_any(shared, ".".join(parts)) in {401, 413}


def status_of_any(world: World, token: str) -> int:
    form = {"grant_type": "client_credentials"} | presenting(token)
    return send(world, "POST", "/oidc/token", form=form).status_code


def test_oa_077_cve_2025_62706_cve_2023_6681_encrypted_tokens_are_not_opened(
    shared: World, client: RelyingParty
) -> None:
    for header in (
        {"alg": "RSA1_5", "enc": "A128CBC-HS256"},
        {"alg": "dir", "enc": "A256GCM", "zip": "DEF"},
        {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 10**7, "p2s": "AAAA"},
    ):
        began = time.process_time()
        token = f"{b64(header)}.AAAA.AAAA.AAAA.AAAA"
        assert status(shared, token) == 401
        assert hint_refused(shared, token)
        assert time.process_time() - began < 1


PAYLOADS = {
    "two subjects": b'{"sub":"dcc","sub":"CLIENT",REST}',
    "two expiries": b'{"exp":1,"exp":1790000060,"sub":"CLIENT",REST}',
    "not an object": b"[]",
    "text": b'"x"',
    "null": b"null",
    "empty": b"",
    "not JSON": b"{",
    "depth 10 000": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "NaN": b'{"exp":NaN,"sub":"CLIENT",REST}',
    "infinity": b'{"exp":Infinity,"sub":"CLIENT",REST}',
    "1e308": b'{"exp":1e308,"sub":"CLIENT",REST}',
    "not UTF-8": b'{"sub":"CLIENT","x":"\xff",REST}',
    "UTF-16": '{"sub":"CLIENT"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"sub":"CLIENT",REST}',
    "trailing garbage": b'{"sub":"CLIENT",REST}x',
    "control characters": b'{"sub":"CLIENT","x":"\n",REST}',
}


@pytest.mark.parametrize("raw", PAYLOADS.values(), ids=list(PAYLOADS))
def test_oa_078_cve_2026_75509_claims_with_more_than_one_reading(
    shared: World, client: RelyingParty, raw: bytes
) -> None:
    rest = {name: value for name, value in good(client).items() if name != "sub"}
    if b'"exp"' in raw:
        rest.pop("exp")
    body = raw.replace(b"CLIENT", client.key.encode())
    body = body.replace(b"REST", json.dumps(rest)[1:-1].encode())
    assert status(shared, sign(KEY, {"alg": "ES256", "kid": KEY.kid}, body)) == 401


def test_oa_078_a_header_with_two_algorithms(shared: World, client: RelyingParty) -> None:
    header = b'{"alg":"none","alg":"ES256","kid":"key-1"}'
    signature = sign(KEY, {"alg": "ES256"}, b"x").split(".")[2]
    assert status(shared, f"{b64(header)}.{b64(good(client))}.{signature}") == 401


@pytest.mark.parametrize(
    "kind",
    [
        "at+jwt",
        "logout+jwt",
        "oauth-authz-req+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "id_token",
        5,
        None,
    ],
)
def test_oa_079_another_kind_of_token_is_no_assertion(
    shared: World, client: RelyingParty, kind: object
) -> None:
    header = {"alg": "ES256", "kid": KEY.kid, "typ": kind}
    signature = sign(KEY, {"alg": "ES256", "kid": KEY.kid}, good(client)).split(".")[2]
    assert status(shared, f"{b64(header)}.{b64(good(client))}.{signature}") == 401
    if isinstance(kind, str):
        assert status(shared, sign(KEY, header, good(client))) == 401


@pytest.mark.parametrize("kind", ["JWT", "jwt", "client-authentication+jwt"])
def test_oa_079_the_types_of_an_assertion(shared: World, client: RelyingParty, kind: str) -> None:
    header = {"alg": "ES256", "kid": KEY.kid, "typ": kind}
    assert status(shared, sign(KEY, header, good(client))) == 200


def test_oa_079_tokens_of_ours_are_not_each_other(shared: World) -> None:
    client = shared.client("dcc")
    tokens = client.tokens(settled(shared))
    assert client.userinfo(tokens["id_token"]).status == 401
    assert client.introspect(tokens["id_token"]).json == {"active": False}
    assert client.refresh(tokens["access_token"]).json["error"] == "invalid_grant"
    assert client.userinfo(tokens["refresh_token"]).status == 401
    assert status(shared, tokens["id_token"]) == status(shared, tokens["access_token"]) == 401
    browser = shared.browser()
    for name in ("id_token", "access_token", "refresh_token"):
        browser.client.set_cookie("__Host-sceau_session", tokens[name], domain="sceau.example")
        url = client.authorize_url(prompt="none")
        assert parameters_of(browser.request("GET", url))["error"] == "login_required"


def test_oa_080_signatures_of_zero(shared: World, client: RelyingParty) -> None:
    signed = f"{b64({'alg': 'ES256', 'kid': KEY.kid})}.{b64(good(client))}"
    for raw in (bytes(64), bytes(63), bytes(65), b"\xff" * 64, bytes(32) + b"\x01" * 32, b""):
        assert status(shared, f"{signed}.{b64(raw)}") == 401


def test_oa_080_der_is_not_the_form_of_a_signature(shared: World, client: RelyingParty) -> None:
    signed = f"{b64({'alg': 'ES256', 'kid': KEY.kid})}.{b64(good(client))}"
    raw = KEY.private_key.sign(signed.encode(), ec.ECDSA(SHA256()))
    assert status(shared, f"{signed}.{b64(raw)}") == 401


def weak_rsa() -> dict[str, str]:
    """Made by hand, since joserfc warns of it."""
    numbers = generate_private_key(65537, 1024).public_key().public_numbers()
    return {"kty": "RSA", "n": b64(numbers.n.to_bytes(128, "big")), "e": "AQAB", "kid": "weak"}


def test_oa_080_keys_too_weak_to_be_read() -> None:
    usable = public(RSA)
    assert len(read_keys({"keys": [usable]})) == 1
    for wrong in (
        weak_rsa(),
        usable | {"e": "AQ"},
        usable | {"e": "Aw"},
        usable | {"e": "AQAA"},
        public(new_key("ES384")),
        public(new_key("ES256")) | {"crv": "secp256k1"},
        public(new_key("ES256")) | {"x": "AAAA"},
        public(new_key("ES256")) | {"y": b64(b"\x01" * 32)},
        public(new_key("EdDSA")) | {"crv": "Ed448"},
        public(new_key("EdDSA")) | {"crv": "X25519"},
        public(new_key("EdDSA")) | {"x": b64(b"\x01")},
    ):
        assert read_keys({"keys": [wrong]}) == (), wrong


def test_oa_081_the_published_keys_hold_nothing_secret(shared: World) -> None:
    document = jwks(shared)
    assert set(document) == {"keys"}
    # One that others encrypt to signs nothing, and says so.
    uses = {key["alg"]: key["use"] for key in document["keys"]}
    assert uses == {"ES256": "sig", "RS256": "sig", "EdDSA": "sig", "ECDH-ES": "enc"}
    kids = [key["kid"] for key in document["keys"]]
    assert len(set(kids)) == len(kids)
    allowed = {
        "EC": {"kty", "crv", "x", "y"},
        "RSA": {"kty", "n", "e"},
        "OKP": {"kty", "crv", "x"},
    }
    for key in document["keys"]:
        assert set(key) == allowed[key["kty"]] | {"kid", "alg", "use"}
