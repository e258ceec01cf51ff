# SPDX-License-Identifier: Apache-2.0
"""Counters of tries: each bucket its own, none missed, forgotten when they are over."""

import pytest
from sqlalchemy import select

from imaging_app.clock import HOUR
from imaging_app.limits.streams import EACH, Streams
from imaging_app.limits.tries import Tries, table
from imaging_app.limits.turns import Busy, Running, Turns
from tests.races import at_once


@pytest.fixture
def tries(keys, time):
    return Tries(keys, time)


def count(db, tries, what="code", who="1", most=3):
    with db.write() as tx:
        return tries.count(tx, what, who, most)


def test_so_many_may_be_made_and_no_more(portal_db, tries, time):
    assert [count(portal_db, tries) for _ in range(4)] == [True, True, True, False]
    assert count(portal_db, tries, who="2")
    assert count(portal_db, tries, what="number")
    time.pass_by(HOUR - 1)
    assert not count(portal_db, tries)
    time.pass_by(1)
    assert count(portal_db, tries)


def test_what_is_given_back_may_be_tried_again(portal_db, tries):
    for _ in range(10):
        assert count(portal_db, tries)
        with portal_db.write() as tx:
            tries.give_back(tx, "code", "1")
    with portal_db.write() as tx:
        tries.give_back(tx, "code", "1")
    assert [count(portal_db, tries) for _ in range(4)] == [True, True, True, False]


def test_of_many_at_once_none_is_missed(portal_db, tries):
    def one(_number):
        try:
            return count(portal_db, tries, most=5)
        finally:
            portal_db.forget()

    assert at_once(one, range(12)).count(True) == 5


def test_who_tried_can_not_be_read(portal_db, tries):
    count(portal_db, tries, who="10000000001")
    with portal_db.read() as tx:
        assert b"10000000001" not in tx.execute(select(table.c.bucket)).scalar_one()


def test_what_is_over_is_forgotten(portal_db, tries, time):
    count(portal_db, tries)
    time.pass_by(HOUR - 1)
    count(portal_db, tries, who="2")
    with portal_db.write() as tx:
        assert tries.purge(tx) == 0
        time.pass_by(1)
        assert tries.purge(tx) == 1
        assert tries.purge(tx) == 0


def test_so_many_go_out_at_once_and_so_few_of_each_person():
    turns = Turns(most=3)
    first, second = turns.begin("1", 2), turns.begin("1", 2)
    assert turns.begin("1", 2) is Busy.OWN
    third = turns.begin("2", 2)
    assert turns.begin("3", 2) is Busy.ALL
    # Told twice, it is over once.
    first.end()
    first.end()
    fourth = turns.begin("3", 2)
    assert turns.begin("1", 2) is Busy.ALL
    for one in (second, third, fourth):
        one.end()
    assert not turns._of


def test_whatever_ends_it_gives_the_turn_back():
    turns = Turns(most=1)
    assert list(Running(iter([b"a"]), turns.begin("1", 1))) == [b"a"]
    Running(iter([b"a"]), turns.begin("1", 1)).close()
    with pytest.raises(ValueError, match="broken"), turns.begin("1", 1):
        raise ValueError("broken")
    with turns.begin("1", 1):
        assert turns.begin("2", 1) is Busy.ALL
    assert turns.begin("2", 1) is Busy.ALL


def test_what_is_short_takes_no_turn_and_what_is_long_does():
    streams = Streams(most=EACH, size=4)
    assert streams.send("1", iter([b"ab", b"cd"])) == b"abcd"
    assert streams.send("1", iter([])) == b""
    assert not streams._of
    going = [streams.send("1", iter([b"ab", b"cd", b"e"])) for _ in range(EACH)]
    assert streams.send("1", iter([b"abcde"])) is Busy.OWN
    assert streams.send("2", iter([b"abcde"])) is Busy.ALL
    assert streams.send("2", iter([b"abcd"])) == b"abcd"
    assert b"".join(going[0]) == b"abcde"
    assert isinstance(streams.send("2", iter([b"abcde"])), Running)
    going[1].close()
    assert b"".join(streams.send("1", iter([b"abcde"]))) == b"abcde"


def test_a_turn_that_was_begun_before_is_over_where_it_is_not_needed():
    streams = Streams(most=1, size=4)
    assert streams.go_on(streams.begin("1", 1), [b"abcd"]) == b"abcd"
    going = streams.go_on(streams.begin("1", 1), [b"ab", b"cde"])
    assert streams.begin("2", 1) is Busy.ALL
    assert b"".join(going) == b"abcde"

    def broken():
        yield b"a"
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        streams.go_on(streams.begin("1", 1), broken())
    assert not streams._of
