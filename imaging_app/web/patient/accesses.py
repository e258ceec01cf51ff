# SPDX-License-Identifier: Apache-2.0
"""« Qui a consulté »: who opened what, when and why; five at a time."""

from dataclasses import dataclass

from flask import Flask
from flask.typing import ResponseReturnValue

from imaging_app.access.actions import Action, exam
from imaging_app.access.decide import Allowed
from imaging_app.db import Tx
from imaging_app.exams.values import Exam
from imaging_app.opening import Rooms
from imaging_app.trace.reading import Access, history_of
from imaging_app.web.patient.me import Me, own, page_number, show
from imaging_app.web.portal import Portal


@dataclass(frozen=True, slots=True)
class Row:
    """One access; its exam only where the patient may see it themselves."""

    access: Access
    exam: Exam | None
    place: str
    is_blocked: bool


def add_access_pages(app: Flask, portal: Portal) -> None:
    """`/patient/accesses`."""
    rooms = portal.rooms

    @app.get("/patient/accesses")
    @own(portal, Action.PATIENT_HISTORY)
    def patient_accesses(me: Me) -> ResponseReturnValue:
        with rooms.database.read() as tx:
            history = history_of(tx, me.id, page_number())
            places = rooms.access.professionals.establishments(tx)
            blocked = {one.rpps for one in rooms.access.blocks.standing(tx, me.id)}
            rows = [
                Row(
                    one,
                    _exam_of(rooms, tx, me, one),
                    places.get(one.establishment or "", one.establishment or ""),
                    one.rpps in blocked,
                )
                for one in history.accesses
            ]
        return show("accesses", rows=rows, page=history.page, pages=history.pages)


def _exam_of(rooms: Rooms, tx: Tx, me: Me, one: Access) -> Exam | None:
    """It, unless its result waits to be told: then not even its name is."""
    if one.exam is None:
        return None
    [(_thing, answer)] = rooms.access.doors.which(
        tx, me.visitor, [exam(one.exam)], Action.EXAM_OPEN
    )
    return rooms.exams.index.exam(tx, one.exam) if isinstance(answer, Allowed) else None
