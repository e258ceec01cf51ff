# SPDX-License-Identifier: Apache-2.0
"""More of what discovery says, each value of it exercised."""

from collections.abc import Callable
from typing import Any

from tests.protocol.kit import Guest, bearer, register, send, settled
from tests.protocol.oidc.encryption import CIPHERS, encrypted, kind_for, read_as, reading_key
from tests.protocol.oidc.proofs import CREDENTIALS, MACHINE, at_token, proof
from tests.protocol.oidc.signing import new_key, public
from tests.protocol.oidc.test_encryption import PLACES, answered, wanting
from tests.protocol.oidc.test_request_objects import bring, signed, signing
from tests.world import World


def encryption(place: str, way: str) -> Callable[[World, list[str]], None]:
    def exercise(world: World, value: list[str]) -> None:
        for one in value:
            algorithm, cipher = (one, CIPHERS[0]) if way == "alg" else ("ECDH-ES", one)
            key = reading_key(kind_for(algorithm))
            wants = wanting(place, algorithm, cipher)
            client = register(world, oidc={"jwks": {"keys": [public(key)]}} | wants)
            assert read_as(key, told_in(place, client), algorithm, cipher)

    return exercise


def told_in(place: str, client: Guest) -> str:
    """What is encrypted there, as it comes."""
    if place == "authorization":
        return answered(client, response_mode="jwt")["response"]
    tokens = client.tokens(settled(client.world))
    if place == "id_token":
        return str(tokens["id_token"])
    if place == "userinfo":
        shown = bearer(tokens["access_token"])
        return send(client.world, "GET", "/oidc/userinfo", headers=shown).get_data(as_text=True)
    form = {"token": tokens["access_token"]}
    response = send(client.world, "POST", "/oidc/introspect", form=form, headers=client.basic())
    return response.get_data(as_text=True)


def session_frame(world: World, value: str) -> None:
    """What it answers: test_session_frame.py, and in a browser tests/browser."""
    client = register(world, oidc={"session_state": True})
    assert "session_state" in answered(client)
    page = send(world, "GET", value.removeprefix(world.issuer))
    assert (page.status_code, page.mimetype) == (200, "text/html")


def encrypted_requests(way: str) -> Callable[[World, list[str]], None]:
    def exercise(world: World, value: list[str]) -> None:
        key = new_key("ES256")
        client = signing(world, key)
        for one in value:
            named = {"alg" if way == "alg" else "enc": one}
            assert "code" in bring(client, encrypted(world, signed(client, key), named))

    return exercise


def proof_algorithms(world: World, value: list[str]) -> None:
    client = register(world, oidc=MACHINE)
    for algorithm in value:
        shown = proof(world, new_key(algorithm, None))
        assert at_token(client, CREDENTIALS, shown).json["token_type"] == "DPoP"


MORE: dict[str, Callable[[World, Any], None]] = {
    "check_session_iframe": session_frame,
    "dpop_signing_alg_values_supported": proof_algorithms,
    "request_object_encryption_alg_values_supported": encrypted_requests("alg"),
    "request_object_encryption_enc_values_supported": encrypted_requests("enc"),
} | {
    f"{place}_encryption_{way}_values_supported": encryption(place, way)
    for place in PLACES
    for way in ("alg", "enc")
}
