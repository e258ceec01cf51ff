# SPDX-License-Identifier: Apache-2.0
"""Requests encrypted to our key: what is inside is signed all the same, and nothing else counts."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey

from tests.protocol.kit import parameters_of, settled
from tests.protocol.oidc.encryption import CIPHERS, encrypted, reading_key
from tests.protocol.oidc.signing import DROP, b64, new_key
from tests.protocol.oidc.strict import jwks, segment
from tests.protocol.oidc.test_request_objects import bring, claims, refused, signed, signing
from tests.world import World

KEY = new_key("ES256")


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("more", [{}, {"cty": DROP}, {"typ": "JWT"}], ids=" ".join)
def test_a_signed_request_that_we_alone_read(
    shared: World, cipher: str, more: dict[str, Any]
) -> None:
    client = signing(shared, KEY)
    token = encrypted(shared, signed(client, KEY), {"enc": cipher} | more)
    assert "state-within" not in token
    answered = bring(client, token)
    assert answered["state"] == "state-within"
    assert client.redeem(answered["code"]).status == 200


def test_one_that_is_pushed(world: World) -> None:
    client = signing(world, KEY, require_signed_request_object=True)
    token = encrypted(world, signed(client, KEY))
    pushed = client.post("/oidc/par", {"request": token})
    assert pushed.status == 201
    query = urlencode({"client_id": client.key, "request_uri": pushed.json["request_uri"]})
    answered = parameters_of(settled(world).request("GET", f"/oidc/authorize?{query}"))
    assert answered["state"] == "state-within"


def test_rl_02_the_same_leads_to_one_login_however_it_is_wrapped(world: World) -> None:
    client = signing(world, KEY)
    token = signed(client, KEY, jti="once")
    answered = [client.post("/oidc/par", {"request": encrypted(world, token)}) for _ in range(2)]
    assert [one.status for one in answered] == [201, 400]
    assert client.post("/oidc/par", {"request": token}).status == 400


def test_oa_092_what_is_inside_must_be_signed_by_this_client(shared: World) -> None:
    client, other = signing(shared, KEY), new_key("ES256")
    said = claims(client)
    for inside in (
        json.dumps(said),
        f"{b64({'alg': 'none'})}.{b64(said)}.",
        signed(client, other),
        signed(client, KEY, {"typ": "at+jwt"}),
        # An envelope within an envelope.
        encrypted(shared, signed(client, KEY)),
        "",
        "é",
        "..",
    ):
        refused(client, encrypted(shared, inside))


def test_oa_091_what_is_said_outside_as_well_must_be_the_same(shared: World) -> None:
    client = signing(shared, KEY)
    refused(client, encrypted(shared, signed(client, KEY)), state="another")


@pytest.mark.parametrize(
    "header",
    [
        {"zip": "DEF"},
        {"kid": "another"},
        {"kid": DROP},
        {"apu": "QUFB", "apv": "QUFB"},
        {"alg": "ECDH-ES+A128KW"},
        {"alg": "ECDH-ES+A256KW"},
        {"enc": "A192GCM"},
        {"enc": "A192CBC-HS384"},
    ],
    ids=lambda one: json.dumps(one, default=lambda _: "left out"),
)
def test_oa_077_no_other_way_is_opened(shared: World, header: dict[str, Any]) -> None:
    client = signing(shared, KEY)
    refused(client, encrypted(shared, signed(client, KEY), header))


def test_oa_077_no_weak_key_management_is_tried(shared: World) -> None:
    client = signing(shared, KEY)
    inside = signed(client, KEY)
    (own,) = [one for one in jwks(shared)["keys"] if one["use"] == "enc"]
    secret = OctKey.import_key(b"x" * 32)
    by_password = jwe.encrypt_compact(
        {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 1000, "kid": own["kid"]},
        inside,
        secret,
        algorithms=["PBES2-HS256+A128KW", "A128GCM"],
    )
    direct = jwe.encrypt_compact(
        {"alg": "dir", "enc": "A256GCM", "kid": own["kid"]},
        inside,
        secret,
        algorithms=["dir", "A256GCM"],
    )
    rsa_wrapped = encrypted(shared, inside, {"alg": "RSA-OAEP-256"}, reading_key("RSA"))
    old = {"alg": "RSA1_5", "enc": "A128CBC-HS256", "kid": own["kid"]}
    made_up = f"{b64(old)}.{b64(b'k' * 256)}.{b64(b'i' * 16)}.{b64(b'c' * 64)}.{b64(b't' * 16)}"
    for token in (by_password, direct, rsa_wrapped, made_up):
        refused(client, token)


def test_oa_077_sizes_are_bounded_before_anything_is_opened(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signing(shared, KEY)
    right = encrypted(shared, signed(client, KEY))
    large = encrypted(shared, signed(client, KEY, padding="x" * 11_000))
    bloated = encrypted(shared, signed(client, KEY), {"typ": "x" * 900})
    tried: list[str] = []
    monkeypatch.setattr(jwe, "decrypt_compact", lambda token, *_args, **_more: tried.append(token))
    header, _, iv, text, tag = right.split(".")
    for token in (
        large,
        bloated,
        f"{header}.{b64(b'k' * 40)}.{iv}.{text}.{tag}",
        f"{header}..{iv * 3}.{text}.{tag}",
        f"{header}..{iv}.{text}.{tag * 3}",
        f"{header}..{iv}.{text}=.{tag}",
        f" {header}..{iv}.{text}.{tag}",
        "A" * 10_000 + "." + right,
    ):
        refused(client, token)
    assert tried == []


def test_what_was_changed_is_not_opened(shared: World) -> None:
    client = signing(shared, KEY)
    for cipher in CIPHERS:
        parts = encrypted(shared, signed(client, KEY), {"enc": cipher}).split(".")
        for place in (0, 2, 3, 4):
            wrong = list(parts)
            wrong[place] = ("B" if parts[place][0] == "A" else "A") + parts[place][1:]
            refused(client, ".".join(wrong))


def test_oa_080_a_point_that_is_not_on_the_curve(shared: World) -> None:
    """The key agreed on with such a one would tell of ours, a little each time."""
    client = signing(shared, KEY)
    token = encrypted(shared, signed(client, KEY))
    header, rest = segment(token, 0), token.split(".", 1)[1]
    right = header["epk"]
    for point in (
        right | {"y": right["x"]},
        right | {"x": b64(b"\x00" * 32), "y": b64(b"\x00" * 32)},
        right | {"crv": "P-384"},
        right | {"d": b64(b"\x01" * 32)},
        right | {"y": 1},
        {"kty": "OKP", "crv": "X25519", "x": right["x"]},
        {"kty": "oct", "k": "AAAA"},
        ECKey.generate_key("P-521").as_dict(private=False),
        {},
        [],
        None,
        "x",
    ):
        refused(client, f"{b64(header | {'epk': point})}.{rest}")


def test_the_key_that_signs_opens_nothing_and_the_other_way_round(shared: World) -> None:
    client = signing(shared, KEY)
    for own in jwks(shared)["keys"]:
        if own["kty"] == "EC" and own["use"] == "sig":
            fresh = {name: own[name] for name in ("kty", "crv", "x", "y")}
            header = {"kid": own["kid"]}
            to = ECKey.import_key(fresh)
            refused(client, encrypted(shared, signed(client, KEY), header, to))
