# SPDX-License-Identifier: Apache-2.0
"""Links to a new password: once, not for long, the newest only, nothing of them in the database."""

import threading

from sqlalchemy import text

from idp.chores import Chores
from idp.clock import DRIFT


def give(world, who="medecin"):
    with world.core.database.write() as tx:
        return world.core.reset_links.give(tx, world.cast[who].id)


def find(world, secret):
    with world.core.database.read() as tx:
        return world.core.reset_links.find(tx, secret)


def use(world, secret):
    with world.core.database.write() as tx:
        return world.core.reset_links.use(tx, secret)


def test_cr_041_a_link_is_looked_at_often_and_used_once(world):
    claire, secret = world.cast["medecin"].id, give(world)
    assert len(secret) == 43
    assert [find(world, secret) for _ in range(3)] == [claire] * 3
    assert use(world, secret) == claire
    assert use(world, secret) is None
    assert find(world, secret) is None


def test_cr_041_what_was_never_given_opens_nothing(world):
    secret = give(world)
    for guess in ("", secret[:-1], secret + "x", secret.swapcase(), "\ud800", "x" * 10_000):
        assert find(world, guess) is None
        assert use(world, guess) is None
    assert find(world, secret)


def test_cr_041_a_newer_one_and_a_void_one(world):
    first, other = give(world), give(world, "patient")
    second = give(world)
    assert find(world, first) is None
    assert find(world, second)
    with world.core.database.write() as tx:
        world.core.reset_links.void(tx, world.cast["medecin"].id)
    assert find(world, second) is None
    assert use(world, second) is None
    assert find(world, other) == world.cast["patient"].id


def test_cr_041_half_an_hour(world):
    secret = give(world)
    world.clock.pass_by(1799)
    assert find(world, secret)
    world.clock.pass_by(1)
    assert find(world, secret) is None
    assert use(world, secret) is None


def test_cr_041_the_database_holds_no_secret(world):
    secret = give(world)
    with world.core.database.read() as tx:
        row = tx.execute(text("SELECT * FROM reset_links")).one()
    assert secret not in repr(tuple(row))


def test_cr_041_of_many_at_once_one_wins(world):
    secret, start, results = give(world), threading.Barrier(5), []

    def run():
        start.wait(30)
        results.append(use(world, secret))
        world.core.database.forget()

    threads = [threading.Thread(target=run) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results.count(None) == 4
    assert results.count(world.cast["medecin"].id) == 1


def test_rl_009_a_link_of_the_future_is_over(world):
    secret = give(world)
    world.clock.pass_by(-DRIFT)
    assert find(world, secret)
    world.clock.pass_by(-1)
    assert find(world, secret) is None
    assert use(world, secret) is None


def test_rl_009_a_link_that_expired_does_not_come_back_with_the_clock(world):
    secret, life = give(world), world.core.settings.policies.reset_life
    world.clock.pass_by(life + DRIFT)
    Chores(world.core).do()
    world.clock.pass_by(-life)
    assert find(world, secret) is None
    assert use(world, secret) is None


def test_rl_009_chores_end_no_link_that_lives(world):
    secret = give(world)
    world.clock.pass_by(world.core.settings.policies.reset_life - 1)
    Chores(world.core).do()
    assert find(world, secret)


def test_old_ones_are_forgotten(sqlite_world):
    world = sqlite_world
    give(world)
    chores = Chores(world.core)
    chores.do()
    with world.core.database.read() as tx:
        assert tx.execute(text("SELECT count(*) FROM reset_links")).scalar() == 1
        world.clock.pass_by(2 * 86_400)
        chores.do()
        assert tx.execute(text("SELECT count(*) FROM reset_links")).scalar() == 0
