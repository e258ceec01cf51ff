# SPDX-License-Identifier: Apache-2.0
"""`sceau patients`: the consent desk from a terminal."""

import json
import stat
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from idp.accounts.values import State
from tests.administration.command_kit import commands_of
from tests.administration.kit import CHU, CLINIC, Opened, open_office
from tests.administration.patient_kit import now_of
from tests.world import World

ZOE = ("--last-name", "Lœuvre", "--first-name", "Zoé", "--birth-date", "1984-02-29")


@pytest.fixture
def office(sqlite_world: World) -> Opened:
    return open_office(sqlite_world)


@pytest.fixture
def sceau(office: Opened, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command of the group; its answer, or why it refused."""
    return commands_of("patients", sqlite_url, monkeypatch)


def test_a_patient_from_consent_to_withdrawal_and_back(
    office: Opened, sceau: Any, tmp_path: Path
) -> None:
    made = sceau("add", *ZOE, "--email", "zoe@courriel.example", "--establishment", CHU)
    assert made.startswith("zloeuvre: made, ")
    account = made.split()[-1]
    again = sceau("add", *ZOE, "--email", "z@courriel.example", "--establishment", CLINIC, code=1)
    assert "sceau patients collect" in again
    refused = sceau("add", *ZOE, "--establishment", CLINIC, code=1)
    assert "email: one-needed" in refused
    sceau("collect", "zloeuvre", "1984-02-28", "--establishment", CLINIC, code=1)
    sceau("collect", "zloeuvre", "1984-02-29", "--establishment", CLINIC)
    found = json.loads(sceau("list", "--text", "LŒU", "--json"))
    assert {one["establishment"] for one in found} == {CHU, CLINIC}
    assert len(json.loads(sceau("consents", "zloeuvre", "--json"))) == 2
    paper = tmp_path / "letter.pdf"
    sceau("letter", "zloeuvre", "--output", str(paper))
    assert stat.S_IMODE(paper.stat().st_mode) == 0o600
    document = pypdfium2.PdfDocument(paper)
    assert len(document) == 1
    document.close()
    # Not a second one in its place: the first may not have been handed over.
    printed = len(office.world.events("letter.printed"))
    sceau("letter", "zloeuvre", "--output", str(paper), code=1)
    assert len(office.world.events("letter.printed")) == printed == 1
    sceau("withdraw", "zloeuvre", "--establishment", CHU)
    assert "account disabled" in sceau("withdraw", "zloeuvre", "--establishment", CLINIC)
    assert now_of(office, account).state is State.DISABLED
    sceau("letter", "zloeuvre", "--output", str(tmp_path / "other.pdf"), code=1)
    sceau("renew", "zloeuvre", "--establishment", CHU)
    assert now_of(office, account).state is State.ACTIVE


def test_patients_come_by_file(office: Opened, sceau: Any, tmp_path: Path) -> None:
    file = tmp_path / "patients.csv"
    file.write_text(
        "Nom;Prénom;Date de naissance;E-mail\n"
        "Roy;Ana;01/02/1950;ana@courriel.example\n"
        "Sans;Adresse;01/02/1950;\n"
    )
    tried = sceau("import", str(file), "--establishment", CHU, "--dry-run")
    assert "line 3: email:one-needed" in tried
    assert "create: 1" in tried
    assert not office.world.events("patient.enrolled")
    assert "made: 1" in sceau("import", str(file), "--establishment", CHU)
    assert len(office.world.events("patient.enrolled")) == 1
    file.write_bytes(b"PK\x03\x04")
    assert "no-table" in sceau("import", str(file), "--establishment", CHU, code=1)
