# SPDX-License-Identifier: Apache-2.0
"""Charts of the console and the tables behind them, and whether a page fits eyes and phones."""

from playwright.sync_api import Locator

from tests.browser.pages import Visit
from tests.browser.test_every_page import UNDRESS, examine


def fits(somebody: Visit, how: str) -> list[str]:
    """What axe refuses in both themes, and whether it fits a phone."""
    page = somebody.page
    page.evaluate(UNDRESS)
    faults = examine(page, how)
    page.emulate_media(color_scheme="dark")
    faults += examine(page, f"{how} dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 640})
    if beyond := somebody.sideways():
        faults.append(f"{how}: scrolls sideways by {beyond} px")
    page.set_viewport_size({"width": 1280, "height": 860})
    return faults


def drawn(chart: Locator) -> dict[tuple[str, str], str]:
    """What the bars of a chart say: a figure for each label and measure."""
    said = [one.rpartition(": ") for one in chart.locator("rect.bar title").all_text_contents()]
    return {tuple(name.split(" · ")): figure for name, _colon, figure in said}


def behind(chart: Locator) -> dict[tuple[str, str], str]:
    """The same of the table behind it, but for what is nothing."""
    head, *rows = [
        [cell.strip() for cell in row.locator("th, td").all_text_contents()]
        for row in chart.locator("table tr").all()
    ]
    cells = {
        (row[0], name): figure
        for row in rows
        for name, figure in zip(head[1:], row[1:], strict=True)
    }
    return {place: figure for place, figure in cells.items() if figure != "0"}


def plain(figure: str) -> int:
    """A number as it is written in French."""
    return int("".join(one for one in figure if one.isdigit()))
