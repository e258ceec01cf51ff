# SPDX-License-Identifier: Apache-2.0
"""mod_auth_openidc in front of an interface: tokens are looked up with us, or read by our keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from tests.card_kit import host_paper
from tests.cast import application
from tests.interop.apache import Apache, running_apache
from tests.interop.foreign import openid_client
from tests.interop.test_openid_client import log_in
from tests.interop.visitor import Visitor
from tests.ports import free_port
from tests.servers import Site, running_site

pytestmark = pytest.mark.interop
KEY = "guarding"
# It reaches us by https alone.
BY_TLS = """\
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
  SSLEngine on
  SSLCertificateFile {folder}/host.crt
  SSLCertificateKeyFile {folder}/host.key
  ProxyPass / {issuer}/
</VirtualHost>
OIDCCABundlePath {folder}/host.crt
OIDCOAuthRemoteUserClaim sub
OIDCCryptoPassphrase passphrase-of-the-tests
<Location /api>
  AuthType oauth20
  Require claim "scope~exams.read"
</Location>
"""
ASKING = (
    BY_TLS
    + """\
OIDCOAuthIntrospectionEndpoint https://localhost:{port}/oidc/introspect
OIDCOAuthIntrospectionEndpointAuth client_secret_basic
OIDCOAuthIntrospectionTokenParamName token
OIDCOAuthClientID {key}
OIDCOAuthClientSecret {secret}
# Each time: a token that was taken back is no good from then on.
OIDCOAuthTokenIntrospectionInterval -1
"""
)
READING = BY_TLS + "OIDCOAuthVerifyJwksUri https://localhost:{port}/oidc/jwks\n"


def asking(kind: str) -> dict[str, Any]:
    """An application whose tokens are meant for the interface."""
    scopes = ["openid", "profile", "email", "exams.read"]
    oidc = {"audiences": [KEY], "access_token_format": kind, "scopes": scopes}
    return application(f"asking-{kind}", oidc=oidc)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A provider, an interface behind Apache, and applications that call it."""
    folder = tmp_path_factory.mktemp("site")
    url = f"sqlite:///{folder / 'sceau.sqlite3'}"
    own = {"redirect_uris": [], "grant_types": ["client_credentials"], "scopes": []}
    elsewhere = application("asking-elsewhere", oidc={"scopes": ["openid", "exams.read"]})
    documents = [asking("opaque"), asking("jwt"), elsewhere, application(KEY, oidc=own)]
    with running_site(folder, url, neighbours=[KEY], documents=documents) as site:
        yield site
        site.show_news()


@contextmanager
def guarding(place: Site, text: str) -> Iterator[Apache]:
    """Apache in front of the interface."""
    paper = host_paper()
    files = {"host.crt": paper.pem, "host.key": paper.key_pem}
    with running_apache(place, text, KEY, files, port=str(free_port())) as apache:
        yield apache
        apache.show_errors()


def call(apache: Apache, token: str) -> requests.Response:
    """The interface, with this token."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(f"{apache.url}/api/", headers=headers, timeout=60)


def token_of(client: Any, place: Site, scope: str = "openid exams.read") -> dict[str, Any]:
    found: dict[str, Any] = log_in(client, Visitor((place.issuer,)), scope=scope)
    return found


@pytest.mark.parametrize("kind", ["opaque", "jwt"])
def test_apache_looks_tokens_up(place: Site, kind: str) -> None:
    basic = "client_secret_basic"
    with (
        guarding(place, ASKING) as apache,
        openid_client(place, basic, key=f"asking-{kind}") as client,
    ):
        tokens = token_of(client, place)
        good = call(apache, tokens["access_token"])
        assert good.status_code == 200
        assert f"REMOTE_USER={tokens['claims']['sub']}" in good.text
        assert f"OIDC_CLAIM_client_id=asking-{kind}" in good.text
        less = token_of(client, place, "openid")
        assert call(apache, less["access_token"]).status_code in {401, 403}
        for wrong in ("", "nothing", tokens["id_token"], tokens["refresh_token"]):
            assert call(apache, wrong).status_code == 401
        client("revoke", token=tokens["access_token"])
        assert call(apache, tokens["access_token"]).status_code == 401


def test_oa_110_apache_is_told_nothing_of_tokens_for_others(place: Site) -> None:
    with (
        guarding(place, ASKING) as apache,
        openid_client(place, "client_secret_basic", key="asking-elsewhere") as client,
    ):
        tokens = token_of(client, place)
        assert call(apache, tokens["access_token"]).status_code == 401


def test_apache_reads_tokens_by_our_keys(place: Site) -> None:
    with (
        guarding(place, READING) as apache,
        openid_client(place, "client_secret_basic", key="asking-jwt") as client,
    ):
        tokens = token_of(client, place)
        good = call(apache, tokens["access_token"])
        assert good.status_code == 200
        assert f"REMOTE_USER={tokens['claims']['sub']}" in good.text
        head, payload, seal = tokens["access_token"].split(".")
        forged = f"{head}.{payload}.{seal[:-8]}AAAAAAAA"
        for wrong in ("", "nothing", forged, tokens["id_token"]):
            assert call(apache, wrong).status_code in {401, 403}, wrong
