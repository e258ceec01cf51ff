# SPDX-License-Identifier: Apache-2.0
"""Everything about exams, opened once: for the pages, for commands, for the demo."""

from dataclasses import dataclass

from imaging_app.clock import Now
from imaging_app.crypto import Keys
from imaging_app.db import Database
from imaging_app.dicom.door import Door
from imaging_app.exams.aside import Aside
from imaging_app.exams.deciding import Decisions
from imaging_app.exams.importing import Imports
from imaging_app.exams.index import Index
from imaging_app.exams.ingest import Ingest
from imaging_app.exams.pictures import Pictures
from imaging_app.exams.reports import Reports
from imaging_app.people.files import Files
from imaging_app.store.behind import Behind
from imaging_app.store.port import Store


@dataclass(frozen=True, slots=True)
class Exams:
    """The services, side by side."""

    store: Store
    door: Door
    index: Index
    ingest: Ingest
    imports: Imports
    aside: Aside
    decisions: Decisions
    reports: Reports
    pictures: Pictures
    files: Files

    def close(self) -> None:
        """End the children that read files, and the talk with a PACS."""
        self.door.close()
        if isinstance(self.store, Behind):
            self.store.close()


def open_exams(
    database: Database, keys: Keys, now: Now, store: Store, door: Door | None = None
) -> Exams:
    """Over this store."""
    door = door or Door()
    files = Files(keys, now)
    ingest = Ingest(database, store, door, files, now)
    aside = Aside(now)
    return Exams(
        store,
        door,
        Index(),
        ingest,
        Imports(database, ingest, now),
        aside,
        Decisions(database, store, ingest, aside),
        Reports(now),
        Pictures(store, door),
        files,
    )
