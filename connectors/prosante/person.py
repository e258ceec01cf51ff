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
        value = self._by_name.get(name.casefold(), "")
        if not isinstance(value, str):
            return ""
        if len(value) > LONGEST or not value.isprintable():
            raise Unreadable(name)
        return value.strip()

    def each(self, name: str, most: int) -> Iterator["_Members"]:
        listed = self._by_name.get(name.casefold(), [])
        if not isinstance(listed, list) or len(listed) > most:
            raise Unreadable(name)
        return (_Members(one) for one in listed)

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
    code = exercise.text("codeProfession")
    learning = exercise.text("codeCategorieProfessionnelle").upper() == "E"
    for activity in exercise.each("activities", MOST_ACTIVITIES):
        structure = activity.text("ancienIdentifiantDeLaStructure")
        yield Practice(
            # Those in training share their codes with the others.
            profession_code=f"G16-{code}" if learning and code else code,
            category=exercise.text("codeCategorieProfessionnelle"),
            speciality_code=exercise.text("codeSavoirFaire"),
            mode=activity.text("codeModeExercice"),
            sector=activity.text("codeSecteurDactivite"),
            finess=activity.text("numeroFinessSite") or _after(FINESS, structure),
            siret=activity.text("numeroSiretSite") or _after(SIRET, structure),
            structure=activity.text("raisonSocialeSite"),
            post_code=activity.text("codePostal"),
            town=activity.text("bureauCedex"),
            phone=activity.text("telephone"),
            section=activity.text("codeSectionPharmacien"),
            structure_number=structure,
        )


def _after(kind: str, structure: str) -> str:
    return structure.removeprefix(kind) if structure.startswith(kind) else ""
