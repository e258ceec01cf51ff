# SPDX-License-Identifier: Apache-2.0
"""What an establishment tells of a patient at consent, checked field by field."""

import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from idp.accounts.identifiers import letters_of
from idp.accounts.profile import CIVILITIES
from idp.accounts.values import LONGEST_TEXTS, Person, Population
from idp.config.checks import check_email
from idp.config.kinds import Invalid
from idp.credentials.addresses import STRANGE
from idp.directory.numbers import nir_fault, tidy
from idp.messages.numbers import canonical_number, is_served

LOCALES: Final = ("fr", "en")
OLDEST: Final = 130
# What Person calls otherwise.
PERSON: Final = ("civility", "first_name", "last_name", "birth_name", "birth_date", "locale")


@dataclass(frozen=True, slots=True)
class NewPatient:
    """As typed, or read from a file."""

    last_name: str = ""
    first_name: str = ""
    birth_date: str = ""
    civility: str = ""
    birth_name: str = ""
    email: str = ""
    phone: str = ""
    ins: str = ""
    locale: str = "fr"

    def tidied(self) -> "NewPatient":
        """Composed letters, single spaces, a day and a number in the one form that is kept."""
        plain = {
            name: unicodedata.normalize("NFC", " ".join(getattr(self, name).split()))
            for name in NAMES
        }
        plain["birth_date"] = iso_day(plain["birth_date"])
        plain["phone"] = canonical_number(plain["phone"]) or plain["phone"]
        plain["ins"] = tidy(plain["ins"])
        return replace(self, **plain)

    def faults(self, now: int, countries: Collection[str]) -> dict[str, str]:
        """What can't be kept: a word for each field. Ask it of a tidied one."""
        found: dict[str, str] = {}
        for name in NAMES:
            text = getattr(self, name)
            if len(text) > LONGEST_TEXTS.get(name, 64) or not text.isprintable():
                found[name] = "text"
        for name in ("last_name", "first_name"):
            if not getattr(self, name):
                found[name] = "missing"
        if self.civility not in CIVILITIES:
            found.setdefault("civility", "choice")
        if self.locale not in LOCALES:
            found.setdefault("locale", "choice")
        checks: dict[str, Callable[[], str]] = {
            "birth_date": lambda: day_fault(self.birth_date, now),
            "email": lambda: email_fault(self.email),
            "phone": lambda: phone_fault(self.phone, countries),
            "ins": lambda: nir_fault(self.ins) if self.ins else "",
        }
        for name, check in checks.items():
            if name not in found and (why := check()):
                found[name] = why
        # Without either no code would ever reach them (SPEC §2.2).
        if not (self.email or self.phone):
            found.setdefault("email", "one-needed")
        return found

    def person(self, identifier: str) -> Person:
        """Who it is, once a free identifier is found. What came with the consent is verified."""
        texts = {name: getattr(self, name) for name in PERSON}
        return Person(
            population=Population.PATIENT,
            identifier=identifier,
            email=self.email,
            email_verified=bool(self.email),
            phone=self.phone,
            phone_verified=bool(self.phone),
            national_id=self.ins or None,
            **texts,
        )


NAMES: Final = tuple(NewPatient.__dataclass_fields__)


def iso_day(text: str) -> str:
    """A day as 1948-11-30, from that or from 30/11/1948; anything else as it is."""
    for form in ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"):
        try:
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 - a day alone
        except ValueError:
            continue
    return text


def day_fault(text: str, now: int) -> str:
    """Why it is nobody's birth date."""
    if not text:
        return "missing"
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return "day"
    today = datetime.fromtimestamp(now, UTC).date()
    if day.isoformat() != text:
        return "day"
    return "" if today.year - OLDEST <= day.year and day <= today else "past"


def email_fault(text: str) -> str:
    """Why nothing can be sent there."""
    try:
        check_email(text)
    except Invalid:
        return "address"
    return "" if text.isprintable() and STRANGE.isdisjoint(text) else "address"


def phone_fault(text: str, countries: Collection[str]) -> str:
    """Why no message goes to it."""
    if not text:
        return ""
    number = canonical_number(text)
    if number is None:
        return "number"
    return "" if is_served(number, countries) else "country"


def same_person(one: Person, new: NewPatient) -> bool:
    """Whether the names are alike, however they are spelled; the day was compared before.

    Somebody may give the name they bear or the one they were born with.
    """
    if letters_of(one.first_name) != letters_of(new.first_name):
        return False
    known = {letters_of(name) for name in (one.last_name, one.birth_name) if name}
    given = {letters_of(name) for name in (new.last_name, new.birth_name) if name}
    return not known.isdisjoint(given)
