# SPDX-License-Identifier: Apache-2.0
"""Proofs that attack their reader, stale ones, and the same one twice (RFC 9449 §4.3, §8, §11)."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey, OctKey

from idp.credentials import used_once
from tests.protocol.kit import Guest, at_once, register, send, settled
from tests.protocol.oidc.certificates import by_itself, unknown_key
from tests.protocol.oidc.proofs import (
    BOUND,
    CREDENTIALS,
    MACHINE,
    TOKEN,
    USERINFO,
    at_token,
    at_userinfo,
    code_form,
    hashed,
    holder,
    proof,
)
from tests.protocol.oidc.signing import DROP, b64, new_key, public, sign
from tests.protocol.oidc.test_jose import PAYLOADS, weak_rsa
from tests.protocol.processes import ServerProcess, fire
from tests.world import START, World, open_world

KEY, RSA = new_key("ES256", None), new_key("PS256", None)
HOLDER: dict[str, Any] = BOUND | MACHINE
HEADER = {"typ": "dpop+jwt", "alg": "ES256", "jwk": public(KEY)}


@pytest.fixture(scope="module")
def client(shared: World) -> Guest:
    return register(shared, oidc=HOLDER)


def refused(client: Guest, value: str) -> str:
    """The error of a proof at the token endpoint; nothing where it is taken."""
    answer = at_token(client, CREDENTIALS, value)
    if answer.status == 200:
        return ""
    assert answer.status == 400
    return str(answer.json["error"])


def claims(world: World, **changes: Any) -> dict[str, Any]:
    """What a right proof says."""
    said = {"jti": "x" * 20, "htm": "POST", "htu": world.issuer + TOKEN, "iat": world.clock.now()}
    return said | changes


def by_hand(header: Any, said: dict[str, Any]) -> str:
    """Signed with the key though no library would put such a header before it."""
    signed = f"{b64(header)}.{b64(said)}"
    r, s = decode_dss_signature(KEY.private_key.sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"{signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def unsigned(world: World, header: Any, end: str = "AA") -> str:
    return f"{b64(header)}.{b64(claims(world))}.{end}"


WRONG: dict[str, dict[str, Any]] = {
    "no jti": {"jti": DROP},
    "empty jti": {"jti": ""},
    "jti of a number": {"jti": 7},
    "jti too long": {"jti": "x" * 257},
    "no htm": {"htm": DROP},
    "htm GET": {"htm": "GET"},
    "htm in small letters": {"htm": "post"},
    "htm in a list": {"htm": ["POST"]},
    "no htu": {"htu": DROP},
    "htu elsewhere": {"htu": "https://other.example/oidc/token"},
    "htu userinfo": {"htu": "https://sceau.example/oidc/userinfo"},
    "htu without path": {"htu": "https://sceau.example"},
    "htu with a slash": {"htu": "https://sceau.example/oidc/token/"},
    "htu http": {"htu": "http://sceau.example/oidc/token"},
    "htu other port": {"htu": "https://sceau.example:8443/oidc/token"},
    "htu no port": {"htu": "https://sceau.example:x/oidc/token"},
    "htu with a name": {"htu": "https://sceau.example@other.example/oidc/token"},
    "htu with our name as user": {"htu": "https://x@sceau.example/oidc/token"},
    "htu in a list": {"htu": ["https://sceau.example/oidc/token"]},
    "htu relative": {"htu": "/oidc/token"},
    "htu with half a character": {"htu": "https://sceau.example/oidc/token\ud800"},
    "htu with half a character as host": {"htu": "https://\ud800/oidc/token"},
    "no iat": {"iat": DROP},
    "iat as text": {"iat": str(START)},
    "iat as true": {"iat": True},
    "iat infinite": {"iat": 1e308},
    "iat 600 s ago": {"iat": START - 600},
    "iat 301 s ago": {"iat": START - 301},
    "iat 61 s ahead": {"iat": START + 61},
    "iat negative": {"iat": -START},
    "exp 5 minutes ago": {"exp": START - 300},
    "exp as text": {"exp": str(START + 60)},
    "nbf 5 minutes ahead": {"nbf": START + 300},
    "nbf true": {"nbf": True},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=list(WRONG))
def test_oa_115_a_claim_that_does_not_fit(client: Guest, changes: dict[str, Any]) -> None:
    assert refused(client, proof(client.world, KEY, **changes)) == "invalid_dpop_proof"


RIGHT: dict[str, dict[str, Any]] = {
    "iat 10 s ago": {"iat": START - 10},
    "iat 300 s ago": {"iat": START - 300},
    "iat 10 s ahead": {"iat": START + 10},
    "htu with the usual port": {"htu": "https://sceau.example:443/oidc/token"},
    "htu in capitals": {"htu": "HTTPS://SCEAU.example/oidc/token"},
    "htu with a query": {"htu": "https://sceau.example/oidc/token?a=b#c"},
    "htu escaped": {"htu": "https://sceau.example/oidc/%74oken"},
    "something more": {"color": "blue"},
    "exp and nbf of now": {"exp": START + 60, "nbf": START},
    "nbf 8 s ahead": {"nbf": START + 8},
}


@pytest.mark.parametrize("changes", RIGHT.values(), ids=list(RIGHT))
def test_oa_115_control_what_is_as_good(client: Guest, changes: dict[str, Any]) -> None:
    assert refused(client, proof(client.world, KEY, **changes)) == ""


def test_oa_115_one_header_with_one_proof(client: Guest) -> None:
    first, second = (proof(client.world, KEY) for _ in range(2))
    assert refused(client, f"{first},{second}") == "invalid_dpop_proof"
    assert refused(client, f"{first}, {second}") == "invalid_dpop_proof"
    assert refused(client, first) == ""


def test_oa_115_a_proof_counts_once(world: World) -> None:
    client = register(world, oidc=HOLDER)
    value = proof(world, KEY)
    assert [refused(client, value) for _ in range(3)] == ["", *["invalid_dpop_proof"] * 2]
    # The identifier is the key's own, whatever else is said with it.
    same = {"jti": "the-same"}
    other = new_key("ES256", None)
    assert refused(client, proof(world, KEY, **same)) == ""
    assert refused(client, proof(world, KEY, **same, iat=START - 9)) == "invalid_dpop_proof"
    assert refused(client, proof(world, other, **same)) == ""


def test_oa_115_a_proof_is_for_one_endpoint_and_one_token(world: World) -> None:
    client = holder(world)
    form = code_form(client, client.code_for(settled(world)))
    token = at_token(client, form, proof(world, KEY)).json["access_token"]
    wrong = {
        "for the token endpoint": proof(world, KEY, token=token),
        "by POST": proof(world, KEY, "POST", USERINFO, token=token),
        "for no token": proof(world, KEY, "GET", USERINFO),
        "for another": proof(world, KEY, "GET", USERINFO, token=token, ath=hashed("other")),
        "the token itself": proof(world, KEY, "GET", USERINFO, token=token, ath=token),
        "ath in a list": proof(world, KEY, "GET", USERINFO, ath=[hashed(token)]),
        "none": "",
    }
    for why, value in wrong.items():
        answer = at_userinfo(world, token, value)
        assert (answer.status, answer.json["error"]) == (401, "invalid_dpop_proof"), why
        assert 'DPoP realm="sceau"' in answer.headers["WWW-Authenticate"]
    right = proof(world, KEY, "GET", USERINFO, token=token)
    assert at_userinfo(world, token, right).status == 200
    assert at_userinfo(world, token, right).json["error"] == "invalid_dpop_proof"


def test_oa_115_rl_002_parallel_in_one_process(world: World) -> None:
    client = register(world, oidc=HOLDER)
    value = proof(world, KEY)
    answers = at_once(30, lambda _: refused(client, value))
    assert sorted(answers) == ["", *["invalid_dpop_proof"] * 29]


def test_oa_115_rl_021_parallel_at_two_servers(
    world: World, database_url: str, servers: list[ServerProcess]
) -> None:
    client = register(world, oidc=HOLDER)
    headers = client.basic() | {"DPoP": proof(world, KEY)}
    answers = fire(servers, database_url, [(TOKEN, CREDENTIALS, headers)], 15)
    assert sorted(status for status, _ in answers) == [200] + [400] * 29


def test_oa_115_rl_021_after_a_restart_and_until_it_is_too_old(
    world: World, database_url: str
) -> None:
    client = register(world, oidc=HOLDER)
    value = proof(world, KEY, iat=START + 60)
    assert refused(client, value) == ""
    again = open_world(database_url)
    try:
        for seconds in (0, 200, 159, 1, 1):
            again.clock.pass_by(seconds)
            with again.core.database.write() as tx:
                used_once.forget_expired(tx, again.clock.now())
            assert refused(Guest(again, client.key, document=client.document), value)
    finally:
        again.provider.close()


ALGORITHMS = ["none", "None", "nOnE", "", None, [], ["ES256"], 5, "ES384", "RS256", "HS256"]


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=repr)
def test_oa_070_no_other_algorithm(client: Guest, algorithm: object) -> None:
    good = sign(KEY, HEADER, claims(client.world)).split(".")[2]
    for header in (HEADER | {"alg": algorithm}, {"alg": algorithm}, {}):
        for end in ("AA", good):
            assert refused(client, unsigned(client.world, header, end)) == "invalid_dpop_proof"


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_oa_071_oa_072_no_secret_as_a_key(client: Guest, algorithm: str) -> None:
    for secret, jwk in (
        (b"", {"kty": "oct", "k": ""}),
        (bytes(32), OctKey.import_key(bytes(32)).as_dict()),
        (json.dumps(public(RSA)).encode(), public(RSA)),
    ):
        signed = b64({"typ": "dpop+jwt", "alg": algorithm, "jwk": jwk})
        signed += "." + b64(claims(client.world))
        mac = hmac.new(secret, signed.encode(), getattr(hashlib, f"sha{algorithm[2:]}")).digest()
        assert refused(client, f"{signed}.{b64(mac)}") == "invalid_dpop_proof"


def test_oa_073_no_key_from_elsewhere(client: Guest, no_sockets: list[Any]) -> None:
    for name, value in {
        "jku": "https://attacker.example/keys",
        "x5u": "https://attacker.example/chain",
        "x5c": ["MIIB"],
        "x5t": "AA",
        "x5t#S256": "AA",
        "enc": "A128GCM",
        "crit": ["exp"],
        "b64": False,
        "zip": "DEF",
        "cty": "JWT",
    }.items():
        made = by_hand(HEADER | {name: value}, claims(client.world))
        assert refused(client, made) == "invalid_dpop_proof", name
    assert refused(client, by_hand(HEADER, claims(client.world))) == ""
    assert no_sockets == []


def test_oa_115_no_private_key_and_no_weak_one(client: Guest) -> None:
    world = client.world
    private = KEY.as_dict(private=True)
    wrong = (private, weak_rsa(), [], "x", None, {}, [public(KEY)], {"keys": [public(KEY)]})
    for jwk in wrong:
        made = by_hand(HEADER | {"jwk": jwk}, claims(world, jti="none-of-these-counts"))
        assert refused(client, made) == "invalid_dpop_proof"
    other = new_key("ES256", None)
    for header in ({"jwk": public(other)}, {"jwk": DROP}, {"jwk": public(RSA)}):
        assert refused(client, proof(world, KEY, header=header)) == "invalid_dpop_proof"
    assert refused(client, proof(world, RSA)) == ""


def test_oa_073_no_certificate_with_the_key(client: Guest) -> None:
    own = by_itself("CN=agenda")
    key = ECKey.import_key(own.key_pem)
    for certificate in (own.der, unknown_key()):
        jwk = public(key) | {"x5c": [b64encode(certificate).decode()]}
        made = proof(client.world, key, header={"jwk": jwk})
        assert refused(client, made) == "invalid_dpop_proof"
    assert refused(client, proof(client.world, key)) == ""


def test_oa_074_a_name_of_the_key_means_nothing(client: Guest) -> None:
    for kid in ("../../dev/null", "' OR 1=1", "x"):
        assert refused(client, proof(client.world, KEY, header={"kid": kid})) == ""


@pytest.mark.parametrize(
    "kind",
    [DROP, "", "JWT", "jwt", "at+jwt", "dpop", 5, None],
    ids=lambda one: "none" if one is DROP else repr(one),
)
def test_oa_079_another_kind_of_token_is_no_proof(client: Guest, kind: object) -> None:
    header = HEADER | {"typ": kind}
    header = {name: value for name, value in header.items() if value is not DROP}
    good = sign(KEY, HEADER, claims(client.world)).split(".")[2]
    assert refused(client, unsigned(client.world, header, good)) == "invalid_dpop_proof"


def test_oa_076_oa_077_only_the_compact_form_and_no_more_of_it_than_needed(client: Guest) -> None:
    header, payload, signature = proof(client.world, KEY).split(".")
    for value in (
        json.dumps({"payload": payload, "protected": header, "signature": signature}),
        json.dumps({"payload": payload, "signatures": []}),
        f"{header}.{payload}.{signature}.{signature}.{signature}",
        f"{header}..{signature}",
        f"{header}.{payload}.{signature}=",
        f"{header}.{payload}",
        f"{header}.{payload}.{'A' * 20_000}",
        f"{header}.{'A' * 20_000}.{signature}",
        f"{'A' * 20_000}.{payload}.{signature}",
        proof(client.world, KEY, padding="x" * 6144),
        "x",
    ):
        assert refused(client, value) == "invalid_dpop_proof"
    assert refused(client, f"{header}.{payload}.{signature}") == ""


@pytest.mark.parametrize("raw", PAYLOADS.values(), ids=list(PAYLOADS))
def test_oa_078_claims_with_more_than_one_reading(client: Guest, raw: bytes) -> None:
    rest = json.dumps(claims(client.world))[1:-1].encode()
    body = raw.replace(b"REST", rest).replace(b'"exp"', b'"iat"')
    assert refused(client, sign(KEY, HEADER, body)) == "invalid_dpop_proof"


def test_oa_080_signatures_that_are_none(client: Guest) -> None:
    for raw in (bytes(64), bytes(63), b"\xff" * 64, bytes(32) + b"\x01" * 32):
        assert refused(client, unsigned(client.world, HEADER, b64(raw))) == "invalid_dpop_proof"


def demanding(world: World) -> Guest:
    """An application whose proofs carry a value of ours."""
    return holder(world, dpop_nonce_required=True)


def test_oa_115_a_value_of_ours_is_asked_for_and_then_taken(shared: World) -> None:
    client = demanding(shared)
    form = code_form(client, client.code_for(settled(shared)))
    asked = at_token(client, form, proof(shared, KEY))
    assert (asked.status, asked.json["error"]) == (400, "use_dpop_nonce")
    nonce = asked.headers["DPoP-Nonce"]
    given = at_token(client, form, proof(shared, KEY, nonce=nonce))
    assert given.status == 200, given
    assert given.headers["DPoP-Nonce"] == nonce
    token = given.json["access_token"]
    bare = at_userinfo(shared, token, proof(shared, KEY, "GET", USERINFO, token=token))
    assert (bare.status, bare.json["error"]) == (401, "use_dpop_nonce")
    assert 'error="use_dpop_nonce"' in bare.headers["WWW-Authenticate"]
    nonce = bare.headers["DPoP-Nonce"]
    shown = proof(shared, KEY, "GET", USERINFO, token=token, nonce=nonce)
    told = at_userinfo(shared, token, shown)
    assert (told.status, told.headers["DPoP-Nonce"]) == (200, nonce)


@pytest.mark.parametrize("nonce", ["", "x", "é", 5, None, ["x"], "0" * 32, {}], ids=repr)
@pytest.mark.parametrize("demanded", [True, False])
def test_oa_115_a_value_that_is_not_ours(shared: World, nonce: object, *, demanded: bool) -> None:
    client = demanding(shared) if demanded else holder(shared)
    form = code_form(client, client.code_for(settled(shared)))
    asked = at_token(client, form, proof(shared, KEY, nonce=nonce))
    assert (asked.status, asked.json["error"]) == (400, "use_dpop_nonce")
    again = proof(shared, KEY, nonce=asked.headers["DPoP-Nonce"])
    assert at_token(client, form, again).status == 200


def nonce_of(client: Guest) -> str:
    found = at_token(client, CREDENTIALS, proof(client.world, KEY)).headers["DPoP-Nonce"]
    assert found
    return str(found)


def test_oa_115_rl_021_every_node_knows_it_also_after_a_restart(
    world: World, database_url: str
) -> None:
    client = register(world, oidc=HOLDER | {"dpop_nonce_required": True})
    nonce = nonce_of(client)
    again = open_world(database_url)
    try:
        there = Guest(again, client.key, document=client.document)
        # Good for two minutes at least, also where a clock is a little ahead; and not for long.
        for seconds, error in ((0, ""), (119, ""), (122, "use_dpop_nonce")):
            again.clock.pass_by(seconds)
            assert refused(there, proof(again, KEY, nonce=nonce)) == error
        assert nonce_of(there) != nonce
    finally:
        again.provider.close()


def test_oa_115_what_is_wrong_is_seen_by_whoever_connects_it(world: World) -> None:
    client = register(world, oidc=HOLDER)
    refused(client, proof(world, KEY, htm="GET"))
    told: Callable[..., Any] = world.core.seen.of
    with world.core.database.read() as tx:
        faults = [one.fault for one in told(tx, client.key)]
    assert any("invalid_dpop_proof: htm is another method" in one for one in faults)


def test_no_proof_no_header_at_all(shared: World) -> None:
    client = shared.client("plain")
    tokens = client.tokens(settled(shared))
    answer = send(
        shared, "GET", USERINFO, headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert "DPoP-Nonce" not in answer.headers
