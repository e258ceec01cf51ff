# SPDX-License-Identifier: Apache-2.0
"""A portal's back room: a store, a way in, an index."""

from dataclasses import dataclass
from pathlib import Path

from imaging_app.db import Database
from imaging_app.dicom.door import Door
from imaging_app.exams.aside import Aside
from imaging_app.exams.deciding import Decisions
from imaging_app.exams.importing import Imports
from imaging_app.exams.index import Index
from imaging_app.exams.ingest import Ingest
from imaging_app.exams.reports import Reports
from imaging_app.exams.values import Origin, Outcome
from imaging_app.people.files import Files
from imaging_app.store.embedded import Folders
from imaging_app.store.port import Store
from tests.imaging.cast import TILLEULS
from tests.imaging.dicom_files import image, written


@dataclass
class Room:
    """What a test works with."""

    db: Database
    store: Store
    door: Door
    ingest: Ingest
    imports: Imports
    index: Index
    aside: Aside
    decisions: Decisions
    reports: Reports
    folder: Path
    files: Files

    def take(
        self, content: bytes | None = None, establishment: str = TILLEULS, **changes
    ) -> Outcome:
        """One file, by its bytes."""
        found = written(image(**changes)) if content is None else content
        return self.ingest.take([found], Origin(establishment, "agent", "IM0001"))

    def exam(self, outcome: Outcome):
        """The exam that a file came into."""
        with self.db.read() as tx:
            return self.index.exam(tx, outcome.exam)

    def waiting(self, establishment: str = TILLEULS):
        """What was set aside there."""
        with self.db.read() as tx:
            return self.aside.waiting(tx, establishment)[0]

    def count(self, table: str) -> int:
        """Rows of a table."""
        with self.db.read() as tx:
            return tx.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()


def open_room(portal_db, door, keys, time, tmp_path, store: Store | None = None) -> Room:
    """All of it, over a database; in folders where no other store is handed in."""
    store = store or Folders(tmp_path / "store")
    files = Files(keys, time)
    ingest = Ingest(portal_db, store, door, files, time)
    aside = Aside(time)
    return Room(
        portal_db,
        store,
        door,
        ingest,
        Imports(portal_db, ingest, time, batch=4),
        Index(),
        aside,
        Decisions(portal_db, store, ingest, aside),
        Reports(time),
        tmp_path,
        files,
    )
