# SPDX-License-Identifier: Apache-2.0
"""Charts and long forms of the console in Chromium: for every eye and width, without a script."""

import pytest
from playwright.sync_api import expect

from idp.administration.oversight.counting import Counting
from idp.audit.record import Event
from idp.audit.seal import Sealer
from idp.cli.place import installation
from tests.browser.clerks import HOUSE, enter
from tests.browser.pages import Visit
from tests.browser.test_every_page import UNDRESS, examine


def happen(somebody: Visit) -> None:
    """Logins of today, counted."""
    with installation(somebody.site.settings) as place:
        core = place.core
        failed = Event("login.failed", "refused", means="otp", detail={"why": "wrong"})
        opened = Event("login.admitted", application="dcc", means="totp", level=2)
        with core.database.write() as tx:
            for event in (failed, opened, opened, Event("login.proved", means="totp", level=2)):
                core.audit.record(tx, event)
        sealer = Sealer(core.clock, place.secrets.audit)
        while sealer.run_once(core.database):
            pass
        Counting(core.database, core.clock).run()


PAGES = (
    "/admin/statistics?span=month",
    f"/admin/statistics/establishments/{HOUSE.key}",
    "/admin/applications/dcc",
    "/admin/applications/dcc/edit",
)


@pytest.mark.parametrize("path", PAGES)
def test_it_is_accessible_in_both_themes_and_fits(visit, path: str) -> None:
    somebody = visit()
    enter(somebody, "/admin")
    happen(somebody)
    somebody.open(path)
    page = somebody.page
    page.evaluate(UNDRESS)
    faults = examine(page, "light")
    page.emulate_media(color_scheme="dark")
    faults += examine(page, "dark")
    page.set_viewport_size({"width": 320, "height": 480})
    if beyond := somebody.sideways():
        faults.append(f"320 px: scrolls sideways by {beyond} px")
    assert not faults, "\n".join(faults)


def test_a_chart_has_its_table_behind_it(visit) -> None:
    somebody = visit(javascript=False)
    enter(somebody, "/admin")
    happen(somebody)
    somebody.open("/admin/statistics")
    chart = somebody.page.locator("figure.chart").first
    drawing = chart.locator("svg[role=img]")
    expect(drawing).to_be_visible()
    assert drawing.evaluate("one => document.getElementById(one.getAttribute('aria-labelledby'))")
    table = chart.locator("table")
    expect(table).to_be_hidden()
    chart.locator("summary").click()
    expect(table).to_be_visible()
    bars = chart.locator("rect.bar title").all_text_contents()
    # Every bar says its figure, and the table holds the same ones.
    assert bars
    cells = " ".join(table.locator("td").all_text_contents()).split()
    assert {one.rpartition(" ")[2] for one in bars} <= set(cells)
