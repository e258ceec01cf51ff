# SPDX-License-Identifier: Apache-2.0
"""Imports begun by a token: gone on with by what it was given for, as long as its holder may."""

from typing import Any

import pytest

from idp.administration.authority import Held
from idp.administration.imports import work
from idp.administration.rights import Role
from tests.administration.api_kit import Program, person_token, program
from tests.administration.kit import CHU, Opened
from tests.administration.patient_kit import services
from tests.administration.test_imports import brought, carried, many, sheet, somebody, tried


def brought_by(caller: Program, text: str) -> str:
    """A file by the API, as far as its dry run."""
    where = f"/imports?establishment={CHU}&name=people.csv"
    answer = caller.call("POST", where, raw=text.encode(), Content_Type="text/csv")
    assert answer.status_code == 201, answer.text
    run: str = answer.get_json()["id"]
    mapping: dict[str, Any] = answer.get_json()["mapping"]
    answer = caller.call("PUT", f"/imports/{run}/mapping", {"mapping": mapping})
    assert answer.status_code == 200, answer.text
    return run


@pytest.mark.parametrize("who", ["program", "person"])
def test_wb_030_a_disabled_application_goes_on_with_nothing(
    office: Opened, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "BATCH", 1)
    scopes = ("sceau.read", "sceau.write")
    if who == "program":
        caller = program(office, Held(Role.ESTABLISHMENT, CHU), scopes)
    else:
        caller = person_token(office, "chu")
    run, going = brought_by(caller, many(4)), services(office).import_work
    going.go_on()
    assert caller.call("POST", f"/imports/{run}/start").status_code == 200
    made = sheet(office, run)
    assert made.state == "running"
    core = office.world.core
    with core.database.write() as tx:
        core.applications.set_enabled(tx, caller.key, enabled=False)
    going.go_on()
    after = sheet(office, run)
    assert (after.state, after.position, after.fault) == ("failed", made.position, "rights")


def test_wb_030_what_a_token_was_not_given_for_is_not_done_later(office: Opened) -> None:
    """Patients that a file has made are removed by a right that is not theirs alone."""
    text = "Nom;Prénom;Date de naissance;E-mail\nRoy;Ana;01/02/1950;ana@courriel.example\n"
    run = tried(office, brought(office, text, kind="patients")).id
    assert carried(office, run).counts["made"] == 1
    caller = person_token(office, "chu", "openid sceau.patients.write")
    assert caller.call("POST", f"/imports/{run}/undo").status_code == 200
    services(office).import_work.go_on()
    assert sheet(office, run).counts["kept"] == 1
    assert somebody(office, "ana@courriel.example")
    assert office.world.events("account.removed") == []
