# SPDX-License-Identifier: Apache-2.0
"""« Mon compte »: another browser thrown out, a copy of one's data, a consent withdrawn."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.pages import Visit
from tests.browser.test_every_page import UNDRESS, examine


def enter(somebody: Visit, who: str = "medecin") -> None:
    somebody.open("/login")
    somebody.log_in(who)
    expect(somebody.page.locator(".top-person")).to_be_visible()


def end_others(somebody: Visit) -> None:
    somebody.open("/account/sessions")
    somebody.follow(somebody.main.locator("a.button-danger"))
    somebody.follow(somebody.main.locator("button.button-danger"))
    expect(somebody.main.locator(".notice-success")).to_be_visible()


@pytest.mark.parametrize(
    ("locale", "javascript"),
    [("fr", True), ("fr", False), ("en", True), ("en", False)],
    ids=["fr-script", "fr-no-script", "en-script", "en-no-script"],
)
def test_a_session_ended_here_dies_in_the_other_browser_at_once(
    visit, locale: str, javascript: bool
) -> None:
    here = visit(locale=locale, javascript=javascript)
    there = visit(locale=locale, javascript=javascript, width=360)
    enter(here, "sharing")
    there.log_in_to("dcc", "sharing")
    here.open("/account/sessions")
    # Others may be open still, of browsers that were closed.
    ending = here.page.locator("form.entry-act")
    other = here.main.locator(".entry", has=ending, has_text="DCC")
    expect(other).to_have_count(1)
    here.follow(other.locator("button"))
    told = {"fr": "La session est fermée", "en": "The session has ended"}
    expect(here.main.locator(".notice-success")).to_contain_text(told[locale])
    if javascript:
        here.page.evaluate(UNDRESS)
        assert examine(here.page, locale) == []
    # The application was told, and its page there, still in view, leads nowhere but to the login.
    there.follow(there.page.locator("a[href='/connection']").first)
    there.expect_login()
    there.open("/account")
    there.expect_login()
    here.open("/account")
    expect(here.page.locator(".groups")).to_be_visible()


def test_all_others_end_with_one_question(visit) -> None:
    here, others = visit(), [visit(), visit(width=360, dark=True)]
    for one in (*others, here):
        enter(one, "sharing")
    end_others(here)
    expect(here.main.locator(".entry")).to_have_count(1)
    for one in others:
        one.open("/account")
        one.expect_login()


def test_the_whole_account_by_keyboard_alone(visit) -> None:
    somebody = visit()
    enter(somebody)
    somebody.open("/account")
    link = somebody.main.locator("a.way[href='/account/history']")
    link.focus()
    somebody.page.keyboard.press("Enter")
    expect(somebody.main.locator(".past .entry").first).to_be_visible()
    somebody.page.locator(".back a").focus()
    somebody.page.keyboard.press("Enter")
    expect(somebody.page.locator(".groups")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_a_copy_of_ones_data_is_a_file(visit, javascript: bool, tmp_path: Path) -> None:
    somebody = visit(javascript=javascript, width=360)
    enter(somebody)
    somebody.open("/account/data")
    with somebody.page.expect_download() as coming:
        somebody.main.locator("form button").click()
    file = tmp_path / "copy.json"
    coming.value.save_as(file)
    assert coming.value.suggested_filename == "sceau-account-data.json"
    assert json.loads(file.read_text("utf-8"))["language"] == "fr"
    # The page stays, and its button too.
    expect(somebody.main.locator("form button")).to_be_enabled()


def test_the_language_of_an_account_is_chosen_once(visit) -> None:
    somebody = visit()
    enter(somebody, "sharing")
    somebody.open("/account/profile")
    for locale in ("en", "fr"):
        somebody.main.locator(f"input[value={locale}]").check()
        somebody.follow(somebody.main.locator("form[action='/account/profile'] button"))
        expect(somebody.page.locator("html")).to_have_attribute("lang", locale)
        expect(somebody.main.locator(".notice-success")).to_be_visible()


def test_a_patient_withdraws_and_is_out_everywhere(visit) -> None:
    here, there = visit(width=360, javascript=False), visit()
    for one in (here, there):
        enter(one, "leaving")
    here.open("/account")
    here.follow(here.main.locator("a.way[href='/account/withdraw']"))
    here.main.locator("input[name=understood]").check()
    here.follow(here.main.locator("button.button-danger"))
    assert here.path == "/account/withdrawn"
    expect(here.page.locator(".top-person")).to_have_count(0)
    there.open("/account")
    there.expect_login()
    there.log_in("leaving")
    assert there.problem == "account-closed"
