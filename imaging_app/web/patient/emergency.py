# SPDX-License-Identifier: Apache-2.0
"""Whether somebody may open a patient's exams in an emergency."""

from typing import Final

from flask import Flask, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from imaging_app.web.patient.me import Me, after, ask, own
from imaging_app.web.portal import Portal

INVALID: Final = 400


def add_emergency_pages(app: Flask, portal: Portal) -> None:
    """`/patient/emergency`."""
    rooms = portal.rooms

    @app.get("/patient/emergency")
    @own(portal)
    def patient_emergency(me: Me) -> ResponseReturnValue:
        minutes = rooms.settings.rules.emergency_minutes
        if me.patient.opposes_emergency:
            return ask(
                title=_("Let your exams be opened in an emergency?"),
                points=_when_open(minutes),
                button=_("Allow emergency accesses"),
                back=url_for("patient_consents"),
                fields={"opposes": "no"},
            )
        return ask(
            title=_("Have your exams opened in no emergency?"),
            points=[
                *_when_open(minutes),
                _("If you oppose it, nobody opens them so, not even to save your life."),
            ],
            button=_("Oppose emergency accesses"),
            back=url_for("patient_consents"),
            fields={"opposes": "yes"},
            grave=True,
        )

    @app.post("/patient/emergency")
    @own(portal)
    def patient_emergency_now(me: Me) -> ResponseReturnValue:
        said = request.form.get("opposes")
        if said not in {"yes", "no"}:
            abort(INVALID)
        opposes = said == "yes"
        with rooms.database.write() as tx:
            answered = rooms.access.choosing.oppose(tx, me.visitor, me.id, opposes=opposes)
        return after(answered, "patient_consents", "opposed" if opposes else "allowed")


def _when_open(minutes: int) -> list[str]:
    return [
        _(
            "In an emergency, a professional who does not care for you opens your shared exams for"
            " %(minutes)s minutes, and has to say why.",
            minutes=minutes,
        ),
        _("You are told each time, and the establishments look at each such access."),
    ]
