# SPDX-License-Identifier: Apache-2.0
"""openid-client as the one reader of what it is told: ID token, userinfo, introspection, JARM."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cast import application
from tests.interop.foreign import Fault, openid_client
from tests.interop.test_openid_client import log_in
from tests.interop.visitor import Visitor
from tests.protocol.oidc.encryption import read_as, reading_key
from tests.protocol.oidc.signing import Key, public
from tests.servers import Site, running_site

pytestmark = pytest.mark.interop
PLACES = ("id_token", "userinfo", "introspection", "authorization")
WAYS = {
    "RSA-OAEP-256": reading_key("RSA", alg="RSA-OAEP-256"),
    "ECDH-ES": reading_key("P-256", alg="ECDH-ES"),
    "ECDH-ES+A256KW": reading_key("P-256", alg="ECDH-ES+A256KW"),
}
CIPHERS = {
    "RSA-OAEP-256": "A256GCM",
    "ECDH-ES": "A128CBC-HS256",
    "ECDH-ES+A256KW": "A256CBC-HS512",
}


def key_of(algorithm: str) -> str:
    return f"reader-{algorithm.lower().replace('+', '-')}"


def document(algorithm: str, key: Key) -> dict[str, Any]:
    """Everything that can be is encrypted."""
    wants = {f"{place}_encrypted_response_alg": algorithm for place in PLACES}
    wants |= {f"{place}_encrypted_response_enc": CIPHERS[algorithm] for place in PLACES}
    oidc = {
        "jwks": {"keys": [public(key)]},
        "grant_types": ["authorization_code", "refresh_token"],
        "scopes": ["openid", "profile", "email"],
        "userinfo_signed_response_alg": "ES256",
        **wants,
    }
    return application(key_of(algorithm), oidc=oidc)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A provider with an application for each algorithm."""
    folder = tmp_path_factory.mktemp("site")
    url = f"sqlite:///{folder / 'sceau.sqlite3'}"
    documents = [document(*one) for one in WAYS.items()]
    with running_site(folder, url, documents=documents) as site:
        yield site
        site.show_news()


@pytest.mark.parametrize("algorithm", WAYS)
def test_openid_client_reads_what_it_alone_can(place: Site, algorithm: str) -> None:
    visitor = Visitor((place.issuer,))
    reader = WAYS[algorithm].as_dict(private=True)
    with opened(place, algorithm, reader=reader) as client:
        tokens = log_in(client, visitor)
        # Decrypted and verified by its own library; what came is what nobody else reads.
        assert tokens["claims"]["iss"] == place.issuer
        inner = read_as(WAYS[algorithm], tokens["id_token"], algorithm, CIPHERS[algorithm])
        subject = tokens["claims"]["sub"]
        person = client("userinfo", token=tokens["access_token"], subject=subject)
        assert person["family_name"] == "Durand"
        assert client("introspect", token=tokens["access_token"])["sub"] == subject
        renewed = client("refresh", token=tokens["refresh_token"])
        assert renewed["claims"]["sid"] == tokens["claims"]["sid"]
        # RP-Initiated Logout 1.0 §2: the hint is the signed token within.
        leave = client("leave", parameters={"id_token_hint": inner})
        visitor.get(leave)
        with pytest.raises(Fault) as refused:
            client("refresh", token=renewed["refresh_token"])
        assert refused.value.code == "invalid_grant"


def test_openid_client_reads_signed_answers_that_are_encrypted(place: Site) -> None:
    reader = WAYS["ECDH-ES"].as_dict(private=True)
    with opened(place, "ECDH-ES", reader=reader, jarm=True) as client:
        assert log_in(client, Visitor((place.issuer,)))["claims"]["amr"] == ["pwd"]


def test_openid_client_without_its_key_reads_nothing(place: Site) -> None:
    other = reading_key("P-256", alg="ECDH-ES").as_dict(private=True)
    for reader in (None, other):
        with opened(place, "ECDH-ES", reader=reader) as client, pytest.raises(Fault):
            log_in(client, Visitor((place.issuer,)))


def opened(place: Site, algorithm: str, **more: Any) -> Any:
    """openid-client as the application of this algorithm."""
    metadata = {"userinfo_signed_response_alg": "ES256"}
    return openid_client(place, "client_secret_basic", key=key_of(algorithm), **more, **metadata)
