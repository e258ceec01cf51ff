# SPDX-License-Identifier: Apache-2.0
"""An exam, or one series of it, as somebody takes it away: files in a folder with a DICOMDIR.

Whoever asks holds a passage already.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from imaging_app.db import Tx
from imaging_app.dicom.directory import About, Filed, Listed, value_of, write_directory
from imaging_app.exams.index import Index
from imaging_app.exams.values import Exam, Image, Series
from imaging_app.exams.zipping import Changed, Entry, Zip
from imaging_app.store.port import Place, Store

FOLDER: Final = "IMAGES"
# PS3.3 §10.2, §7.1: how a patient and an exam are called in the file itself.
PATIENT_NAME, PATIENT_NUMBER, STUDY_NUMBER = "00100010", "00100020", "00200010"


@dataclass(frozen=True, slots=True)
class Part:
    """One series and its images."""

    series: Series
    images: Sequence[Image]


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
    index: Index, tx: Tx, exam: str, series: str = "", without: frozenset[str] = frozenset()
) -> Taken | None:
    """What there is of it; None where it is nothing. `without`: images that stay here."""
    found = index.exam(tx, exam)
    wanted = [one for one in index.series(tx, exam) if series in {"", one.uid}]
    parts = [
        Part(one, [each for each in index.images(tx, exam, one.uid) if each.uid not in without])
        for one in wanted
    ]
    parts = [one for one in parts if one.images]
    if found is None or not parts:
        return None
    first = next(index.facts(tx, exam, parts[0].series.uid))
    return Taken(found, parts, first)


def pack(taken: Taken, store: Store) -> Zip:
    """It as a zip that reads the store as it goes."""
    entries, listed, number = list[Entry](), list[Listed](), 0
    for part in taken.parts:
        files = []
        for image in part.images:
            number += 1
            # PS3.10 §8.2: eight letters, digits or lines, and no ending.
            path = (FOLDER, f"{number:08d}")
            files.append(_filed(image, path))
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


def _filed(image: Image, path: tuple[str, ...]) -> Filed:
    return Filed(
        path,
        image.uid,
        image.kind,
        image.syntax,
        image.number,
        image.document,
        is_image=bool(image.rows),
    )


def _about(taken: Taken) -> About:
    told, exam = json.loads(taken.first), taken.exam
    return About(
        patient_number=value_of(told, PATIENT_NUMBER),
        patient_name=value_of(told, PATIENT_NAME),
        study=exam.uid,
        study_number=value_of(told, STUDY_NUMBER),
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
