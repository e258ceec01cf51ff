# SPDX-License-Identifier: Apache-2.0
"""Whom a patient keeps out: the list, looking for somebody, keeping them out, letting them in."""

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from imaging_app.access.decide import Reason, Refused
from imaging_app.people.professionals import Professional
from imaging_app.web.patient.looking import look
from imaging_app.web.patient.me import SEE_OTHER, Me, after, ask, own, show
from imaging_app.web.patient.words import name_of
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer


def add_block_pages(app: Flask, portal: Portal) -> None:
    """`/patient/blocks` and below."""
    rooms = portal.rooms
    add_lifting_pages(app, portal)

    @app.get("/patient/blocks")
    @own(portal)
    def patient_blocks(me: Me) -> ResponseReturnValue:
        access = rooms.access
        with rooms.database.read() as tx:
            standing = access.blocks.standing(tx, me.id)
            kept_out = [(one, access.professionals.find(tx, one.rpps)) for one in standing]
            named = [
                access.professionals.find(tx, one.rpps) or Professional(one.rpps, one.rpps, "")
                for one in access.choosing.traitants(tx, me.id)
            ]
        return show("blocks", kept_out=kept_out, named=named)

    @app.get("/patient/blocks/new")
    @own(portal)
    def patient_block_search(me: Me) -> ResponseReturnValue:
        with rooms.database.read() as tx:
            found = look(tx, rooms.access.professionals)
            standing = rooms.access.blocks.standing(tx, me.id)
        blocked = {one.rpps for one in standing}
        return show("looking", found=found, purpose="block", blocked=blocked)

    @app.get("/patient/blocks/<rpps>")
    @own(portal)
    def patient_block(me: Me, rpps: str) -> ResponseReturnValue:
        with rooms.database.read() as tx:
            one = rooms.access.professionals.find(tx, rpps)
            against = rooms.access.choosing.against(tx, me.id, rpps)
            stands = rooms.access.blocks.stands(tx, me.id, rpps)
        if against is not None:
            return answer(Refused(against), back=url_for("patient_blocks"))
        one = one or Professional(rpps, rpps, "")
        if stands:
            return redirect(url_for("patient_blocks"), SEE_OTHER)
        return ask(
            title=_("Keep %(name)s out?", name=name_of(one)),
            person=one,
            points=[
                _("Nothing of yours opens for them any more, from now on, in an emergency either."),
                _("What they have open closes, and codes that you gave them open nothing."),
                _("They are not told. You can let them in again here at any time."),
            ],
            button=_("Keep this professional out"),
            back=url_for("patient_blocks"),
            grave=True,
        )

    @app.post("/patient/blocks/<rpps>")
    @own(portal)
    def patient_block_now(me: Me, rpps: str) -> ResponseReturnValue:
        with rooms.database.write() as tx:
            said = rooms.access.choosing.block(tx, me.visitor, me.id, rpps)
        return after(said, "patient_blocks", "blocked")


def add_lifting_pages(app: Flask, portal: Portal) -> None:
    """Letting somebody in again."""
    rooms = portal.rooms

    @app.get("/patient/blocks/<rpps>/lift")
    @own(portal)
    def patient_unblock(me: Me, rpps: str) -> ResponseReturnValue:
        with rooms.database.read() as tx:
            stands = rooms.access.blocks.stands(tx, me.id, rpps)
            one = rooms.access.professionals.find(tx, rpps)
        if not stands:
            return answer(Refused(Reason.UNKNOWN), back=url_for("patient_blocks"))
        one = one or Professional(rpps, rpps, "")
        return ask(
            title=_("Let %(name)s in again?", name=name_of(one)),
            person=one,
            points=[
                _("Whoever cares for you opens your shared exams again, each time with a reason."),
                _("Codes and accesses that they had before do not come back."),
            ],
            button=_("Let this professional in again"),
            back=url_for("patient_blocks"),
        )

    @app.post("/patient/blocks/<rpps>/lift")
    @own(portal)
    def patient_unblock_now(me: Me, rpps: str) -> ResponseReturnValue:
        with rooms.database.write() as tx:
            said = rooms.access.choosing.unblock(tx, me.visitor, me.id, rpps)
        return after(said, "patient_blocks", "unblocked")
