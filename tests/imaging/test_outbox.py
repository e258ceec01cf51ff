# SPDX-License-Identifier: Apache-2.0
"""What is to be told: sealed, taken by one sender, told once."""

import pytest
from sqlalchemy import select

from imaging_app.crypto import Keys
from imaging_app.notices.outbox import ASIDE, LEASE, Count, Outbox, To, What, table
from tests.races import at_once


@pytest.fixture
def outbox(keys, time):
    return Outbox(keys, time)


def put(db, outbox, **more):
    with db.write() as tx:
        outbox.put(tx, To.PATIENT, "p1", What.EMERGENCY, {"who": "Sorbier"}, **more)


def take(db, outbox):
    with db.write() as tx:
        return outbox.take(tx)


def test_it_is_taken_once_and_comes_back_where_nobody_says_it_was_sent(portal_db, outbox, time):
    put(portal_db, outbox)
    (first,) = take(portal_db, outbox)
    assert (first.to, first.to_id, first.content, first.tries) == (
        To.PATIENT,
        "p1",
        {"who": "Sorbier"},
        1,
    )
    assert take(portal_db, outbox) == []
    time.pass_by(LEASE)
    (second,) = take(portal_db, outbox)
    assert (second.id, second.tries) == (first.id, 2)
    with portal_db.write() as tx:
        assert outbox.done(tx, first.id)
        assert not outbox.done(tx, first.id)
    time.pass_by(LEASE)
    assert take(portal_db, outbox) == []


def test_what_is_not_really_to_be_told_is_not(portal_db, outbox):
    put(portal_db, outbox, really=False)
    assert take(portal_db, outbox) == []


def test_its_content_is_sealed(portal_db, outbox):
    put(portal_db, outbox)
    with portal_db.read() as tx:
        assert "Sorbier" not in tx.execute(select(table.c.content)).scalar_one()


def test_what_can_not_be_read_any_more_holds_up_nobody_else(portal_db, outbox, keys, time):
    gone = Outbox(Keys({"gone": bytes(range(7, 39))}), time)
    for _ in range(3):
        put(portal_db, gone)
    time.pass_by(1)
    put(portal_db, outbox)
    with portal_db.write() as tx:
        (notice,) = outbox.take(tx, count=2)
        assert notice.content == {"who": "Sorbier"}
        assert outbox.done(tx, notice.id)
    time.pass_by(LEASE)
    assert take(portal_db, outbox) == []
    time.pass_by(ASIDE)
    assert len(take(portal_db, gone)) == 3


def test_of_many_senders_one_takes_it(portal_db, outbox):
    put(portal_db, outbox)

    def one(_number):
        try:
            return take(portal_db, outbox)
        finally:
            portal_db.forget()

    assert sum(len(taken) for taken in at_once(one, range(6))) == 1


def of(db, outbox, whom="p1"):
    with db.read() as tx:
        return outbox.of(tx, To.PATIENT, whom)


def test_whom_it_is_for_reads_it_whether_it_was_sent_or_not(portal_db, outbox, time):
    put(portal_db, outbox)
    time.pass_by(60)
    until = time()
    time.pass_by(60)
    put(portal_db, outbox)
    newest, first = of(portal_db, outbox)
    assert (first.what, first.content, first.read_at) == (What.EMERGENCY, {"who": "Sorbier"}, None)
    assert newest.at - first.at == 120
    with portal_db.write() as tx:
        assert outbox.read(tx, To.PATIENT, "p2", until) == 0
        assert outbox.read(tx, To.ESTABLISHMENT, "p1", until) == 0
        assert outbox.read(tx, To.PATIENT, "p1", until) == 1
        assert outbox.read(tx, To.PATIENT, "p1", until) == 0
    assert [one.read_at for one in of(portal_db, outbox)] == [None, time()]
    assert of(portal_db, outbox, "p2") == []


def test_of_what_its_key_is_gone_nothing_is_shown(portal_db, outbox, time):
    put(portal_db, Outbox(Keys({"gone": bytes(range(7, 39))}), time))
    put(portal_db, outbox)
    assert len(of(portal_db, outbox)) == 1


def test_what_failed_comes_later_and_is_given_up_in_the_end(portal_db, outbox, time):
    put(portal_db, outbox)
    (one,) = take(portal_db, outbox)
    with portal_db.write() as tx:
        outbox.later(tx, one.id, 3600, "away")
    time.pass_by(3599)
    assert take(portal_db, outbox) == []
    time.pass_by(1)
    (again,) = take(portal_db, outbox)
    assert (again.id, again.tries) == (one.id, 2)
    with portal_db.write() as tx:
        outbox.give_up(tx, one.id, "refused")
    time.pass_by(10 * ASIDE)
    assert take(portal_db, outbox) == []
    with portal_db.write() as tx:
        assert outbox.counts(tx) == [Count("given_up", "emergency", "refused", 1)]
        assert outbox.again(tx) == 1
        assert outbox.again(tx) == 0
        assert outbox.counts(tx) == [Count("waiting", "emergency", "", 1)]
    (again,) = take(portal_db, outbox)
    assert again.tries == 1


def test_what_was_sent_is_neither_delayed_nor_given_up(portal_db, outbox):
    put(portal_db, outbox)
    (one,) = take(portal_db, outbox)
    with portal_db.write() as tx:
        assert outbox.done(tx, one.id)
        outbox.give_up(tx, one.id, "refused")
        outbox.later(tx, one.id, 1, "away")
        assert outbox.counts(tx) == [Count("sent", "emergency", "", 1)]
