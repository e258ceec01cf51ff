# SPDX-License-Identifier: Apache-2.0
"""The virtual desk beside the login: what arrives is seen at once, without reloading."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import visiting
from tests.browser.pages import Visit
from tests.browser.test_every_page import UNDRESS, examine
from tests.servers import Site, running_site

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ADDRESS = f"otpauth://totp/Sceau:cdurand?secret={SEED}&issuer=Sceau"
DROP = """(phone, address) => {
  const carried = new DataTransfer();
  carried.setData("text/uri-list", address);
  const options = { bubbles: true, cancelable: true, dataTransfer: carried };
  phone.dispatchEvent(new DragEvent("drop", options));
}"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A provider in demo mode, served with its desk."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "desk").mkdir()
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
def visit(chromium: Browser, demo: Site) -> Iterator[Callable[..., Visit]]:
    """Browsers on the demo, whose desk is empty."""
    for file in (demo.folder / "desk").iterdir():
        file.unlink()
    with visiting(chromium, demo) as open_browser:
        yield open_browser
    demo.show_news()


def arrive(folder: Path, name: str, **changes: object) -> None:
    """A message is sent."""
    document = {
        "id": name,
        "channel": "email",
        "to": "claire@chu.example",
        "subject": f"Sujet {name}",
    }
    document |= {"text": "Bonjour", "html": "", "at": 1_790_000_000 + int(name)}
    hidden = folder / "desk" / f".{name}"
    hidden.write_text(json.dumps(document | changes), "utf-8")
    hidden.rename(folder / "desk" / f"{name}.json")


def at_the_desk(visit: Callable[..., Visit], **how: object) -> Visit:
    somebody = visit(**how)
    somebody.open("/desk")
    expect(somebody.page.locator("button[data-copyable]").first).to_be_visible()
    return somebody


def test_messages_appear_by_themselves_and_stay_as_they_were(visit, demo: Site) -> None:
    somebody = at_the_desk(visit)
    letters = somebody.page.locator(".letter")
    expect(letters).to_have_count(0)
    arrive(demo.folder, "1")
    expect(letters).to_have_count(1)
    expect(letters.locator(".message-text")).to_be_visible()
    expect(somebody.page.locator("[data-news]")).to_contain_text("Sujet 1")
    letters.locator("summary").click()
    arrive(demo.folder, "2", channel="sms", to="+33639980001", text="Votre code est 482913.")
    expect(somebody.page.locator(".bubble")).to_contain_text("482913")
    arrive(demo.folder, "3")
    expect(letters).to_have_count(2)
    # The newest is open; the one that was closed stays closed.
    expect(letters.nth(0).locator(".message-text")).to_be_visible()
    expect(letters.nth(1).locator(".message-text")).to_be_hidden()


def test_a_link_opens_in_the_window_of_the_login(visit, demo: Site) -> None:
    somebody = at_the_desk(visit)
    arrive(demo.folder, "1", text=f"Ouvrez {demo.issuer}/help\net voyez.")
    with somebody.context.expect_page() as opened:
        somebody.page.locator(".message-text a").click()
    opened.value.wait_for_url(f"{demo.issuer}/help")
    assert somebody.path == "/desk"


def test_words_are_copied_by_a_press(visit) -> None:
    somebody = at_the_desk(visit, permissions=["clipboard-read", "clipboard-write"])
    somebody.page.get_by_role("button", name="cdurand", exact=True).click()
    expect(somebody.page.locator("button[data-state]")).to_have_count(1)
    assert somebody.page.evaluate("navigator.clipboard.readText()") == "cdurand"


def test_the_authenticator_learns_by_pasting_and_by_dragging(visit, demo: Site) -> None:
    somebody = at_the_desk(visit)
    somebody.page.locator(".fold summary").click()
    somebody.page.locator("#pasted").fill(SEED)
    somebody.page.locator("[data-scan] button").click()
    expect(somebody.page.locator(".otp")).to_have_count(1)
    somebody.page.locator(".otp button.like-link").click()
    expect(somebody.page.locator(".otp")).to_have_count(0)
    somebody.page.locator(".handset").evaluate(DROP, ADDRESS)
    expect(somebody.page.locator(".otp-name")).to_contain_text("cdurand")
    state = somebody.page.request.get(f"{demo.issuer}/desk/messages").json()
    assert state["authenticator"][0]["code"] == pyotp.TOTP(SEED).at(state["now"])
    # When the time is another, so is the code, by itself.
    (demo.folder / "clock").write_text("86400")
    try:
        expected = pyotp.TOTP(SEED)
        somebody.page.wait_for_function(
            "known => !known.includes(document.querySelector('.otp-code button').textContent)",
            arg=[expected.at(state["now"] + 30 * step) for step in range(4)],
        )
    finally:
        (demo.folder / "clock").unlink()


def test_without_a_script_everything_is_there(visit, demo: Site) -> None:
    somebody = visit(javascript=False)
    arrive(demo.folder, "1", channel="sms", text="Votre code est 482913.")
    somebody.open("/desk")
    expect(somebody.page.locator(".bubble")).to_contain_text("482913")
    arrive(demo.folder, "2")
    somebody.page.locator(".desk-again a").click()
    expect(somebody.page.locator(".letter")).to_have_count(1)
    somebody.page.locator(".fold summary").click()
    somebody.page.locator("#pasted").fill("nothing of a secret")
    somebody.page.locator("[data-scan] button").click()
    expect(somebody.page.locator("#pasted-error")).to_be_visible()


@pytest.mark.parametrize("filled", [False, True])
def test_the_desk_is_accessible_and_fits_beside_the_login(visit, demo: Site, shots, filled) -> None:
    somebody = at_the_desk(visit)
    if filled:
        text = f"Bonjour,\n\nvotre lien : {demo.issuer}/" + "x" * 90 + "\n\nVotre code : 482913"
        arrive(demo.folder, "1", text=text)
        arrive(demo.folder, "2", channel="sms", to="+33639980001", text="Code 731204.")
        somebody.page.locator(".fold summary").click()
        somebody.page.locator("#pasted").fill(ADDRESS)
        somebody.page.locator("[data-scan] button").click()
        expect(somebody.page.locator(".otp")).to_have_count(1)
        expect(somebody.page.locator(".letter")).to_have_count(1)
    page = somebody.page
    shots(page, f"desk-{filled}")
    page.evaluate(UNDRESS)
    faults = examine(page, "light")
    page.emulate_media(color_scheme="dark")
    faults += examine(page, "dark")
    for width in (320, 400, 800, 1200):
        page.set_viewport_size({"width": width, "height": 700})
        if beyond := somebody.sideways():
            faults.append(f"{width} px: scrolls sideways by {beyond} px")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    if beyond := somebody.sideways():
        faults.append(f"text twice as large: scrolls sideways by {beyond} px")
    assert faults == [], "\n".join(faults)
