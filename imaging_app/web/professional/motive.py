# SPDX-License-Identifier: Apache-2.0
"""Why somebody opens a patient's exams: asked once a day and patient, before anything is shown."""

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from imaging_app.access.actions import Action
from imaging_app.access.decide import Refused
from imaging_app.access.motives import TO_CHOOSE, Motive
from imaging_app.access.visitor import Kind
from imaging_app.web.portal import Portal
from imaging_app.web.professional.asking import asking, go, met, page, patient_path, way_back
from imaging_app.web.professional.shown import whole_person
from imaging_app.web.professional.typed import UNPROCESSABLE, Form, posted
from imaging_app.web.professional.words import MOTIVES
from imaging_app.web.refusals import answer
from relying_parties.kit.origins import local_path


def add_motive_page(app: Flask, portal: Portal) -> None:
    """`/professional/patients/<patient>/motive`."""
    rooms = portal.rooms

    def onward(patient: str) -> str:
        """Where they were going; a path of our own, and never this page again."""
        path = local_path(request.values.get("next", ""))
        is_here = path.partition("?")[0] in {"/", request.path}
        return patient_path(patient) if is_here else path

    def shown(patient: str, form: Form, status: int = 200) -> ResponseReturnValue:
        who = asking(portal)
        known = met(portal, who, patient, Action.PATIENT_MOTIVE)
        if isinstance(known, Refused):
            return answer(known)
        with rooms.database.read() as tx:
            today = rooms.access.motives.today(tx, who.rpps, patient)
        if today is not None and not form.is_wrong:
            return go(onward(patient))
        choices = [(one.value, MOTIVES[one]) for one in TO_CHOOSE]
        return page(
            "motive",
            status,
            patient=whole_person(known),
            choices=choices,
            form=form,
            onward=onward(patient),
        )

    @app.get("/professional/patients/<patient>/motive")
    @portal.require(Kind.PROFESSIONAL)
    def professional_motive(patient: str) -> ResponseReturnValue:
        return shown(patient, Form())

    @app.post("/professional/patients/<patient>/motive")
    @portal.require(Kind.PROFESSIONAL)
    def professional_say_motive(patient: str) -> ResponseReturnValue:
        form = posted("motive")
        if form.text("motive") not in {one.value for one in TO_CHOOSE}:
            form.errors["motive"] = _("Choose one of the three.")
            return shown(patient, form, UNPROCESSABLE)
        with rooms.database.write() as tx:
            motive = Motive(form.text("motive"))
            said = rooms.access.finding.say_why(tx, asking(portal), patient, motive)
        if isinstance(said, Refused):
            return answer(said, back=way_back(said, patient_path(patient)))
        return go(onward(patient))
