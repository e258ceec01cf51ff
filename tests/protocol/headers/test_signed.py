# SPDX-License-Identifier: Apache-2.0
"""The signed header: for applications that can verify who told them."""

from joserfc import jwt
from joserfc.jwk import KeySet

from tests.protocol.headers.kit import arrived, register
from tests.protocol.kit import send
from tests.world import ISSUER, World

HEADER = "X-Sceau-Identity"


def claims_of(world: World, token: str) -> tuple[dict[str, object], dict[str, object]]:
    keys = KeySet.import_key_set(send(world, "GET", "/oidc/jwks").get_json())
    read = jwt.decode(token, keys, algorithms=["ES256"])
    return read.header, read.claims


def test_a_signed_header_says_the_same_to_this_application_alone(sqlite_world: World) -> None:
    register(sqlite_world, headers={"signed_header": HEADER, "signed_life": 30})
    visitor = arrived(sqlite_world)
    header, claims = claims_of(sqlite_world, visitor.check().headers[HEADER])
    now = sqlite_world.clock.now()
    assert header["typ"] == "sceau-identity+jwt"
    assert claims.pop("sub")
    assert now - 10 < claims.pop("iat") <= now
    assert now + 30 <= claims.pop("exp") <= now + 40
    assert claims == {
        "iss": ISSUER,
        "aud": "old",
        "identifier": "cdurand",
        "name": "Claire Durand",
        "level": "1",
        "email": "claire.durand@chu.example",
    }


def test_a_signature_serves_several_requests_and_not_for_long(sqlite_world: World) -> None:
    register(sqlite_world, headers={"signed_header": HEADER})
    visitor = arrived(sqlite_world)
    first = visitor.check().headers[HEADER]
    assert visitor.check().headers[HEADER] == first
    sqlite_world.clock.pass_by(10)
    assert visitor.check().headers[HEADER] != first


def test_it_passes_for_no_other_token_of_ours(sqlite_world: World) -> None:
    register(sqlite_world, headers={"signed_header": HEADER})
    token = arrived(sqlite_world).check().headers[HEADER]
    assert sqlite_world.client("plain").userinfo(token).status == 401
    told = sqlite_world.client("resource").introspect(token)
    assert told.json == {"active": False}


def test_two_people_are_never_told_for_one_another(sqlite_world: World) -> None:
    register(sqlite_world, headers={"signed_header": HEADER, "names": {"X-Level": "level"}})
    subjects = {
        claims_of(sqlite_world, arrived(sqlite_world, who).check().headers[HEADER])[1]["sub"]
        for who in ("medecin", "infirmiere")
    }
    assert len(subjects) == 2
