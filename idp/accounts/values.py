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


@dataclass(frozen=True, slots=True)
class Account:
    """One account: a person, a state and an id that never changes."""

    id: str
    state: State
    person: Person
    communities: frozenset[str] = field(default_factory=frozenset)
    updated_at: int = 0


def sort_key(name: str) -> tuple[str, str]:
    """Where a name stands in a list: accents and case count last, on every database alike."""
    parts = unicodedata.normalize("NFKD", name)
    plain = "".join(one for one in parts if not unicodedata.combining(one))
    return plain.casefold(), name


def fold(name: str) -> str:
    """The one normalisation of a typed identifier or e-mail address (CR-011).

    Compatibility forms, case and outer spaces are alike; nothing else is.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()
