# SPDX-License-Identifier: Apache-2.0
"""Requests by reference or by value, of applications that registered none: nothing is fetched."""

from typing import Any

import pytest

from tests.protocol.kit import assert_page, parameters_of, settled
from tests.protocol.oidc.signing import b64, new_key, sign
from tests.protocol.oidc.strict import discovery
from tests.world import World

URIS = {
    "metadata service": "http://169.254.169.254/latest/meta-data/",
    "file": "file:///etc/passwd",
    "loopback": "http://127.0.0.1:22/",
    "internal": "https://10.0.0.1/r",
    "ipv6": "http://[::1]:8000/",
    "public": "https://dcc.example/request.jwt",
    "redirecting": "https://dcc.example/redirect?to=http://127.0.0.1/",
    "garbage": "x",
    "long": "https://dcc.example/" + "a" * 8000,
}


@pytest.mark.parametrize("uri", URIS.values(), ids=list(URIS))
@pytest.mark.parametrize("known", [True, False])
def test_oa_090_a_request_by_reference(
    shared: World, uri: str, known: bool, no_sockets: list[Any]
) -> None:
    client = shared.client("dcc")
    browser = settled(shared) if known else shared.browser()
    response = browser.request("GET", client.authorize_url(request_uri=uri))
    if known:
        answered = parameters_of(response)
        assert answered["error"] == "request_uri_not_supported"
        assert answered["state"] == "state-of-this-tab"
    else:
        assert_page(response, "application-request")
    assert no_sockets == []


def test_oa_090_a_reference_alone(shared: World, no_sockets: list[Any]) -> None:
    response = settled(shared).request("GET", "/oidc/authorize?request_uri=http://127.0.0.1")
    assert_page(response, "application-unknown")
    query = "client_id=dcc&request_uri=https://evil.example/r"
    response = settled(shared).request("GET", f"/oidc/authorize?{query}")
    # At most the single registered address learns of it.
    answered = shared.client("dcc").answered(response)
    assert answered == {"error": "request_uri_not_supported", "iss": shared.issuer} | {
        "error_description": "request_uri is not supported"
    }
    assert no_sockets == []


def objects() -> dict[str, str]:
    claims = {"client_id": "dcc", "redirect_uri": "https://evil.example/cb", "scope": "openid"}
    key = new_key("ES256")
    return {
        "unsigned": f"{b64({'alg': 'none'})}.{b64(claims)}.",
        "signed by a stranger": sign(key, {"alg": "ES256"}, claims),
        "encrypted": "a.b.c.d.e",
        "garbage": "x",
    }


@pytest.mark.parametrize("name", objects())
def test_oa_090_a_request_by_value(shared: World, name: str) -> None:
    client = shared.client("dcc")
    response = settled(shared).request("GET", client.authorize_url(request=objects()[name]))
    answered = client.answered(response)
    assert answered["error"] == "request_not_supported"
    assert "code" not in answered


def test_oa_090_a_registration_parameter(shared: World) -> None:
    client = shared.client("dcc")
    response = settled(shared).request("GET", client.authorize_url(registration="{}"))
    assert client.answered(response)["error"] == "registration_not_supported"


def test_oa_090_discovery_says_so(shared: World) -> None:
    document = discovery(shared)
    assert document["request_parameter_supported"] is True
    assert document["request_uri_parameter_supported"] is True
    assert document["require_request_uri_registration"] is True
    # The last two by registration alone: test_weak_requests.
    assert document["request_object_signing_alg_values_supported"] == [
        "ES256", "PS256", "EdDSA", "RS256", "none",
    ]  # fmt: skip
