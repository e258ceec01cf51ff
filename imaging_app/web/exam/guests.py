# SPDX-License-Identifier: Apache-2.0
"""Who comes to an exam, as what, and what whoever is refused is answered."""

import re
from dataclasses import dataclass
from typing import Final

from flask import abort, make_response
from werkzeug.wrappers import Response

from imaging_app.access.actions import Action, exam
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.doors import Passage
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer

# As what somebody comes who could come as both.
KINDS: Final = (Kind.PROFESSIONAL, Kind.PATIENT)
NAME: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
NO_SESSION, FORBIDDEN = 401, 403


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who may, and behind which passage."""

    visitor: Visitor
    passage: Passage

    @property
    def is_professional(self) -> bool:
        """Whether they care for the patient, and are not the patient."""
        return self.visitor.kind is Kind.PROFESSIONAL

    @property
    def patient(self) -> str:
        """Whose exam it is."""
        return self.passage.target.patient or ""

    @property
    def back(self) -> str:
        """Where they came from."""
        if self.is_professional:
            return f"/professional/patients/{self.patient}"
        return "/patient/exams"


def let_in(portal: Portal, name: str, action: Action) -> Guest | Refused:
    """Traced once a stay and committed before the answer; decided anew whenever it is asked."""
    thing = exam(name if NAME.fullmatch(name) else "")
    first: Refused | None = None
    for kind in KINDS:
        visitor = portal.visitor(kind)
        if visitor is None:
            continue
        found = portal.rooms.access.doors.hold(visitor, thing, action)
        if isinstance(found, Passage):
            return Guest(visitor, found)
        first = first or found
    return first or Refused(Reason.SESSION if portal.who() is None else Reason.KIND)


def turn_away(
    portal: Portal, name: str, refused: Refused, *, back: str = "", kept: bool = False
) -> Response:
    """A page, or the way to what is missing."""
    if refused.reason is not Reason.MOTIVE:
        return answer(refused, back=back, kept=kept)
    # Whoever is asked for a motive has a ground: they know whose exam it is.
    with portal.rooms.database.read() as tx:
        owner = portal.rooms.exams.index.owner(tx, name)
    return answer(refused, back=back, patient=owner.patient if owner else "")


def watching(portal: Portal, name: str, action: Action = Action.EXAM_IMAGES) -> Guest:
    """For what the viewer asks by itself: no activity, and no page for whoever is refused."""
    portal.login.unnoticed()
    found = let_in(portal, name, action)
    if isinstance(found, Refused):
        ended = found.reason is Reason.SESSION
        abort(make_response("", NO_SESSION if ended else FORBIDDEN))
    return found
