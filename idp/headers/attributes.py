# SPDX-License-Identifier: Apache-2.0
"""What a header may carry of a person, and how a value is written so that it stays one header."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from idp.accounts.values import Person
from idp.grants.admission import Admission


@dataclass(frozen=True, slots=True)
class Known:
    """All that headers are made of."""

    person: Person
    admission: Admission
    subject: str
    session: str


Reader = Callable[[Known], str]
PersonReader = Callable[[Person], str]

# What is so at each login of theirs.
PERSON: dict[str, PersonReader] = {
    "identifier": lambda person: person.identifier,
    "name": lambda person: person.display_name,
    "first_name": lambda person: person.first_name,
    "last_name": lambda person: person.last_name,
    "population": lambda person: person.population.value,
    # Whoever reads it takes it for theirs: an address that nobody has verified is not told.
    "email": lambda person: person.email if person.email_verified else "",
    "phone": lambda person: person.phone if person.phone_verified else "",
    "national_id": lambda person: person.national_id or "",
    "profession": lambda person: person.profession,
    "speciality": lambda person: person.speciality,
}


def _of_person(read: PersonReader) -> Reader:
    return lambda known: read(known.person)


READERS: dict[str, Reader] = {
    "subject": lambda known: known.subject,
    **{name: _of_person(read) for name, read in PERSON.items()},
    "level": lambda known: str(int(known.admission.level)),
    "means": lambda known: " ".join(known.admission.means),
    "authenticated_at": lambda known: str(known.admission.authenticated_at),
    "session": lambda known: known.session,
}
# What a person is asked about before it is told; the rest says nothing of them but that it is they.
SCOPE_OF = {
    "identifier": "profile",
    "name": "profile",
    "first_name": "profile",
    "last_name": "profile",
    "email": "email",
    "phone": "phone",
    "national_id": "health_professional",
    "profession": "health_professional",
    "speciality": "health_professional",
}


def scopes_of(attributes: Iterable[str]) -> tuple[str, ...]:
    """What these attributes tell, in the words of consent."""
    return tuple(dict.fromkeys(SCOPE_OF[one] for one in attributes if one in SCOPE_OF))


def as_utf8(value: str) -> str:
    """RFC 9110 §5.5: bytes above ASCII pass as they are; WSGI shows each as one character."""
    line = _one_line(value)
    return line if line.isascii() else line.encode("utf-8", "replace").decode("latin-1")


def as_percent(value: str) -> str:
    """ASCII alone, each other byte of UTF-8 as %XX (RFC 3986 §2.1)."""
    return quote(_one_line(value), safe=" !#$&'()*+,/:;=?@[]")


def _one_line(value: str) -> str:
    # A line break in a name would be a header of somebody else's choice.
    if value.isprintable():
        return value.strip()
    return "".join(one if one.isprintable() else " " for one in value).strip()


WRITERS: dict[str, Callable[[str], str]] = {"utf-8": as_utf8, "percent": as_percent}
