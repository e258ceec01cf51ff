# SPDX-License-Identifier: Apache-2.0
"""The first page: results that are new, the ways to a patient, who has shared by a code."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask
from flask.typing import ResponseReturnValue

from imaging_app.access.actions import Action, exam
from imaging_app.access.decide import Allowed
from imaging_app.access.telling import New
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.db import Tx
from imaging_app.opening import Rooms
from imaging_app.sharing.lists import Filter
from imaging_app.web.portal import Portal
from imaging_app.web.professional.asking import asking, page
from imaging_app.web.professional.codes import Row, code_row
from imaging_app.web.professional.shown import (
    Person,
    day,
    house,
    kinds,
    way_to_result,
    whole_person,
)
from imaging_app.web.professional.typed import page_number

FEW_CODES = 4


@dataclass(frozen=True, slots=True)
class Fresh:
    """A result that has not been seen, as it is shown."""

    exam: str
    patient: Person
    about: str
    house: str
    day: str
    report: str


def add_professional_home(app: Flask, portal: Portal) -> None:
    """`/professional`."""
    rooms = portal.rooms

    @app.get("/professional")
    @portal.require(Kind.PROFESSIONAL)
    def professional() -> ResponseReturnValue:
        who, number = asking(portal), page_number()
        with rooms.database.read() as tx:
            names = rooms.access.professionals.establishments(tx)
            found = rooms.access.telling.new(tx, who.rpps, number)
            results = _results(tx, rooms, who, found.results, names)
            shared = rooms.access.lists.entered_by(tx, who.rpps, Filter(only_valid=True))
            cares = rooms.access.involvements.has_any(tx, who.rpps)
        codes: list[Row] = [code_row(one, names) for one in shared.codes]
        return page(
            "home",
            results=results,
            number=number,
            more=found.more,
            codes=codes[:FEW_CODES],
            more_codes=shared.more or len(codes) > FEW_CODES,
            is_new_here=not (results or codes or cares),
            days=rooms.settings.rules.new_result_days,
        )


def _results(
    tx: Tx, rooms: Rooms, who: Visitor, found: tuple[New, ...], names: Mapping[str, str]
) -> list[Fresh]:
    """Those of which the decision is yes now."""
    things = [exam(one.exam) for one in found]
    answers = rooms.access.doors.which(tx, who, things, Action.EXAM_SEEN)
    return [
        fresh
        for one, (_thing, answer) in zip(found, answers, strict=True)
        if isinstance(answer, Allowed)
        if (fresh := _fresh(tx, rooms, one, names)) is not None
    ]


def _fresh(tx: Tx, rooms: Rooms, one: New, names: Mapping[str, str]) -> Fresh | None:
    known = rooms.exams.index.exam(tx, one.exam)
    patient = rooms.access.patients.find(tx, one.patient)
    reports = rooms.exams.reports.of(tx, one.exam)
    if known is None or patient is None or not reports:
        return None
    about = known.description or kinds(known.modalities)
    place = house(names, one.establishment)
    way = way_to_result(one.exam, reports)
    return Fresh(one.exam, whole_person(patient), about, place, day(one.at), way)
