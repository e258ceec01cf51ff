# SPDX-License-Identifier: Apache-2.0
"""Logging out: asked, changed one's mind, told honestly, and nothing stays behind."""

from playwright.sync_api import expect

from tests.browser.tour import logout_not_everywhere, logout_question


def test_staying_keeps_everything(visit) -> None:
    somebody = visit()
    logout_question(somebody)
    somebody.follow(somebody.main.locator("a.button-secondary"))
    expect(somebody.page.locator(".top-person")).to_be_visible()
    somebody.open_example("dcc", "/dossiers")
    somebody.expect_application("dcc")


def test_applications_that_could_not_be_told_are_named(visit) -> None:
    somebody = visit()
    logout_not_everywhere(somebody)
    expect(somebody.page.locator(".reached-reached")).to_contain_text("DCC")
    expect(somebody.page.locator(".reached-failed")).to_contain_text("DEAF")
    expect(somebody.page.locator(".reached-untold")).to_contain_text("UNTOLD")
    expect(somebody.page.locator(".notice-warning")).to_be_visible()


def test_oa_177_an_image_logs_nobody_out(visit) -> None:
    somebody = visit()
    somebody.open("/login")
    somebody.log_in()
    expect(somebody.page.locator(".top-person")).to_be_visible()
    for path in ("/logout", "/oidc/logout"):
        somebody.page.evaluate(
            "path => new Promise(done => { const i = new Image(); i.onerror = i.onload = done;"
            " i.src = path })",
            path,
        )
    somebody.open("/account")
    expect(somebody.page.locator(".groups")).to_be_visible()


def test_a_second_press_of_logout_is_harmless(visit) -> None:
    somebody = visit()
    logout_question(somebody)
    other = somebody.tab()
    other.open("/logout")
    for one in (somebody, other):
        one.follow(one.page.locator("form[action='/logout'] button"))
        expect(one.page.get_by_role("heading", level=1)).to_be_visible()
    assert not somebody.problem
    somebody.open("/account")
    somebody.expect_login()


def test_logging_in_again_after_a_logout(visit) -> None:
    somebody = visit()
    somebody.log_in_to("dcc")
    somebody.log_out_of("dcc")
    somebody.follow(somebody.page.locator("main a.button"))
    somebody.log_in()
    somebody.expect_application("dcc")
