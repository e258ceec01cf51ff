# SPDX-License-Identifier: Apache-2.0
"""« Accès en urgence »: told what it is, proven anew, a reason in words, an hour, and its end."""

from flask import Flask
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from imaging_app.access.actions import Action
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.visitor import Kind
from imaging_app.web.portal import Portal
from imaging_app.web.professional.asking import HOME, asking, go, met, page, patient_path, way_back
from imaging_app.web.professional.draft import Draft
from imaging_app.web.professional.shown import person, whole_person
from imaging_app.web.professional.typed import UNPROCESSABLE, Form, posted
from imaging_app.web.refusals import answer

PERSON = ("birth_name", "first_name", "birth_date")
WHO = f"{HOME}/emergency/patient"
TOO_MANY = 429


def add_emergency_pages(app: Flask, portal: Portal) -> None:
    """`/professional/emergency` and what is under it, and a patient's own."""
    _add_finding(app, portal)
    _add_breaking_in(app, portal)


def _add_finding(app: Flask, portal: Portal) -> None:
    rooms = portal.rooms
    rules = rooms.settings.rules
    # Half of the time that the proof is worth, so that whoever types has the other half.
    proven = portal.require(Kind.PROFESSIONAL, level=rules.grave_level, fresh=rules.grave_age // 2)

    @app.get("/professional/emergency")
    @portal.require(Kind.PROFESSIONAL)
    def professional_emergency() -> ResponseReturnValue:
        return page("emergency", minutes=rules.emergency_minutes)

    @app.get("/professional/emergency/patient")
    @proven
    def professional_emergency_who() -> ResponseReturnValue:
        return page("emergency_who", form=Draft(portal, asking(portal), WHO).form(), found=None)

    @app.post("/professional/emergency/patient")
    @portal.require(Kind.PROFESSIONAL)
    def professional_emergency_find() -> ResponseReturnValue:
        form = posted(*PERSON)
        name = form.need("birth_name", _("Type the birth name."))
        first_name = form.need("first_name", _("Type a first name."))
        born = form.birth_date()
        if form.is_wrong:
            return page("emergency_who", UNPROCESSABLE, form=form, found=None)
        with rooms.database.write() as tx:
            found = rooms.access.finding.in_emergency(tx, asking(portal), name, first_name, born)
        if not isinstance(found, Refused):
            people = [person(one) for one in found]
            response = page("emergency_who", form=form, found=people)
            Draft(portal, asking(portal), WHO).drop(response)
            return response
        if found.reason is Reason.TOO_MANY:
            form.fault = _("Too many tries within an hour. Wait before the next one.")
            return page("emergency_who", TOO_MANY, form=form, found=None)
        return _held(portal, found, WHO, form)


def why(patient: str) -> str:
    """Where it is said why this patient's exams can't wait."""
    return f"{patient_path(patient)}/emergency"


def _held(portal: Portal, refused: Refused, back: str, form: Form) -> Response:
    """Whoever has to log in again first finds there what they have typed."""
    if refused.reason is not Reason.LEVEL:
        return answer(refused, back=back)
    draft = Draft(portal, asking(portal), back)
    sealed = draft.keep(form)
    response = answer(refused, back=back, kept=bool(sealed))
    if sealed:
        draft.put(response, sealed)
    return response


def _add_breaking_in(app: Flask, portal: Portal) -> None:
    rooms = portal.rooms
    rules = rooms.settings.rules
    proven = portal.require(Kind.PROFESSIONAL, level=rules.grave_level, fresh=rules.grave_age // 2)

    def shown(patient: str, form: Form, status: int = 200) -> ResponseReturnValue:
        known = met(portal, asking(portal), patient, Action.PATIENT_EMERGENCY)
        if isinstance(known, Refused):
            return answer(known, back=way_back(known, why(patient)))
        return page(
            "emergency_why",
            status,
            patient=whole_person(known),
            form=form,
            minutes=rules.emergency_minutes,
            fewest=rules.emergency_reason,
        )

    @app.get("/professional/patients/<patient>/emergency")
    @proven
    def professional_emergency_why(patient: str) -> ResponseReturnValue:
        return shown(patient, Draft(portal, asking(portal), why(patient)).form())

    @app.post("/professional/patients/<patient>/emergency")
    @portal.require(Kind.PROFESSIONAL)
    def professional_break_in(patient: str) -> ResponseReturnValue:
        form = posted("reason")
        with rooms.database.write() as tx:
            reason = form.text("reason")
            done = rooms.access.finding.break_in(tx, asking(portal), patient, reason)
        if not isinstance(done, Refused):
            response = go(patient_path(patient, done="broken-in"))
            Draft(portal, asking(portal), why(patient)).drop(response)
            return response
        if done.reason is Reason.REASON:
            fewest = rules.emergency_reason
            form.errors["reason"] = _(
                "Write in at least %(fewest)s letters why it can’t wait.", fewest=fewest
            )
            return shown(patient, form, UNPROCESSABLE)
        return _held(portal, done, way_back(done, why(patient)), form)

    @app.post("/professional/patients/<patient>/emergency/end")
    @portal.require(Kind.PROFESSIONAL)
    def professional_leave_emergency(patient: str) -> ResponseReturnValue:
        with rooms.database.write() as tx:
            ended = rooms.access.finding.leave_emergency(tx, asking(portal), patient)
        return go(f"{HOME}?done=emergency-ended" if ended else HOME)
