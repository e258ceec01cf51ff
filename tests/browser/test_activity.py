# SPDX-License-Identifier: Apache-2.0
"""In which activity somebody comes: asked once, by one press, with and without script."""

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_an_activity_is_chosen_once_and_anew(visit, standin, javascript: bool) -> None:
    somebody = visit(javascript=javascript, width=375, height=667)
    somebody.ask("practised")
    somebody.log_in("practising")
    ways = somebody.main.locator("#activities button")
    expect(ways).to_have_count(2)
    expect(ways.first).to_contain_text("CHU DE TOURS")
    expect(ways.first).to_be_in_viewport()
    assert not javascript or somebody.sideways() == 0
    somebody.follow(ways.last)
    somebody.expect_arrival("practised")
    # Nothing more is asked: straight through.
    somebody.ask("practised")
    somebody.expect_arrival("practised")
    somebody.open("/account/applications")
    expect(somebody.main.locator("#used")).to_contain_text("CABINET DU DR DURAND")
    somebody.follow(somebody.main.locator("#used form[action$='/activity'] button"))
    expect(somebody.main.locator(".notice-success")).to_be_visible()
    somebody.ask("practised")
    expect(ways).to_have_count(2)
    somebody.follow(somebody.main.locator("form[action$='/cancel'] button"))
    somebody.expect_arrival("practised")
    assert standin.last("practised")[1]["error"] == "access_denied"


def test_the_choice_is_made_by_keyboard(visit) -> None:
    somebody = visit()
    somebody.ask("practised")
    somebody.log_in("typing")
    ways = somebody.main.locator("#activities button")
    ways.first.focus()
    somebody.page.keyboard.press("Tab")
    expect(ways.last).to_be_focused()
    somebody.page.keyboard.press("Enter")
    somebody.expect_arrival("practised")
