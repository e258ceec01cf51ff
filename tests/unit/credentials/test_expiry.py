# SPDX-License-Identifier: Apache-2.0
"""Warnings before a password ends: whom, when, once each, by however many servers."""

import json
import threading
from dataclasses import replace

import pytest
from sqlalchemy import text

from idp.accounts.values import Population, State
from idp.chores import Chores
from idp.credentials.expiry import expiring
from idp.credentials.policy import DAY, PROFILES
from idp.login.ending_soon import EndingSoon


@pytest.fixture
def told(world):
    """A world whose patients and staff never have to change, and who is told."""
    core = world.core
    with core.database.write() as tx:
        core.policies.set(tx, Population.STAFF, PROFILES["modern"])
    return world


def ending_soon(world):
    core = world.core
    return EndingSoon(
        core.database, core.clock, core.policies, core.outbox, core.settings.server.issuer
    )


def messages(world):
    """Whom the queue tells, of how many days."""
    core = world.core
    with core.database.read() as tx:
        query = text(
            "SELECT * FROM messages WHERE purpose = 'password-expiry' AND state = 'queued'"
        )
        rows = tx.execute(query).all()
    found = []
    for row in rows:
        content = core.ring.open(row.content, table="messages", column="content", row=row.id)
        values = json.loads(content)["values"]
        assert values["link"] == "https://sceau.example/account/password"
        found.append((values["name"], values["days"], row.worthless_at))
    return sorted(found)


CLAIRE, MARIE = "Claire Durand", "Marie-Françoise de La Rochefoucauld-Villeneuve"


def test_fifteen_seven_and_one_day_before_once_each(told):
    world, soon = told, ending_soon(told)
    end = world.clock.now() + 122 * DAY
    world.clock.pass_by(107 * DAY - 1)
    assert soon.tell(100) == 0
    for step, days in ((1, 15), (8 * DAY, 7), (6 * DAY, 1)):
        world.clock.pass_by(step)
        # Lucie's account is disabled; patients and staff have nothing to change.
        assert soon.tell(100) == 2
        assert soon.tell(100) == 0
        # One not sent yet makes room for the next.
        assert messages(world) == [(CLAIRE, days, end), (MARIE, days, end)]
    world.clock.pass_by(DAY)
    assert soon.tell(100) == 0


def test_a_server_that_was_down_says_how_many_days_are_left(told):
    soon = ending_soon(told)
    told.clock.pass_by(117 * DAY + 3600)
    assert soon.tell(100) == 2
    assert [days for _name, days, _end in messages(told)] == [5, 5]
    assert soon.tell(100) == 0


def test_in_batches_and_by_two_servers(told):
    one, other = ending_soon(told), ending_soon(told)
    told.clock.pass_by(110 * DAY)
    assert [one.tell(1), other.tell(1), one.tell(1)] == [1, 1, 0]
    assert len(messages(told)) == 2


def wait_until_it_waits(world, thread):
    """Until the other server's statement stands behind ours."""
    if world.core.database.is_sqlite:
        # It stands before the transaction already.
        return
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with world.core.database.engine.connect() as connection:
        while thread.is_alive() and not connection.execute(waiting).scalar():
            threading.Event().wait(0.01)


def test_of_two_servers_at_once_one_tells(told):
    """The second has found the same people before the first has committed."""
    world, core, second = told, told.core, []
    world.clock.pass_by(110 * DAY)

    def tell():
        second.append(ending_soon(world).tell(100))
        core.database.forget()

    thread = threading.Thread(target=tell)
    with core.database.write() as tx:
        assert len(list(expiring(tx, core.policies, core.clock.now(), 100))) == 2
        thread.start()
        wait_until_it_waits(world, thread)
    thread.join(60)
    assert second == [0]


def test_a_change_starts_anew(told):
    world, soon, core = told, ending_soon(told), told.core
    world.clock.pass_by(110 * DAY)
    assert soon.tell(100) == 2
    claire = world.cast["medecin"]
    hashed = core.passwords.hashed("une autre phrase")
    with core.database.write() as tx:
        core.passwords.put(tx, claire.id, hashed)
    world.clock.pass_by(110 * DAY)
    assert soon.tell(100) == 1


def test_who_has_no_address_or_a_temporary_password_gets_no_message(told):
    world, soon, core = told, ending_soon(told), told.core
    hashed = core.passwords.hashed("temporary")
    with core.database.write() as tx:
        core.passwords.put(tx, world.cast["medecin"].id, hashed, must_change="reset")
        known = {"account": world.cast["infirmiere"].id}
        tx.execute(text("UPDATE accounts SET email = '' WHERE id = :account"), known)
    world.clock.pass_by(110 * DAY)
    assert soon.tell(100) == 1
    assert soon.tell(100) == 0
    assert messages(world) == []


def test_an_account_opened_again_is_told_then(told):
    world, soon, core = told, ending_soon(told), told.core
    world.clock.pass_by(110 * DAY)
    assert soon.tell(100) == 2
    with core.database.write() as tx:
        core.accounts.set_state(tx, world.cast["ancienne"].id, State.ACTIVE)
    assert soon.tell(100) == 1


def test_a_short_policy_does_not_warn_the_day_it_begins(told):
    world, soon, core = told, ending_soon(told), told.core
    ten = replace(PROFILES["rotation"], valid_days=10)
    with core.database.write() as tx:
        core.policies.set(tx, Population.PROFESSIONAL, ten)
    assert soon.tell(100) == 0
    world.clock.pass_by(3 * DAY)
    assert soon.tell(100) == 2


def test_the_chores_look_every_hour(sqlite_world):
    world = sqlite_world
    chores = Chores(world.core)
    chores.do()
    world.clock.pass_by(110 * DAY)
    chores.do()
    assert len(messages(world)) == 3
    with world.core.database.write() as tx:
        tx.execute(text("UPDATE passwords SET warned = 0"))
        tx.execute(text("DELETE FROM messages"))
    world.clock.pass_by(60)
    chores.do()
    assert messages(world) == []
    world.clock.pass_by(3600)
    chores.do()
    assert len(messages(world)) == 3
