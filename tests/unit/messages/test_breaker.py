# SPDX-License-Identifier: Apache-2.0
"""The breaker: five failures in a row, then patience; shared by all who send."""

import pytest

from idp.messages.breaker import pause
from idp.messages.outcome import Later, Never
from idp.messages.post import Post
from tests.messages.kit import BUSY, DOWN, Recorder, delivery_of, put, work


@pytest.fixture
def post(world):
    channels = frozenset({"email", "logout"})
    return Post(world.core.database, world.core.clock, channels)


def fail_five_times(world, delivery):
    for _ in range(5):
        put(world, worth=3600)
    assert work(delivery) == 5


def test_rl_010_five_failures_in_a_row_close_a_channel(world, post):
    sender = Recorder([DOWN] * 100)
    delivery = delivery_of(world, email=sender)
    for number in range(5):
        assert post.is_up("email"), number
        put(world, worth=3600)
        assert work(delivery, 1) == 1
    assert not post.is_up("email")
    assert work(delivery) == 0
    assert len(world.events("messages.channel_down")) == 1


def test_rl_010_after_each_pause_one_is_tried_and_the_pause_doubles(world, post):
    sender = Recorder([DOWN] * 100)
    delivery = delivery_of(world, email=sender)
    fail_five_times(world, delivery)
    moments = []
    for _second in range(1000):
        world.clock.pass_by(1)
        if count := work(delivery):
            moments.append(world.clock.now() - 1_790_000_000)
            assert count == 1
    gaps = [after - before for before, after in zip([0, *moments], moments, strict=False)]
    assert gaps == [30, 60, 120, 240, 300]
    assert len(world.events("messages.channel_down")) == 1
    # Between a pause and the next try, pages may offer it: or it would never be tried again.
    world.clock.pass_by(300)
    assert post.is_up("email")


def test_rl_010_the_first_that_gets_through_opens_it_again(world, post):
    sender = Recorder([DOWN] * 5)
    delivery = delivery_of(world, email=sender)
    fail_five_times(world, delivery)
    world.clock.pass_by(30)
    assert work(delivery) == 1
    assert post.is_up("email")
    assert work(delivery) == 4
    assert len(world.events("messages.channel_up")) == 1


def test_what_was_under_way_when_it_closed_says_nothing_new(world, post):
    """Many fail together: that is one outage, and one short pause."""
    sender = Recorder([DOWN] * 20)
    delivery = delivery_of(world, email=sender)
    for _ in range(10):
        put(world, worth=3600)
    assert work(delivery) == 10
    world.clock.pass_by(29)
    assert not post.is_up("email")
    world.clock.pass_by(1)
    assert post.is_up("email")


def test_while_one_tries_others_wait(world):
    sender = Recorder([DOWN] * 5)
    delivery = delivery_of(world, email=sender)
    fail_five_times(world, delivery)
    world.clock.pass_by(30)
    other = delivery_of(world, email=Recorder())
    seen = []
    sender.meanwhile = lambda _parcel: seen.append(work(other))
    assert work(delivery) == 1
    assert seen == [0]


def test_a_trial_without_a_message_closes_nothing(world, post):
    delivery = delivery_of(world, email=Recorder([DOWN] * 5 + [Never("x")] * 5))
    for _ in range(5):
        put(world, worth=10)
    work(delivery)
    world.clock.pass_by(30)
    assert work(delivery) == 0
    assert post.is_up("email")
    put(world)
    assert work(delivery) == 1


@pytest.mark.parametrize("answer", [BUSY, Never("no such mailbox")])
def test_a_refusal_of_one_recipient_is_no_outage(world, post, answer):
    delivery = delivery_of(world, email=Recorder([answer] * 20))
    for _ in range(8):
        put(world)
    work(delivery)
    assert post.is_up("email")


def test_a_success_in_between_begins_the_row_anew(world, post):
    sender = Recorder([DOWN] * 4)
    delivery = delivery_of(world, email=sender)
    for _ in range(5):
        put(world)
    work(delivery)
    sender.answers = [DOWN] * 4
    for _ in range(4):
        put(world)
    work(delivery, 4)
    assert post.is_up("email")


def test_each_application_is_its_own_provider(world, post):
    sender = Recorder([Later("not reached")] * 20, one_provider=False)
    delivery = delivery_of(world, logout=sender)
    for _ in range(8):
        put(world, "logout", "plain", "logout")
    assert work(delivery) == 8
    assert post.is_up("logout")


def test_rl_009_a_clock_set_back_does_not_close_a_channel_for_long(world, post):
    delivery = delivery_of(world, email=Recorder([DOWN] * 5))
    fail_five_times(world, delivery)
    world.clock.pass_by(-86_400)
    assert post.is_up("email")
    put(world)
    assert work(delivery) == 1


def test_a_channel_that_nobody_set_up_is_not_up(post):
    assert not post.is_up("sms")


def test_pauses():
    assert [pause(streak) for streak in range(5, 12)] == [30, 60, 120, 240, 300, 300, 300]
