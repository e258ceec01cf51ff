# SPDX-License-Identifier: Apache-2.0
"""QIDO-RS (PS3.18 §10.6): studies, the series of one, the images of one of these."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from imaging_app.access.actions import PORTAL, Action, exam
from imaging_app.access.actions import patient as patient_thing
from imaging_app.access.decide import Allowed, Reason, Refused
from imaging_app.access.doors import Passage
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.db import Tx
from imaging_app.dicomweb import describing, problems, query
from imaging_app.dicomweb.accepting import want_json
from imaging_app.dicomweb.asking import Asking
from imaging_app.dicomweb.describing import KIND, Element, Person
from imaging_app.dicomweb.query import Search
from imaging_app.exams.values import Exam

# So many are decided at once: few cost as much as one.
FEWEST, BLOCK = 50, 250
# Each of them is decided: a search that finds more is answered with what was found until then.
MOST_DECIDED: Final = 2_000
NO_CONTENT: Final = 204
STUDY_KEYS: Final = (
    "StudyInstanceUID", "StudyDate", "ModalitiesInStudy", "Modality", "AccessionNumber",
    "PatientID", "IssuerOfPatientID", "PatientName",
)  # fmt: skip


@dataclass(slots=True)
class Found:
    """Exams that may be opened; and of whom a motive is missing."""

    exams: list[str] = field(default_factory=list)
    # By patient, where nothing else stands in the way.
    waiting: set[str] = field(default_factory=set)
    more: bool = False


def add_searching(pages: Blueprint, asking: Asking) -> None:
    """The addresses."""

    @pages.get("/studies")
    def search_studies() -> Response:
        want_json()
        who, search = asking.reader(), query.read(request.args, *STUDY_KEYS)
        _enter(asking, who)
        found = _find(asking, who, search)
        if not found.exams and len(found.waiting) == 1:
            if not asking.say_why(who, *found.waiting):
                raise problems.refused(Refused(Reason.MOTIVE))
            found = _find(asking, who, search)
        with asking.rooms.database.read() as tx:
            each = asking.rooms.exams.index.each_of(tx, found.exams)
        shown = _open(asking, who, each)
        with asking.rooms.database.read() as tx:
            people = asking.rooms.access.files.people(tx, {one.file for one in shown})
            told = [
                describing.study(
                    _seen(asking, tx, who, one), Person(*people[one.file]), asking.root
                )
                for one in shown
                if one.file in people
            ]
        return answer(told, more=found.more)

    @pages.get("/studies/<study>/series")
    def search_series(study: str) -> Response:
        want_json()
        who = asking.reader()
        search = query.read(request.args, "SeriesInstanceUID", "Modality", "establishment")
        one, _passage = asking.open(who, study, Action.EXAM_OPEN)
        with asking.rooms.database.read() as tx:
            seen = asking.rooms.seen(tx, who, one)
        told = [
            describing.series(one, found, asking.root)
            for found in seen.series
            if search.series in {"", found.uid} and search.asked.modality in {"", found.modality}
        ]
        return _piece(told, search)

    @pages.get("/studies/<study>/instances")
    def search_all_images(study: str) -> Response:
        return _images(asking, study, "")

    @pages.get("/studies/<study>/series/<series>/instances")
    def search_images(study: str, series: str) -> Response:
        return _images(asking, study, series)


def _images(asking: Asking, study: str, series: str) -> Response:
    want_json()
    who, search = asking.reader(), query.read(request.args, "SOPInstanceUID", "establishment")
    one, _passage = asking.open(who, study, Action.EXAM_OPEN)
    index = asking.rooms.exams.index
    with asking.rooms.database.read() as tx:
        each = index.images(tx, one.id, series) if series else index.all_images(tx, one.id)
        each = asking.rooms.untold(tx, who, one.id).left(each)
    told = [
        describing.image(one, found, asking.root)
        for found in each
        if search.image in {"", found.uid}
    ]
    return _piece(told, search)


def _enter(asking: Asking, who: Visitor) -> None:
    """A search is a deed of its own, traced."""
    thing, action = PORTAL, Action.SEARCH
    if who.kind is Kind.PATIENT:
        with asking.rooms.database.read() as tx:
            own = asking.rooms.access.patients.of_subject(tx, who.subject)
        thing, action = patient_thing(own.id if own else ""), Action.PATIENT_SELF
        if own is None:
            return
    passage = asking.rooms.access.doors.through(who, thing, action)
    if isinstance(passage, Refused):
        raise problems.refused(passage)


def _find(asking: Asking, who: Visitor, search: Search) -> Found:
    found, skip, seen = Found(), search.offset, 0
    waiting: list[str] = []
    with asking.rooms.database.read() as tx:
        for one, decided in _decided(asking, tx, who, search):
            seen += 1
            if isinstance(decided, Allowed):
                if not _has_kind(asking, tx, who, one, search.asked.modality):
                    continue
                if skip:
                    skip -= 1
                elif len(found.exams) < search.limit:
                    found.exams.append(one)
                else:
                    found.more = True
                    break
            elif decided.reason is Reason.MOTIVE:
                waiting.append(one)
        owners = asking.rooms.exams.index.owners(tx, waiting)
    found.waiting = {one.patient for one in owners.values()}
    found.more = found.more or seen >= MOST_DECIDED
    return found


def _has_kind(asking: Asking, tx: Tx, who: Visitor, name: str, kind: str) -> bool:
    """What a report that waits alone is, is not found by its kind either."""
    if not kind or who.kind is not Kind.PATIENT:
        return True
    found = asking.rooms.exams.index.exam(tx, name)
    return found is None or kind in _seen(asking, tx, who, found).modalities


def _seen(asking: Asking, tx: Tx, who: Visitor, one: Exam) -> Exam:
    """Without what waits to be told to its patient: for others nothing does."""
    return asking.rooms.seen(tx, who, one).exam if who.kind is Kind.PATIENT else one


def _open(asking: Asking, who: Visitor, each: list[Exam]) -> list[Exam]:
    """Those of patients whose list may be opened, each of whom finds it in their history."""
    if who.kind is not Kind.PROFESSIONAL:
        return each
    whose = {one.patient: patient_thing(one.patient) for one in each}
    opened = asking.rooms.access.doors.hold_each(who, [*whose.values()], Action.PATIENT_OPEN)
    return [one for one in each if isinstance(opened[whose[one.patient]], Passage)]


def _decided(
    asking: Asking, tx: Tx, who: Visitor, search: Search
) -> Iterator[tuple[str, Allowed | Refused]]:
    access = asking.rooms.access
    # Whoever has enough asks for hardly more of them.
    block = min(max(search.offset + search.limit + 1, FEWEST), BLOCK)
    for skip in range(0, MOST_DECIDED, block):
        names = access.reachable.exams(tx, who, search.asked, skip, block)
        others = _others(asking, tx, who, search, names)
        things = [exam(name) for name in names if name not in others]
        for thing, decided in access.doors.which(tx, who, things, Action.EXAM_OPEN):
            yield thing.id, decided
        if len(names) < block:
            return


def _others(
    asking: Asking, tx: Tx, who: Visitor, search: Search, names: list[str]
) -> frozenset[str]:
    """Of one study found at several establishments one copy is told: these are not."""
    index, reachable = asking.rooms.exams.index, asking.rooms.access.reachable
    several = index.of_several(tx, names)
    told = {}
    for uid in set(several.values()):
        # Of those alone that are looked for: a number may be known at one of them.
        asked = replace(search.asked, studies=(uid,))
        found = set(reachable.exams(tx, who, asked, 0, MOST_DECIDED))
        every = [one.id for one in index.of_uid(tx, uid) if one.id in found]
        told[uid] = asking.which_copy(tx, who, every)
    return frozenset(one for one, uid in several.items() if told[uid] not in {"", one})


def _piece(told: list[Element], search: Search) -> Response:
    end = search.offset + search.limit
    return answer(told[search.offset : end], more=len(told) > end)


def answer(told: list[Element], *, more: bool = False) -> Response:
    """A list, or nothing; and whether there is more of it."""
    if not told and not more:
        return Response(status=NO_CONTENT)
    response: Response = jsonify(told)
    response.content_type = KIND
    if more:
        # PS3.18 §8.3.4.4.
        response.headers["Warning"] = '299 imaging "There are additional results."'
    return response
