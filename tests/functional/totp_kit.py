# SPDX-License-Identifier: Apache-2.0
"""A telephone with an authenticator app, for journeys; and an application that asks for it."""

from collections.abc import Iterator

import pyotp
import pytest
from sqlalchemy import text

from tests.cast import APPLICATIONS, SECRET, application
from tests.world import Browser, RelyingParty, World

NEW = "/account/authenticator/new"
CODES = "/account/recovery-codes"
# One that needs the second factor, and one that is content with the first.
ASKING = {
    "strongly": application("strongly", policy={"means": ["totp"], "level": 2}),
    "either": application("either", policy={"means": ["password", "totp"], "level": 1}),
}


def bring_asking(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Register the applications that ask for it."""
    monkeypatch.setattr("tests.world.APPLICATIONS", APPLICATIONS | ASKING)
    with world.core.database.write() as tx:
        for key, document in ASKING.items():
            world.core.applications.register(tx, document)
            world.core.applications.set_secret(tx, key, SECRET)
    return world


class Telephone:
    """Somebody's app: what it shows now, by the clock of the world."""

    def __init__(self, world: World, seed: str) -> None:
        self.world = world
        self.seed = seed

    def shows(self, ahead: int = 0) -> str:
        """The six digits, some steps from now."""
        return pyotp.HOTP(self.seed).at(self.world.clock.now() // 30 + ahead)


def read_seed(browser: Browser) -> str:
    """What the page shows to be typed instead of scanned."""
    return str(browser.page.find(id="seed").text).replace(" ", "")


def log_in(world: World, who: str = "medecin", **where: str) -> Browser:
    """Somebody with their password, in a fresh browser."""
    browser = world.browser(**where)
    browser.get("/login")
    browser.log_in(who)
    return browser


def set_up(browser: Browser, name: str = "Téléphone de Claire") -> tuple[Telephone, list[str]]:
    """Scan, confirm, note the codes; then wait until the app shows another code."""
    browser.get(NEW)
    telephone = Telephone(browser.world, read_seed(browser))
    browser.submit(NEW, code=telephone.shows(), name=name)
    codes = shown_codes(browser)
    browser.submit("/noted")
    browser.world.clock.pass_by(30)
    return telephone, codes


def shown_codes(browser: Browser) -> list[str]:
    """The new recovery codes on the page."""
    return [one.text for one in browser.page.select(".codes code")]


def leave(browser: Browser) -> None:
    """Log out."""
    browser.get("/logout")
    browser.submit("/logout")


def ask(browser: Browser, key: str = "strongly") -> RelyingParty:
    """Arrive from an application, and give the password where it is asked for."""
    client = browser.world.client(key)
    response = client.ask(browser)
    if response.status_code == 200 and browser.page.find(id="password"):
        browser.log_in()
    return client


def enters(browser: Browser, code: str, field: str = "code") -> bool:
    """Whether a code opens the application whose journey is shown."""
    if field == "paper" and not browser.page.find(id="paper"):
        browser.submit("/totp", way="paper")
    return browser.submit("/totp", **{field: code}).status_code == 303


def error(browser: Browser) -> str:
    """What the page of the journey complains of."""
    found = browser.page.find(id="form-error")
    return " ".join(found.text.split()) if found else ""


def messages(world: World, purpose: str) -> list[str]:
    """The purposes and masked recipients of what waits in the outbox."""
    with world.core.database.read() as tx:
        known = {"purpose": purpose}
        rows = tx.execute(text("SELECT shown FROM messages WHERE purpose = :purpose"), known)
        return [str(row.shown) for row in rows]


def opened(world: World, level: int) -> Iterator[str]:
    """The sessions of this level that live."""
    with world.core.database.read() as tx:
        known = {"level": level}
        found = text("SELECT id FROM sessions WHERE level = :level AND ended_at IS NULL")
        yield from tx.execute(found, known).scalars()
