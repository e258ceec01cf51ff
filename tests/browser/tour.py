# SPDX-License-Identifier: Apache-2.0
"""Every page there is, by a name and the way to it: what is looked at, measured, photographed."""

import secrets
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser import calculettes, clerks, codes, devices, passkeys, renewal, telephone
from tests.browser.pages import Visit

WRONG = "Une tout autre phrase 1"
View = Callable[[Visit], None]


def welcome(somebody: Visit) -> None:
    somebody.open("/")


def login(somebody: Visit) -> None:
    somebody.open_example("dcc", "/dossiers")
    somebody.expect_login()


def login_long(somebody: Visit) -> None:
    somebody.ask("long")
    somebody.expect_login()


def login_portal(somebody: Visit) -> None:
    somebody.open("/login")
    somebody.expect_login()


def wrong(somebody: Visit) -> None:
    login(somebody)
    somebody.page.locator("#identifier").fill(f"nobody-{secrets.token_hex(4)}")
    somebody.password.fill(WRONG)
    somebody.follow(somebody.button)
    expect(somebody.page.get_by_role("alert")).to_be_visible()


def locked(somebody: Visit) -> None:
    login(somebody)
    if "barred" not in somebody.site.locked:
        somebody.site.locked.add("barred")
        for _try in range(6):
            somebody.log_in("barred", WRONG)
            expect(somebody.page.get_by_role("alert")).to_be_visible()
    somebody.log_in("barred")
    expect(somebody.page.locator("#form-error.notice-warning")).to_be_visible()


def again(somebody: Visit) -> None:
    portal(somebody)
    somebody.ask("plain", prompt="login")
    expect(somebody.page.locator(".notice-info")).to_be_visible()


def consent(somebody: Visit) -> None:
    somebody.ask("asking", scope="openid profile email phone")
    somebody.log_in("hesitating")
    expect(somebody.page.locator("form[action$='/consent']")).to_be_visible()


def activity(somebody: Visit) -> None:
    somebody.ask("practised")
    somebody.log_in("wondering")
    expect(somebody.page.locator("#activities button")).to_have_count(2)


def consent_long(somebody: Visit) -> None:
    somebody.ask("long")
    somebody.log_in("infirmiere")
    expect(somebody.page.locator("form[action$='/consent']")).to_be_visible()


def portal(somebody: Visit) -> None:
    login_portal(somebody)
    somebody.log_in("infirmiere")
    expect(somebody.page.locator(".tiles").first).to_be_visible()


def account(somebody: Visit) -> None:
    somebody.log_in_to("dcc")
    somebody.open("/account")
    expect(somebody.page.locator(".groups")).to_be_visible()


def of_account(path: str, who: str = "medecin") -> View:
    """A page of the account, after something has happened there."""

    def view(somebody: Visit) -> None:
        if who == "medecin":
            somebody.log_in_to("dcc")
        else:
            login_portal(somebody)
            somebody.log_in(who)
            expect(somebody.page.locator(".top-person")).to_be_visible()
        somebody.open(path)
        expect(somebody.page.get_by_role("heading", level=1)).to_be_visible()

    return view


def own_page_again(somebody: Visit) -> None:
    """A page that asks a visitor to log in, and will be opened then."""
    somebody.open("/account/data")
    somebody.expect_login()


def sharing(somebody: Visit) -> None:
    """Applications that were agreed to, and others."""
    somebody.ask("asking", scope="openid profile email phone", prompt="consent")
    somebody.log_in("sharing")
    accept = somebody.page.locator("button[name=answer][value=accept]")
    somebody.follow(accept)
    somebody.open("/account/applications")
    expect(somebody.page.locator("#shared .entry")).to_be_visible()


def logout_question(somebody: Visit) -> None:
    somebody.log_in_to("dcc")
    somebody.open("/logout")
    expect(somebody.page.locator("form[action='/logout']")).to_be_visible()


def logout_done(somebody: Visit) -> None:
    logout_question(somebody)
    somebody.follow(somebody.page.locator("form[action='/logout'] button"))
    expect(somebody.page.locator(".reached-reached")).to_have_count(1)


def logout_not_everywhere(somebody: Visit) -> None:
    somebody.log_in_to("dcc")
    for key in ("untold", "deaf"):
        somebody.ask(key)
        somebody.expect_arrival(key)
    somebody.open("/logout")
    somebody.follow(somebody.page.locator("form[action='/logout'] button"))
    expect(somebody.page.locator(".reached-failed")).to_have_count(1)


def nothing_to_leave(somebody: Visit) -> None:
    somebody.open("/logout")
    expect(somebody.page.get_by_role("heading", level=1)).to_be_visible()


def form_post(somebody: Visit) -> None:
    # The page sends itself; an answer without content leaves it in view.
    somebody.context.route("**/untold/cb", lambda route: route.fulfill(status=204))
    somebody.ask("untold", response_mode="form_post")
    somebody.log_in()
    expect(somebody.page.locator("form#post")).to_be_visible()


def expired(somebody: Visit) -> None:
    login(somebody)
    somebody.site.age_journeys()
    somebody.page.reload()


def unknown(somebody: Visit) -> None:
    somebody.open("/login/no-such-journey")


def other_browser(somebody: Visit) -> None:
    login(somebody)
    somebody.context.clear_cookies()
    somebody.page.reload()


def finished(somebody: Visit) -> None:
    login(somebody)
    journey = somebody.page.url
    somebody.log_in()
    somebody.expect_application("dcc")
    somebody.page.goto(journey)


def form_expired(somebody: Visit) -> None:
    login_portal(somebody)
    somebody.fill()
    somebody.context.clear_cookies()
    somebody.follow(somebody.button)
    somebody.page.locator("#error").wait_for()


def application_unknown(somebody: Visit) -> None:
    somebody.ask("of-nobody")


def application_wrong(somebody: Visit) -> None:
    somebody.ask("plain", redirect_uri="https://elsewhere.example/cb")


def application_request(somebody: Visit) -> None:
    somebody.ask("plain", response_type="token")


def refused(key: str, who: str) -> View:
    """The page of somebody who may not enter."""

    def view(somebody: Visit) -> None:
        somebody.ask(key)
        somebody.log_in(who)
        somebody.page.locator("#error").wait_for()

    return view


def community(somebody: Visit) -> None:
    somebody.open_example("dcc", "/dossiers")
    somebody.log_in("infirmiere")
    somebody.page.locator("#error").wait_for()


def level(somebody: Visit) -> None:
    somebody.ask("strong")


def page(path: str) -> View:
    """A page with an address of its own."""
    return lambda somebody: somebody.open(path)


def example(key: str, path: str, *, inside: bool = False) -> View:
    """A page of an example application."""

    def view(somebody: Visit) -> None:
        if inside:
            somebody.log_in_to(key)
        somebody.open_example(key, path)
        somebody.page.locator("main").wait_for()

    return view


def questions(somebody: Visit) -> None:
    somebody.open("/faq#code")
    expect(somebody.page.locator("#code")).to_be_visible()


def toolbox(somebody: Visit) -> None:
    somebody.open("/toolbox")
    somebody.page.locator("[data-toolbox][data-done]").wait_for()


def left(somebody: Visit) -> None:
    somebody.log_in_to("dcc")
    somebody.log_out_of("dcc")


# The id of the problem page that the way must end at, where it is one.
PROBLEMS: dict[str, View] = {
    "journey-expired": expired,
    "journey-unknown": unknown,
    "journey-other-browser": other_browser,
    "journey-finished": finished,
    "form-expired": form_expired,
    "application-unknown": application_unknown,
    "application-misconfigured": application_wrong,
    "application-request": application_request,
    "community": community,
    "population": refused("patients", "medecin"),
    "account-closed": refused("plain", "ancienne"),
    "level-unreachable": level,
    "no-activity": refused("practised", "medecin"),
    "launch-over": page("/launch/no-such-ticket"),
    "not-found": page("/nothing/here"),
} | renewal.PROBLEMS
PAGES: dict[str, View] = {
    "welcome": welcome,
    "login": login,
    "login-long": login_long,
    "login-portal": login_portal,
    "wrong": wrong,
    "locked": locked,
    "again": again,
    "consent": consent,
    "consent-long": consent_long,
    "activity": activity,
    "portal": portal,
    "account": account,
    "account-patient": of_account("/account", "patient"),
    "account-login": own_page_again,
    "account-profile": of_account("/account/profile"),
    "account-identity": of_account("/account/identity"),
    "account-directory": of_account("/account/directory"),
    "account-cards": of_account("/account/cards"),
    "account-sessions": of_account("/account/sessions"),
    "account-sessions-others": of_account("/account/sessions/others"),
    "account-requests": of_account("/account/requests"),
    "account-applications": sharing,
    "account-history": of_account("/account/history"),
    "account-data": of_account("/account/data"),
    "account-withdraw": of_account("/account/withdraw", "patient"),
    "account-withdrawn": page("/account/withdrawn"),
    "logout": logout_question,
    "logout-done": logout_done,
    "logout-not-everywhere": logout_not_everywhere,
    "logout-nothing": nothing_to_leave,
    "form-post": form_post,
    "help": page("/help"),
    "faq": questions,
    "contact": page("/contact"),
    "toolbox": toolbox,
    "legal": page("/legal"),
    "terms": page("/terms"),
    "accessibility": page("/accessibility"),
}
EXAMPLES: dict[str, View] = {
    "dcc-home": example("dcc", "/"),
    "dcc-dossiers": example("dcc", "/dossiers", inside=True),
    "dcc-connection": example("dcc", "/connection", inside=True),
    "dcc-left": left,
    "dcc-refused": example("dcc", "/callback?state=made-up&code=made-up"),
    "dcc-nothing": example("dcc", "/nothing/here"),
    "rcp-home": example("rcp", "/"),
    "rcp-meetings": example("rcp", "/meetings", inside=True),
}
EVERY: dict[str, View] = (
    PAGES
    | PROBLEMS
    | EXAMPLES
    | passkeys.VIEWS
    | telephone.VIEWS
    | codes.VIEWS
    | devices.VIEWS
    | renewal.VIEWS
    | calculettes.VIEWS
    | clerks.VIEWS
)
