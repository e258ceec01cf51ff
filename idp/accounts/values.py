# SPDX-License-Identifier: Apache-2.0
"""The person as a value, and the one way a typed name is folded."""

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum


class Population(StrEnum):
    """Who an account is for."""

    PROFESSIONAL = "professional"
    PATIENT = "patient"
    STAFF = "staff"


class State(StrEnum):
    """Whether an account may be used."""

    ACTIVE = "active"
    DISABLED = "disabled"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody."""

    population: Population
    identifier: str
    first_name: str
    last_name: str
    civility: str = ""
    birth_name: str = ""
    birth_date: str = ""
    email: str = ""
    email_verified: bool = False
    phone: str = ""
    phone_verified: bool = False
    national_id: str | None = None
    profession: str = ""
    speciality: str = ""
    town: str = ""
    locale: str = "fr"

    @property
    def display_name(self) -> str:
        """First and last name, as shown."""
        return f"{self.first_name} {self.last_name}".strip()


# What the columns hold, and pages can show.
LONGEST_TEXTS = {
    "identifier": 128,
    "first_name": 128,
    "last_name": 128,
    "civility": 16,
    "birth_name": 128,
    "birth_date": 10,
    "email": 254,
    "phone": 32,
    "national_id": 64,
    "profession": 128,
    "speciality": 128,
    "town": 128,
    "locale": 8,
}
FOLDED_TEXTS = ("identifier", "email")
LONGEST_NAME = 512
# Of each name, so much decides where it stands.
SORTED = 64
NEEDED_TEXTS = ("identifier", "first_name", "last_name")


@dataclass(frozen=True, slots=True)
class Account:
    """One account: a person, a state and an id that never changes."""

    id: str
    state: State
    person: Person
    communities: frozenset[str] = field(default_factory=frozenset)
    updated_at: int = 0


def unfit_texts(person: Person) -> tuple[str, ...]:
    """The names of the texts that are missing, too long, or hold what can't be shown (NUL…)."""
    found = []
    for name, longest in LONGEST_TEXTS.items():
        text = getattr(person, name) or ""
        missing = name in NEEDED_TEXTS and not text.strip()
        # Some characters fold into eighteen.
        too_long = len(text) > longest or (name in FOLDED_TEXTS and len(fold(text)) > LONGEST_NAME)
        if missing or too_long or not text.isprintable():
            found.append(name)
    return tuple(found)


def sort_key(name: str) -> tuple[str, str]:
    """Where a name stands in a list: accents and case count last, on every database alike."""
    parts = unicodedata.normalize("NFKD", name)
    plain = "".join(one for one in parts if not unicodedata.combining(one))
    return plain.casefold(), name


def sort_name(last_name: str, first_name: str, account: str) -> str:
    """Where an account stands among all, as one text that no other account has."""
    last, first = sort_key(last_name)[0], sort_key(first_name)[0]
    return f"{last[:SORTED]}\x1f{first[:SORTED]}\x1f{account}"


def fold(name: str) -> str:
    """The one normalisation of a typed identifier or e-mail address (CR-011).

    Compatibility forms, case and outer spaces are alike; nothing else is.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()
