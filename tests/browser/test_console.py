# SPDX-License-Identifier: Apache-2.0
"""The console in Chromium: its keys, its menu on the phone, a list that becomes cards."""

from playwright.sync_api import expect

from tests.browser.clerks import enter


def test_somebody_is_found_and_opened_by_the_keyboard(visit) -> None:
    somebody = visit()
    enter(somebody, "/admin/accounts")
    page = somebody.page
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.type("rochefoucauld")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.keyboard.press("j")
    expect(page.locator(".row-link").first).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Rochefoucauld")


def test_the_keys_are_listed_and_can_be_switched_off(visit) -> None:
    somebody = visit()
    enter(somebody, "/admin/accounts")
    page, keys = somebody.page, somebody.page.locator("#console-keys")
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    # WCAG 2.1.4
    keys.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("/")
    expect(page.locator(".row-link:focus, [data-search]:focus")).to_have_count(0)
    page.reload()
    page.keyboard.press("/")
    expect(page.locator("[data-search]:focus")).to_have_count(0)


def test_the_menu_folds_on_the_phone_without_a_script(visit) -> None:
    somebody = visit(javascript=False, width=390, height=800)
    enter(somebody, "/admin/accounts")
    page, menu = somebody.page, somebody.page.locator("#console-menu")
    expect(menu).to_be_hidden()
    page.locator(".console-fold").click()
    expect(menu).to_be_visible()
    with page.expect_navigation():
        menu.locator("a[href='/admin/establishments']").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Établissements")
    assert somebody.sideways() == 0


def test_rows_are_cards_on_the_phone_and_stand_in_line_on_the_desk(visit) -> None:
    somebody = visit(width=390, height=800)
    enter(somebody, "/admin/accounts")
    page = somebody.page
    row = page.locator("[data-row]").first
    cells = row.locator("td")
    first, second = cells.nth(0).bounding_box(), cells.nth(1).bounding_box()
    assert second["y"] > first["y"]
    page.set_viewport_size({"width": 1280, "height": 860})
    first, second = cells.nth(0).bounding_box(), cells.nth(1).bounding_box()
    assert second["y"] == first["y"]
    assert somebody.sideways() == 0
