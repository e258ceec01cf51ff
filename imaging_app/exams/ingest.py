# SPDX-License-Identifier: Apache-2.0
"""The way in: bytes are received, read in a child, judged, and kept, set aside, or refused.

A batch is one transaction: what it says is kept is on the disk and in the index; after a fault it
is in neither.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imaging_app.clock import Now
from imaging_app.db import Database, Tx, take_turn
from imaging_app.dicom.door import Door
from imaging_app.dicom.limits import USUAL
from imaging_app.dicom.values import Reading, Reason, Refused
from imaging_app.exams.aside import Aside
from imaging_app.exams.checking import is_known
from imaging_app.exams.judging import Contradicts, Judge, Same
from imaging_app.exams.reports import Reports
from imaging_app.exams.values import Fate, Origin, Outcome
from imaging_app.people.files import Files
from imaging_app.store.port import Parcel, Place, Store, Trouble

# No word about the file: it may come again.
OURS: Final = {Reason.BUSY}


class NoRoom(Exception):
    """The store is full: the batch is taken back."""


class StaysOut(Exception):
    """What somebody wanted to have kept may not be: the batch is taken back."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A parcel that has been read."""

    parcel: Parcel
    found: Reading | Refused
    origin: Origin


@dataclass(frozen=True, slots=True)
class Missed:
    """A file of which there is nothing but its place."""

    place: bytes
    origin: Origin
    reason: str
    detail: str = ""


class Ingest:
    """Takes files in; safe for many threads and processes."""

    def __init__(
        self, database: Database, store: Store, door: Door, files: Files, now: Now
    ) -> None:
        self._database = database
        self._store = store
        self._door = door
        self._judge = Judge(files, now)
        self._aside = Aside(now)
        self._reports = Reports(now)

    def take(self, blocks: Iterable[bytes], origin: Origin) -> Outcome:
        """One file by its bytes."""
        arrival = self.receive(blocks, origin)
        return arrival if isinstance(arrival, Outcome) else self.commit([arrival])[0]

    def receive(
        self, blocks: Iterable[bytes], origin: Origin, *, alone: bool = False
    ) -> Arrival | Outcome:
        """Take the bytes in and read them; nothing of it is in the index yet."""
        parcel = self.arrive(blocks)
        return parcel if isinstance(parcel, Outcome) else self.read(parcel, origin, alone=alone)

    def arrive(self, blocks: Iterable[bytes]) -> Parcel | Outcome:
        """The first half: its bytes, which wait to be read."""
        parcel = self._store.receive(blocks, USUAL.file)
        return Outcome(Fate.REFUSED, parcel.value) if isinstance(parcel, Trouble) else parcel

    def read(self, parcel: Parcel, origin: Origin, *, alone: bool = False) -> Arrival | Outcome:
        """The second half; it asks the door, and no database.

        `alone`: by a process that reads no other of its establishment's.
        """
        try:
            found = self._door.read(parcel.path, "" if alone else origin.establishment)
        except BaseException:
            self._store.discard(parcel)
            raise
        if isinstance(found, Refused) and found.reason in OURS:
            self._store.discard(parcel)
            return Outcome(Fate.REFUSED, found.reason.value)
        return Arrival(parcel, found, origin)

    def commit(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """Judge and write a batch, whole or not at all; in the order of what came."""
        try:
            with self._database.write() as tx:
                return self.write(tx, arrivals)
        except NoRoom:
            return [Outcome(Fate.REFUSED, Trouble.NO_ROOM.value) for _one in arrivals]
        finally:
            for one in arrivals:
                self._store.discard(one.parcel)

    def discard(self, arrival: Arrival) -> None:
        """Forget what was received."""
        self.drop(arrival.parcel)

    def drop(self, parcel: Parcel) -> None:
        """The same of what was not read yet."""
        self._store.discard(parcel)

    def write(self, tx: Tx, arrivals: Sequence[Arrival], into: str = "") -> list[Outcome]:
        """The same in a transaction of the caller's; NoRoom takes it back.

        `into`: the file in which somebody wants all of them, or none (StaysOut).
        """
        # Two who send parts of one exam at once: what one looked at is still so when it writes.
        take_turn(tx, "exams")
        kept: list[Place] = []
        try:
            outcomes = [self._one(tx, one, kept, into) for one in arrivals]
            for exam in dict.fromkeys(o.exam for o in outcomes if o.fate is Fate.KEPT):
                self._judge.count(tx, exam)
        except BaseException:
            # Still in our turn: nobody else has counted on them, or does.
            for place in kept:
                self._store.take_back(place)
            raise
        return outcomes

    def count(self, tx: Tx, exam: str) -> None:
        """Bring an exam's numbers up to what is there, after something was taken out of it."""
        self._judge.count(tx, exam)

    def tell(self, tx: Tx, missed: Missed) -> Outcome:
        """Write down that a file was there, though there are no bytes to decide about."""
        # By its place it is one thing to decide, however often the folder is taken in.
        parcel = Parcel(Path(), 0, hashlib.sha256(missed.place).hexdigest())
        self._aside.note(tx, parcel, missed.origin, missed.reason, missed.detail, None)
        return Outcome(Fate.ASIDE, missed.reason)

    def _one(self, tx: Tx, arrival: Arrival, kept: list[Place], into: str) -> Outcome:
        parcel, found, origin = arrival.parcel, arrival.found, arrival.origin
        if isinstance(found, Refused):
            return self._put_aside(tx, arrival, found.reason.value, found.detail)
        verdict = self._judge.judge(tx, found, parcel, origin.establishment, into)
        if isinstance(verdict, Same):
            return Outcome(Fate.KNOWN, "", verdict.exam, found.image.uid, parcel.size)
        if isinstance(verdict, Contradicts):
            if into:
                raise StaysOut(verdict.reason)
            return self._put_aside(tx, arrival, verdict.reason, verdict.detail)
        place = Place(found.study.uid, found.series.uid, found.image.uid, parcel.digest)
        # What another establishment holds stays, whatever becomes of this batch.
        is_new = not is_known(tx, place)
        if self._store.keep(parcel, place) is not None:
            raise NoRoom
        if is_new:
            kept.append(place)
        exam = self._judge.write(tx, found, parcel, verdict, origin.establishment)
        if found.image.document == "application/pdf":
            self._reports.wrapped(tx, exam, found, parcel, origin.by)
        return Outcome(Fate.KEPT, "", exam, found.image.uid, parcel.size)

    def _put_aside(self, tx: Tx, arrival: Arrival, reason: str, detail: str) -> Outcome:
        found = arrival.found if isinstance(arrival.found, Reading) else None
        if self._store.set_aside(arrival.parcel) is not None:
            raise NoRoom
        self._aside.note(tx, arrival.parcel, arrival.origin, reason, detail, found)
        image = found.image.uid if found else ""
        return Outcome(Fate.ASIDE, reason, "", image, arrival.parcel.size)
