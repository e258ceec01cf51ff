# SPDX-License-Identifier: Apache-2.0
"""« Utiliser un n° de dossier »: one file, by its establishment, its number and the birth date."""

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from imaging_app.access.decide import Reason, Refused
from imaging_app.access.visitor import Kind
from imaging_app.web.portal import Portal
from imaging_app.web.professional.asking import asking, go, page, patient_path
from imaging_app.web.professional.typed import UNPROCESSABLE, Form, posted
from imaging_app.web.refusals import answer

FIELDS = ("establishment", "number", "birth_date", "birth_date_unknown")
LONGEST = 64
TOO_MANY = 429


def add_number_page(app: Flask, portal: Portal) -> None:
    """`/professional/files`."""
    rooms = portal.rooms

    def shown(form: Form, status: int = 200) -> ResponseReturnValue:
        with rooms.database.read() as tx:
            names = rooms.access.professionals.establishments(tx)
        houses = sorted(names.items(), key=lambda one: one[1])
        return page("number", status, form=form, houses=houses)

    @app.get("/professional/files")
    @portal.require(Kind.PROFESSIONAL)
    def professional_number() -> ResponseReturnValue:
        told = ("establishment", "number")
        return shown(Form({name: request.args.get(name, "")[:LONGEST] for name in told}))

    @app.post("/professional/files")
    @portal.require(Kind.PROFESSIONAL)
    def professional_number_find() -> ResponseReturnValue:
        form = posted(*FIELDS)
        place = form.need("establishment", _("Choose the establishment that keeps the file."))
        number = form.need("number", _("Type the file number."))
        born = form.birth_date()
        if form.is_wrong:
            return shown(form, UNPROCESSABLE)
        with rooms.database.write() as tx:
            found = rooms.access.finding.by_number(tx, asking(portal), place, number, born)
        if not isinstance(found, Refused):
            return go(patient_path(found.patient.id, done="found"))
        if found.reason is Reason.NO_MATCH:
            form.fault = _(
                "No file that is shared goes with this establishment, number and date of birth."
            )
            return shown(form, UNPROCESSABLE)
        if found.reason is Reason.TOO_MANY:
            form.fault = _("Too many tries within an hour. Wait before the next one.")
            return shown(form, TOO_MANY)
        return answer(found, back="/professional/files")
