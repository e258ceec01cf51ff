# SPDX-License-Identifier: Apache-2.0
"""openid-client with tokens of its own key (DPoP), and known by a certificate over real TLS."""

import ssl
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from idp.clock import SystemClock
from idp.opening import open_core
from tests.card_kit import host_paper
from tests.card_process import wait_for
from tests.cast import application
from tests.interop.foreign import Fault, openid_client, signing_key
from tests.interop.test_openid_client import log_in
from tests.interop.test_openid_client_requests import log_in as log_in_by
from tests.interop.visitor import Visitor
from tests.ports import free_port
from tests.protocol.oidc.certificates import authority, by_itself, jwks_of, made
from tests.servers import Site, running_site

pytestmark = pytest.mark.interop

BOUND = {"tls_client_certificate_bound_access_tokens": True}
OWN, OTHER, STRANGER = (by_itself(f"CN={one}") for one in ("own", "other", "stranger"))
VOUCHED = made("CN=vouched,O=Clinique")
GRANTS = ["authorization_code", "refresh_token"]


def documents() -> list[dict[str, Any]]:
    """Each binding, and each way by certificate."""
    own = "self_signed_tls_client_auth"
    kinds: dict[str, dict[str, Any]] = {
        "key": {
            "token_endpoint_auth_method": "none",
            "dpop_bound_access_tokens": True,
            "dpop_nonce_required": True,
        },
        "own": BOUND | {"token_endpoint_auth_method": own, "jwks": jwks_of(OWN)},
        "other": BOUND | {"token_endpoint_auth_method": own, "jwks": jwks_of(OTHER)},
        "both": {
            "token_endpoint_auth_method": "tls_client_auth",
            "tls_client_auth_subject_dn": "CN=vouched,O=Clinique",
            "dpop_bound_access_tokens": True,
        },
        "fapi": {
            "profile": "fapi2",
            "token_endpoint_auth_method": "tls_client_auth",
            "tls_client_auth_subject_dn": "CN=vouched,O=Clinique",
        },
        "strict": {
            "profile": "fapi2-signed",
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [signing_key().as_dict(private=False)]},
        },
    }
    shared = {"grant_types": GRANTS}
    return [application(f"bound-{key}", oidc=shared | oidc) for key, oidc in kinds.items()]


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The door's own certificate and key, in one file."""
    return str(host_paper().file(tmp_path_factory.mktemp("papers"), "host"))


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, papers: str) -> Iterator[Site]:
    """A provider whose second address asks for certificates itself, by TLS."""
    folder, port = tmp_path_factory.mktemp("site"), free_port()
    changes = {
        "CARDS_ADDRESS": f"https://localhost:{port}",
        "CARDS_PORT": str(port),
        "CARDS_TLS_CERTIFICATE": papers,
        "CARDS_TLS_KEY": papers,
        "CARDS_APPLICATIONS": "true",
        "CARDS_REVOCATION": "accept",
    }
    url = f"sqlite:///{folder / 'sceau.sqlite3'}"
    with running_site(folder, url, documents=documents(), **changes) as site:
        believe(site)
        context = ssl.create_default_context(cafile=papers)
        wait_for(site.processes[0], port, context, f"localhost:{port}")
        yield site
        site.show_news()


def believe(site: Site) -> None:
    """An authority of applications, as `sceau trust add` brings it in."""
    with site.database() as database:
        core, _secrets = open_core(site.settings, database, SystemClock())
        with database.write() as tx:
            core.trust.authorities.add(tx, authority().der, "applications")
        core.passwords.close()


def shown(paper: Any) -> Mapping[str, str]:
    """How a client connects that shows this certificate."""
    return {"cert": paper.pem, "key": paper.key_pem, "ca": host_paper().pem}


@pytest.mark.parametrize("algorithm", ["ES256", "PS256"])
def test_tokens_of_a_key_with_values_of_ours(door: Site, algorithm: str) -> None:
    visitor = Visitor((door.issuer,))
    with openid_client(door, "none", key="bound-key", dpop=algorithm) as client:
        tokens = log_in(client, visitor)
        assert tokens["token_type"] == "dpop"
        subject = tokens["claims"]["sub"]
        person = client("userinfo", token=tokens["access_token"], subject=subject)
        assert person["sub"] == subject
        with pytest.raises(Fault):
            client("copied", token=tokens["access_token"], subject=subject)
        renewed = client("refresh", token=tokens["refresh_token"])
        assert client("userinfo", token=renewed["access_token"], subject=subject) == person
    with openid_client(door, "none", key="bound-key", dpop=algorithm) as thief:
        with pytest.raises(Fault) as refused:
            thief("refresh", token=renewed["refresh_token"])
        assert refused.value.code == "invalid_grant"


def test_a_certificate_of_its_own_making_by_tls(door: Site) -> None:
    visitor, method = Visitor((door.issuer,)), "self_signed_tls_client_auth"
    aliases = {"use_mtls_endpoint_aliases": True}
    with openid_client(door, method, key="bound-own", tls=shown(OWN), **aliases) as client:
        tokens = log_in(client, visitor)
        subject = tokens["claims"]["sub"]
        told = client("introspect", token=tokens["access_token"])
        assert set(told["cnf"]) == {"x5t#S256"}
        person = client("userinfo", token=tokens["access_token"], subject=subject)
        renewed = client("refresh", token=tokens["refresh_token"])
        assert client("userinfo", token=renewed["access_token"], subject=subject) == person
    token = renewed["access_token"]
    # OA-060: copied, and shown by a client that has a certificate as good.
    with openid_client(door, method, key="bound-other", tls=shown(OTHER), **aliases) as thief:
        with pytest.raises(Fault):
            thief("userinfo", token=token, subject=subject)
        with pytest.raises(Fault) as refused:
            thief("refresh", token=renewed["refresh_token"])
        assert refused.value.code == "invalid_grant"
    # OA-059: as if it were the first.
    with openid_client(door, method, key="bound-own", tls=shown(OTHER), **aliases) as thief:
        with pytest.raises(Fault) as refused:
            thief("refresh", token=renewed["refresh_token"])
        assert refused.value.code == "invalid_client"
    answer = requests.get(
        f"{door.issuer}/oidc/userinfo", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


def test_oa_059_a_certificate_that_nobody_knows_ends_the_handshake(door: Site, tmp_path) -> None:
    told = requests.get(f"{door.issuer}/.well-known/openid-configuration", timeout=30).json()
    address, host = told["mtls_endpoint_aliases"]["token_endpoint"], tmp_path / "host.pem"
    host.write_text(host_paper().pem)
    form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "bound-own"}

    def ask(paper: Any) -> requests.Response:
        file = str(paper.file(tmp_path, "shown")) if paper else None
        return requests.post(address, data=form, cert=file, verify=str(host), timeout=30)

    with pytest.raises(requests.exceptions.RequestException):
        ask(STRANGER)
    assert ask(None).json()["error"] == "invalid_client"
    assert ask(OTHER).json()["error"] == "invalid_client"
    assert ask(OWN).json()["error"] == "invalid_grant"


def test_a_certificate_of_an_authority_and_tokens_of_a_key(door: Site) -> None:
    """As FAPI 2.0 has it: mTLS for the client, DPoP for the token, both at the second address."""
    visitor, aliases = Visitor((door.issuer,)), {"use_mtls_endpoint_aliases": True}
    way: dict[str, Any] = {"key": "bound-both", "tls": shown(VOUCHED), "dpop": "ES256"}
    with openid_client(door, "tls_client_auth", **way, **aliases) as client:
        tokens = log_in(client, visitor)
        subject = tokens["claims"]["sub"]
        assert tokens["token_type"] == "dpop"
        person = client("userinfo", token=tokens["access_token"], subject=subject)
        assert person["sub"] == subject
        told = client("introspect", token=tokens["access_token"])
        assert (told["token_type"], set(told["cnf"])) == ("DPoP", {"jkt"})


def test_fapi_whole_by_one_switch(door: Site) -> None:
    """Signed, pushed, bound to a key; and a refresh token that stays."""
    visitor, known = Visitor((door.issuer,)), {"key": "bound-strict", "dpop": "ES256"}
    with openid_client(door, "private_key_jwt", **known) as client:
        with pytest.raises(Fault):
            client("authorize", way="pushed")
        for way in ("signed", ""):
            visitor.get(client("authorize", way=way)["url"])
            assert visitor.problem == "application-request"
        tokens = log_in_by(client, visitor, "both")
        assert tokens["token_type"] == "dpop"
        subject = tokens["claims"]["sub"]
        for _again in range(2):
            renewed = client("refresh", token=tokens["refresh_token"])
            assert "refresh_token" not in renewed
            person = client("userinfo", token=renewed["access_token"], subject=subject)
            assert person["sub"] == subject


def test_fapi_whole_by_certificate(door: Site) -> None:
    """The client and its tokens by mTLS: pushed there, and no other certificate uses them."""
    visitor, aliases = Visitor((door.issuer,)), {"use_mtls_endpoint_aliases": True}
    way: dict[str, Any] = {"key": "bound-fapi", "tls": shown(VOUCHED)}
    with openid_client(door, "tls_client_auth", **way, **aliases) as client:
        visitor.get(client("authorize")["url"])
        assert visitor.problem == "application-request"
        tokens = log_in_by(client, visitor, "pushed")
        subject = tokens["claims"]["sub"]
        assert set(client("introspect", token=tokens["access_token"])["cnf"]) == {"x5t#S256"}
        renewed = client("refresh", token=tokens["refresh_token"])
        assert "refresh_token" not in renewed
        person = client("userinfo", token=renewed["access_token"], subject=subject)
        assert person["sub"] == subject
    way["tls"] = shown(OTHER)
    with openid_client(door, "tls_client_auth", **way, **aliases) as thief:
        with pytest.raises(Fault) as refused:
            thief("refresh", token=tokens["refresh_token"])
        assert refused.value.code == "invalid_client"
        with pytest.raises(Fault):
            thief("userinfo", token=renewed["access_token"], subject=subject)
