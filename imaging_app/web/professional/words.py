# SPDX-License-Identifier: Apache-2.0
"""Words of a professional's pages: kinds of exams, sexes, states, and what has just been done."""

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext as _

from imaging_app.access.grants import Basis
from imaging_app.access.motives import Motive
from imaging_app.sharing.lists import State

# DICOM PS3.3 C.7.3.1.1.1, those that a patient's exams are made of.
KINDS_OF_EXAM: Final[Mapping[str, object]] = {
    "CT": _("CT scan"),
    "MR": _("MRI"),
    "CR": _("X-ray"),
    "DX": _("X-ray"),
    "MG": _("Mammography"),
    "US": _("Ultrasound"),
    "XA": _("Angiography"),
    "RF": _("Fluoroscopy"),
    "NM": _("Nuclear medicine"),
    "PT": _("PET scan"),
    "ES": _("Endoscopy"),
    "IO": _("Dental X-ray"),
    "PX": _("Panoramic X-ray"),
}
SEXES: Final[Mapping[str, object]] = {"F": _("Female"), "M": _("Male")}
SEX_UNKNOWN: Final = _("Sex unknown")
STATES: Final[Mapping[State, object]] = {
    State.VALID: _("Valid"),
    State.EXPIRED: _("Expired"),
    State.REVOKED: _("Revoked"),
}
MOTIVES: Final[Mapping[Motive, object]] = {
    Motive.CONSULTATION: _("Seen in consultation"),
    Motive.HOSPITALISATION: _("Hospitalised in my department"),
    Motive.TRAITANT: _("I am the médecin traitant"),
    Motive.URGENCE: _("Emergency access"),
}
BASES: Final[Mapping[Basis, object]] = {
    Basis.INVOLVEMENT: _("Open to you because you care for this patient."),
    Basis.CODE: _("Open to you by a sharing code."),
    Basis.FILE: _("Open to you by a file number."),
}
# What the page after a form says, by a closed word of its address.
DONE: Final[Mapping[str, object]] = {
    "seen": _("Marked as seen."),
    "told": _("Noted: the patient was told, and sees this exam from now on."),
    "told-before": _("Somebody had noted it before: the patient sees this exam."),
    "entered": _("The code is right. It stays in your list until it expires."),
    "found": _("This file is open to you for some hours."),
    "broken-in": _("Emergency access has begun. The patient and the establishments are told."),
    "emergency-ended": _("The emergency access is over."),
}
# The national identity's status: what is not qualified is told as such, in plain words.
IDENTITIES: Final[Mapping[str, object]] = {
    "qualifiée": _("National identity qualified"),
    "validée": _("National identity validated, not qualified"),
    "récupérée": _("National identity retrieved, not validated"),
    "provisoire": _("Provisional identity"),
}
NO_IDENTITY: Final = _("Provisional identity, without a national number")
