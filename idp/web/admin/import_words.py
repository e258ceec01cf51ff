# SPDX-License-Identifier: Apache-2.0
"""What the pages of imports say: of columns, states, verdicts, and of what is wrong with a line."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from idp.administration.imports.runs import NotDone

_l = lazy_gettext
FIELDS: Final[Mapping[str, Any]] = {
    "last_name": _l("Last name"),
    "first_name": _l("First name"),
    "civility": _l("Civility"),
    "birth_name": _l("Birth name"),
    "birth_date": _l("Birth date"),
    "identifier": _l("Identifier"),
    "national_id": _l("RPPS or ADELI number"),
    "email": _l("E-mail address"),
    "phone": _l("Mobile"),
    "profession": _l("Profession"),
    "speciality": _l("Speciality"),
    "town": _l("Town"),
    "locale": _l("Language"),
    "communities": _l("Communities"),
    "establishment": _l("Establishment (FINESS number)"),
    "visibility": _l("In the directory"),
    "population": _l("Population"),
    "email_verified": _l("E-mail address verified"),
    "phone_verified": _l("Mobile verified"),
    "password_hash": _l("Password of the system before"),
    "must_change": _l("Password to be replaced"),
    "title": _l("Title of practice"),
    "ins": _l("National health identity"),
}
KINDS: Final = {"accounts": _l("Professionals or staff"), "patients": _l("Patients")}
STATES: Final = {
    "reading": (_l("Being read"), "info"),
    "read": (_l("Columns to check"), "info"),
    "planning": (_l("Dry run under way"), "info"),
    "planned": (_l("Ready to be carried out"), "info"),
    "running": (_l("Being carried out"), "info"),
    "stopped": (_l("Stopped"), "warn"),
    "done": (_l("Carried out"), "good"),
    "undoing": (_l("Being taken back"), "info"),
    "undone": (_l("Taken back"), "quiet"),
    "dropped": (_l("Given up"), "quiet"),
    "failed": (_l("Failed"), "bad"),
}
COUNTS: Final = {
    "create": _l("To create"),
    "change": _l("To change"),
    "unchanged": _l("Unchanged"),
    "fault": _l("Faults"),
    "made": _l("Created"),
    "changed": _l("Changed"),
    "failed": _l("Refused meanwhile"),
    "undone": _l("Taken back"),
    "kept": _l("Left as they are"),
}
WHYS: Final = {
    "missing": _l("missing"),
    "unfit": _l("can't be kept as it is"),
    "text": _l("holds what can't be shown, or is too long"),
    "formula": _l("is a formula"),
    "check": _l("has a wrong key"),
    "length": _l("has a wrong length"),
    "digits": _l("holds a wrong character"),
    "choice": _l("is none of those known"),
    "day": _l("is no date"),
    "past": _l("is nobody's birth date"),
    "address": _l("is no e-mail address"),
    "number": _l("is no telephone number"),
    "country": _l("is of a country that gets no messages"),
    "one-needed": _l("an address or a mobile is needed"),
    "key-needed": _l("an identifier, a number or an address is needed"),
    "unknown": _l("is not known"),
    "taken": _l("is in use"),
    "several": _l("is of several accounts"),
    "other-person": _l("is not that of the account"),
    "exists": _l("has an account already: the patient comes to the desk with the letter"),
    "too-often": _l(
        "too many patients with an account were found today: ask the region to bring this file"
    ),
    "not-yours": _l("belongs to others as well"),
    "region": _l("is given by a regional administrator alone"),
    "command-line": _l("is brought in at the command line alone"),
    "hash": _l("is none of the hashes that are taken"),
    "cells": _l("the line has more cells than there are columns"),
    "used": _l("the account is in use"),
    "changed-since": _l("it was changed since"),
    "gone": _l("it is gone"),
}
UNREADABLE: Final = {
    "empty": _l("There is nobody in this file."),
    "no-table": _l("This is no CSV file. In the spreadsheet, save the sheet as CSV (UTF-8)."),
    "characters": _l(
        "Its characters can't be read, or it is larger than 100 MB. Save it as CSV (UTF-8)."
    ),
    "header": _l("The first line must name each column, and each differently."),
    "columns": _l("It has too many columns."),
    "quotes": _l("From line %(line)s on, quotation marks do not match."),
    "long-line": _l("Line %(line)s is too long."),
    "too-many": _l("It has more than a million lines: part it."),
}
NOT_DONE: Final = {
    NotDone.STATE: _l("This was done already, or has come further meanwhile."),
    NotDone.MAPPING: _l(
        "Each column may fill one field, and last name and first name are needed; of patients the "
        "birth date as well."
    ),
    NotDone.ESTABLISHMENT: _l("Choose the establishment."),
    NotDone.POPULATION: _l("Choose what the file holds."),
}
DONE: Final = {
    "stopped": _l("It stops after the lines under way; what is done stays."),
    "dropped": _l("The import is given up; nothing was written."),
}


def shown_why(why: str) -> str:
    """What is wrong with a line, in words."""
    found = []
    for one in why.split():
        name, _colon, word = one.partition(":")
        if word.startswith("same-as-"):
            line = word.removeprefix("same-as-")
            found.append(str(_("the same person as on line %(line)s", line=line)))
            continue
        told = str(WHYS.get(word) or _("can't be kept as it is"))
        found.append(f"{FIELDS[name]}: {told}" if name in FIELDS else told)
    return " · ".join(found)


def shown_verdict(verdict: str, outcome: str) -> tuple[str, str]:
    """What a line came to, and how it looks."""
    tones = {"fault": "bad", "failed": "bad", "kept": "warn", "made": "good", "changed": "good"}
    word = outcome or verdict
    told = _("Fault") if word == "fault" else COUNTS.get(word, "–")
    return str(told), tones.get(word, "quiet")
