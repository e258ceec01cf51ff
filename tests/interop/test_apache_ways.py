# SPDX-License-Identifier: Apache-2.0
"""mod_auth_openidc beyond the plain login: signed requests, an ID token for it alone, frames.

Debian 12 has 2.4.12: it neither pushes requests nor binds tokens to keys (later versions do), and
signs assertions of itself by RS256 alone, which we do not take. What lies at an address, it puts at
a new one each time, so none could be registered.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

import pytest
import requests
from joserfc.jwk import RSAKey

from tests import pki, saml_kit
from tests.cast import SECRET
from tests.interop.apache import (
    BASE,
    LOGIN,
    NOTHING,
    PLAIN,
    Apache,
    apache_document,
    running_apache,
)
from tests.interop.saml_peers import opened
from tests.interop.test_apache import visit
from tests.protocol.oidc.encryption import reading_key
from tests.protocol.oidc.signing import public
from tests.protocol.oidc.strict import segment
from tests.servers import Site, running_site

pytestmark = pytest.mark.interop
READER = reading_key("P-256", alg="ECDH-ES")
SIGNER = RSAKey.import_key(pki.key("apache"), {"kid": "apache-1", "use": "sig"})
WAYS: dict[str, dict[str, Any]] = {
    "signing": {
        "token_endpoint_auth_method": "client_secret_post",
        "jwks": {"keys": [public(SIGNER)]},
        "request_object_signing_alg": "PS256",
    },
    "proving": {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [public(SIGNER)]},
    },
    "reading": {
        "jwks": {"keys": [public(READER)]},
        "userinfo_signed_response_alg": "ES256",
        "id_token_encrypted_response_alg": "ECDH-ES",
    },
    "framed": {
        "frontchannel_logout_uri": "{framed}/app/callback?logout=get",
        "backchannel_logout_uri": "",
        "session_state": True,
    },
}
KEY_FILES = {
    "signer.pem": SIGNER.as_pem(private=True).decode(),
    "signer.crt": saml_kit.pem("apache"),
}
# Everything goes inside, and nothing of it beside but what the protocol asks for.
SIGNED = (
    LOGIN
    + """\
OIDCClientSecret {secret}
OIDCResponseType code
OIDCResponseMode form_post
OIDCProviderTokenEndpointAuth client_secret_post
OIDCPrivateKeyFiles apache-1#{folder}/signer.pem
OIDCRequestObject "{request}"
"""
)
MOVED = ["redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method"]
SEVERAL = BASE + "OIDCMetadataDir {folder}/metadata\n"
PROVING = (
    LOGIN
    + """\
OIDCPublicKeyFiles apache-1#{folder}/signer.crt
OIDCPrivateKeyFiles apache-1#{folder}/signer.pem
OIDCProviderTokenEndpointAuth private_key_jwt
"""
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A provider with an Apache of each way."""
    folder = tmp_path_factory.mktemp("site")
    url = f"sqlite:///{folder / 'sceau.sqlite3'}"
    documents = [apache_document(key, **oidc) for key, oidc in WAYS.items()]
    with running_site(folder, url, neighbours=WAYS, documents=documents) as site:
        yield site
        site.show_news()


@contextmanager
def apache_of(
    place: Site, key: str, text: str = PLAIN, files: Mapping[str, str] = NOTHING, **words: str
) -> Iterator[Apache]:
    """The Apache of this way; what it wrote is shown where the test fails."""
    with running_apache(place, text, key, files, **words) as apache:
        yield apache
        apache.show_errors()


def request_object() -> str:
    """What Apache puts into its request object, as a directive holds it.

    It sets no end to it by itself; ours have one, so the operator of such an Apache has to.
    """
    content = {
        "crypto": {"sign_alg": "PS256"},
        "request_object_type": "request",
        "static": {"client_id": "signing", "exp": int(time.time()) + 1800},
        "copy_from_request": ["response_type", "response_mode"],
        "copy_and_remove_from_request": MOVED,
    }
    return json.dumps(content).replace('"', '\\"')


def test_apache_signs_its_request_and_is_answered_by_a_form(place: Site) -> None:
    with apache_of(place, "signing", SIGNED, KEY_FILES, request=request_object()) as apache:
        visitor = visit(apache)
        visitor.get(f"{apache.url}/app/")
        (asked,) = visitor.came_to(f"{place.issuer}/oidc/authorize")
        query = parse_qs(urlsplit(asked).query)
        assert set(query) == {"client_id", "response_type", "response_mode", "request"}
        inside = segment(query["request"][0], 1)
        assert inside["code_challenge_method"] == "S256"
        visitor.log_in()
        assert visitor.submit(f"{apache.url}/app/callback") == f"{apache.url}/app/"
        assert apache.environment(visitor)["OIDC_CLAIM_family_name"] == "Durand"


def metadata(site: Site, key: str, **conf: Any) -> dict[str, str]:
    """The three files by which Apache knows one of several providers."""
    name = "metadata/" + quote(urlsplit(site.issuer).netloc, safe="")
    answer = requests.get(f"{site.issuer}/.well-known/openid-configuration", timeout=60)
    client = {"client_id": key, "client_secret": SECRET}
    content = {"provider": answer.json(), "client": client, "conf": conf}
    return {f"{name}.{kind}": json.dumps(one) for kind, one in content.items()}


def test_apache_reads_an_id_token_that_is_encrypted_to_it(place: Site) -> None:
    """By a key of one provider's own; to those of all providers, it takes RSA-OAEP alone."""
    conf = {"keys": [READER.as_dict(private=True)], "scope": "openid profile email"}
    conf |= {f"{one}_signed_response_alg": "ES256" for one in ("id_token", "userinfo")}
    with apache_of(place, "reading", SEVERAL, metadata(place, "reading", **conf)) as apache:
        visitor = visit(apache)
        named = urlencode({"iss": place.issuer, "target_link_uri": f"{apache.url}/app/"})
        visitor.get(f"{apache.url}/app/callback?{named}")
        visitor.log_in()
        shown = apache.environment(visitor)
        assert shown["OIDC_CLAIM_acr"] == "urn:sceau:level:1"
        # Told by the details of the person, which come signed.
        assert shown["OIDC_CLAIM_family_name"] == "Durand"
    with apache_of(place, "reading") as keyless:
        visitor = visit(keyless)
        visitor.get(f"{keyless.url}/app/")
        visitor.log_in()
        assert keyless.information(visitor) == {}


def test_oa_055_apache_proves_itself_by_an_algorithm_that_is_not_taken(place: Site) -> None:
    with apache_of(place, "proving", PROVING, KEY_FILES) as apache:
        visitor = visit(apache)
        visitor.get(f"{apache.url}/app/")
        visitor.log_in()
        assert apache.information(visitor) == {}
    with opened(place) as core, core.database.read() as tx:
        told = " ".join(str(one) for one in core.seen.of(tx, "proving"))
    assert "the client assertion does not hold" in told


def test_apache_hears_of_a_logout_in_a_frame(place: Site) -> None:
    with apache_of(place, "framed") as apache:
        visitor = visit(apache)
        visitor.get(f"{apache.url}/app/")
        visitor.log_in()
        cookies = visitor.session.cookies.copy()
        assert apache.information(visitor)
        sid = apache.environment(visitor)["OIDC_CLAIM_sid"]
        visitor.get(f"{place.issuer}/logout")
        visitor.submit("/logout")
        for frame in visitor.page.select("iframe"):
            visitor.get(urljoin(place.issuer, str(frame["src"])))
            (leads,) = visitor.page.select("noscript iframe")
            visitor.get(str(leads["src"]))
        (heard,) = visitor.came_to(f"{apache.url}/app/callback?logout=get")
        said = parse_qs(urlsplit(heard).query)
        assert (said["iss"], said["sid"]) == ([place.issuer], [sid])
        # Not only has the browser no cookie of it any more: the session itself has ended.
        visitor.session.cookies = cookies
        assert apache.information(visitor) == {}
