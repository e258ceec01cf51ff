# SPDX-License-Identifier: Apache-2.0
"""A patient who left an establishment: what its consent proves, and the way back (WB-015)."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from idp.accounts import particulars
from idp.accounts.values import Account, State
from idp.administration.authority import Denied
from idp.administration.patients.desk import PatientLines, PatientSheet, Search
from idp.administration.patients.enrolment import MET, Enrolled, Exists, NotShown, Shown
from tests.administration.kit import CHU, CLINIC, Opened
from tests.administration.patient_kit import ZOE, enrol, enrolled, enter, now_of, services

BORN = "29/02/1984"
SECRET = "secret@nouveau.example"


def act(office: Opened, who: str, noun: str, verb: str, *told: Any) -> Any:
    with office.world.core.database.write() as tx:
        desk = getattr(services(office), noun)
        return getattr(desk, verb)(tx, office.authority(who), *told)


def gone(office: Opened) -> Account:
    """One who went from the CHU to the clinic, and has another address and mobile there."""
    zoe = enrolled(office)
    shown = Shown(zoe.person.identifier, BORN)
    assert isinstance(act(office, "clinique", "patients", "collect", CLINIC, shown), Enrolled)
    act(office, "chu", "patients", "withdraw", zoe.id, CHU)
    now = now_of(office, zoe.id)
    person = replace(now.person, last_name="Nouveau", email=SECRET, phone="+33639981299")
    with office.world.core.database.read() as tx:
        more = particulars.load(tx, zoe.id)
    edited = act(office, "clinique", "people", "edit", zoe.id, now.updated_at, person, more)
    assert isinstance(edited, Account), edited
    return edited


def found(office: Opened, who: str, text: str = "", state: str = "") -> Any:
    page = act(office, who, "patient_desk", "search", Search(text=text, state=state))
    assert isinstance(page, PatientLines)
    return page.lines


def test_wb_015_who_left_is_known_by_the_consent_alone(office: Opened) -> None:
    zoe = gone(office)
    sheet = act(office, "chu", "patient_desk", "sheet", zoe.id)
    assert isinstance(sheet, PatientSheet)
    assert (sheet.account, sheet.may_print) == (None, False)
    (given,) = sheet.consents
    assert (given.establishment, given.stands) == (CHU, False)
    (line,) = [one for one in found(office, "chu") if one.account == zoe.id]
    assert line.left
    assert (line.identifier, line.last_name, line.first_name, line.birth_date) == ("",) * 4
    assert (line.consent, line.withdrawn_at) == (given.id, given.withdrawn_at)
    assert [one.account for one in found(office, "chu", state="withdrawn")] == [zoe.id]
    # Where they belong, and to the region, they are who they are.
    assert not found(office, "clinique", "Nouveau")[0].left
    assert {one.identifier for one in found(office, "regionale", "Nouveau")} == {
        zoe.person.identifier
    }


def test_wb_015_nothing_of_who_left_can_be_tried_out_by_searching(office: Opened) -> None:
    zoe = gone(office)
    reference = found(office, "chu", state="withdrawn")[0].consent
    person = zoe.person
    for text in (
        "Nouveau",
        "Zoé",
        SECRET,
        "secret@",
        "255126212345616",
        person.identifier,
        BORN,
        f"{person.identifier} {BORN}",
        reference[:-1],
        "\x00",
    ):
        assert found(office, "chu", text) == (), text
    # The reference is on the consent itself.
    assert [one.account for one in found(office, "chu", reference)] == [zoe.id]


def test_wb_015_a_withdrawn_consent_lets_nobody_in_again(office: Opened) -> None:
    zoe = gone(office)
    name = zoe.person.identifier
    assert act(office, "chu", "patients", "renew", zoe.id, CHU) is NotShown.NEEDED
    gaetan = office["patient"].person
    for shown in (
        Shown(name, "28/02/1984"),
        Shown("", ""),
        # Another patient, who does show who they are.
        Shown(gaetan.identifier, gaetan.birth_date),
    ):
        answer = act(office, "chu", "patients", "renew", zoe.id, CHU, shown)
        assert answer is NotShown.NO_MATCH
    assert len(office.world.events("patient.unmatched")) == 3
    assert act(office, "chu", "people", "sheet", zoe.id) is Denied.NOT_FOUND
    back = act(office, "chu", "patients", "renew", zoe.id, CHU, Shown(name, BORN))
    assert isinstance(back, Enrolled)
    assert act(office, "chu", "patient_desk", "sheet", zoe.id).account.person.email == SECRET


def test_wb_015_who_comes_back_is_not_tried_out(sqlite_office: Opened) -> None:
    zoe = gone(sqlite_office)
    answers = [
        act(sqlite_office, "chu", "patients", "renew", zoe.id, CHU, Shown("zoe", f"1984-01-{day}"))
        for day in range(10, 25)
    ]
    assert answers[-1] is NotShown.TOO_OFTEN
    right = Shown(zoe.person.identifier, BORN)
    # The same counter as for any consent that is collected.
    assert act(sqlite_office, "chu", "patients", "collect", CHU, right) is NotShown.TOO_OFTEN


def test_wb_015_an_account_that_ended_is_opened_with_its_patient_alone(office: Opened) -> None:
    zoe = enrolled(office)
    act(office, "chu", "patients", "withdraw", zoe.id, CHU)
    assert act(office, "chu", "patients", "renew", zoe.id, CHU) is NotShown.NEEDED
    assert now_of(office, zoe.id).state is State.DISABLED
    assert act(office, "chu", "letters", "prepare", [zoe.id]) is Denied.NOT_FOUND
    shown = Shown(zoe.person.identifier, BORN)
    assert isinstance(act(office, "chu", "patients", "renew", zoe.id, CHU, shown), Enrolled)
    assert len(act(office, "chu", "letters", "prepare", [zoe.id])) == 1


def test_who_still_belongs_within_reach_is_renewed_as_before(office: Opened) -> None:
    zoe = gone(office)
    # The region sees the clinic as well.
    assert isinstance(act(office, "regionale", "patients", "renew", zoe.id, CHU), Enrolled)


def test_wb_015_the_page_of_who_left_tells_nothing_and_brings_them_back(office: Opened) -> None:
    zoe = gone(office)
    clerk = enter(office)
    page = f"/admin/patients/{zoe.id}"
    for address in (page, "/admin/patients", "/admin/patients?state=withdrawn"):
        clerk.get(address)
        assert clerk.last.status_code == 200
        assert "Consent withdrawn" in clerk.page.main.text
        for secret in ("Nouveau", "Zoé", SECRET, "39 98 12 99", zoe.person.identifier, "1984"):
            assert secret not in clerk.last.text.replace("\xa0", " "), (address, secret)
    clerk.get(page)
    url, fields = clerk.form("/renew")
    # What the page knows of them is not in it.
    assert (fields["identifier"], fields["birth_date"]) == ("", "")
    shown = {"identifier": zoe.person.identifier, "birth_date": BORN}
    unticked = {name: text for name, text in fields.items() if name != "consent"}
    clerk.post(url, unticked | shown)
    assert clerk.last.status_code == 422
    assert "Without the patient" in clerk.page.main.text
    assert act(office, "chu", "people", "sheet", zoe.id) is Denied.NOT_FOUND
    clerk.submit("/renew", identifier=zoe.person.identifier, birth_date="1/1/1984", consent="yes")
    assert clerk.last.status_code == 422
    assert "No patient has this identifier" in clerk.page.main.text
    clerk.submit("/renew", identifier=zoe.person.identifier, birth_date=BORN, consent="yes")
    assert "The consent is noted anew" in clerk.page.main.text
    assert "Nouveau" in clerk.page.main.text
    clerk.get(f"{page}/withdraw?establishment={CHU}")
    clerk.submit("/withdraw", sure="yes")
    assert "The withdrawal is noted" in clerk.page.main.text
    assert "Nouveau" not in clerk.last.text


def test_wb_015_who_has_an_account_is_not_found_out_by_enrolling(office: Opened) -> None:
    zoe = enrolled(office)
    other = replace(ZOE, ins="", email="autre@courriel.example")
    told = [enrol(office, "clinique", CLINIC, other) for _ in range(MET.free_tries + 1)]
    assert set(told[:-1]) == {Exists.NAMES}
    assert told[-1] is NotShown.TOO_OFTEN
    # Nor that somebody has none.
    stranger = replace(other, last_name="Personne", birth_name="")
    assert enrol(office, "clinique", CLINIC, stranger) is NotShown.TOO_OFTEN
    assert isinstance(enrol(office, "regionale", CLINIC, stranger), Enrolled)
    assert now_of(office, zoe.id) == zoe


def test_enrolling_many_patients_counts_nothing(
    sqlite_office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idp.administration.patients.enrolment.MET", replace(MET, free_tries=2))
    for name in ("Ana", "Bea", "Cléo", "Dina", "Eva"):
        enrolled(sqlite_office, new=replace(ZOE, ins="", email="", first_name=name))


def test_wb_015_letters_of_another_house_are_not_listed(office: Opened) -> None:
    """Where else somebody was treated, when, and by whom they were received there."""
    zoe = enrolled(office, "clinique", CLINIC)
    there = act(office, "clinique", "letters", "print", zoe.id, "hash-1")
    shown = Shown(zoe.person.identifier, BORN)
    assert isinstance(act(office, "chu", "patients", "collect", CHU, shown), Enrolled)
    assert act(office, "chu", "letters", "of_account", zoe.id) == []
    here = act(office, "regionale", "letters", "print", zoe.id, "hash-2", CHU)
    seen = {
        who: {one.id for one in act(office, who, "letters", "of_account", zoe.id)}
        for who in ("chu", "clinique", "regionale")
    }
    both = {there.letter, here.letter}
    assert seen == {"chu": {here.letter}, "clinique": {there.letter}, "regionale": both}
    # Theirs alone by now: not so the paper of before.
    act(office, "clinique", "patients", "withdraw", zoe.id, CLINIC)
    today = datetime.fromtimestamp(office.world.clock.now(), UTC).date().isoformat()
    answer = act(office, "chu", "letters", "hand_over", there.letter, today)
    assert answer is Denied.NOT_FOUND
    assert act(office, "chu", "letters", "hand_over", here.letter, today) is True
