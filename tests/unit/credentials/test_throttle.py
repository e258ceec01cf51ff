# SPDX-License-Identifier: Apache-2.0
"""How often one may try: the figures, and what holds for every row of tries and every clock."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.credentials import throttle
from idp.credentials.throttle import (
    DAY,
    Counter,
    Limits,
    Verdict,
    account_key,
    address_key,
    give_back,
    reserve,
    rule,
    settle,
)

MEANS = Limits(free_tries=5, first_delay=60, max_delay=3600, per_day=25, disable_after=100)
ADDRESS = Limits(50, 60, 3600, 0, 1_000_000_000, window=3600)
START = 1_790_000_000
MINUTE = 60


def tries(*moments, limits=MEANS, counter=None):
    """The verdicts on failures at these moments."""
    counter = counter or Counter(since=START)
    rulings = []
    for moment in moments:
        counter, ruling = rule(counter, limits, moment)
        rulings.append(ruling)
    return counter, rulings


def verdicts(*moments, limits=MEANS):
    return [ruling.verdict for ruling in tries(*moments, limits=limits)[1]]


def test_five_tries_are_free_and_the_sixth_waits():
    found = verdicts(*[START] * 6)
    assert found == [Verdict.FREE] * 5 + [Verdict.BLOCKED]


def test_a_minute_that_doubles_to_an_hour():
    counter, now, delays = Counter(), START, []
    for _ in range(13):
        counter, ruling = rule(counter, MEANS, now)
        assert ruling.verdict is Verdict.FREE
        delays.append(max(0, counter.blocked_until - now))
        now = max(now, counter.blocked_until)
    assert delays == [0, 0, 0, 0, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_a_try_during_the_delay_does_not_prolong_it():
    counter, rulings = tries(*[START] * 5, START + 30, START + 59)
    assert [one.until for one in rulings[5:]] == [START + 60] * 2
    assert rule(counter, MEANS, START + 60)[1].verdict is Verdict.FREE


def test_25_a_day_and_not_one_more():
    found = verdicts(*[START] * 26)
    assert Verdict.EXHAUSTED not in found[:25]
    assert found[25] is Verdict.EXHAUSTED


def test_100_in_a_row_disable_for_good():
    moments = [START + day * (DAY + 1) for day in range(5) for _ in range(25)]
    found = verdicts(*moments)
    assert found[:100].count(Verdict.EXHAUSTED) == 0
    assert set(found[100:]) == {Verdict.EXHAUSTED}
    assert verdicts(*moments, START + 1000 * DAY)[-1] is Verdict.EXHAUSTED


def test_an_address_may_be_a_hospital_and_old_failures_are_forgotten():
    assert set(verdicts(*[START] * 50, limits=ADDRESS)) == {Verdict.FREE}
    found = verdicts(*[START] * 51, START + 3600, limits=ADDRESS)
    assert found[50:] == [Verdict.BLOCKED, Verdict.FREE]


# Moments mostly go forward, by little and by much; sometimes a clock is set back.
FORWARD = st.lists(st.integers(0, 30) | st.integers(0, 4 * 3600) | st.integers(0, 2 * DAY))
JUMPS = st.lists(st.integers(-3 * DAY, 3 * DAY) | st.integers(-5, 60), max_size=150)
SOME_LIMITS = st.builds(
    Limits,
    st.integers(1, 6),
    st.integers(1, 100),
    st.integers(100, 3600),
    st.integers(1, 30),
    st.integers(10, 100),
)


def moments_of(steps):
    moments, now = [], START
    for step in steps:
        now += step
        moments.append(now)
    return moments


@settings(max_examples=150)
@given(FORWARD, SOME_LIMITS)
def test_never_more_than_the_daily_number_is_judged_in_any_24_hours(steps, limits):
    """CNIL 2022-100: in 24 hours, wherever they begin; two halves of two days count together."""
    moments = moments_of(steps)
    _, rulings = tries(*moments, limits=limits)
    judged = [
        moment
        for moment, ruling in zip(moments, rulings, strict=True)
        if ruling.verdict is not Verdict.EXHAUSTED
    ]
    for number, first in enumerate(judged):
        within = [moment for moment in judged[number:] if moment < first + DAY]
        assert len(within) <= limits.per_day
    assert len(judged) <= limits.disable_after


def test_the_end_of_one_day_and_the_beginning_of_the_next_are_one_day():
    late = START + DAY - 10
    found = verdicts(START, *[late] * 24, *[START + DAY + 1] * 25)
    assert found.count(Verdict.EXHAUSTED) == 24


@settings(max_examples=150)
@given(JUMPS, SOME_LIMITS)
def test_a_clock_set_back_locks_nobody_for_ever(steps, limits):
    moments = moments_of(steps)
    counter, _ = tries(*moments, limits=limits)
    now = (moments or [START])[-1]
    first, _ = rule(counter, limits, now)
    later = now + DAY + limits.max_delay
    ruling = rule(first, limits, later)[1]
    if first.streak < limits.disable_after:
        assert ruling.verdict is Verdict.FREE
    for one in (rule(counter, limits, now)[1], ruling):
        assert one.until <= now + 2 * DAY + limits.max_delay


@settings(max_examples=150)
@given(st.integers(0, 3 * DAY), st.integers(5, 25))
def test_a_clock_set_back_frees_nobody(back, made):
    counter, _ = tries(*[START] * made)
    ruling = rule(counter, MEANS, START - back)[1]
    assert ruling.verdict is (Verdict.EXHAUSTED if made == 25 else Verdict.BLOCKED)


def test_a_clock_set_back_frees_no_address():
    counter, _ = tries(*[START] * 50, limits=ADDRESS)
    assert rule(counter, ADDRESS, START - 2)[1].verdict is Verdict.BLOCKED


@settings(max_examples=100)
@given(JUMPS, SOME_LIMITS)
def test_the_memory_of_tries_stays_small(steps, limits):
    counter, _ = tries(*moments_of(steps), limits=limits)
    assert len(counter.tries) <= limits.per_day


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("", "unix", False),
    ],
)
def test_wb_032_an_ipv6_subscriber_is_one_address(one, other, same):
    assert (address_key(one) == address_key(other)) is same


def test_a_strange_address_makes_no_endless_key():
    assert len(address_key("x" * 10_000)) <= 160


KEY = account_key("password", "claire", None)


def count(world, number, now=START, key=KEY):
    made = []
    for _ in range(number):
        with world.core.database.write() as tx:
            made.append(reserve(tx, key, MEANS, now))
    return made


def verdict(world, now=START, key=KEY):
    return count(world, 1, now, key)[0].ruling.verdict


def test_a_right_try_ends_the_row_and_keeps_the_day(world):
    made = count(world, 5)
    with world.core.database.write() as tx:
        settle(tx, made[-1])
    assert [verdict(world) for _ in range(5)] == [Verdict.FREE] * 5
    # Four failures and five more are nine of today's 25; the right one was none.
    count(world, 16)
    assert verdict(world) is Verdict.EXHAUSTED


def test_a_try_given_back_leaves_the_delay_of_others(world):
    mine = count(world, 4)[3]
    count(world, 1)
    with world.core.database.write() as tx:
        give_back(tx, mine)
    assert verdict(world) is Verdict.BLOCKED


def test_a_try_given_back_takes_its_own_delay_along(world):
    fifth = count(world, 5)[4]
    with world.core.database.write() as tx:
        give_back(tx, fifth)
    assert verdict(world) is Verdict.FREE
    assert verdict(world) is Verdict.BLOCKED


def test_an_uncounted_try_has_nothing_to_give_back(world):
    last = count(world, 26)[25]
    assert last.ruling.verdict is Verdict.EXHAUSTED
    with world.core.database.write() as tx:
        give_back(tx, last)
    assert verdict(world) is Verdict.EXHAUSTED


def test_cr_014_parallel_tries_are_counted_one_by_one(world):
    found, start = [], threading.Barrier(8)

    def work():
        start.wait()
        found.extend(one.ruling.verdict for one in count(world, 5))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.count(Verdict.FREE) == 5
    assert found.count(Verdict.EXHAUSTED) == 40 - 25


def test_a_renewed_means_starts_anew_and_no_other_does(world):
    other = account_key("password", "claire-2", None)
    known = account_key("password", "claire", bytes(32))
    for key in (KEY, other, known):
        count(world, 25, key=key)
    with world.core.database.write() as tx:
        throttle.clear_means(tx, "password", "claire")
    assert verdict(world) is Verdict.FREE
    assert verdict(world, key=known) is Verdict.FREE
    assert verdict(world, key=other) is Verdict.EXHAUSTED


def test_counters_that_say_nothing_are_dropped_and_a_row_of_failures_is_not(world):
    name, address = throttle.name_key("password", "x"), address_key("192.0.2.1")
    quiet = account_key("password", "lucie", None)
    for key in (KEY, name, address, quiet):
        made = count(world, 3, key=key)
    with world.core.database.write() as tx:
        settle(tx, made[-1])
        throttle.forget_old(tx, START + DAY + 1)
        kept = tx.execute(throttle.table.select()).all()
    assert [row.key for row in kept] == [KEY]
