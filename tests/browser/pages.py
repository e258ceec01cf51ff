# SPDX-License-Identifier: Apache-2.0
"""One person at one browser: where they are, what they see, what they press."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import BrowserContext, Locator, Page, expect
from sqlalchemy import text

from idp.clock import SystemClock
from idp.credentials.beside import KEPT
from idp.credentials.pending import Pending
from idp.crypto import parse_key_ring
from tests.browser.standin import KINDS
from tests.cast import PASSWORD, PEOPLE
from tests.servers import LONERS, Site
from tests.world import CONFIRM, RING

# RFC 7636 appendix B: any fixed challenge does for pages that never redeem the code.
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def identifier_of(who: str) -> str:
    """The identifier of somebody of the cast."""
    return LONERS[who][0] if who in LONERS else PEOPLE[who].identifier


def follow(page: Page, link: Locator) -> None:
    """Press what leads to another page, and wait until that page has taken this one's place.

    A click alone returns as soon as the browser has heard of it: whatever is looked at then may
    still be the old page, and what is opened then may cut the form off on its way.
    """
    # A page that sends itself on may be shown at this moment: its going is not what is waited for.
    link.wait_for()
    with page.expect_navigation(wait_until="domcontentloaded"):
        link.click()


@dataclass
class Visit:
    """The browser of a test."""

    site: Site
    context: BrowserContext
    page: Page
    # As `tests.world.Browser`: the code that is asked for beside a password comes and is typed.
    reads_mail: bool = True

    def tab(self) -> "Visit":
        """Another tab of the same browser."""
        return Visit(self.site, self.context, self.context.new_page())

    def open(self, path: str = "/") -> None:
        """A page of the provider."""
        self.page.goto(self.site.issuer + path)
        self.confirm()

    def confirm(self) -> None:
        """Where a code from the mailbox is asked for: as if it had been typed."""
        if not self.reads_mail or self.path != CONFIRM:
            return
        clock = SystemClock()
        pending = Pending(clock, parse_key_ring(RING))
        with self.site.database() as database, database.write() as tx:
            for row in tx.execute(text("SELECT id, account_id FROM sessions")).all():
                pending.keep(tx, KEPT, row.id, row.account_id, str(clock.now()))
        wanted = parse_qs(urlsplit(self.page.url).query)["for"][0]
        self.page.goto(f"{self.site.issuer}/account/{wanted}")

    def open_example(self, key: str, path: str = "/") -> None:
        """A page of an example application."""
        self.page.goto(self.site.url(key) + path)

    def ask(self, key: str, **changes: str) -> None:
        """Arrive from an application that stands in, or from one of the cast that is nowhere."""
        there = f"{self.site.url('standin')}/{key}" if key in KINDS else f"https://{key}.example"
        parameters = {
            "client_id": key,
            "redirect_uri": f"{there}/cb",
            "response_type": "code",
            "scope": "openid profile email",
            "state": "state-of-this-tab",
            "nonce": "nonce-of-this-tab",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | changes
        self.open("/oidc/authorize?" + urlencode(parameters))

    @property
    def where(self) -> str:
        """The name of the server shown."""
        port = urlsplit(self.page.url).port
        return next((name for name, one in self.site.ports.items() if one == port), "elsewhere")

    @property
    def path(self) -> str:
        """The path shown."""
        return urlsplit(self.page.url).path

    @property
    def main(self) -> Locator:
        """The main part of the page."""
        return self.page.get_by_role("main")

    @property
    def problem(self) -> str:
        """The stable id of the problem page shown, or nothing."""
        found = self.page.locator("main#error")
        return found.get_attribute("data-error") or "" if found.count() else ""

    @property
    def password(self) -> Locator:
        """The password's field."""
        return self.page.locator("#password")

    @property
    def button(self) -> Locator:
        """The button of the password form."""
        return self.page.locator("form[action^='/login/'][action*='/password'] button[type=submit]")

    def fill(self, who: str = "medecin", password: str = PASSWORD) -> None:
        """Fill in the password form."""
        self.page.locator("#identifier").fill(identifier_of(who))
        self.password.fill(password)

    def log_in(self, who: str = "medecin", password: str = PASSWORD) -> None:
        """Fill in the password form, send it, and wait for the page that answers it."""
        self.fill(who, password)
        self.follow(self.button)

    def follow(self, link: Locator) -> None:
        """As `follow` below; where a code from the mailbox is asked for, it is typed."""
        follow(self.page, link)
        self.confirm()

    def expect_problem(self, name: str) -> None:
        """The problem page of this stable id is shown."""
        expect(self.page.locator("main#error")).to_have_attribute("data-error", name)

    def expect_at(self, where: str) -> None:
        """A page of this server is shown."""
        address = self.site.issuer if where == "sceau" else self.site.url(where)
        self.page.wait_for_url(address + "/**")

    def expect_login(self) -> None:
        """The login page is shown."""
        expect(self.button).to_be_visible()

    def expect_application(self, key: str) -> None:
        """An example application is shown, and it knows the person."""
        self.expect_at(key)
        expect(self.page.locator(".person-name")).to_be_visible()

    def log_in_to(self, key: str, who: str = "medecin") -> None:
        """From an example application's home page to its inside."""
        self.open_example(key)
        self.follow(self.page.locator("main a.button").first)
        self.expect_login()
        self.log_in(who)
        self.expect_application(key)

    def expect_arrival(self, key: str) -> None:
        """The browser was sent to an application that stands in."""
        self.page.wait_for_url(f"{self.site.url('standin')}/{key}/**")
        expect(self.page.locator("h1")).to_have_text("Arrived")

    def log_out_of(self, key: str) -> None:
        """Press the application's own logout."""
        self.page.locator("header form[action='/logout'] button").click()
        self.page.wait_for_url(self.site.url(key) + "/logged-out**")

    def sideways(self) -> int:
        """By how many pixels the page can be scrolled sideways."""
        beyond: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return beyond
