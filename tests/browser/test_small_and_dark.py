# SPDX-License-Identifier: Apache-2.0
"""A narrow phone, a page at 200 %, the dark theme, no script: the login works in each."""

import pytest
from playwright.sync_api import expect

LOOKS = {
    "narrow": {"width": 320, "height": 568, "has_touch": True},
    "zoomed": {"width": 640, "height": 430, "scale": 2},
    "dark": {"dark": True},
    "narrow-dark-plain": {"width": 320, "height": 568, "dark": True, "javascript": False},
}
# The sum of the three channels of the page's ground.
GROUND = """() => getComputedStyle(document.documentElement).backgroundColor
  .match(/[\\d.]+/g).slice(0, 3).reduce((sum, one) => sum + Number(one), 0)"""


@pytest.mark.parametrize("look", LOOKS)
def test_the_story_goes_through_in_each_look(visit, look: str) -> None:
    somebody = visit(**LOOKS[look])
    somebody.open_example("dcc")
    somebody.follow(somebody.page.locator("main a.button").first)
    somebody.log_in()
    somebody.expect_application("dcc")
    somebody.open("/account")
    expect(somebody.main).to_contain_text("cdurand")
    assert look == "narrow-dark-plain" or somebody.sideways() == 0
    somebody.open_example("dcc")
    somebody.log_out_of("dcc")


def test_the_button_is_in_sight_on_a_phone(visit) -> None:
    somebody = visit(width=375, height=667)
    somebody.open_example("dcc", "/dossiers")
    expect(somebody.button).to_be_in_viewport()


def test_what_is_pressed_on_a_phone_is_large_enough(visit) -> None:
    somebody = visit(width=375, height=667)
    somebody.open_example("dcc", "/dossiers")
    for selector in ("#identifier", "#password"):
        box = somebody.page.locator(selector).bounding_box()
        assert box
        assert box["height"] >= 44
        # Below 16 px, telephones enlarge the page when the field is touched.
        size = somebody.page.locator(selector).evaluate(
            "e => parseFloat(getComputedStyle(e).fontSize)"
        )
        assert size >= 16
    button = somebody.button.bounding_box()
    assert button
    assert button["height"] >= 44


def test_dark_is_dark_and_light_is_light(visit) -> None:
    bright, dark = visit(), visit(dark=True)
    for somebody in (bright, dark):
        somebody.open("/login")
    assert bright.page.evaluate(GROUND) > 600
    assert dark.page.evaluate(GROUND) < 150


def test_without_script_nothing_is_offered_that_needs_one(visit) -> None:
    somebody = visit(javascript=False)
    somebody.open("/login")
    expect(somebody.page.locator("[data-needs-script]")).to_be_hidden()
    somebody.page.locator("summary").click()
    expect(somebody.page.locator(".help-body")).to_be_visible()
    somebody.log_in("mistaken", "Une tout autre phrase 1")
    expect(somebody.page.get_by_role("alert")).to_be_visible()
    somebody.log_in()
    expect(somebody.page.locator(".top-person")).to_be_visible()
