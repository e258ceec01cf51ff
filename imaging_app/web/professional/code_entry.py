# SPDX-License-Identifier: Apache-2.0
"""A sharing code is entered with birth date and first name: one answer to all that is wrong."""

from flask import Flask
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from imaging_app.access.decide import Reason, Refused
from imaging_app.access.visitor import Kind
from imaging_app.web.portal import Portal
from imaging_app.web.professional.asking import asking, go, page, patient_path
from imaging_app.web.professional.typed import UNPROCESSABLE, Form, posted
from imaging_app.web.refusals import answer

FIELDS = ("code", "birth_date", "birth_date_unknown", "first_name")
TOO_MANY = 429


def add_code_entry(app: Flask, portal: Portal) -> None:
    """`/professional/codes/new`."""
    rooms = portal.rooms

    # Open to whoever scans a slip: the code stands behind the `#`, and a login would lose it.
    @app.get("/professional/codes/new")
    def professional_codes_new() -> ResponseReturnValue:
        if portal.who() is None:
            return page("code_door")
        return shown()

    @portal.require(Kind.PROFESSIONAL)
    def shown() -> ResponseReturnValue:
        return page("code_entry", form=Form())

    @app.post("/professional/codes/new")
    @portal.require(Kind.PROFESSIONAL)
    def professional_codes_enter() -> ResponseReturnValue:
        form = posted(*FIELDS)
        code = form.need("code", _("Type the code of eight letters and digits."))
        name = form.need("first_name", _("Type the patient’s first name."))
        born = form.birth_date()
        if form.is_wrong:
            return page("code_entry", UNPROCESSABLE, form=form)
        with rooms.database.write() as tx:
            entered = rooms.access.finding.by_code(tx, asking(portal), code, born, name)
        if not isinstance(entered, Refused):
            path = patient_path(entered.scope.patient, code=entered.code, done="entered")
            return go(path)
        if entered.reason is Reason.NO_MATCH:
            form.fault = _(
                "Code, date of birth and first name do not go together, or the code is no longer"
                " valid. Check all three with the patient."
            )
            return page("code_entry", UNPROCESSABLE, form=form)
        if entered.reason is Reason.TOO_MANY:
            form.fault = _("Too many tries within an hour. Wait before the next one.")
            return page("code_entry", TOO_MANY, form=form)
        return answer(entered, back="/professional/codes/new")
