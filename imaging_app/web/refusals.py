# SPDX-License-Identifier: Apache-2.0
"""What whom the doors refuse is answered: what is missing is asked for, where it can be."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from flask import redirect, request
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from imaging_app.access.decide import Reason, Refused
from imaging_app.web.portal import refuse
from relying_parties.kit.origins import local_path
from relying_parties.words import HOME, START_AGAIN, ErrorText

SEE_OTHER: Final = 303
SAFE: Final = frozenset({"GET", "HEAD"})
STATUS: Final[Mapping[str, int]] = {
    "session": 401, "too_many": 429, "state": 409, "protected": 409, "no_match": 404, "reason": 400,
}  # fmt: skip
FORBIDDEN: Final = 403
TEXTS: Final[Mapping[str, ErrorText]] = {
    "not_yours": ErrorText(
        _("This is not open to you"),
        _(
            "Either it is not there, or it is not shared with you. A patient who wants to share"
            " it gives you a code."
        ),
        HOME,
    ),
    "level": ErrorText(
        _("Confirm that it is you"),
        _(
            "What you want to do asks for a recent login. You come back to the page afterwards, and"
            " do it there."
        ),
        _("Log in again"),
    ),
    "level_kept": ErrorText(
        _("Confirm that it is you"),
        _("What you want to do asks for a recent login. Nothing is lost: you come back here."),
        _("Log in again"),
    ),
    "motive": ErrorText(
        _("Say why first"),
        _("A patient’s exams are opened for a reason, which is kept and shown to the patient."),
        _("Say why"),
    ),
    "embargo": ErrorText(
        _("You have not been told of this exam yet"),
        _("It opens here as soon as a professional has told you of it."),
        HOME,
    ),
    "download": ErrorText(
        _("You may look at this exam, but not download it"),
        _("The establishment that made it decides who may take images away. Ask its desk."),
        HOME,
    ),
    "too_many": ErrorText(
        _("Too many tries"),
        _("Wait an hour before the next one. Who has given you a code can check it meanwhile."),
        HOME,
    ),
    "state": ErrorText(
        _("Somebody has changed this meanwhile"),
        _("Look at it again: what you asked for no longer follows from what is there."),
        START_AGAIN,
    ),
    "protected": ErrorText(
        _("Your médecin traitant can’t be kept out"),
        _("Whom you have named as your médecin traitant sees what is shared about you."),
        HOME,
    ),
}


def answer(refused: Refused, *, back: str = "", patient: str = "", kept: bool = False) -> Response:
    """A page, or the way to what is missing.

    `back`: where to go on from, when not this page (a form can't be sent again). `patient`: whose
    motive is to be said. `kept`: whether what was typed is there again after a login.
    """
    told = refused.reason.told
    here = local_path(back or request.full_path.removesuffix("?"))
    way = ""
    if refused.reason is Reason.SESSION:
        way = "/login?" + urlencode({"next": here})
    elif refused.reason is Reason.LEVEL and refused.demand is not None:
        asked = {"level": refused.demand.level, "max_age": refused.demand.age}
        known = {name: value for name, value in asked.items() if value is not None}
        way = "/login?" + urlencode({**known, "next": here})
    elif refused.reason is Reason.MOTIVE and patient:
        way = f"/professional/patients/{patient}/motive?" + urlencode({"next": here})
    # A form's redirects are held to our own address: who sent one goes on by a link.
    if way and request.method in SAFE:
        return redirect(way, SEE_OTHER)
    status = STATUS.get(told, FORBIDDEN)
    text = TEXTS.get(f"{told}_kept" if kept else told) or TEXTS.get(told) or NOT_YOURS
    return refuse(told, status, again=way or here_or_home(here), text=text)


def here_or_home(here: str) -> str:
    """Where a page that is refused leads: never to itself."""
    return "/" if here.partition("?")[0] == request.path else here


NOT_YOURS: Final = TEXTS["not_yours"]
