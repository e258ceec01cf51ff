# SPDX-License-Identifier: Apache-2.0
"""Providers that administrators add: logging in by one, and linking it to an account."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.accounts import service as accounts
from tests import cast
from tests.prosante import ADDED_BACK, NEWCOMER, Sandbox, known, leave_for, running_sandbox
from tests.providers import (
    ALIAS,
    APPLICATIONS,
    KIND,
    added,
    arrive,
    keep,
    link,
    register,
    settings_of,
)
from tests.security.prosante_scene import nobody_is_in, told
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
    opened = open_world(database_url, clock, **settings_of(there))
    keep(opened, added(there))
    register(opened.core)
    yield opened
    opened.close()


def test_somebody_who_linked_it_logs_in(here, there):
    doctor = known("medecin")
    link(here, there, "medecin", doctor.subject)
    browser = arrive(here)
    url = leave_for(browser, KIND)
    asked = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(there.address + "/auth?")
    assert asked["redirect_uri"] == ADDED_BACK
    assert asked["scope"] == "openid"
    assert asked["code_challenge_method"] == "S256"
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    answer = browser.get(there.log_in(url, doctor))
    assert "code" in here.client("linked").answered(answer)
    [proved] = here.events("login.proved")
    assert (proved.means, proved.level) == (KIND, 1)
    assert proved.account == here.cast["medecin"].id
    with here.core.database.read() as tx:
        [used] = here.core.provider_links.of_account(tx, proved.account)
    assert used.last_used_at == here.clock.now()


def test_somebody_who_has_not_linked_it_is_told_how(here, there):
    browser = arrive(here)
    browser.get(there.log_in(leave_for(browser, KIND), known("medecin")))
    assert nobody_is_in(here)
    assert told(here)[0] == "not-linked"
    assert browser.page.select_one("#form-error") is not None
    # And another way is open at once.
    browser.get(browser.page.select_one("a[href*='means=password']")["href"])
    assert "code" in here.client("linked").answered(browser.log_in())


def by_number(there: Sandbox, **changes):
    names = {
        "finding": "number",
        "national_id": "SubjectNameID",
        "first_name": "given_name",
        "last_name": "family_name",
    }
    return added(there, **(names | changes))


def test_one_that_is_trusted_to_tell_numbers_is_believed(here, there):
    keep(here, by_number(there))
    browser = arrive(here)
    answer = browser.get(there.log_in(leave_for(browser, KIND), known("medecin")))
    assert "code" in here.client("linked").answered(answer)
    [proved] = here.events("login.proved")
    assert proved.account == here.cast["medecin"].id


def test_somebody_new_gets_an_account_where_both_wish_it(here, there):
    keep(here, by_number(there))
    browser = arrive(here)
    browser.get(there.log_in(leave_for(browser, KIND), NEWCOMER))
    assert told(here)[0] == "no-account"
    browser = arrive(here, "open")
    answer = browser.get(there.log_in(leave_for(browser, KIND), NEWCOMER))
    assert "code" in here.client("open").answered(answer)
    with here.core.database.read() as tx:
        account = accounts.load(tx, accounts.by_national_id(tx, NEWCOMER.national_id))
    assert account.person.last_name == "Doc0024566"


def test_its_word_for_a_login_is_worth_what_the_table_says(here, there, clock):
    doctor = known("medecin")
    link(here, there, "medecin", doctor.subject)
    keep(here, added(there, levels={"eidas1": 2}))
    browser = arrive(here, "strong")
    answer = browser.get(there.log_in(leave_for(browser, KIND), doctor))
    assert "code" in here.client("strong").answered(answer)
    [proved] = here.events("login.proved")
    assert proved.level == 2


def test_one_that_is_not_for_this_account_opens_nothing(here, there):
    doctor = known("medecin")
    link(here, there, "medecin", doctor.subject)
    keep(here, added(there, populations=("patient",)))
    browser = arrive(here)
    browser.get(there.log_in(leave_for(browser, KIND), doctor))
    assert nobody_is_in(here)
    assert told(here)[0] == "not-for-them"


def test_its_button_bears_its_name_and_closes_with_it(here, there, clock):
    browser = arrive(here)
    [way] = browser.page.select("a[href*='means=idp']")
    assert "le CHU" in way.text
    clock.pass_by(2)
    keep(here, added(there, enabled=False))
    clock.pass_by(2)
    assert not arrive(here).page.select("a[href*='means=idp']")


def test_somebody_links_it_and_logs_in_by_it(here, there, clock):
    doctor = known("medecin")
    browser = here.browser()
    browser.get("/login")
    browser.log_in()
    browser.get("/account/providers/new")
    browser.submit("/account/providers/new")
    url = browser.last.headers["Location"]
    asked = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    browser.get(there.log_in(url, doctor))
    assert browser.last.request.path == "/account/providers"
    assert browser.page.select_one(f"a[href='/account/providers/{ALIAS}/unlink']") is not None
    [linked] = here.events("provider.linked")
    assert (linked.account, linked.means) == (here.cast["medecin"].id, KIND)
    other = arrive(here)
    answer = other.get(there.log_in(leave_for(other, KIND), doctor))
    assert "code" in here.client("linked").answered(answer)
    browser.get(f"/account/providers/{ALIAS}/unlink")
    browser.submit("/unlink")
    assert [one.account for one in here.events("provider.unlinked")] == [linked.account]
    again = arrive(here)
    again.get(there.log_in(leave_for(again, KIND), doctor))
    assert told(here)[0] == "not-linked"


def test_a_name_that_opens_another_account_is_told_so(here, there):
    nurse = known("infirmiere")
    link(here, there, "infirmiere", nurse.subject)
    browser = here.browser()
    browser.get("/login")
    browser.log_in()
    browser.get("/account/providers/new")
    browser.submit("/account/providers/new")
    browser.get(there.log_in(browser.last.headers["Location"], nurse))
    assert browser.problem == "link-conflict"
    assert len(here.events("provider.link_refused")) == 1
    with here.core.database.read() as tx:
        mine = here.core.provider_links.of_account(tx, here.cast["medecin"].id)
    assert mine == []


def test_what_is_for_links_alone_has_no_button_and_can_be_linked(here, there, clock):
    keep(here, added(there, link_only=True))
    clock.pass_by(2)
    assert not arrive(here).page.select("a[href*='means=idp']")
    browser = here.browser()
    browser.get("/login")
    browser.log_in()
    browser.get("/account/providers/new")
    browser.submit("/account/providers/new")
    browser.get(there.log_in(browser.last.headers["Location"], known("medecin")))
    assert len(here.events("provider.linked")) == 1


def test_a_change_is_seen_at_the_next_look(here, there, clock):
    arrive(here)
    keep(here, replace(added(there), name_fr="la clinique"))
    clock.pass_by(2)
    [way] = arrive(here).page.select("a[href*='means=idp']")
    assert "la clinique" in way.text
