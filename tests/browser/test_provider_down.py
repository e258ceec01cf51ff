# SPDX-License-Identifier: Apache-2.0
"""A provider of messages is down: the person is told, and goes on another way."""

import pytest
from playwright.sync_api import expect

from tests.browser.codes import (
    CODED,
    arrange,
    at_choice,
    at_code,
    at_no_way,
    at_not_sent,
    at_one_way,
    at_stuck,
    confirm,
    down,
    last_code,
    press,
)
from tests.browser.test_every_page import UNDRESS, examine

WAYS = [("fr", True), ("fr", False), ("en", True), ("en", False)]
IDS = ["fr-script", "fr-no-script", "en-script", "en-no-script"]
TOLD = {"fr": "L’envoi de SMS est impossible", "en": "SMS cannot be sent"}


@pytest.mark.parametrize(("locale", "javascript"), WAYS, ids=IDS)
def test_known_to_be_down_only_the_other_way_is_offered(visit, locale, javascript) -> None:
    somebody = visit(locale=locale, javascript=javascript, width=390)
    with down(somebody.site, "sms"):
        arrange(somebody)
        somebody.ask("mailed")
        somebody.log_in(CODED)
        expect(somebody.page.locator(".code-way")).to_have_count(1)
        expect(somebody.main).to_contain_text(TOLD[locale])
        press(somebody, "email")
        confirm(somebody, last_code(somebody))
        somebody.expect_arrival("mailed")


@pytest.mark.parametrize(("locale", "javascript"), WAYS, ids=IDS)
def test_down_since_the_choice_was_shown_it_is_told_and_the_other_offered(
    visit, locale, javascript
) -> None:
    somebody = visit(locale=locale, javascript=javascript, width=390)
    at_choice(somebody)
    with down(somebody.site, "sms"):
        somebody.follow(somebody.page.locator("button[name=channel][value=sms]"))
        expect(somebody.page.locator("#form-error")).to_contain_text(TOLD[locale])
        expect(somebody.page.locator(".code-way")).to_have_count(1)
        press(somebody, "email")
        confirm(somebody, last_code(somebody))
        somebody.expect_arrival("mailed")


@pytest.mark.parametrize(("locale", "javascript"), WAYS, ids=IDS)
def test_down_since_the_code_was_asked_for_the_other_way_is_one_press_away(
    visit, locale, javascript
) -> None:
    somebody = visit(locale=locale, javascript=javascript, width=390)
    at_code(somebody)
    first = last_code(somebody)
    journey = somebody.page.url.split("?")[0].removesuffix("/otp")
    with down(somebody.site, "sms"):
        somebody.page.goto(journey)
        expect(somebody.page.locator("#stuck")).to_contain_text(TOLD[locale])
        expect(somebody.page.locator("#code")).to_be_visible()
        expect(somebody.page.locator(".code-more button")).to_have_count(1)
        somebody.follow(somebody.page.locator(".code-more button[value=email]"))
        # It leaves by mail: nothing is said of SMS any more.
        expect(somebody.page.locator("#stuck")).to_have_count(0)
        second = last_code(somebody)
        if first != second:
            confirm(somebody, first)
            expect(somebody.page.locator("#code-error")).to_be_visible()
        confirm(somebody, second)
        somebody.expect_arrival("mailed")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_with_both_down_nobody_is_left_without_a_way_on(visit, javascript: bool) -> None:
    somebody = visit(javascript=javascript)
    at_no_way(somebody)
    expect(somebody.main.locator("details summary")).to_be_visible()
    # Meanwhile they are back.
    somebody.follow(somebody.main.locator(".form-actions a"))
    expect(somebody.page.locator(".code-way")).to_have_count(2)
    press(somebody)
    confirm(somebody, last_code(somebody))
    somebody.expect_arrival("mailed")


@pytest.mark.parametrize("way", [at_one_way, at_not_sent, at_stuck, at_no_way])
def test_what_is_said_is_accessible_in_english(visit, shots, way) -> None:
    """In French it is looked at with every other page."""
    somebody = visit(locale="en", width=390)
    way(somebody)
    shots(somebody.page, f"code-{way.__name__}-en")
    somebody.page.evaluate(UNDRESS)
    faults = examine(somebody.page, "light")
    somebody.page.emulate_media(color_scheme="dark")
    assert faults + examine(somebody.page, "dark") == []
    assert somebody.sideways() == 0
