# SPDX-License-Identifier: Apache-2.0
"""Requests, patients, establishments, communities, the audit and figures by the API."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import pypdfium2
import pytest

from idp.administration.authority import Held
from idp.administration.patients.enrolment import MET, SHOWING
from idp.administration.rights import Role
from tests.administration.api_kit import TWO_FACTORS, Program, agree, give, problem, program
from tests.administration.kit import CHU, CLINIC, Opened
from tests.administration.requests_kit import ask
from tests.cast import application
from tests.protocol.kit import register

PATIENT = {
    "establishment": CHU,
    "last_name": "Marchand",
    "first_name": "Léa",
    "birth_date": "1980-02-03",
    "email": "lea.marchand@courriel.example",
}
HOUSE = {"key": "450000104", "name": "CH de Gien", "town": "Gien"}


def caller_of(office: Opened, role: Role, establishment: str = "", **oidc: Any) -> Program:
    return program(office, Held(role, establishment), ("sceau.read", "sceau.write"), **oidc)


def claims_of(token: str) -> Any:
    body = token.split(".")[1]
    return json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def test_establishments_are_kept_from_what_was_seen(office: Opened) -> None:
    caller = caller_of(office, Role.REGION)
    made = caller.call("POST", "/establishments", HOUSE)
    assert made.status_code == 201, made.text
    assert problem(caller.call("POST", "/establishments", HOUSE)) == "taken"
    path, body = f"/establishments/{HOUSE['key']}", {"name": "CH du Giennois", "town": "Gien"}
    edited = caller.call("PUT", path, body, If_Match=made.headers["ETag"])
    assert edited.get_json()["name"] == "CH du Giennois"
    assert problem(caller.call("PUT", path, body, If_Match=made.headers["ETag"])) == "changed"
    assert caller.call("PUT", f"{path}/state", {"state": "closed"}).get_json()["state"] == "closed"
    part = caller_of(office, Role.ESTABLISHMENT, CHU)
    assert [one["key"] for one in part.get("/establishments").get_json()["items"]] == [CHU]
    assert problem(part.get(path)) == problem(part.get("/establishments/999999999"))
    assert problem(part.call("POST", "/establishments", HOUSE)) == "not-allowed"


def test_communities(office: Opened) -> None:
    caller = caller_of(office, Role.REGION)
    made = caller.call("POST", "/communities", {"key": "diapason-36", "name": "Diapason 36"})
    assert made.status_code == 201, made.text
    path = "/communities/diapason-36"
    named = caller.call("PUT", path, {"name": "Diapason"}, If_Match=made.headers["ETag"])
    assert named.get_json()["name"] == "Diapason"
    late = caller.call("PUT", path, {"name": "X"}, If_Match=made.headers["ETag"])
    assert problem(late) == "changed"
    assert caller.call("DELETE", path).status_code == 204
    assert problem(caller.call("DELETE", "/communities/onco-centre")) == "conflict"
    part = caller_of(office, Role.ESTABLISHMENT, CHU)
    assert part.get("/communities/onco-centre").get_json()["members"] is None


def test_a_request_is_decided_by_the_version_seen(office: Opened) -> None:
    caller = caller_of(office, Role.REGION)
    core = office.world.core
    first = ask(core, last_name="Aubert", number="", email="a@b.example")
    second = ask(core, last_name="Blin", number="", email="b@b.example")
    listed = caller.get("/requests").get_json()["items"]
    assert {one["id"] for one in listed} == {first.id, second.id}
    path = f"/requests/{first.id}"
    seen = caller.get(path).headers["ETag"]
    approved = caller.call("POST", f"{path}/approve", {}, If_Match=seen)
    assert approved.status_code == 200, approved.text
    account = approved.get_json()["account"]
    assert caller.get(f"/accounts/{account}").get_json()["last_name"] == "Aubert"
    again = caller.call("POST", f"{path}/refuse", {"reason": "no"}, If_Match=seen)
    assert problem(again) == "changed"
    other = f"/requests/{second.id}"
    seen = caller.get(other).headers["ETag"]
    refused = caller.call(
        "POST", f"{other}/refuse", {"reason": "Not a professional."}, If_Match=seen
    )
    assert refused.get_json()["stage"] == "refused", refused.text
    # WB-015: a request to one establishment is none of another's.
    part = caller_of(office, Role.ESTABLISHMENT, CLINIC)
    assert part.get("/requests?stage=").get_json()["items"] == []
    assert problem(part.get(path)) == problem(part.get("/requests/nothing"))


def test_a_patient_is_enrolled_and_goes_home_with_a_letter(office: Opened) -> None:
    caller = caller_of(office, Role.ESTABLISHMENT, CHU)
    made = caller.call("POST", "/patients", PATIENT, Idempotency_Key="desk-1")
    assert made.status_code == 201, made.text
    account = made.get_json()["account"]
    replayed = caller.call("POST", "/patients", PATIENT, Idempotency_Key="desk-1")
    assert replayed.get_json()["account"] == account
    assert problem(caller.call("POST", "/patients", PATIENT)) == "taken"
    letter = caller.call("POST", f"/patients/{account}/letter")
    assert (letter.status_code, letter.mimetype) == (200, "application/pdf"), letter.text
    paper = pypdfium2.PdfDocument(letter.data)
    page = paper[0]
    shown = page.get_textpage()
    text = shown.get_text_range()
    for one in (shown, page, paper):
        one.close()
    assert "Marchand" in text
    assert made.get_json()["identifier"] in text
    other = caller_of(office, Role.ESTABLISHMENT, CLINIC)
    path = f"/patients/{account}"
    assert problem(other.call("POST", f"{path}/letter")) == "not-found"
    assert problem(other.call("DELETE", f"{path}/consents/{CHU}")) == "not-found"
    assert problem(other.call("POST", "/patients", PATIENT)) == "not-found"
    assert caller.call("DELETE", f"{path}/consents/{CHU}").status_code == 204
    # Nor does anything tie the patient to this establishment any longer.
    assert problem(caller.call("POST", f"{path}/letter")) == "not-found"


@pytest.mark.parametrize("kind", ["public", "pairwise"])
def test_whoever_enrols_knows_the_patient_again_at_login(office: Opened, kind: str) -> None:
    sector = {"subject_type": kind, "sector": "portal.example"}
    desk = caller_of(office, Role.ESTABLISHMENT, CLINIC, **sector)
    shown = {"identifier": "gebeaupre", "birth_date": "1948-11-30", "establishment": CLINIC}
    answer = desk.call("POST", "/patients/consents", shown)
    assert answer.status_code == 200, answer.text
    known = answer.get_json()
    assert (known["known"], known["account"]) == (True, office["patient"].id)
    again = desk.call("POST", "/patients/consents", shown)
    assert (problem(again), again.get_json()["detail"]) == ("conflict", "stands")
    assert again.get_json()["subject"] == known["subject"]
    wrong = desk.call("POST", "/patients/consents", shown | {"birth_date": "1948-11-29"})
    assert (problem(wrong), "subject" in wrong.get_json()) == ("unfit", False)
    named = {"names": ["AUTRE", "Ebeaupre"], "first_names": ["Louis", "gaetan"]}
    assert problem(desk.call("POST", "/patients/consents", shown | named)) == "conflict"
    # A letter that somebody else has brought: of another name, or another first name.
    for other in ({"names": ["Autre"]}, {"first_names": ["Louis"]}):
        answer = desk.call("POST", "/patients/consents", shown | named | other)
        assert (problem(answer), answer.get_json()["detail"]) == ("unfit", "no-match")
    portal = register(office.world, oidc={"scopes": ["openid"], **sector}, policy=TWO_FACTORS)
    agree(office, "patient", portal.key, "openid")
    tokens = portal.tokens(office.enter("patient"), "patient", scope="openid")
    assert known["subject"] == claims_of(tokens["id_token"])["sub"]
    # To an application of another sector they are somebody else.
    other = caller_of(office, Role.ESTABLISHMENT, CHU, subject_type="pairwise", sector="x.example")
    made = other.call("POST", "/patients", PATIENT).get_json()
    assert made["subject"] not in {known["subject"], made["account"]}


def test_faults_of_a_patient_are_told_field_by_field(sqlite_office: Opened) -> None:
    caller = caller_of(sqlite_office, Role.REGION)
    wrong = PATIENT | {"birth_date": "2999-01-01", "phone": "12"}
    answer = caller.call("POST", "/patients", wrong)
    assert problem(answer) == "unfit"
    pointers = {one["pointer"] for one in answer.get_json()["errors"]}
    assert pointers == {"#/birth_date", "#/phone"}


def test_events_and_figures(office: Opened) -> None:
    caller = caller_of(office, Role.AUDITOR)
    first = caller.get("/events").get_json()
    assert first["items"]
    assert all(set(one) >= {"at", "kind", "outcome", "detail"} for one in first["items"])
    given = caller.get("/events?kind=role.given").get_json()["items"]
    assert {one["kind"] for one in given} == {"role.given"}
    figures = caller.get("/statistics?span=month")
    assert figures.status_code == 200, figures.text
    assert set(figures.get_json()["total"]) == {"proved", "failed", "refused", "admitted"}
    assert caller.get("/statistics?day=2026-02-31").status_code == 422


@pytest.mark.parametrize("path", ["/events", "/statistics", "/webhooks"])
def test_wb_014_what_is_everybodys_is_not_an_establishments(
    sqlite_office: Opened, path: str
) -> None:
    caller = caller_of(sqlite_office, Role.ESTABLISHMENT, CHU)
    assert problem(caller.get(path)) == "not-allowed"


def test_wb_014_the_help_desk_enrols_nobody(sqlite_office: Opened) -> None:
    caller: Any = caller_of(sqlite_office, Role.HELP_DESK)
    assert problem(caller.call("POST", "/patients", PATIENT)) == "not-allowed"
    path = f"/patients/{sqlite_office['patient'].id}/letter"
    assert problem(caller.call("POST", path)) == "not-allowed"


def test_an_application_is_registered_and_changed(office: Opened) -> None:
    caller = caller_of(office, Role.REGION)
    document = application("nouvelle")
    made = caller.call("POST", "/applications", document)
    assert made.status_code == 201, made.text
    path = "/applications/nouvelle"
    secret = caller.call("POST", f"{path}/secret").get_json()["secret"]
    shown = caller.get(path)
    assert secret not in shown.text
    changed = caller.call("PUT", path, document | {"name": "N"}, If_Match=shown.headers["ETag"])
    assert changed.get_json()["name"] == "N"
    late = caller.call("PUT", path, document, If_Match=made.headers["ETag"])
    assert problem(late) == "changed"
    wrong = caller.call("PUT", path, document | {"policy": {"level": 9}}, If_Match="*")
    assert wrong.get_json()["errors"][0]["pointer"] == "#/policy/level"
    assert caller.call("PUT", f"{path}/state", {"enabled": False}).get_json()["enabled"] is False
    part = caller_of(office, Role.ESTABLISHMENT, CHU)
    assert problem(part.get(path)) == "not-allowed"
    assert problem(part.call("POST", "/applications", document)) == "not-allowed"


def test_announcements(sqlite_office: Opened) -> None:
    caller = caller_of(sqlite_office, Role.REGION)
    given = {"french": "Arrêt dimanche.", "english": "Closed on Sunday."}
    made = caller.call("POST", "/announcements", given)
    assert made.status_code == 201, made.text
    (one,) = caller.get("/announcements").get_json()["items"]
    assert one["french"] == "Arrêt dimanche."
    assert caller.call("DELETE", f"/announcements/{one['id']}").status_code == 204
    assert problem(caller.call("DELETE", f"/announcements/{one['id']}")) == "not-found"
    assert problem(caller.call("POST", "/announcements", given | {"ends_at": 1})) == "unfit"


def test_the_directory_shows_whoever_wishes_to_be_seen(sqlite_office: Opened) -> None:
    caller = caller_of(sqlite_office, Role.REGION)
    # Nobody of the cast has asked to be.
    assert caller.get("/directory?name=durand").get_json()["items"] == []
    path = f"/accounts/{sqlite_office['medecin'].id}"
    body = {"particulars": {"visibility": "public"}}
    assert caller.call("PATCH", path, body, If_Match="*").status_code == 200
    (one,) = caller.get("/directory?name=durand").get_json()["items"]
    assert (one["last_name"], one["town"]) == ("Durand", "Tours")
    assert problem(caller.get("/directory?name=d")) == "unfit"


def test_wb_015_wrong_tries_by_a_program_count(office: Opened) -> None:
    caller = caller_of(office, Role.ESTABLISHMENT, CLINIC)
    gaetan = office["patient"].person
    body = {"establishment": CLINIC, "identifier": gaetan.identifier, "birth_date": "1900-01-01"}
    told = [
        problem(caller.call("POST", "/patients/consents", body)) for _ in range(SHOWING.free_tries)
    ]
    assert set(told) == {"unfit"}
    right = body | {"birth_date": gaetan.birth_date}
    assert problem(caller.call("POST", "/patients/consents", right)) == "too-many"
    assert len(office.world.events("patient.unmatched")) == SHOWING.free_tries
    known = PATIENT | {
        "establishment": CLINIC,
        "last_name": gaetan.last_name,
        "first_name": gaetan.first_name,
        "birth_date": gaetan.birth_date,
    }
    told = [problem(caller.call("POST", "/patients", known)) for _ in range(MET.free_tries + 1)]
    assert (set(told[:-1]), told[-1]) == ({"taken"}, "too-many")


def test_wrong_tries_of_one_desk_stop_no_other(office: Opened) -> None:
    """One program is the desk of many establishments."""
    caller = caller_of(office, Role.ESTABLISHMENT, CLINIC)
    give(office, caller.key, Held(Role.ESTABLISHMENT, CHU))
    gaetan = office["patient"].person
    shown = {"identifier": gaetan.identifier, "birth_date": gaetan.birth_date}
    wrong = {"establishment": CLINIC, **shown, "birth_date": "1900-01-01"}
    for _ in range(SHOWING.free_tries):
        caller.call("POST", "/patients/consents", wrong)
    told = caller.call("POST", "/patients/consents", {"establishment": CLINIC, **shown})
    assert problem(told) == "too-many"
    answer = caller.call("POST", "/patients/consents", {"establishment": CHU, **shown})
    assert answer.status_code in {200, 409}
