# SPDX-License-Identifier: Apache-2.0
"""What people do with an authenticator app and codes on paper, for faults to fall into."""

from collections.abc import Callable
from typing import Any

import pyotp

from idp.credentials import throttle
from idp.credentials.recovery import grouped
from idp.messages.outbox import Message
from tests.reliability import operations
from tests.reliability.operations import Operation, Scene, fill_in, give_up, leads_on, logged_in
from tests.world import Browser, World

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NEW = "/account/authenticator/new"
REMOVE = "/account/authenticator/remove"
CODES = "/account/recovery-codes"


def give(world: World) -> tuple[str, ...]:
    """The person's app as it was on the first day, and ten new codes."""
    core, account = world.core, world.cast["medecin"].id
    with core.database.write() as tx:
        core.authenticators.put(tx, account, SEED, "Téléphone", 0)
        throttle.clear_means(tx, "totp", account)
        for _event in ("means.added", "recovery.renewed"):
            core.outbox.put(tx, Message("email", "means-added", "a@b.example", account, "fr", 60))
        return core.recovery.renew(tx, account)


def take_away(world: World) -> None:
    """No app, no codes."""
    core, account = world.core, world.cast["medecin"].id
    with core.database.write() as tx:
        if core.authenticators.remove(tx, account) is not None:
            message = Message("email", "means-removed", "a@b.example", account, "fr", 60)
            core.outbox.put(tx, message)
        core.recovery.drop(tx, account)


def shows(world: World) -> str:
    """The six digits of this moment."""
    return pyotp.HOTP(SEED).at(world.clock.now() // 30)


def with_password(world: World) -> Scene:
    """Somebody who has given their password, in a session that is used again while it lives."""
    return _kept(world, "password", lambda: logged_in(world).browser)


def with_both(world: World) -> Scene:
    """The same with both factors."""

    def prove() -> Browser:
        browser = logged_in(world).browser
        at_the_form(browser, REMOVE, "/totp")
        browser.submit("/totp", code=shows(world))
        return browser

    return _kept(world, "both", prove)


def _kept(world: World, name: str, make: Callable[[], Browser]) -> Scene:
    known = (id(world), name)
    if known not in operations.sessions:
        operations.sessions[known] = make()
    return Scene(world, operations.sessions[known], world.client("plain"))


def at_the_form(browser: Browser, path: str, action: str) -> tuple[str, dict[str, str]]:
    """A page, and its form."""
    browser.get(path)
    return browser.form(action)


def asked_for_a_code(world: World) -> Scene:
    """A page of the account asks for the second factor."""
    codes = give(world)
    ready = Scene(world, logged_in(world).browser, world.client("plain"))
    ready.held["form"] = at_the_form(ready.browser, REMOVE, "/totp")
    ready.held["code"], ready.held["paper"] = shows(world), grouped(codes[0])
    return ready


def scanning(world: World) -> Scene:
    """The picture was scanned, and the app shows its first code."""
    take_away(world)
    ready = with_password(world)
    ready.held["form"] = at_the_form(ready.browser, NEW, NEW)
    seed = ready.browser.page.find(id="seed").text.replace(" ", "")
    ready.held["code"] = pyotp.HOTP(seed).at(world.clock.now() // 30)
    return ready


def at(path: str, action: str) -> Callable[[World], Scene]:
    """Somebody with both factors before a form."""

    def prepare(world: World) -> Scene:
        give(world)
        ready = with_both(world)
        ready.held["form"] = at_the_form(ready.browser, path, action)
        return ready

    return prepare


def renewing(world: World) -> Scene:
    """The codes of last time were noted, and new ones are wished for."""
    ready = at(CODES, "/recovery-codes/")(world)
    if ready.held["form"][0].endswith("/noted"):
        ready.browser.submit("/noted")
        ready.held["form"] = at_the_form(ready.browser, CODES, "/renew")
    return ready


def send(field: str) -> Callable[[Scene], Any]:
    """Type what is held."""
    return lambda ready: fill_in(ready, **{field: ready.held[field]})


OPERATIONS = {
    "code of an app": Operation(asked_for_a_code, send("code"), leads_on),
    "code on paper": Operation(asked_for_a_code, send("paper"), leads_on),
    "set up an app": Operation(scanning, send("code"), leads_on),
    "renew codes": Operation(renewing, fill_in, leads_on),
    "remove an app": Operation(at(REMOVE, REMOVE), give_up, leads_on),
}
