# SPDX-License-Identifier: Apache-2.0
"""A patient's exams as they are listed: those of which the decision is yes, a visit at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from imaging_app.access.actions import Action, exam
from imaging_app.access.decide import Allowed
from imaging_app.access.visitor import Visitor
from imaging_app.clock import DAY
from imaging_app.db import Tx
from imaging_app.exams.index import Wanted
from imaging_app.exams.reports import Report, result_of
from imaging_app.exams.values import Exam
from imaging_app.opening import Rooms
from imaging_app.web.professional.shown import (
    day,
    day_of_exam,
    house,
    kinds,
    moment,
    time_of_exam,
    way_to_result,
)

PAGE: Final = 20
# Of the index's own pages: nobody turns more of them for one list.
MOST_LOOKED: Final = 50
# DICOM PS3.3 C.7.3.1.1.1: documents, reports, key objects, presentation states.
WITHOUT_PICTURES: Final = frozenset({"DOC", "SR", "KO", "PR"})
Keep = Callable[[Exam], bool]


@dataclass(frozen=True, slots=True)
class Line:
    """One exam."""

    id: str
    about: str
    kinds: str
    time: str
    accession: str
    images: int
    # Where it is read; nothing where there is none.
    report: str
    signed: str
    is_new: bool
    # Who told the patient, and when; nothing where nobody did.
    told_by: str
    told_at: str
    # The version that can be told now, 0 of an exam without a report; None where it was told.
    to_tell: int | None
    # Whether what was told is the exam itself, without a report.
    told_bare: bool
    downloads: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """Exams of one day at one establishment."""

    day: str
    house: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """For whom, and what the list is narrowed to."""

    who: Visitor
    wanted: Wanted
    keep: Keep = lambda _exam: True


def visits(tx: Tx, rooms: Rooms, one: Listing, number: int) -> tuple[list[Visit], bool]:
    """A page of them, the newest first, and whether there is another."""
    skipped = PAGE * (number - 1)
    found = list(islice(_allowed(tx, rooms, one), skipped, skipped + PAGE + 1))
    names = rooms.access.professionals.establishments(tx)
    lines = Lines(tx, rooms, one.who, [it.id for it in found])
    grouped: dict[tuple[str, str], list[Line]] = {}
    for it in found[:PAGE]:
        grouped.setdefault((it.taken_on, it.establishment), []).append(lines.line(it))
    page = [
        Visit(day_of_exam(taken_on), house(names, place), tuple(exams))
        for (taken_on, place), exams in grouped.items()
    ]
    return page, len(found) > PAGE


def _allowed(tx: Tx, rooms: Rooms, one: Listing) -> Iterator[Exam]:
    """Exams that would be opened: what would not is not there."""
    for number in range(1, MOST_LOOKED + 1):
        found, more = rooms.exams.index.exams(tx, one.wanted, number)
        kept = [it for it in found if one.keep(it)]
        things = [exam(it.id) for it in kept]
        answers = rooms.access.doors.which(tx, one.who, things, Action.EXAM_OPEN)
        for it, (_thing, answer) in zip(kept, answers, strict=True):
            if isinstance(answer, Allowed):
                yield it
        if not more:
            return


class Lines:
    """How each exam of a page is shown."""

    def __init__(self, tx: Tx, rooms: Rooms, who: Visitor, exams: list[str]) -> None:
        self._tx = tx
        self._rooms = rooms
        self._seen = rooms.access.results.seen_among(tx, who.rpps, exams)
        # Who may download proves once more that it is them: here it is asked whether they may.
        things = [exam(one) for one in exams]
        answers = rooms.access.doors.which_if_proven(tx, who, things, Action.EXAM_DOWNLOAD)
        self._downloads = {one.id for one, may in answers if isinstance(may, Allowed)}

    def line(self, one: Exam) -> Line:
        """One of them."""
        reports = self._rooms.exams.reports.of(self._tx, one.id)
        last = reports[0] if reports else None
        shown = result_of(reports) or last
        told = self._rooms.access.results.told(self._tx, one.id)
        newest = last.version if last else 0
        kind = kinds(one.modalities)
        return Line(
            id=one.id,
            about=one.description or kind,
            kinds=kind if one.description else "",
            time=time_of_exam(one.taken_time),
            accession=one.accession,
            images=self._images(one.id),
            report=way_to_result(one.id, reports),
            signed=day(shown.signed_at) if shown else "",
            is_new=self._is_new(one.id, reports),
            told_by=told.by_name if told else "",
            told_at=moment(told.at) if told else "",
            to_tell=newest if told is None or told.version < newest else None,
            told_bare=told is not None and told.version == 0,
            downloads=one.id in self._downloads,
        )

    def _images(self, name: str) -> int:
        """How many there are to look at: a report that came as an image is none."""
        series = self._rooms.exams.index.series(self._tx, name)
        return sum(one.images for one in series if one.modality not in WITHOUT_PICTURES)

    def _is_new(self, name: str, reports: list[Report]) -> bool:
        if not reports or reports[0].version <= self._seen.get(name, 0):
            return False
        since = self._rooms.settings.rules.new_result_days * DAY
        return max(one.signed_at for one in reports) > self._rooms.now() - since
