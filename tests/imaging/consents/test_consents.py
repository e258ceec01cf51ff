# SPDX-License-Identifier: Apache-2.0
"""What a patient says about an establishment, one statement after the other."""

import itertools

import pytest
from sqlalchemy.exc import DBAPIError

from imaging_app.consents.consent import Channel, State
from imaging_app.consents.marks import mark_of
from tests.imaging.cast import GARANCE, TILLEULS, VAL
from tests.races import at_once


@pytest.fixture
def patient(people):
    return people.owner(people.file(GARANCE, "D1"))


def state(people, patient, establishment=TILLEULS):
    with people.db.read() as tx:
        return people.consents.state(tx, patient, establishment)


# Each way of saying it: what stood before, what is said, where, and whether it counts.
ALLOWED = {
    (State.NEVER, State.GIVEN, Channel.ON_SITE),
    (State.GIVEN, State.WITHDRAWN, Channel.ON_SITE),
    (State.GIVEN, State.WITHDRAWN, Channel.ONLINE),
    (State.RENEWED, State.WITHDRAWN, Channel.ON_SITE),
    (State.RENEWED, State.WITHDRAWN, Channel.ONLINE),
    (State.WITHDRAWN, State.RENEWED, Channel.ON_SITE),
}
PATHS = {
    State.NEVER: [],
    State.GIVEN: [State.GIVEN],
    State.WITHDRAWN: [State.GIVEN, State.WITHDRAWN],
    State.RENEWED: [State.GIVEN, State.WITHDRAWN, State.RENEWED],
}


def test_what_may_follow_what(people):
    for number, (before, said, channel) in enumerate(itertools.product(State, State, Channel)):
        patient = people.owner(people.file(GARANCE, f"N{number}"))
        for step in PATHS[before]:
            people.say(patient, step)
        is_allowed = (before, said, channel) in ALLOWED
        assert people.say(patient, said, channel=channel) == (said if is_allowed else None)
        assert state(people, patient) == (said if is_allowed else before)


def test_each_establishment_has_its_own(people, patient):
    people.say(patient, State.GIVEN)
    people.say(patient, State.GIVEN, VAL)
    people.say(patient, State.WITHDRAWN)
    assert state(people, patient) == State.WITHDRAWN
    assert state(people, patient, VAL) == State.GIVEN
    with people.db.read() as tx:
        standing = people.consents.standing(tx, patient)
    assert [(one.establishment, one.is_in_force) for one in standing] == [
        (TILLEULS, False),
        (VAL, True),
    ]


def test_all_that_was_said_is_kept_with_who_and_when(people, patient):
    people.say(patient, State.GIVEN)
    people.time.pass_by(60)
    people.say(patient, State.WITHDRAWN, channel=Channel.ONLINE)
    with people.db.read() as tx:
        history = people.consents.history(tx, patient)
    assert [(one.state, one.channel, one.at) for one in history] == [
        (State.WITHDRAWN, Channel.ONLINE, people.time()),
        (State.GIVEN, Channel.ON_SITE, people.time() - 60),
    ]
    assert {one.by_name for one in history} == {"Agent d'accueil"}
    assert {one.text_version for one in history} == {"2026-1"}


@pytest.mark.parametrize("deed", ["UPDATE consents SET state = 'given'", "DELETE FROM consents"])
def test_nothing_that_was_said_can_be_changed(people, patient, deed):
    people.say(patient, State.GIVEN)
    people.say(patient, State.WITHDRAWN)
    with pytest.raises(DBAPIError), people.db.write() as tx:
        tx.exec_driver_sql(deed)
    assert state(people, patient) == State.WITHDRAWN


def test_of_many_withdrawals_at_once_one_counts(people, patient):
    people.say(patient, State.GIVEN)

    def withdraw(_one):
        try:
            return people.say(patient, State.WITHDRAWN)
        finally:
            people.db.forget()

    assert at_once(withdraw, range(8)).count(State.WITHDRAWN) == 1
    with people.db.read() as tx:
        assert len(people.consents.history(tx, patient)) == 2


def test_each_statement_makes_older_decisions_old(people, patient):
    with people.db.read() as tx:
        assert mark_of(tx, patient) == 0
    people.say(patient, State.GIVEN)
    people.say(patient, State.GIVEN)
    people.say(patient, State.WITHDRAWN)
    with people.db.read() as tx:
        assert mark_of(tx, patient) == 2
