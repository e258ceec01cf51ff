# SPDX-License-Identifier: Apache-2.0
"""One file: who it is, what the patient says of sharing, and the way to all that follows."""

from typing import Final

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from imaging_app.access.actions import Action
from imaging_app.access.actions import exam as exam_thing
from imaging_app.access.decide import Reason, Refused
from imaging_app.consents.consent import IN_FORCE, MAY_FOLLOW, State
from imaging_app.exams.index import Wanted
from imaging_app.exams.reports import LARGEST, Written, read_report
from imaging_app.web.establishment.house import (
    INVALID,
    House,
    Opened,
    for_staff,
    open_file,
    page_number,
)
from imaging_app.web.establishment.words import CONSENT, KEPT, REASONS, ROLES, SEXES
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer

# Whenever the text changes, so does its version: what somebody agreed to stays known.
TEXT_VERSION: Final = "2026-1"
TEXT: Final = (
    _("This establishment’s exams and their reports are shared by this portal."),
    _("Professionals who care for me, and those to whom I give a code, may see them."),
    _("I see who has looked at what and why, and may keep a professional out."),
    _("I see a result once a professional has told me of it."),
    _("I may withdraw at any moment: nothing is shared then until I give my consent here again."),
)


def add_file_pages(app: Flask, portal: Portal) -> None:
    """`/establishment/<finess>/files/<file>`, its consent, its reports."""

    @app.get("/establishment/<finess>/files/<file>")
    @for_staff(portal)
    def house_file(house: House, file: str) -> ResponseReturnValue:
        opened = open_file(house, file)
        return show_file(house, opened) if isinstance(opened, Opened) else opened

    @app.get("/establishment/<finess>/files/<file>/consent")
    @for_staff(portal)
    def house_consent(house: House, file: str) -> ResponseReturnValue:
        opened = open_file(house, file)
        return show_consent(house, opened) if isinstance(opened, Opened) else opened

    @app.post("/establishment/<finess>/files/<file>/consent")
    @for_staff(portal)
    def house_collect(house: House, file: str) -> ResponseReturnValue:
        said = request.form.get("state", "")
        if said not in {one.value for one in MAY_FOLLOW} or "heard" not in request.form:
            opened = open_file(house, file)
            if not isinstance(opened, Opened):
                return opened
            return show_consent(house, opened, INVALID, {"heard": "missing"})
        with house.rooms.database.write() as tx:
            done = house.rooms.access.desk.collect(tx, house.who, file, State(said), TEXT_VERSION)
        if isinstance(done, Refused):
            return answer(done, back=f"/establishment/{house.finess}/files/{file}")
        return house.to("house_file", file=file, done=done.value)

    @app.post("/establishment/<finess>/files/<file>/reports")
    @for_staff(portal)
    def house_add_report(house: House, file: str) -> ResponseReturnValue:
        return add_report(house, file)


def show_file(
    house: House, opened: Opened, status: int = 200, errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    """The file with what stands there."""
    rooms, access = house.rooms, house.rooms.access
    with rooms.database.read() as tx:
        state = access.consents.state(tx, opened.patient.id, house.finess)
        exams, more = rooms.exams.index.exams(tx, Wanted(file=opened.file.id), page_number())
        cares = [
            one
            for one in access.involvements.all_of(tx, opened.patient.id)
            if one.source == house.finess and (one.until is None or one.until > rooms.now())
        ]
        names = {one.rpps: access.professionals.find(tx, one.rpps) for one in cares}
    return house.page(
        "file",
        "house_desk",
        status,
        opened=opened,
        state=state,
        state_text=CONSENT[state],
        shares=state in IN_FORCE,
        kept=[KEPT[one] for one in dict.fromkeys(request.args.getlist("kept")) if one in KEPT],
        makes_accounts=house.portal.accounts is not None,
        exams=exams,
        more=more,
        page=page_number(),
        cares=cares,
        names=names,
        roles=ROLES,
        sexes=SEXES,
        reasons=REASONS,
        errors=errors or {},
    )


def show_consent(
    house: House, opened: Opened, status: int = 200, errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    """The text, what was said so far, and what may be said now."""
    access = house.rooms.access
    with house.rooms.database.read() as tx:
        state = access.consents.state(tx, opened.patient.id, house.finess)
        every = access.consents.history(tx, opened.patient.id)
    return house.page(
        "consent",
        "house_desk",
        status,
        opened=opened,
        state=state,
        text=TEXT,
        version=TEXT_VERSION,
        says=[one for one, after in MAY_FOLLOW.items() if state in after],
        history=[one for one in every if one.establishment == house.finess],
        states=CONSENT,
        errors=errors or {},
    )


def add_report(house: House, file: str) -> ResponseReturnValue:
    """Read by the child, then written behind the exam's door."""
    opened = open_file(house, file)
    if not isinstance(opened, Opened):
        return opened
    sent, exam = request.files.get("report"), request.form.get("exam", "")
    content = sent.stream.read(LARGEST + 1) if sent else b""
    exams = house.rooms.exams
    found = read_report(exams.store, exams.door, content) if content else "missing"
    if isinstance(found, str):
        wrong = "not-report" if found == "not-dicom" else found
        return show_file(house, opened, INVALID, {"report": wrong})
    return write_report(house, opened, exam, found)


def write_report(house: House, opened: Opened, exam: str, found: Written) -> ResponseReturnValue:
    """In one transaction with the row that says who brought it."""
    access, exams, file = house.rooms.access, house.rooms.exams, opened.file.id
    with house.rooms.database.write() as tx:
        owner = exams.index.owner(tx, exam)
        if owner is None or owner.file != file:
            against: Reason | None = Reason.UNKNOWN
        else:
            against = Reason.NO_MATCH if exams.reports.mismatch(tx, exam, found) else None
        passage = access.doors.open(
            tx,
            house.who,
            exam_thing(exam),
            Action.EXAM_ADD,
            unless=against,
        )
        if isinstance(passage, Refused) and passage.reason is Reason.NO_MATCH:
            return show_file(house, opened, INVALID, {"report": "other-person"})
        if isinstance(passage, Refused):
            return answer(passage, back=f"/establishment/{house.finess}/files/{file}")
        title, author = (request.form.get(one, "").strip()[:200] for one in ("title", "author"))
        exams.reports.add(tx, exam, found, by=house.who.subject, title=title, author=author)
    return house.to("house_file", file=file, done="report")
