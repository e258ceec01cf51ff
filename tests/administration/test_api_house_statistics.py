# SPDX-License-Identifier: Apache-2.0
"""One establishment's own figures by the API: those of its page, and nobody else's."""

from idp.administration.authority import Held
from idp.administration.rights import Role
from tests.administration.api_kit import problem, program
from tests.administration.kit import CHU, CLINIC, Opened
from tests.administration.test_house_figures import happen, proved

SCOPES = ("sceau.statistics.read",)
PATH = f"/establishments/{CHU}/statistics"


def test_an_establishment_reads_its_own_figures(office: Opened) -> None:
    happen(office, proved(office, "medecin"), proved(office, "medecin", "totp"))
    happen(office, proved(office, "infirmiere"))
    caller = program(office, Held(Role.ESTABLISHMENT, CHU), SCOPES)
    answer = caller.get(PATH)
    assert answer.status_code == 200, answer.text
    found = answer.get_json()
    assert found["establishment"] == {"key": CHU, "name": "CHU de Tours"}
    assert found["total"] == {"proved": 2, "failed": 0, "refused": 0, "admitted": 0}
    assert found["by_means"].keys() == {"password", "totp"}
    assert sum(one["figures"]["proved"] for one in found["days"]) == 2
    assert found["accounts"]["professional"] == {"active": 1}
    assert found["requests_waiting"] == found["consents"] == 0
    assert found["counted_at"]
    week = caller.get(f"{PATH}?span=week").get_json()
    assert (len(week["days"]), week["span"]) == (7, "week")
    long_ago = caller.get(f"{PATH}?day=2020-02-01").get_json()
    assert long_ago["total"]["proved"] == 0
    assert long_ago["since"].startswith("2020-01-31T23")


def test_periods_that_are_none(sqlite_office: Opened) -> None:
    caller = program(sqlite_office, Held(Role.AUDITOR), SCOPES)
    assert problem(caller.get(f"{PATH}?span=day")) == "invalid"
    for day in ("2026-02-31", "0001-01-01", "9999-12-31"):
        assert problem(caller.get(f"{PATH}?day={day}")) == "unfit"


def test_wb_015_the_figures_of_others_are_not_there(sqlite_office: Opened) -> None:
    caller = program(sqlite_office, Held(Role.ESTABLISHMENT, CLINIC), SCOPES)
    nowhere = caller.get("/establishments/999999999/statistics")
    assert problem(caller.get(PATH)) == problem(nowhere) == "not-found"
    region = program(sqlite_office, Held(Role.REGION), SCOPES)
    assert problem(region.get("/establishments/999999999/statistics")) == "not-found"
    desk = program(sqlite_office, Held(Role.HELP_DESK), SCOPES)
    assert problem(desk.get(PATH)) == "not-allowed"
