# SPDX-License-Identifier: Apache-2.0
"""The viewer: the right picture the right way round, the right measure, nothing once closed."""

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.viewer.exams import MARK_X, SPACING, STUDY, scan
from tests.browser.viewer.look import Open, Viewer
from tests.browser.viewer.site import Site, serving
from tests.demo.processes import wait_until

# What the window of 400 around 40 makes of the body: the middle grey.
MIDDLE, NEAR = 128, 6
# What the window of bones makes of what lies half-way between body and marker.
HALF = 131


def test_depth_follows_the_first_look_at_its_place(visit: Open, thorax: Site) -> None:
    viewer = visit(thorax)
    expect(viewer.root).to_have_attribute("data-state", "open")
    expect(viewer.overlay("place")).to_have_text("Image 13 of 24")
    expect(viewer.overlay("window")).to_have_text("W 400 · L 40")
    expect(viewer.picture).to_have_attribute(
        "aria-label", "Thorax, image 13 of 24, window W 400 · L 40"
    )
    grey = viewer.seen()
    assert abs(grey.getpixel((grey.width // 2, grey.height // 2)) - MIDDLE) <= NEAR
    assert grey.getpixel((grey.width // 2, 2)) <= NEAR


TURNS = ["", "h", "v", "t", "tt", "ttt", "th", "tv", "hv", "hvt", "tth", "tthv"]


@pytest.mark.parametrize("keys", TURNS)
def test_the_letters_are_where_the_patient_is(visit: Open, thorax: Site, keys: str) -> None:
    viewer = visit(thorax)
    viewer.key(*keys)
    if keys:
        expect(viewer.root).to_have_attribute("data-state", "open")
    edges = viewer.edges()
    left, top, right, bottom = viewer.mark()
    wide, high = viewer.seen().size
    across = "left" if (left + right) / 2 < wide / 2 else "right"
    along = "top" if (top + bottom) / 2 < high / 2 else "bottom"
    # The marker is at the right front of the patient, whichever way they lie.
    assert {edges[across], edges[along]} == {"R", "A"}
    assert {*edges.values()} == {"R", "L", "A", "P"}


def test_a_mirror_stands_beside_the_screen_also_where_the_picture_was_turned(visit, thorax):
    viewer = visit(thorax)
    viewer.key("t")
    before = viewer.edges()
    viewer.key("h")
    after = viewer.edges()
    assert (after["left"], after["right"]) == (before["right"], before["left"])
    assert (after["top"], after["bottom"]) == (before["top"], before["bottom"])
    viewer.key("r")
    assert viewer.edges() == {"top": "A", "right": "L", "bottom": "P", "left": "R"}


def test_of_a_radiograph_the_letters_of_its_rows_and_columns_are_told(visit, thorax) -> None:
    viewer = visit(thorax)
    viewer.page.locator("[data-series]").nth(1).click()
    expect(viewer.overlay("place")).to_have_text("Image 1 of 1")
    assert viewer.edges() == {"top": "H", "right": "L", "bottom": "F", "left": "R"}
    viewer.page.locator("[data-series]").nth(2).click()
    expect(viewer.overlay("unknown")).not_to_be_empty()
    assert {*viewer.edges().values()} == {""}


@pytest.mark.parametrize("dense", [1, 1.5, 2], ids="screen-{}".format)
def test_a_length_is_told_in_millimetres_beside_the_picture(visit, thorax, dense: float) -> None:
    viewer = visit(thorax, device_scale_factor=dense)
    # By the window of bones marker and body are both within the greys: half-way is the edge.
    viewer.key("4")
    expect(viewer.overlay("window")).to_have_text("W 2500 · L 480")
    left, top, right, bottom = (at / dense for at in viewer.mark(HALF))
    box = viewer.picture.bounding_box()
    viewer.key("m")
    expect(viewer.page.locator("[data-tool=length]")).to_have_attribute("aria-pressed", "true")
    height = box["y"] + (top + bottom) / 2
    mouse = viewer.page.mouse
    mouse.move(box["x"] + left, height)
    mouse.down()
    mouse.move(box["x"] + right, height, steps=6)
    mouse.up()
    line = viewer.page.locator("[data-measures] li")
    expect(line).to_have_count(1)
    wide = (MARK_X[1] - MARK_X[0]) * SPACING
    # The mouse stands on whole pixels of the screen.
    pixel = wide / (right - left)
    near = f"() => Math.abs(document.querySelector('[data-measures] li').dataset.value - {wide})"
    assert wait_until(lambda: viewer.page.evaluate(near) <= 2 * pixel)
    expect(line).to_contain_text("mm")
    # And in the picture, beside the line.
    beside = viewer.picture.locator("svg text")
    expect(beside).to_have_count(1)
    assert beside.text_content() in line.inner_text()
    # From another series the way leads back to its own.
    viewer.page.locator("[data-series]").nth(1).click()
    expect(viewer.overlay("place")).to_have_text("Image 1 of 1")
    expect(line.locator("[data-go]")).to_have_text("Thorax · image 13")
    line.locator("[data-go]").click()
    expect(viewer.overlay("place")).to_have_text("Image 13 of 24")
    line.locator("[data-drop]").click()
    expect(line).to_have_count(0)


def test_windows_by_name_and_by_hand(visit: Open, thorax: Site) -> None:
    viewer = visit(thorax)
    viewer.key("2")
    expect(viewer.overlay("window")).to_have_text("W 1500 · L −600")
    # The next image is drawn by it, and told so.
    viewer.key("ArrowDown")
    expect(viewer.overlay("place")).to_have_text("Image 14 of 24")
    expect(viewer.overlay("window")).to_have_text("W 1500 · L −600")
    viewer.key("Shift+ArrowUp")
    expect(viewer.overlay("window")).to_have_text("W 1500 · L −525")
    viewer.key("i")
    grey = viewer.seen()
    assert grey.getpixel((grey.width // 2, grey.height // 2)) < MIDDLE
    viewer.key("r")
    expect(viewer.overlay("window")).to_have_text("W 400 · L 40")
    # Names of windows are those of computed tomography.
    viewer.page.locator("[data-series]").nth(1).click()
    expect(viewer.page.locator("[data-preset]:visible")).to_have_count(0)


def test_images_by_keys_wheel_and_end_to_end(visit: Open, thorax: Site) -> None:
    viewer = visit(thorax)
    for key, place in (
        ("ArrowDown", 14),
        ("PageUp", 4),
        ("End", 24),
        ("ArrowDown", 24),
        ("Home", 1),
    ):
        viewer.key(key)
        expect(viewer.overlay("place")).to_have_text(f"Image {place} of 24")
    viewer.picture.hover()
    viewer.page.mouse.wheel(0, 100)
    expect(viewer.overlay("place")).to_have_text("Image 2 of 24")
    expect(viewer.page.locator("[data-told]")).to_have_text("Image 2 of 24")


def test_single_letters_can_be_switched_off(visit: Open, thorax: Site) -> None:
    viewer = visit(thorax)
    viewer.page.locator("[data-help]").click()
    viewer.page.locator("[data-letters]").uncheck()
    viewer.page.locator("#viewer-help form button").click()
    viewer.key("h")
    assert viewer.edges()["left"] == "R"
    viewer.key("ArrowDown")
    expect(viewer.overlay("place")).to_have_text("Image 14 of 24")


def test_help_opens_also_where_buttons_command_nothing(visit: Open, thorax: Site) -> None:
    viewer = visit(thorax)
    ask, help_ = viewer.page.locator("[data-help]"), viewer.page.locator("#viewer-help")
    # As a browser takes it that knows the attribute, and as one that does not.
    for told in ("commandfor", "command"):
        ask.click()
        expect(help_).to_be_visible()
        assert help_.evaluate("(one) => one.matches(':modal')")
        help_.locator("form button").click()
        expect(help_).to_be_hidden()
        ask.evaluate("(one, told) => one.removeAttribute(told)", told)
    viewer.key("?")
    expect(help_).to_be_visible()


def test_a_film_plays_and_stops(visit: Open, thorax: Site) -> None:
    viewer = visit(thorax)
    play = viewer.page.locator("[data-act=cine]")
    play.click()
    expect(play).to_have_attribute("aria-pressed", "true")
    expect(viewer.overlay("place")).not_to_have_text("Image 13 of 24")
    play.click()
    expect(play).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(
    ("told", "rate", "faster"),
    [({}, 15, 20), ({"00181063": "125"}, 8, 10), ({"00180040": "24", "00181063": "125"}, 24, 25)],
)
def test_a_film_plays_as_fast_as_it_was_made_or_as_one_likes(visit, thorax, told, rate, faster):
    for image, _frame in thorax.series[0].images:
        image |= {name: {"vr": "DS", "Value": [float(value)]} for name, value in told.items()}
    viewer = visit(thorax)
    shown = viewer.page.locator("[data-rate]")
    expect(shown).to_be_hidden()
    viewer.key("c")
    expect(shown).to_have_attribute("data-rate", str(rate))
    viewer.key(">")
    expect(shown).to_have_text(f"{faster} images a second")
    viewer.page.locator("[data-act=slower]").click()
    viewer.key("<")
    expect(shown).not_to_have_attribute("data-rate", str(faster))
    # Begun again, it keeps what was chosen; another series has its own.
    chosen = shown.get_attribute("data-rate")
    viewer.key("c")
    expect(shown).to_be_hidden()
    viewer.key("c")
    expect(shown).to_have_attribute("data-rate", chosen)


def test_two_series_side_by_side(visit: Open, thorax: Site) -> None:
    viewer = visit(thorax)
    viewer.page.locator("[data-panes='2']").click()
    expect(viewer.page.locator(".pane")).to_have_count(2)
    viewer.page.locator(".pane").nth(1).click()
    viewer.page.locator("[data-series]").nth(1).click()
    expect(viewer.overlay("place", 1)).to_have_text("Image 1 of 1")
    expect(viewer.overlay("place", 0)).to_have_text("Image 13 of 24")
    viewer.page.locator("[data-panes='1']").click()
    expect(viewer.page.locator(".pane")).to_have_count(1)


def test_the_name_leaves_the_screen_on_demand(visit: Open, thorax: Site) -> None:
    viewer = visit(thorax)
    hide = viewer.page.locator("[data-act=hide]")
    name = viewer.page.locator(".viewer-name")
    hide.click()
    expect(name).not_to_be_visible()
    expect(viewer.page.locator(".pane-name")).not_to_be_visible()
    expect(viewer.page).to_have_title("")
    hide.click()
    expect(name).to_be_visible()
    expect(viewer.page).to_have_title("Scanner · DURAND Agnès")


@pytest.mark.parametrize(("status", "told"), [(403, "refused"), (401, "ended")])
def test_an_open_page_shows_nothing_once_the_door_is_closed(
    visit: Open, thorax: Site, status: int, told: str
) -> None:
    viewer = visit(thorax)
    viewer.key("k")
    hide = viewer.page.locator("[data-act=hide]").element_handle()
    hide.click()
    thorax.refuses = status
    # Whatever is asked for next finds out: a picture that was on its way, or this series.
    viewer.page.evaluate("document.querySelectorAll('[data-series]')[1]?.click()")
    expect(viewer.root).to_have_attribute("data-state", "closed")
    expect(viewer.page.locator(f"[data-closed={told}]")).to_be_focused()
    expect(viewer.page.locator("canvas")).to_have_count(0)
    assert "DURAND" not in viewer.page.locator("body").inner_text()
    # Nor is it anywhere to come back from: not by a button that somebody still has in hand.
    hide.evaluate("(one) => one.click()")
    viewer.page.keyboard.press("x")
    expect(viewer.page).to_have_title("")
    assert "DURAND" not in viewer.page.content()


@pytest.mark.parametrize(("status", "told"), [(403, "refused"), (401, "ended")])
@pytest.mark.parametrize("event", ["visibilitychange", "pageshow", "series"])
def test_what_is_here_already_is_not_shown_for_ever(visit, thorax, status, told, event) -> None:
    viewer = visit(thorax)
    every = {f"{STUDY}.1.{at}" for at in range(1, 25)}
    there = lambda: {one.split("/")[-3] for one in thorax.answered if "/frames/" in one}  # noqa: E731
    assert wait_until(lambda: there() >= every)
    for at in (1, 0):
        viewer.page.locator("[data-series]").nth(at).click()
        expect(viewer.page.locator("[data-series]").nth(at)).to_have_attribute(
            "aria-pressed", "true"
        )
    thorax.refuses = status
    asked = len(thorax.asked)
    if event == "series":
        # The page may have asked by itself already.
        viewer.page.evaluate("document.querySelectorAll('[data-series]')[1]?.click()")
    else:
        target = "window" if event == "pageshow" else "document"
        viewer.page.evaluate(f"{target}.dispatchEvent(new Event('{event}'))")
    expect(viewer.root).to_have_attribute("data-state", "closed")
    expect(viewer.page.locator(f"[data-closed={told}]")).to_be_focused()
    expect(viewer.page.locator("canvas")).to_have_count(0)
    expect(viewer.page).to_have_title("")
    assert {*thorax.asked[asked:]} == {"/alive"}


def is_covered(viewer: Viewer) -> None:
    """Neither a picture nor a word of one."""
    expect(viewer.page.locator(".pane[data-failed]")).to_have_count(1)
    expect(viewer.page.locator(".pane canvas")).not_to_be_visible()
    expect(viewer.page.locator("[data-first]")).to_have_count(0)
    expect(viewer.overlay("place")).to_have_text("")
    assert {*viewer.edges().values()} == {""}
    expect(viewer.root).to_have_attribute("data-state", "open")
    viewer.complaints.clear()


@pytest.mark.parametrize("status", [404, 410, 500, 503])
@pytest.mark.parametrize("what", ["instances", "metadata"])
def test_no_picture_stands_under_another_ones_name(visit, thorax, status, what) -> None:
    viewer = visit(thorax)
    thorax.broken[f"{STUDY}.2/{what}"] = status
    viewer.page.locator("[data-series]").nth(1).click()
    is_covered(viewer)
    # Whatever draws again draws nothing that was not asked for.
    viewer.page.set_viewport_size({"width": 1100, "height": 700})
    viewer.key("t")
    is_covered(viewer)
    viewer.page.locator("[data-series]").nth(0).click()
    expect(viewer.overlay("place")).to_have_text("Image 12 of 24")
    expect(viewer.page.locator(".pane canvas")).to_be_visible()
    expect(viewer.page.locator("[data-series]").nth(0)).to_have_attribute("aria-pressed", "true")


def test_a_picture_that_comes_late_lies_over_no_other(visit: Open, thorax: Site) -> None:
    late = f"{STUDY}.3/instances"
    image, frame = thorax.series[2].images[0]
    thorax.series[2].images[0] = (image, bytes(len(frame)))
    gate = thorax.gates[late] = threading.Event()
    viewer = visit(thorax)
    viewer.page.locator("[data-series]").nth(2).click()
    assert wait_until(lambda: any(late in one for one in thorax.asked))
    expect(viewer.page.locator(".pane canvas")).not_to_be_visible()
    viewer.page.locator("[data-series]").nth(1).click()
    expect(viewer.overlay("top")).to_have_text("H")
    gate.set()
    assert wait_until(lambda: any(late in one for one in thorax.answered))
    viewer.page.evaluate("new Promise((done) => setTimeout(done, 500))")
    expect(viewer.overlay("top")).to_have_text("H")
    assert viewer.mark()


def test_what_has_no_pixels_is_no_picture(visit: Open, thorax: Site) -> None:
    image, _frame = thorax.series[0].images[0]
    note = {name: value for name, value in image.items() if name not in {"00280010", "00280011"}}
    note["00080018"] = {"vr": "UI", "Value": [f"{STUDY}.1.900"]}
    thorax.series[0].images.append((note, b""))
    viewer = visit(thorax)
    viewer.key("End")
    expect(viewer.overlay("place")).to_have_text("Image 24 of 24")


@pytest.fixture
def mixed() -> Iterator[Site]:
    """An exam into which a series of another one has slipped."""
    with serving(scan(), scan(4, study=f"{STUDY}.7", number=5)) as site:
        yield site


def test_an_image_of_another_exam_is_not_shown(mixed: Site, visit: Open) -> None:
    viewer = visit(mixed)
    viewer.page.locator("[data-series]").nth(1).click()
    expect(viewer.page.locator(".pane[data-failed]")).to_have_count(1)
    assert not [one for one in mixed.asked if f"{STUDY}.5/instances" in one]
    assert [one for one in viewer.complaints if "another exam" in one]
    viewer.complaints.clear()


@pytest.mark.parametrize("size", [(1280, 800), (820, 1180), (390, 780)])
def test_it_fits_and_reads_well(visit: Open, thorax: Site, size, shots) -> None:
    viewer = visit(thorax, *size)
    wide = viewer.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= size[0]
    found = Axe().run(
        viewer.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
    )
    assert [one["id"] for one in found.response["violations"]] == []
    small = viewer.page.evaluate(
        """() => [...document.querySelectorAll("button, a, input")]
            .filter((one) => one.checkVisibility())
            .map((one) => one.getBoundingClientRect())
            .filter((box) => box.width && (box.width < 24 || box.height < 24)).length"""
    )
    assert small == 0
    shots(viewer.page, f"viewer-{size[0]}")
