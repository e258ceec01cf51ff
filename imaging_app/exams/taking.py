# SPDX-License-Identifier: Apache-2.0
"""An exam, or one series of it, as somebody takes it away: files in a folder with a DICOMDIR.

Whoever asks holds a passage already.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from imaging_app.db import Tx
from imaging_app.dicom.directory import About, Filed, Listed, write_directory
from imaging_app.dicom.elements import first_of
from imaging_app.dicom.records import Kind, kind_of, told_of
from imaging_app.exams.index import Index
from imaging_app.exams.seen import seen
from imaging_app.exams.untold import NOTHING, Untold
from imaging_app.exams.values import Exam, Image, Series
from imaging_app.exams.zipping import Changed, Entry, Zip
from imaging_app.store.port import Place, Store

FOLDER: Final = "IMAGES"
# PS3.3 §10.2, §7.1: how a patient and an exam are called in the file itself.
PATIENT_NAME, PATIENT_NUMBER, STUDY_NUMBER = "00100010", "00100020", "00200010"


@dataclass(frozen=True, slots=True)
class Other:
    """What a directory says of a file that is no image."""

    kind: Kind
    told: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Part:
    """One series and its images."""

    series: Series
    images: Sequence[Image]
    # Of those that are no images, by their names: under what they stand in a directory.
    others: Mapping[str, Other]


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken away."""

    exam: Exam
    parts: Sequence[Part]
    # DICOM JSON of one of its images.
    first: bytes

    @property
    def count(self) -> int:
        """How many files there are, the directory apart."""
        return sum(len(one.images) for one in self.parts)


def gather(
    index: Index, tx: Tx, exam: str, series: str = "", untold: Untold = NOTHING
) -> Taken | None:
    """What there is of it; None where it is nothing."""
    found = index.exam(tx, exam)
    if found is None:
        return None
    here = seen(index, tx, found, untold)
    wanted = [one for one in here.series if series in {"", one.uid}]
    parts = [_part(index, tx, one, untold) for one in wanted]
    parts = [one for one in parts if one.images]
    if not parts:
        return None
    first = next(index.facts(tx, exam, parts[0].series.uid, untold))
    return Taken(here.exam, parts, first)


def _part(index: Index, tx: Tx, series: Series, untold: Untold) -> Part:
    images = untold.left(index.images(tx, series.exam, series.uid))
    others = {one.uid: _other(index, tx, one) for one in images if not one.rows}
    return Part(series, images, {uid: one for uid, one in others.items() if one is not None})


def _other(index: Index, tx: Tx, image: Image) -> Other | None:
    kind = kind_of(image.kind, image.document)
    facts = index.facts_of_image(tx, image.exam, image.uid) if kind else None
    if kind is None or facts is None:
        return None
    return Other(kind, told_of(kind, json.loads(facts), image.number, image.document))


def pack(taken: Taken, store: Store) -> Zip:
    """It as a zip that reads the store as it goes."""
    entries, listed, number = list[Entry](), list[Listed](), 0
    for part in taken.parts:
        files = []
        for image in part.images:
            number += 1
            # PS3.10 §8.2: eight letters, digits or lines, and no ending.
            path = (FOLDER, f"{number:08d}")
            files.append(_filed(image, path, part.others.get(image.uid)))
            entries.append(Entry("/".join(path), image.size, _Read(store, image.place)))
        listed.append(Listed(part.series.uid, part.series.modality, part.series.number, files))
    directory = write_directory(_about(taken), listed)
    entries.append(Entry("DICOMDIR", len(directory), lambda: iter([directory])))
    return Zip(entries, _day_of(taken.exam))


@dataclass(frozen=True, slots=True)
class _Read:
    """A file's blocks, as often as they are asked for."""

    store: Store
    place: Place

    def __call__(self) -> Iterator[bytes]:
        found = self.store.stream(self.place)
        if found is None:
            raise Changed(self.place.image)
        return found


def _filed(image: Image, path: tuple[str, ...], other: Other | None) -> Filed:
    return Filed(
        path,
        image.uid,
        image.kind,
        image.syntax,
        image.number,
        other.kind if other else None,
        other.told if other else {},
        is_image=bool(image.rows),
    )


def _about(taken: Taken) -> About:
    told, exam = json.loads(taken.first), taken.exam
    return About(
        patient_number=first_of(told, PATIENT_NUMBER),
        patient_name=first_of(told, PATIENT_NAME),
        study=exam.uid,
        study_number=first_of(told, STUDY_NUMBER),
        day=exam.taken_on,
        time=exam.taken_time,
        accession=exam.accession,
        description=exam.description,
    )


def _day_of(exam: Exam) -> date:
    try:
        return datetime.strptime(exam.taken_on, "%Y%m%d").date()  # noqa: DTZ007
    except ValueError:
        return date(1980, 1, 1)
