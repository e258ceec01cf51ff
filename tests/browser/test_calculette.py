# SPDX-License-Identifier: Apache-2.0
"""A login by calculette, as people see it: with and without scripts, large, small and dark."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import calculettes
from tests.browser.calculettes import NOBODY, copy, name_oneself, number, press, show

LOOKS = {
    "script": {},
    "no-script": {"javascript": False},
    "english": {"locale": "en", "javascript": False},
    "phone": {"width": 360, "height": 640, "has_touch": True, "dark": True},
}
CARDS = {look: f"26003017{place:02}" for place, look in enumerate(LOOKS)}


@pytest.mark.parametrize("look", LOOKS)
def test_the_whole_way(visit, look: str, shots) -> None:
    somebody, card = visit(**LOOKS[look]), CARDS[look]
    reader = calculettes.hold(somebody, "infirmiere", card)
    name_oneself(somebody, f"CPS3v1-{card}")
    shown = str(number(somebody).text_content())
    # Reloaded, or looked at again from another means: it is the same number.
    somebody.page.reload()
    expect(number(somebody)).to_have_text(shown)
    somebody.follow(somebody.page.locator("a[href*='means=password']"))
    somebody.follow(somebody.page.locator("a[href*='means=calculette']"))
    expect(number(somebody)).to_have_text(shown)
    assert somebody.page.locator(".calc-step").count() == 3
    assert "javascript" in LOOKS[look] or somebody.sideways() == 0
    shots(somebody.page, f"calculette-{look}")
    copy(somebody, "0000 0000")
    expect(
        somebody.page.get_by_role("alert").or_(somebody.page.locator("#response-error"))
    ).to_be_visible()
    shots(somebody.page, f"calculette-wrong-{look}")
    copy(somebody, show(reader, somebody))
    expect(somebody.page.locator("html")).to_have_attribute("lang", LOOKS[look].get("locale", "fr"))
    expect(somebody.page.locator("form.calc")).to_have_count(0)
    assert somebody.path == "/"


def test_another_number_and_somebody_else(visit, shots) -> None:
    somebody = visit()
    calculettes.at_the_name(somebody)
    shots(somebody.page, "calculette-who")
    expect(somebody.page.locator("#identifier")).to_be_focused()
    calculettes.over(somebody)
    shots(somebody.page, "calculette-over")
    press(somebody)
    first = str(number(somebody).text_content())
    expect(somebody.page.locator("#response")).to_be_focused()
    somebody.follow(somebody.page.locator("button[name=instead]"))
    expect(number(somebody)).not_to_have_text(first)
    somebody.follow(somebody.page.locator("button[name=again]"))
    expect(somebody.page.locator("#identifier")).to_have_value(NOBODY)


def test_a_number_tells_how_long_it_is_good(visit) -> None:
    somebody = visit()
    calculettes.at_the_number(somebody)
    left = somebody.page.locator("[data-countdown]")
    expect(left).to_have_text(re.compile(r"[45]:[0-5][0-9]"))
