# SPDX-License-Identifier: Apache-2.0
"""The demo's exams on their way into the portal: beside its start, with progress, once."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final

from imaging_app.db import Database
from imaging_app.demo.cast import PLAN, Sent, exams
from imaging_app.demo.drawing import draw
from imaging_app.demo.objects import TEST_OID, Somebody, uid
from imaging_app.demo.series import FULL, Size
from imaging_app.exams.checking import drop_unknown
from imaging_app.exams.ingest import Arrival
from imaging_app.exams.opening import Exams
from imaging_app.exams.values import Fate, Origin
from imaging_app.people.traits import QUALIFIED, Ins, Traits, read_date

BATCH: Final = 16
BY: Final = "démonstration"


@dataclass(slots=True)
class Progress:
    """How many exams are whole, of how many."""

    done: int = 0
    of: int = len(PLAN)
    files: int = 0

    @property
    def ready(self) -> bool:
        """Whether everything is there."""
        return self.done == self.of


class Filling:
    """Draws what is not there yet and takes it in like anybody's files."""

    def __init__(self, database: Database, opened: Exams, today: date, size: Size = FULL) -> None:
        self._database = database
        self._ingest = opened.ingest
        self._index = opened.index
        self._store = opened.store
        self._files = opened.files
        self._today = today
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
        """One exam after the other."""
        try:
            for sent in exams(self._today):
                if self._stop.is_set():
                    return
                if not self._is_there(sent):
                    self._take(sent)
                self.progress.done += not self._stop.is_set()
        finally:
            self._database.forget()

    def _is_there(self, sent: Sent) -> bool:
        """Whether it is whole; what was begun another day is begun again."""
        with self._database.write() as tx:
            exam = self._index.by_uid(tx, uid(sent.visit.key), sent.establishment)
            if exam is None or exam.images == sent.count(self._size):
                return exam is not None
            places = self._index.remove(tx, exam.id)
        for place in places:
            drop_unknown(self._database, self._store, place)
        return False

    def _take(self, sent: Sent) -> None:
        # At the desk, before the exam: who it is is qualified there, and never by a file.
        somebody = sent.visit.somebody
        with self._database.write() as tx:
            self._files.of(tx, sent.establishment, somebody.number, traits_of(somebody))
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


def traits_of(somebody: Somebody) -> Traits:
    """Somebody as a desk knows them."""
    family, given = somebody.name.split("^")
    return Traits(
        birth_name=family,
        first_names=(given,),
        birth_date=read_date(somebody.birth_date) or "",
        sex=somebody.sex,
        ins=Ins(somebody.national, TEST_OID, QUALIFIED) if somebody.national else None,
    )
