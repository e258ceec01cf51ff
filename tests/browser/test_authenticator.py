# SPDX-License-Identifier: Apache-2.0
"""An authenticator app: set up, used, lost, replaced by a code on paper, removed."""

import pytest
from playwright.sync_api import expect

from tests.browser.telephone import (
    CODES,
    HOME,
    at_the_code,
    begin,
    confirm,
    forget,
    give,
    let_the_code_change,
    note,
    set_up,
    shows,
)

LOOKS = {
    "script": {},
    "no-script": {"javascript": False},
    "english": {"locale": "en", "javascript": False},
    "phone": {"width": 360, "height": 640, "has_touch": True, "dark": True},
}


@pytest.mark.parametrize("look", LOOKS)
def test_the_whole_life_of_an_app(visit, look: str) -> None:
    somebody = visit(**LOOKS[look])
    forget(somebody, "pairing")
    seed = begin(somebody, "pairing")
    assert somebody.page.locator("html").get_attribute("lang") == LOOKS[look].get("locale", "fr")
    codes = confirm(somebody, seed, "Téléphone d’Élise")
    assert "javascript" in LOOKS[look] or somebody.sideways() == 0
    with somebody.page.expect_download() as download:
        somebody.page.locator(f"a[href='{CODES}/file']").click()
    assert all(code in download.value.path().read_text("utf-8") for code in codes)
    note(somebody)
    expect(somebody.main).to_contain_text("Téléphone d’Élise")
    let_the_code_change(somebody, "pairing")

    elsewhere = visit(**LOOKS[look])
    at_the_code(elsewhere, "pairing")
    give(elsewhere, "000 000")
    expect(elsewhere.page.get_by_role("alert")).to_be_visible()
    code = shows(seed)
    give(elsewhere, f"{code[:3]} {code[3:]}")
    elsewhere.expect_arrival("timed")

    lost = visit(**LOOKS[look])
    at_the_code(lost, "pairing")
    give(lost, code)
    expect(lost.page.get_by_role("alert")).to_be_visible()
    lost.page.locator("button[name=way]").click()
    give(lost, codes[0].lower().replace("-", " "), "paper")
    lost.expect_arrival("timed")
    lost.open(HOME)
    expect(lost.main.locator("section").nth(1)).to_contain_text("9")

    lost.main.locator("a.button-danger").click()
    expect(lost.main.locator(".plain-list")).to_contain_text("TIMED")
    lost.page.locator("input[name=sure]").check()
    lost.page.locator(f"form[action='{HOME}/remove'] button").click()
    expect(lost.page.locator(".notice-success")).to_be_visible()
    expect(lost.main.locator("a.button").first).to_have_attribute("href", f"{HOME}/new")


def test_the_key_can_be_copied(visit) -> None:
    somebody = visit(permissions=["clipboard-read", "clipboard-write"])
    forget(somebody, "pairing")
    seed = begin(somebody, "pairing")
    somebody.page.locator(".pairing summary").click()
    somebody.page.locator("[data-copy]").click()
    expect(somebody.page.locator(".pairing [role=status]")).to_have_text("Copiée")
    assert somebody.page.evaluate("navigator.clipboard.readText()") == seed


def test_the_picture_can_be_seen_and_is_white_in_the_dark(visit) -> None:
    somebody = visit(dark=True)
    forget(somebody, "pairing")
    begin(somebody, "pairing")
    picture = somebody.page.locator(".pairing-picture")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("e => e.naturalWidth > 0")
    ground = picture.evaluate(
        """e => {
          const canvas = document.createElement("canvas");
          canvas.width = canvas.height = 100;
          const pen = canvas.getContext("2d");
          pen.drawImage(e, 0, 0, 100, 100);
          return [...pen.getImageData(1, 1, 1, 1).data];
        }"""
    )
    assert ground == [255, 255, 255, 255]


def test_the_field_of_the_code_is_where_one_begins(visit) -> None:
    somebody = visit()
    seed, _codes = set_up(somebody, "pairing")
    elsewhere = visit()
    at_the_code(elsewhere, "pairing")
    field = elsewhere.page.locator("#code")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("inputmode", "numeric")
    expect(field).to_have_attribute("autocomplete", "one-time-code")
    elsewhere.page.keyboard.type(shows(seed))
    elsewhere.page.keyboard.press("Enter")
    elsewhere.expect_arrival("timed")


def test_codes_are_printed_without_what_is_around_them(visit) -> None:
    somebody = visit()
    forget(somebody, "pairing")
    codes = confirm(somebody, begin(somebody, "pairing"))
    expect(somebody.page.locator("[data-print]")).to_be_visible()
    somebody.page.emulate_media(media="print")
    expect(somebody.page.locator(".codes li").first).to_contain_text(codes[0])
    expect(somebody.page.locator(f"form[action='{CODES}/noted']")).to_be_hidden()
    expect(somebody.page.locator("[data-print]")).to_be_hidden()
