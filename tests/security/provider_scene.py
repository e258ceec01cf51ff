# SPDX-License-Identifier: Apache-2.0
"""A server that leans on a provider which an administrator added; its doctor has linked it."""

from collections.abc import Iterator

import pytest

from tests import cast
from tests.prosante import Sandbox, known
from tests.providers import APPLICATIONS, added, keep, link, register, settings_of
from tests.world import Browser, StandingClock, World, open_world

DOCTOR, NURSE = known("medecin"), known("infirmiere")


def open_here(there: Sandbox, clock: StandingClock, url: str, patch: pytest.MonkeyPatch) -> World:
    """One node; a second one over the same database finds what the first has set up."""
    for key, document in APPLICATIONS.items():
        patch.setitem(cast.APPLICATIONS, key, document)
    return open_world(url, clock, **settings_of(there), OUTGOING_TIMEOUT="1.0")


@pytest.fixture
def house(there, clock, database_url, monkeypatch) -> Iterator[World]:
    opened = open_here(there, clock, database_url, monkeypatch)
    keep(opened, added(there))
    register(opened.core)
    link(opened, there, "medecin", DOCTOR.subject)
    yield opened
    opened.close()


@pytest.fixture
def beside(house, there, clock, database_url, monkeypatch) -> Iterator[World]:
    """Another node over the same database."""
    opened = open_here(there, clock, database_url, monkeypatch)
    yield opened
    opened.close()


def owner(here: World, who: str = "medecin") -> Browser:
    """Somebody at the page on which they may link."""
    browser = here.browser()
    browser.get("/login")
    browser.log_in(who)
    browser.get("/account/providers/new")
    return browser


def leave_to_link(browser: Browser) -> str:
    """Press « Relier »; where the browser is sent."""
    browser.submit("/account/providers/new")
    location: str = browser.last.headers.get("Location", "")
    return location


def links_of(here: World, who: str) -> list[str]:
    """The names that somebody has linked."""
    with here.core.database.read() as tx:
        found = here.core.provider_links.of_account(tx, here.cast[who].id)
    return [one.subject for one in found]
