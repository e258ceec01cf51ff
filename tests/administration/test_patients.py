# SPDX-License-Identifier: Apache-2.0
"""Consents: collected by establishments, added to what exists, withdrawn, renewed."""

import json
from dataclasses import replace
from typing import Any

import pytest

from idp.accounts import establishments
from idp.accounts.service import Duplicate, NotCreated
from idp.accounts.values import Account, State
from idp.administration.authority import Denied
from idp.administration.patients.consents import By, Withdrawn, of_account, standing
from idp.administration.patients.enrolment import Enrolled, Exists, Faulty, NotShown, Shown
from idp.messages.sent import sent_to
from tests.administration.kit import CHU, CLINIC, DESK, Opened
from tests.administration.patient_kit import ZOE, enrol, enrolled, now_of, services

BORN = "29/02/1984"


def collect(office: Opened, who: str, house: str, identifier: str, born: str = BORN) -> Any:
    with office.world.core.database.write() as tx:
        return services(office).patients.collect(
            tx, office.authority(who), house, Shown(identifier, born)
        )


def withdraw(office: Opened, who: str, account: Account, house: str) -> Any:
    with office.world.core.database.write() as tx:
        return services(office).patients.withdraw(tx, office.authority(who), account.id, house)


def renew(office: Opened, who: str, account: Account, house: str, born: str = "") -> Any:
    shown = Shown(account.person.identifier, born) if born else None
    with office.world.core.database.write() as tx:
        return services(office).patients.renew(tx, office.authority(who), account.id, house, shown)


def houses(office: Opened, account: Account) -> frozenset[str]:
    with office.world.core.database.read() as tx:
        assert standing(tx, account.id) == establishments.of_account(tx, account.id)
        return standing(tx, account.id)


def test_a_consent_opens_an_account_with_what_was_told(office: Opened) -> None:
    zoe = enrolled(office)
    person = zoe.person
    assert (person.identifier, person.birth_date) == ("zloewensteindoeuvre", "1984-02-29")
    assert (person.phone, person.phone_verified) == ("+33639981234", True)
    assert (person.email, person.email_verified) == ("zoe@courriel.example", True)
    assert person.national_id == "255126212345616"
    assert houses(office, zoe) == {CHU}
    (event,) = office.world.events("patient.consented")
    assert json.loads(event.detail) == {
        "by": office["chu"].id,
        "establishment": CHU,
        "version": "1",
    }


def test_the_same_person_is_known_by_identity_and_by_names(office: Opened) -> None:
    enrolled(office)
    again = replace(ZOE, email="autre@courriel.example")
    assert enrol(office, "clinique", CLINIC, again) is Exists.IDENTITY
    # Nor as a namesake: it can't be another person.
    assert enrol(office, "clinique", CLINIC, again, another=True) is Exists.IDENTITY
    nameless = replace(again, ins="", last_name="YVETOT", birth_name="", first_name="zoe")
    assert enrol(office, "clinique", CLINIC, nameless) is Exists.NAMES
    made = enrol(office, "clinique", CLINIC, nameless, another=True)
    assert isinstance(made, Enrolled)
    assert houses(office, made.account) == {CLINIC}


def test_wb_015_who_shows_who_they_are_is_added_and_nobody_else(office: Opened) -> None:
    zoe = enrolled(office)
    name = zoe.person.identifier
    for identifier, born in ((name, "28/02/1984"), ("zloew", BORN), ("cdurand", "12/04/1975")):
        assert collect(office, "clinique", CLINIC, identifier, born) is NotShown.NO_MATCH
    assert houses(office, zoe) == {CHU}
    added = collect(office, "clinique", CLINIC, name)
    assert added == Enrolled(now_of(office, zoe.id), known=True)
    assert houses(office, zoe) == {CHU, CLINIC}
    assert collect(office, "clinique", CLINIC, name) is NotShown.STANDS
    # Two people never share one identity, nor was anything told of whose it is.
    refused = office.world.events("patient.unmatched")
    assert len(refused) == 3
    assert {one.account for one in refused} == {None}


def test_the_patient_is_told_of_a_consent_noted_elsewhere(office: Opened) -> None:
    zoe = enrolled(office)
    collect(office, "clinique", CLINIC, zoe.person.identifier)
    with office.world.core.database.read() as tx:
        assert [one.purpose for one in sent_to(tx, zoe.id)] == ["account-changed"]


def test_cr_030_birth_dates_are_not_tried_out(sqlite_office: Opened) -> None:
    zoe = enrolled(sqlite_office)
    name = zoe.person.identifier
    answers = [
        collect(sqlite_office, "clinique", CLINIC, name, f"1984-01-{day:02}")
        for day in range(1, 15)
    ]
    assert answers[0] is NotShown.NO_MATCH
    assert answers[-1] is NotShown.TOO_OFTEN
    assert collect(sqlite_office, "clinique", CLINIC, name) is NotShown.TOO_OFTEN
    # Who else collects consents is not kept from it.
    assert isinstance(collect(sqlite_office, "regionale", CLINIC, name), Enrolled)


@pytest.mark.parametrize("who", ["assistance", "auditrice"])
def test_others_collect_no_consents(sqlite_office: Opened, who: str) -> None:
    assert enrol(sqlite_office, who, CHU) is Denied.NOT_ALLOWED
    zoe = enrolled(sqlite_office)
    name = zoe.person.identifier
    assert collect(sqlite_office, who, CHU, name) is Denied.NOT_ALLOWED
    assert withdraw(sqlite_office, who, zoe, CHU) is Denied.NOT_ALLOWED
    assert renew(sqlite_office, who, zoe, CHU) is Denied.NOT_ALLOWED


def test_wb_015_nothing_is_collected_for_another_establishment(office: Opened) -> None:
    zoe = enrolled(office)
    assert enrol(office, "clinique", CHU, replace(ZOE, ins="")) is Denied.NOT_FOUND
    assert collect(office, "clinique", CHU, zoe.person.identifier) is Denied.NOT_FOUND
    assert withdraw(office, "clinique", zoe, CHU) is Denied.NOT_FOUND
    assert renew(office, "clinique", zoe, CLINIC) is Denied.NOT_FOUND
    assert renew(office, "clinique", zoe, CHU) is Denied.NOT_FOUND
    assert houses(office, zoe) == {CHU}


def test_the_account_ends_with_the_last_consent_and_comes_back_with_a_new_one(
    office: Opened,
) -> None:
    zoe = enrolled(office)
    collect(office, "clinique", CLINIC, zoe.person.identifier)
    assert withdraw(office, "chu", zoe, CHU) == Withdrawn()
    assert houses(office, zoe) == {CLINIC}
    assert now_of(office, zoe.id).state is State.ACTIVE
    assert withdraw(office, "clinique", zoe, CLINIC) == Withdrawn(closed=True)
    assert now_of(office, zoe.id).state is State.DISABLED
    assert houses(office, zoe) == frozenset()
    # Whoever it was given to may note it anew, without being told where else it stood.
    assert isinstance(renew(office, "chu", zoe, CHU, BORN), Enrolled)
    assert now_of(office, zoe.id).state is State.ACTIVE
    assert houses(office, zoe) == {CHU}
    with office.world.core.database.read() as tx:
        assert [one.stands for one in of_account(tx, zoe.id)].count(True) == 1
        assert len(of_account(tx, zoe.id)) == 3


def test_what_an_administrator_disabled_stays_so(office: Opened) -> None:
    zoe = enrolled(office)
    core = office.world.core
    with core.database.write() as tx:
        core.accounts.set_state(tx, zoe.id, State.DISABLED)
    assert withdraw(office, "chu", zoe, CHU) == Withdrawn()
    assert isinstance(renew(office, "chu", zoe, CHU, BORN), Enrolled)
    assert now_of(office, zoe.id).state is State.DISABLED


def test_somebody_brought_in_without_a_consent_withdraws_all_the_same(office: Opened) -> None:
    gaetan = office["patient"]
    by = By(gaetan.id, DESK)
    with office.world.core.database.write() as tx:
        done = services(office).consents.withdraw_all(tx, gaetan, by)
    assert done == Withdrawn(closed=True)
    assert houses(office, gaetan) == frozenset()
    born = gaetan.person.birth_date
    assert isinstance(renew(office, "chu", gaetan, CHU, born), Enrolled)
    assert now_of(office, gaetan.id).state is State.ACTIVE


FAULTS = {
    "no-name": ({"last_name": " "}, "last_name", "missing"),
    "no-day": ({"birth_date": ""}, "birth_date", "missing"),
    "wrong-day": ({"birth_date": "31/02/1984"}, "birth_date", "day"),
    "to-come": ({"birth_date": "01/01/2100"}, "birth_date", "past"),
    "address": ({"email": "zoe@nowhere"}, "email", "address"),
    "neither": ({"email": "", "phone": ""}, "email", "one-needed"),
    "number": ({"phone": "12"}, "phone", "number"),
    "country": ({"phone": "+1 212 555 0123"}, "phone", "country"),
    "key": ({"ins": "255126212345617"}, "ins", "check"),
    "nul": ({"first_name": "Zo\x00é"}, "first_name", "text"),
    "long": ({"last_name": "x" * 129}, "last_name", "text"),
    "civility": ({"civility": "Dr"}, "civility", "choice"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_cannot_be_kept_is_said_at_its_field(sqlite_office: Opened, case: str) -> None:
    changes, name, why = FAULTS[case]
    answer = enrol(sqlite_office, new=replace(ZOE, **changes))
    assert isinstance(answer, Faulty)
    assert answer.fields[name] == why
    assert not sqlite_office.world.events("patient.enrolled")


def test_an_address_in_use_leaves_no_trace(office: Opened) -> None:
    taken = replace(ZOE, email=office["medecin"].person.email)
    assert enrol(office, new=taken) == NotCreated(Duplicate.EMAIL)
    assert isinstance(enrol(office), Enrolled)
