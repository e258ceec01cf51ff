# SPDX-License-Identifier: Apache-2.0
"""Cards in `sceau demo`: through the agent's own program, by TLS, and in the calculette."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from idp.login.absence import REMOVED
from tests.browser.cards_desk import CardDesk, Opener, ask_card, at_meetings, is_inside
from tests.browser.conftest import visiting
from tests.browser.test_demo_story import log_in
from tests.demo.opened import Demo, demo, entry
from tests.demo.processes import wait_until

MEETINGS, FILES = ("rcp", "/meetings"), ("dcc", "/dossiers")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, as one command starts it."""
    with demo(tmp_path_factory.mktemp("cards") / "data") as made:
        yield made


@pytest.fixture
def visit(chromium: Browser, opened: Demo) -> Iterator[Opener]:
    """Browsers on it."""
    with visiting(chromium, opened.site) as open_browser:
        yield open_browser


@pytest.fixture
def desk(visit: Opener) -> CardDesk:
    """The desk; RCP asks for the card, and none is in the reader."""
    made = CardDesk(visit())
    made.have_meetings_ask(3)
    if not made.page.locator("[data-reader='']").count():
        made.take_out()
    return made


def pin_of(opened: Demo, name: str) -> str:
    return next(one["pin"] for one in opened.cast["cards"] if one["name"] == name)


def come_by_card(visit: Opener, desk: CardDesk, opened: Demo, name: str):
    """A fresh browser that logs in to RCP with a card through the agent."""
    somebody = visit()
    desk.insert(name)
    at_meetings(somebody)
    ask_card(somebody)
    desk.type_pin(pin_of(opened, name))
    return somebody


def test_the_virtual_reader_opens_rcp_and_pulling_the_card_ends_all(visit, desk, opened) -> None:
    somebody = visit()
    at_meetings(somebody)
    expect(somebody.page.locator("form[data-card][data-state=no-card]")).to_be_visible()
    desk.insert("medecin")
    ask_card(somebody)
    desk.type_pin("0000")
    expect(desk.page.locator(".pin-window .notice-error")).to_contain_text("2")
    desk.type_pin(pin_of(opened, "medecin"))
    somebody.expect_application("rcp")
    # The session is one for all: the other application asks for nothing.
    somebody.open_example(*FILES)
    somebody.expect_application("dcc")
    assert is_inside(somebody, *MEETINGS)
    assert is_inside(somebody, *FILES)
    desk.take_out()
    assert wait_until(lambda: not is_inside(somebody, *MEETINGS))
    assert wait_until(lambda: not is_inside(somebody, *FILES))
    # The agent told it; a heartbeat that stays away would have done it half a minute later.
    with opened.site.database() as database, database.read() as tx:
        whys = tx.execute(text("SELECT ended_why FROM sessions ORDER BY created_at DESC")).scalars()
        assert whys.first() == REMOVED
    somebody.open_example(*MEETINGS)
    somebody.expect_at("sceau")


def test_a_window_that_is_closed_sends_nothing(visit, desk) -> None:
    somebody = visit()
    desk.insert("medecin")
    at_meetings(somebody)
    ask_card(somebody)
    desk.page.locator("form[data-pin] button[name=cancel]").click()
    expect(somebody.page.locator("[data-said] .notice-warning")).to_be_visible()
    assert not is_inside(somebody, *MEETINGS)


@pytest.mark.parametrize("name", ["neurologue", "remplacant", "service"])
def test_a_card_that_is_over_or_nobodys_says_so(visit, desk, opened, name) -> None:
    somebody = come_by_card(visit, desk, opened, name)
    expect(somebody.page.locator("#form-error .notice-title")).to_be_visible()
    said = somebody.page.locator("#form-error .notice-title").inner_text()
    words = {"neurologue": "run out|expir", "remplacant": "r[eé]vo", "service": "service"}
    assert re.search(words[name], said, re.IGNORECASE), said
    assert not is_inside(somebody, *MEETINGS)


@pytest.mark.parametrize("name", ["secretaire", "inconnue"])
def test_an_employees_card_and_one_of_somebody_new_open_an_account(
    visit, desk, opened, name
) -> None:
    somebody = come_by_card(visit, desk, opened, name)
    somebody.expect_application("rcp")
    told = {"secretaire": "Fabre", "inconnue": "Garnier"}
    expect(somebody.page.locator(".person-name")).to_contain_text(told[name])


def test_codes_end_with_the_card(visit, desk, opened) -> None:
    """The one-time code is offered for as long as the card stands, and not a moment longer."""
    desk.have_meetings_ask(2)
    nurse = entry(opened.cast["people"], "infirmiere")

    def at_second_factor():
        somebody = visit()
        somebody.open_example(*FILES)
        log_in(somebody, nurse["identifier"], nurse["password"])
        somebody.expect_application("dcc")
        somebody.open_example(*MEETINGS)
        somebody.expect_at("sceau")
        return somebody

    codes = "button[name=channel], a[href*='means=otp']"
    assert at_second_factor().page.locator(codes).count()
    desk.choose("infirmiere", "revoke")
    expect(desk.card("infirmiere").locator(".desk-card-revoked")).to_be_visible()
    somebody = at_second_factor()
    expect(somebody.main).to_be_visible()
    assert not somebody.page.locator(codes).count()
    # A new card, used once, gives them back.
    desk.choose("infirmiere", "renew")
    desk.have_meetings_ask(3)
    come_by_card(visit, desk, opened, "infirmiere").expect_application("rcp")
    desk.have_meetings_ask(2)
    assert at_second_factor().page.locator(codes).count()


def test_the_calculette_opens_rcp(visit, desk, opened) -> None:
    somebody = visit()
    somebody.open_example(*MEETINGS)
    somebody.follow(somebody.main.locator("a[href*='means=calculette']"))
    serial = next(one["serial"] for one in opened.cast["cards"] if one["name"] == "medecin")
    somebody.page.locator("#identifier").fill(serial)
    somebody.follow(somebody.page.locator("form.calc button[type=submit]"))
    challenge = somebody.page.locator("#calc-challenge").inner_text()
    answer = desk.calculate("medecin", pin_of(opened, "medecin"), challenge)
    somebody.page.locator("#response").fill(answer)
    somebody.page.locator("form.calc button[type=submit]").click()
    somebody.expect_application("rcp")


def test_the_browsers_own_certificate_opens_rcp(visit, desk, opened) -> None:
    certificate = {
        "origin": opened.cast["card_door"],
        "pfxPath": next(one["file"] for one in opened.cast["cards"] if one["name"] == "medecin"),
        "passphrase": pin_of(opened, "medecin"),
    }
    somebody = visit(client_certificates=[certificate], ignore_https_errors=True)
    at_meetings(somebody)
    somebody.page.locator("button[formaction$='/card']").click()
    somebody.expect_application("rcp")
    # Without a certificate, a page says what is missing.
    other = visit(ignore_https_errors=True)
    at_meetings(other)
    other.page.locator("button[formaction$='/card']").click()
    other.expect_problem("card-missing")
