# SPDX-License-Identifier: Apache-2.0
"""Forged requests: no unsafe method anywhere without a check (WB-004, WB-005)."""

from typing import Any

import pytest

from tests.security.crawl import (
    UNSAFE,
    begin,
    csrf,
    endpoints,
    prefixes,
    raw,
    rules,
)
from tests.security.posted import POSTED_BY_OTHERS, POSTED_BY_PROGRAMS, TAKING_MORE
from tests.world import ISSUER, World, open_world, populate

ELSEWHERE = "https://elsewhere.example"
# What a browser says of the request, and whether a form with a right token may then pass.
TOLD = [
    ({}, True),
    ({"Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Site": "same-origin", "Origin": ISSUER}, True),
    # Under our own Referrer-Policy, no-referrer, browsers send this with our own forms.
    ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
    ({"Origin": "null"}, True),
    ({"Origin": ISSUER}, True),
    # Typed, or a form sent again by reloading: nobody else's page began it.
    ({"Sec-Fetch-Site": "none"}, True),
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "same-site"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": ISSUER}, False),
    ({"Sec-Fetch-Site": "Same-Origin"}, False),
    ({"Sec-Fetch-Site": "same-origin, cross-site"}, False),
    ({"Origin": ELSEWHERE}, False),
    ({"Origin": f"{ISSUER}.evil.example"}, False),
    ({"Origin": f"{ISSUER}/"}, False),
    ({"Origin": ISSUER.replace("https", "http")}, False),
    ({"Origin": f"{ISSUER}:8443"}, False),
    ({"Origin": f"{ISSUER} {ELSEWHERE}"}, False),
]


def unsafe_pages(world: World) -> list[tuple[str, str]]:
    """Every page that takes an unsafe method."""
    return [
        (method, path)
        for path, methods in rules(world)
        for method in sorted(methods)
        if method in UNSAFE
    ]


def test_wb_004_no_page_takes_an_unsafe_method_without_a_form_of_ours(world: World) -> None:
    """Crawls the map of addresses: a page added tomorrow is held to it."""
    found = unsafe_pages(world)
    assert ("POST", "/logout") in found
    browser = world.browser()
    world.client("plain").tokens(browser)
    browser.get("/account")
    token, other = csrf(browser), world.browser()
    other.get("/")
    foreign = csrf(other)
    before = state(world)
    for method, path in found:
        for data in (
            {},
            {"csrf": ""},
            {"csrf": foreign},
            {"csrf": token[:-1]},
            {"csrf": token * 2},
        ):
            answer = browser.request(method, path, data=data)
            assert answer.status_code == 403, f"{method} {path} {data}"
            assert browser.problem == "form-expired", f"{method} {path}"
        answer = raw(world, method, path, data={"csrf": token})
        assert answer.status_code == 403, f"{method} {path}: without the browser's cookie"
        # In the address, in a header or as JSON it counts for nothing.
        for options in (
            {"query_string": {"csrf": token}},
            {"headers": {"X-CSRF-Token": token}},
            {"json": {"csrf": token}},
        ):
            answer = browser.request(method, path, **options)
            assert answer.status_code == 403, f"{method} {path} {options}"
    assert state(world) == before


def state(world: World) -> dict[str, Any]:
    """How much there is in each table."""
    with world.core.database.read() as tx:
        return {
            table: tx.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in ("sessions", "grants", "tokens", "consents", "audit_events")
        }


def test_wb_004_what_others_may_post_is_a_closed_list(sqlite_world: World) -> None:
    """The endpoints of the protocols that take an unsafe method: each has its reason."""
    taking = set()
    for path in endpoints(sqlite_world):
        for method in UNSAFE:
            answer = raw(sqlite_world, method, path)
            if answer.status_code != 405:
                taking.add(path)
                assert method == "POST" or path in TAKING_MORE, path
    assert taking == set(POSTED_BY_OTHERS)
    assert prefixes(sqlite_world) == sorted(POSTED_BY_PROGRAMS)


@pytest.mark.parametrize("path", ["/api/v1/accounts", "/scim/v2/Users"])
def test_wb_004_programs_are_known_by_their_token_alone(sqlite_world: World, path: str) -> None:
    browser = sqlite_world.browser()
    browser.get("/login")
    browser.log_in("administrateur")
    for method in ("GET", "POST"):
        assert browser.request(method, path, json={}).status_code == 401, method


def test_wb_004_where_a_form_comes_from(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    browser.get("/help")
    right = {"csrf": csrf(browser), "locale": "en", "next": "/help"}
    for headers, passes in TOLD:
        answer = browser.request("POST", "/language", data=right, headers=headers)
        assert answer.status_code == (303 if passes else 403), headers
        answer = browser.request(
            "POST", "/language", data=right | {"csrf": "x" * 40}, headers=headers
        )
        assert answer.status_code == 403, headers


def test_wb_004_the_token_of_another_installation_is_nothing(sqlite_world: World, tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    populate(url)
    other = open_world(url)
    browser = other.browser()
    browser.get("/help")
    token, secret = csrf(browser), browser.cookie("browser")
    other.provider.close()
    answer = raw(
        sqlite_world,
        "POST",
        "/language",
        {"Cookie": f"__Host-sceau_browser={secret}"},
        data={"csrf": token, "locale": "en"},
    )
    assert answer.status_code == 403


def test_wb_004_a_login_can_not_be_forged(world: World) -> None:
    """Somebody's own account forced upon another person's browser (OA-170)."""
    attacker, victim = world.browser("192.0.2.66"), world.browser()
    journey = begin(attacker, "plain")
    fields = attacker.form("/password")[1]
    victim.get("/")
    answer = victim.request(
        "POST",
        f"{journey}/password",
        data=fields | {"identifier": "cdurand", "password": "x"},
        headers={"Sec-Fetch-Site": "cross-site", "Origin": ELSEWHERE},
    )
    assert answer.status_code == 403
    own = csrf(victim)
    answer = victim.request("POST", f"{journey}/password", data=fields | {"csrf": own})
    assert victim.problem == "journey-other-browser"
    assert answer.status_code == 410


def test_wb_004_logging_out_needs_the_ticket_of_its_page(world: World) -> None:
    browser = world.browser()
    world.client("plain").tokens(browser)
    browser.get("/")
    token = csrf(browser)
    for data in ({"csrf": token}, {"csrf": token, "ticket": "x.y.z"}):
        assert browser.request("POST", "/logout", data=data).status_code == 403
    assert browser.request("GET", "/account").status_code == 200
    browser.get("/logout")
    browser.submit("/logout")
    assert browser.request("GET", "/account").status_code == 303


def test_wb_004_a_form_is_dead_after_the_logout(sqlite_world: World) -> None:
    """The browser's secret changes there: what was left open in a tab sends nothing more."""
    browser = sqlite_world.browser()
    sqlite_world.client("plain").tokens(browser)
    browser.get("/help")
    token = csrf(browser)
    browser.get("/logout")
    browser.submit("/logout")
    answer = browser.request("POST", "/language", data={"csrf": token, "locale": "en"})
    assert answer.status_code == 403


def test_wb_005_an_unsafe_thing_is_not_done_by_get_or_head(world: World) -> None:
    browser = world.browser()
    outside = world.client("outside")
    outside.ask(browser)
    browser.log_in()
    action, fields = browser.form("/consent")
    before = state(world)
    for method in ("GET", "HEAD"):
        for path, values in (
            (action, fields | {"answer": "accept"}),
            ("/logout", {"csrf": fields["csrf"]}),
            (action.replace("/consent", "/cancel"), fields),
        ):
            answer = browser.request(method, path, query_string=values)
            assert answer.status_code in {200, 303, 405}, path
    assert browser.request("GET", "/language?locale=en").status_code == 405
    assert set(browser.last.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert state(world) == before
    assert browser.request("GET", "/account").status_code == 200


def test_wb_005_the_method_is_the_requests_own(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    browser.get("/help")
    token = csrf(browser)
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        answer = browser.request("GET", "/language?locale=en", headers={header: "POST"})
        assert answer.status_code == 405, header
        answer = browser.request("POST", "/help", headers={header: "GET"}, data={"csrf": token})
        assert answer.status_code == 405, header
    for method in ("PUT", "DELETE", "PATCH"):
        answer = browser.request("POST", "/language", data={"csrf": token, "_method": method})
        assert answer.status_code == 303
        answer = raw(sqlite_world, "GET", "/oidc/token", {"X-HTTP-Method-Override": "POST"})
        assert answer.status_code == 405


def test_wb_005_an_unknown_method_is_refused_everywhere(sqlite_world: World) -> None:
    for method in ("BREW", "CONNECT", "PROPFIND", ""):
        for path in ["/", "/language", "/nothing", *endpoints(sqlite_world)]:
            answer = raw(sqlite_world, "GET", path, environ_overrides={"REQUEST_METHOD": method})
            assert answer.status_code in {404, 405}, path


def test_wb_005_small_letters_are_no_way_round_the_check(sqlite_world: World) -> None:
    for method in ("post", "Post"):
        answer = raw(sqlite_world, "GET", "/language", environ_overrides={"REQUEST_METHOD": method})
        assert answer.status_code == 403


# A login begins there, or a logout: by GET alone, for a HEAD of some scanner uses nothing up.
BEGINNINGS = {
    *("/oidc/authorize", "/saml/sso", "/saml/resume", "/saml/start", "/headers/enter"),
    "/saml/slo",
}


def test_wb_005_head_is_get_without_its_body(sqlite_world: World) -> None:
    paths = [path for path in endpoints(sqlite_world) if path not in BEGINNINGS]
    for path in ["/", "/help", "/nothing", "/static/js/sceau.js", *paths]:
        got, head = (raw(sqlite_world, method, path) for method in ("GET", "HEAD"))
        assert head.status_code == got.status_code, path
        assert head.get_data() == b"", path
        assert head.headers.get("Content-Type") == got.headers.get("Content-Type"), path
        length = head.headers.get("Content-Length")
        assert abs(int(length or 0) - len(got.get_data())) < 64, path


@pytest.mark.parametrize("path", ["/login", "/saml/sso", "/saml/slo", "/oidc/authorize"])
def test_wb_004_what_another_site_posts_takes_no_cookie_from_the_browser(
    sqlite_world: World, path: str
) -> None:
    """It comes without them; an answer that set new ones would end every form under way here."""
    answer = raw(sqlite_world, "POST", path, {"Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code >= 400
    assert "Set-Cookie" not in answer.headers
