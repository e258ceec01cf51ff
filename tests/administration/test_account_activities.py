# SPDX-License-Identifier: Apache-2.0
"""Activities written in the console and by programs: kept, corrected, taken away, taken back."""

from typing import Any

from werkzeug.test import Client, TestResponse

from idp.accounts.sources import AsTold, Sources
from idp.administration.authority import Held
from idp.administration.rights import Role
from idp.origin import Origin
from tests.activities import HOSPITAL, PRACTICE, practises
from tests.administration.api_kit import Program, problem, program
from tests.administration.console_kit import form_to, news, send, texts
from tests.administration.kit import CHU, Opened
from tests.races import at_once
from tests.world import Browser

TYPED = {"profession_code": "60", "sector": "SA07", "siret": "999 999 999 00017"}


def written(office: Opened, who: str = "medecin") -> list[tuple[str, str]]:
    """What counts: the structure, and what it is called."""
    with office.world.core.database.read() as tx:
        known = office.world.core.activities.of(tx, office[who].id)
    return [(one.structure_id, one.structure) for one in known]


def at(office: Opened, who: str = "regionale", whom: str = "medecin", more: str = "") -> Browser:
    browser = office.enter(who)
    browser.get(f"/admin/accounts/{office[whom].id}/activities{more}")
    return browser


def test_one_is_written_corrected_taken_away_and_taken_back(office: Opened) -> None:
    browser = at(office)
    assert not browser.page.select("table")
    assert send(browser, "/activities", **TYPED, structure="CABINET", town="Amboise") == 200
    assert news(browser)
    assert written(office) == [("399999999900017", "CABINET")]
    [row] = texts(browser, "tbody tr")
    assert row.startswith("CABINET Infirmier · Amboise 399999999900017 Cabinet individuel")
    # Corrected in its place: what the form shows is what was written.
    link = browser.page.select_one("main tbody a[href*='?of=']")
    assert link is not None
    browser.get(str(link["href"]))
    assert form_to(browser, "/activities").select_one("#town")["value"] == "Amboise"  # type: ignore[index]
    assert send(browser, "/activities", structure="CABINET DES LILAS") == 200
    assert written(office) == [("399999999900017", "CABINET DES LILAS")]
    assert send(browser, "/take") == 200
    assert written(office) == []
    # The history tells before and after, and takes the newest back.
    here = f"/admin/accounts/{office['medecin'].id}"
    browser.get(f"{here}/history")
    told = texts(browser, "tbody tr")
    assert len(told) == 3
    assert "CABINET DES LILAS · Infirmier · Amboise · 399999999900017" in told[0]
    assert send(browser, "/undo") == 200
    assert written(office) == [("399999999900017", "CABINET DES LILAS")]
    # What came since is not undone from below.
    browser.get(f"{here}/history")
    oldest = browser.page.select("main form[action$='/undo']")[-1]
    answer = browser.post(str(oldest["action"]), {"csrf": oldest.select_one("input")["value"]})  # type: ignore[index]
    assert answer.status_code == 409
    assert written(office) == [("399999999900017", "CABINET DES LILAS")]
    kinds = [one.kind for one in office.world.events()]
    assert kinds.count("account.activities") == 4


def test_what_is_missing_is_told_beside_its_field(sqlite_office: Opened) -> None:
    browser = at(sqlite_office)
    typed = {"profession_code": "10", "sector": "SA07", "siret": "999 999 999 00017"}
    assert send(browser, "/activities", **typed, structure="CABINET") == 422
    assert browser.page.select_one("#speciality_code-error")
    assert browser.page.select_one("#structure")["value"] == "CABINET"  # type: ignore[index]
    assert send(browser, "/activities", **typed | {"siret": "1"}) == 422
    assert browser.page.select_one("#siret-error")
    assert send(browser, "/activities", profession_code="60", sector="SA07", siret="") == 422
    assert browser.page.select_one("#structure_number-error")
    for siret, number, said in (
        ("999 999 999 00017", "499700000013008", "laissez celui-ci vide"),
        ("", "1 370000482", "Après un 1"),
    ):
        typed = {"profession_code": "60", "sector": "SA07", "siret": siret}
        assert send(browser, "/activities", **typed, structure_number=number) == 422
        assert said in browser.page.select_one("#structure_number-error").get_text()  # type: ignore[union-attr]
    assert written(sqlite_office) == []


def test_the_same_is_not_written_twice_and_what_is_gone_is_not_corrected(
    sqlite_office: Opened,
) -> None:
    practises(sqlite_office.world, HOSPITAL, PRACTICE)
    browser = at(sqlite_office)
    same = {"profession_code": "10", "speciality_code": "SM36", "sector": "SA01", "mode": "S"}
    assert send(browser, "/activities", **same, finess="370000481") == 409
    # Correcting one into the other would lose one of them.
    browser.get(f"{browser.last.request.path}?of={PRACTICE.mark}")
    changed = same | {"finess": "370000481", "structure_number": ""}
    assert send(browser, "/activities", **changed) == 409
    browser.get(f"{browser.last.request.path}?of={PRACTICE.mark}")
    practises(sqlite_office.world, HOSPITAL)
    assert send(browser, "/activities", town="Tours") == 409
    assert written(sqlite_office) == [("1370000481", "CHU DE TOURS")]
    # Whoever was overtaken can still write it down, as a new one.
    assert send(browser, "/activities") == 200
    assert ("499700000013008", "CABINET DU DR DURAND") in written(sqlite_office)


def test_who_may_look_is_shown_no_form(sqlite_office: Opened) -> None:
    practises(sqlite_office.world, HOSPITAL)
    for who in ("chu", "auditrice", "assistance"):
        browser = at(sqlite_office, who)
        assert "CHU DE TOURS" in texts(browser, "tbody tr")[0]
        assert not browser.page.select("main form")
        assert not browser.page.select("main a[href*='?of=']")
    # A patient practises nothing, and no tab leads there.
    patient = at(sqlite_office, whom="patient")
    assert not patient.page.select("main form")
    patient.get(f"/admin/accounts/{sqlite_office['patient'].id}")
    assert not patient.page.select("main .tabs a[href$='/activities']")


def test_programs_read_and_write_them(office: Opened) -> None:
    region, path = (
        program(office, Held(Role.REGION)),
        f"/accounts/{office['medecin'].id}/activities",
    )
    assert region.get(path).get_json()["items"] == []
    given: dict[str, Any] = {"profession_code": "10", "sector": "SA01", "finess": "370000481"}
    answer = put(region, path, [given])
    assert problem(answer) == "unfit"
    [where] = answer.get_json()["errors"]
    assert where["pointer"] == "#/activities/0/speciality_code"
    whole = given | {"speciality_code": "SM36"}
    for _again in range(2):
        [shown] = put(region, path, [whole]).get_json()["items"]
        assert (shown["profession"], shown["written"]) == ("Médecin", True)
    assert written(office) == [("1370000481", "")]
    assert len(office.world.events("account.activities")) == 1
    house = program(office, Held(Role.ESTABLISHMENT, CHU))
    assert house.get(path).get_json()["items"] == [shown]
    assert put(house, path, []).status_code == 403
    assert put(region, path, []).get_json()["items"] == []
    assert written(office) == []


def put(caller: Program, path: str, wanted: list[Any], seen: str = "") -> TestResponse:
    """Written over what was read; or over what stands there now."""
    version = seen or caller.get(path).headers["ETag"]
    return caller.call("PUT", path, {"activities": wanted}, If_Match=version)


CABINET = {"profession_code": "60", "sector": "SA07", "siret": "99999999900017"}


def test_a_program_writes_over_what_it_has_read_and_nothing_else(office: Opened) -> None:
    region = program(office, Held(Role.REGION))
    path = f"/accounts/{office['medecin'].id}/activities"
    nothing = region.get(path).headers["ETag"]
    assert region.get(path, If_None_Match=nothing).status_code == 304
    assert problem(region.call("PUT", path, {"activities": [CABINET]})) == "precondition"
    done = put(region, path, [CABINET], nothing)
    assert done.headers["ETag"] == region.get(path).headers["ETag"] != nothing
    # An administrator writes meanwhile: it is not lost to a program that has not seen it.
    practises(office.world, HOSPITAL)
    late = put(region, path, [], done.headers["ETag"])
    assert (late.status_code, problem(late)) == (412, "changed")
    assert late.headers["ETag"] == region.get(path).headers["ETag"]
    assert written(office) == [("1370000481", "CHU DE TOURS")]
    assert put(region, path, [CABINET], late.headers["ETag"]).status_code == 200
    assert put(region, path, [], "*").status_code == 200
    assert written(office) == []


def test_rl_005_of_two_programs_that_read_the_same_one_writes(office: Opened) -> None:
    region = program(office, Held(Role.REGION))
    path = f"/accounts/{office['medecin'].id}/activities"
    seen = region.get(path).headers["ETag"]
    two = [CABINET, CABINET | {"sector": "SA01"}]
    done = at_once(lambda wanted: put(region, path, [wanted], seen).status_code, two)
    assert sorted(done) == [200, 412]
    assert len(written(office)) == 1


def test_the_description_names_every_right_that_writing_them_needs(sqlite_office: Opened) -> None:
    path = f"/accounts/{sqlite_office['medecin'].id}/activities"
    served = Client(sqlite_office.world.provider.web)
    found = served.get("/api/openapi.json", base_url=sqlite_office.world.issuer).get_json()
    told = found["paths"]["/accounts/{account}/activities"]["put"]
    assert (told["x-right"], told["x-also-rights"]) == (
        "directory.import",
        ["accounts.see", "accounts.edit"],
    )
    named = [one["oauth2"] for one in told["security"]]
    assert ["sceau.write", "sceau.read"] in named
    assert ["sceau.directory.write", "sceau.accounts.read", "sceau.accounts.write"] in named
    # Each of these is enough, and nothing in it is too much.
    for scopes in named:
        assert (
            put(program(sqlite_office, Held(Role.REGION), scopes), path, [], "*").status_code == 200
        )
        for one in scopes:
            less = program(
                sqlite_office, Held(Role.REGION), [name for name in scopes if name != one]
            )
            assert put(less, path, [], "*").status_code == 403


def test_who_says_it_is_told_of_each(sqlite_office: Opened) -> None:
    """Also to programs; and what others tell is nobody's to correct or to take away here."""
    world = sqlite_office.world
    practises(world, HOSPITAL)
    told = Sources(world.clock, world.core.audit)
    origin = Origin("192.0.2.10", "", "x" * 12)
    with world.core.database.write() as tx:
        account = sqlite_office["medecin"].id
        assert told.take(tx, account, "psc", AsTold(activities=(HOSPITAL, PRACTICE)), origin)
    browser = at(sqlite_office)
    rows = browser.page.select("main tbody tr")
    assert [one.select_one(".pill").get_text(strip=True) for one in rows][1] == "Pro Santé Connect"  # type: ignore[union-attr]
    assert [len(one.select("form")) for one in rows] == [1, 0]
    found = program(sqlite_office, Held(Role.REGION)).get(f"/accounts/{account}/activities").json
    assert [(one["source"], one["written"]) for one in found["items"]] == [
        ("here", True),
        ("psc", False),
    ]
