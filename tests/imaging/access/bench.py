# SPDX-License-Identifier: Apache-2.0
"""A desk to which images come that say of whom they are, wrongly or not."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from imaging_app.access.indexed import Indexed
from imaging_app.access.opening import open_access
from imaging_app.access.putting import Compared, Doubt, Putting
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.exams.index import REPORTED, Wanted
from imaging_app.exams.opening import Exams, open_exams
from imaging_app.exams.values import Origin
from imaging_app.settings import Settings
from tests.imaging.cast import GARANCE, LUCIEN, TILLEULS, VAL
from tests.imaging.dicom_files import image, written

STUDY = "1.2.3.4.1"


@dataclass
class Bench:
    """A desk over a store, with the files of two people."""

    db: Any
    exams: Exams
    putting: Putting
    who: Visitor
    files: dict[str, str]

    def bring(self, number: int = 0, establishment: str = TILLEULS, **changes: Any) -> Any:
        """An image that says that it is of Agnès Durand, and names Garance's file."""
        told = {"PatientID": "G-1", "SOPInstanceUID": f"{STUDY}.1.{number}", "InstanceNumber": 1}
        origin = Origin(establishment, "agent", f"IM{number}")
        return self.exams.ingest.take([written(image(**(told | changes)))], origin)

    def waiting(self) -> list[str]:
        with self.db.read() as tx:
            return sorted(one.id for one in self.exams.aside.waiting(tx, TILLEULS)[0])

    def look(self, one: str | None = None) -> Doubt | None:
        return self.putting.look(self.who, one or self.waiting()[0])

    def asked(self, whose: str, one: str | None = None) -> Compared:
        doubt = self.look(one)
        assert doubt is not None
        with self.db.read() as tx:
            file = self.exams.files.one(tx, self.files[whose])
            patient = self.putting._patients.find(tx, file.patient)
        return Compared(doubt, file, patient)

    def put(self, whose: str, one: str | None = None) -> Any:
        asked = self.asked(whose, one)
        return self.putting.put(self.who, asked, asked.mark)

    def lately(self) -> list[Any]:
        with self.db.read() as tx:
            return self.exams.aside.put_lately(tx, TILLEULS)

    def back(self) -> Any:
        [one] = self.lately()
        return self.putting.take_back(self.who, one.id)

    def exam(self) -> Any:
        with self.db.read() as tx:
            return self.exams.index.by_uid(tx, STUDY, TILLEULS)

    def versions(self, up_to: int | None = None) -> list[int]:
        with self.db.read() as tx:
            reports = self.exams.reports.of(tx, self.exam().id, up_to)
        return [one.version for one in reports]

    def new(self) -> list[int]:
        """The last version, as whoever asks what is new finds it."""
        with self.db.read() as tx:
            return list(tx.execute(select(REPORTED.c.version)).scalars())

    def listed(self) -> list[str]:
        """The exams that have a report."""
        with self.db.read() as tx:
            wanted = Wanted(establishment=TILLEULS, reported=True)
            return [one.id for one in self.exams.index.exams(tx, wanted)[0]]

    def kept(self) -> set[str]:
        return {one.image for one in self.exams.store.places()}

    def traced(self) -> list[tuple[str, str]]:
        with self.db.read() as tx:
            return [
                tuple(row)
                for row in tx.exec_driver_sql(
                    "SELECT action, outcome FROM trace WHERE action LIKE 'file.%%' ORDER BY seq"
                    if tx.dialect.name == "postgresql"
                    else "SELECT action, outcome FROM trace WHERE action LIKE 'file.%' ORDER BY seq"
                ).all()
            ]


def open_bench(db, store, door, keys, time) -> Bench:
    exams = open_exams(db, keys, time, store, door)
    settings = Settings(data=Path("/nowhere"))
    access = open_access(db, keys, time, settings, Indexed(exams.index), REPORTED)
    with db.write() as tx:
        files = {
            "garance": exams.files.of(tx, TILLEULS, "G-1", GARANCE),
            "lucien": exams.files.of(tx, TILLEULS, "L-1", LUCIEN),
            "foreign": exams.files.of(tx, VAL, "G-9", GARANCE),
        }
    who = Visitor(
        kind=Kind.STAFF,
        subject="agent",
        session="s",
        name="Agent",
        establishment=TILLEULS,
        level=2,
        auth_at=time(),
    )
    return Bench(db, exams, Putting(db, access.doors, access.patients, exams), who, files)
