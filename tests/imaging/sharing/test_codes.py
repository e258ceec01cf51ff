# SPDX-License-Identifier: Apache-2.0
"""Codes: entered by who knows the patient, and one answer to all the others."""

import pytest
from sqlalchemy import event, select

from imaging_app.clock import DAY, HOUR, MINUTE
from imaging_app.consents.blocks import Blocks
from imaging_app.consents.consent import State
from imaging_app.crypto import Keys
from imaging_app.db import table_of
from imaging_app.notices.outbox import To, What
from imaging_app.settings import Rules
from imaging_app.sharing.codes import Codes, Entered, Refusal, Scope
from imaging_app.sharing.models import ShareCodeRow
from tests.imaging.cast import NOBODY_KNOWS, SORBIER, TILLEULS, VAL, VIORNE
from tests.races import at_once

table = table_of(ShareCodeRow)
WRONG = {"first_name": "Anne"}


def test_whoever_knows_the_patient_enters(sharing):
    known = (sharing.issued.id, sharing.scope, sharing.issued.expires_at, sharing.issued.code[-4:])
    assert sharing.enter() == Entered(*known, is_first=True)
    again = sharing.enter(code=sharing.issued.code.lower(), first_name="lise")
    assert again == Entered(*known, is_first=False)
    assert sharing.issued.expires_at == sharing.people.time() + 30 * DAY


def test_the_code_itself_is_kept_nowhere(sharing):
    with sharing.db.read() as tx:
        row = str(tuple(tx.execute(select(table)).one()))
    assert sharing.issued.code not in row
    assert sharing.issued.code[:4] not in row


def unknown(sharing):
    return {"code": "ZZZZZZZZ"}


def no_code(sharing):
    return {"code": "%"}


def wrong_name(sharing):
    return WRONG


def wrong_date(sharing):
    return {"birth_date": "1961-03-13"}


def no_date(sharing):
    return {"birth_date": ""}


def expired(sharing):
    sharing.people.time.pass_by(30 * DAY)
    return {}


def revoked(sharing):
    with sharing.db.write() as tx:
        assert sharing.codes.revoke(tx, sharing.issued.id, establishment=TILLEULS)
    return {}


def blocked(sharing):
    with sharing.db.write() as tx:
        Blocks(sharing.people.time).block(tx, sharing.patient, SORBIER)
    return {}


def withdrawn(sharing):
    sharing.people.say(sharing.patient, State.WITHDRAWN)
    return {}


def locked(sharing):
    for _ in range(5):
        sharing.enter(**WRONG)
    return {}


REFUSED = (unknown, no_code, wrong_name, wrong_date, no_date, expired, revoked, blocked, withdrawn)


@pytest.mark.parametrize("how", [*REFUSED, locked], ids=lambda one: one.__name__)
def test_everything_else_has_one_answer(sharing, how):
    typed = how(sharing)
    assert sharing.enter(**typed) is Refusal.NO_MATCH
    with sharing.db.read() as tx:
        assert sharing.lists.uses_of(tx, sharing.issued.id) == []


def test_all_refusals_ask_the_same_of_the_database(sharing):
    """What takes the same questions takes the same time; only values differ."""
    asked = []
    event.listen(sharing.db.engine, "before_cursor_execute", lambda *of: asked.append(of[2]))
    told = set()
    for how in (unknown, no_code, wrong_name, wrong_date, blocked, withdrawn, expired, revoked):
        typed = how(sharing)
        asked.clear()
        assert sharing.enter(**typed) is Refusal.NO_MATCH
        told.add(tuple(asked))
    assert len(told) == 1
    # Two counters, the code, its failures, both notices, and the transaction around.
    assert len(asked) == 8


def test_even_the_try_that_locks_asks_the_same(sharing):
    asked = []
    event.listen(sharing.db.engine, "before_cursor_execute", lambda *of: asked.append(of[2]))
    told = []
    for _ in range(6):
        asked.clear()
        sharing.enter(**WRONG)
        told.append(tuple(asked))
    assert len(set(told)) == 1


def notices(sharing):
    with sharing.db.write() as tx:
        return sharing.outbox.take(tx)


def test_five_wrong_tries_lock_a_code_for_half_an_hour_and_tell_its_owner(sharing):
    for _ in range(4):
        sharing.enter(**WRONG)
    assert notices(sharing) == []
    assert isinstance(sharing.enter(), Entered)
    sharing.enter(**WRONG)
    assert sharing.enter() is Refusal.NO_MATCH
    told = notices(sharing)
    assert {(one.to, one.to_id, one.what) for one in told} == {
        (To.ESTABLISHMENT, TILLEULS, What.CODE_LOCKED),
        (To.PATIENT, sharing.patient, What.CODE_LOCKED),
    }
    until = sharing.people.time() + 30 * MINUTE
    for one in told:
        assert one.content == {"tail": sharing.issued.code[-4:], "until": until}
    sharing.people.time.pass_by(30 * MINUTE - 1)
    assert sharing.enter() is Refusal.NO_MATCH
    sharing.people.time.pass_by(1)
    assert isinstance(sharing.enter(), Entered)


def test_a_lock_is_not_made_longer_by_more_tries_and_begins_anew_after_it(sharing):
    for _ in range(8):
        sharing.enter(**WRONG)
    assert len(notices(sharing)) == 2
    sharing.people.time.pass_by(30 * MINUTE)
    for _ in range(4):
        sharing.enter(**WRONG)
    assert isinstance(sharing.enter(), Entered)
    sharing.enter(**WRONG)
    assert sharing.enter() is Refusal.NO_MATCH


def test_the_owner_of_a_patients_own_code_is_the_patient(sharing):
    own = sharing.issue(Scope(sharing.patient))
    for _ in range(5):
        sharing.enter(code=own.code, **WRONG)
    (notice,) = notices(sharing)
    assert (notice.to, notice.to_id) == (To.PATIENT, sharing.patient)


def test_a_right_answer_that_is_refused_is_no_failure(sharing):
    with sharing.db.write() as tx:
        Blocks(sharing.people.time).block(tx, sharing.patient, SORBIER)
    for _ in range(6):
        sharing.enter()
    assert isinstance(sharing.enter(rpps=VIORNE, address="192.0.2.2"), Entered)


@pytest.fixture
def patience(sharing, keys, time):
    """A code that is not locked before the limits are met."""
    sharing.codes = Codes(keys, time, Rules(code_failures=1000))
    return sharing


def test_a_professional_tries_twenty_times_an_hour(patience):
    for number in range(20):
        assert patience.enter(address=f"192.0.2.{number}", **WRONG) is Refusal.NO_MATCH
    assert patience.enter(address="198.51.100.1") is Refusal.TOO_MANY
    assert isinstance(patience.enter(rpps=VIORNE), Entered)
    patience.people.time.pass_by(HOUR - 1)
    assert patience.enter(address="198.51.100.1") is Refusal.TOO_MANY
    patience.people.time.pass_by(1)
    assert isinstance(patience.enter(address="198.51.100.1"), Entered)


def test_an_address_tries_sixty_times_an_hour(patience):
    for number in range(60):
        assert patience.enter(rpps=f"9{number}", **WRONG) is Refusal.NO_MATCH
    assert patience.enter(rpps="8") is Refusal.TOO_MANY
    assert isinstance(patience.enter(rpps="8", address="192.0.2.9"), Entered)


def test_whoever_is_over_their_own_limit_shuts_nobody_else_out(patience):
    for _ in range(100):
        patience.enter(**WRONG)
    assert patience.enter() is Refusal.TOO_MANY
    assert isinstance(patience.enter(rpps=VIORNE), Entered)


def test_who_enters_counts_for_no_address(patience):
    for number in range(70):
        assert isinstance(patience.enter(rpps=f"9{number}"), Entered)
    assert isinstance(patience.enter(rpps="8"), Entered)


def test_a_clock_that_was_set_back_shuts_nobody_out_for_long(patience):
    patience.people.time.pass_by(DAY)
    for _ in range(21):
        patience.enter(**WRONG)
    patience.people.time.pass_by(-DAY)
    assert isinstance(patience.enter(), Entered)


def race(sharing, typed):
    def one(number):
        try:
            return sharing.enter(**typed(number))
        finally:
            sharing.db.forget()

    return at_once(one, range(10))


def test_of_many_wrong_tries_at_once_none_is_missed(sharing):
    """Ten at once, five before the lock: each counted, one notice, and the code is locked."""
    race(sharing, lambda number: {**WRONG, "rpps": f"7{number}", "address": f"192.0.2.{number}"})
    assert len(notices(sharing)) == 2
    assert sharing.enter() is Refusal.NO_MATCH


def test_of_many_tries_at_once_twenty_are_made(patience):
    answers = []
    for _ in range(3):
        answers += race(patience, lambda number: {**WRONG, "address": f"192.0.2.{number}"})
    assert answers.count(Refusal.NO_MATCH) == 20
    assert answers.count(Refusal.TOO_MANY) == 10


@pytest.mark.parametrize("days", [0, -1, 366, 10**6])
def test_a_time_that_can_not_be_issues_nothing(sharing, days):
    assert sharing.issue(days=days) is None


def test_a_code_lasts_a_year_at_most(sharing):
    issued = sharing.issue(days=365)
    sharing.people.time.pass_by(365 * DAY - 1)
    assert isinstance(sharing.enter(code=issued.code), Entered)
    sharing.people.time.pass_by(1)
    assert sharing.enter(code=issued.code) is Refusal.NO_MATCH


def test_a_code_is_revoked_by_its_patient_or_by_who_issued_it(sharing):
    own = sharing.issue(Scope(sharing.patient))
    with sharing.db.write() as tx:
        revoke = sharing.codes.revoke
        assert revoke(tx, sharing.issued.id, establishment=VAL) is None
        assert revoke(tx, sharing.issued.id, patient="somebody else") is None
        assert revoke(tx, own.id, establishment="") is None
        assert revoke(tx, own.id, establishment=TILLEULS) is None
        assert revoke(tx, sharing.issued.id) is None
        assert revoke(tx, sharing.issued.id, establishment=TILLEULS) == sharing.patient
        assert revoke(tx, sharing.issued.id, establishment=TILLEULS) is None
        assert revoke(tx, own.id, patient=sharing.patient) == sharing.patient
    assert sharing.enter(code=own.code) is Refusal.NO_MATCH


def test_a_withdrawal_ends_what_that_establishment_issued(sharing):
    own, other = sharing.issue(Scope(sharing.patient)), sharing.issue()
    with sharing.db.write() as tx:
        assert set(sharing.codes.close(tx, sharing.patient, TILLEULS)) == {
            sharing.issued.id,
            other.id,
        }
        assert sharing.codes.close(tx, sharing.patient, TILLEULS) == []
    assert isinstance(sharing.enter(code=own.code), Entered)


def test_a_patients_own_code_opens_as_long_as_anybody_shares(sharing):
    own = sharing.issue(Scope(sharing.patient))
    sharing.people.say(sharing.patient, State.GIVEN, VAL)
    sharing.people.say(sharing.patient, State.WITHDRAWN)
    assert isinstance(sharing.enter(code=own.code), Entered)
    sharing.people.say(sharing.patient, State.WITHDRAWN, VAL)
    assert sharing.enter(code=own.code) is Refusal.NO_MATCH


def test_a_code_of_somebody_whose_birth_date_is_unknown(sharing):
    patient, file = sharing.people.bring_in(NOBODY_KNOWS, "D7")
    issued = sharing.issue(Scope(patient, TILLEULS, file))
    asked = {"code": issued.code, "first_name": "anne"}
    assert isinstance(sharing.enter(**asked, birth_date=""), Entered)
    assert sharing.enter(**asked, birth_date="1961-03-12") is Refusal.NO_MATCH


def test_codes_are_found_after_a_change_of_keys(sharing, time, rules):
    old = bytes(range(32))
    after = Keys({"newer": bytes(range(5, 37)), "new": old})
    sharing.codes = Codes(after, time, rules)
    assert isinstance(sharing.enter(), Entered)
