# SPDX-License-Identifier: Apache-2.0
"""The consent desk, duplicates, imports and exports by the API."""

import pypdfium2
import pytest

from idp.administration.authority import Held
from idp.administration.rights import Role
from tests.administration.api_kit import Program, problem, program
from tests.administration.kit import CHU, CLINIC, Opened

PATIENT = {
    "establishment": CHU,
    "last_name": "Marchand",
    "first_name": "Léa",
    "birth_date": "1980-02-03",
    "email": "lea@courriel.example",
}

CSV = (
    "Nom;Prénom;E-mail;Profession\r\n"
    "Aubert;Lise;lise@b.example;Médecin\r\n"
    "Blin;Marc;pas-une-adresse;Médecin\r\n"
).encode()
FILE = {"Content_Type": "text/csv"}


@pytest.fixture
def chu(office: Opened) -> Program:
    return program(office, Held(Role.ESTABLISHMENT, CHU), ("sceau.read", "sceau.write"))


@pytest.fixture
def clinic(office: Opened) -> Program:
    return program(office, Held(Role.ESTABLISHMENT, CLINIC), ("sceau.read", "sceau.write"))


@pytest.fixture
def region(office: Opened) -> Program:
    return program(office, Held(Role.REGION), ("sceau.read", "sceau.write"))


def enrolled(chu: Program, **known: str) -> str:
    made = chu.call("POST", "/patients", PATIENT | known)
    assert made.status_code == 201, made.text
    account: str = made.get_json()["account"]
    return account


def pages_of(pdf: bytes) -> int:
    paper = pypdfium2.PdfDocument(pdf)
    try:
        return len(paper)
    finally:
        paper.close()


def test_a_patient_comes_back_and_letters_are_printed_in_one_file(
    office: Opened, chu: Program, clinic: Program
) -> None:
    first = enrolled(chu)
    office.world.clock.pass_by(1)
    second = enrolled(chu, last_name="Nadaud", email="b@courriel.example")
    listed = chu.get("/patients?state=to-print&size=1").get_json()
    assert [one["account"] for one in listed["items"]] == [second]
    rest = chu.get(f"/patients?state=to-print&size=1&after={listed['next']}").get_json()
    assert [one["account"] for one in rest["items"]] == [first]
    found = chu.get("/patients?text=nadaud").get_json()["items"]
    assert [one["last_name"] for one in found] == ["Nadaud"]
    both = {"accounts": [first, second]}
    printed = chu.call("POST", "/letters", both, Idempotency_Key="letters-1")
    assert (printed.status_code, printed.mimetype) == (200, "application/pdf"), printed.text
    assert pages_of(printed.data) == 2
    again = chu.call("POST", "/letters", both, Idempotency_Key="letters-1")
    assert problem(again) == "answer-not-kept"
    (letter,) = chu.get(f"/patients/{first}/letters").get_json()["items"]
    day = letter["printed_at"][:10]
    given = f"/letters/{letter['id']}/hand-over"
    # WB-015: of another house's patients and letters nothing is told.
    assert clinic.get("/patients").get_json()["items"] == []
    for refused in (
        clinic.get(f"/patients?establishment={CHU}"),
        clinic.get(f"/patients/{first}"),
        clinic.get(f"/patients/{first}/letters"),
        clinic.call("POST", "/letters", both),
        clinic.call("POST", given, {"day": day}),
    ):
        assert problem(refused) == "not-found"
    assert problem(chu.call("POST", given, {"day": "2001-01-01"})) == "unfit"
    assert chu.call("POST", given, {"day": day}).status_code == 204
    assert problem(chu.call("POST", given, {"day": day})) == "conflict"


def test_a_consent_is_renewed_by_whoever_shows_who_they_are(
    office: Opened, chu: Program, region: Program
) -> None:
    account = enrolled(chu)
    consent = f"/patients/{account}/consents/{CHU}"
    assert problem(chu.call("PUT", consent, {})) == "conflict"
    identifier = chu.get(f"/patients/{account}").get_json()["identifier"]
    assert chu.call("DELETE", consent).status_code == 204
    sheet = chu.get(f"/patients/{account}").get_json()
    # WB-015: they have left, and only the consent itself is shown.
    assert (sheet["last_name"], len(sheet["consents"])) == ("", 1)
    assert problem(chu.call("PUT", consent, {})) == "unfit"
    wrong = {"identifier": identifier, "birth_date": "1999-02-03"}
    assert problem(chu.call("PUT", consent, wrong)) == "unfit"
    shown = {"identifier": identifier, "birth_date": PATIENT["birth_date"]}
    renewed = chu.call("PUT", consent, shown)
    told = renewed.get_json()
    # By what this program would know them at a login.
    assert told.pop("subject") not in {"", account}
    assert told == {"account": account, "identifier": identifier, "known": True}
    assert region.get(f"/patients/{account}").get_json()["state"] == "active"


def test_two_accounts_become_one(office: Opened, region: Program, chu: Program) -> None:
    one = {"population": "professional", "last_name": "Aubert", "first_name": "Lise"}
    made = [region.call("POST", "/accounts", one).get_json()["id"] for _ in range(2)]
    kept, other = made
    path = f"/accounts/{kept}"
    (found,) = region.get(f"{path}/duplicates").get_json()["items"]
    assert (found["id"], found["reasons"]) == (other, ["name"])
    beside = region.get(f"{path}/duplicates/{other}").get_json()
    assert (beside["obstacle"], beside["given_up"]["id"]) == ("", other)
    assert problem(region.call("POST", f"{path}/merge", {"give_up": kept})) == "conflict"
    odd = {"give_up": other, "take": ["roles"]}
    assert problem(region.call("POST", f"{path}/merge", odd)) == "unfit"
    # WB-014: an establishment merges nobody, of its own people neither.
    own = f"/accounts/{office['medecin'].id}"
    assert problem(chu.get(f"{own}/duplicates")) == "not-allowed"
    assert problem(chu.call("POST", f"{own}/merge", {"give_up": other})) == "not-allowed"
    merged = region.call("POST", f"{path}/merge", {"give_up": other}, Idempotency_Key="m-1")
    assert merged.get_json()["id"] == kept, merged.text
    again = region.call("POST", f"{path}/merge", {"give_up": other}, Idempotency_Key="m-1")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert region.get(f"/accounts/{other}").get_json()["state"] == "closed"


def test_a_file_of_people_from_its_reading_to_its_end(
    office: Opened, chu: Program, clinic: Program
) -> None:
    where = f"/imports?establishment={CHU}&name=people.csv"
    brought = chu.call("POST", where, raw=CSV, Idempotency_Key="file-1", **FILE)
    assert brought.status_code == 201, brought.text
    run = brought.get_json()
    assert (run["state"], run["rows"], run["mapping"]["last_name"]) == ("read", 2, 0)
    replayed = chu.call("POST", where, raw=CSV, Idempotency_Key="file-1", **FILE)
    assert replayed.get_json()["id"] == run["id"]
    assert len(chu.get("/imports").get_json()["items"]) == 1
    other = chu.call(
        "POST", where, raw=CSV + b"x;y;z@b.example;\r\n", Idempotency_Key="file-1", **FILE
    )
    assert problem(other) == "key-reused"
    assert len(chu.get("/imports").get_json()["items"]) == 1
    path = f"/imports/{run['id']}"
    assert problem(chu.call("POST", f"{path}/start")) == "conflict"
    assert problem(chu.call("PUT", f"{path}/mapping", {"mapping": {"email": 0}})) == "unfit"
    mapped = chu.call("PUT", f"{path}/mapping", {"mapping": run["mapping"]})
    assert mapped.get_json()["state"] == "planning"
    tried = chu.get(path).get_json()
    assert (tried["state"], tried["counts"]) == ("planned", {"create": 1, "fault": 1})
    first = chu.get(f"{path}/lines?size=1").get_json()
    rest = chu.get(f"{path}/lines?size=1&after={first['next']}").get_json()
    assert [one["verdict"] for one in first["items"] + rest["items"]] == ["create", "fault"]
    # WB-015: another house's import is none.
    assert clinic.get("/imports").get_json()["items"] == []
    for verb in ("start", "stop", "resume", "undo", "drop"):
        assert problem(clinic.call("POST", f"{path}/{verb}")) == "not-found"
    for refused in (clinic.get(path), clinic.get(f"{path}/lines"), clinic.get(f"{path}/report")):
        assert problem(refused) == "not-found"
    assert problem(clinic.call("POST", where, raw=CSV, **FILE)) == "not-found"
    assert chu.call("POST", f"{path}/start").status_code == 200
    assert chu.get(path).get_json()["state"] == "done"
    assert chu.get("/accounts?text=aubert").get_json()["items"][0]["email"] == "lise@b.example"
    report = chu.get(f"{path}/report")
    assert (report.mimetype, report.headers["Content-Disposition"]) == (
        "text/csv",
        'attachment; filename="import.csv"',
    )
    assert report.text.splitlines()[1:] == [
        '"2";"create";"made";""',
        '"3";"fault";"";"email:unfit"',
    ]
    assert chu.call("POST", f"{path}/undo").status_code == 200
    assert chu.get(path).get_json()["counts"]["undone"] == 1
    assert chu.get("/accounts?text=aubert").get_json()["items"] == []


def test_wb_019_a_file_is_read_of_whoever_may_bring_one(sqlite_office: Opened) -> None:
    audit = program(sqlite_office, Held(Role.AUDITOR), ("sceau.read", "sceau.write"))
    # What they send is not even looked at.
    assert problem(audit.call("POST", "/imports", {"a": 1})) == "not-allowed"
    region = program(sqlite_office, Held(Role.REGION), ("sceau.read", "sceau.write"))
    assert problem(region.call("POST", "/imports", {"a": 1})) == "media-type"
    assert problem(region.call("POST", "/imports", raw=b"a;b", **FILE)) == "unfit"
    assert region.get("/imports").get_json()["items"] == []


def test_wb_018_a_table_of_accounts_is_taken_away_within_the_perimeter(
    office: Opened, chu: Program, region: Program
) -> None:
    formula = {"population": "staff", "last_name": "=1+1", "first_name": "Éva"}
    region.call("POST", "/accounts", formula | {"establishments": [CHU]})
    taken = chu.get("/accounts/export?population=staff")
    assert taken.mimetype == "text/csv"
    assert '"\'=1+1"' in taken.text
    assert CLINIC not in chu.get("/accounts/export").text
    assert len(office.world.events("accounts.exported")) == 2
    clerk = program(office, Held(Role.HELP_DESK), ("sceau.read",))
    assert problem(clerk.get("/accounts/export")) == "not-allowed"
