# SPDX-License-Identifier: Apache-2.0
"""Activities written by hand: by whoever may say what the register holds, and as codes allow."""

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from idp.accounts import activities
from idp.accounts.activities import Activity
from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.target import Targets
from idp.directory.numbers import siret_fault
from tests.activities import BOTH, HOSPITAL, PRACTICE
from tests.administration.command_kit import commands_of
from tests.administration.kit import Opened
from tests.races import at_once


def write(office: Opened, who: str, *wanted: Activity, account: str = "medecin") -> Any:
    desk = office.world.provider.services.office.practising
    with office.world.core.database.write() as tx:
        return desk.write(tx, office.authority(who), office[account].id, wanted)


def test_wb_016_an_establishment_says_of_nobody_what_they_practise(sqlite_office: Opened) -> None:
    """National services go by it, far beyond its own walls."""
    assert write(sqlite_office, "chu", HOSPITAL) is Denied.NOT_ALLOWED
    assert write(sqlite_office, "assistance", HOSPITAL) is Denied.NOT_ALLOWED
    assert write(sqlite_office, "regionale", HOSPITAL) is True
    assert write(sqlite_office, "regionale", HOSPITAL) is False
    [event] = sqlite_office.world.events("account.activities")
    assert json.loads(event.detail)["structures"] == "1370000481"


def test_rl_005_of_two_who_write_at_once_each_is_kept(
    office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked who it is before either writes; the history tells one after the other."""
    desk = office.world.provider.services.office.practising
    both, changed = threading.Barrier(2), Targets.changed

    def look(*asked: Any) -> Any:
        found = changed(*asked)
        if office.world.core.database.engine.dialect.name != "sqlite":
            both.wait(30)
        return found

    monkeypatch.setattr(Targets, "changed", look)
    authority = office.authority("regionale")

    def put(one: Activity) -> Any:
        with office.world.core.database.write() as tx:
            return desk.put(tx, authority, office["medecin"].id, one)

    assert at_once(put, BOTH) == [True, True]
    with office.world.core.database.read() as tx:
        assert set(activities.written(tx, office["medecin"].id)) == set(BOTH)
    held = [json.loads(one.detail)["structures"] for one in events(office)]
    assert sorted(len(one.split()) for one in held) == [1, 2]


def test_rl_005_of_two_lists_at_once_the_last_stands_alone(office: Opened) -> None:
    lists = [(HOSPITAL,), (PRACTICE,), BOTH, (HOSPITAL,)]
    done = at_once(lambda wanted: write(office, "regionale", *wanted), lists)
    assert set(done) <= {True, False}
    last = json.loads(events(office)[-1].detail)["structures"].split()
    with office.world.core.database.read() as tx:
        known = activities.written(tx, office["medecin"].id)
    assert [one.structure_id for one in known] == last


def events(office: Opened) -> Any:
    return office.world.events("account.activities")


def test_labels_come_from_the_nomenclatures(office: Opened) -> None:
    lied = replace(HOSPITAL, profession="Directeur", speciality="Tout")
    assert write(office, "administrateur", lied, PRACTICE) is True
    with office.world.core.database.read() as tx:
        known = office.world.core.activities.of(tx, office["medecin"].id)
    assert [one.profession for one in known] == ["Médecin", "Médecin"]
    assert {one.speciality for one in known} == {"Oncologie option médicale"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"profession_code": "999"}, "profession_code"),
        ({"speciality_code": "XX"}, "speciality_code"),
        ({"speciality_code": ""}, "speciality_code"),
        ({"sector": "SA999"}, "sector"),
        ({"finess": "370000482"}, "finess"),
        ({"finess": ""}, "structure_number"),
        ({"finess": "", "siret": "99999999900018"}, "siret"),
        # The third number is no way round the keys of the other two.
        ({"structure_number": "499700000013008"}, "structure_number"),
        ({"finess": "", "siret": "99999999900017", "structure_number": "4"}, "structure_number"),
        ({"finess": "", "structure_number": "1370000482"}, "structure_number"),
        ({"finess": "", "structure_number": "1"}, "structure_number"),
        ({"finess": "", "structure_number": "399999999900018"}, "structure_number"),
        ({"section": "Z"}, "section"),
        ({"profession_code": "21", "speciality_code": ""}, "section"),
        ({"structure": "x" * 129}, "structure"),
        ({"town": "a\nb"}, "town"),
    ],
)
def test_what_no_service_would_take_is_not_written(
    sqlite_office: Opened, changed: dict[str, str], field: str
) -> None:
    found = write(sqlite_office, "administrateur", PRACTICE, replace(HOSPITAL, **changed))
    assert isinstance(found, Unfit)
    assert f"1.{field}" in found.fields


@pytest.mark.parametrize("number", ["1370000481", "399999999900017", "499700000013008"])
def test_a_structure_may_be_known_by_the_digit_of_its_kind(
    sqlite_office: Opened, number: str
) -> None:
    wanted = replace(HOSPITAL, finess="", structure_number=number)
    assert write(sqlite_office, "administrateur", wanted) is True


def test_only_professionals_practise(sqlite_office: Opened) -> None:
    found = write(sqlite_office, "administrateur", HOSPITAL, account="patient")
    assert found == Unfit("population")


def test_from_a_terminal(
    sqlite_office: Opened, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sceau = commands_of("accounts", sqlite_url, monkeypatch)
    file = tmp_path / "activities.json"
    wanted = {"profession_code": "60", "sector": "SA07", "siret": "99999999900017"}
    file.write_text(json.dumps([wanted | {"structure": "CABINET"}]), "utf-8")
    told = sceau("activities", "cdurand", "--write", str(file))
    assert "399999999900017" in told
    assert "Infirmier" in told
    [found] = json.loads(sceau("activities", "cdurand", "--json"))
    assert found["profession"] == "Infirmier"
    file.write_text(json.dumps([wanted | {"sector": "?"}]), "utf-8")
    assert "0.sector" in sceau("activities", "cdurand", "--write", str(file), code=1)
    file.write_text(json.dumps([{"role": "admin"}]), "utf-8")
    assert "a list of objects" in sceau("activities", "cdurand", "--write", str(file), code=1)
    file.write_text("{", "utf-8")
    assert "JSON" in sceau("activities", "cdurand", "--write", str(file), code=1)


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("00000000077081", ""),
        ("999 999 999 00017", ""),
        ("99999999900018", "check"),
        ("35600000000048", ""),
        ("35600000000049", "check"),
        ("1234567", "length"),
    ],
)
def test_a_siret_has_a_key(number: str, fault: str) -> None:
    assert siret_fault(number) == fault
