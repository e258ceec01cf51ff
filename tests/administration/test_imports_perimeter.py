# SPDX-License-Identifier: Apache-2.0
"""Files that the region brings for one establishment: what that one sees of them."""

import json
from typing import Any

from idp.administration.authority import Denied
from idp.administration.imports.store import Run
from tests.administration.kit import CHU, CLINIC, Opened
from tests.administration.patient_kit import enter, services
from tests.administration.test_imports import PEOPLE, brought, carried, do, lines, sheet, tried

HEAD = "Nom;Prénom;E-mail;FINESS"
# One of the clinic's, who is there already, and one who is to come.
ABROAD = f"{HEAD}\nVilleneuve;Marie-France;mf.villeneuve@clinique.example;{CLINIC}\n"
ABROAD += f"Roy;Ana;ana@clinique.example;{CLINIC}\nRoy;Zoé;nowhere;{CHU}\n"


def first_rows(office: Opened, run: str, who: str) -> Any:
    with office.world.core.database.read() as tx:
        imports = services(office).imports
        known = imports.sheet(tx, office.authority(who), run)
        assert isinstance(known, Run)
        return imports.first_rows(tx, office.authority(who), known)


def report(office: Opened, run: str, who: str) -> list[tuple[object, ...]]:
    found = services(office).imports.report(office.authority(who), run)
    assert not isinstance(found, Denied)
    return list(found)


def test_wb_015_a_house_does_not_look_into_what_the_region_brings(office: Opened) -> None:
    run = brought(office, ABROAD, "regionale", CHU)
    assert len(first_rows(office, run, "regionale")) == 3
    # It is there, and says nothing of people.
    assert sheet(office, run, "chu").state == "read"
    assert first_rows(office, run, "chu") == []
    mapping = {"last_name": 0, "first_name": 1, "email": 2}
    assert do(office, "map", run, "chu", mapping) is Denied.NOT_ALLOWED
    planned = tried(office, run, "regionale")
    assert do(office, "start", run, "chu") is Denied.NOT_ALLOWED
    assert planned.counts["fault"] >= 1
    done = carried(office, run, "regionale")
    assert done.counts["made"] == 1
    assert do(office, "undo", run, "chu") is Denied.NOT_ALLOWED
    theirs = lines(office, run, "regionale")
    assert any(one.account for one in theirs)
    assert any(one.why for one in theirs)
    seen = lines(office, run, "chu")
    assert [(one.line, one.verdict, one.outcome) for one in seen] == [
        (one.line, one.verdict, one.outcome) for one in theirs
    ]
    assert {(one.account, one.why, one.cells) for one in seen} == {(None, "", ())}
    assert any(one[3] for one in report(office, run, "regionale"))
    assert not any(one[3] for one in report(office, run, "chu"))


def test_colleagues_go_on_with_what_one_of_them_has_brought(office: Opened) -> None:
    run = brought(office, PEOPLE)
    held = office.authority("chu").held[0]
    root = services(office).authorities.of_command(office.authority("chu").origin)
    with office.world.core.database.write() as tx:
        assert services(office).roles.give(tx, root, office["medecin"].id, held) is True
    assert len(first_rows(office, run, "medecin")) == 2
    planned = tried(office, run, "medecin")
    # It is theirs from here on, and the audit tells so.
    [mapped] = office.world.events("import.map")
    assert json.loads(mapped.detail) == {"by": office["medecin"].id, "run": run, "rows": 2}
    # Numbers are given by the region.
    assert [one.why for one in lines(office, planned.id)] == ["national_id:region"] * 2


def test_wb_015_the_page_shows_a_house_no_columns_of_the_region(sqlite_office: Opened) -> None:
    run = brought(sqlite_office, ABROAD, "regionale", CHU)
    clerk = enter(sqlite_office, "chu")
    clerk.get(f"/admin/imports/{run}")
    assert clerk.last.status_code == 200
    assert "perimeter is wider" in clerk.page.main.text
    assert "Villeneuve" not in clerk.page.main.text
    assert not clerk.page.find("form", action=f"/admin/imports/{run}/map")
