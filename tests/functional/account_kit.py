# SPDX-License-Identifier: Apache-2.0
"""At one's account: who enters, what the pages show, what was just done."""

from bs4 import Tag

from tests.world import Browser, RelyingParty, World

ENGLISH = {"Accept-Language": "en"}


def enter(world: World, who: str = "medecin", address: str = "192.0.2.10", **headers: str):
    """Somebody who has just logged in."""
    browser = world.browser(address, **ENGLISH | headers)
    browser.get("/login")
    browser.log_in(who)
    return browser


def agree(
    world: World, browser: Browser, who: str = "medecin", scope: str = "openid email"
) -> tuple[RelyingParty, dict]:
    """The application that asks for consent gets it; its tokens."""
    client = world.client("outside")
    response = client.ask(browser, scope=scope)
    if response.status_code == 200 and browser.page.find(id="identifier"):
        response = browser.log_in(who)
    if response.status_code == 200:
        response = browser.submit("/consent", answer="accept")
    return client, client.redeem(client.answered(response)["code"]).json


def words(part: Tag) -> str:
    """A part of a page as it is read."""
    return " ".join(part.get_text(" ").split())


def entries(browser: Browser, within: str = "main") -> list[dict[str, str]]:
    """The entries of a list: title, badge, facts by their labels, and the button's words."""
    found = []
    for entry in browser.page.select(f"{within} .entry"):
        facts = {words(one.dt): words(one.dd) for one in entry.select("dl > div")}
        for name, selector in (("", ".entry-name"), ("badge", ".badge"), ("button", "button")):
            part = entry.select_one(selector)
            facts[name] = words(part) if part else ""
        found.append(facts)
    return found


def sessions(browser: Browser) -> list[dict[str, str]]:
    """The entries of « Open sessions »."""
    browser.get("/account/sessions")
    return entries(browser)


def token_of(browser: Browser) -> str:
    """The page's CSRF token."""
    return str(browser.page.find("input", attrs={"name": "csrf"})["value"])


def told(browser: Browser) -> str:
    """What a button has just done, in the page's words."""
    notice = browser.page.select_one(".notice-success")
    return words(notice) if notice else ""


def is_in(browser: Browser) -> bool:
    """Whether our own pages know somebody in this browser."""
    return browser.request("GET", "/account").status_code == 200


def alive(client: RelyingParty, tokens: dict) -> set[str]:
    """Which of these tokens open anything; the refresh token is tried last, as it turns."""
    found = set()
    if client.userinfo(tokens["access_token"]).status == 200:
        found.add("userinfo")
    if client.introspect(tokens["access_token"]).json["active"]:
        found.add("introspection")
    if client.refresh(tokens["refresh_token"]).status == 200:
        found.add("refresh")
    return found
