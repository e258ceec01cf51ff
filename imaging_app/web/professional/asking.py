# SPDX-License-Identifier: Apache-2.0
"""Who asks, how a page is drawn, and where one goes after a form: the same for all of these."""

import re
from typing import Any, Final
from urllib.parse import urlencode

from flask import abort, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from imaging_app.access.actions import Action, Thing
from imaging_app.access.actions import patient as patient_thing
from imaging_app.access.decide import Allowed, Reason, Refused
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.people.patients import Patient
from imaging_app.web.portal import Portal
from imaging_app.web.professional.words import DONE
from relying_parties.kit.origins import local_path

HOME = "/professional"
SEE_OTHER = 303
UNAUTHORIZED = 401
NAME: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


def asking(portal: Portal) -> Visitor:
    """Who asks; behind `portal.require` there is somebody."""
    return portal.visitor(Kind.PROFESSIONAL) or abort(UNAUTHORIZED)


def page(name: str, status: int = 200, **values: Any) -> Response:
    """A page of this group, with what has just been done."""
    done = DONE.get(request.args.get("done", ""), "")
    text = render_template(f"imaging_app/professional/{name}.html", done=done, **values)
    return make_response(text, status)


def patient_of(name: str) -> Thing:
    """The patient of an address; what is no name of ours is nobody's, and asked of no database."""
    return patient_thing(name if NAME.fullmatch(name) else "")


def patient_path(patient: str, **query: str) -> str:
    """A patient's page."""
    told = {name: value for name, value in query.items() if value}
    return f"{HOME}/patients/{patient}" + (f"?{urlencode(told)}" if told else "")


def go(path: str) -> Response:
    """After a form."""
    return redirect(local_path(path), SEE_OTHER)


def way_back(refused: Refused, path: str) -> str:
    """Where whoever was refused goes on: to the same page after a login; else to the first one."""
    return path if refused.reason in {Reason.LEVEL, Reason.SESSION} else HOME


def met(portal: Portal, who: Visitor, patient: str, action: Action) -> Patient | Refused:
    """Who a patient is, for whoever may do this: to be sure that it is them, before it is done.

    Nothing is opened yet. What is refused is traced as any other try.
    """
    rooms, thing = portal.rooms, patient_of(patient)
    with rooms.database.read() as tx:
        [(_thing, may)] = rooms.access.doors.which(tx, who, [thing], action)
        known = rooms.access.patients.find(tx, patient) if isinstance(may, Allowed) else None
    if known is not None:
        return known
    refused = rooms.access.doors.hold(who, thing, action)
    return refused if isinstance(refused, Refused) else Refused(Reason.UNKNOWN)
