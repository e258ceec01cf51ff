# SPDX-License-Identifier: Apache-2.0
"""Words of the patient's space: closed lists as sentences, times as people read them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from flask_babel import format_date, format_time, gettext
from flask_babel import lazy_gettext as _

from imaging_app.consents.consent import State
from imaging_app.exams.retention import REMOVED
from imaging_app.people.professionals import Professional
from imaging_app.sharing.lists import State as CodeState

MOTIVES: Mapping[str, object] = {
    "consultation": _("Seen in consultation"),
    "hospitalisation": _("In hospital in their ward"),
    "traitant": _("Médecin traitant"),
    "urgence": _("Emergency"),
}
ACTIONS: Mapping[str, object] = {
    "exam.open": _("Opened an exam"),
    "exam.images": _("Looked at the images"),
    "exam.report": _("Has read the report"),
    "exam.download": _("Downloaded the images"),
    "patient.open": _("Opened your list of exams"),
    "patient.emergency": _("Asked for an emergency access"),
    "file.open": _("Opened your file at the establishment"),
    "file.involve": _("Wrote down who cares for you"),
    REMOVED: _("Removed an exam at the end of the time for which it has to be kept"),
    "file.untie": _("Took back the tie to an account"),
    "file.put": _("Put images into your file by hand"),
    "file.take_out": _("Took images out of your file that were put there by hand"),
    "grant.code": _("Used a sharing code"),
}
# Who did what no person does.
ACTORS: Mapping[str, object] = {REMOVED: _("The establishment that kept it")}
MODALITIES: Mapping[str, object] = {
    "CT": _("Scanner"),
    "MR": _("MRI"),
    "CR": _("X-ray"),
    "DX": _("X-ray (digital)"),
    "US": _("Ultrasound"),
    "MG": _("Mammography"),
    "XA": _("Angiography"),
    "RF": _("Fluoroscopy"),
    "NM": _("Scintigraphy"),
    "PT": _("PET"),
    "IO": _("Dental X-ray"),
    "PX": _("Panoramic dental X-ray"),
    "ES": _("Endoscopy"),
}
CONSENTS: Mapping[State, object] = {
    State.GIVEN: _("Given"),
    State.WITHDRAWN: _("Withdrawn"),
    State.RENEWED: _("Given again"),
}
CODES: Mapping[CodeState, object] = {
    CodeState.VALID: _("Valid"),
    CodeState.EXPIRED: _("Expired"),
    CodeState.REVOKED: _("Revoked"),
}
DONE: Mapping[str, object] = {
    "blocked": _("It is done: this professional can’t open anything of yours any more."),
    "unblocked": _("It is done: you keep this professional out no longer."),
    "named": _("It is done: this doctor is your médecin traitant here."),
    "forgotten": _("It is done: you have no médecin traitant here any more."),
    "withdrawn": _("It is done: nothing that this establishment has is shared any more."),
    "opposed": _("It is done: nobody can open your exams in an emergency."),
    "allowed": _("It is done: your exams can be opened in an emergency."),
    "revoked": _("It is done: this code, and what it had opened, are closed."),
}


def modality(codes: tuple[str, ...]) -> str:
    """What kind of exam it is; what nobody knows by its code is left out."""
    return ", ".join(dict.fromkeys(str(MODALITIES[one]) for one in codes if one in MODALITIES))


def day(at: int) -> str:
    """The day of a moment."""
    return str(format_date(datetime.fromtimestamp(at, UTC), "long", rebase=True))


def moment(at: int) -> str:
    """The day and the hour of a moment."""
    when = datetime.fromtimestamp(at, UTC)
    hour = format_time(when, "short", rebase=True)
    return str(gettext("%(day)s at %(hour)s", day=day(at), hour=hour))


def stamp(at: int) -> str:
    """The same for programs."""
    return datetime.fromtimestamp(at, UTC).isoformat()


def taken(on: str) -> str:
    """The day of an exam, of which nothing may be known."""
    try:
        when = date(int(on[:4]), int(on[4:6]), int(on[6:8]))
    except ValueError:
        return str(gettext("Day unknown"))
    return str(format_date(when, "long"))


def name_of(one: Professional) -> str:
    """A professional as people say their name."""
    return f"{one.given} {one.family}".strip()


def work_of(profession: str, speciality: str) -> str:
    """What they do."""
    return ", ".join(part for part in (profession, speciality) if part)
