# SPDX-License-Identifier: Apache-2.0
"""The demo's exams on their way into the portal: beside its start, with progress, once."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from imaging_app.db import Database
from imaging_app.demo.cast import EXAMS, Sent
from imaging_app.demo.drawing import draw
from imaging_app.demo.objects import uid
from imaging_app.demo.series import FULL, Size
from imaging_app.exams.index import Index
from imaging_app.exams.ingest import Arrival, Ingest
from imaging_app.exams.values import Fate, Origin

BATCH: Final = 16
BY: Final = "démonstration"


@dataclass(slots=True)
class Progress:
    """How many exams are whole, of how many."""

    done: int = 0
    of: int = len(EXAMS)
    files: int = 0

    @property
    def ready(self) -> bool:
        """Whether everything is there."""
        return self.done == self.of


class Filling:
    """Draws what is not there yet and takes it in like anybody's files."""

    def __init__(self, database: Database, ingest: Ingest, index: Index, size: Size = FULL) -> None:
        self._database = database
        self._ingest = ingest
        self._index = index
        self._size = size
        self._stop = threading.Event()
        self.progress = Progress()

    def start(self) -> threading.Thread:
        """In a thread of its own: the pages open meanwhile."""
        thread = threading.Thread(target=self.run, name="demo exams", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Soon; what is half done is done again at the next start."""
        self._stop.set()

    def run(self) -> None:
        """Those that are quick to draw first."""
        try:
            for sent in sorted(EXAMS, key=lambda one: one.draw.__name__ == "scanner"):
                if self._stop.is_set():
                    return
                if not self._is_there(sent):
                    self._take(sent)
                self.progress.done += not self._stop.is_set()
        finally:
            self._database.forget()

    def _is_there(self, sent: Sent) -> bool:
        with self._database.read() as tx:
            exam = self._index.by_uid(tx, uid(sent.visit.key))
            return exam is not None and exam.images == sent.count(self._size)

    def _take(self, sent: Sent) -> None:
        files = draw(sent, self._size)
        while batch := list(islice(self._arrivals(sent, files), BATCH)):
            outcomes = self._ingest.commit(batch)
            self.progress.files += sum(one.fate is Fate.KEPT for one in outcomes)

    def _arrivals(self, sent: Sent, files: Iterator[bytes]) -> Iterator[Arrival]:
        origin = Origin(sent.establishment, BY, sent.visit.accession)
        for content in files:
            if self._stop.is_set():
                return
            found = self._ingest.receive([content], origin)
            if isinstance(found, Arrival):
                yield found
