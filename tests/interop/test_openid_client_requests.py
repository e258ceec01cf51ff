# SPDX-License-Identifier: Apache-2.0
"""npm's openid-client with requests that it pushes and signs."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.interop.foreign import METHODS, Fault, OpenidClient, openid_client
from tests.interop.visitor import Visitor
from tests.protocol.oidc.strict import segment
from tests.servers import Site

pytestmark = pytest.mark.interop
DETAILS = [{"type": "dossier", "actions": ["lire"], "identifier": "42"}]


def log_in(client: OpenidClient, visitor: Visitor, way: str, **parameters: str) -> Any:
    """A whole login by this way; what openid-client holds afterwards."""
    asked = client("authorize", way=way, parameters=parameters)
    query = parse_qs(urlsplit(asked["url"]).query)
    assert set(query) == {"client_id", "request" if way in {"signed", "sealed"} else "request_uri"}
    back = visitor.get(asked["url"])
    if not back.startswith(client.redirect_uri):
        back = visitor.log_in()
    if not back.startswith(client.redirect_uri):
        back = visitor.submit("/consent", answer="accept")
    assert back.startswith(client.redirect_uri), visitor.response.text
    return client("exchange", state=asked["state"], url=back)


@pytest.mark.parametrize("method", METHODS)
def test_openid_client_pushes_its_request(site: Site, method: str) -> None:
    visitor = Visitor((site.issuer,))
    with openid_client(site, method) as client:
        tokens = log_in(client, visitor, "pushed")
        assert tokens["claims"]["amr"] == ["pwd"]
        with pytest.raises(Fault) as refused:
            client("authorize", way="pushed", parameters={"scope": "nothing"})
        assert refused.value.code == "invalid_scope"


@pytest.mark.parametrize("way", ["signed", "both", "sealed"])
def test_openid_client_signs_its_request(site: Site, way: str) -> None:
    """The last is encrypted, too, by jose."""
    visitor = Visitor((site.issuer,))
    with openid_client(site, "private_key_jwt") as client:
        assert log_in(client, visitor, way)["claims"]["amr"] == ["pwd"]


def test_openid_client_does_all_that_is_demanded(site: Site) -> None:
    visitor = Visitor((site.issuer,))
    with openid_client(site, "private_key_jwt", key="panva-careful") as client:
        with pytest.raises(Fault) as refused:
            client("authorize", way="pushed")
        assert refused.value.code == "invalid_request"
        for way in ("signed", ""):
            visitor.get(client("authorize", way=way)["url"])
            assert visitor.problem == "application-request"
        more = {"authorization_details": json.dumps(DETAILS), "resource": "https://b.example"}
        tokens = log_in(client, visitor, "both", **more)
        assert tokens["authorization_details"] == DETAILS
        access = segment(tokens["access_token"], 1)
        assert access["aud"] == ["https://b.example"]
        assert access["authorization_details"] == DETAILS
        told = client("introspect", token=tokens["access_token"])
        assert told["authorization_details"] == DETAILS
