# SPDX-License-Identifier: Apache-2.0
"""Somebody as Pro Santé Connect tells of them: parsed once, at the door, into a typed value.

Its names are written in one case or another (`otherIds`, `otherIDs`), so case says nothing.
Whatever is no text counts as absent; what is longer than anything real makes the whole unusable.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from connectors.capabilities import Practice
from connectors.national_ids import is_national_id
from connectors.openid.upstream import Claims

LONGEST: Final = 512
MOST_EXERCISES: Final = 20
MOST_ACTIVITIES: Final = 200
# Structure identifiers of before say by what a structure is known (TRE_G07).
FINESS: Final = "1"
SIRET: Final = "3"


@dataclass(frozen=True, slots=True)
class Person:
    """Who came, and all that they practise."""

    national_id: str
    first_name: str
    last_name: str
    civility: str
    practices: tuple[Practice, ...]

    @property
    def profession(self) -> str:
        """The code of what they are; their first one, where they are several things."""
        return self.practices[0].profession_code if self.practices else ""


class Unreadable(ValueError):
    """Not what Pro Santé Connect tells; its text says which part."""


def read_person(told: Claims) -> Person | str:
    """The person of a userinfo; or the name of what is wrong with it."""
    try:
        return _person(_Members(told))
    except Unreadable as why:
        return str(why)


class _Members:
    """The members of an object, by their names in whatever case."""

    def __init__(self, found: object) -> None:
        if not isinstance(found, Mapping):
            raise Unreadable("not an object")
        self._by_name = {str(name).casefold(): value for name, value in found.items()}
        if len(self._by_name) != len(found):
            # Two that differ in case alone: nobody knows which of them is meant.
            raise Unreadable("one name twice")

    def text(self, name: str) -> str:
        """What says who somebody is: read rightly, or not at all."""
        value = self.aside(name)
        if value is None:
            raise Unreadable(name)
        return value

    def aside(self, name: str) -> str | None:
        """A text in one line; None for one that can't be told."""
        value = self._by_name.get(name.casefold(), "")
        if not isinstance(value, str):
            return ""
        # Registers are full of spaces of other kinds, and of ends of lines.
        plain = " ".join(value.split())
        return plain if len(plain) <= LONGEST and plain.isprintable() else None

    def each(self, name: str, most: int) -> Iterator["_Members"]:
        """What they practise: as much of it as can be read."""
        listed = self._by_name.get(name.casefold())
        entries = listed[:most] if isinstance(listed, list) else []
        return (_Members(one) for one in entries if isinstance(one, Mapping))

    def member(self, name: str) -> "_Members":
        return _Members(self._by_name.get(name.casefold()) or {})


def _person(told: _Members) -> Person:
    # Never `sub`: it is theirs, and changes with their software.
    national_id = told.text("SubjectNameID") or told.text("preferred_username")
    if not is_national_id(national_id):
        raise Unreadable("SubjectNameID")
    known = told.member("SubjectRefPro")
    practices: list[Practice] = []
    first_name = last_name = ""
    for exercise in known.each("exercices", MOST_EXERCISES):
        first_name = first_name or exercise.text("prenomDexercice")
        last_name = last_name or exercise.text("nomDexercice")
        practices += _practices(exercise)
    last_name = last_name or told.text("family_name")
    if not last_name:
        raise Unreadable("family_name")
    return Person(
        national_id,
        first_name or told.text("given_name"),
        last_name,
        known.text("codeCivilite"),
        tuple(dict.fromkeys(practices)),
    )


def _practices(exercise: _Members) -> Iterator[Practice]:
    code = exercise.aside("codeProfession") or ""
    category = exercise.aside("codeCategorieProfessionnelle") or ""
    learning = category.upper() == "E"
    for activity in exercise.each("activities", MOST_ACTIVITIES):
        structure = activity.aside("ancienIdentifiantDeLaStructure") or ""
        yield Practice(
            # Those in training share their codes with the others.
            profession_code=f"G16-{code}" if learning and code else code,
            category=category,
            speciality_code=(exercise.aside("codeSavoirFaire") or ""),
            mode=(activity.aside("codeModeExercice") or ""),
            sector=(activity.aside("codeSecteurDactivite") or ""),
            finess=(activity.aside("numeroFinessSite") or "") or _after(FINESS, structure),
            siret=(activity.aside("numeroSiretSite") or "") or _after(SIRET, structure),
            structure=(activity.aside("raisonSocialeSite") or ""),
            post_code=(activity.aside("codePostal") or ""),
            town=(activity.aside("bureauCedex") or ""),
            phone=(activity.aside("telephone") or ""),
            section=(activity.aside("codeSectionPharmacien") or ""),
            structure_number=structure,
        )


def _after(kind: str, structure: str) -> str:
    return structure.removeprefix(kind) if structure.startswith(kind) else ""
