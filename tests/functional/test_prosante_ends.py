# SPDX-License-Identifier: Apache-2.0
"""How a login from Pro Santé Connect ends where the answer is a page, and no redirect."""

from collections.abc import Iterator

import pytest

from tests import cast
from tests.prosante import (
    APPLICATIONS,
    Sandbox,
    known,
    leave_for,
    running_sandbox,
)
from tests.prosante import register as register_all
from tests.protocol.kit import register
from tests.saml_kit import register_saml
from tests.world import Browser, StandingClock, World, open_world

POLICY = {"means": ["psc"], "level": 3}


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def there(clock: StandingClock) -> Iterator[Sandbox]:
    with running_sandbox(clock, known("medecin")) as sandbox:
        yield sandbox


@pytest.fixture
def here(
    there: Sandbox, clock: StandingClock, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    opened = open_world(sqlite_url, clock, **there.changes())
    register_all(opened.core)
    yield opened
    opened.close()


def come_back(there: Sandbox, browser: Browser) -> None:
    browser.get(there.log_in(leave_for(browser), known("medecin")))


def test_a_saml_application_is_answered(here: World, there: Sandbox) -> None:
    party = register_saml(here, policy=POLICY)
    browser = here.browser()
    party.go(browser)
    come_back(there, browser)
    assert party.told(browser).codes == ["Success"]
    assert browser.cookie("session")


def test_an_application_that_is_answered_by_a_form(here: World, there: Sandbox) -> None:
    client = register(here, policy=POLICY)
    browser = here.browser()
    client.ask(browser, response_mode="form_post")
    come_back(there, browser)
    assert browser.page.select_one("form input[name=code]") is not None
    # What brought them is in no address that the page could tell anybody.
    assert browser.last.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}


def test_whoever_is_refused_is_told_why(here: World, there: Sandbox) -> None:
    client = register(here, policy=POLICY | {"communities": ["perinat-centre"]})
    browser = here.browser()
    client.ask(browser)
    come_back(there, browser)
    assert browser.problem == "community"
    assert [one.detail for one in here.events("login.refused")] == ['{"why":"community"}']
