# SPDX-License-Identifier: Apache-2.0
"""Pro Santé Connect by redirect: from an application's login page and back into the application."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.accounts import service as accounts
from tests import cast
from tests.prosante import (
    APPLICATIONS,
    BACK,
    CLIENT,
    NEWCOMER,
    Sandbox,
    known,
    leave_for,
    register,
    running_sandbox,
)
from tests.world import StandingClock, World, open_world


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def there(clock) -> Iterator[Sandbox]:
    people = (NEWCOMER, known("medecin"), known("infirmiere"))
    with running_sandbox(clock, *people) as sandbox:
        yield sandbox


@pytest.fixture
def here(there, clock, database_url, monkeypatch) -> Iterator[World]:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    opened = open_world(database_url, clock, **there.changes())
    register(opened.core)
    yield opened
    opened.close()


def arrive(here: World, key: str = "broker", **changes: str):
    browser = here.browser()
    here.client(key).ask(browser, **changes)
    return browser


def test_a_professional_comes_by_the_national_identifier(here, there):
    browser = arrive(here)
    url = leave_for(browser)
    asked = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(there.address + "/auth?")
    assert asked["redirect_uri"] == BACK
    assert asked["scope"] == "openid scope_all"
    assert (asked["acr_values"], asked["client_id"]) == ("eidas1", CLIENT)
    assert asked["code_challenge_method"] == "S256"
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    answer = browser.get(there.log_in(url, known("medecin")))
    assert "code" in here.client("broker").answered(answer)
    [proved] = here.events("login.proved")
    assert (proved.means, proved.level) == ("psc", 3)
    assert proved.account == here.cast["medecin"].id


def test_somebody_new_gets_an_account_where_the_application_wishes_it(here, there):
    browser = arrive(here, "brokered")
    answer = browser.get(there.log_in(leave_for(browser), NEWCOMER))
    assert "code" in here.client("brokered").answered(answer)
    with here.core.database.read() as tx:
        account = accounts.load(tx, accounts.by_national_id(tx, NEWCOMER.national_id))
    assert account.person.last_name == "Doc0024566"
    assert account.person.profession == "Médecin"


def test_somebody_new_is_told_that_there_is_no_account(here, there):
    browser = arrive(here)
    browser.get(there.log_in(leave_for(browser), NEWCOMER))
    assert browser.page.select_one("#form-error a")["href"] == "/registration"
    assert not here.events("login.proved")
