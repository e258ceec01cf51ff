# SPDX-License-Identifier: Apache-2.0
"""Signals over real HTTP: openid-client logs somebody in, Authlib asks for the stream.

Neither speaks Shared Signals: what is pushed is verified by a strict receiver of our own, with
joserfc and the published keys; what is polled is fetched as RFC 8936 says.
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jws
from joserfc.jwk import KeySet

from tests.cast import SECRET, application
from tests.interop.foreign import openid_client
from tests.interop.test_openid_client import log_in
from tests.interop.visitor import Visitor
from tests.protocol.oidc.signals import POLL, PUSH, SESSION, Receiver, receiving
from tests.servers import Site, running_site

pytestmark = pytest.mark.interop
KEYS = ("pushed", "polled")
# Patience, not a promise: the machine may be busy with much else.
PATIENCE = 60
GRANTS = ["authorization_code", "client_credentials"]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture(scope="module")
def signalling(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Site]:
    """A provider that delivers by itself, and may reach the receiver."""
    folder = tmp_path_factory.mktemp("site")
    oidc = {"shared_signals": True, "grant_types": GRANTS, "subject_type": "pairwise"}
    with running_site(
        folder,
        f"sqlite:///{folder / 'sceau.sqlite3'}",
        documents=[application(key, oidc=oidc) for key in KEYS],
        called_too=[f"127.0.0.1:{receiver.port}"],
    ) as site:
        yield site
        site.show_news()


def described(site: Site) -> dict[str, Any]:
    """Where everything is."""
    answer = requests.get(f"{site.issuer}/.well-known/ssf-configuration", timeout=30)
    document: dict[str, Any] = answer.json()
    assert document["issuer"] == site.issuer
    return document


def authorized(site: Site, key: str) -> OAuth2Session:
    """Authlib's session, with a token of the application's own."""
    session = OAuth2Session(key, SECRET, scope="ssf.manage")
    session.trust_env = False
    token = session.fetch_token(f"{site.issuer}/oidc/token", grant_type="client_credentials")
    assert token["scope"] == "ssf.manage"
    return session


def verified(site: Site, key: str, token: str) -> dict[str, Any]:
    """The claims of a security event token, as a receiver reads them."""
    keys = requests.get(described(site)["jwks_uri"], timeout=30).json()
    found = jws.deserialize_compact(token, KeySet.import_key_set(keys), algorithms=["ES256"])
    assert found.headers()["typ"] == "secevent+jwt"
    claims: dict[str, Any] = json.loads(found.payload)
    assert (claims["iss"], claims["aud"]) == (site.issuer, key)
    assert not {"sub", "exp"} & set(claims)
    return claims


def come_and_go(site: Site, key: str) -> dict[str, Any]:
    """Somebody logs in there and out again: what their ID token said."""
    visitor = Visitor((site.issuer,))
    with openid_client(site, "client_secret_basic", key=key) as client:
        tokens = log_in(client, visitor)
        visitor.get(f"{site.issuer}/oidc/logout?id_token_hint={tokens['id_token']}")
    claims: dict[str, Any] = tokens["claims"]
    return claims


def at_last(look: Callable[[], Any]) -> Any:
    """What is there after a while: whoever delivers has a pace of its own."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("nothing came")


def check(claims: dict[str, Any], known: dict[str, Any], site: Site) -> None:
    """That this session of this person ended, by the names that the application knows."""
    assert list(claims["events"]) == [SESSION]
    subject = claims["sub_id"]
    assert subject["user"] == {"format": "iss_sub", "iss": site.issuer, "sub": known["sub"]}
    assert subject["session"]["id"] == known["sid"]


def test_a_logout_is_pushed(signalling: Site, receiver: Receiver) -> None:
    site = signalling
    session = authorized(site, "pushed")
    way = {"method": PUSH, "endpoint_url": receiver.url("/in"), "authorization_header": "Basic x"}
    made = session.post(described(site)["configuration_endpoint"], json={"delivery": way})
    assert made.status_code == 201, made.text
    stream = made.json()["stream_id"]
    asked = session.post(
        described(site)["verification_endpoint"], json={"stream_id": stream, "state": "hello"}
    )
    assert asked.status_code == 204
    at_last(lambda: len(receiver.told) == 1)
    known = come_and_go(site, "pushed")
    at_last(lambda: len(receiver.told) == 2)
    (_path, headers, trial), (_again, _headers, event) = receiver.told
    assert headers["Authorization"] == "Basic x"
    assert "hello" in str(verified(site, "pushed", trial)["events"])
    check(verified(site, "pushed", event), known, site)


def test_a_logout_is_polled(signalling: Site) -> None:
    site = signalling
    session = authorized(site, "polled")
    made = session.post(described(site)["configuration_endpoint"], json={}).json()
    assert made["delivery"]["method"] == POLL
    address = made["delivery"]["endpoint_url"]
    known = come_and_go(site, "polled")
    sets = session.post(address, json={"maxEvents": 10}).json()["sets"]
    ((name, token),) = sets.items()
    claims = verified(site, "polled", token)
    assert claims["jti"] == name
    check(claims, known, site)
    assert session.post(address, json={"ack": [name]}).json()["sets"] == {}
