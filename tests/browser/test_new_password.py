# SPDX-License-Identifier: Apache-2.0
"""A temporary password at the first login: replaced before anything opens, then all goes on."""

import pytest
from playwright.sync_api import expect

from idp.credentials.passwords import Reason
from tests.browser.pages import Visit
from tests.browser.renewal import (
    FRESH,
    OTHER,
    RENEWING,
    TEMPORARY,
    VIEWS,
    arrange,
    at_renewal,
    choose,
    expect_rule,
)
from tests.browser.test_every_page import UNDRESS, examine
from tests.cast import PASSWORD

TITLES = {"fr": "Choisissez un nouveau mot de passe", "en": "Choose a new password"}
WAYS = [("fr", True), ("fr", False), ("en", True), ("en", False)]
IDS = ["fr-script", "fr-no-script", "en-script", "en-no-script"]


def expect_refused(somebody: Visit, locale: str) -> None:
    """Still here, told why, and the hand is where the correction is made."""
    expect(somebody.page.get_by_role("heading", level=1)).to_have_text(TITLES[locale])
    expect(somebody.page.get_by_role("alert")).to_be_visible()
    for field in ("#password", "#again"):
        expect(somebody.page.locator(field)).to_have_value("")
    expect(somebody.password).to_be_focused()


@pytest.mark.parametrize(("locale", "javascript"), WAYS, ids=IDS)
def test_the_first_login_goes_on_with_a_password_of_ones_own(
    visit, locale: str, javascript: bool
) -> None:
    somebody = visit(locale=locale, javascript=javascript, width=390)
    arrange(somebody, RENEWING, TEMPORARY, Reason.FIRST)
    somebody.open_example("dcc", "/dossiers")
    somebody.log_in(RENEWING, TEMPORARY)
    expect(somebody.page.get_by_role("heading", level=1)).to_have_text(TITLES[locale])
    # Nothing is open before that.
    elsewhere = somebody.tab()
    elsewhere.open("/account")
    elsewhere.expect_login()
    choose(somebody, "court")
    expect_refused(somebody, locale)
    expect_rule(somebody, "length", "unmet")
    # Whom one is choosing a password for, password managers know on each page.
    expect(somebody.page.locator("input[name=username]")).to_have_value("ymeunier")
    choose(somebody, FRESH, OTHER)
    expect_refused(somebody, locale)
    expect(somebody.page.locator("#again")).to_have_attribute("aria-invalid", "true")
    choose(somebody, FRESH)
    somebody.expect_application("dcc")
    assert somebody.path == "/dossiers"
    other = visit(locale=locale, javascript=javascript)
    other.open_example("dcc", "/dossiers")
    other.log_in(RENEWING, TEMPORARY)
    expect(other.page.get_by_role("alert")).to_be_visible()
    other.log_in(RENEWING, FRESH)
    other.expect_application("dcc")


@pytest.mark.parametrize(("locale", "javascript"), WAYS, ids=IDS)
def test_a_password_used_before_is_refused_and_nothing_is_lost(
    visit, locale: str, javascript: bool
) -> None:
    somebody = visit(locale=locale, javascript=javascript, width=390)
    at_renewal(somebody)
    for used in (PASSWORD, TEMPORARY):
        choose(somebody, used)
        expect_refused(somebody, locale)
        expect(somebody.password).to_have_attribute("aria-invalid", "true")
        expect(somebody.password).to_have_attribute("aria-describedby", "password-rules")
        expect_rule(somebody, "history", "unmet")
        expect_rule(somebody, "length", "met")
    choose(somebody, FRESH)
    somebody.expect_application("dcc")
    assert somebody.path == "/dossiers"


def test_the_rules_are_shown_as_they_are_met(visit) -> None:
    somebody = visit()
    at_renewal(somebody)
    told = somebody.page.locator("[data-rule=length] [data-rule-told]")
    expect_rule(somebody, "length", "open")
    expect(told).to_be_empty()
    for typed, state in (("court", "unmet"), (FRESH, "met"), (FRESH[:4], "unmet"), ("", "open")):
        somebody.password.fill(typed)
        expect_rule(somebody, "length", state)
        # By words, too, and not by colour alone.
        words = {"met": "(respecté)", "unmet": "(non respecté)", "open": ""}
        expect(told).to_have_text(words[state])
    choose(somebody, PASSWORD)
    expect_rule(somebody, "history", "unmet")
    # What only the server can tell is open again, as soon as something else is typed.
    somebody.password.press_sequentially("x")
    expect_rule(somebody, "history", "open")


def test_without_a_script_the_rules_are_read_before_typing(visit) -> None:
    somebody = visit(javascript=False)
    at_renewal(somebody)
    expect(somebody.page.locator("[data-rule]").first).to_be_visible()
    for one in somebody.page.locator("[data-rule]").all():
        expect(one).to_have_attribute("data-state", "open")
    expect(somebody.page.locator("[data-needs-script]").first).to_be_hidden()


def test_turning_back_leaves_the_temporary_password_good(visit) -> None:
    """The form left, the browser's way back, another tab: nothing is used up, nothing is open."""
    somebody = visit()
    at_renewal(somebody)
    somebody.open("/account")
    somebody.expect_login()
    somebody.open_example("dcc", "/dossiers")
    somebody.log_in(RENEWING, TEMPORARY)
    choose(somebody, FRESH)
    somebody.expect_application("dcc")


@pytest.mark.parametrize("name", VIEWS)
def test_a_page_of_passwords_is_accessible_in_english(visit, shots, name: str) -> None:
    """In French, and in all its sizes, it is looked at with every other page."""
    somebody = visit(locale="en", width=390)
    VIEWS[name](somebody)
    expect(somebody.page.locator("html")).to_have_attribute("lang", "en")
    shots(somebody.page, f"{name}-en")
    somebody.page.evaluate(UNDRESS)
    faults = examine(somebody.page, "light")
    somebody.page.emulate_media(color_scheme="dark")
    faults += examine(somebody.page, "dark")
    if beyond := somebody.sideways():
        faults.append(f"scrolls sideways by {beyond} px")
    assert faults == [], "\n".join(faults)
