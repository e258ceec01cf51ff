# SPDX-License-Identifier: Apache-2.0
"""What is to be told: sealed, taken by one sender, told once."""

import pytest
from sqlalchemy import select

from imaging_app.crypto import Keys
from imaging_app.notices.outbox import ASIDE, LEASE, Outbox, To, What, table
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
