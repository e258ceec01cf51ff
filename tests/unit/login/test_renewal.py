# SPDX-License-Identifier: Apache-2.0
"""A new password: judged, put in force, and everything that hung on the old one ended (CR-038)."""

import hashlib
import json
import threading
from dataclasses import replace

import pytest
from sqlalchemy import text

from idp.accounts.values import Population
from idp.credentials import devices
from idp.credentials.breaches import Breaches
from idp.credentials.passwords import Reason
from idp.credentials.policy import DAY, PROFILES
from idp.login.elsewhere import NOWHERE, Here
from idp.login.renewal import Renewed, TooSoon, Why
from idp.messages.outbox import Message
from idp.origin import Origin
from tests.cast import PASSWORD
from tests.functional.conftest import make_quick

ORIGIN = Origin("192.0.2.44", "Firefox", "request-1")
NEW = "tilleul moulin jardin"


@pytest.fixture
def quick(world):
    return make_quick(world)


@pytest.fixture
def quick_sqlite(sqlite_world):
    return make_quick(sqlite_world)


def change(world, password=NEW, why=Why.CHANGED, here=NOWHERE, who="medecin"):
    core = world.core
    hashed = core.passwords.hashed(password)
    with core.database.write() as tx:
        return core.renewal.change(tx, world.cast[who], hashed, why, ORIGIN, here)


def temporary(world, password="Temporary 1", reason=Reason.RESET):
    core = world.core
    hashed = core.passwords.hashed(password)
    with core.database.write() as tx:
        return core.renewal.give_temporary(tx, world.cast["medecin"], hashed, reason, ORIGIN)


def judge(world, candidate, who="medecin"):
    return world.core.renewal.judge(world.cast[who], candidate)


def queued(world):
    with world.core.database.read() as tx:
        rows = tx.execute(text("SELECT * FROM messages WHERE state = 'queued'")).all()
    ring = world.core.ring
    return {
        row.purpose: json.loads(
            ring.open(row.content, table="messages", column="content", row=row.id)
        )["values"]
        for row in rows
    }


def test_cr_038_everything_that_hung_on_the_old_one_ends(quick):
    world, core, claire = quick, quick.core, quick.cast["medecin"]
    world.clock.pass_by(2 * DAY)
    here, there, native = world.browser(), world.browser("192.0.2.11"), world.client("plain")
    kept = native.tokens(here)
    lost = native.tokens(there)
    unused = native.code_for(there)
    patient = native.tokens(world.browser("192.0.2.12"), who="patient")
    session = core.sessions.find
    with core.database.write() as tx:
        link = core.reset_links.give(tx, claire.id)
        core.outbox.put(tx, Message("email", "reset-link", "x@y.example", claire.id, "fr", 60))
        device, other = (core.lookup.hash(one) for one in ("here", "there"))
        for one in (device, other):
            devices.remember(tx, claire.id, one, 1)
        mine = session(tx, here.cookie("session"))
        theirs = session(tx, there.cookie("session"))
    done = change(world, here=Here(mine.id, device))
    assert isinstance(done, Renewed)
    ((ended, opened),) = [(one.session, one.opened) for one in done.ended]
    assert ended == theirs.id
    assert [one.application for one in opened] == ["plain"]
    with core.database.read() as tx:
        assert session(tx, here.cookie("session"))
        assert session(tx, there.cookie("session")) is None
        assert core.reset_links.find(tx, link) is None
        assert devices.is_known(tx, claire.id, device)
        assert not devices.is_known(tx, claire.id, other)
    assert native.refresh(lost["refresh_token"]).status == 400
    assert native.userinfo(lost["access_token"]).status == 401
    assert native.redeem(unused).status == 400
    assert native.refresh(kept["refresh_token"]).status == 200
    assert native.refresh(patient["refresh_token"]).status == 200
    assert set(queued(world)) - {"new-device"} == {"password-changed"}
    assert core.passwords.match(claire.id, NEW)
    assert not core.passwords.match(claire.id, PASSWORD)


def test_cr_038_a_reset_leaves_no_session_and_no_grant(quick):
    world, native = quick, quick.client("plain")
    browser = world.browser()
    tokens = native.tokens(browser)
    done = change(world, why=Why.RESET)
    assert len(done.ended) == 1
    assert native.refresh(tokens["refresh_token"]).status == 400
    with world.core.database.read() as tx:
        query = text("SELECT count(*) FROM grants WHERE revoked_at IS NULL")
        assert tx.execute(query).scalar() == 0
    why = json.loads(world.events("password.renewed")[-1].detail)
    assert why == {"why": "reset", "sessions": 1}
    assert world.events("session.ended")[-1].detail == '{"why":"password-reset"}'


def test_a_change_given_up_leaves_everything(quick):
    world, native = quick, quick.client("plain")
    tokens = native.tokens(world.browser())
    hashed = world.core.passwords.hashed(NEW)

    def break_down():
        with world.core.database.write() as tx:
            world.core.renewal.change(tx, world.cast["medecin"], hashed, Why.RESET, ORIGIN)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_down()
    assert world.core.passwords.match(world.cast["medecin"].id, PASSWORD)
    assert native.refresh(tokens["refresh_token"]).status == 200
    assert queued(world) == {}


def test_the_owner_is_told_where_and_when(quick_sqlite):
    change(quick_sqlite, why=Why.RESET)
    told = queued(quick_sqlite)["password-changed"]
    assert told == {
        "name": "Claire Durand",
        "at": "21 septembre 2026, 16:13",
        "place": "192.0.2.44",
    }
    # A temporary one is told by its own message.
    temporary(quick_sqlite)
    assert len(queued(quick_sqlite)) == 1


def test_cr_036_the_minimum_age_holds_for_what_the_person_starts(quick):
    world, renewal = quick, quick.core.renewal
    claire, start = world.cast["medecin"], world.clock.now()
    assert renewal.may_start(claire) == start + DAY
    for why in (Why.CHANGED, Why.DUE):
        # Nothing is due: to say so opens no way around.
        assert change(world, "B", why) == TooSoon(start + DAY)
    assert world.core.passwords.match(claire.id, PASSWORD)
    world.clock.pass_by(DAY)
    assert renewal.may_start(claire) == 0
    assert isinstance(change(world, "B"), Renewed)
    assert isinstance(change(world, "C"), TooSoon)
    assert world.core.passwords.match(claire.id, "B")


@pytest.mark.parametrize("why", [Why.RESET, Why.ADMINISTRATOR])
def test_cr_036_the_minimum_age_never_blocks_a_reset(quick_sqlite, why):
    for password in ("B", "C"):
        assert isinstance(change(quick_sqlite, password, why), Renewed)


def test_cr_036_the_minimum_age_never_blocks_a_forced_change(quick_sqlite):
    world = quick_sqlite
    temporary(world)
    assert world.core.renewal.may_start(world.cast["medecin"]) == 0
    assert isinstance(change(world, "B", Why.DUE), Renewed)
    assert isinstance(change(world, "C", Why.DUE), TooSoon)
    world.clock.pass_by(122 * DAY)
    assert isinstance(change(world, "C", Why.DUE), Renewed)


def test_rl_09_a_clock_set_back_does_not_lock_anybody_in(quick_sqlite):
    world = quick_sqlite
    world.clock.pass_by(-300 * DAY)
    wait = world.core.renewal.may_start(world.cast["medecin"])
    assert wait == world.clock.now() + DAY


def test_who_has_no_password_may_take_one(quick_sqlite):
    world = quick_sqlite
    with world.core.database.write() as tx:
        tx.execute(text("DELETE FROM passwords"))
    assert world.core.renewal.may_start(world.cast["medecin"]) == 0
    assert isinstance(change(world), Renewed)


def test_cr_045_what_somebody_else_gave_must_be_replaced(quick):
    world, core, claire = quick, quick.core, quick.cast["medecin"]
    browser = world.browser()
    world.client("plain").tokens(browser)
    assert len(temporary(world).ended) == 1
    with core.database.read() as tx:
        due = core.passwords.due(tx, claire.id, Population.PROFESSIONAL)
        assert core.sessions.find(tx, browser.cookie("session")) is None
    assert due.reason is Reason.RESET


def test_a_forced_expiry_closes_no_live_session(quick):
    world = quick
    world.clock.pass_by(122 * DAY - 60)
    browser = world.browser()
    tokens = world.client("plain").tokens(browser)
    world.clock.pass_by(120)
    with world.core.database.read() as tx:
        assert world.core.sessions.find(tx, browser.cookie("session"))
    assert world.client("plain").userinfo(tokens["access_token"]).status == 200


def test_the_history_is_judged_last_and_only_for_what_would_do(quick):
    world = quick
    change(world, "A" * 3 + NEW, Why.RESET)
    change(world, "B" * 3 + NEW, Why.RESET)
    assert judge(world, "A" * 3 + NEW).broken == ("history",)
    assert judge(world, "B" * 3 + NEW).broken == ("history",)
    assert judge(world, PASSWORD).accepted
    asked = world.core.passwords._hashing.asked
    short = judge(world, "court")
    assert "length" in short.broken
    assert [one for one in short.results if one.key == "history"] == []
    assert world.core.passwords._hashing.asked == asked


def test_each_population_has_its_own_rules(quick_sqlite):
    assert judge(quick_sqlite, "Kiosq7", "patient").accepted
    assert judge(quick_sqlite, "Kiosq7").broken == ("length", "strength")
    assert judge(quick_sqlite, "Ébeaupré7", "patient").broken == ("own-words",)
    # The site's name.
    assert judge(quick_sqlite, "Sceaux-7", "patient").broken == ("own-words",)


def test_cr_035_a_list_that_can_not_be_read_refuses_for_now(quick_sqlite, tmp_path, monkeypatch):
    world, path = quick_sqlite, tmp_path / "list"
    with world.core.database.write() as tx:
        modern = replace(PROFILES["modern"], history=3)
        world.core.policies.set(tx, Population.PROFESSIONAL, modern)
    monkeypatch.setattr(world.core.renewal, "_breaches", Breaches(str(path)))
    judged = judge(world, NEW)
    assert (judged.accepted, judged.try_later, judged.broken) == (False, True, ())
    digest = hashlib.sha1(NEW.encode()).hexdigest().upper()
    path.write_text(f"{digest}:17\n")
    judged = judge(world, NEW)
    assert (judged.accepted, judged.try_later, judged.broken) == (False, False, ("known",))
    assert judge(world, NEW + " fleuri").accepted


def test_of_two_changes_at_once_the_minimum_age_lets_one_through(quick):
    """Each has looked before; the row is held while it is decided."""
    world = quick
    world.clock.pass_by(2 * DAY)
    start, results = threading.Barrier(3), []

    def run(password):
        start.wait(30)
        results.append(change(world, password))
        world.core.database.forget()

    threads = [threading.Thread(target=run, args=(one,)) for one in "BCD"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(type(one).__name__ for one in results) == ["Renewed", "TooSoon", "TooSoon"]
