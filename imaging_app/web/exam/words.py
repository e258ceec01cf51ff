# SPDX-License-Identifier: Apache-2.0
"""People, days and sizes, as pages of an exam write them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from flask_babel import format_date, format_decimal, lazy_gettext
from flask_babel import gettext as _

from imaging_app.exams.values import Exam
from imaging_app.people.traits import Traits
from imaging_app.web.professional.words import KINDS_OF_EXAM

# A birth date is read from left to right in every language of ours.
BORN: Final = "dd/MM/y"
KILO: Final = 1000
KINDS: Final[Mapping[str, object]] = {**KINDS_OF_EXAM, "DOC": lazy_gettext("Document")}


@dataclass(frozen=True, slots=True)
class Person:
    """The birth name first; what is unknown is said so."""

    name: str
    born: str
    sex: str


@dataclass(frozen=True, slots=True)
class Heading:
    """What is written over an exam."""

    title: str
    day: str
    modality: str
    place: str


def person_of(traits: Traits) -> Person:
    """A patient."""
    name = f"{traits.birth_name} {' '.join(traits.first_names)}"
    if traits.used_name and traits.used_name != traits.birth_name:
        name = _("%(name)s (name in use: %(used)s)", name=name, used=traits.used_name)
    born = _("birth date unknown")
    if traits.birth_date:
        born = format_date(date.fromisoformat(traits.birth_date), BORN)
    return Person(name, born, traits.sex if traits.sex in {"F", "M"} else "")


def heading_of(exam: Exam) -> Heading:
    """An exam."""
    modality = ", ".join(dict.fromkeys(kind_of(one) for one in exam.modalities))
    return Heading(
        exam.description or modality or _("Exam"),
        day_of(exam.taken_on) or _("day unknown"),
        modality,
        exam.institution or exam.establishment,
    )


def kind_of(modality: str) -> str:
    """What made a series, in a word; a code that nobody knows stays as it is."""
    return str(KINDS.get(modality, modality))


def day_of(written: str) -> str:
    """A day that a modality wrote; empty where it is none."""
    try:
        return str(format_date(datetime.strptime(written, "%Y%m%d").date(), "long"))  # noqa: DTZ007
    except ValueError:
        return ""


def size_of(count: int) -> str:
    """How large something is, in as few digits as say it."""
    number: float = max(round(count / KILO), 1)
    words = _("%(count)s kB", count="%(count)s")
    if count >= KILO * KILO:
        number, words = round(count / KILO**2, 1), _("%(count)s MB", count="%(count)s")
    if count >= KILO**3:
        number, words = round(count / KILO**3, 1), _("%(count)s GB", count="%(count)s")
    # The unit stays with its number.
    return str(words % {"count": format_decimal(number)}).replace(" ", "\xa0")
