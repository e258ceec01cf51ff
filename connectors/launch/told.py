# SPDX-License-Identifier: Apache-2.0
"""Who is at work, where they want to go, and whose file they were looking at: parsed once."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from connectors.launches import Launch, LaunchSource
from connectors.launches import LaunchFault as Fault
from connectors.national_ids import is_national_id

LONGEST_NAME: Final = 128
LONGEST_KEY: Final = 128
FILE_NUMBER: Final = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z ._/-]{0,62}[0-9A-Za-z])?", re.ASCII)
DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
# Numbers that name a person wherever they work: RPPS and ADELI.
ANYWHERE: Final = ("8", "0")
# Before the number of somebody who is known by their establishment alone (TRE_G08).
BY_FINESS: Final = "3"
PATIENT: Final = frozenset({"file", "birth_date", "family_name", "given_name"})


def read_launch(claims: Mapping[str, object], source: LaunchSource, until: int) -> Launch | Fault:
    """What the claims say; or what of it can't be taken."""
    person = claims.get("sub")
    if not isinstance(person, str) or not is_national_id(person):
        return Fault.PERSON
    if not person.startswith(source.numbers or own_numbers(source)):
        return Fault.NOT_THEIRS
    first_name, last_name = _name(claims, "given_name"), _name(claims, "family_name")
    if first_name is None or last_name is None:
        return Fault.NAMES
    application = claims.get("application")
    if not isinstance(application, str) or not 0 < len(application) <= LONGEST_KEY:
        return Fault.APPLICATION
    patient = _patient(claims.get("patient", {}))
    if patient is None:
        return Fault.PATIENT
    return Launch(
        source=source.key,
        name=str(claims["jti"]),
        until=until,
        application=application,
        national_id=person,
        first_name=first_name,
        last_name=last_name,
        patient=patient,
    )


def own_numbers(source: LaunchSource) -> tuple[str, ...]:
    """Of whom an establishment may speak where nothing else is said: of any professional.

    And of those who are known by its own number; never of another establishment's.
    """
    return (*ANYWHERE, f"{BY_FINESS}{source.establishment}/")


def _name(members: Mapping[str, object], name: str) -> str | None:
    """A name on one line; nothing where none is told, None for one that can't be shown."""
    value = members.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST_NAME or not value.isprintable():
        return None
    return value.strip()


def _patient(told: object) -> dict[str, str] | None:
    """A file's number and the birth date that it is opened with, maybe a name; None where wrong."""
    if not isinstance(told, Mapping):
        return None
    if not told:
        return {}
    number, born = told.get("file"), told.get("birth_date")
    if not told.keys() <= PATIENT or not isinstance(number, str) or not isinstance(born, str):
        return None
    if not FILE_NUMBER.fullmatch(number) or not _is_date(born):
        return None
    first_name, last_name = _name(told, "given_name"), _name(told, "family_name")
    if first_name is None or last_name is None:
        return None
    names = {"given_name": first_name, "family_name": last_name}
    return {"file": number, "birth_date": born} | {key: one for key, one in names.items() if one}


def _is_date(text: str) -> bool:
    try:
        return DATE.fullmatch(text) is not None and date.fromisoformat(text).year >= 1850
    except ValueError:
        return False
