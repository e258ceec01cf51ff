# SPDX-License-Identifier: Apache-2.0
"""RL-11 and RL-02 of the e-CPS: a provider that is away, processes that die between two steps."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from idp.chores import Chores
from idp.demo.sandbox.trouble import Trouble
from idp.outgoing import Fetcher
from idp.phones_thread import PhonesThread
from tests.phones import INFIRMIERE, MEDECIN, Phones, asks, number_on, open_phones, standing
from tests.world import StandingClock

LEASE = 46


@pytest.fixture
def phones(database_url, monkeypatch) -> Iterator[Phones]:
    with open_phones(database_url, StandingClock(), monkeypatch) as opened:
        yield opened


def comes_in(phones: Phones, browser: Any) -> bool:
    answer = browser.submit("/ecps", go="1")
    return "code" in phones.here.client("phone").answered(answer)


def test_rl_011_a_provider_that_is_away_for_a_moment_costs_nobody_their_login(phones):
    browser = phones.arrive()
    number = phones.ask(browser)
    phones.go_on()
    phones.there.choose(Trouble.BROKEN)
    phones.go_on(5)
    phones.go_on(10)
    assert standing(browser)
    phones.there.choose(Trouble.NONE)
    phones.answer(MEDECIN, number)
    phones.go_on(15)
    assert comes_in(phones, browser)


def test_rl_011_one_that_stays_away_ends_the_waiting(phones):
    browser = phones.arrive()
    phones.ask(browser)
    phones.go_on()
    phones.there.choose(Trouble.BROKEN)
    for _ in range(25):
        phones.go_on(5)
    assert not standing(browser)
    browser.submit("/ecps", go="1")
    assert browser.page.select_one("#form-error") is not None
    assert phones.states() == ["expired"]


def test_rl_011_pages_ask_nobody(phones, monkeypatch):
    asked: set[int] = set()
    fetch = Fetcher.fetch

    def noted(self: Fetcher, method: str, url: str, **more: Any) -> Any:
        asked.add(threading.get_ident())
        return fetch(self, method, url, **more)

    monkeypatch.setattr(Fetcher, "fetch", noted)
    browser = phones.arrive()
    phones.accepted(browser)
    assert asked
    # Not even by the way: whoever serves a page never waits for the provider.
    assert threading.get_ident() not in asked
    assert comes_in(phones, browser)
    assert threading.get_ident() not in asked


def test_rl_002_whoever_died_while_it_waited_is_followed_by_another(phones):
    browser = phones.arrive()
    number = phones.ask(browser)
    phones.go_on()
    phones.here.clock.pass_by(5)
    # Leased, and never heard of again.
    assert phones.calls._lease()
    phones.answer(MEDECIN, number)
    other = asks(phones.here)
    other.go_on()
    assert phones.states() == ["waiting"]
    phones.here.clock.pass_by(LEASE)
    other.go_on()
    other.close()
    assert comes_in(phones, browser)


def test_rl_002_whoever_is_only_slow_is_not_followed_by_another(sqlite_url, monkeypatch):
    """Each exchange may take as long as the settings say; an answer is told once."""
    slow = {"PSC_TIMEOUT": "15"}
    with open_phones(sqlite_url, StandingClock(), monkeypatch, **slow) as phones:
        phones.ask(phones.arrive())
        phones.go_on()
        phones.here.clock.pass_by(5)
        assert phones.calls._lease()
        phones.here.clock.pass_by(8 / 4 * 4 * 15)
        other = asks(phones.here)
        assert not other._lease()
        phones.here.clock.pass_by(5)
        assert other._lease()
        other.close()


def test_rl_002_whoever_died_while_it_asked_has_asked_once_at_most(phones):
    browser = phones.arrive()
    phones.ask(browser)
    [call] = phones.calls._lease()
    # The request is made, and what it is called is lost with whoever made it.
    phones.calls._ask(call)
    phones.go_on(LEASE)
    assert len(phones.requests_of(MEDECIN)) == 1
    assert phones.states() == ["not-reached"]
    browser.submit("/ecps", go="1")
    assert browser.page.select_one("#form-error") is not None
    # Nothing but this one login is lost.
    assert phones.ask(browser)


def test_rl_002_what_was_redeemed_and_not_noted_is_one_login_lost(phones):
    browser = phones.arrive()
    number = phones.ask(browser)
    phones.go_on()
    phones.answer(MEDECIN, number)
    phones.here.clock.pass_by(5)
    [call] = phones.calls._lease()
    phones.calls._ask(call)
    phones.go_on(LEASE)
    assert phones.states() == ["not-believed"]
    browser.submit("/ecps", go="1")
    assert browser.page.select_one("#form-error") is not None
    assert not phones.here.events("login.proved")


def test_rl_020_what_a_late_one_notes_changes_nothing(phones):
    browser = phones.arrive()
    number = phones.ask(browser)
    phones.go_on()
    phones.here.clock.pass_by(5)
    [slow] = phones.calls._lease()
    pending = phones.calls._ask(slow)
    phones.answer(MEDECIN, number)
    phones.go_on(LEASE)
    assert phones.states() == ["accepted"]
    with phones.here.core.database.write() as tx:
        phones.calls._note(tx, slow, pending)
    assert phones.states() == ["accepted"]
    assert comes_in(phones, browser)


def test_a_fault_of_ours_with_one_request_leaves_the_others_alone(phones, monkeypatch):
    first, second = phones.arrive(), phones.arrive()
    phones.ask(first)
    phones.ask(second, "810107654328")
    asked = phones.calls._asked

    def broken(call: Any) -> Any:
        if call.number == number_on(first) and call.whom["national_id"] == MEDECIN.national_id:
            raise RuntimeError
        return asked(call)

    monkeypatch.setattr(phones.calls, "_asked", broken)
    phones.go_on()
    assert sorted(phones.states()) == ["asking", "waiting"]


def test_rl_029_an_answer_that_cannot_be_noted_is_noted_later(phones, monkeypatch):
    first, second = phones.arrive(), phones.arrive()
    number = phones.ask(first)
    other = phones.ask(second, INFIRMIERE.national_id)
    phones.go_on()
    phones.answer(MEDECIN, number)
    phones.answer(INFIRMIERE, other)
    note = phones.calls._note
    away = True

    def noted(tx: Any, call: Any, outcome: Any) -> None:
        note(tx, call, outcome)
        if away and call.whom["national_id"] == MEDECIN.national_id:
            raise RuntimeError("the disk is full")

    monkeypatch.setattr(phones.calls, "_note", noted)
    phones.go_on(5)
    # The other one's is there already; this one's has been redeemed, and is not lost.
    assert sorted(phones.states()) == ["accepted", "waiting"]
    away = False
    phones.go_on()
    assert phones.states() == ["accepted", "accepted"]
    assert comes_in(phones, first)
    assert comes_in(phones, second)


def test_the_thread_of_a_serving_process_asks(phones):
    browser = phones.arrive()
    phones.ask(browser)
    thread = PhonesThread(phones.calls)
    thread.do()
    assert phones.states() == ["waiting"]
    thread.stop()


def test_old_requests_are_forgotten(phones):
    browser = phones.arrive()
    phones.ask(browser)
    phones.here.clock.pass_by(3600 + 121)
    Chores(phones.here.core).do()
    with phones.here.core.database.read() as tx:
        assert tx.execute(text("SELECT count(*) FROM phone_requests")).scalar() == 0
