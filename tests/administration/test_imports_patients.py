# SPDX-License-Identifier: Apache-2.0
"""Imports of patients: what a dry run tells of strangers, and what outlives an import."""

from dataclasses import replace

import pytest

from idp.accounts import service as accounts
from idp.administration.imports.store import Run
from idp.administration.patients.consents import of_account
from idp.administration.patients.enrolment import MET_IN_FILES, Shown
from tests.administration.kit import CHU, CLINIC, Opened
from tests.administration.patient_kit import enrolled, services
from tests.administration.test_imports import brought, carried, do, lines, somebody, tried


def test_a_consent_of_elsewhere_or_withdrawn_outlives_the_import(office: Opened) -> None:
    text = "Nom;Prénom;Date de naissance;E-mail\n" + "".join(
        f"Roy;Ana{letter};01/02/1950;{letter}@courriel.example\n" for letter in "abc"
    )
    run = tried(office, brought(office, text, kind="patients")).id
    carried(office, run)
    left, shared, quiet = (somebody(office, f"{one}@courriel.example") for one in "abc")
    assert left
    assert shared
    patients = services(office).patients
    with office.world.core.database.write() as tx:
        patients.withdraw(tx, office.authority("chu"), left.id, CHU)
        shown = Shown(shared.person.identifier, "01/02/1950")
        patients.collect(tx, office.authority("clinique"), CLINIC, shown)
    # By the region, as both belong to others as well.
    assert isinstance(do(office, "undo", run, "regionale"), Run)
    services(office).import_work.go_on()
    told = [(one.outcome, one.why) for one in lines(office, run, "regionale")]
    assert told == [("kept", ":used"), ("kept", ":used"), ("undone", "")]
    assert quiet
    with office.world.core.database.read() as tx:
        assert accounts.load(tx, quiet.id) is None
        assert [one.stands for one in of_account(tx, left.id)] == [False]
        assert {one.establishment for one in of_account(tx, shared.id)} == {CHU, CLINIC}


def test_wb_015_a_dry_run_tells_no_end_of_who_has_an_account(
    office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(MET_IN_FILES, per_day=2)
    monkeypatch.setattr("idp.administration.patients.enrolment.MET_IN_FILES", few)
    zoe = enrolled(office)
    person = zoe.person
    known = f"{person.last_name};Zoé;29/02/1984;z%s@courriel.example\n"
    text = (
        "Nom;Prénom;Date de naissance;E-mail\n"
        "Roy;Ana;01/02/1950;ana@courriel.example\n"
        + known % 1
        + "Autre;Nom;01/02/1951;zoe@courriel.example\n"
    )
    more = "Nom;Prénom;Date de naissance;E-mail\n" + known % 3
    stranger = more.replace(person.last_name, "Personne")
    told = []
    for one in (text, more, stranger):
        run = tried(office, brought(office, one, "clinique", CLINIC, "patients"), "clinique").id
        told += [line.why for line in lines(office, run, "clinique")]
    assert told == ["", "last_name:exists", "email:taken", ":too-often", ":too-often"]
    # It was counted for whoever asked; and the region, which sees everybody, goes on.
    for who in ("chu", "regionale"):
        house = CHU if who == "chu" else CLINIC
        run = tried(office, brought(office, stranger, who, house, "patients"), who)
        assert run.counts == {"create": 1}
