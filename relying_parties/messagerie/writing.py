# SPDX-License-Identifier: Apache-2.0
"""A message as it is written: what was typed, and what is still missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _

LONGEST = {"patient": 120, "subject": 160, "body": 20_000}


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed, as it was typed; `faults` by field, for the person who wrote it."""

    to: str = ""
    patient: str = ""
    subject: str = ""
    body: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)


def read_draft(form: Mapping[str, str], known: frozenset[str]) -> Draft:
    """The form that somebody sent."""
    to = form.get("to", "")
    patient, subject, body = (form.get(name, "").strip() for name in LONGEST)
    faults = {}
    if to not in known:
        faults["to"] = _("Choose who the message is for.")
    if not subject:
        faults["subject"] = _("Write in a few words what it is about.")
    if not body:
        faults["body"] = _("The message is empty.")
    typed = {"patient": patient, "subject": subject, "body": body}
    for name, most in LONGEST.items():
        if len(typed[name]) > most:
            faults[name] = _("This is too long: %(most)s characters at most.", most=most)
    return Draft(to, patient, subject, body.replace("\r\n", "\n"), faults)
