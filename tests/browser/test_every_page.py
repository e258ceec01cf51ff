# SPDX-License-Identifier: Apache-2.0
"""Every page: axe in both themes, 320 px, 200 % zoom, enlarged text; problem pages help on."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.tour import EVERY, PROBLEMS

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # What passed is told in little: there is much of it on a page.
    "resultTypes": ["violations", "incomplete"],
}
# Decoration behind the text, with which axe can decide nothing: contrast is judged without it.
UNDRESS = "for (const one of document.querySelectorAll('.rosette')) one.remove()"
# What is drawn is no picture to axe's eyes only because it is drawn: WCAG 1.4.3 is reckoned here.
DRAWN = """
() => {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const light = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    const part = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return a < 255 ? null : 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (one) => {
    const found = one ? light(getComputedStyle(one).backgroundColor) : 1;
    return found === null ? behind(one.parentElement) : found;
  };
  return [...document.querySelectorAll("svg[role=img] text")]
    .filter((one) => one.checkVisibility())
    .map((one) => [one.outerHTML, light(getComputedStyle(one).fill), behind(one)])
    .filter(([, ink, paper]) => ink === null
      || (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) < 4.5)
    .map(([text]) => text);
}
"""


def examine(page: Page, how: str) -> list[str]:
    """What axe refuses, and what it could not decide."""
    # A page keeps it for the second look, in the dark: to bring it there costs more than to look.
    axe = Axe("0") if page.evaluate("'axe' in window") else Axe()
    found = axe.run(page, options=RULES).response
    faults = [
        f"{how}: {fault['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]
    doubts = [
        f"{how}: undecided {doubt['id']}: {node['html'][:200]} {_reasons(node)}"
        for doubt in found["incomplete"]
        for node in doubt["nodes"]
        # The letter that stands for a logo is decoration: too short to be judged, and never read.
        if _reasons(node) not in ({"shortTextContent"}, {"imgNode"} if _drawn(node) else set())
    ]
    faint = [f"{how}: too faint: {text}" for text in page.evaluate(DRAWN)]
    return faults + doubts + faint


def _drawn(node: dict[str, Any]) -> bool:
    """A word of a chart: judged by DRAWN."""
    return bool(node["html"].startswith("<text"))


def _reasons(node: dict[str, Any]) -> set[str]:
    return {
        str((one.get("data") or {}).get("messageKey"))
        for kind in ("any", "all", "none")
        for one in node[kind]
    }


@pytest.mark.parametrize("name", EVERY)
def test_a_page_is_accessible_in_both_themes_and_fits(visit, name: str) -> None:
    somebody = visit()
    EVERY[name](somebody)
    if name in PROBLEMS:
        somebody.expect_problem(name)
        assert somebody.main.locator(".actions a").count() > 0
    assert somebody.page.locator("html").get_attribute("lang") == "fr"
    page = somebody.page
    page.evaluate(UNDRESS)
    faults = examine(page, "light")
    page.emulate_media(color_scheme="dark")
    faults += examine(page, "dark")
    for width, how in ((320, "320 px"), (640, "200 % zoom")):
        page.set_viewport_size({"width": width, "height": 480})
        if beyond := somebody.sideways():
            faults.append(f"{how}: scrolls sideways by {beyond} px")
    page.set_viewport_size({"width": 1280, "height": 860})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    if beyond := somebody.sideways():
        faults.append(f"text twice as large: scrolls sideways by {beyond} px")
    assert faults == [], "\n".join(faults)
