# SPDX-License-Identifier: Apache-2.0
"""BR-013: what a login at another provider is worth here, and how old it may be."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import text

from idp.demo.sandbox.trouble import Trouble
from tests import cast
from tests.prosante import APPLICATIONS, known, leave_for, register
from tests.security.prosante_scene import arrive, nobody_is_in, told
from tests.world import World, open_world

ELSEWHERE = "not-believed"


def test_br_013_a_login_of_little_worth_does_not_reach_what_asks_for_more(here, there):
    there.choose(Trouble.LITTLE_WORTH)
    browser = arrive(here)
    browser.get(there.log_in(leave_for(browser), known("medecin")))
    [proved] = here.events("login.proved")
    assert (proved.means, proved.level) == ("psc", 1)
    assert not here.events("code.issued")
    # Asked once more, and told why.
    assert browser.page.select_one("form[action$='/psc'] #form-error") is not None
    lesser = arrive(here, "mixed")
    answer = lesser.get(there.log_in(leave_for(lesser), known("medecin")))
    assert "code" in here.client("mixed").answered(answer)


def test_br_013_a_session_there_is_not_enough(here, there):
    browser = arrive(here, "mixed")
    url = leave_for(browser)
    asked = dict(parse_qsl(urlsplit(url).query))
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    there.choose(Trouble.NOT_NOW)
    browser.get(there.log_in(url, known("medecin")))
    assert nobody_is_in(here)
    assert told(here) == (ELSEWHERE, "token: auth_time")


@pytest.fixture
def lenient(there, clock, sqlite_url, monkeypatch) -> Iterator[World]:
    """Where a session there may be four hours old."""
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    opened = open_world(sqlite_url, clock, **there.changes(PSC_MAX_AGE="14400"))
    register(opened.core)
    yield opened
    opened.close()


def test_br_013_a_session_there_may_be_enough_and_counts_from_when_it_began(lenient, there, clock):
    there.choose(Trouble.NOT_NOW)
    browser = arrive(lenient)
    url = leave_for(browser)
    assert "prompt" not in dict(parse_qsl(urlsplit(url).query))
    answer = browser.get(there.log_in(url, known("medecin")))
    assert "code" in lenient.client("broker").answered(answer)
    with lenient.core.database.read() as tx:
        row = tx.execute(text("SELECT authenticated_at, seen_at FROM sessions")).one()
    assert (row.authenticated_at, row.seen_at) == (clock.now() - 3600, clock.now())


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "60"}], ids=["force", "age"])
def test_br_013_who_must_prove_it_anew_is_not_believed_by_an_old_session(lenient, there, changes):
    there.choose(Trouble.NOT_NOW)
    browser = arrive(lenient, "mixed", **changes)
    browser.get(there.log_in(leave_for(browser), known("medecin")))
    assert nobody_is_in(lenient)
    assert told(lenient) == (ELSEWHERE, "token: auth_time")


def test_br_013_an_application_that_limits_age_limits_it_there_too(lenient, there):
    there.choose(Trouble.NOT_NOW)
    browser = arrive(lenient, "recent")
    url = leave_for(browser)
    assert dict(parse_qsl(urlsplit(url).query))["max_age"] == "900"
    browser.get(there.log_in(url, known("medecin")))
    assert nobody_is_in(lenient)


def test_br_013_whoever_is_to_be_lifted_proves_it_now(lenient, there):
    browser = arrive(lenient, "mixed")
    browser.log_in()
    lenient.client("broker").ask(browser)
    url = leave_for(browser)
    assert dict(parse_qsl(urlsplit(url).query))["prompt"] == "login"
    answer = browser.get(there.log_in(url, known("medecin")))
    assert "code" in lenient.client("broker").answered(answer)


def test_whoever_is_lifted_by_another_than_who_is_logged_in_is_told(here, there):
    browser = arrive(here, "mixed")
    browser.log_in()
    here.client("broker").ask(browser)
    browser.get(there.log_in(leave_for(browser), known("infirmiere")))
    assert [one.means for one in here.events("login.proved")] == ["password"]
    assert told(here)[0] == "other-person"
