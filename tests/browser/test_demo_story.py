# SPDX-License-Identifier: Apache-2.0
"""The whole life of a password in `sceau demo`, with nothing at hand but its virtual desk."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from idp.config import load
from tests.browser.conftest import visiting
from tests.browser.pages import Visit
from tests.browser.renewal import choose, expect_rule, forget
from tests.demo.test_demo import demo
from tests.servers import Site

FRESH, OTHER, THIRD = "Corbeau-lanterne-7294", "Brouette-nuage-5518", "Sabot-horizon-3306"
NEW, DOCTOR = "stessier", "cdurand"
# One has a mobile; the other one has an e-mail address alone.
PATIENTS = [("gebeaupre", "sms"), ("tdaubigne", "email")]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo, as one command starts it."""
    with demo(tmp_path_factory.mktemp("story") / "data") as opened:
        addresses = opened.cast["addresses"]
        ports = {name: int(url.rpartition(":")[2]) for name, url in addresses.items()}
        settings = load(opened.folder / "sceau.toml", {})
        yield Site(addresses["sceau"], settings, opened.folder, ports)


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
        expect(self.page.locator("button[data-copyable]").first).to_be_visible()
        self.visit = visit

    def password_of(self, identifier: str) -> str:
        """The password beside somebody's name."""
        words = self.page.locator(".people-words", has_text=re.compile(f"^{identifier} "))
        return str(words.locator("[data-copyable]").nth(1).get_attribute("data-copyable"))

    def empty(self) -> None:
        """Throw all messages away: the next one is the only one."""
        button = self.page.locator("form[action='/desk/messages/empty'] button")
        if button.count():
            self.visit.follow(button)
        expect(self.page.locator("[data-message]")).to_have_count(0)

    def sms(self, word: str) -> Locator:
        """The SMS that has this word, once it is there."""
        return self.arrived(self.page.locator(".bubble", has_text=word))

    def letter(self, word: str) -> Locator:
        """The e-mail that has this word in its text, unfolded."""
        letter = self.arrived(self.page.locator(".letter", has_text=word))
        if letter.get_attribute("open") is None:
            letter.locator("summary").click()
        return letter

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
    kept = {"sms": ".bubble", "email": ".letter"}[channel]
    code = desk.word(desk.arrived(desk.page.locator(kept)))
    somebody.page.locator("#code").fill(code)
    somebody.page.locator("form:has(#code) button[type=submit]").click()


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
    assert desk.letter("Solène Tessier")
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
    # The second factor, by each of its ways.
    for channel in ("sms", "email"):
        other = visit()
        other.open_example("rcp", "/meetings")
        log_in(other, DOCTOR, THIRD)
        take_code(other, desk, channel)
        other.expect_application("rcp")


@pytest.mark.parametrize(("who", "channel"), PATIENTS, ids=["sms", "email"])
def test_a_patient_forgets_and_reads_the_temporary_one_on_the_desk(visit, who, channel) -> None:
    desk, somebody = Desk(visit()), visit(javascript=False, width=390, locale="en")
    desk.empty()
    somebody.open("/password/forgotten")
    forget(somebody, who)
    temporary = desk.word(desk.sms(who) if channel == "sms" else desk.letter(who))
    somebody.follow(somebody.main.locator("a.button"))
    log_in(somebody, who, temporary)
    choose(somebody, FRESH)
    expect(somebody.page.locator(".top-person")).to_be_visible()
