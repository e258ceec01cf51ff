# SPDX-License-Identifier: Apache-2.0
"""Worlds for journeys: quick ones, and one with means of every level."""

import re
from collections.abc import Iterator

import pytest

from tests.cast import APPLICATIONS, SECRET, application
from tests.connectors.doubles import CheapHashing, code_of, give_pages, offer_doubles
from tests.functional.passkeys import bring_keys
from tests.world import Browser, World, open_world

# Applications of the levels that the doubles reach.
LEVELS = {
    "two": application("two", policy={"means": ["pin"], "level": 2}),
    "card": application("card", policy={"means": ["badge"], "level": 3}),
    "mixed": application("mixed", policy={"means": ["password", "pin", "badge"], "level": 1}),
    "steps": application("steps", policy={"means": ["password", "pin"], "level": 2}),
    "slips": application("slips", policy={"means": ["slip"], "level": 2}),
    "choice": application("choice", policy={"means": ["password", "slip"], "level": 1}),
    "mixed-choice": application(
        "mixed-choice", policy={"means": ["password", "slip", "pin"], "level": 1}
    ),
    "turning": application("turning", policy={"means": ["slip", "pin"], "level": 2}),
}


def make_quick(world: World) -> World:
    """Passwords cost nothing here."""
    world.core.passwords._hashing.close()
    world.core.passwords._hashing = CheapHashing()
    return world


def bring_levels(world: World) -> World:
    """Register the applications of the levels, and give the doubles their pages."""
    with world.core.database.write() as tx:
        for key, document in LEVELS.items():
            world.core.applications.register(tx, document)
            world.core.applications.set_secret(tx, key, SECRET)
    give_pages(world)
    return world


def prove(browser: Browser, world: World, who: str = "medecin", kind: str = "pin") -> None:
    """Choose a double on the page shown, unless it is there, and fill in its form."""
    if not browser.page.find("form", action=re.compile(f"/{kind}")):
        browser.get(f"{browser.last.request.path}?means={kind}")
    account = world.cast[who].id
    browser.submit(f"/{kind}", account=account, code=code_of(account))


def twin(browser: Browser, *purposes: str) -> Browser:
    """Another browser that holds these cookies of the first: a second tab, or a thief."""
    other = browser.world.browser(browser.address)
    for purpose in purposes:
        name = f"__Host-sceau_{purpose}"
        other.client.set_cookie(name, browser.cookie(purpose), domain="sceau.example", secure=True)
    return other


@pytest.fixture
def quick(sqlite_world: World) -> World:
    """SQLite, and passwords that cost nothing."""
    return make_quick(sqlite_world)


@pytest.fixture
def quick_world(world: World) -> World:
    """Both databases, and passwords that cost nothing."""
    return make_quick(world)


@pytest.fixture
def levels(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A provider with a means of each level, and applications that ask for them."""
    monkeypatch.setattr("tests.world.APPLICATIONS", APPLICATIONS | LEVELS)
    offer_doubles(monkeypatch)
    world = bring_levels(make_quick(open_world(sqlite_url)))
    yield world
    world.provider.close()


@pytest.fixture
def keyed(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """SQLite, with applications that take passkeys."""
    return bring_keys(make_quick(sqlite_world), monkeypatch)


@pytest.fixture
def keyed_world(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Both databases, with applications that take passkeys."""
    return bring_keys(make_quick(world), monkeypatch)
