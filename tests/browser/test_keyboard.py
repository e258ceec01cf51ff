# SPDX-License-Identifier: Apache-2.0
"""With the keyboard alone: from an application through the login and out again."""

from playwright.sync_api import Page, expect

from tests.browser.pages import identifier_of
from tests.cast import PASSWORD

# Whether anything near the focus looks otherwise than without it: the element, what it draws
# before and after itself, or the box that it makes clickable.
VISIBLE = """() => {
  const one = document.activeElement;
  const parts = [[one], [one, "::before"], [one, "::after"], [one.closest("li, label") ?? one]];
  const look = () => parts.map(([part, pseudo]) => {
    const s = getComputedStyle(part, pseudo);
    const outline = s.outlineStyle === "none" ? "" : s.outlineWidth + s.outlineColor;
    return [outline, s.boxShadow, s.borderColor, s.backgroundColor].join("|");
  }).join("/");
  const focused = look(); one.blur(); const plain = look(); one.focus();
  const box = one.getBoundingClientRect();
  const seen = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight;
  return { changed: focused !== plain, seen, what: one.outerHTML.slice(0, 120) };
}"""
MOST_STOPS = 40


def stops(page: Page) -> list[str]:
    """Where Tab leads, from the top of the page once round; each stop is seen to have the focus."""
    page.locator("a.skip").focus()
    found: list[str] = []
    for _stop in range(MOST_STOPS):
        if page.evaluate("document.activeElement === document.body"):
            return found
        state = page.evaluate(VISIBLE)
        assert state["seen"], f"the focus is out of sight: {state['what']}"
        assert state["changed"], f"the focus does not show: {state['what']}"
        if state["what"] in found:
            return found
        found.append(state["what"])
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes round: {found}")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until this has the focus, once the page that holds it is there."""
    page.locator(selector).first.wait_for(state="attached")
    for _stop in range(MOST_STOPS):
        if page.locator(f"{selector}:focus").count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {selector}")


def test_the_whole_story_without_a_mouse(visit) -> None:
    somebody = visit()
    page = somebody.page
    somebody.open_example("dcc")
    tab_to(page, "main a.button")
    page.keyboard.press("Enter")
    somebody.expect_login()
    # The page begins at its first field.
    expect(page.locator("#identifier")).to_be_focused()
    page.keyboard.type(identifier_of("medecin"))
    page.keyboard.press("Tab")
    expect(somebody.password).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    somebody.expect_application("dcc")
    tab_to(page, "header form[action='/logout'] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/logged-out**")


def test_consent_is_given_by_keyboard(visit) -> None:
    somebody = visit()
    somebody.ask("asking")
    expect(somebody.page.locator("#identifier")).to_be_focused()
    somebody.page.keyboard.type(identifier_of("hesitating"))
    somebody.page.keyboard.press("Tab")
    expect(somebody.password).to_be_focused()
    somebody.page.keyboard.type(PASSWORD)
    somebody.page.keyboard.press("Enter")
    tab_to(somebody.page, "button[value=refuse]")
    somebody.page.keyboard.press("Space")
    somebody.expect_arrival("asking")


def test_the_skip_link_comes_first_and_leads_to_the_content(visit) -> None:
    somebody = visit()
    somebody.open("/help")
    somebody.page.keyboard.press("Tab")
    skip = somebody.page.locator("a.skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    somebody.page.keyboard.press("Enter")
    expect(somebody.main).to_be_focused()


def test_every_stop_of_the_login_page_shows_its_focus(visit) -> None:
    somebody = visit()
    somebody.open_example("dcc", "/dossiers")
    expect(somebody.page.locator("#identifier")).to_be_focused()
    found = stops(somebody.page)
    assert any('id="password"' in one for one in found)
    assert any("<summary" in one for one in found)
    assert any('name="locale"' in one for one in found)


def test_every_stop_of_the_portal_shows_its_focus_in_the_dark(visit) -> None:
    somebody = visit(dark=True)
    somebody.open("/login")
    somebody.log_in("infirmiere")
    expect(somebody.page.locator(".tiles").first).to_be_visible()
    assert len(stops(somebody.page)) > 5


def test_help_unfolds_by_keyboard(visit) -> None:
    somebody = visit()
    somebody.open("/login")
    tab_to(somebody.page, "summary")
    somebody.page.keyboard.press("Enter")
    expect(somebody.page.locator(".help-body")).to_be_visible()
