# SPDX-License-Identifier: Apache-2.0
"""Chromium's virtual authenticator, and the ways to the pages of passkeys."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Locator, expect
from sqlalchemy import text

from tests.browser.pages import Visit

WHO = "keyed"
HOME = "/account/passkeys"
NEW = f"{HOME}/new"


@dataclass
class Device:
    """An authenticator that answers by itself, as far as its user is verified."""

    session: CDPSession
    id: str

    def send(self, command: str, **parameters: Any) -> Any:
        """A command of the WebAuthn domain."""
        return self.session.send(f"WebAuthn.{command}", {"authenticatorId": self.id} | parameters)

    @property
    def credentials(self) -> list[dict[str, Any]]:
        """What it holds."""
        found: list[dict[str, Any]] = self.send("getCredentials")["credentials"]
        return found

    def verifies(self, *, willing: bool) -> None:
        """Whether its user gives the right PIN from now on."""
        self.send("setUserVerified", isUserVerified=willing)

    def rewind(self) -> None:
        """Its passkeys go on from an earlier state, as a copy's would."""
        for one in self.credentials:
            self.send("removeCredential", credentialId=one["credentialId"])
            self.send("addCredential", credential=one | {"signCount": 0})


def give_device(somebody: Visit, transport: str = "internal") -> Device:
    """An authenticator for a browser's tab."""
    session = somebody.context.new_cdp_session(somebody.page)
    session.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "transport": transport,
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Device(session, made["authenticatorId"])


def forget_passkeys(somebody: Visit) -> None:
    """Nobody has any: tests of one session share the person."""
    with somebody.site.database() as database, database.write() as tx:
        tx.execute(text("DELETE FROM passkeys"))


def button(somebody: Visit) -> Locator:
    """The one button of a page about a passkey."""
    return somebody.page.locator("form[data-passkey]:not([hidden]) button[type=submit]")


def enter(somebody: Visit, path: str = HOME) -> None:
    """Log in by password, and go there."""
    somebody.open("/login?means=password")
    somebody.log_in(WHO)
    expect(somebody.page.locator(".tiles").first).to_be_visible()
    somebody.open(path)


def enrol(somebody: Visit, name: str = "") -> Device:
    """Somebody's first passkey."""
    forget_passkeys(somebody)
    device = give_device(somebody)
    enter(somebody, NEW)
    if name:
        somebody.page.locator("#name").fill(name)
    button(somebody).click()
    expect(somebody.main.locator(".entry")).to_have_count(1)
    return device


def leave(somebody: Visit) -> None:
    """Log out, and stand before the door again."""
    somebody.open("/logout")
    somebody.follow(somebody.page.locator("form[action='/logout'] button"))
    expect(somebody.page.locator("form[action='/logout']")).to_have_count(0)


def ask_by_passkey(somebody: Visit, key: str = "either") -> None:
    """From an application to the page of the passkey."""
    somebody.ask(key)
    somebody.follow(somebody.page.locator("a.way[href$='means=passkey']"))
    expect(somebody.page.locator("form[data-passkey=get]")).to_be_visible()


def say(somebody: Visit) -> Locator:
    """The sentence that the page says after the browser had its turn."""
    return somebody.page.locator("[data-said] .notice")


# Ways to the pages, for the tour.


def at_login(somebody: Visit) -> None:
    somebody.ask("firm")
    expect(button(somebody)).to_be_visible()


def at_login_refused(somebody: Visit) -> None:
    device = give_device(somebody)
    device.verifies(willing=False)
    at_login(somebody)
    button(somebody).click()
    expect(say(somebody)).to_be_visible()


def at_none(somebody: Visit) -> None:
    forget_passkeys(somebody)
    enter(somebody)
    expect(somebody.page.locator(f"a[href='{NEW}']")).to_be_visible()


def at_list(somebody: Visit) -> None:
    enrol(somebody, "Ordinateur du bureau, troisième étage")


def at_new(somebody: Visit) -> None:
    forget_passkeys(somebody)
    enter(somebody, NEW)
    expect(somebody.page.locator("#name")).to_be_visible()


def at_name(somebody: Visit) -> None:
    at_list(somebody)
    somebody.page.locator("a[href$='/name']").click()
    expect(somebody.page.locator("#name")).to_be_visible()


def at_removal(somebody: Visit) -> None:
    at_list(somebody)
    somebody.page.locator("a[href$='/remove']").click()
    button(somebody).click()
    expect(somebody.page.locator("#sure")).to_be_visible()


VIEWS = {
    "passkey": at_login,
    "passkey-refused": at_login_refused,
    "passkeys-none": at_none,
    "passkeys": at_list,
    "passkeys-new": at_new,
    "passkeys-name": at_name,
    "passkeys-remove": at_removal,
}
