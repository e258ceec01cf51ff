# SPDX-License-Identifier: Apache-2.0
"""An exam's reports: which there are, and one of them, in a page of ours."""

from datetime import datetime
from typing import Final

from flask import Flask, abort, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from imaging_app.access.actions import Action
from imaging_app.access.decide import Refused
from imaging_app.access.visitor import Kind
from imaging_app.dicom.values import Document
from imaging_app.exams.reports import PDF, Report, result_of
from imaging_app.web.exam.guests import Guest, let_in, turn_away, watching
from imaging_app.web.exam.words import heading_of, person_of
from imaging_app.web.portal import Portal, form_action

SEE_OTHER, NOT_FOUND = 303, 404
# The page shows the paper in a frame; the paper itself may do nothing, wherever it is opened.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; object-src 'self'; frame-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
PAPER: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


def add_report_pages(app: Flask, portal: Portal) -> None:
    """`/exams/<exam>/reports`, `…/<version>` and its paper."""
    rooms = portal.rooms

    @app.get("/exams/<name>/reports")
    @portal.require(Kind.PROFESSIONAL, Kind.PATIENT)
    def exam_reports(name: str) -> ResponseReturnValue:
        guest = let_in(portal, name, Action.EXAM_REPORT)
        if isinstance(guest, Refused):
            return turn_away(portal, name, guest)
        reports = _open_to(portal, guest, name)
        if len(reports) == 1:
            return redirect(f"/exams/{name}/reports/{reports[0].version}", SEE_OTHER)
        return _page(portal, guest, name, reports, None)

    @app.get("/exams/<name>/reports/<int:version>")
    @portal.require(Kind.PROFESSIONAL, Kind.PATIENT)
    def exam_report(name: str, version: int) -> ResponseReturnValue:
        guest = let_in(portal, name, Action.EXAM_REPORT)
        if isinstance(guest, Refused):
            return turn_away(portal, name, guest)
        reports = _open_to(portal, guest, name)
        shown = next((one for one in reports if one.version == version), None)
        if shown is None:
            abort(NOT_FOUND)
        if shown == (result_of(reports) or reports[0]):
            _mark_seen(portal, guest, shown, reports[0].version)
        return _page(portal, guest, name, reports, shown)

    @app.get("/exams/<name>/reports/<int:version>/paper")
    def exam_paper(name: str, version: int) -> Response:
        guest = watching(portal, name, Action.EXAM_REPORT)
        with rooms.database.read() as tx:
            up_to = rooms.access.telling.up_to(tx, guest.visitor, name)
            report = rooms.exams.reports.one(tx, name, version, up_to)
        if report is None or report.kind != PDF:
            abort(NOT_FOUND)
        response = make_response(_content(portal, report))
        response.content_type = "application/pdf"
        response.headers["Content-Security-Policy"] = PAPER
        how = "attachment" if "save" in request.args else "inline"
        response.headers.set("Content-Disposition", how, filename=f"report-{version}.pdf")
        return response


def _open_to(portal: Portal, guest: Guest, name: str) -> list[Report]:
    """A patient's end with what they were told: what came after is not there."""
    rooms = portal.rooms
    with rooms.database.read() as tx:
        up_to = rooms.access.telling.up_to(tx, guest.visitor, name)
        return rooms.exams.reports.of(tx, name, up_to)


def _page(
    portal: Portal, guest: Guest, name: str, reports: list[Report], shown: Report | None
) -> Response:
    rooms = portal.rooms
    with rooms.database.read() as tx:
        found = rooms.exams.index.exam(tx, name)
        exam = rooms.seen(tx, guest.visitor, found).exam if found else None
        patient = rooms.access.patients.find(tx, guest.patient)
    if exam is None or patient is None:
        abort(NOT_FOUND)
    text = None
    if shown is not None and shown.kind != PDF:
        text = _content(portal, shown).decode()
    page = render_template(
        "imaging_app/exam/reports.html",
        name=name,
        exam=heading_of(exam),
        patient=person_of(patient.traits),
        back=guest.back,
        professional=guest.is_professional,
        reports=[(one, one.title or _("Report"), _signed(portal, one)) for one in reports],
        shown=shown,
        title=(shown.title if shown else "") or _("Report"),
        signed=_signed(portal, shown) if shown else "",
        text=text,
        pictures=_has_pictures(exam.modalities),
    )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = f"{POLICY}; {form_action(portal.login.provider)}"
    return response


def _has_pictures(modalities: tuple[str, ...]) -> bool:
    return bool(set(modalities) - {"DOC", "SR", "PR", "KO"})


def _signed(portal: Portal, report: Report) -> str:
    day = datetime.fromtimestamp(report.signed_at, portal.rooms.settings.timezone)
    when = format_date(day, "long")
    if report.author:
        return str(_("Signed by %(who)s on %(day)s", who=report.author, day=when))
    return str(_("Signed on %(day)s", day=when))


def _mark_seen(portal: Portal, guest: Guest, shown: Report, last: int) -> None:
    """It leaves the new results."""
    if not guest.is_professional:
        return
    rooms, rpps = portal.rooms, guest.visitor.rpps
    with rooms.database.read() as tx:
        if rooms.access.results.seen_among(tx, rpps, [shown.exam]).get(shown.exam, 0) >= last:
            return
    with rooms.database.write() as tx:
        # What came after this page was read has not been seen.
        rooms.access.telling.see(tx, guest.visitor, shown.exam, last)


def _content(portal: Portal, report: Report) -> bytes:
    exams = portal.rooms.exams
    with portal.rooms.database.read() as tx:
        content = exams.reports.content(tx, report)
        whole = exams.index.image(tx, report.exam, report.image) if report.image else None
    if content is None and whole is not None:
        with exams.store.local(whole.image.place) as path:
            found = exams.door.document(path) if path is not None else None
        content = found.content if isinstance(found, Document) else None
    return content if content is not None else abort(NOT_FOUND)
