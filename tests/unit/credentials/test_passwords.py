# SPDX-License-Identifier: Apache-2.0
"""A password's life: replaced, looked back at, temporary, at its end."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from idp.accounts.values import Population
from idp.clock import DRIFT
from idp.credentials.hashing import Hashing
from idp.credentials.passwords import Due, Reason, Standing
from idp.credentials.policy import DAY, PROFILES
from tests.cast import PASSWORD
from tests.functional.conftest import make_quick
from tests.unit.credentials.foreign import bcrypt_hash, salted_hash
from tests.world import START

PROFESSIONAL = Population.PROFESSIONAL


@pytest.fixture
def quick(world):
    return make_quick(world)


def put(world, password, who="medecin", **terms):
    core = world.core
    hashed = core.passwords.hashed(password)
    with core.database.write() as tx:
        core.passwords.put(tx, world.cast[who].id, hashed, **terms)


def temporary(world, password, reason=Reason.RESET):
    core = world.core
    hashed = core.passwords.hashed(password)
    with core.database.write() as tx:
        core.passwords.set_temporary(tx, world.cast["medecin"].id, hashed, reason)


def used(world, password, who="medecin"):
    return world.core.passwords.was_used(world.cast[who].id, password)


def history(world):
    with world.core.database.read() as tx:
        return tx.execute(text("SELECT hash FROM password_history")).scalars().all()


def set_policy(world, **changes):
    core = world.core
    with core.database.write() as tx:
        core.policies.set(tx, PROFESSIONAL, replace(PROFILES["rotation"], **changes))


def due(world):
    core = world.core
    with core.database.read() as tx:
        return core.passwords.due(tx, world.cast["medecin"].id, PROFESSIONAL)


def test_cr_036_three_in_a_row_are_different_ones(quick):
    put(quick, "A")
    assert used(quick, "A")
    put(quick, "B")
    # A, B, A is refused.
    assert used(quick, "A")
    assert used(quick, "B")
    put(quick, "C")
    # A, B, C, A is accepted.
    assert not used(quick, "A")
    assert used(quick, "B")
    assert used(quick, "C")
    assert not used(quick, "D")


@given(depth=st.integers(0, 5), chosen=st.lists(st.sampled_from("ABCD"), min_size=5, max_size=9))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cr_036_any_row_of_changes_looks_back_as_far_as_the_policy_says(kept, depth, chosen):
    """Also within one second, in which the clock stands still."""
    world = kept
    set_policy(world, history=depth)
    with world.core.database.write() as tx:
        tx.execute(text("DELETE FROM password_history"))
    for password in chosen:
        put(world, password)
    # The present one is always refused: a change changes something.
    recent = chosen[-max(depth - 1, 1) :]
    for password in "ABCDE":
        assert used(world, password) is (password in recent), (chosen, password)
    assert len(history(world)) <= max(depth - 1, 0)


@pytest.fixture
def kept(sqlite_world):
    return make_quick(sqlite_world)


def test_cr_036_a_temporary_one_in_between_hides_nothing(quick):
    put(quick, "A")
    put(quick, "B")
    temporary(quick, "T1")
    temporary(quick, "T2")
    # A, B, (reset), A would be A, B, A again.
    for password in ("A", "B", "T2"):
        assert used(quick, password), password
    put(quick, "C")
    assert used(quick, "B")
    assert not used(quick, "A")


def test_cr_036_a_shorter_look_back_forgets(quick):
    for password in "ABC":
        put(quick, password)
    assert len(history(quick)) == 2
    set_policy(quick, history=0)
    put(quick, "D")
    assert history(quick) == []
    assert not used(quick, "C")
    assert used(quick, "D")


def test_cr_036_each_is_compared_by_its_own_parameters(sqlite_world):
    world = sqlite_world
    old = Hashing(memory_kib=256, time_cost=1, parallelism=1, pool=1, queue=1)
    claire, core = world.cast["medecin"].id, world.core
    with core.database.write() as tx:
        core.policies.set(tx, PROFESSIONAL, replace(PROFILES["rotation"], history=5))
        for hashed in (bcrypt_hash("A"), salted_hash("B"), old.hash("C"), old.hash("D")):
            core.passwords.put(tx, claire, hashed)
    old.close()
    for password in "ABCD":
        assert used(world, password), password
    assert not used(world, "E")


def test_the_histories_of_two_people_are_apart(quick):
    put(quick, "A", "patient")
    put(quick, "B", "patient")
    assert not used(quick, "B")
    assert not quick.core.passwords.was_used("nobody", "A")


def test_cr_049_a_temporary_one_must_be_replaced_and_ends(quick):
    world, core, claire = quick, quick.core, quick.cast["medecin"].id
    for reason in (Reason.TEMPORARY, Reason.FIRST, Reason.RESET):
        temporary(world, "T", reason)
        assert due(world) == Due(reason, world.core.clock.now())
        assert core.passwords.match(claire, "T")
    life = core.settings.policies.temporary_life
    world.clock.pass_by(life - 1)
    assert core.passwords.match(claire, "T")
    world.clock.pass_by(1)
    assert not core.passwords.match(claire, "T")
    # It can't be kept as the new one either.
    assert used(world, "T")
    put(world, "Mine")
    assert due(world) is None
    assert core.passwords.match(claire, "Mine")


def test_cr_049_past_its_end_it_costs_the_same(sqlite_world):
    """As for nobody: the dummy is hashed."""
    world = make_quick(sqlite_world)
    temporary(world, "T")
    world.clock.pass_by(365 * DAY)
    asked, hashing = [], world.core.passwords._hashing
    real = hashing.matches
    hashing.matches = lambda stored, typed: asked.append(stored) or real(stored, typed)
    assert not world.core.passwords.match(world.cast["medecin"].id, "T")
    assert not world.core.passwords.match(None, "T")
    assert asked == [None, None]


def test_after_four_months_it_must_be_replaced_but_still_opens(quick):
    world = quick
    put(world, "A")
    world.clock.pass_by(122 * DAY - 1)
    assert due(world) is None
    world.clock.pass_by(1)
    assert due(world) == Due(Reason.EXPIRED, START + 122 * DAY)
    assert world.core.passwords.match(world.cast["medecin"].id, "A")
    set_policy(world, valid_days=0)
    assert due(world) is None


def test_rl_09_a_clock_set_back_ends_nothing(quick):
    put(quick, "A")
    quick.clock.pass_by(-400 * DAY)
    assert due(quick) is None
    assert quick.core.passwords.match(quick.cast["medecin"].id, "A")


def test_rl_09_a_temporary_one_of_the_future_is_over(quick):
    temporary(quick, "T", Reason.FIRST)
    claire = quick.cast["medecin"].id
    quick.clock.pass_by(-DRIFT)
    assert quick.core.passwords.match(claire, "T")
    quick.clock.pass_by(-1)
    assert not quick.core.passwords.match(claire, "T")


@pytest.mark.parametrize("day", [DAY * 366, 2**31 - START, DAY * 365 * 10])
def test_rl_09_years_ahead_it_is_due_and_nothing_breaks(quick, day):
    """29 February, the year 2038, a clock gone mad."""
    put(quick, "A")
    quick.clock.pass_by(day)
    assert due(quick).reason is Reason.EXPIRED
    put(quick, "B")
    assert due(quick) is None


def test_what_a_person_may_be_told(quick):
    world, passwords, claire = quick, quick.core.passwords, quick.cast["medecin"].id
    put(world, "A")
    with world.core.database.read() as tx:
        told = passwords.standing(tx, claire, PROFESSIONAL)
        assert told == Standing(START, START + 122 * DAY, "", None)
        assert passwords.standing(tx, claire, Population.PATIENT).ends_at is None
        assert passwords.standing(tx, "nobody", PROFESSIONAL) is None
        assert passwords.due(tx, "nobody", PROFESSIONAL) is None


def test_a_new_password_is_audited_with_why_it_must_change(quick):
    temporary(quick, "T", Reason.FIRST)
    event = quick.events("password.set")[-1]
    assert event.detail == '{"must_change":"first"}'


def test_the_cast_s_passwords_are_no_temporary_ones(sqlite_world):
    assert due(sqlite_world) is None
    assert sqlite_world.core.passwords.match(sqlite_world.cast["medecin"].id, PASSWORD)
