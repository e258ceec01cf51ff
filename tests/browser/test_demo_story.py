# SPDX-License-Identifier: Apache-2.0
"""The whole life of a password in `sceau demo`, with nothing at hand but its virtual desk."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import visiting
from tests.browser.pages import Visit
from tests.browser.passkeys import button, give_device
from tests.browser.renewal import choose, expect_rule, forget
from tests.demo.opened import demo
from tests.servers import Site

FRESH, OTHER, THIRD = "Corbeau-lanterne-7294", "Brouette-nuage-5518", "Sabot-horizon-3306"
NEW, DOCTOR, NURSE = "stessier", "cdurand", "mdelarochefoucauldvilleneuve"
# One has a mobile; the other one has an e-mail address alone.
PATIENTS = [("gebeaupre", "sms"), ("tdaubigne", "email")]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo, as one command starts it."""
    with demo(tmp_path_factory.mktemp("story") / "data") as opened:
        yield opened.site


@pytest.fixture
def visit(chromium: Browser, shown: Site) -> Iterator[Callable[..., Visit]]:
    """Browsers on it."""
    with visiting(chromium, shown) as open_browser:
        yield open_browser


class Desk:
    """The desk in a window of its own, looked at as a person does."""

    def __init__(self, visit: Visit) -> None:
        self.page = visit.page
        visit.open("/desk")
        expect(self.page.locator(".people-words button").first).to_be_visible()
        self.visit = visit

    def password_of(self, identifier: str) -> str:
        """The password beside somebody's name."""
        words = self.page.locator(".people-words", has_text=re.compile(f"^{identifier} "))
        return str(words.locator("[data-copyable]").nth(1).get_attribute("data-copyable"))

    def empty(self) -> None:
        """Throw all messages away: what is asked for next is the only one of its kind."""
        # A window that stood open shows what came a moment later.
        self.visit.open("/desk")
        button = self.page.locator("form[action='/desk/messages/empty'] button")
        if button.count():
            self.visit.follow(button)

    def sms(self, word: str) -> Locator:
        """The SMS that has this word, once it is there."""
        return self.arrived(self.page.locator(".bubble", has_text=word))

    def letter(self, word: str) -> Locator:
        """The e-mail that has this word in its text, once it is there."""
        return self.arrived(self.page.locator(".letter", has_text=word))

    def arrived(self, message: Locator) -> Locator:
        expect(message).to_have_count(1)
        return message

    def word(self, message: Locator) -> str:
        """What is to be typed."""
        return str(message.locator("[data-copyable]").first.get_attribute("data-copyable"))

    def link(self, message: Locator) -> str:
        """Where it leads."""
        return str(message.locator("a").first.get_attribute("href"))

    def move(self, step: str) -> None:
        """Move the demo's clock."""
        self.visit.follow(self.page.locator(f"button[name=step][value={step}]"))


def log_in(somebody: Visit, identifier: str, password: str) -> None:
    somebody.page.locator("#identifier").fill(identifier)
    somebody.password.fill(password)
    somebody.follow(somebody.button)


def take_code(somebody: Visit, desk: Desk, channel: str) -> None:
    """Have a code sent, read it on the desk, and type it."""
    desk.empty()
    somebody.follow(somebody.page.locator(f"button[name=channel][value={channel}]"))
    # Letters on other matters, such as a login in a new browser, may arrive at any moment.
    kept = {"sms": ".bubble", "email": ".letter"}[channel]
    code = desk.word(desk.arrived(desk.page.locator(kept, has=desk.page.locator("button"))))
    somebody.page.locator("#code").fill(code)
    somebody.page.locator("form:has(#code) button[type=submit]").click()


def at_meetings(somebody: Visit, password: str) -> None:
    """From RCP by the password to the question for the app's code."""
    somebody.open_example("rcp", "/meetings")
    log_in(somebody, NURSE, password)
    if not somebody.page.locator("form[action*='/totp']").count():
        somebody.follow(somebody.main.locator("a[href*='means=totp']"))
    expect(somebody.page.locator("#code")).to_be_visible()


def test_a_professional_forgets_and_reads_the_link_on_the_desk(visit) -> None:
    desk, somebody = Desk(visit()), visit()
    desk.empty()
    somebody.open("/password/forgotten")
    forget(somebody, DOCTOR)
    link = desk.link(desk.letter("/password/reset/"))
    somebody.page.goto(link)
    choose(somebody, THIRD)
    somebody.follow(somebody.main.locator("a.button"))
    log_in(somebody, DOCTOR, THIRD)
    expect(somebody.page.locator(".top-person")).to_be_visible()
    somebody.page.goto(link)
    somebody.expect_problem("reset-over")
    # The second factor, by the way that has not given the password back (CR-044).
    other = visit()
    other.open_example("rcp", "/meetings")
    log_in(other, DOCTOR, THIRD)
    expect(other.page.locator("button[name=channel]")).to_have_count(1)
    take_code(other, desk, "sms")
    other.expect_application("rcp")
    # The day after, by either.
    desk.move("day")
    other = visit()
    other.open_example("rcp", "/meetings")
    log_in(other, DOCTOR, THIRD)
    take_code(other, desk, "email")
    other.expect_application("rcp")


@pytest.mark.parametrize(("who", "channel"), PATIENTS, ids=["sms", "email"])
def test_a_patient_forgets_and_reads_the_temporary_one_on_the_desk(visit, who, channel) -> None:
    desk, somebody = Desk(visit()), visit(javascript=False, width=390, locale="en")
    desk.empty()
    somebody.open("/password/forgotten")
    forget(somebody, who)
    temporary = desk.word(desk.sms("/login") if channel == "sms" else desk.letter(who))
    somebody.follow(somebody.main.locator("a.button"))
    log_in(somebody, who, temporary)
    choose(somebody, FRESH)
    expect(somebody.page.locator(".top-person")).to_be_visible()


def test_a_session_ended_here_dies_in_the_other_browser_at_once(visit) -> None:
    here, there = visit(), visit(javascript=False, width=390)
    password = Desk(visit()).password_of(NURSE)
    for one in (there, here):
        one.open_example("dcc", "/dossiers")
        log_in(one, NURSE, password)
        one.expect_application("dcc")
    here.open("/account/sessions")
    here.follow(here.main.locator("form.entry-act button"))
    # The application there has been told: it does not ask anybody first.
    there.open_example("dcc", "/dossiers")
    there.expect_login()
    here.open_example("dcc", "/dossiers")
    here.expect_application("dcc")


def test_an_authenticator_app_a_recovery_code_and_a_passkey(visit) -> None:
    """The app is on the desk's telephone, and its camera sees the screen."""
    desk, somebody = Desk(visit()), visit()
    password = desk.password_of(NURSE)
    somebody.open("/account/authenticator")
    log_in(somebody, NURSE, password)
    somebody.follow(somebody.main.locator("a.button").first)
    # Whoever has codes switched on proves by one that the app is theirs.
    take_code(somebody, desk, "sms")
    somebody.page.locator(".pairing-picture").wait_for()
    desk.visit.follow(desk.page.locator("form[action='/desk/authenticator/scan'] button"))
    shown = desk.page.locator(".otp [data-copyable]")
    somebody.page.locator("#code").fill(str(shown.get_attribute("data-copyable")))
    somebody.follow(somebody.page.locator("form:has(#code) button[type=submit]"))
    paper = somebody.page.locator(".codes code").first.inner_text()
    somebody.follow(somebody.page.locator("form[action$='/noted'] button"))
    # A code is good once. Tomorrow there is another one.
    desk.move("day")
    at_meetings(somebody, password)
    somebody.page.locator("#code").fill(str(shown.get_attribute("data-copyable")))
    somebody.page.locator("form:has(#code) button[type=submit]").click()
    somebody.expect_application("rcp")
    other = visit()
    at_meetings(other, password)
    other.follow(other.page.locator("button[name=way]"))
    other.page.locator("#paper").fill(paper)
    other.page.locator("form:has(#paper) button[type=submit]").click()
    other.expect_application("rcp")
    # Both factors were just proved: a passkey may be added, and is enough from then on.
    give_device(other)
    other.open("/account/passkeys/new")
    button(other).click()
    expect(other.main.locator(".entry")).to_have_count(1)


def test_from_the_first_login_to_the_fourth_month(visit) -> None:
    """A temporary password, one's own, the fourth month, one that was used before, another."""
    desk, somebody = Desk(visit()), visit()
    temporary = desk.password_of(NEW)
    somebody.open_example("dcc", "/dossiers")
    log_in(somebody, NEW, temporary)
    expect_rule(somebody, "length", "open")
    choose(somebody, temporary)
    expect_rule(somebody, "history", "unmet")
    choose(somebody, FRESH)
    somebody.expect_application("dcc")
    expect(desk.page.locator(".letter", has_text="Solène Tessier").first).to_be_visible()
    # Four months go by: the session is over, and the password too.
    desk.move("four-months")
    expect(desk.page.locator("button[value=return]")).to_be_visible()
    somebody.open_example("dcc", "/dossiers")
    somebody.expect_login()
    log_in(somebody, NEW, FRESH)
    expect(somebody.main.locator(".lead")).to_contain_text("durée limitée")
    choose(somebody, FRESH)
    expect_rule(somebody, "history", "unmet")
    choose(somebody, OTHER)
    somebody.expect_application("dcc")
    assert somebody.path == "/dossiers"
