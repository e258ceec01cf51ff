# SPDX-License-Identifier: Apache-2.0
"""Reads what the Annuaire Santé answers: FHIR R4, as its implementation guide shapes it.

Nothing in it is taken for granted: what is no such answer is none at all.
"""

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from idp.accounts.activities import Activity
from idp.directory import nomenclature
from idp.directory.values import Practitioner

ID_SYSTEM: Final = "urn:oid:1.2.250.1.71.4.2.1"
# The national identifier with its prefix, the RPPS number in its present and its former system.
RPPS_SYSTEMS: Final = frozenset({"https://rpps.esante.gouv.fr", "http://rpps.fr"})
RPPS: Final = "8"
LONGEST: Final = 128
MOST_ACTIVITIES: Final = 50


class NotFhir(ValueError):
    """The answer is not what it should be."""


def question(base: str, national_id: str) -> str:
    """The address that asks about one person."""
    wanted = quote(f"{ID_SYSTEM}|{national_id}", safe="")
    return f"{base.rstrip('/')}/Practitioner?identifier={wanted}"


def read_bundle(body: bytes, national_id: str) -> Practitioner | None:
    """The person of this identifier; None where it says that there is none."""
    try:
        bundle = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise NotFhir("it is no JSON") from fault
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise NotFhir("it is no bundle")
    people = [
        one
        for one in _dicts(entry.get("resource") for entry in _dicts(bundle.get("entry")))
        if one.get("resourceType") == "Practitioner" and _is(one, national_id)
    ]
    if len(people) > 1:
        raise NotFhir("it names several people")
    if not people:
        if _dicts(bundle.get("entry")) or bundle.get("total") not in (None, 0):
            raise NotFhir("it names somebody else")
        return None
    return _practitioner(people[0], national_id)


def _is(person: dict[str, Any], national_id: str) -> bool:
    for one in _dicts(person.get("identifier")):
        system, value = _text(one.get("system")), _text(one.get("value"))
        if system == ID_SYSTEM and value == national_id:
            return True
        if system in RPPS_SYSTEMS and RPPS + value == national_id:
            return True
    return False


def _practitioner(person: dict[str, Any], national_id: str) -> Practitioner:
    name = next((one for one in _dicts(person.get("name")) if _text(one.get("family"))), None)
    if name is None:
        raise NotFhir("it names nobody")
    given = name.get("given")
    return Practitioner(
        national_id=national_id,
        last_name=_text(name["family"]),
        first_name=" ".join(_text(one) for one in given) if isinstance(given, list) else "",
        activities=tuple(dict.fromkeys(_activities(person)))[:MOST_ACTIVITIES],
        active=person.get("active") is True,
        source="annuaire",
    )


def _activities(person: dict[str, Any]) -> Iterator[Activity]:
    """A profession for each qualification that names one, with the specialities of the others."""
    skills = [one for codes in _codes(person) for one in codes if one.system == "TRE_R01"]
    for codes in _codes(person):
        for one in codes:
            if one.system in nomenclature.ALL_PROFESSIONS:
                skill = skills[0] if skills else None
                yield Activity(
                    profession_code=one.value,
                    profession=one.label,
                    speciality_code=skill.code if skill else "",
                    speciality=skill.plain if skill else "",
                )


def _codes(person: dict[str, Any]) -> Iterator[list[nomenclature.Term]]:
    for qualification in _dicts(person.get("qualification")):
        code = qualification.get("code")
        found = _dicts(code.get("coding")) if isinstance(code, dict) else []
        terms = [_term(_text(one.get("system")), _text(one.get("code"))) for one in found]
        yield [one for one in terms if one is not None]


def _term(system: str, code: str) -> nomenclature.Term | None:
    """Specialities come under R38, which is a part of R01."""
    known = nomenclature.term(system, code)
    if known is None and "TRE_R38" in system:
        known = nomenclature.speciality(code)
    return known


def _dicts(value: Any) -> list[dict[str, Any]]:
    if value is None or isinstance(value, str | bytes | dict):
        return []
    try:
        return [one for one in value if isinstance(one, dict)]
    except TypeError:
        return []


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else ""
    return "".join(one for one in text[:LONGEST] if one.isprintable()).strip()
