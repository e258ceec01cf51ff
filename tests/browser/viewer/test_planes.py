# SPDX-License-Identifier: Apache-2.0
"""Three planes through one series: the body as it lies, or none of it."""

import threading
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.viewer.bodies import (
    AXIAL,
    BODY_BOX,
    CORONAL,
    MARK_BOX,
    SAGITTAL,
    body,
    enhanced,
    leaning,
)
from tests.browser.viewer.exams import STUDY, Series, radiograph, tag
from tests.browser.viewer.look import Open, Viewer
from tests.browser.viewer.site import Site, serving
from tests.demo.processes import wait_until

# By the window of bones: half-way from air to body, and from body to mark.
BODY_EDGE, MARK_EDGE = 40, 131
# What lies across and along each plane: which way, and whether it is counted from its end.
SIDES = {
    "axial": ((0, False), (1, False)),
    "coronal": ((0, False), (2, True)),
    "sagittal": ((1, False), (2, True)),
}
LETTERS = {
    "axial": {"top": "A", "right": "L", "bottom": "P", "left": "R"},
    "coronal": {"top": "H", "right": "L", "bottom": "F", "left": "R"},
    "sagittal": {"top": "H", "right": "P", "bottom": "F", "left": "A"},
}
# A graphics card is believed to be there: drawn by WebGL, here by a program.
CARD = """{
  const told = WebGL2RenderingContext.prototype.getParameter;
  WebGL2RenderingContext.prototype.getParameter = function (name) {
    return name === 37446 ? "A card" : told.call(this, name);
  };
}"""
SMALL = "Object.defineProperty(navigator, 'deviceMemory', { get: () => 0.004 })"


def enter(viewer: Viewer) -> None:
    viewer.key("o")
    expect(viewer.page.locator(".pane[data-at]")).to_have_count(3)
    expect(viewer.page.locator("[data-act=mpr]")).to_have_attribute("aria-pressed", "true")
    expect(viewer.page.locator("[data-tool=lines]")).to_have_attribute("aria-pressed", "true")


def find_mark(viewer: Viewer) -> None:
    """All three planes through the mark: by pointing at its place in one, and at it in another."""
    bones = viewer.page.locator("[data-preset=bone]")
    if bones.is_visible():
        bones.click()
    expect(viewer.overlay("window", 2)).to_have_text("W 2500 · L 480")
    pictures = viewer.page.locator("[data-picture]")
    left, top, right, bottom = viewer.mark(BODY_EDGE, 1)
    high = (BODY_BOX[2][1] - sum(MARK_BOX[2]) / 2) / (BODY_BOX[2][1] - BODY_BOX[2][0])
    place = {"x": (left + right) / 2, "y": top + (bottom - top) * high}
    pictures.nth(1).click(position=place)
    assert wait_until(lambda: viewer.brighter(MARK_EDGE) is not None)
    left, top, right, bottom = viewer.mark(MARK_EDGE)
    pictures.first.click(position={"x": (left + right) / 2, "y": (top + bottom) / 2})
    for pane in (1, 2):
        assert wait_until(lambda pane=pane: viewer.brighter(MARK_EDGE, pane) is not None)


def lies(viewer: Viewer, pane: int, plane: str) -> None:
    """The mark in the body as it is in the patient, neither mirrored nor pulled."""
    whole, mark = viewer.brighter(BODY_EDGE, pane), viewer.mark(MARK_EDGE, pane)
    assert whole
    sizes = [whole[2] - whole[0], whole[3] - whole[1]]
    told = []
    for way, from_end in SIDES[plane]:
        (low, high), (start, end) = BODY_BOX[way], MARK_BOX[way]
        middle = ((start + end) / 2 - low) / (high - low)
        told.append((high - low, 1 - middle if from_end else middle, (end - start) / (high - low)))
    assert sizes[0] / sizes[1] == pytest.approx(told[0][0] / told[1][0], rel=0.04)
    for side, (_size, middle, part) in enumerate(told):
        at = ((mark[side] + mark[side + 2]) / 2 - whole[side]) / sizes[side]
        assert at == pytest.approx(middle, abs=0.025), (plane, side)
        assert (mark[side + 2] - mark[side]) / sizes[side] == pytest.approx(part, abs=0.035), (
            plane,
            side,
        )
    assert viewer.edges(pane) == LETTERS[plane]


# Values of a fraction each, and the first image at the head.
FRACTIONS = replace(
    AXIAL, modality="MR", scale=(0.5, -1024.25), window=(480.0, 2500.0), turned=True
)
SCANS = {
    "card": (body(), CARD),
    "sagittal": (body(SAGITTAL), ""),
    "coronal": (body(CORONAL), ""),
    "leaning": (body(leaning(20)), ""),
    "fractions": (body(FRACTIONS), ""),
    "enhanced": (enhanced(AXIAL), ""),
}


@pytest.mark.parametrize("name", SCANS)
def test_the_planes_show_the_body_as_it_lies(visit: Open, name: str) -> None:
    series, script = SCANS[name]
    with serving(series) as site:
        viewer = visit(site, script=script)
        enter(viewer)
        find_mark(viewer)
        for pane, plane in enumerate(LETTERS):
            lies(viewer, pane, plane)


def measures(viewer: Viewer, pane: int, along: bool, millimetres: float) -> None:
    """The mark's height or width is so many, by a hand with the length in it."""
    left, top, right, bottom = viewer.mark(MARK_EDGE, pane)
    box = viewer.page.locator("[data-picture]").nth(pane).bounding_box()
    across, down = (left + right) / 2, (top + bottom) / 2
    start, end = ((across, top), (across, bottom)) if along else ((left, down), (right, down))
    line = viewer.page.locator("[data-measures] li")
    mouse = viewer.page.mouse
    mouse.move(box["x"] + start[0], box["y"] + start[1])
    mouse.down()
    mouse.move(box["x"] + end[0], box["y"] + end[1], steps=6)
    mouse.up()
    expect(line).to_have_count(1)
    expect(line).to_contain_text("mm")
    # Half a millimetre and more is one pixel of the screen.
    near = lambda: abs(float(line.get_attribute("data-value") or 0) - millimetres) < 1.5  # noqa: E731
    assert wait_until(near)


def test_a_length_on_a_plane_is_one_in_the_body(visit: Open) -> None:
    with serving(body(), radiograph(2)) as site:
        viewer = visit(site)
        enter(viewer)
        find_mark(viewer)
        viewer.key("m")
        # Columns of 2, rows of 1.5, images of 4 millimetres.
        measures(viewer, 1, along=True, millimetres=24)
        lines = viewer.page.locator("[data-measures] li")
        lines.first.locator("[data-drop]").click()
        measures(viewer, 2, along=False, millimetres=20)
        # From anywhere the way leads back to its plane.
        place = viewer.overlay("place", 2).inner_text()
        viewer.page.locator("[data-series]").nth(1).click()
        expect(viewer.overlay("place")).to_have_text("Image 1 of 1")
        expect(viewer.page.locator(".pane")).to_have_count(1)
        lines.locator("[data-go]").click()
        expect(viewer.overlay("place", 2)).to_have_text(place)


def test_all_three_have_one_window_and_are_left_as_they_were_entered(visit: Open) -> None:
    with serving(body(), radiograph(2)) as site:
        viewer = visit(site)
        page = viewer.page
        button, lines = page.locator("[data-act=mpr]"), page.locator("[data-tool=lines]")
        viewer.key("ArrowDown", "Shift+ArrowUp")
        expect(viewer.overlay("window")).to_have_text("W 400 · L 60")
        expect(lines).to_be_hidden()
        enter(viewer)
        for pane in range(3):
            expect(viewer.overlay("window", pane)).to_have_text("W 400 · L 60")
        page.locator("[data-picture]").nth(1).focus()
        page.keyboard.press("Shift+ArrowRight")
        for pane in range(3):
            expect(viewer.overlay("window", pane)).to_have_text("W 420 · L 60")
        # Each is scrolled by itself, and told by name.
        page.locator("[data-picture]").nth(1).hover()
        page.mouse.wheel(0, 100)
        expect(viewer.overlay("place", 1)).to_have_text("Coronal 52/100")
        expect(viewer.overlay("place", 0)).to_have_text("Axial 19/40")
        expect(page.locator("[data-told]")).to_have_text("Coronal, section 52 of 100")
        expect(page.locator("[data-picture]").nth(1)).to_have_attribute(
            "aria-label", "Abdomen · Coronal, image 52 of 100, window W 420 · L 60"
        )
        assert page.locator("[data-panes][aria-pressed=true]").count() == 0
        expect(page.locator("[data-series]").first).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("i")
        page.keyboard.press("r")
        for pane in range(3):
            expect(viewer.overlay("window", pane)).to_have_text("W 400 · L 60")
        button.click()
        expect(viewer.overlay("place")).to_have_text("Image 22 of 40")
        expect(viewer.overlay("window")).to_have_text("W 400 · L 60")
        expect(page.locator(".pane")).to_have_count(1)
        expect(page.locator("button[data-panes='1']")).to_have_attribute("aria-pressed", "true")
        expect(button).to_have_attribute("aria-pressed", "false")
        expect(lines).to_be_hidden()
        expect(page.locator("[data-tool=window]")).to_have_attribute("aria-pressed", "true")
        # Another layout, or another series, leads out as well.
        enter(viewer)
        page.locator("button[data-panes='2']").click()
        expect(page.locator(".pane")).to_have_count(2)
        expect(viewer.overlay("place")).to_have_text("Image 22 of 40")
        page.locator(".pane").nth(1).click()
        page.locator("[data-series]").nth(1).click()
        expect(viewer.overlay("place", 1)).to_have_text("Image 1 of 1")
        # No planes of a radiograph.
        expect(button).to_be_hidden()
        page.locator(".pane").first.click()
        expect(button).to_be_visible()


def refused() -> dict[str, Series]:
    """Series that are no volume, by the reason that is told."""
    tilt = {at: (0.0, 0.3 * at, 0.0) for at in range(40)}
    found = {
        "mpr-tilted": body(replace(AXIAL, shift=tilt), f"{STUDY}.11"),
        "mpr-uneven": body(AXIAL, f"{STUDY}.12"),
        "mpr-few": body(replace(AXIAL, size=(100, 96, 11)), f"{STUDY}.13"),
        "mpr-mixed": body(AXIAL, f"{STUDY}.14"),
    }
    # One is missing; one lies across.
    del found["mpr-uneven"].images[17]
    found["mpr-mixed"].images[17][0]["00200037"] = tag("DS", 1, 0, 0, 0, 0, -1)
    # Two at one place, and what is white where others are black.
    twice = body(replace(AXIAL, shift={17: (0.0, 0.0, -4.0)}), f"{STUDY}.15", "mpr-uneven")
    # All at one place, and as good as that.
    still, creeping = (
        {at: (0.0, 0.0, step * at) for at in range(AXIAL.size[2])} for step in (-4.0, -3.99)
    )
    flat = body(replace(AXIAL, shift=still), f"{STUDY}.17", "mpr-uneven")
    thin = body(replace(AXIAL, shift=creeping), f"{STUDY}.18", "mpr-uneven")
    inverse = body(AXIAL, f"{STUDY}.16", "mpr-mixed")
    for image, _frame in inverse.images:
        image["00280004"] = tag("CS", "MONOCHROME1")
    return {**found, "twice": twice, "flat": flat, "thin": thin, "inverse": inverse}


def is_refused(viewer: Viewer, reason: str) -> None:
    button, why = viewer.page.locator("[data-act=mpr]"), viewer.page.locator("[data-mpr-why]")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(why).to_be_hidden()
    viewer.key("o")
    expect(why).to_be_visible()
    expect(why).to_have_attribute("data-mpr-why", reason)
    expect(why.locator("[data-mpr-words]")).not_to_have_text("")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(viewer.page.locator(".pane")).to_have_count(1)
    expect(viewer.page.locator(".pane canvas")).to_be_visible()


def test_what_would_be_shown_askew_is_refused_with_its_reason(visit: Open, shots) -> None:
    series = refused()
    with serving(*series.values()) as site:
        viewer = visit(site)
        for at, (name, one) in enumerate(series.items()):
            button = viewer.page.locator("[data-series]").nth(at)
            button.click()
            expect(button).to_have_attribute("aria-pressed", "true")
            is_refused(viewer, name if name.startswith("mpr-") else one.description)
            shots(viewer.page, "planes-refused")
        viewer.page.locator("[data-mpr-why] button").click()
        expect(viewer.page.locator("[data-mpr-why]")).to_be_hidden()


def test_what_is_too_large_for_the_device_is_refused(visit: Open) -> None:
    with serving(body()) as site:
        is_refused(visit(site, script=SMALL), "mpr-large")


@pytest.fixture
def slow() -> Site:
    """Of forty images the last one waits, and those before it are far from where one looks."""
    with serving(body()) as site:
        site.gates[f"{STUDY}.1.40/frames"] = threading.Event()
        yield site
        site.gates[f"{STUDY}.1.40/frames"].set()


def test_while_the_volume_comes_one_sees_how_much_and_may_stop(visit, slow: Site, shots) -> None:
    viewer = visit(slow)
    page = viewer.page
    waiting, bar = page.locator("[data-mpr-waiting]"), page.locator("[data-mpr-waiting] progress")
    for way in ("button", "key", "again"):
        viewer.key("o")
        expect(bar).to_have_js_property("value", 39)
        expect(waiting.locator("button")).to_be_focused()
        expect(waiting.locator("[data-mpr-at]")).to_have_text("39 of 40 images")
        shots(page, "planes-waiting")
        if way == "button":
            waiting.locator("button").click()
        else:
            page.keyboard.press("Escape" if way == "key" else "o")
        expect(waiting).to_be_hidden()
        expect(page.locator("[data-act=mpr]")).to_be_focused()
        expect(page.locator("[data-act=mpr]")).to_have_attribute("aria-pressed", "false")
        expect(viewer.overlay("place")).to_have_text("Image 21 of 40")
    viewer.key("o")
    expect(bar).to_have_js_property("value", 39)
    slow.gates[f"{STUDY}.1.40/frames"].set()
    expect(page.locator(".pane[data-at]")).to_have_count(3)
    expect(waiting).to_be_hidden()


@pytest.mark.parametrize(("status", "told"), [(403, "refused"), (401, "ended")])
def test_a_door_that_closes_meanwhile_ends_it(visit, slow, status: int, told: str) -> None:
    viewer = visit(slow)
    viewer.key("o")
    expect(viewer.page.locator("[data-mpr-waiting]")).to_be_visible()
    slow.broken[f"{STUDY}.1.40/frames"] = status
    slow.gates[f"{STUDY}.1.40/frames"].set()
    expect(viewer.root).to_have_attribute("data-state", "closed")
    expect(viewer.page.locator(f"[data-closed={told}]")).to_be_focused()
    expect(viewer.page.locator("canvas, [data-mpr-waiting]")).to_have_count(0)
    assert "DURAND" not in viewer.page.content()


def test_what_can_not_be_had_is_said_and_the_images_stay(visit: Open, slow: Site) -> None:
    slow.broken[f"{STUDY}.1.40/frames"] = 500
    slow.gates[f"{STUDY}.1.40/frames"].set()
    viewer = visit(slow)
    viewer.key("o")
    expect(viewer.page.locator("[data-mpr-why=mpr-failed]")).to_be_visible()
    expect(viewer.overlay("place")).to_have_text("Image 21 of 40")
    viewer.complaints.clear()


def test_open_planes_show_nothing_once_the_door_is_closed(visit: Open) -> None:
    with serving(body()) as site:
        viewer = visit(site)
        enter(viewer)
        site.refuses = 403
        # All of it is here: the next scroll asks all the same.
        viewer.key("ArrowDown")
        expect(viewer.root).to_have_attribute("data-state", "closed")
        expect(viewer.page.locator("canvas")).to_have_count(0)
        assert "DURAND" not in viewer.page.content()


@pytest.mark.parametrize("size", [(1280, 800), (820, 1180), (390, 780)])
def test_three_planes_fit_and_read_well(visit: Open, size, shots) -> None:
    with serving(body()) as site:
        viewer = visit(site, *size, has_touch=size[0] < 500)
        enter(viewer)
        page = viewer.page
        if size[0] < 500:
            # One finger moves the lines.
            box = viewer.picture.bounding_box()
            page.touchscreen.tap(box["x"] + box["width"] / 3, box["y"] + box["height"] / 3)
            expect(viewer.overlay("place", 1)).not_to_have_text("Coronal 51/100")
            expect(viewer.overlay("place", 2)).not_to_have_text("Sagittal 49/96")
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        overlaps = """() => [...document.querySelectorAll(".pane")].filter((pane) => {
            const boxes = [...pane.querySelectorAll(".pane-edge, .pane-corner > span")]
                .filter((one) => one.checkVisibility() && one.textContent.trim())
                .map((one) => one.getBoundingClientRect());
            return boxes.some((one, at) => boxes.slice(at + 1).some((other) =>
                one.left < other.right && other.left < one.right &&
                one.top < other.bottom && other.top < one.bottom));
        }).length"""
        assert page.evaluate(overlaps) == 0
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert [one["id"] for one in found.response["violations"]] == []
        shots(page, f"planes-{size[0]}")


def test_an_image_of_many_frames_tells_its_sides_and_millimetres(visit: Open) -> None:
    with serving(enhanced(SAGITTAL)) as site:
        viewer = visit(site)
        viewer.key("4")
        expect(viewer.overlay("place")).to_have_text("Image 1 of 48")
        assert viewer.edges() == LETTERS["sagittal"]
        # From left to right: the mark is in the images of that side.
        viewer.key("End", "PageUp")
        expect(viewer.overlay("place")).to_have_text("Image 38 of 48")
        lies(viewer, 0, "sagittal")
        viewer.key("m")
        measures(viewer, 0, along=True, millimetres=24)
