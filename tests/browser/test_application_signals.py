# SPDX-License-Identifier: Apache-2.0
"""What an application is told when something ends, in Chromium: for every eye and width."""

from playwright.sync_api import expect
from sqlalchemy import update

from idp.audit.record import Event
from idp.cli.place import installation
from idp.db import table_of
from idp.messages.models import MessageRow
from idp.sessions.notices import NOT_REACHED
from idp.signals.streams import Wished
from tests.browser.clerks import enter
from tests.browser.pages import Visit
from tests.browser.test_every_page import UNDRESS, examine

PAGE = "/admin/applications/dcc/signals"
ADDRESS = "https://dcc.example-sante.fr/signaux/" + "x" * 80


def happen(somebody: Visit) -> None:
    """A stream that fails, and notices: one arrived, one waits."""
    with installation(somebody.site.settings) as place:
        core = place.core
        with core.database.write() as tx:
            stream = core.streams.of(tx, "dcc") or core.streams.make(
                tx, "dcc", Wished("push", ADDRESS), place.origin
            )
            assert stream is not None
            core.streams.waiting.add(tx, stream.id, "verification")
            core.streams.waiting.failed(tx, stream.id, "answered 400: authentication_failed")
            event = Event("signals.paused", application="dcc")
            core.streams.set_state(tx, stream, "paused", "", event, place.origin, who="provider")
            messages = table_of(MessageRow)
            for number, state in enumerate(("sent", "queued")):
                name = core.entropy.token(16)
                core.sessions.notices.write(tx, "nobody", name, "dcc", "label")
                named = core.sessions.notices._name(name, "dcc")
                fault = NOT_REACHED if state == "queued" else ""
                known = {"state": state, "fault": fault, "tries": number + 1}
                tx.execute(update(messages).where(messages.c.id == named).values(**known))


def test_it_is_accessible_in_both_themes_and_fits(visit) -> None:
    somebody = visit()
    enter(somebody, "/admin")
    happen(somebody)
    somebody.open(PAGE)
    page = somebody.page
    page.evaluate(UNDRESS)
    faults = examine(page, "light")
    page.emulate_media(color_scheme="dark")
    faults += examine(page, "dark")
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 640})
        if beyond := somebody.sideways():
            faults.append(f"{width} px: scrolls sideways by {beyond} px")
    assert not faults, "\n".join(faults)


def test_it_is_paused_and_given_up_without_a_script(visit) -> None:
    somebody = visit(javascript=False)
    enter(somebody, "/admin")
    happen(somebody)
    somebody.open(PAGE)
    page = somebody.page
    page.locator('form:has(input[value="resume"]) button').click()
    expect(page.locator('form:has(input[value="pause"]) button')).to_be_visible()
    page.locator(f'a[href="{PAGE}/drop"]').click()
    page.locator(f'form[action="{PAGE}/drop"] button[type="submit"]').click()
    expect(page.locator("#signals-off")).to_be_visible()
