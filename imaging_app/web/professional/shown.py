# SPDX-License-Identifier: Apache-2.0
"""How people and days are written, the same on each page: two of one name are told apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask_babel import format_date, format_datetime
from flask_babel import gettext as _

from imaging_app.exams.reports import Report, result_of
from imaging_app.people.patients import Patient
from imaging_app.people.search import Line
from imaging_app.sharing.lists import Shown
from imaging_app.web.professional.words import (
    IDENTITIES,
    KINDS_OF_EXAM,
    NO_IDENTITY,
    SEX_UNKNOWN,
    SEXES,
)

# As it is typed and printed in France, whichever language the page is in.
BIRTH = "dd/MM/yyyy"


@dataclass(frozen=True, slots=True)
class Person:
    """A patient: birth name first, first names, the name in use, birth date, sex."""

    id: str
    birth_name: str
    first_names: str
    used_name: str
    born: str
    sex: str
    identity: str = ""

    @property
    def name(self) -> str:
        """Birth name and first names."""
        return f"{self.birth_name} {self.first_names}"


def person(one: Line | Shown) -> Person:
    """Somebody in a list."""
    name = one.patient if isinstance(one, Shown) else one.id
    return Person(
        name,
        one.birth_name,
        " ".join(one.first_names.split(",")),
        one.used_name,
        birth(one.birth_date),
        sex(one.sex),
    )


def whole_person(one: Patient) -> Person:
    """The same with how surely it is them."""
    traits = one.traits
    status = IDENTITIES.get(traits.ins.status, NO_IDENTITY) if traits.ins else NO_IDENTITY
    return Person(
        one.id,
        traits.birth_name,
        " ".join(traits.first_names),
        traits.used_name if traits.used_name != traits.birth_name else "",
        birth(traits.birth_date),
        sex(traits.sex),
        str(status),
    )


def birth(iso: str) -> str:
    """A birth date, or that it is unknown."""
    if not iso:
        return str(_("date of birth unknown"))
    return str(format_date(date.fromisoformat(iso), BIRTH))


def sex(one: str) -> str:
    """In words."""
    return str(SEXES.get(one, SEX_UNKNOWN))


def day_of_exam(taken_on: str) -> str:
    """The day of an exam, from what the modality wrote."""
    try:
        found = datetime.strptime(taken_on, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return str(_("Date unknown"))
    return str(format_date(found, "long"))


def time_of_exam(taken_time: str) -> str:
    """Its hour and minute; nothing where they are unknown."""
    is_told = len(taken_time) >= 4 and taken_time[:4].isdigit()
    return f"{taken_time[:2]}:{taken_time[2:4]}" if is_told else ""


def way_to_result(exam: str, reports: Sequence[Report]) -> str:
    """To the report that says the result, or to their list; nowhere where there is none."""
    found, here = result_of(reports), f"/exams/{exam}/reports"
    return f"{here}/{found.version}" if found else here if reports else ""


def day(moment: int) -> str:
    """The day of a moment, where the people are."""
    return str(format_datetime(datetime.fromtimestamp(moment, UTC), "d MMMM y"))


def moment(at: int) -> str:
    """Day and hour, where the people are."""
    return str(format_datetime(datetime.fromtimestamp(at, UTC), "short"))


def kinds(modalities: tuple[str, ...]) -> str:
    """What kinds of images an exam has, in words; what nobody knows stays as it is."""
    known = [str(KINDS_OF_EXAM[one]) for one in modalities if one in KINDS_OF_EXAM]
    return ", ".join(dict.fromkeys(known))


def house(names: Mapping[str, str], finess: str) -> str:
    """What an establishment is called."""
    return names.get(finess, finess)


def choices(words: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Values and their words, each word once, for a list to choose from."""
    found: dict[str, str] = {}
    for value, word in words.items():
        found.setdefault(str(word), value)
    return sorted(((value, word) for word, value in found.items()), key=lambda one: one[1])
