# SPDX-License-Identifier: Apache-2.0
"""Exams of the demo, by what they are called, and what is done with them."""

from dataclasses import replace
from typing import Any

import pytest

from imaging_app.access.motives import Motive
from imaging_app.exams.index import Wanted
from tests.imaging.web.conftest import Scene

GAETAN, OTHER = "sub-patient", "sub-other"


class Ward:
    """The filled portal, its exams by the beginning of their names."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.rooms = scene.rooms

    def patient(self, subject: str = GAETAN) -> str:
        """The patient of an account."""
        with self.rooms.database.read() as tx:
            return self.rooms.access.patients.of_subject(tx, subject).id

    def exam(self, title: str = "Scanner", subject: str = GAETAN) -> str:
        """One of their exams."""
        with self.rooms.database.read() as tx:
            found, _more = self.rooms.exams.index.exams(tx, Wanted(patient=self.patient(subject)))
        return next(one.id for one in found if one.description.startswith(title))

    def find(self, title: str) -> str:
        """An exam by the beginning of its name, whoever's."""
        with self.rooms.database.read() as tx:
            rows = tx.exec_driver_sql("SELECT id, description FROM exams").all()
        return next(one.id for one in rows if one.description.startswith(title))

    def series(self, exam: str) -> list[Any]:
        """Its series."""
        with self.rooms.database.read() as tx:
            return self.rooms.exams.index.series(tx, exam)

    def images(self, exam: str, series: str) -> list[Any]:
        """A series' images."""
        with self.rooms.database.read() as tx:
            return self.rooms.exams.index.images(tx, exam, series)

    def comes(self, who: str, level: int = 2, *, motive: bool = True) -> Any:
        """Somebody's browser; a professional has said why."""
        browser = self.scene.inside(who, level)
        if motive:
            self.say_why(who)
        return browser

    def say_why(self, who: str, exam: str = "") -> None:
        """The motive of the day, for a patient of ours or that of an exam."""
        rpps = {"doctor": "10101234567", "nurse": "10101234568", "neurologist": "10101234569"}
        if who in rpps:
            with self.rooms.database.write() as tx:
                owner = self.rooms.exams.index.owner(tx, exam) if exam else None
                patient = owner.patient if owner else self.patient()
                self.rooms.access.motives.give(tx, rpps[who], patient, Motive.CONSULTATION)

    def tell(self, exam: str) -> None:
        """A professional has told the patient of its result."""
        with self.rooms.database.write() as tx:
            last = self.rooms.exams.reports.of(tx, exam)[:1]
            version = last[0].version if last else 0
            self.rooms.access.results.tell(
                tx, exam, self.patient(), "10101234567", "Dr Durand", version
            )

    def patients_download(self) -> None:
        """An operator lets patients take their exams away."""
        doors = self.rooms.access.doors
        doors._rules = replace(doors._rules, patient_downloads=True)

    def rows(self, action: str) -> list[Any]:
        """The trace's rows of an action."""
        with self.rooms.database.read() as tx:
            return tx.exec_driver_sql(
                f"SELECT * FROM trace WHERE action = '{action}' ORDER BY seq"
            ).all()


@pytest.fixture
def ward(filled: Scene) -> Ward:
    """The filled portal."""
    return Ward(filled)
