# SPDX-License-Identifier: Apache-2.0
"""People with passkeys at our pages: what a browser does with its options."""

import json
from typing import Any

import pytest

from tests.authenticator import Authenticator
from tests.cast import APPLICATIONS, SECRET, application
from tests.world import Browser, RelyingParty, World

KEYS = {
    # Open to a password and to a passkey.
    "either": application("either", policy={"means": ["password", "passkey"], "level": 1}),
    # Asks for two factors, as RCP does.
    "firm": application("firm", policy={"means": ["password", "passkey"], "level": 2}),
}
NEW = "/account/passkeys/new"


def bring_keys(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The applications that take passkeys."""
    monkeypatch.setattr("tests.world.APPLICATIONS", APPLICATIONS | KEYS)
    with world.core.database.write() as tx:
        for key, document in KEYS.items():
            world.core.applications.register(tx, document)
            world.core.applications.set_secret(tx, key, SECRET)
    return world


def client_of(world: World, key: str) -> RelyingParty:
    """An application that finishes what it began, whichever value stands for it here."""
    return RelyingParty(world, key, "verifier-of-this-test-" + "0" * 30)


def options(browser: Browser, kind: str = "get") -> str:
    """What the page asks the browser."""
    form = browser.page.find("form", attrs={"data-passkey": kind})
    assert form is not None, browser.page.get_text()
    return str(form["data-options"])


def arrive(world: World, key: str = "either", means: str = "passkey", **changes: str) -> Browser:
    """A browser at the page of a means."""
    browser = world.browser()
    client_of(world, key).ask(browser, **changes)
    if browser.page.find("form", attrs={"data-passkey": "get"}) is None and means == "passkey":
        browser.get(journey_of(browser) + "?means=passkey")
    return browser


def journey_of(browser: Browser) -> str:
    """The address of the journey shown."""
    url, _fields = browser.form("/login/")
    return "/".join(url.split("/")[:3])


def log_in_with(browser: Browser, device: Authenticator, **changes: Any) -> Any:
    """Answer the page's request by a passkey."""
    kind = "get" if browser.page.find("form", attrs={"data-passkey": "get"}) else "quiet"
    return browser.submit("/passkey", credential=device.sign(options(browser, kind), **changes))


def visit(browser: Browser, address: str, by: Authenticator | None = None) -> None:
    """Open a sensitive page; whoever has a passkey already proves it where asked."""
    browser.get(address)
    if by is not None and browser.page.find("form", attrs={"data-passkey": "get"}):
        log_in_with(browser, by)
    assert browser.last.request.path == address


def enrol(
    browser: Browser,
    name: str = "",
    device: Authenticator | None = None,
    by: Authenticator | None = None,
) -> Authenticator:
    """Add a passkey in the account of whoever is logged in."""
    made = device or Authenticator()
    visit(browser, NEW, by)
    credential = made.make(options(browser, "create"))
    typed = {"name": name} if name else {}
    browser.submit(NEW, credential=credential, **typed)
    return made


def entered(world: World, who: str = "medecin", address: str = "192.0.2.10") -> Browser:
    """Somebody logged in by password, at the portal."""
    browser = world.browser(address)
    browser.get("/login?means=password")
    if browser.page.find("form", attrs={"data-passkey": "get"}):
        browser.get(journey_of(browser) + "?means=password")
    browser.log_in(who)
    return browser


def owner(world: World, who: str = "medecin", **changes: Any) -> Authenticator:
    """The passkey of somebody who has set one up."""
    return enrol(entered(world, who), device=Authenticator(**changes))


def failures(world: World) -> list[str]:
    """Why tries of a passkey were refused, as the audit has it."""
    return [json.loads(one.detail)["why"] for one in world.events("login.failed")]
