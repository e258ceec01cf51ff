# SPDX-License-Identifier: Apache-2.0
"""The first page, what one is told there, and answers to questions."""

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue

from imaging_app.clock import DAY
from imaging_app.exams.index import Wanted
from imaging_app.notices.outbox import To
from imaging_app.web.patient.exams import listed
from imaging_app.web.patient.me import SEE_OTHER, Me, account_of, own, show
from imaging_app.web.portal import Portal

LATEST = 3
# What was read leaves the first page after so long.
STAYS = 30 * DAY


def add_first_pages(app: Flask, portal: Portal) -> None:
    """`/patient`, `/patient/notices`, `/patient/help`."""
    rooms = portal.rooms

    @app.get("/patient", endpoint="patient")
    @own(portal)
    def home(me: Me) -> ResponseReturnValue:
        now = rooms.now()
        with rooms.database.read() as tx:
            lines, _more = listed(rooms, tx, me, Wanted(patient=me.id, told=True))
            told = rooms.access.outbox.of(tx, To.PATIENT, me.id)
        notices = [one for one in told if one.read_at is None or one.at > now - STAYS]
        return show(
            "home",
            lines=lines[:LATEST],
            notices=notices,
            unread=sum(one.read_at is None for one in notices),
            until=now,
            me=me,
            account=account_of(portal),
        )

    @app.post("/patient/notices")
    @own(portal)
    def patient_notices(me: Me) -> ResponseReturnValue:
        typed = request.form.get("until", "")
        until = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 12 else 0
        with rooms.database.write() as tx:
            rooms.access.outbox.read(tx, To.PATIENT, me.id, min(until, rooms.now()))
        return redirect(url_for("patient"), SEE_OTHER)

    @app.get("/patient/help")
    @own(portal)
    def patient_help(_me: Me) -> ResponseReturnValue:
        return show(
            "help", account=account_of(portal), email=portal.support_email, rules=_rules(portal)
        )


def _rules(portal: Portal) -> dict[str, int]:
    rules = portal.rooms.settings.rules
    return {
        "minutes": rules.emergency_minutes,
        "failures": rules.code_failures,
        "lock": rules.code_lock_minutes,
    }
