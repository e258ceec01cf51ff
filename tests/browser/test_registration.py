# SPDX-License-Identifier: Apache-2.0
"""Asking for an account in Chromium: by axe in both themes, on a phone, and without script."""

import json
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from connectors.cps_card.statement import read_statement
from idp.registration.statements import newest
from tests import pki
from tests.browser.pages import Visit
from tests.browser.renewal import behind, letters
from tests.browser.test_every_page import UNDRESS, examine
from tests.browser.test_login_card import HEADERS
from tests.browser.test_toolbox_card import AGENT, answer, reader
from tests.cards import sign
from tests.registration_kit import TYPED

BOTH = ("details-faults", "summary-wrong", "sent")
CHOSEN = ("profession", "title", "civility")
# Where pictures of the pages go, for whoever wants to look at them.
PICTURES = os.environ.get("SCEAU_PICTURES", "")


def look(somebody: Visit, name: str) -> list[str]:
    """What is wrong with the page shown, in both themes and when it is narrow."""
    page, faults = somebody.page, []
    size = page.viewport_size
    page.evaluate(UNDRESS)
    # Both where there is most to see; the parts are the same on the other pages.
    for theme in ("light", "dark") if name in BOTH else ("light",):
        page.emulate_media(color_scheme=theme)
        faults += examine(page, f"{name}, {theme}")
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{theme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 640})
    if somebody.sideways():
        faults.append(f"{name}: it is wider than a phone")
    if PICTURES:
        page.set_viewport_size({"width": 390, "height": 844})
        page.screenshot(path=Path(PICTURES) / f"{name}-phone.png", full_page=True)
    page.set_viewport_size(size)
    return faults


def press(somebody: Visit, action: str) -> None:
    """The button that goes on, of the form that is sent there."""
    button = f"form[action='{action}'] button[type=submit]:not([name]):visible"
    somebody.follow(somebody.main.locator(button).first)


def fill_in(somebody: Visit, email: str) -> None:
    """Step 2."""
    page = somebody.page
    for name, text in (TYPED | {"email": email, "email_again": email}).items():
        if name in CHOSEN:
            page.locator(f"#{name}").select_option(text)
        elif name == "visibility":
            page.locator(f"input[name=visibility][value={text}]").check()
        elif name != "speciality":
            page.locator(f"#{name}").fill(text)


def letters_of_the_picture(somebody: Visit, email: str) -> str:
    """What the picture says, read where it is kept."""
    with behind(somebody.site) as world:
        registration = world.core.registration
        with world.core.database.read() as tx:
            name = newest(tx, email, world.core.clock.now())
            puzzle = registration.puzzles.find(tx, name or "")
    assert puzzle is not None
    return puzzle.letters


def link(somebody: Visit, purpose: str, email: str) -> str:
    """The link of a letter to this address."""
    found = [one for one in letters(somebody, purpose) if one.recipient == email]
    return urlsplit(str(found[-1].values["link"])).path


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_the_four_steps(visit, javascript: bool) -> None:
    somebody = visit(javascript=javascript, width=1280 if javascript else 375)
    email = f"elodie.{'a' if javascript else 'b'}@chu.example"
    faults: list[str] = []

    def seen(name: str) -> None:
        if javascript:
            faults.extend(look(somebody, name))

    somebody.open("/login")
    somebody.follow(somebody.page.locator("a[href='/registration']"))
    seen("opening")
    press(somebody, "/registration")
    expect(somebody.page.locator("#terms")).to_have_attribute("aria-invalid", "true")
    somebody.page.locator("#terms").check()
    press(somebody, "/registration")
    seen("card")
    somebody.page.locator("input[name=has_card][value=no]").check()
    press(somebody, "/registration/card")
    press(somebody, "/registration/details")
    seen("details-faults")
    # A fault leads to its field.
    somebody.page.locator(".registration-faults a[href='#street']").click()
    expect(somebody.page.locator("#street")).to_be_focused()
    fill_in(somebody, email)
    press(somebody, "/registration/details")
    seen("wishes")
    somebody.page.locator("input[name=service]").first.check()
    press(somebody, "/registration/wishes")
    somebody.page.locator("#answer").fill("wrong")
    press(somebody, "/registration/summary")
    seen("summary-wrong")
    somebody.page.locator("#answer").fill(letters_of_the_picture(somebody, email).lower())
    press(somebody, "/registration/summary")
    assert somebody.path == "/registration/status"
    seen("sent")
    somebody.open(link(somebody, "registration-confirm", email))
    seen("confirm")
    press(somebody, "/registration/confirm")
    seen("confirmed")
    assert somebody.sideways() == 0
    assert faults == []


def test_a_question_in_place_of_the_picture_and_another_device(visit) -> None:
    somebody, phone = visit(), visit(width=390, height=844)
    email = "elodie.c@chu.example"
    somebody.open("/registration")
    somebody.page.locator("#terms").check()
    press(somebody, "/registration")
    somebody.page.locator("input[name=has_card][value=no]").check()
    press(somebody, "/registration/card")
    fill_in(somebody, email)
    press(somebody, "/registration/details")
    somebody.follow(somebody.page.locator("form[action='/registration/later'] button"))
    phone.open(link(phone, "registration-resume", email))
    faults = look(phone, "resume")
    press(phone, "/registration/resume")
    press(phone, "/registration/wishes")
    phone.follow(phone.page.locator("button[value=question]"))
    expect(phone.page.locator("label[for=answer]")).to_contain_text("?")
    faults += look(phone, "question")
    phone.follow(phone.page.locator("a[href='/registration/withdraw']"))
    faults += look(phone, "withdraw")
    press(phone, "/registration/withdraw")
    faults += look(phone, "gone")
    somebody.open("/registration/details")
    somebody.expect_problem("registration-lost")
    assert faults == []


def test_the_reader_s_program_signs_for_a_registration(visit) -> None:
    """The same script as at the login; an authority that nobody here knows is told beside it."""
    somebody, now = visit(), int(time.time())
    stranger = pki.new_pki(now)
    facts = {"national_id": "810003456786", "serial": "2600301752"}
    card = stranger.issue(pki.card(**facts), pki.period(now, 900, 30), key=pki.key("card"))
    asked: list[str] = []

    def fulfil(route: Any) -> None:
        body = answer([reader(label="ELODIE LEFEVRE 2600301752")])
        if route.request.url.endswith("/v1/sign"):
            asked.append(route.request.post_data_json["statement"])
            body = json.dumps({"answer": sign(card, asked[-1])})
        route.fulfill(status=200, body=body, headers=HEADERS)

    somebody.page.route(AGENT, fulfil)
    somebody.open("/registration")
    somebody.page.locator("#terms").check()
    press(somebody, "/registration")
    somebody.page.locator("input[name=has_card][value=yes]").check()
    press(somebody, "/registration/card")
    expect(somebody.page.locator("form[data-card][data-state=present]")).to_be_visible()
    assert look(somebody, "reader") == []
    somebody.follow(somebody.page.locator("form[data-card] button[name=way]"))
    said = read_statement(asked[-1])
    assert said is not None
    assert said.purpose == "registration"
    expect(somebody.page.locator("form[data-card] #form-error")).to_be_visible()
    assert somebody.path == "/registration/card/agent"
