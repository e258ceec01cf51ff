# SPDX-License-Identifier: Apache-2.0
"""Images of which it was in doubt whose they are: put into a file by somebody who compared both.

A decision is of one exam: all that its files say alike is put at once, or nothing. It can be taken
back: the images are set aside again, as they came.
"""

import hashlib
import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Final

from imaging_app.access.actions import Action, file
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.doors import Doors
from imaging_app.access.visitor import Visitor
from imaging_app.consents.marks import bump
from imaging_app.db import Database, Tx, take_turn
from imaging_app.dicom.values import Reading, Study
from imaging_app.dicom.values import Traits as Told
from imaging_app.exams.aside import DOUBTFUL, SetAside
from imaging_app.exams.checking import drop_unknown
from imaging_app.exams.ingest import Arrival, NoRoom, StaysOut
from imaging_app.exams.judging import traits_of
from imaging_app.exams.opening import Exams
from imaging_app.exams.values import Exam, Fate, Image, Origin
from imaging_app.people.files import File
from imaging_app.people.patients import Patient, Patients
from imaging_app.people.traits import Traits, differences
from imaging_app.store.embedded import blocks_of
from imaging_app.store.port import Parcel, Trouble

# Each is read by a process of its own, then put in place while the trace waits: what is left after
# so many is put by the next decision.
MOST: Final = 100
NO_ROOM, STAYS_OUT = "no-room", "stays-out"


class Changed(Exception):
    """Something is not any more as somebody saw it: the decision is taken back."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A file that waits, and what it says of itself."""

    one: SetAside
    told: Told
    study: Study
    # Those of its exam that wait beside it, whatever they say.
    beside: int
    # Where the exam is here already.
    exam: Exam | None

    @property
    def traits(self) -> Traits:
        """Who it says that it is about."""
        return traits_of(self.told)

    @property
    def is_too_many(self) -> bool:
        """Whether one decision leaves some of its exam waiting."""
        return self.beside >= MOST


@dataclass(frozen=True, slots=True)
class Compared:
    """Both sides of the question: what the images say, and the file that somebody chose."""

    doubt: Doubt
    file: File
    patient: Patient

    @property
    def differs(self) -> tuple[str, ...]:
        """By which traits they can't be one person."""
        return differences(self.patient.traits, self.doubt.traits)

    @property
    def mark(self) -> str:
        """Of all that was shown: whoever says yes says it to this."""
        return mark_of(self.doubt, self.file, self.patient.traits)


def mark_of(doubt: Doubt, chosen: File, traits: Traits) -> str:
    """The same for what is known by now."""
    shown = [doubt.one.id, asdict(doubt.told), asdict(chosen), asdict(traits)]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


class Putting:
    """The verbs; each has transactions of its own, since files are read in between."""

    def __init__(self, database: Database, doors: Doors, patients: Patients, exams: Exams) -> None:
        self._database = database
        self._doors = doors
        self._patients = patients
        self._exams = exams

    def look(self, who: Visitor, one: str) -> Doubt | None:
        """What waits at an establishment and says of itself; None where there is nothing to put."""
        aside = self._exams.aside
        with self._database.read() as tx:
            found = aside.one(tx, one, who.establishment)
        path = self._exams.store.aside(found.digest) if found else None
        if found is None or found.reason not in DOUBTFUL or path is None:
            return None
        read = self._exams.door.read(path)
        if not isinstance(read, Reading):
            return None
        with self._database.read() as tx:
            exam = self._exams.index.by_uid(tx, found.study, who.establishment)
            beside = len(aside.doubtful(tx, found.study, who.establishment, MOST + 1)) - 1
        return Doubt(found, read.traits, read.study, beside, exam)

    def put(self, who: Visitor, asked: Compared, mark: str) -> int | str | Refused:
        """How many are in the file now; why none of them is."""
        doubt, aside = asked.doubt, self._exams.aside
        with self._database.read() as tx:
            every = aside.doubtful(tx, doubt.one.study, who.establishment, MOST)
        with ExitStack() as held:
            arrivals = [
                (one, arrival)
                for one in [doubt.one, *(it for it in every if it.id != doubt.one.id)][:MOST]
                if (arrival := self._read(held, who, one, doubt.told)) is not None
            ]
            if not arrivals or arrivals[0][0] != doubt.one:
                return Refused(Reason.STATE)
            try:
                with self._database.write() as tx:
                    shut = self._write(tx, who, asked, mark, arrivals)
            except StaysOut:
                return STAYS_OUT
            except NoRoom:
                return NO_ROOM
            except Changed:
                return Refused(Reason.STATE)
        if shut is None:
            for one, _arrival in arrivals:
                self._exams.decisions.forget(one.digest)
        return shut or len(arrivals)

    def _read(self, held: ExitStack, who: Visitor, one: SetAside, told: Told) -> Arrival | None:
        """A copy of it, where it says of its patient what was compared."""
        path = self._exams.store.aside(one.digest)
        if path is None:
            return None
        origin = Origin(who.establishment, who.subject, one.name)
        try:
            # A file that took its reader over must not make others agree with it.
            arrival = self._exams.ingest.receive(blocks_of(path), origin, alone=True)
        except FileNotFoundError:
            # Somebody else has decided about it meanwhile.
            return None
        if not isinstance(arrival, Arrival):
            return None
        held.callback(self._exams.ingest.discard, arrival)
        says = arrival.found.traits if isinstance(arrival.found, Reading) else None
        return arrival if says == told else None

    def _write(
        self,
        tx: Tx,
        who: Visitor,
        asked: Compared,
        mark: str,
        arrivals: Sequence[tuple[SetAside, Arrival]],
    ) -> Refused | None:
        told: dict[str, str | int] = {"study": asked.doubt.one.study, "files": len(arrivals)}
        answer = self._doors.open(tx, who, file(asked.file.id), Action.FILE_PUT, detail=told)
        if isinstance(answer, Refused):
            return answer
        # In the order in which images come in: the exams first, then numbers and identities.
        take_turn(tx, "exams")
        now = self._exams.files.one(tx, asked.file.id)
        patient = self._patients.find(tx, now.patient) if now else None
        if now is None or patient is None or mark_of(asked.doubt, now, patient.traits) != mark:
            raise Changed
        ids = [one.id for one, _arrival in arrivals]
        if not self._exams.aside.put(tx, ids, who.establishment, who.subject):
            raise Changed
        every = [arrival for _one, arrival in arrivals]
        outcomes = self._exams.ingest.write(tx, every, asked.file.id)
        # What came in by itself meanwhile is not taken back with the others.
        known = [one for one, it in zip(ids, outcomes, strict=True) if it.fate is Fate.KNOWN]
        self._exams.aside.took(tx, known)
        return None

    def take_back(self, who: Visitor, one: str) -> int | str | Refused:
        """Set aside again what a decision had put; how many, or why nothing was done."""
        with self._database.read() as tx:
            put = self._exams.aside.put_with(tx, one, who.establishment)
            exam = self._exams.index.by_uid(tx, put[0].study, who.establishment) if put else None
            every = self._exams.index.all_images(tx, exam.id) if exam else []
        known = {(image.uid, image.place.digest): image for image in every}
        images = [known.get((it.image, it.digest)) for it in put]
        found = [image for image in images if image is not None]
        if exam is None or len(found) != len(put):
            return Refused(Reason.STATE)
        with ExitStack() as held:
            try:
                parcels = [self._copy(held, image) for image in found]
                with self._database.write() as tx:
                    shut = self._take_out(tx, who, exam, put, found)
                    if shut is None:
                        self._keep_aside(parcels)
            except NoRoom:
                return NO_ROOM
            except Changed:
                return Refused(Reason.STATE)
        if shut is None:
            for image in found:
                drop_unknown(self._database, self._exams.store, image.place)
        return shut or len(found)

    def _keep_aside(self, parcels: list[Parcel]) -> None:
        for parcel in parcels:
            if self._exams.store.set_aside(parcel) is not None:
                raise NoRoom

    def _copy(self, held: ExitStack, image: Image) -> Parcel:
        """Its bytes once more, as they came; NoRoom where there is none, Changed without them."""
        store = self._exams.store
        try:
            with store.local(image.place) as path:
                parcel = store.receive(blocks_of(path), image.size) if path is not None else None
        except FileNotFoundError as gone:
            # Somebody else has taken it back meanwhile.
            raise Changed from gone
        # What lies elsewhere is copied here first, where there is room.
        is_there = parcel is None and store.digest(image.place) == image.place.digest
        if parcel is Trouble.NO_ROOM or is_there:
            raise NoRoom
        if not isinstance(parcel, Parcel):
            raise Changed
        held.callback(store.discard, parcel)
        if parcel.digest != image.place.digest:
            raise Changed
        return parcel

    def _take_out(
        self, tx: Tx, who: Visitor, exam: Exam, put: list[SetAside], images: list[Image]
    ) -> Refused | None:
        told: dict[str, str | int] = {"exam": exam.id, "files": len(put)}
        answer = self._doors.open(tx, who, file(exam.file), Action.FILE_TAKE_OUT, detail=told)
        if isinstance(answer, Refused):
            return answer
        take_turn(tx, "exams")
        index, uids = self._exams.index, {image.uid for image in images}
        every = index.all_images(tx, exam.id)
        reports = self._exams.reports.of(tx, exam.id)
        owner = index.owner(tx, exam.id)
        are_there = uids <= {image.uid for image in every}
        if owner is None or owner.file != exam.file or not are_there:
            raise Changed
        if not all(self._exams.aside.wait_again(tx, it.id) for it in put):
            raise Changed
        if len(every) == len(uids) and all(one.image for one in reports):
            index.remove(tx, exam.id)
        else:
            self._exams.reports.take_back(tx, exam.id, uids)
            index.take_out(tx, exam.id, uids)
            self._exams.ingest.count(tx, exam.id)
        # Whoever has them open sees them close.
        bump(tx, owner.patient)
        return None
