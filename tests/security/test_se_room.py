# SPDX-License-Identifier: Apache-2.0
"""How many sessions there may be, and what a clock set back brings to life: nothing."""

import json
import threading

import pytest
from sqlalchemy import text

from connectors.base import Level
from idp.chores import Chores
from idp.clock import DRIFT
from idp.origin import Origin
from idp.sessions.values import Proof, Session
from tests.functional.conftest import make_quick
from tests.world import Browser, World

YEAR = 365 * 86_400
MOST_SESSIONS = 20


@pytest.fixture
def quick_world(world: World) -> World:
    return make_quick(world)


def enter(world: World, who: str = "medecin") -> Browser:
    browser = world.browser()
    browser.get("/login")
    browser.log_in(who)
    return browser


def is_in(browser: Browser) -> bool:
    return browser.request("GET", "/account").status_code == 200


def live(world: World, who: str = "medecin") -> list[Session]:
    core = world.core
    with core.database.read() as tx:
        return core.sessions.of_account(tx, world.cast[who].id, even_idle=True)


def test_se_007_a_login_beyond_the_most_ends_the_one_unused_for_longest(quick_world: World):
    browsers = []
    for _number in range(MOST_SESSIONS):
        quick_world.clock.pass_by(61)
        browsers.append(enter(quick_world))
    patient = enter(quick_world, "patient")
    # The first is used once more: the second has now been unused for longest.
    quick_world.clock.pass_by(61)
    assert is_in(browsers[0])
    plain = quick_world.client("plain")
    tokens = plain.redeem(plain.answered(plain.ask(browsers[0]))["code"]).json
    newest = enter(quick_world)
    assert len(live(quick_world)) == MOST_SESSIONS
    assert not is_in(browsers[1])
    assert is_in(newest)
    assert is_in(browsers[0])
    assert is_in(patient)
    assert plain.refresh(tokens["refresh_token"]).status == 200
    [ended] = quick_world.events("session.ended")
    assert json.loads(ended.detail) == {"why": "too-many"}


def test_se_007_what_the_ended_one_had_given_ends_with_it(quick_world: World):
    plain = quick_world.client("plain")
    first = quick_world.browser()
    tokens = plain.tokens(first)
    for _number in range(MOST_SESSIONS):
        quick_world.clock.pass_by(61)
        enter(quick_world)
    assert not is_in(first)
    assert plain.refresh(tokens["refresh_token"]).status == 400


def test_se_007_logins_at_one_moment_do_not_slip_past(quick_world: World):
    core, account = quick_world.core, quick_world.cast["medecin"].id
    origin = Origin("192.0.2.1", "", "")
    proof = Proof("password", Level.PASSWORD, ("pwd",), core.clock.now(), "journey")
    for _number in range(MOST_SESSIONS):
        with core.database.write() as tx:
            core.sessions.open(tx, account, proof, origin)
    faults: list[BaseException] = []
    barrier = threading.Barrier(8)

    def log_in() -> None:
        try:
            barrier.wait(30)
            with core.database.write() as tx:
                session, _secret = core.sessions.open(tx, account, proof, origin)
                core.sessions.make_room(tx, session, origin)
        except BaseException as fault:  # noqa: BLE001 - shown by the test itself
            faults.append(fault)

    threads = [threading.Thread(target=log_in) for _number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert not faults
    assert len(live(quick_world)) == MOST_SESSIONS


def test_rl_009_a_session_used_later_than_now_opens_nothing(quick_world: World):
    browser = enter(quick_world)
    quick_world.clock.pass_by(-DRIFT)
    assert is_in(browser)
    quick_world.clock.pass_by(-1)
    assert not is_in(browser)
    # Its owner can still end it.
    [session] = live(quick_world)
    again = enter(quick_world)
    again.get("/account/sessions")
    again.submit(f"/{session.id}/end")
    assert len(live(quick_world)) == 1


def test_rl_009_what_has_expired_stays_so_when_the_clock_is_set_back(quick_world: World):
    browser = enter(quick_world)
    plain = quick_world.client("plain")
    tokens = plain.redeem(plain.answered(plain.ask(browser))["code"]).json
    absolute = quick_world.core.settings.session.absolute
    quick_world.clock.pass_by(absolute + DRIFT + 1)
    Chores(quick_world.core).do()
    for hours in (1, 5, 5):
        quick_world.clock.pass_by(-3600 * hours)
        assert not is_in(browser)
        assert plain.refresh(tokens["refresh_token"]).status == 400
    assert live(quick_world) == []


def test_rl_009_chores_end_nothing_that_lives(quick_world: World):
    browser = enter(quick_world)
    quick_world.clock.pass_by(600)
    Chores(quick_world.core).do()
    assert is_in(browser)


def test_browsers_unused_for_a_year_are_forgotten_and_no_other(quick_world: World):
    def known() -> int:
        with quick_world.core.database.read() as tx:
            return int(tx.execute(text("SELECT count(*) FROM known_devices")).scalar_one())

    enter(quick_world)
    quick_world.clock.pass_by(YEAR - 10)
    enter(quick_world)
    Chores(quick_world.core).do()
    assert known() == 2
    quick_world.clock.pass_by(11)
    Chores(quick_world.core).do()
    assert known() == 1
