# SPDX-License-Identifier: Apache-2.0
"""The médecin traitant: whom the patient names, in place of another, or nobody."""

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from imaging_app.access.decide import Reason, Refused
from imaging_app.web.patient.looking import look
from imaging_app.web.patient.me import SEE_OTHER, Me, after, ask, own, show
from imaging_app.web.patient.words import name_of
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer


def add_traitant_pages(app: Flask, portal: Portal) -> None:
    """`/patient/traitant` and below."""
    rooms = portal.rooms
    add_forgetting_pages(app, portal)

    @app.get("/patient/traitant")
    @own(portal)
    def patient_traitant_search(me: Me) -> ResponseReturnValue:
        with rooms.database.read() as tx:
            found = look(tx, rooms.access.professionals, doctors=True)
            standing = rooms.access.blocks.standing(tx, me.id)
        blocked = {one.rpps for one in standing}
        return show("looking", found=found, purpose="traitant", blocked=blocked)

    @app.get("/patient/traitant/<rpps>")
    @own(portal)
    def patient_traitant(me: Me, rpps: str) -> ResponseReturnValue:
        with rooms.database.read() as tx:
            one = rooms.access.professionals.find(tx, rpps)
            named = rooms.access.choosing.traitants(tx, me.id)
        if one is None or not one.is_doctor:
            return answer(Refused(Reason.UNKNOWN), back=url_for("patient_blocks"))
        points = [
            _("They open all that is shared about you, each time with a reason that you can read."),
            _("You can’t keep them out while they are your médecin traitant."),
            _("This counts in this portal alone: it declares nothing to the health insurance."),
        ]
        if named and named[0].rpps != rpps:
            points.append(_("They take the place of the one whom you named before."))
        return ask(
            title=_("Name %(name)s as your médecin traitant?", name=name_of(one)),
            person=one,
            points=points,
            button=_("Name this doctor"),
            back=url_for("patient_blocks"),
        )

    @app.post("/patient/traitant/<rpps>")
    @own(portal)
    def patient_traitant_now(me: Me, rpps: str) -> ResponseReturnValue:
        with rooms.database.write() as tx:
            said = rooms.access.choosing.name_traitant(tx, me.visitor, me.id, rpps)
        return after(said, "patient_blocks", "named")


def add_forgetting_pages(app: Flask, portal: Portal) -> None:
    """Having none any more."""
    rooms = portal.rooms

    @app.get("/patient/traitant/forget")
    @own(portal)
    def patient_traitant_forget(me: Me) -> ResponseReturnValue:
        with rooms.database.read() as tx:
            named = rooms.access.choosing.traitants(tx, me.id)
            one = rooms.access.professionals.find(tx, named[0].rpps) if named else None
        if not named:
            return redirect(url_for("patient_blocks"), SEE_OTHER)
        return ask(
            title=_("Have no médecin traitant here any more?"),
            person=one,
            points=[
                _("They open only what an establishment says that they care for, or by a code."),
                _("You can keep them out, and name somebody else at any time."),
            ],
            button=_("Take the name away"),
            back=url_for("patient_blocks"),
        )

    @app.post("/patient/traitant/forget")
    @own(portal)
    def patient_traitant_forget_now(me: Me) -> ResponseReturnValue:
        with rooms.database.write() as tx:
            said = rooms.access.choosing.forget_traitant(tx, me.visitor, me.id)
        return after(said, "patient_blocks", "forgotten")
