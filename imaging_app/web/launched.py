# SPDX-License-Identifier: Apache-2.0
"""Whoever an establishment's software has sent: straight to the file that was open in it."""

from urllib.parse import urlencode

from flask import Flask, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from imaging_app.access.actions import Action
from imaging_app.access.actions import file as file_thing
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.visitor import Kind
from imaging_app.people.traits import read_date
from imaging_app.web.portal import Portal, refuse
from imaging_app.web.professional.asking import HOME, patient_path
from imaging_app.web.professional.shown import birth

LAUNCHED = "/launched"
SEE_OTHER = 303
GONE = 410


def add_launched_pages(app: Flask, portal: Portal) -> None:
    """`/launched`, and the file by its number."""

    def told() -> dict[str, str]:
        session = portal.login.session()
        return session.launched if session else {}

    @app.get(LAUNCHED)
    @portal.require(Kind.PROFESSIONAL)
    def launched() -> ResponseReturnValue:
        file = told().get("file")
        if file is None:
            return redirect(url_for("landing"), SEE_OTHER)
        return redirect(url_for("launched_file", file=file), SEE_OTHER)

    # Its address names the file: a tab that is loaded again must not show the next patient's.
    @app.get(f"{LAUNCHED}/<path:file>", merge_slashes=False)
    @portal.require(Kind.PROFESSIONAL)
    def launched_file(file: str) -> ResponseReturnValue:
        if told().get("file") != file:
            return refuse("file-not-open", GONE)
        launched = told()
        if way := _way(portal, launched):
            return redirect(way, SEE_OTHER)
        number = {"establishment": launched.get("establishment", ""), "number": file}
        return render_template(
            "imaging_app/launched.html",
            launched=launched,
            born=birth(read_date(launched.get("birth_date", "")) or ""),
            by_number=f"{HOME}/files?{urlencode(number)}",
        )


def _way(portal: Portal, launched: dict[str, str]) -> str:
    """The page of the patient whose file it is, for whoever may open it; else nothing.

    It opens nothing: that page asks as it always does. Where the software knows another birth
    date than the file has, one of the two is somebody else.
    """
    who, rooms = portal.visitor(Kind.PROFESSIONAL), portal.rooms
    if who is None:
        return ""
    with rooms.database.read() as tx:
        place, number = launched.get("establishment", ""), launched.get("file", "")
        found = rooms.access.files.find(tx, place, number)
        if found is None:
            return ""
        [(_thing, may)] = rooms.access.doors.which(
            tx, who, [file_thing(found.id)], Action.FILE_OPEN
        )
        if isinstance(may, Refused) and may.reason is not Reason.MOTIVE:
            return ""
        patient = rooms.access.patients.find(tx, found.patient)
    if patient is None:
        return ""
    born, told = patient.traits.birth_date, read_date(launched.get("birth_date", ""))
    return patient_path(patient.id) if not born or told == born else ""
