# SPDX-License-Identifier: Apache-2.0
"""Headers of every answer, and nothing inline in any page (WB-001, WB-002, WB-036)."""

import re
from urllib.parse import urlsplit

import pytest

from idp.http.headers import SecurityHeaders
from idp.http.problems import PROBLEMS
from tests.cast import APPLICATIONS
from tests.security.crawl import Seen, endpoints, raw, rules
from tests.security.logout_visits import CARRIED_TO
from tests.security.provider_visits import PROVIDER
from tests.security.provider_visits import SITES as PROVIDERS
from tests.world import ISSUER, open_world

AGENT = "http://localhost:8006"
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}
# In which applications ask; it shows nothing, and does nothing but answer them.
FRAME = "/oidc/session-frame"
HELD_BY_ANYBODY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "*",
}
PUBLIC = {
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/ssf-configuration",
    "/oidc/jwks",
    "/api/openapi.json",
}
# Read by servers alone, not by scripts of other sites.
KEPT = PUBLIC | {FRAME, "/saml/metadata", "/region/logo", "/upstream/saml/chs/metadata"}
SCRIPT = re.compile(r"\s*(javascript|vbscript|data:text)", re.IGNORECASE)
# Brought on by nothing in a crawl, and shown in tests of their own.
RARE = {"directory-too-often", "forbidden", "too-many"}
SITES = {
    f"{parts.scheme}://{parts.netloc}"
    for one in APPLICATIONS.values()
    for parts in map(urlsplit, one["oidc"]["redirect_uris"])
} | {"https://findable.example", "https://old.example"}
SITES |= {f"https://{key}.example" for key in ("asking", "asked", "posted", "practising")}
TRYING = f"/admin/providers/{PROVIDER.alias}/try"
SITES |= PROVIDERS | {f"https://{key}.example" for key in ("file", "homely", "television")}
PROSANTE = frozenset(
    {"https://auth.bas.psc.esante.gouv.fr", "https://wallet.bas.psc.esante.gouv.fr"}
)
# What a page of ours holds in a frame, and the only page that holds some.
FRAMED = re.compile("/logout/[^/]+/ask/[^/]+")
HOLDING = re.compile("/logout/[^/]+")


# A table that an administrator saves: wherever it is opened, it may do nothing at all.
SAVED = "sandbox; default-src 'none'"


def is_saved(answer: Seen) -> bool:
    """Whether it is such a file."""
    return answer.path.startswith("/admin/") and "Content-Disposition" in answer.headers


def is_framed(answer: Seen) -> bool:
    """Whether it is for a frame of ours."""
    return (
        answer.method == "GET"
        and answer.status == 200
        and FRAMED.fullmatch(answer.path) is not None
    )


def policy_of(answer: Seen) -> dict[str, str]:
    """The directives of an answer's Content-Security-Policy, form-action apart."""
    parts = [
        part.strip().partition(" ") for part in answer.headers["Content-Security-Policy"].split(";")
    ]
    assert len({name for name, _, _ in parts}) == len(parts), "a directive given twice"
    return {name: value for name, _, value in parts}


PAGES_OF_CARDS = ("/login/", "/toolbox", "/registration/card")


def test_the_walk_saw_every_address_and_every_problem(crawled: list[Seen], sqlite_world) -> None:
    paths = {one.path.partition("?")[0] for one in crawled}
    assert {path for path, _ in rules(sqlite_world)} <= paths
    assert set(endpoints(sqlite_world)) <= paths
    shown = {
        problem
        for one in crawled
        if one.kind == "text/html"
        for problem in re.findall(r'<main[^>]* data-error="([^"]+)"', one.text)
    }
    assert set(PROBLEMS) - RARE <= shown
    assert {200, 303, 400, 401, 403, 404, 405, 410, 413, 415, 416, 429, 500, 503} <= {
        one.status for one in crawled
    }


def sites_there(answer: Seen) -> frozenset[str]:
    """Of Pro Santé Connect, to which step 1 of a registration leads, and no other page here."""
    leads = answer.path.partition("?")[0].startswith("/registration/card")
    return PROSANTE if leads else frozenset()


def test_wb_001_the_policy_is_exact_on_every_answer(ours: list[Seen]) -> None:
    assert {one.headers["Content-Security-Policy"] for one in ours if is_saved(one)} == {SAVED}
    for answer in ours:
        if is_saved(answer):
            continue
        found = policy_of(answer)
        if answer.path == FRAME and answer.status == 200:
            assert found == HELD_BY_ANYBODY
            continue
        targets = found.pop("form-action").split()
        spoken_to = found.pop("connect-src").split()
        frames = found.pop("frame-src", "'self'").split()
        assert set(frames[1:]) <= (CARRIED_TO if HOLDING.fullmatch(answer.path) else set())
        if is_framed(answer):
            assert found.pop("frame-ancestors") == "'self'"
            found["frame-ancestors"] = "'none'"
        assert found == {name: value for name, value in POLICY.items() if name != "connect-src"}
        assert spoken_to[0] == "'self'", str(answer)
        # AG-006: pages that ask the agent of their workstation, and no other one.
        asking = answer.path.startswith(PAGES_OF_CARDS) and answer.status == 200
        assert spoken_to[1:] in ([], [AGENT] if asking else []), str(answer)
        assert targets[0] == "'self'", str(answer)
        assert set(targets[1:]) <= SITES | sites_there(answer), str(answer)


def test_wb_001_forms_lead_where_their_policy_says_and_nowhere_else(pages: list[Seen]) -> None:
    led = set()
    for page in pages:
        allowed = policy_of(page)["form-action"].split()
        for form in page.html.find_all("form"):
            action = form["action"]
            # A search changes nothing: it may be kept as an address, and sent again.
            searching = form.get("role") == "search"
            assert form["method"] == ("get" if searching else "post"), str(page)
            if not action.startswith("/"):
                led.add(action)
                site = urlsplit(action)
                assert f"{site.scheme}://{site.netloc}" in allowed, str(page)
            else:
                assert not action.startswith("//"), str(page)
    # An answer, or a question, that goes by the browser: nothing else leads away.
    assert led == {
        "https://plain.example/cb",
        "https://posted.example/acs",
        "https://posted.example/slo/post",
    }


def test_wb_001_only_pages_of_a_journey_may_lead_to_its_application(ours: list[Seen]) -> None:
    """The login page must let the 303 after its form lead to the application, other pages not."""
    for answer in ours:
        if is_saved(answer):
            continue
        targets = set(policy_of(answer)["form-action"].split()[1:]) - sites_there(answer)
        path = answer.path.partition("?")[0]
        if path in {"/account/providers/new", TRYING}:
            # Whoever links a provider, or tries it, is sent there, and nowhere else.
            assert targets <= PROVIDERS, str(answer)
        elif targets:
            known = ("/login/", "/oidc/", "/saml/", "/logout/", "/launch/")
            assert path.startswith(known), str(answer)
    assert any(policy_of(one)["form-action"] == "'self' https://dcc.example" for one in ours)


def test_wb_001_nothing_is_inline(pages: list[Seen]) -> None:
    assert len(pages) > 60
    for page in pages:
        document = page.html
        for script in document.find_all("script"):
            assert script["src"].startswith("/static/"), str(page)
            assert not script.get_text(strip=True), str(page)
        assert not document.find_all(["style", "iframe", "object", "embed", "base"]), str(page)
        for tag in document.find_all(True):
            for name, value in tag.attrs.items():
                assert not name.lower().startswith("on"), f"{page}: {tag}"
                assert name.lower() != "style", f"{page}: {tag}"
                text = value if isinstance(value, str) else " ".join(value)
                assert not SCRIPT.match(text), f"{page}: {tag}"
        for link in document.find_all("link"):
            assert link["href"].startswith("/static/"), str(page)
        for image in document.find_all("img"):
            assert image["src"].startswith("/"), str(page)


def test_wb_002_security_headers_are_on_every_answer(ours: list[Seen]) -> None:
    for answer in ours:
        for name, usual in ALWAYS.items():
            value = usual
            if name == "X-Frame-Options" and is_framed(answer):
                value = "SAMEORIGIN"
            assert answer.headers.get_all(name) == [value], f"{answer}: {name}"
        policy = answer.headers["Permissions-Policy"]
        for feature in ("camera", "geolocation", "microphone", "payment", "usb"):
            assert f"{feature}=()" in policy, str(answer)
        path = answer.path.partition("?")[0]
        shared = path in PUBLIC and answer.status in {200, 304}
        resource = "cross-origin" if shared else "same-origin"
        assert answer.headers.get_all("Cross-Origin-Resource-Policy") == [resource], str(answer)
        allowed = answer.headers.get("Access-Control-Allow-Origin")
        assert allowed == ("*" if shared else None), str(answer)
        assert "Access-Control-Allow-Credentials" not in answer.headers, str(answer)


def test_wb_002_no_header_comes_twice_or_tells_the_software(crawled: list[Seen]) -> None:
    for answer in crawled:
        names = [name.lower() for name, _ in answer.headers if name.lower() != "set-cookie"]
        assert len(names) == len(set(names)), f"{answer}: {sorted(names)}"
        assert not {"server", "x-powered-by", "via"} & set(names), str(answer)
        if answer.kind == "text/html":
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8", str(answer)


def test_wb_002_no_hsts_where_there_is_no_tls(sqlite_url: str) -> None:
    """RFC 6797 §7.2: never over http; every other header stays."""
    secure = dict(SecurityHeaders(secure=True).plain)
    plain = dict(SecurityHeaders(secure=False).plain)
    assert set(secure) - set(plain) == {"Strict-Transport-Security"}
    world = open_world(sqlite_url, SERVER_ISSUER="http://localhost:8000")
    world.issuer = "http://localhost:8000"
    for path in ("/", "/nothing", "/oidc/jwks", "/static/js/sceau.js"):
        answer = raw(world, "GET", path)
        assert "Strict-Transport-Security" not in answer.headers
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    world.provider.close()


def is_kept(answer: Seen) -> bool:
    """Whether a cache may keep this answer."""
    return "no-store" not in answer.headers.get("Cache-Control", "")


def test_wb_036_only_public_things_may_be_kept(crawled: list[Seen]) -> None:
    for answer in crawled:
        if answer.method == "OPTIONS" or not is_kept(answer):
            continue
        path = answer.path.partition("?")[0]
        public = path in KEPT or path.startswith("/static/")
        assert public, f"{answer}: {dict(answer.headers)}"
        assert answer.status in {200, 206, 304}, str(answer)
        assert "Set-Cookie" not in answer.headers, str(answer)


def test_wb_036_an_address_that_looks_static_is_never_kept(sqlite_world) -> None:
    """Cache deception: a page of somebody's own under the address of a style sheet."""
    browser = sqlite_world.browser()
    sqlite_world.client("plain").tokens(browser)
    for path in (
        "/static/nothing.css?v=1",
        "/static/../account?v=1",
        "/account/x.css",
        "/account;x.css",
        "/.well-known/x.css",
        "/.well-known/openid-configuration/x.css",
        "/login/x.css",
        "/oidc/userinfo/x.css",
        "/region/logo.css",
    ):
        answer = browser.request("GET", path)
        assert answer.status_code in {303, 400, 401, 404}, path
        assert "no-store" in answer.headers["Cache-Control"], path
        assert "Durand" not in answer.get_data(as_text=True) or answer.status_code == 404, path


def test_wb_036_tokens_and_pages_say_no_store_and_nothing_else(crawled: list[Seen]) -> None:
    for answer in crawled:
        private = answer.path.startswith(("/oidc/token", "/oidc/userinfo", "/account", "/login/"))
        if private and answer.method in {"GET", "POST"}:
            assert answer.headers["Cache-Control"] == "no-store", str(answer)


@pytest.mark.parametrize("path", ["/static/css/sceau.css", "/oidc/jwks"])
def test_wb_036_public_things_carry_no_cookie_and_do_not_vary(sqlite_world, path: str) -> None:
    answer = raw(sqlite_world, "GET", path, {"Cookie": "__Host-sceau_lang=en"})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_wb_002_addresses_in_answers_are_the_issuers_or_a_registered_one(
    crawled: list[Seen],
) -> None:
    led = set()
    for answer in crawled:
        location = answer.headers.get("Location")
        if location is None:
            continue
        assert answer.status == 303, str(answer)
        site = urlsplit(location)
        if location.startswith("/"):
            assert not location.startswith("//"), str(answer)
        else:
            led.add(f"{site.scheme}://{site.netloc}")
    assert led <= SITES | {ISSUER}
    assert ISSUER in led
