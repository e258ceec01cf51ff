# SPDX-License-Identifier: Apache-2.0
"""Scrolling where pictures come late, or not at all; and series that are long."""

import threading

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.viewer.exams import STUDY, scan
from tests.browser.viewer.look import Open, Viewer
from tests.browser.viewer.site import Site, serving
from tests.demo.processes import wait_until

FIRST, ASKED = 13, 16
FRAME = f"{STUDY}.1.{ASKED}/frames"
LONG = 5_000


def scroll(viewer: Viewer, way: str, by: int = ASKED - FIRST) -> None:
    """Forth, by a hand at the keyboard or at the mouse."""
    if way == "keys":
        viewer.key(*["ArrowDown"] * by)
        return
    viewer.picture.hover()
    for _ in range(by):
        viewer.page.mouse.wheel(0, 100)


def is_covered(viewer: Viewer) -> None:
    """Neither a picture nor a word of one."""
    expect(viewer.page.locator(".pane[data-covered]")).to_have_count(1)
    expect(viewer.page.locator(".pane canvas")).not_to_be_visible()
    expect(viewer.overlay("place")).to_have_text("")
    assert {*viewer.edges().values()} == {""}


@pytest.mark.parametrize("way", ["keys", "wheel"])
def test_a_picture_that_is_late_is_waited_for_and_no_other_stands_for_it(
    visit: Open, thorax: Site, way: str
) -> None:
    gate = thorax.gates[FRAME] = threading.Event()
    viewer = visit(thorax)
    scroll(viewer, way)
    is_covered(viewer)
    # What draws again draws nothing that was not asked for.
    viewer.page.set_viewport_size({"width": 1100, "height": 700})
    viewer.key("t")
    is_covered(viewer)
    gate.set()
    expect(viewer.overlay("place")).to_have_text(f"Image {ASKED} of 24")
    expect(viewer.page.locator(".pane canvas")).to_be_visible()
    expect(viewer.page.locator(".pane")).not_to_have_attribute("data-loading", "")


@pytest.mark.parametrize("way", ["keys", "wheel"])
def test_a_picture_that_can_not_be_had_is_said_so_and_the_next_one_is_shown(
    visit: Open, thorax: Site, way: str
) -> None:
    thorax.broken[FRAME] = 500
    viewer = visit(thorax)
    scroll(viewer, way)
    expect(viewer.page.locator(".pane[data-failed]")).to_have_count(1)
    is_covered(viewer)
    expect(viewer.root).to_have_attribute("data-state", "open")
    viewer.complaints.clear()
    scroll(viewer, way, 1)
    expect(viewer.overlay("place")).to_have_text(f"Image {ASKED + 1} of 24")
    expect(viewer.page.locator(".pane canvas")).to_be_visible()
    # It is asked for once more when somebody comes back to it.
    thorax.broken.clear()
    viewer.key("ArrowUp")
    expect(viewer.overlay("place")).to_have_text(f"Image {ASKED} of 24")


def test_of_a_long_series_only_what_is_near_is_fetched(visit: Open) -> None:
    with serving(scan(LONG)) as site:

        def fetched() -> set[int]:
            paths = [one for one in site.asked if "/frames/" in one]
            return {int(one.split("/")[-3].rpartition(".")[2]) for one in paths}

        viewer = visit(site)
        expect(viewer.overlay("place")).to_have_text(f"Image {LONG // 2 + 1} of {LONG}")
        assert wait_until(lambda: len(fetched()) > 300)
        viewer.key("End")
        expect(viewer.overlay("place")).to_have_text(f"Image {LONG} of {LONG}")
        assert wait_until(lambda: len(fetched()) > 600)
        every = fetched()
        assert len(every) < LONG // 5
        near = [one for one in every if abs(one - LONG // 2) <= 300 or one >= LONG - 310]
        assert len(near) == len(every)


def test_on_a_slow_line_pictures_are_asked_for_packed(chromium: Browser, thorax: Site) -> None:
    """The first one tells how slow it is."""
    page = chromium.new_page()
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    speed = {"offline": False, "latency": 0, "downloadThroughput": 500_000, "uploadThroughput": -1}
    line.send("Network.emulateNetworkConditions", speed)
    wishes: list[str | None] = []
    page.on(
        "request",
        lambda one: "/frames/" in one.url and wishes.append(one.headers.get("save-data")),
    )
    Viewer(page, []).open(thorax.url)
    assert wait_until(lambda: page.evaluate("1") and len(wishes) == 24)
    assert wishes == [None, *["on"] * 23]
    page.context.close()


def test_key_images_are_found_again(visit: Open, thorax: Site) -> None:
    viewer = visit(thorax)
    star = viewer.page.locator("[data-act=star]")
    line = viewer.page.locator("[data-stars] li")
    viewer.key("k")
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(line.locator("[data-go]")).to_have_text("Thorax · image 13")
    viewer.key("End")
    expect(star).to_have_attribute("aria-pressed", "false")
    viewer.page.locator("[data-series]").nth(1).click()
    expect(viewer.overlay("place")).to_have_text("Image 1 of 1")
    line.locator("[data-go]").click()
    expect(viewer.overlay("place")).to_have_text("Image 13 of 24")
    expect(star).to_have_attribute("aria-pressed", "true")
    line.locator("[data-drop]").click()
    expect(line).to_have_count(0)
    expect(star).to_have_attribute("aria-pressed", "false")
