# SPDX-License-Identifier: Apache-2.0
"""In the demo, by what anybody sees: people who ask for an account, and those who decide on it."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Locator, expect

from idp.registration.questions import DAYS, KINDS, MONTHS, NUMBERS, PLACES, TEXTS
from tests.browser.cards_desk import CardDesk
from tests.browser.pages import Visit
from tests.browser.test_demo_story import Desk, log_in, take_code

FRENCH = {
    "visibility": "professionals",
    "street": "3 rue du Change",
    "post_code": "41100",
    "city": "Vendôme",
    "phone": "02 61 91 00 41",
}


@dataclass
class Applicant:
    """Somebody without an account, at a browser, with the desk beside it."""

    visit: Visit
    desk: Desk
    email: str
    typed: dict[str, str] = field(default_factory=dict)

    @property
    def page(self) -> Locator:
        """What is shown."""
        return self.visit.main

    def press(self, action: str) -> None:
        """The button that leads on from a form."""
        form = self.page.locator(f"form[action='{action}']")
        self.visit.follow(form.locator("button[type=submit]:visible").last)

    def begin(self, *, card: bool = False) -> None:
        """From the login page to the question for the card."""
        self.visit.open("/login")
        self.visit.follow(self.page.locator("a[href='/registration']"))
        self.page.locator("#terms").check()
        self.press("/registration")
        answer = "yes" if card else "no"
        self.page.locator(f"input[name=has_card][value={answer}]").check()
        self.press("/registration/card")

    def show_card(self, reader: CardDesk, name: str, pin: str) -> None:
        """The card in the desk's reader, and its PIN in the window there."""
        reader.insert(name)
        form = self.page.locator("form[data-card][data-state=present]")
        form.locator("button[name=way]").click()
        reader.type_pin(pin)
        self.visit.page.wait_for_url("**/registration/details")

    def fill_in(self, number: str = "", **changes: str) -> None:
        """The second step; the register fills in what it knows."""
        if number:
            self.page.locator("#number").fill(number)
        if self.page.locator("#number").input_value():
            self.visit.follow(self.page.locator("button[name=fill]"))
        typed = FRENCH | {"email": self.email, "email_again": self.email} | self.typed | changes
        for name, text in typed.items():
            if name == "visibility":
                self.page.locator(f"input[name=visibility][value={text}]").check()
            elif self.page.locator(f"select#{name}").count():
                self.page.locator(f"#{name}").select_option(text)
            else:
                self.page.locator(f"#{name}").fill(text)
        self.visit.follow(self.page.locator(".registration-ways button[type=submit]"))

    def wish(self, *communities: str) -> None:
        """The third step."""
        for key in communities:
            self.page.locator(f"input[name=community][value={key}]").check()
        self.press("/registration/wishes")

    def finish(self) -> None:
        """The fourth step, by the question that may be heard instead of the picture."""
        self.visit.follow(self.page.locator("button[name=kind][value=question]"))
        question = self.page.locator("label[for=answer]").inner_text()
        self.page.locator("#answer").fill(answer_to(question))
        self.press("/registration/summary")

    def letter(self, words: str) -> Locator:
        """The newest letter to them with these words, once it is on the desk."""
        letters = self.desk.page.locator(".letter", has_text=self.email)
        found = letters.filter(has_text=words).first
        expect(found).to_be_attached()
        return found

    def follow_letter(self, words: str) -> None:
        """Its link, in their browser."""
        self.visit.page.goto(self.desk.link(self.letter(words)))

    def confirm(self) -> None:
        """The mailbox is theirs."""
        self.follow_letter("/registration/confirm")
        self.press("/registration/confirm")

    def send(self, number: str, *communities: str, **changes: str) -> None:
        """All four steps without a card, and the letter."""
        self.begin()
        self.fill_in(number, **changes)
        self.wish(*communities)
        self.finish()
        self.confirm()


def number_of(desk: Desk, name: str) -> str:
    """The RPPS number that the desk tells of somebody without an account."""
    person = desk.page.locator(".people li", has_text=name)
    return str(person.locator("[data-copyable]").get_attribute("data-copyable"))


def answer_to(question: str) -> str:
    """What anybody would say to a plain question in French."""
    said = " ".join(question.split())
    for name, text in TEXTS["fr"].items():
        words = re.sub(r"\\{\d\\}", "(.+)", re.escape(" ".join(text.split())))
        if found := re.search(words, said):
            return _answer(name, found.groups())
    raise AssertionError(question)


def _answer(name: str, said: tuple[str, ...]) -> str:
    if name in {"sum", "difference", "largest"}:
        numbers = [NUMBERS["fr"].index(one) for one in said]
        first, last = numbers[0], numbers[-1]
        return str({"sum": first + last, "difference": first - last}.get(name, max(numbers)))
    if name in {"day", "month"}:
        names = {"day": DAYS, "month": MONTHS}[name]["fr"]
        return names[(names.index(said[0]) + 1) % len(names)]
    if name == "kind":
        return next(one for one in said[1:] if one in KINDS["fr"][said[0]])
    return said[1][PLACES["fr"].index(said[0])] if name == "letter" else str(len(said[0]))


@dataclass
class Clerk:
    """An administrator at the console."""

    visit: Visit

    def enter(self, desk: Desk, identifier: str) -> "Clerk":
        """With the password and a code, both read on the desk."""
        self.visit.open("/admin")
        log_in(self.visit, identifier, desk.password_of(identifier))
        take_code(self.visit, desk, "email")
        expect(self.visit.page.locator("#console-menu")).to_be_attached()
        return self

    def open_request(self, name: str) -> None:
        """A request of the queue, by the name in its row."""
        self.visit.open("/admin")
        self.visit.follow(self.visit.page.locator("#console-menu a[href='/admin/requests']"))
        self.visit.follow(self.visit.page.locator("[data-row]", has_text=name).locator("a").first)

    def decide(self, act: str, **typed: str) -> None:
        """Approve, ask or refuse; what is typed beside it."""
        panel = self.visit.page.locator(f"#{act}")
        for name, text in typed.items():
            if name == "way":
                panel.locator(f"input[name=way][value={text}]").check()
            else:
                panel.locator(f"[name={name}]").fill(text)
        self.visit.follow(panel.locator("form button[type=submit]"))
        expect(self.visit.page.locator(".news")).to_be_visible()
