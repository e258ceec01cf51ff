# SPDX-License-Identifier: Apache-2.0
"""The filled portal with what these pages are about: codes, names, exams by their titles."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from imaging_app.access.grants import Why
from imaging_app.consents.consent import Channel, State
from imaging_app.db import table_of
from imaging_app.demo.cast import CLINIC, HOSPITAL
from imaging_app.exams.index import Wanted
from imaging_app.exams.values import Exam
from imaging_app.sharing.codes import Issued, Scope
from imaging_app.trace.models import TraceRow
from tests.imaging.filled import NUMBERS
from tests.imaging.web.conftest import PEOPLE, Scene, Visitor

rows_of = table_of(TraceRow)
DOCTOR, NURSE, NEUROLOGIST = (one[1:] for one in NUMBERS.values())
MIDWIFE = str(PEOPLE["midwife"]["SubjectNameID"])[1:]
HOSPITAL_ID, CLINIC_ID = HOSPITAL[0], CLINIC[0]


@dataclass
class Desk:
    """The scene, and whom it is about."""

    scene: Scene

    @property
    def rooms(self) -> Any:
        return self.scene.rooms

    def patient(self, account: str) -> str:
        """Whose account it is."""
        with self.rooms.database.read() as tx:
            found = self.rooms.access.patients.of_subject(tx, f"sub-{account}")
        assert found is not None
        return found.id

    def file(self, establishment: str, number: str) -> Any:
        """A file by its number."""
        with self.rooms.database.read() as tx:
            return self.rooms.exams.files.find(tx, establishment, number)

    def exams(self, patient: str) -> dict[str, Exam]:
        """A patient's exams by their titles."""
        with self.rooms.database.read() as tx:
            found, _more = self.rooms.exams.index.exams(tx, Wanted(patient=patient))
        return {one.description: one for one in found}

    def issue(self, scope: Scope, **how: Any) -> Issued:
        """A code."""
        with self.rooms.database.write() as tx:
            issued = self.rooms.access.codes.issue(tx, scope, by="desk", **how)
        assert issued is not None
        return issued

    def revoke(self, code: Issued, patient: str) -> None:
        """It opens nothing any more."""
        with self.rooms.database.write() as tx:
            assert self.rooms.access.codes.revoke(tx, code.id, patient=patient)
            self.rooms.access.grants.end_codes(tx, [code.id], Why.REVOKED)

    def block(self, patient: str, rpps: str) -> None:
        """The patient keeps somebody out."""
        with self.rooms.database.write() as tx:
            assert self.rooms.access.blocks.block(tx, patient, rpps)

    def oppose(self, patient: str) -> None:
        """The patient opposes emergency access."""
        with self.rooms.database.write() as tx:
            assert self.rooms.access.patients.oppose_emergency(tx, patient, opposes=True)

    def withdraw(self, patient: str, establishment: str) -> None:
        """The patient shares no more what it has."""
        with self.rooms.database.write() as tx:
            assert self.rooms.access.consents.say(
                tx,
                patient=patient,
                establishment=establishment,
                state=State.WITHDRAWN,
                channel=Channel.ONLINE,
                by_subject="sub",
                by_name="Somebody",
                text_version="1",
            )

    def trace(self) -> list[tuple[str, str, bool]]:
        """What was done: action, outcome, and whether it was flagged."""
        with self.rooms.database.read() as tx:
            rows = tx.execute(select(rows_of).order_by(rows_of.c.seq)).all()
        return [(row.action, row.outcome, bool(row.emergency)) for row in rows]


def submit(browser: Visitor, path: str, **fields: str) -> Any:
    """A form of that person's."""
    return browser.post(path, {"form_token": browser.form_token(), **fields})


def say_motive(browser: Visitor, patient: str) -> None:
    """Why they open it."""
    path = f"/professional/patients/{patient}/motive"
    assert submit(browser, path, motive="consultation").status_code == 303


@pytest.fixture
def desk(filled: Scene) -> Desk:
    return Desk(filled)
