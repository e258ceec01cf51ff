# SPDX-License-Identifier: Apache-2.0
"""BR-014: word of a logout there that comes while that very login is under way here."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from werkzeug.test import Client

from connectors.capabilities import Ended, Tie
from idp.chores import Chores
from idp.demo.sandbox.logins import Login
from idp.demo.sandbox.trouble import Trouble
from idp.sessions.ties import REMEMBERED, Ties
from idp.web.login import LoginPages
from tests import cast
from tests.phones import MEDECIN, open_phones
from tests.prosante import APPLICATIONS, Sandbox, known, leave_for, register
from tests.protocol.kit import session_of
from tests.races import at_once
from tests.security.prosante_scene import arrive, nobody_is_in, told
from tests.security.test_br_014_logout import made
from tests.world import ISSUER, Browser, StandingClock, World, open_world

ADDRESS = "/upstream/psc/logout"


@pytest.fixture
def here(
    there: Sandbox, clock: StandingClock, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    opened = open_world(database_url, clock, **there.changes())
    register(opened.core)
    yield opened
    opened.close()


def post(here: World, token: str) -> int:
    client, form = Client(here.provider.web), {"logout_token": token}
    return client.post(ADDRESS, data=form, base_url=ISSUER).status_code


def before_it_is_kept(patch: pytest.MonkeyPatch, happens: Callable[[], Any]) -> None:
    """Between the moment at which the code was redeemed and that at which a session is written."""
    keep = LoginPages.keep
    waiting = [happens]

    def late(self: LoginPages, *given: Any) -> Any:
        if waiting:
            waiting.pop()()
        return keep(self, *given)

    patch.setattr(LoginPages, "keep", late)


def come_back(here: World, there: Sandbox, key: str = "broker") -> tuple[Browser, str]:
    browser = arrive(here, key)
    return browser, there.log_in(leave_for(browser), known("medecin"))


@pytest.mark.parametrize("named", [{}, {"sid": None}, {"sub": None}], ids=["both", "sub", "sid"])
def test_br_014_a_login_that_ended_there_meanwhile_opens_nothing_here(
    here: World, there: Sandbox, monkeypatch: pytest.MonkeyPatch, named: dict[str, Any]
) -> None:
    browser, back = come_back(here, there)
    answers: list[int] = []
    before_it_is_kept(monkeypatch, lambda: answers.append(post(here, made(there, **named))))
    browser.get(back)
    assert answers == [200]
    assert nobody_is_in(here)
    assert session_of(here, browser) is None
    assert told(here) == ("left", "")
    # A clear page, from which the login can be begun anew.
    assert browser.page.select_one("#form-error") is not None
    here.clock.pass_by(1)
    answer = browser.get(there.log_in(leave_for(browser), known("medecin")))
    assert "code" in here.client("broker").answered(answer)


@pytest.mark.parametrize(
    "named",
    [{"sid": "another"}, {"sub": "f:another:899700000021"}, {"sub": "f:another:1", "sid": None}],
    ids=["other session", "other person", "all of another person"],
)
def test_br_014_word_of_somebody_else_ends_no_login_under_way(
    here: World, there: Sandbox, monkeypatch: pytest.MonkeyPatch, named: dict[str, Any]
) -> None:
    browser, back = come_back(here, there)
    before_it_is_kept(monkeypatch, lambda: post(here, made(there, **named)))
    assert "code" in here.client("broker").answered(browser.get(back))
    assert session_of(here, browser) is not None


def test_br_014_whoever_came_since_is_not_meant(
    here: World, there: Sandbox, clock: StandingClock
) -> None:
    """Of somebody's sessions, those are over that were there when it was said."""
    browser, back = come_back(here, there)
    browser.get(back)
    assert post(here, made(there, sid=None)) == 200
    clock.pass_by(1)
    browser, back = come_back(here, there)
    assert "code" in here.client("broker").answered(browser.get(back))


def test_br_014_a_session_there_that_goes_on_under_its_name_is_entered_again(
    here: World, there: Sandbox, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider may end our part of its person's session alone, and the name stays."""
    begin = there.logins.begin

    def under_one_name(*given: Any) -> Login:
        login = replace(begin(*given), id="of-the-person")
        there.logins._going_on = {login.id: login}
        return login

    monkeypatch.setattr(there.logins, "begin", under_one_name)
    for count, seconds in enumerate((1, 60, REMEMBERED)):
        browser, back = come_back(here, there)
        assert "code" in here.client("broker").answered(browser.get(back))
        assert post(here, made(there, jti=f"once-{count}")) == 200
        assert session_of(here, browser) is None
        clock.pass_by(seconds)
    browser, back = come_back(here, there)
    assert "code" in here.client("broker").answered(browser.get(back))


def test_br_014_what_is_to_be_forgotten_is_looked_at_no_more(
    here: World, clock: StandingClock
) -> None:
    """Even by a clock there that runs ahead, and before it is swept away."""
    ahead = clock.now() + 2 * REMEMBERED
    tie = Tie("somebody", "a session", "", at=ahead)
    ties = here.core.ties
    with here.core.database.write() as tx:
        ties.sever(tx, "psc", Ended("somebody", "a session", "once", ahead, ahead))
    found = []
    for seconds in (REMEMBERED, 1):
        clock.pass_by(seconds)
        with here.core.database.write() as tx:
            found.append(ties.is_over(tx, "psc", tie))
    assert found == [True, False]


def test_br_014_of_a_login_and_its_end_at_one_moment_the_end_wins(
    here: World, there: Sandbox, clock: StandingClock
) -> None:
    """Whichever is first: the session is found and ended, or never opened."""
    for _round in range(6):
        for one in there.logins.every():
            there.logins._going_on.pop(one.id)
        browser, back = come_back(here, there)
        # There, a session begins when its code is redeemed: here it is told of by its person.
        token = _of_the_person(there, clock)
        before = {kind: len(here.events(kind)) for kind in ("login.failed", "login.proved")}
        answers: list[int] = []

        def say(token: str = token, answers: list[int] = answers) -> None:
            answers.append(post(here, token))

        acts: list[Callable[[], Any]] = [partial(browser.get, back), say]
        at_once(lambda act: act(), acts)
        assert answers == [200]
        # Somebody did come, and of no other reason went away.
        failed = len(here.events("login.failed")) - before["login.failed"]
        proved = len(here.events("login.proved")) - before["login.proved"]
        assert (failed, proved) in {(1, 0), (0, 1)}
        if failed:
            assert told(here) == ("left", "")
        else:
            ended = here.events("session.ended")[-1]
            assert json.loads(ended.detail) == {"why": "provider"}
            assert ended.session == here.events("login.proved")[-1].session
        assert session_of(here, browser) is None
        clock.pass_by(1)


def _of_the_person(there: Sandbox, clock: StandingClock) -> str:
    """Signed before anybody is logged in there: all of theirs is over as of this moment."""
    person = known("medecin")
    login = there.logins.begin(person, "nobody", "")
    try:
        return made(there, sid=None, sub=person.subject, jti=f"once-{clock.now()}")
    finally:
        there.logins._going_on.pop(login.id)


def test_br_014_word_that_comes_while_the_session_is_being_written_waits_and_finds_it(
    here: World, there: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, back = come_back(here, there)
    bind, said = Ties.bind, threading.Event()
    threads: list[threading.Thread] = []
    turn = threading.Event()
    sever = Ties.sever

    def severed(self: Ties, *given: Any) -> Any:
        turn.set()
        found = sever(self, *given)
        said.set()
        return found

    def late(self: Ties, *given: Any) -> None:
        bind(self, *given)
        token = made(there)
        threads.append(threading.Thread(target=post, args=(here, token)))
        threads[0].start()
        if not here.core.database.is_sqlite:
            # It stands before what this login holds: it must not look before that is let go.
            assert turn.wait(30)
            assert not said.wait(0.3)

    monkeypatch.setattr(Ties, "sever", severed)
    monkeypatch.setattr(Ties, "bind", late)
    browser.get(back)
    threads[0].join(30)
    assert said.is_set()
    assert session_of(here, browser) is None
    assert len(here.events("session.ended")) == 1


def test_br_014_a_phone_s_answer_that_waits_is_worth_nothing_then(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_phones(database_url, StandingClock(), monkeypatch) as phones:
        phones.there.tell = lambda _url, token: post(phones.here, token)
        browser = phones.arrive()
        phones.accepted(browser)
        [login] = phones.there.logins.every()
        assert phones.there.logins.end(login.id, Trouble.NONE)
        assert phones.there.logins.told[-1].status == 200
        browser.submit("/ecps", go="1")
        assert nobody_is_in(phones.here)
        assert told(phones.here) == ("left", "")
        assert browser.page.select_one("#form-error") is not None
        phones.accepted(browser, MEDECIN)
        assert "code" in phones.here.client("phone").answered(browser.submit("/ecps", go="1"))


def test_what_was_said_is_forgotten_in_time(
    here: World, there: Sandbox, clock: StandingClock
) -> None:
    browser, back = come_back(here, there)
    browser.get(back)
    assert post(here, made(there)) == 200

    def kept() -> int:
        with here.core.database.read() as tx:
            return int(tx.exec_driver_sql("SELECT count(*) FROM ended_ties").scalar_one())

    clock.pass_by(REMEMBERED - 5)
    Chores(here.core).do()
    assert kept() == 1
    clock.pass_by(10)
    Chores(here.core).do()
    assert kept() == 0
