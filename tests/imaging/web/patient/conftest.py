# SPDX-License-Identifier: Apache-2.0
"""Gaëtan's space over what the demo has filled, and what others do to it behind the pages."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from imaging_app.access.visitor import Kind, Visitor
from imaging_app.exams.index import Wanted
from imaging_app.exams.values import Exam
from imaging_app.opening import Rooms
from tests.imaging.web.conftest import CHU, Scene
from tests.imaging.web.conftest import Visitor as Browser

RPPS = {"doctor": "10101234567", "nurse": "10101234568", "neurologist": "10101234569"}
NAMES = {"doctor": "Claire Durand", "nurse": "Marie Infirmier", "neurologist": "Jean Œuvrard"}
WHY = "Patient inconscient aux urgences"


@dataclass
class Space:
    """One patient's, and the rooms behind."""

    scene: Scene
    patient: str = field(init=False)
    other: str = field(init=False)

    def __post_init__(self) -> None:
        with self.rooms.database.read() as tx:
            patients = self.rooms.access.patients
            mine, others = (patients.of_subject(tx, f"sub-{one}") for one in ("patient", "other"))
        assert mine
        assert others
        self.patient, self.other = mine.id, others.id

    @property
    def rooms(self) -> Rooms:
        """Behind the pages."""
        return self.scene.rooms

    def inside(self, who: str = "patient", level: int = 2) -> Browser:
        """A browser in which they are logged in."""
        return self.scene.inside(who, level=level)

    def exams(self, patient: str | None = None) -> list[Exam]:
        """All of somebody's, the newest first."""
        with self.rooms.database.read() as tx:
            return self.rooms.exams.index.exams(tx, Wanted(patient=patient or self.patient))[0]

    def tell(self, exam: str, patient: str | None = None) -> None:
        """A result is told."""
        with self.rooms.database.write() as tx:
            owner = patient or self.patient
            by = (RPPS["doctor"], NAMES["doctor"])
            version = max((one.version for one in self.rooms.exams.reports.of(tx, exam)), default=0)
            assert self.rooms.access.results.tell(tx, exam, owner, *by, version)

    def professional(self, name: str = "doctor", **more: Any) -> Visitor:
        """Somebody as the doors take them."""
        return Visitor(
            kind=Kind.PROFESSIONAL,
            subject=f"sub-{name}",
            session=f"session-{name}",
            name=NAMES[name],
            rpps=RPPS[name],
            profession="Médecin",
            establishment=CHU["finess"],
            level=2,
            auth_at=self.scene.time(),
            address="192.0.2.1",
            **more,
        )

    def does(self, verb: Any, *asked: Any, **more: Any) -> Any:
        """A verb in a transaction of its own."""
        with self.rooms.database.write() as tx:
            return verb(tx, *asked, **more)

    def post(self, browser: Browser, path: str, **typed: str) -> Any:
        """A form that is sent as the page sends it."""
        return browser.post(path, {"form_token": browser.form_token(), **typed})


@pytest.fixture
def space(filled: Scene) -> Space:
    return Space(filled)
