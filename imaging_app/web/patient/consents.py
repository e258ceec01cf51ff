# SPDX-License-Identifier: Apache-2.0
"""What a patient shares: by establishment, its end, and all that was ever said."""

from typing import Final

from flask import Flask, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from imaging_app.access.decide import Reason, Refused
from imaging_app.db import Tx
from imaging_app.opening import Rooms
from imaging_app.web.patient.me import Me, after, ask, own, show
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer

# Which words somebody read before they withdrew: a new number with new words.
TEXT: Final = "online-1"


def add_consent_pages(app: Flask, portal: Portal) -> None:
    """`/patient/consents` and below."""
    rooms = portal.rooms

    @app.get("/patient/consents")
    @own(portal)
    def patient_consents(me: Me) -> ResponseReturnValue:
        with rooms.database.read() as tx:
            standing = rooms.access.consents.standing(tx, me.id)
            history = rooms.access.consents.history(tx, me.id)
            names = rooms.access.professionals.establishments(tx)
        return show("consents", standing=standing, history=history, names=names, me=me)

    @app.get("/patient/consents/<finess>/withdraw")
    @own(portal)
    def patient_withdraw(me: Me, finess: str) -> ResponseReturnValue:
        with rooms.database.read() as tx:
            name = _shared_by(rooms, tx, me, finess)
        if name is None:
            return answer(Refused(Reason.UNKNOWN), back=url_for("patient_consents"))
        return ask(
            title=_("Share no more what %(name)s has?", name=name),
            points=[
                _("Professionals lose access to these exams at once, in an emergency too."),
                _("Codes and accesses to them end, and do not come back."),
                _("You do not see these exams here any more either."),
                _("The establishment keeps your file: ask its desk for a copy or a correction."),
                _("Only its desk can open the sharing again, with you there."),
            ],
            button=_("Withdraw my consent"),
            back=url_for("patient_consents"),
            grave=True,
        )

    @app.post("/patient/consents/<finess>/withdraw")
    @own(portal)
    def patient_withdraw_now(me: Me, finess: str) -> ResponseReturnValue:
        with rooms.database.write() as tx:
            said = rooms.access.choosing.withdraw(tx, me.visitor, me.id, finess, TEXT)
        return after(said, "patient_consents", "withdrawn")


def _shared_by(rooms: Rooms, tx: Tx, me: Me, finess: str) -> str | None:
    """What an establishment is called whose exams are shared; None where none are."""
    if not rooms.access.consents.is_in_force(tx, me.id, finess):
        return None
    return rooms.access.professionals.establishments(tx).get(finess, finess)
