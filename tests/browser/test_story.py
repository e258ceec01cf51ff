# SPDX-License-Identifier: Apache-2.0
"""The whole story: into DCC by password, into RCP without a page, out of both."""

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_one_login_opens_both_and_one_logout_closes_both(visit, javascript: bool) -> None:
    somebody = visit(javascript=javascript)
    somebody.open_example("dcc")
    somebody.follow(somebody.page.locator("main a.button").first)
    somebody.expect_at("sceau")
    expect(somebody.page.get_by_role("heading", level=1)).to_have_text("Accès sécurisé à DCC")
    # The application is known by its own picture, which really loads.
    logo = somebody.page.locator(".door-head img.app-logo")
    expect(logo).to_be_visible()
    if javascript:
        expect(logo).to_have_js_property("complete", True)
        assert logo.evaluate("e => e.naturalWidth > 0")
    somebody.log_in()
    somebody.expect_application("dcc")
    expect(somebody.page.locator(".person-name")).to_contain_text("Durand")

    seen: list[str] = []
    somebody.page.on("framenavigated", lambda frame: seen.append(frame.url))
    somebody.follow(somebody.page.locator("a.tab-other"))
    somebody.expect_at("rcp")
    somebody.follow(somebody.page.locator("main a.button").first)
    somebody.expect_application("rcp")
    assert not [url for url in seen if "/login/" in url and url.startswith(somebody.site.issuer)]

    somebody.log_out_of("rcp")
    for key, inside in (("dcc", "/dossiers"), ("rcp", "/meetings")):
        somebody.open_example(key, inside)
        somebody.expect_login()
    somebody.open("/account")
    somebody.expect_login()


def test_logging_out_at_the_provider_ends_both_applications(visit) -> None:
    somebody = visit()
    somebody.log_in_to("dcc")
    somebody.open_example("rcp", "/meetings")
    somebody.expect_application("rcp")
    somebody.open("/logout")
    expect(somebody.main.locator(".plain-list li")).to_have_count(2)
    somebody.follow(somebody.page.locator("form[action='/logout'] button"))
    expect(somebody.main.locator(".reached-reached")).to_have_count(2)
    somebody.open_example("dcc", "/dossiers")
    somebody.expect_login()


def test_the_page_that_was_wanted_is_where_one_arrives(visit) -> None:
    somebody = visit()
    somebody.open_example("dcc", "/connection")
    somebody.log_in()
    somebody.expect_application("dcc")
    assert somebody.path == "/connection"


def test_the_portal_shows_what_is_open_and_why_the_rest_is_not(visit) -> None:
    somebody = visit()
    somebody.open("/")
    somebody.follow(somebody.main.locator("a.button"))
    somebody.log_in("infirmiere")
    expect(somebody.main.locator(".tile:not(.tile-closed) a", has_text="RCP")).to_be_visible()
    closed = somebody.main.locator(".tile-closed", has_text="DCC")
    expect(closed).to_contain_text("Onco Centre")
    somebody.follow(somebody.main.locator(".tile a", has_text="RCP"))
    somebody.expect_at("rcp")


def test_the_account_page_names_the_session_and_its_applications(visit) -> None:
    somebody = visit()
    somebody.log_in_to("rcp", "patient")
    somebody.open("/account")
    expect(somebody.main).to_contain_text("Gaëtan Ébeaupré")
    somebody.follow(somebody.main.locator("a.way[href='/account/sessions']"))
    current = somebody.main.locator(".entry", has=somebody.page.locator(".badge"))
    expect(current).to_contain_text("RCP")
