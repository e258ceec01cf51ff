# SPDX-License-Identifier: Apache-2.0
"""Lists of codes and what narrows them."""

import pytest

from imaging_app.clock import DAY
from imaging_app.consents.blocks import Blocks
from imaging_app.sharing.codes import Scope
from imaging_app.sharing.lists import PAGE, Filter, State
from tests.imaging.cast import LUCIEN, SORBIER, TILLEULS, VAL, VIORNE


@pytest.fixture
def two(sharing):
    """Codes of two patients, both entered by one professional."""
    patient, _file = sharing.people.bring_in(LUCIEN, "V1", VAL)
    other = sharing.issue(Scope(patient, VAL), days=60)
    sharing.enter()
    sharing.people.time.pass_by(1)
    sharing.enter(code=other.code, first_name="Jean-Lucien", birth_date="1954-11-27")
    return sharing, sharing.issued.id, other.id, other.code


def listed(sharing, by=None, rpps=SORBIER, page=1):
    with sharing.db.read() as tx:
        return sharing.lists.entered_by(tx, rpps, by or Filter(), page)


def test_a_list_is_narrowed_by_each_criterion(two):
    sharing, garance, lucien, code = two
    asked = [
        (Filter(), [lucien, garance]),
        (Filter(tail=code[-4:]), [lucien]),
        (Filter(tail=code[-2:].lower()), [lucien]),
        (Filter(tail="%"), []),
        (Filter(tail="_"), []),
        (Filter(name="aub"), [garance]),
        (Filter(name="CHARME"), [lucien, garance]),
        (Filter(name="charme", first_name="jean"), [lucien]),
        (Filter(first_name="garance"), [garance]),
        (Filter(first_name="zoé"), []),
        (Filter(name="%"), []),
        (Filter(sex="F"), [garance]),
        (Filter(birth_date="1954-11-27"), [lucien]),
        (Filter(establishment=VAL), [lucien]),
        (Filter(establishment=VAL, sex="F"), []),
        (Filter(only_valid=True), [lucien, garance]),
    ]
    got = [(by, [one.id for one in listed(sharing, by).codes]) for by, _found in asked]
    assert [(by, ids) for by, ids in got if by.tail != code[-2:].lower()] == [
        one for one in asked if one[0].tail != code[-2:].lower()
    ]
    assert lucien in dict(got)[Filter(tail=code[-2:].lower())]


def test_one_of_a_list_is_of_who_entered_it(two):
    sharing, garance, lucien, _code = two

    def entered(rpps, code):
        with sharing.db.read() as tx:
            return sharing.lists.entered(tx, rpps, code)

    assert entered(SORBIER, garance) == listed(sharing).codes[1]
    assert entered(VIORNE, garance) is None
    assert entered(SORBIER, "nothing") is None
    with sharing.db.write() as tx:
        Blocks(sharing.people.time).block(tx, sharing.patient, SORBIER)
    assert entered(SORBIER, garance) is None
    assert entered(SORBIER, lucien).id == lucien


def test_the_states_of_a_code(two):
    sharing, garance, lucien, _code = two
    states = {one.id: one.state for one in listed(sharing).codes}
    assert states == {garance: State.VALID, lucien: State.VALID}
    sharing.people.time.pass_by(30 * DAY)
    with sharing.db.write() as tx:
        sharing.codes.revoke(tx, lucien, establishment=VAL)
    states = {one.id: one.state for one in listed(sharing).codes}
    assert states == {garance: State.EXPIRED, lucien: State.REVOKED}
    assert [one.state.value for one in listed(sharing).codes] == ["révoqué", "expiré"]
    assert listed(sharing, Filter(only_valid=True)).codes == ()


def test_a_list_shows_whose_code_it_is_and_the_comment(two):
    sharing, garance, _lucien, _code = two
    one = next(one for one in listed(sharing).codes if one.id == garance)
    assert (one.birth_name, one.first_names, one.comment) == ("AUBÉPINE", "Garance,Lise", "Genou")
    assert (one.establishment, one.file) == (TILLEULS, sharing.file)
    assert one.tail == sharing.issued.code[-4:]


def test_a_list_is_ones_own_and_without_who_keeps_one_out(two):
    sharing, _garance, lucien, _code = two
    assert listed(sharing, rpps=VIORNE).codes == ()
    with sharing.db.write() as tx:
        Blocks(sharing.people.time).block(tx, sharing.patient, SORBIER)
    assert [one.id for one in listed(sharing).codes] == [lucien]


def test_an_establishment_and_a_patient_see_their_own(two):
    sharing, garance, lucien, _code = two
    own = sharing.issue(Scope(sharing.patient))
    with sharing.db.read() as tx:
        issued = sharing.lists.issued_by(tx, TILLEULS, Filter()).codes
        given = sharing.lists.of_patient(tx, sharing.patient).codes
        used = sharing.lists.uses_of(tx, lucien)
    assert [one.id for one in issued] == [garance]
    assert {one.id for one in given} == {garance, own.id}
    assert [(one.rpps, one.first_at) for one in used] == [(SORBIER, sharing.people.time())]


def test_a_list_has_pages(sharing):
    for _ in range(PAGE + 1):
        sharing.issue()
    with sharing.db.read() as tx:
        first = sharing.lists.issued_by(tx, TILLEULS, Filter())
        second = sharing.lists.issued_by(tx, TILLEULS, Filter(), 2)
    assert (len(first.codes), first.more, len(second.codes), second.more) == (PAGE, True, 2, False)
    assert not {one.id for one in first.codes} & {one.id for one in second.codes}
