# SPDX-License-Identifier: Apache-2.0
"""Somebody lets an application act while they are away, sees it in their account, and ends it."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_device_story import LOOKS, is_fine

SCOPE = "openid profile email offline_access"


@pytest.mark.parametrize("look", LOOKS)
def test_somebody_lets_an_application_act_while_they_are_away(visit, look: str) -> None:
    somebody = visit(**LOOKS[look])
    somebody.ask("night", scope=SCOPE, prompt="consent")
    somebody.log_in("infirmiere")
    expect(somebody.page.locator("#lasting")).to_be_visible()
    is_fine(somebody.page, f"{look}-away-1")
    somebody.follow(somebody.page.locator("button[value=accept]"))
    somebody.expect_arrival("night")
    somebody.open("/account/applications")
    expect(somebody.page.locator("#lasting .entry")).to_have_count(1)
    is_fine(somebody.page, f"{look}-away-2")
    somebody.follow(somebody.page.locator("form[action='/account/lasting/night/end'] button"))
    expect(somebody.page.locator("#lasting")).to_have_count(0)
    is_fine(somebody.page, f"{look}-away-3")


def test_somebody_says_no_to_that_and_is_asked_for_the_rest(visit) -> None:
    somebody = visit()
    somebody.ask("night", scope=SCOPE)
    somebody.log_in()
    somebody.follow(somebody.page.locator("button[value=refuse]"))
    somebody.expect_arrival("night")
    somebody.ask("night", scope="openid profile email")
    expect(somebody.page.locator("#lasting")).to_have_count(0)
    expect(somebody.page.locator("button[value=accept]")).to_be_visible()
