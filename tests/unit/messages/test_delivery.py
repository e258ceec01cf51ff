# SPDX-License-Identifier: Apache-2.0
"""The life of a message: claimed once, retried while of worth, erased when over."""

import pytest
from sqlalchemy import text

from idp.chores import Chores
from idp.clock import DRIFT
from idp.messages.delivery import MARGIN
from idp.messages.noting import DELAYS, Noting
from idp.messages.outbox import Message
from idp.messages.outcome import Dropped, Never, Sent
from tests.messages.kit import (
    BUSY,
    CODE,
    Recorder,
    delivery_of,
    put,
    row_of,
    state_of,
    work,
)


def test_a_message_is_sent_once_and_its_content_goes(world):
    message, sender = put(world), Recorder()
    delivery = delivery_of(world, email=sender)
    before = row_of(world, message)
    assert "493817" not in before.content + before.recipient
    assert work(delivery) == 1
    assert work(delivery) == 0
    (parcel,) = sender.parcels
    assert (parcel.id, parcel.recipient, parcel.values) == (message, "claire@example.org", CODE)
    assert parcel.left == 300
    row = row_of(world, message)
    assert (row.state, row.provider_ref, row.tries) == ("sent", f"ref-{message}", 1)
    assert (row.recipient, row.content, row.taken_by) == (None, None, None)
    assert row.ended_at == world.clock.now()


def test_cr_010_neither_the_table_nor_an_event_holds_a_code(world):
    put(world)
    sender = Recorder([Never("refused")])
    work(delivery_of(world, email=sender))
    with world.core.database.read() as tx:
        rows = tx.execute(text("SELECT * FROM messages")).all()
    told = repr(rows) + repr(world.events()) + repr(sender.parcels)
    assert "493817" not in told
    assert "claire@example.org" not in told


def test_rl_010_retries_grow_until_the_content_is_worthless(world):
    message = put(world, worth=400)
    sender = Recorder([BUSY] * 50)
    delivery = delivery_of(world, email=sender)
    moments = []
    for _second in range(500):
        if work(delivery):
            moments.append(world.clock.now() - 1_790_000_000)
        world.clock.pass_by(1)
    assert moments == [0, 5, 20, 65, 185]
    row = row_of(world, message)
    assert (row.state, row.fault, row.content) == ("worthless", "busy", None)
    assert row.ended_at == row.worthless_at == 1_790_000_400
    (event,) = world.events("message.worthless")
    assert event.account == world.cast["medecin"].id
    assert '"tries":5' in event.detail


def test_delays_grow_and_never_end():
    assert list(DELAYS) == sorted(DELAYS)
    assert DELAYS[:4] == (5, 15, 45, 120)


def test_rl_010_nothing_is_sent_after_its_worth(world):
    message, sender = put(world, worth=30), Recorder()
    delivery = delivery_of(world, email=sender)
    world.clock.pass_by(30)
    assert work(delivery) == 0
    assert sender.parcels == []
    assert state_of(world, message) == "worthless"


def test_rl_010_a_refusal_for_good_ends_it_at_once(world):
    message = put(world)
    sender = Recorder([Never("no such mailbox")])
    delivery = delivery_of(world, email=sender)
    work(delivery)
    world.clock.pass_by(3600)
    assert work(delivery) == 0
    row = row_of(world, message)
    assert (row.state, row.fault, row.recipient) == ("failed", "no such mailbox", None)
    assert len(world.events("message.failed")) == 1


def test_rl_010_a_worker_killed_before_it_could_note_gives_one_duplicate(world):
    message, first, second = put(world), Recorder(), Recorder()

    def killed(_parcel):
        raise KeyboardInterrupt

    first.meanwhile = killed
    dying = delivery_of(world, email=first)
    with pytest.raises(KeyboardInterrupt):
        work(dying)
    assert state_of(world, message) == "sending"
    other = delivery_of(world, email=second)
    world.clock.pass_by(first.longest + MARGIN - 1)
    assert work(other) == 0
    world.clock.pass_by(1)
    assert work(other) == 1
    world.clock.pass_by(3600)
    assert work(other) == 0
    (one,), (again,) = first.parcels, second.parcels
    assert (one.id, one.values, one.created_at) == (again.id, again.values, again.created_at)
    assert row_of(world, message).tries == 2


def test_who_lost_the_lease_may_not_put_it_back(world):
    """It was slow, another one has sent the message since: that stays so."""
    message = put(world)
    slow, quick = Recorder([BUSY]), Recorder()
    other = delivery_of(world, email=quick)

    def meanwhile(_parcel):
        world.clock.pass_by(slow.longest + MARGIN)
        work(other)

    slow.meanwhile = meanwhile
    work(delivery_of(world, email=slow))
    assert len(quick.parcels) == 1
    assert state_of(world, message) == "sent"


def test_what_was_sent_late_is_not_sent_again_by_who_waits(world):
    """The slow one got through after its lease: nobody who has not begun needs to begin."""
    message = put(world)
    slow, quick = Recorder(), Recorder([BUSY])
    other = delivery_of(world, email=quick)

    def meanwhile(_parcel):
        world.clock.pass_by(slow.longest + MARGIN)
        work(other)

    slow.meanwhile = meanwhile
    work(delivery_of(world, email=slow))
    assert state_of(world, message) == "sent"
    world.clock.pass_by(100)
    assert work(other) == 0


def test_an_outcome_that_could_not_be_noted_is_noted_later(world, monkeypatch):
    message, sender = put(world), Recorder()
    delivery = delivery_of(world, email=sender)
    noting = delivery._noting
    with monkeypatch.context() as broken:
        broken.setattr(noting, "note", lambda *_a, **_k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            work(delivery)
        with pytest.raises(ZeroDivisionError):
            work(delivery)
    assert work(delivery) == 0
    assert state_of(world, message) == "sent"
    assert len(sender.parcels) == 1


def test_a_fault_of_ours_holds_up_nobody_else(world):
    broken, fine = put(world), put(world)
    sender = Recorder()

    def meanwhile(parcel):
        if parcel.id == broken:
            raise ZeroDivisionError

    sender.meanwhile = meanwhile
    work(delivery_of(world, email=sender))
    assert (state_of(world, broken), state_of(world, fine)) == ("queued", "sent")


def test_nobody_to_tell_leaves_no_trace(world):
    message = put(world, "logout", "plain", "logout")
    work(delivery_of(world, logout=Recorder([Dropped()], one_provider=False)))
    assert row_of(world, message) is None


def test_without_a_sender_a_message_waits_until_it_is_worthless(world):
    message = put(world, worth=60)
    delivery = delivery_of(world)
    work(delivery)
    assert state_of(world, message) == "queued"
    assert delivery.is_due()
    world.clock.pass_by(60)
    work(delivery)
    assert state_of(world, message) == "worthless"
    assert not delivery.is_due()


def test_a_withdrawn_message_is_not_sent(world):
    message, sender = put(world), Recorder()
    with world.core.database.write() as tx:
        world.core.outbox.withdraw(tx, world.cast["medecin"].id, "login-code")
    assert work(delivery_of(world, email=sender)) == 0
    row = row_of(world, message)
    assert (row.state, row.fault, row.content) == ("worthless", "withdrawn", None)


def test_rl_009_a_clock_set_back_leaves_no_message_lying(world):
    message, sender = put(world), Recorder([BUSY])
    world.clock.pass_by(-7200)
    delivery = delivery_of(world, email=sender)
    assert delivery.is_due()
    assert work(delivery) == 1
    # And it isn't tried again without end either.
    assert work(delivery) == 0
    world.clock.pass_by(5)
    assert work(delivery) == 1
    assert state_of(world, message) == "sent"


def test_rl_009_a_lease_of_the_future_is_over_and_of_a_moment_ahead_is_not(world):
    """A worker was killed at it, and the clock set back: the message goes all the same."""
    message, sender = put(world), Recorder()
    [_taken] = delivery_of(world, email=sender).claim("email", 10)
    world.clock.pass_by(-DRIFT)
    assert work(delivery_of(world, email=sender)) == 0
    world.clock.pass_by(-1)
    assert work(delivery_of(world, email=sender)) == 1
    assert state_of(world, message) == "sent"


def test_a_message_that_was_written_with_its_cause_alone(world):
    sender = Recorder()
    written = []

    def write_and_fail():
        message = Message("email", "login-code", "a@example.org", None, "fr", 300, CODE)
        with world.core.database.write() as tx:
            written.append(world.core.outbox.put(tx, message))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert work(delivery_of(world, email=sender)) == 0
    assert row_of(world, written[0]) is None


@pytest.mark.parametrize("before", ["queued", "sent", "failed"])
def test_rl_010_a_report_moves_forward_only(world, before):
    message = put(world, "sms", "+33612345678")
    answers = {"sent": [Sent("SM1")], "failed": [Never("no")]}.get(before)
    if answers:
        work(delivery_of(world, sms=Recorder(answers)))
    assert state_of(world, message) == before
    noting = Noting(world.core.clock, world.core.audit)
    with world.core.database.write() as tx:
        assert noting.delivered(tx, message)
        assert not noting.delivered(tx, message)
        assert not noting.undelivered(tx, message, "late")
    row = row_of(world, message)
    assert (row.state, row.content, row.fault) == ("delivered", None, "")
    # The try whose answer was lost arrived: nothing is sent again.
    assert work(delivery_of(world, sms=Recorder())) == 0


def test_a_report_of_failure_ends_what_was_sent(world):
    message = put(world, "sms", "+33612345678")
    work(delivery_of(world, sms=Recorder()))
    noting = Noting(world.core.clock, world.core.audit)
    with world.core.database.write() as tx:
        assert noting.undelivered(tx, message, "Twilio reports undelivered (30003)")
        assert not noting.undelivered(tx, message, "again")
        assert not noting.undelivered(tx, "nobody's", "x")
    assert row_of(world, message).fault == "Twilio reports undelivered (30003)"
    assert len(world.events("message.failed")) == 1


def test_the_row_is_forgotten_after_its_time(world):
    message = put(world)
    work(delivery_of(world, email=Recorder()))
    waiting = put(world, worth=400 * 86_400)
    keep = world.core.settings.messages.keep
    world.clock.pass_by(keep)
    Chores(world.core).do()
    assert row_of(world, message) is not None
    world.clock.pass_by(1)
    Chores(world.core).do()
    assert row_of(world, message) is None
    assert row_of(world, waiting) is not None
