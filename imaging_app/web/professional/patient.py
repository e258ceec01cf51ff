# SPDX-License-Identifier: Apache-2.0
"""A patient's page: who it is, and their exams by visit, narrowed by kind, days or a code."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from imaging_app.access.actions import Action
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.doors import Passage
from imaging_app.access.grants import Basis
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.clock import MINUTE
from imaging_app.db import Tx
from imaging_app.exams.index import Wanted
from imaging_app.exams.values import Exam
from imaging_app.opening import Rooms
from imaging_app.sharing.lists import Shown, State
from imaging_app.web.portal import Portal
from imaging_app.web.professional.asking import asking, page, patient_of
from imaging_app.web.professional.codes import code_row
from imaging_app.web.professional.shown import choices, whole_person
from imaging_app.web.professional.typed import Form, page_number, read_birth_date
from imaging_app.web.professional.visits import Listing, visits
from imaging_app.web.professional.words import BASES, KINDS_OF_EXAM, MOTIVES
from imaging_app.web.refusals import answer

LONGEST = 32
FILTERS = ("modality", "since", "until")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the list is narrowed to: as typed, and as it is asked."""

    form: Form
    wanted: Wanted
    modalities: frozenset[str]
    code: str

    @property
    def query(self) -> str:
        """The same in an address."""
        told = {**self.form.typed, "code": self.code}
        return urlencode({name: value for name, value in told.items() if value})


def add_patient_page(app: Flask, portal: Portal) -> None:
    """`/professional/patients/<patient>`."""
    rooms = portal.rooms

    @app.get("/professional/patients/<patient>")
    @portal.require(Kind.PROFESSIONAL)
    def professional_patient(patient: str) -> ResponseReturnValue:
        who, narrowed, number = asking(portal), _narrowed(patient), page_number()
        # A list that is paged or narrowed is one look at a patient.
        passage = rooms.access.doors.hold(who, patient_of(patient), Action.PATIENT_OPEN)
        if isinstance(passage, Refused):
            return answer(passage, patient=patient)
        with rooms.database.read() as tx:
            known = rooms.access.patients.find(tx, patient)
            names = rooms.access.professionals.establishments(tx)
            if known is None:
                return answer(Refused(Reason.UNKNOWN))
            # One that is not theirs, or opens no more, narrows nothing: that says nothing of it.
            code = _code(tx, rooms, who, patient, narrowed.code)
            listing = Listing(who, narrowed.wanted, lambda one: _is_wanted(narrowed, code, one))
            listed, more = visits(tx, rooms, listing, number)
            minutes = _minutes(tx, rooms, who, patient)
        return page(
            "patient",
            patient=whole_person(known),
            visits=listed,
            number=number,
            more=more,
            code=code_row(code, names) if code else None,
            form=narrowed.form,
            query=narrowed.query,
            is_narrowed=any(narrowed.form.typed.values()),
            kinds=choices(KINDS_OF_EXAM),
            minutes=minutes,
            why=_why(passage),
        )


def _narrowed(patient: str) -> Narrowed:
    form = Form({name: request.args.get(name, "").strip()[:LONGEST] for name in FILTERS})
    since, until = _day(form, "since"), _day(form, "until")
    word = KINDS_OF_EXAM.get(form.text("modality"))
    # One word may stand for several: a radiograph is a CR or a DX.
    meant = frozenset(one for one, its in KINDS_OF_EXAM.items() if word and str(its) == str(word))
    wanted = Wanted(patient=patient, since=since, until=until)
    return Narrowed(form, wanted, meant, request.args.get("code", "")[:LONGEST])


def _day(form: Form, name: str) -> str:
    """A day as exams are asked for by it."""
    found = read_birth_date(form.text(name)) if form.text(name) else ""
    if found is None:
        form.errors[name] = _("Type the date as day, month and year: 01/02/1960.")
    return (found or "").replace("-", "")


def _code(tx: Tx, rooms: Rooms, who: Visitor, patient: str, code: str) -> Shown | None:
    """A code of this patient's that they have entered; one that opens no more is none."""
    found = rooms.access.lists.entered(tx, who.rpps, code) if code else None
    is_theirs = found is not None and found.patient == patient and found.state is State.VALID
    return found if is_theirs else None


def _is_wanted(narrowed: Narrowed, code: Shown | None, one: Exam) -> bool:
    """Whether an exam is of the kind, and of the code, that the list is narrowed to."""
    kind = not narrowed.modalities or bool(narrowed.modalities & set(one.modalities))
    return kind and (code is None or _reaches(code, one))


def _reaches(code: Shown, one: Exam) -> bool:
    """Whether an exam is among what a code is of; whether it opens is the decision's."""
    return all(
        not mine or mine == its
        for mine, its in (
            (code.exam, one.id),
            (code.file, one.file),
            (code.establishment, one.establishment),
        )
    )


def _minutes(tx: Tx, rooms: Rooms, who: Visitor, patient: str) -> int:
    """For how long somebody who broke in may stay yet; 0 where nobody did."""
    live = rooms.access.grants.live(tx, who.rpps, patient)
    until = [one.until or 0 for one in live if one.basis is Basis.EMERGENCY]
    return -(-(max(until) - rooms.now()) // MINUTE) if until else 0


def _why(passage: Passage) -> dict[str, str]:
    """On which basis and for which motive the page is open."""
    basis, motive = passage.basis, passage.motive
    return {
        "basis": str(BASES.get(basis, "")),
        "motive": str(MOTIVES[motive]) if motive else "",
    }
