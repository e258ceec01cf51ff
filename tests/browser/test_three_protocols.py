# SPDX-License-Identifier: Apache-2.0
"""One login for DCC (OpenID Connect), Messagerie (SAML) and an old application (headers)."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.cards_desk import CardDesk, Opener, ask_card, is_inside
from tests.browser.conftest import visiting
from tests.browser.mail_room import (
    FILES,
    choose_if_asked,
    is_fine,
    with_calculette,
    with_password,
)
from tests.browser.pages import Visit
from tests.browser.test_card_story import pin_of
from tests.demo.opened import Demo
from tests.demo.processes import wait_until

MAIL, OLD = ("messagerie", "/messages"), ("legacy", "/")
ALL = (FILES, MAIL, OLD)


@pytest.fixture
def visit(chromium: Browser, opened: Demo) -> Iterator[Opener]:
    """Browsers on the demo."""
    with visiting(chromium, opened.site) as open_browser:
        yield open_browser


@pytest.fixture
def desk(visit: Opener) -> CardDesk:
    """The desk, and no card in its reader."""
    made = CardDesk(visit())
    if not made.page.locator("[data-reader='']").count():
        made.take_out()
    return made


def test_one_login_three_protocols_and_a_step_up_by_the_card(
    visit: Opener, desk: CardDesk, opened: Demo, shots: Callable[[Page, str], None]
) -> None:
    somebody = visit()
    with_password(somebody, opened)
    # Level 3: the card is asked for, and nothing that was given already.
    desk.insert("medecin")
    somebody.open_example(*MAIL)
    somebody.expect_at("sceau")
    assert not somebody.page.locator("input[type=password]").count()
    ask_card(somebody)
    desk.type_pin(pin_of(opened, "medecin"))
    choose_if_asked(somebody)
    somebody.expect_application("messagerie")
    assert somebody.path == "/messages"
    expect(somebody.main).to_contain_text("RPPS 99700000013")
    shots(somebody.page, "messagerie-inbox")
    # Headers: whoever is logged in passes without a page.
    somebody.open_example("legacy")
    expect(somebody.main).to_contain_text("X-Remote-User")
    assert all(is_inside(somebody, *one) for one in ALL)
    # One logout, here, ends all three: the last one to be told is told by its own server.
    somebody.open_example(*MAIL)
    somebody.page.locator("header form[action='/logout'] button").click()
    somebody.page.wait_for_url(somebody.site.url("messagerie") + "/logged-out**")
    expect(somebody.main).to_contain_text("celles des autres applications")
    assert wait_until(lambda: not any(is_inside(somebody, *one) for one in ALL))


def test_a_logout_in_dcc_ends_messagerie(visit: Opener, desk: CardDesk, opened: Demo) -> None:
    somebody = visit()
    with_password(somebody, opened)
    somebody.open_example(*MAIL)
    with_calculette(somebody, desk, opened)
    assert is_inside(somebody, *MAIL)
    somebody.open_example(*FILES)
    somebody.page.locator("header form[action='/logout'] button").click()
    somebody.page.wait_for_url(somebody.site.url("dcc") + "/logged-out**")
    # Told by SOAP, without the browser.
    assert wait_until(lambda: not is_inside(somebody, *MAIL))
    assert not is_inside(somebody, *FILES)


def test_a_message_is_read_answered_and_kept(
    visit: Opener, desk: CardDesk, opened: Demo, shots: Callable[[Page, str], None]
) -> None:
    somebody = visit(javascript=False, width=390)
    somebody.open_example("messagerie")
    is_shown(somebody, shots, "messagerie-home")
    somebody.follow(somebody.main.locator("a.button"))
    with_calculette(somebody, desk, opened, javascript=False)
    somebody.follow(somebody.page.locator(".tabs a[href='/messages/sent']"))
    expect(somebody.main).to_contain_text("Vous n’avez encore rien écrit")
    shots(somebody.page, "messagerie-empty")
    somebody.follow(somebody.page.locator(".tabs a[href='/messages']"))
    somebody.follow(somebody.main.locator(".letter-new a").first)
    expect(somebody.main).to_contain_text("polynucléaires neutrophiles")
    shots(somebody.page, "messagerie-message")
    somebody.follow(somebody.main.locator("a.button"))
    somebody.follow(somebody.main.locator("button[type=submit]"))
    expect(somebody.main.locator("#body-fault")).to_be_visible()
    shots(somebody.page, "messagerie-compose")
    somebody.page.locator("#body").fill("Merci, c’est noté : à lundi.")
    somebody.follow(somebody.main.locator("button[type=submit]"))
    expect(somebody.main.locator(".letter")).to_have_count(1)
    expect(somebody.main).to_contain_text("Re : Compte rendu d’hospitalisation de jour")


def is_shown(somebody: Visit, shots: Callable[[Page, str], None], name: str) -> None:
    expect(somebody.main).to_be_visible()
    shots(somebody.page, name)


def test_every_page_of_messagerie_reads_well_in_the_dark_and_in_english(
    visit: Opener, desk: CardDesk, opened: Demo, shots: Callable[[Page, str], None]
) -> None:
    somebody = visit(dark=True, locale="en")
    somebody.open_example("messagerie")
    is_fine(somebody.page)
    somebody.follow(somebody.main.locator("a.button"))
    with_calculette(somebody, desk, opened)
    for path in ("/messages", "/messages/sent", "/messages/new", "/messages/1", "/connection"):
        somebody.open_example("messagerie", path)
        expect(somebody.page.locator(".person-name")).to_be_visible()
        is_fine(somebody.page)
        shots(somebody.page, f"messagerie-dark{path.replace('/', '-')}")
