# SPDX-License-Identifier: Apache-2.0
"""A login by one-time code in a real browser, and switching codes on, with and without a script."""

import pytest
from playwright.sync_api import expect

from connectors.base import Level
from tests.browser.codes import (
    CODED,
    CONTACT,
    arrange,
    at_choice,
    at_code,
    at_confirming_code,
    confirm,
    enter,
    last_code,
    press,
    prove,
)
from tests.codes import other_than


def step(somebody) -> str:
    """The number of the step shown."""
    return str(somebody.page.locator(".step-now .step-number").inner_text().strip())


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_password_then_code_then_the_application(visit, locale: str, javascript: bool) -> None:
    somebody = visit(locale=locale, javascript=javascript, width=360, height=740, has_touch=True)
    arrange(somebody)
    somebody.ask("mailed")
    assert step(somebody) == "1"
    somebody.log_in(CODED)
    assert step(somebody) == "2"
    wanted = {"fr": "Recevoir mon code à usage unique", "en": "Receive my one-time code"}
    first = somebody.page.locator(".code-way").first
    expect(first).to_contain_text(wanted[locale])
    expect(first).to_be_in_viewport()
    assert somebody.sideways() == 0
    press(somebody, "email")
    assert step(somebody) == "3"
    assert somebody.sideways() == 0
    confirm(somebody, other_than(last_code(somebody)))
    expect(somebody.page.locator("#code-error")).to_be_visible()
    confirm(somebody, last_code(somebody))
    somebody.expect_arrival("mailed")


def test_the_field_invites_the_telephone_to_fill_it_in(visit) -> None:
    somebody = visit(width=360, height=740, has_touch=True)
    at_code(somebody)
    field = somebody.page.locator("#code")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("inputmode", "numeric")
    expect(field).to_have_attribute("autocomplete", "one-time-code")
    box = field.bounding_box()
    assert box
    assert box["height"] >= 44


def test_what_is_pasted_may_have_spaces(visit) -> None:
    somebody = visit()
    at_code(somebody)
    code = last_code(somebody)
    field = somebody.page.locator("#code")
    field.evaluate(
        "(field, pasted) => { field.value = pasted;"
        " field.dispatchEvent(new InputEvent('input', {bubbles: true})) }",
        f" {code[:3]} {code[3:]}\n",
    )
    expect(field).to_have_value(code)
    field.press("Enter")
    somebody.expect_arrival("mailed")


def test_another_code_waits_for_its_time(visit) -> None:
    somebody = visit()
    somebody.page.clock.install()
    at_code(somebody)
    again = somebody.page.locator("[data-after]")
    expect(again).to_have_attribute("data-waits", "")
    expect(again).to_contain_text("Renvoyer le code (dans")
    url = somebody.page.url
    again.click()
    assert somebody.page.url == url
    expect(somebody.page.locator("#too-early")).to_have_count(0)
    somebody.page.clock.fast_forward(31_000)
    expect(again).to_have_text("Renvoyer le code")
    # The page says when the code is over.
    somebody.page.clock.fast_forward(300_000)
    expect(somebody.page.locator("[data-countdown]")).to_contain_text("plus valable")


def test_without_a_script_too_early_is_said_calmly(visit) -> None:
    somebody = visit(javascript=False)
    at_code(somebody)
    code = last_code(somebody)
    somebody.follow(somebody.page.locator("button[data-after]"))
    expect(somebody.page.locator("#too-early")).to_be_visible()
    confirm(somebody, code)
    somebody.expect_arrival("mailed")


def test_the_other_way_is_offered_where_nothing_came(visit) -> None:
    somebody = visit()
    at_code(somebody)
    first = last_code(somebody)
    somebody.follow(somebody.page.locator(".code-more button[value=email]"))
    expect(somebody.page.locator("form:has(#code)")).to_contain_text("e-mail")
    second = last_code(somebody)
    if first != second:
        confirm(somebody, first)
        expect(somebody.page.locator("#code-error")).to_be_visible()
    confirm(somebody, second)
    somebody.expect_arrival("mailed")


def test_two_tabs_have_one_code_each(visit) -> None:
    """The code of the tab in which it was asked for last is the one that is good."""
    first = visit()
    at_code(first)
    second = first.tab()
    second.ask("mailed")
    expect(second.page.locator(".code-way")).to_have_count(2)
    press(second)
    confirm(first, last_code(second))
    expect(first.page.locator("#form-error")).to_be_visible()
    confirm(second, last_code(second))
    second.expect_arrival("mailed")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_codes_are_switched_on_and_then_asked_for(visit, javascript: bool) -> None:
    somebody = visit(javascript=javascript)
    enter(somebody, f"{CONTACT}/otp")
    expect(somebody.main).to_contain_text("usage technique")
    somebody.page.locator("input[name=agree]").check()
    somebody.page.locator("button[name=answer][value=on]").click()
    expect(somebody.page.locator(".notice-success")).to_be_visible()
    # Switching off asks for a code: it takes a means away.
    prove(somebody, "password", Level.PASSWORD)
    somebody.open(f"{CONTACT}/otp")
    somebody.follow(somebody.main.locator("a[href*='means=otp']"))
    press(somebody)
    confirm(somebody, last_code(somebody))
    somebody.page.locator("button[name=answer][value=off]").click()
    expect(somebody.page.locator(".notice-success")).to_be_visible()


def test_back_from_the_code_is_the_choice_and_forward_the_code(visit) -> None:
    somebody = visit()
    at_choice(somebody)
    journey = somebody.page.url
    press(somebody)
    somebody.page.goto(journey)
    expect(somebody.page.locator("#code")).to_be_visible()
    confirm(somebody, last_code(somebody))
    somebody.expect_arrival("mailed")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_the_first_app_wants_a_code_from_the_mailbox(visit, javascript: bool) -> None:
    """CR-009: one calm page, and then the one that was wanted."""
    somebody = visit(javascript=javascript, width=360)
    at_confirming_code(somebody)
    code = last_code(somebody)
    somebody.page.locator("#code").fill(f"{code[:3]} {code[3:]}" if javascript else code)
    somebody.follow(somebody.page.locator("form:has(#code) button[type=submit]"))
    expect(somebody.page.locator(".pairing-picture")).to_be_visible()
