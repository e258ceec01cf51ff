# SPDX-License-Identifier: Apache-2.0
"""The provider among other sites and hosts: redirects, CORS, frames, poisoned names, logs."""

import json
import logging
from urllib.parse import urlsplit

import pytest
from werkzeug.test import Client

from tests.cast import PASSWORD, SECRET
from tests.protocol.kit import send, settled
from tests.security.crawl import Seen
from tests.world import World

DISCOVERY = "/.well-known/openid-configuration"
EVIL = "evil.example"


def test_oa_008_a_password_is_never_posted_on(sqlite_world: World) -> None:
    """RFC 9700 §4.12: 303 and no other, so that the browser drops the body."""
    client = sqlite_world.client("dcc")
    browser = sqlite_world.browser()
    client.ask(browser)
    action, fields = browser.form("/password")
    fields |= {"identifier": "cdurand", "password": PASSWORD}
    seen = [browser.request("POST", action, data=fields)]
    while "Location" in seen[-1].headers and seen[-1].headers["Location"].startswith("/"):
        seen.append(browser.request("GET", seen[-1].headers["Location"]))
    assert {response.status_code for response in seen} == {303}
    assert PASSWORD not in "".join(response.headers["Location"] for response in seen)


def test_oa_008_every_redirect_after_a_form_is_a_303(crawled: list[Seen]) -> None:
    redirects = [one for one in crawled if one.status in {301, 302, 303, 307, 308}]
    assert redirects
    assert {one.status for one in redirects} == {303}


FRAME = "/oidc/session-frame"
ORIGINS = ["https://evil.example", "https://dcc.example", "null", "https://sceau.example.evil"]


@pytest.mark.parametrize("origin", ORIGINS)
def test_oa_018_no_script_of_another_site_reads_the_authorization_endpoint(
    sqlite_world: World, origin: str
) -> None:
    browser = settled(sqlite_world)
    headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    url = sqlite_world.client("dcc").authorize_url()
    for method in ("GET", "POST", "OPTIONS", "HEAD"):
        response = browser.request(method, url, headers=headers)
        assert not [name for name, _ in response.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize(
    "path",
    [
        "/oidc/token",
        "/oidc/userinfo",
        "/oidc/introspect",
        "/oidc/revoke",
        "/oidc/logout",
        "/oidc/par",
        "/oidc/device_authorization",
        "/oidc/bc-authorize",
        "/ssf/stream",
        "/ssf/poll",
    ],
)
def test_oa_117_no_origin_is_reflected(sqlite_world: World, path: str, origin: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        response = send(sqlite_world, method, path, headers={"Origin": origin})
        assert not [name for name, _ in response.headers if name.startswith("Access-Control")]


def test_oa_019_no_page_can_be_framed(crawled: list[Seen]) -> None:
    pages = [one for one in crawled if "text/html" in one.headers.get("Content-Type", "")]
    assert {one.status for one in pages} >= {200, 400, 404}
    for one in pages:
        if one.path == FRAME and one.status == 200:
            # It shows nothing, and is made for frames: tests/protocol/oidc/test_session_frame.py.
            continue
        # Ours alone, by a logout that the browser carries; it asks nobody for anything.
        ours = one.path.startswith("/logout/") and "/ask/" in one.path
        ours = ours and (one.method, one.status) == ("GET", 200)
        ancestors = "frame-ancestors 'self'" if ours else "frame-ancestors 'none'"
        assert ancestors in one.headers["Content-Security-Policy"]
        assert one.headers["X-Frame-Options"] == ("SAMEORIGIN" if ours else "DENY")


POISON = {
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Port": "8080",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Server": EVIL,
    "X-Original-Host": EVIL,
    "X-Original-URL": f"https://{EVIL}/",
    "X-Rewrite-URL": "/evil",
    "X-Host": EVIL,
    "Forwarded": f"for=1.2.3.4;host={EVIL};proto=http",
    "Front-End-Https": "off",
}


@pytest.mark.parametrize("header", POISON)
def test_oa_162_cve_2025_64101_headers_name_nothing(sqlite_world: World, header: str) -> None:
    world = sqlite_world
    poisoned = {header: POISON[header]}
    plain = send(world, "GET", DISCOVERY)
    response = send(world, "GET", DISCOVERY, headers=poisoned)
    assert response.data == plain.data
    assert EVIL not in json.dumps(plain.get_json())
    browser = world.browser(**poisoned)
    client = world.client("dcc")
    response = client.ask(browser)
    assert EVIL not in response.get_data(as_text=True)
    response = browser.log_in()
    assert EVIL not in str(response.headers)
    tokens = client.redeem(client.answered(response)["code"]).json
    claims = client.introspect(tokens["access_token"]).json
    assert claims["iss"] == world.issuer


@pytest.mark.parametrize(
    "host",
    [
        EVIL,
        "sceau.example.evil.example",
        "sceau.example:8443",
        "sceau.example@evil.example",
        "evil.example#sceau.example",
        "sceau.example, evil.example",
        "sceau.example evil.example",
        "127.0.0.1",
        "[::1]",
        "",
    ],
)
@pytest.mark.parametrize("path", [DISCOVERY, "/login", "/oidc/authorize", "/", "/nowhere"])
def test_oa_162_a_foreign_host_gets_nothing(sqlite_world: World, host: str, path: str) -> None:
    response = Client(sqlite_world.provider.web).get(path, headers={"Host": host})
    assert response.status_code == 400
    assert "Location" not in response.headers
    assert "evil" not in response.get_data(as_text=True)
    assert "Set-Cookie" not in response.headers


def test_oa_162_every_address_of_discovery_is_the_issuers(sqlite_world: World) -> None:
    document = send(sqlite_world, "GET", DISCOVERY).get_json()
    for name, value in document.items():
        if name.endswith(("_endpoint", "_uri")) and isinstance(value, str):
            assert urlsplit(value)[:2] == urlsplit(sqlite_world.issuer)[:2]


def test_oa_057_no_secret_reaches_a_log_or_the_audit(
    sqlite_world: World, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    world = sqlite_world
    client = world.client("posting")
    with caplog.at_level(logging.DEBUG):
        browser = world.browser()
        code = client.code_for(browser)
        tokens = client.redeem(code).json
        client.redeem(code)
        query = {"client_id": client.key, "client_secret": SECRET, "token": "x"}
        send(world, "POST", "/oidc/token", query=query, form={"grant_type": "client_credentials"})
        send(world, "GET", "/oidc/userinfo", query={"access_token": tokens["access_token"]})
        send(world, "POST", "/oidc/token", form={"grant_type": "password", "password": PASSWORD})
        cookie = browser.cookie("session")
    captured = capfd.readouterr()
    written = caplog.text + captured.out + captured.err + repr(world.events())
    secrets = [SECRET, PASSWORD, code, cookie, client.verifier, *map(str, tokens.values())]
    found = [one for one in secrets if len(one) > 20 and one in written]
    assert found == []
