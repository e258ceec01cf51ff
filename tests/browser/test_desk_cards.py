# SPDX-License-Identifier: Apache-2.0
"""The desk's card reader and calculette in a browser; the agent is played by the test."""

import json
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from idp.demo.calculette import VirtualCalculette
from idp.demo.folder import Folder
from idp.demo.wallet import Wallet
from tests.browser.cards_desk import ANSWER, CardDesk
from tests.browser.conftest import visiting
from tests.browser.pages import Visit
from tests.browser.test_every_page import UNDRESS, examine
from tests.demo.test_desk_reader import ASKED
from tests.servers import Site, running_site

CLAIRE, PIN = "2600000011", "1234"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A provider in demo mode, with its desk and cards on it."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "desk").mkdir()
    wallet = Wallet(Folder(folder), "http://localhost:8008")
    wallet.reader.furnish()
    wallet.make(int(time.time()))
    VirtualCalculette(wallet.reader).share(CLAIRE, PIN)
    with running_site(
        folder,
        f"sqlite:///{folder / 'sceau.sqlite3'}",
        program=("idp.demo.serve",),
        DEMO_ENABLED="true",
        DEMO_DESK=str(folder / "desk"),
        DEMO_CLOCK_FILE=str(folder / "clock"),
    ) as site:
        yield site


@pytest.fixture
def wallet(demo: Site) -> Wallet:
    """The cards; none is in the reader, and nothing is asked."""
    made = Wallet(Folder(demo.folder))
    made.reader.furnish()
    made.reader.unblock("medecin")
    return made


@pytest.fixture
def visit(chromium: Browser, demo: Site, wallet: Wallet) -> Iterator[Callable[..., Visit]]:
    """Browsers on the demo."""
    with visiting(chromium, demo) as open_browser:
        yield open_browser
    demo.show_news()


def ask(demo: Site, **changes: object) -> None:
    """The agent's window opens."""
    hidden = demo.folder / "reader" / ".asking"
    hidden.write_text(json.dumps(ASKED | changes), "utf-8")
    hidden.rename(demo.folder / "reader" / "asking.json")


def answered(demo: Site) -> dict:
    """What was typed into it, once it was."""
    file = demo.folder / "reader" / "answer.json"
    return json.loads(file.read_text("utf-8"))


def test_the_window_opens_by_itself_and_its_keys_type(visit, demo: Site) -> None:
    desk = CardDesk(visit())
    desk.insert("medecin")
    ask(demo)
    field = desk.page.locator("#pin")
    expect(field).to_be_focused()
    desk.page.locator("form[data-pin] [data-key='9']").click()
    desk.page.locator("form[data-pin] [data-key='']").click()
    for digit in PIN:
        desk.page.locator(f"form[data-pin] [data-key='{digit}']").click()
    # What arrives meanwhile wipes nothing out.
    letter = {"id": "1", "channel": "sms", "to": "+33639980001", "text": "Bonjour", "at": 1}
    hidden = demo.folder / "desk" / ".1"
    hidden.write_text(json.dumps(letter), "utf-8")
    hidden.rename(demo.folder / "desk" / "1.json")
    expect(desk.page.locator(".bubble")).to_have_count(1)
    expect(field).to_have_value(PIN)
    # The window closes at once, before the number has arrived.
    with desk.page.expect_response(lambda one: one.url.endswith("/pin")):
        desk.page.locator("form[data-pin] button:not([name]):not([data-key])").click()
    expect(desk.page.locator(".pin-window")).to_have_count(0)
    desk.take_out()
    assert answered(demo) == {"id": "q1", "pin": PIN}


def test_without_a_script_everything_is_done_by_forms(visit, demo: Site) -> None:
    somebody = visit(javascript=False)
    somebody.open("/desk")
    page = somebody.page
    somebody.follow(page.locator("[data-card-name=medecin] form[action$='/insert'] button"))
    expect(page.locator("[data-reader=medecin]")).to_be_visible()
    ask(demo)
    page.locator(".desk-again a").click()
    page.locator("#pin").fill(PIN)
    somebody.follow(page.locator("form[data-pin] button:not([name]):not([data-key])"))
    assert answered(demo)["pin"] == PIN
    page.locator("#calculator-pin").fill(PIN)
    page.locator("#calculator-challenge").fill("1551 5604")
    somebody.follow(page.locator("form.calculator button[type=submit]"))
    expect(page.locator("[data-screen]")).to_have_text(ANSWER)


def test_the_calculette_works_by_its_keys(visit) -> None:
    desk = CardDesk(visit())
    assert desk.calculate("medecin", PIN, "1551 5604")
    form = desk.page.locator("form.calculator")
    form.locator("[name=pin]").fill("0000")
    form.locator("button[type=submit]").click()
    expect(desk.page.locator("#calculator-error")).to_contain_text("2")


@pytest.mark.parametrize("asked", [False, True])
def test_reader_and_calculette_are_accessible_and_fit(visit, demo: Site, shots, asked) -> None:
    if asked:
        ask(demo, wrong=True, tries=2, origin="https://" + "tres-long." * 8 + "example")
    desk = CardDesk(visit())
    if asked:
        expect(desk.page.locator(".pin-window .notice-error")).to_be_visible()
        desk.insert("neurologue")
        desk.card("medecin").locator("summary").click()
    page = desk.page
    shots(page, f"desk-cards-{asked}")
    page.evaluate(UNDRESS)
    faults = examine(page, "light")
    page.emulate_media(color_scheme="dark")
    faults += examine(page, "dark")
    shots(page, f"desk-cards-{asked}-dark")
    for width in (320, 400, 800, 1200):
        page.set_viewport_size({"width": width, "height": 700})
        shots(page, f"desk-cards-{asked}-{width}")
        if beyond := Visit(demo, page.context, page).sideways():
            faults.append(f"{width} px: scrolls sideways by {beyond} px")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    if beyond := Visit(demo, page.context, page).sideways():
        faults.append(f"text twice as large: scrolls sideways by {beyond} px")
    assert faults == [], "\n".join(faults)
