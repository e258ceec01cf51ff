# SPDX-License-Identifier: Apache-2.0
"""A patient's exams: those that were told, of establishments that hold the consent.

How many wait to be told is shown nowhere: an exam that is not told is not counted either.
"""

from dataclasses import dataclass
from datetime import date

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from imaging_app.access.actions import Action, exam
from imaging_app.access.decide import Allowed
from imaging_app.consents.results import Told
from imaging_app.db import Tx
from imaging_app.exams.index import Wanted
from imaging_app.exams.looks import has_pictures
from imaging_app.exams.values import Exam
from imaging_app.opening import Rooms
from imaging_app.web.patient.me import Me, own, page_number, show
from imaging_app.web.patient.words import MODALITIES
from imaging_app.web.portal import Portal

PAGE = 10
CRITERIA = ("since", "until", "establishment", "modality")
NOTHING_ASKED = _("Choose at least one of them: dates, an establishment or a kind of exam.")
NO_DAY = _("This is no date. Write it like 31/12/2026.")
TURNED = _("The last day comes before the first.")


@dataclass(frozen=True, slots=True)
class Line:
    """An exam in the list."""

    exam: Exam
    place: str
    told: Told | None
    has_pictures: bool
    has_report: bool


def listed(rooms: Rooms, tx: Tx, me: Me, wanted: Wanted, page: int = 1) -> tuple[list[Line], bool]:
    """A page of exams that would open, and whether there is another."""
    skip, number = PAGE * (page - 1), 1
    found: list[Exam] = []
    while True:
        exams, more = rooms.exams.index.exams(tx, wanted, number)
        things = [exam(one.id) for one in exams]
        answers = rooms.access.doors.which(tx, me.visitor, things, Action.EXAM_OPEN)
        found += [
            one
            for one, (_thing, answer) in zip(exams, answers, strict=True)
            if isinstance(answer, Allowed)
        ]
        if not more or len(found) > skip + PAGE:
            break
        number += 1
    places = rooms.access.professionals.establishments(tx)
    return [_line(rooms, tx, places, one) for one in found[skip : skip + PAGE]], len(
        found
    ) > skip + PAGE


def _line(rooms: Rooms, tx: Tx, places: dict[str, str], one: Exam) -> Line:
    told = rooms.access.results.told(tx, one.id)
    return Line(
        one,
        places.get(one.establishment) or one.institution or one.establishment,
        told,
        has_pictures(tx, one.id),
        bool(rooms.exams.reports.of(tx, one.id, told.version if told else 0)),
    )


def add_exam_pages(app: Flask, portal: Portal) -> None:
    """`/patient/exams`."""
    rooms = portal.rooms

    @app.get("/patient/exams")
    @own(portal)
    def patient_exams(me: Me) -> ResponseReturnValue:
        typed = {name: request.args.get(name, "").strip()[:64] for name in CRITERIA}
        is_search = "search" in request.args
        wanted, faults = read_search(me.id, typed)
        if is_search and not any(typed.values()):
            faults = {"since": NOTHING_ASKED}
        page = page_number()
        with rooms.database.read() as tx:
            lines, more = ([], False) if faults else listed(rooms, tx, me, wanted, page)
            names = rooms.access.professionals.establishments(tx)
            standing = rooms.access.consents.standing(tx, me.id)
        places = {
            one.establishment: names.get(one.establishment, one.establishment)
            for one in standing
            if one.is_in_force
        }
        return show(
            "exams",
            lines=lines,
            more=more,
            page=page,
            typed=typed,
            faults=faults,
            is_search=is_search,
            places=places,
            modalities=MODALITIES,
        )


def read_search(patient: str, typed: dict[str, str]) -> tuple[Wanted, dict[str, object]]:
    """Which exams are asked for, and what of it can't be."""
    faults: dict[str, object] = {}
    days = {}
    for name in ("since", "until"):
        try:
            days[name] = read_day(typed[name])
        except (ValueError, OverflowError):
            # A year of twenty digits is no number that a day can have.
            faults[name] = NO_DAY
    if not faults and days["since"] and days["until"] and days["until"] < days["since"]:
        faults["until"] = TURNED
    wanted = Wanted(
        patient=patient,
        told=True,
        since=days.get("since", ""),
        until=days.get("until", ""),
        establishment=typed["establishment"],
        modality=typed["modality"] if typed["modality"] in MODALITIES else "",
    )
    return wanted, faults


def read_day(typed: str) -> str:
    """A day as the index has it, from a field for dates or as people write it."""
    if not typed:
        return ""
    if "/" in typed:
        parts = typed.split("/")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
            raise ValueError(typed)
        return date(int(parts[2]), int(parts[1]), int(parts[0])).strftime("%Y%m%d")
    return date.fromisoformat(typed).strftime("%Y%m%d")
