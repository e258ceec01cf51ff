# SPDX-License-Identifier: Apache-2.0
"""Whom a patient keeps out; which results were told, and which were seen."""

import pytest

from imaging_app.consents.blocks import Block, Blocks
from imaging_app.consents.marks import mark_of
from imaging_app.consents.results import Results, Told
from tests.imaging.cast import GARANCE, LUCIEN, SORBIER, VIORNE
from tests.races import at_once


@pytest.fixture
def patient(people):
    return people.owner(people.file(GARANCE, "D1"))


@pytest.fixture
def blocks(time):
    return Blocks(time)


@pytest.fixture
def results(time):
    return Results(time)


def test_a_block_is_of_one_professional_and_one_patient(people, patient, blocks):
    other = people.owner(people.file(LUCIEN, "D2"))
    with people.db.write() as tx:
        assert blocks.block(tx, patient, SORBIER)
        assert blocks.stands(tx, patient, SORBIER)
        assert not blocks.stands(tx, patient, VIORNE)
        assert not blocks.stands(tx, other, SORBIER)


def test_a_block_is_lifted_and_put_up_again(people, patient, blocks):
    with people.db.write() as tx:
        assert not blocks.lift(tx, patient, SORBIER)
        assert blocks.block(tx, patient, SORBIER)
        assert not blocks.block(tx, patient, SORBIER)
        assert blocks.lift(tx, patient, SORBIER)
        assert not blocks.lift(tx, patient, SORBIER)
        assert not blocks.stands(tx, patient, SORBIER)
        people.time.pass_by(5)
        assert blocks.block(tx, patient, SORBIER)
        assert blocks.standing(tx, patient) == [Block(SORBIER, people.time())]
        assert mark_of(tx, patient) == 3


def test_the_list_of_blocks_begins_with_the_newest(people, patient, blocks):
    with people.db.write() as tx:
        blocks.block(tx, patient, SORBIER)
        people.time.pass_by(5)
        blocks.block(tx, patient, VIORNE)
        assert [one.rpps for one in blocks.standing(tx, patient)] == [VIORNE, SORBIER]


def test_of_many_at_once_one_blocks(people, patient, blocks):
    def block(_one):
        try:
            with people.db.write() as tx:
                return blocks.block(tx, patient, SORBIER)
        finally:
            people.db.forget()

    assert at_once(block, range(8)).count(True) == 1


def test_who_told_a_result_first_is_kept(people, patient, results):
    with people.db.write() as tx:
        assert results.told(tx, "e1") is None
        assert results.tell(tx, "e1", patient, SORBIER, "Dr Sorbier", 1)
        first = Told("e1", SORBIER, "Dr Sorbier", people.time(), 1)
        people.time.pass_by(5)
        assert not results.tell(tx, "e1", patient, VIORNE, "Dr Viorne", 1)
        assert results.told(tx, "e1") == first
        assert results.told(tx, "e2") is None
        assert mark_of(tx, patient) == 1
        assert results.tell(tx, "e1", patient, VIORNE, "Dr Viorne", 2)
        assert results.told(tx, "e1") == Told("e1", VIORNE, "Dr Viorne", people.time(), 2)
        assert not results.tell(tx, "e1", patient, SORBIER, "Dr Sorbier", 1)
        assert mark_of(tx, patient) == 2


def test_what_is_seen_is_seen_by_one(people, results):
    with people.db.write() as tx:
        assert results.see(tx, "e1", SORBIER, 2)
        assert not results.see(tx, "e1", SORBIER, 2)
        assert results.seen_among(tx, SORBIER, ["e1", "e2"]) == {"e1": 2}
        assert results.seen_among(tx, VIORNE, ["e1", "e2"]) == {}
        assert results.seen_among(tx, SORBIER, []) == {}


def test_a_later_version_is_seen_anew_and_an_earlier_one_unsees_nothing(people, results):
    with people.db.write() as tx:
        assert results.see(tx, "e1", SORBIER, 1)
        assert results.see(tx, "e1", SORBIER, 3)
        assert not results.see(tx, "e1", SORBIER, 2)
        assert results.seen_among(tx, SORBIER, ["e1"]) == {"e1": 3}
