# SPDX-License-Identifier: Apache-2.0
"""A forgotten password: a link or a temporary password, and never a word on who has an account."""

import pytest
from playwright.sync_api import expect

from tests.browser.pages import Visit, identifier_of
from tests.browser.renewal import (
    FORGOTTEN,
    FRESH,
    OTHER,
    PATIENT,
    PHONE,
    RESETTING,
    arrange,
    at_forgotten,
    choose,
    expect_rule,
    forget,
    letters,
    work,
)
from tests.browser.test_every_page import UNDRESS, examine
from tests.cast import PASSWORD

WAYS = [("fr", True), ("fr", False), ("en", True), ("en", False)]
IDS = ["fr-script", "fr-no-script", "en-script", "en-no-script"]
OVER = {"fr": "Ce lien n’est plus valable", "en": "This link is no longer valid"}
ASK = {"fr": "Demander un autre lien", "en": "Ask for another link"}


def asked(somebody: Visit, name: str) -> str:
    """From the login page to the answer; its words."""
    at_forgotten(somebody)
    forget(somebody, name)
    assert somebody.path == "/password/sent"
    return somebody.main.inner_text()


@pytest.mark.parametrize(("locale", "javascript"), WAYS, ids=IDS)
def test_a_professional_chooses_a_new_one_by_a_link_that_works_once(
    visit, locale: str, javascript: bool
) -> None:
    somebody, elsewhere = visit(locale=locale, javascript=javascript, width=390), visit()
    arrange(somebody, RESETTING)
    elsewhere.log_in_to("dcc", RESETTING)
    asked(somebody, identifier_of(RESETTING))
    work(somebody)
    (letter,) = letters(somebody, "reset-link")
    assert letter.channel == "email"
    somebody.page.goto(str(letter.values["link"]))
    # What must not be seen over a shoulder, or kept by the browser, is out of the address.
    assert somebody.path == "/password/new"
    expect(somebody.main.locator("strong").first).to_have_text(identifier_of(RESETTING))
    choose(somebody, PASSWORD)
    expect_rule(somebody, "history", "unmet")
    choose(somebody, FRESH)
    # It opens nothing by itself (CR-044), and leads to where it does.
    expect(somebody.page.locator(".top-person")).to_have_count(0)
    somebody.follow(somebody.main.locator("a.button"))
    somebody.log_in(RESETTING, FRESH)
    expect(somebody.page.locator(".top-person")).to_be_visible()
    # What was open with the old one is over, here and at the application.
    elsewhere.open_example("dcc", "/dossiers")
    elsewhere.expect_login()
    # The link once more, in whichever browser: a clear page, and the way to another one.
    for one in (somebody, visit(locale=locale, javascript=javascript)):
        one.page.goto(str(letter.values["link"]))
        one.expect_problem("reset-over")
        expect(one.page.get_by_role("heading", level=1)).to_have_text(OVER[locale])
        way = one.main.locator(".actions a", has_text=ASK[locale])
        one.follow(way)
        assert one.path == FORGOTTEN


def test_a_link_opened_in_two_tabs_is_used_in_one(visit) -> None:
    somebody = visit()
    arrange(somebody, RESETTING)
    asked(somebody, identifier_of(RESETTING))
    work(somebody)
    (letter,) = letters(somebody, "reset-link")
    other = somebody.tab()
    for tab in (somebody, other):
        tab.page.goto(str(letter.values["link"]))
    choose(somebody, FRESH)
    choose(other, OTHER)
    other.expect_problem("reset-over")
    other.open("/login")
    other.log_in(RESETTING, FRESH)
    expect(other.page.locator(".top-person")).to_be_visible()


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize(("locale", "javascript"), WAYS, ids=IDS)
def test_a_patient_is_sent_a_temporary_one_and_replaces_it(
    visit, locale: str, javascript: bool, channel: str
) -> None:
    somebody = visit(locale=locale, javascript=javascript, width=390)
    arrange(somebody, PATIENT, phone=PHONE if channel == "sms" else "")
    asked(somebody, identifier_of(PATIENT))
    work(somebody)
    (letter,) = letters(somebody, "temporary-password")
    wanted = {"sms": PHONE, "email": f"{identifier_of(PATIENT)}@chu.example"}
    assert (letter.channel, letter.recipient) == (channel, wanted[channel])
    # Until it is used the old one goes on: whoever knows a name locks nobody out.
    somebody.follow(somebody.main.locator("a.button"))
    other = visit(locale=locale, javascript=javascript)
    other.open("/login")
    other.log_in(PATIENT)
    expect(other.page.locator(".top-person")).to_be_visible()
    somebody.log_in(PATIENT, str(letter.values["password"]))
    expect_rule(somebody, "length", "open")
    choose(somebody, str(letter.values["password"]))
    expect_rule(somebody, "history", "unmet")
    choose(somebody, FRESH)
    expect(somebody.page.locator(".top-person")).to_be_visible()
    other.open("/account")
    other.expect_login()
    other.log_in(PATIENT, FRESH)
    expect(other.page.locator(".top-person")).to_be_visible()


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_cr_030_nobody_learns_who_has_an_account(visit, locale: str) -> None:
    somebody = visit(locale=locale)
    arrange(somebody, RESETTING)
    names = [identifier_of(RESETTING), identifier_of(PATIENT), "ancienne", "nobody.of.this.name"]
    assert len({asked(somebody, name) for name in names}) == 1
    # The sender is not known either: it is the same page as it was left, with its help.
    somebody.main.locator("summary").click()
    somebody.follow(somebody.main.locator(f"details a[href='{FORGOTTEN}']"))
    expect(somebody.page.locator("#identifier")).to_have_value("")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_the_way_back_is_the_login_that_one_came_from(visit, javascript: bool) -> None:
    somebody = visit(javascript=javascript)
    somebody.open_example("dcc", "/dossiers")
    journey = somebody.path
    somebody.follow(somebody.main.locator(f"a[href^='{FORGOTTEN}']"))
    forget(somebody, "somebody")
    somebody.follow(somebody.main.locator("a.button"))
    assert somebody.path == journey
    somebody.log_in()
    somebody.expect_application("dcc")


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_a_link_that_is_over_is_told_accessibly(visit, locale: str) -> None:
    somebody = visit(locale=locale, width=390)
    somebody.open("/password/reset/of-a-link-that-is-over")
    somebody.expect_problem("reset-over")
    somebody.page.evaluate(UNDRESS)
    assert examine(somebody.page, locale) == []
