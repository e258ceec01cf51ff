# SPDX-License-Identifier: Apache-2.0
"""The portal's session on the screen: counted, extended, warned of, ended, in each tab alike."""

import pytest
from playwright.sync_api import expect

from tests.browser.portal.desk import (
    MINUTES,
    TIMER,
    WHOLE,
    Desk,
    Opener,
    another_tab,
    inside,
    is_fine,
    wait_a_while,
)

WARNING, STAY = "#session-warning", "#session-stay"
PHONE = {"viewport": {"width": 390, "height": 844}}


def test_the_warning_comes_two_minutes_before_and_one_stays(desk: Desk, browser_of: Opener) -> None:
    context = browser_of()
    page = inside(desk, context)
    expect(page.locator("#session-clock")).to_have_text("15:00")
    wait_a_while(desk, 12 * MINUTES, page)
    expect(page.locator("#session-clock")).to_contain_text("03:0")
    expect(page.locator(WARNING)).to_be_hidden()
    wait_a_while(desk, MINUTES, page)
    expect(page.locator(WARNING)).to_be_visible()
    expect(page.locator(STAY)).to_be_focused()
    # Whoever goes on by the keyboard stays within the question.
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || "
            "document.activeElement.closest('dialog') !== null"
        )
    is_fine(page)
    assert desk.left(context) == 2 * MINUTES
    page.locator(STAY).click()
    expect(page.locator(WARNING)).to_be_hidden()
    assert desk.left(context) == WHOLE


def test_escape_is_an_answer_too(desk: Desk, browser_of: Opener) -> None:
    context = browser_of(**PHONE)
    page = inside(desk, context, "patient")
    wait_a_while(desk, 14 * MINUTES, page)
    expect(page.locator(WARNING)).to_be_visible()
    is_fine(page)
    page.keyboard.press("Escape")
    expect(page.locator(WARNING)).to_be_hidden()
    assert desk.left(context) == WHOLE


def test_at_the_end_nothing_is_left_on_the_screen(desk: Desk, browser_of: Opener) -> None:
    context = browser_of()
    page = inside(desk, context)
    wait_a_while(desk, WHOLE, page)
    page.wait_for_url("**/session-expired?next=%2Fprofessional&why=idle")
    expect(page.locator("#session-expired")).to_have_attribute("data-lives", "no")
    is_fine(page)
    # Nor behind the back button.
    page.goto(desk.url + "/")
    page.go_back()
    page.go_back()
    expect(page.locator(".person-name")).to_have_count(0)


def test_whoever_works_is_not_asked(desk: Desk, browser_of: Opener) -> None:
    context = browser_of()
    page = inside(desk, context)
    for _ in range(4):
        wait_a_while(desk, 10 * MINUTES, page)
        with page.expect_response(
            lambda answer: answer.url.endswith("/session") and answer.request.method == "POST"
        ):
            page.keyboard.press("ArrowDown")
        assert desk.left(context) == WHOLE
    # Not at each key: the next ones say nothing new.
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.method))
    for _ in range(5):
        page.keyboard.press("ArrowDown")
    wait_a_while(desk, 30, page)
    page.keyboard.press("ArrowDown")
    assert "POST" not in asked


def test_a_hand_that_brushes_the_mouse_does_not_answer_the_warning(
    desk: Desk, browser_of: Opener
) -> None:
    context = browser_of()
    page = inside(desk, context)
    wait_a_while(desk, 14 * MINUTES, page)
    expect(page.locator(WARNING)).to_be_visible()
    page.mouse.wheel(0, 200)
    page.mouse.click(5, 5)
    expect(page.locator(WARNING)).to_be_visible()
    assert desk.left(context) == MINUTES


def test_what_is_one_persons_leaves_as_soon_as_another_comes(
    desk: Desk, browser_of: Opener
) -> None:
    context = browser_of()
    first = inside(desk, context)
    desk.enter(context, "patient")
    second = another_tab(desk, context)
    first.wait_for_url("**/session-expired*")
    expect(second.locator(TIMER)).to_be_visible()
    assert desk.left(context) == WHOLE


def test_another_tab_goes_on_in_the_same_persons_next_session(
    desk: Desk, browser_of: Opener
) -> None:
    context = browser_of()
    first = inside(desk, context)
    desk.enter(context, "doctor")
    wait_a_while(desk, 2 * MINUTES, first)
    first.keyboard.press("ArrowDown")
    expect(first.locator("#session-clock")).to_contain_text("15:00")
    assert desk.left(context) == WHOLE
    value = "document.querySelector('#logout input[name=form_token]').value"
    told = first.evaluate("fetch('/session').then((one) => one.json())")
    assert first.evaluate(value) == told["token"]


def test_a_logout_clears_every_tab(desk: Desk, browser_of: Opener) -> None:
    context = browser_of()
    first, second = inside(desk, context), another_tab(desk, context)
    first.locator("#logout button").click()
    second.wait_for_url("**/session-expired*")
    expect(second.locator(".person-name")).to_have_count(0)


def test_tabs_agree(desk: Desk, browser_of: Opener) -> None:
    context = browser_of()
    first, second = inside(desk, context), another_tab(desk, context)
    wait_a_while(desk, 14 * MINUTES, first, second)
    for page in (first, second):
        expect(page.locator(WARNING)).to_be_visible()
    first.locator(STAY).click()
    for page in (first, second):
        expect(page.locator(WARNING)).to_be_hidden()
    wait_a_while(desk, WHOLE, first)
    first.wait_for_url("**/session-expired*")
    second.wait_for_url("**/session-expired*")


def test_a_clock_that_is_moved_on_the_server_alone_is_noticed(
    desk: Desk, browser_of: Opener
) -> None:
    """As the demo's desk does, or a machine that slept."""
    context = browser_of()
    page = inside(desk, context)
    desk.time.pass_by(14 * MINUTES)
    page.clock.fast_forward(MINUTES * 1000)
    expect(page.locator(WARNING)).to_be_visible()
    desk.time.pass_by(MINUTES)
    page.clock.fast_forward(MINUTES * 1000)
    page.wait_for_url("**/session-expired*")


def test_a_logout_elsewhere_takes_the_page_away(desk: Desk, browser_of: Opener) -> None:
    context = browser_of()
    page = inside(desk, context)
    double = desk.scene.double
    desk.scene.browser().post("/backchannel-logout", {"logout_token": double.logout_token()})
    page.clock.fast_forward(MINUTES * 1000)
    page.wait_for_url("**/session-expired*")


def test_at_its_longest_nobody_is_asked_anything(desk: Desk, browser_of: Opener) -> None:
    context = browser_of()
    page = inside(desk, context)
    for _ in range(8 * 6 - 1):
        desk.time.pass_by(10 * MINUTES)
        assert page.request.get(desk.url + "/professional").ok
    page.clock.fast_forward(MINUTES * 1000)
    expect(page.locator("#session-clock")).to_contain_text("10:00")
    wait_a_while(desk, 8 * MINUTES, page)
    last = page.locator("#session-final")
    expect(last).to_be_visible()
    expect(page.locator(WARNING)).to_be_hidden()
    is_fine(page)
    wait_a_while(desk, 2 * MINUTES, page)
    page.wait_for_url("**/session-expired?next=%2Fprofessional&why=long")


def test_without_scripts_the_page_leaves_by_itself(desk: Desk, browser_of: Opener) -> None:
    context = browser_of(java_script_enabled=False)
    desk.enter(context, "doctor")
    page = context.new_page()
    page.goto(desk.url + "/")
    expect(page.locator(TIMER)).to_be_hidden()
    refresh = page.locator("meta[http-equiv=refresh]").get_attribute("content")
    assert refresh == f"{WHOLE + 2};url=/session-expired?why=idle"
    desk.time.pass_by(WHOLE)
    page.goto(desk.url + "/session-expired")
    expect(page.locator("#session-expired")).to_have_attribute("data-lives", "no")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_pages_are_fine_at_each_size(
    desk: Desk, browser_of: Opener, width: int, dark: bool
) -> None:
    options = {"viewport": {"width": width, "height": 800}}
    shades = {"color_scheme": "dark" if dark else "light"}
    page = browser_of(**options, **shades).new_page()
    for path in ("/", "/regions/1", "/nothing", "/session-expired", "/offline", "/logged-out"):
        page.goto(desk.url + path)
        is_fine(page)
    for who in ("doctor", "patient", "manager", "head", "clerk"):
        is_fine(inside(desk, browser_of(**options, **shades), who))
