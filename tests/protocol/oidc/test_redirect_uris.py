# SPDX-License-Identifier: Apache-2.0
"""The answer goes to a registered address, equal character by character, or nowhere."""

from urllib.parse import quote

import pytest

from idp.applications.registration import read_registration
from idp.http.addresses import address_fault
from idp.oidc.client import check_client
from tests.cast import application
from tests.protocol.kit import assert_page, parameters_of, register, send, settled
from tests.world import World

GOOD = "https://dcc.example/cb"
VECTORS = {
    "host in upper case": "https://DCC.example/cb",
    "scheme in upper case": "HTTPS://dcc.example/cb",
    "path in upper case": "https://dcc.example/CB",
    "trailing slash": "https://dcc.example/cb/",
    "added query": "https://dcc.example/cb?next=1",
    "empty query": "https://dcc.example/cb?",
    "added fragment": "https://dcc.example/cb#x",
    "user information": "https://dcc.example@evil.example/cb",
    "user information on the right host": "https://dcc@dcc.example/cb",
    "longer host": "https://dcc.example.evil.example/cb",
    "shorter path": "https://dcc.example/c",
    "longer path": "https://dcc.example/cbx",
    "prefixed host": "https://evildcc.example/cb",
    "subdomain": "https://www.dcc.example/cb",
    "dot dot": "https://dcc.example/x/../cb",
    "encoded dot dot": "https://dcc.example/%2e%2e/cb",
    "encoded letter": "https://dcc.example/%63b",
    "twice encoded slash": "https://dcc.example/%252fcb",
    "semicolon traversal": "https://dcc.example/..;/cb",
    "backslash": "https://dcc.example\\cb",
    "tab": "https://dcc.example/\tcb",
    "line feed": "https://dcc.example/cb\r\nX: y",
    "leading space": " https://dcc.example/cb",
    "default port": "https://dcc.example:443/cb",
    "other port": "https://dcc.example:8443/cb",
    "no tls": "http://dcc.example/cb",
    "homoglyph": "https://dcс.example/cb",
    "full-width dot": "https://dcc．example/cb",
    "trailing dot": "https://dcc.example./cb",
    "ipv6 loopback": "https://[::1]/cb",
    "hexadecimal loopback": "https://0x7f.1/cb",
    "without scheme": "//dcc.example/cb",
    "script": "javascript:alert(1)//https://dcc.example/cb",
    "data": "data:text/html,https://dcc.example/cb",
    "another application's": "https://plain.example/cb",
    "nul": "https://dcc.example/cb\x00",
    "ten kilobytes": GOOD + "a" * 10_000,
    "empty": "",
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("uri", VECTORS.values(), ids=list(VECTORS))
def test_oa_001_an_address_that_is_not_registered(shared: World, uri: str, method: str) -> None:
    client = shared.client("dcc")
    url = client.authorize_url(redirect_uri=uri)
    if method == "GET":
        response = settled(shared).request("GET", url)
    else:
        path, _, query = url.partition("?")
        response = send(shared, "POST", path, body=query)
    assert_page(response, "application-misconfigured")
    # Nothing on the page leads there either, not even a form.
    main = response.get_data(as_text=True).split("<main")[1].split("</main>")[0]
    assert "evil.example" not in main
    assert "<form" not in main


@pytest.mark.parametrize("second", [GOOD, "https://evil.example/cb"])
@pytest.mark.parametrize("first", [GOOD, "https://evil.example/cb"])
def test_oa_001_the_address_given_twice(shared: World, first: str, second: str) -> None:
    url = shared.client("dcc").authorize_url(redirect_uri=first)
    response = settled(shared).request("GET", f"{url}&redirect_uri={quote(second)}")
    assert_page(response, "application-misconfigured")


def test_oa_001_no_address_at_all(shared: World) -> None:
    """OIDC Core §3.1.2.1 requires one, even where a single one is registered."""
    response = settled(shared).request("GET", shared.client("dcc").authorize_url(redirect_uri=None))
    assert_page(response, "application-misconfigured")


def test_oa_001_without_openid_a_single_registered_address_stands(shared: World) -> None:
    client = register(shared)
    response = client.ask(settled(shared), redirect_uri=None, scope="email")
    assert client.answered(response)["code"]
    several = register(
        shared, oidc={"redirect_uris": ["https://a.example/1", "https://a.example/2"]}
    )
    response = several.ask(settled(shared), redirect_uri=None, scope="email")
    assert_page(response, "application-misconfigured")


@pytest.mark.parametrize("name", ["", "unknown", "DCC", "dcc ", "dcc\x00", "é", "a" * 200])
def test_oa_001_a_client_that_is_not_registered(shared: World, name: str) -> None:
    response = settled(shared).request("GET", shared.client("dcc").authorize_url(client_id=name))
    assert_page(response, "application-unknown")


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1/cb",
        "http://127.0.0.1:1/cb",
        "http://127.0.0.1:51004/cb",
        "http://127.0.0.1:65535/cb",
        "http://localhost:9999/cb",
    ],
)
def test_oa_002_a_native_client_on_any_port_of_the_loopback(shared: World, uri: str) -> None:
    client = shared.client("native")
    response = settled(shared).request("GET", client.authorize_url(redirect_uri=uri))
    assert response.status_code == 303
    assert response.headers["Location"].startswith(f"{uri}?code=")
    body = {"grant_type": "authorization_code", "code": parameters_of(response)["code"]}
    body |= {"redirect_uri": uri, "code_verifier": client.verifier}
    assert client.post("/oidc/token", body).status == 200


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:51004/other",
        "http://127.0.0.1:51004/cb?x=1",
        "http://127.0.0.1:123456/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:80@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.2:51004/cb",
        "http://localhost:9998/cb",
        "http://localhost/cb",
        "https://127.0.0.1:51004/cb",
        "http://[::1]:51004/cb",
        "http://127.0.0.1:٥١٠٠٤/cb",
    ],
)
def test_oa_002_no_other_freedom_for_a_native_client(shared: World, uri: str) -> None:
    response = settled(shared).request(
        "GET", shared.client("native").authorize_url(redirect_uri=uri)
    )
    assert_page(response, "application-misconfigured")


def test_oa_002_a_web_client_has_one_port_also_on_the_loopback(shared: World) -> None:
    client = register(shared, oidc={"redirect_uris": ["http://127.0.0.1:8001/cb"]})
    assert client.code_for(settled(shared))
    response = client.ask(settled(shared), redirect_uri="http://127.0.0.1:8002/cb")
    assert_page(response, "application-misconfigured")


@pytest.mark.parametrize(
    "uri",
    [
        "http://rp.example/cb",
        "http://localhost.evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1@evil.example/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://rp.example/cb",
        "custom-scheme:/cb",
        "https://rp.example/cb#x",
        "https://rp.example/cb#",
        "https://user@rp.example/cb",
        "https://user:word@rp.example/cb",
        "https://*.rp.example/cb",
        "https://rp.example/*",
        "https://rp.example\\@evil.example/cb",
        "https://rp.example/cb\n",
        "https://rp.example/ cb",
        "https://dcс.example/cb",
        "https:///cb",
        "https:rp.example",
        "https://[::1/cb",
        "//rp.example/cb",
        "/cb",
        "",
    ],
)
def test_oa_003_an_address_that_cannot_be_registered(uri: str) -> None:
    assert address_fault(uri)
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        document = application("guest", oidc={name: [uri]})
        faults = check_client(read_registration(document, frozenset({"password"})))
        assert any(fault.place == f"oidc.{name}" for fault in faults), faults


@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": "token"},
        {"response_type": None},
        {"scope": "nothing"},
        {"scope": None},
        {"code_challenge": None, "code_challenge_method": None},
        {"request_uri": "https://evil.example/r"},
        {"prompt": "none login"},
        {"prompt": "none"},
        {"claims": "{"},
        {"state": "s" * 5000},
    ],
    ids=str,
)
def test_oa_004_a_wrong_address_comes_before_any_other_fault(
    shared: World, changes: dict[str, str | None]
) -> None:
    client = shared.client("dcc")
    url = client.authorize_url(redirect_uri="https://evil.example/cb", **changes)
    for browser in (settled(shared), shared.browser()):
        assert_page(browser.request("GET", url), "application-misconfigured")


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": "nothing"},
        {"response_type": "token"},
        {"code_challenge": None},
        {"max_age": "-1"},
        {"claims": "[]"},
        {"id_token_hint": "garbage"},
    ],
    ids=str,
)
def test_oa_005_a_faulty_request_sends_nobody_away_before_they_are_known(
    shared: World, changes: dict[str, str | None]
) -> None:
    client = shared.client("dcc")
    url = client.authorize_url(**changes)
    response = shared.browser().request("GET", url)
    assert_page(response, "application-request")
    # The way back is a click, and tells the application the same error.
    assert f"{client.redirect_uri}?error=" in response.get_data(as_text=True)
    known = settled(shared).request("GET", url)
    assert known.status_code == 303
    answered = client.answered(known)
    assert answered["error"]
    assert answered["iss"] == shared.issuer
