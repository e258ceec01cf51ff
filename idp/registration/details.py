# SPDX-License-Identifier: Apache-2.0
"""Step 2 as it was typed: tidied once, and what is wrong with each field, as one word.

A field is never lost for being wrong: it is kept as it was typed, and shown again beside its fault.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Final

from idp.accounts.folding import joined
from idp.accounts.particulars import Visibility
from idp.accounts.spelling import written
from idp.accounts.values import fold
from idp.config import checks
from idp.config.kinds import Invalid
from idp.directory import nomenclature, numbers
from idp.messages.numbers import canonical_number
from idp.registration.values import CardShown, Details, Introduced

# SPEC §3: those with a star.
NEEDED: Final = (
    "civility",
    "last_name",
    "first_name",
    "street",
    "post_code",
    "city",
    "phone",
    "email",
)
PHONES: Final = ("phone", "emergency_phone", "mobile", "fax")
# What the columns of an account hold (`idp.accounts`).
LONGEST: Final[Mapping[str, int]] = {
    "number": 32,
    "profession": 16,
    "speciality": 16,
    "title": 16,
    "civility": 16,
    "last_name": 128,
    "first_name": 128,
    "birth_name": 128,
    "birth_date": 10,
    "country": 64,
    "street": 256,
    "po_box": 64,
    "post_code": 16,
    "city": 128,
    "cedex": 64,
    "department": 128,
    "establishment": 16,
    "phone": 32,
    "emergency_phone": 32,
    "mobile": 32,
    "fax": 32,
    "email": 254,
}
FRANCE: Final = "France"
POST_CODE = re.compile(r"[0-9]{5}", re.ASCII)
FOREIGN_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z \-]{1,14}", re.ASCII)
DAY_FIRST = re.compile(r"([0-9]{1,2})[/.\- ]([0-9]{1,2})[/.\- ]([0-9]{4})", re.ASCII)
YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
OLDEST: Final = 120
# Who says who somebody is: a card, or whoever they logged in at.
Vouched = CardShown | Introduced
# Characters that would end an address inside of a header or a list of recipients (CR-023).
STRANGE = frozenset(",;:\\()[]'`\"<>|")


@dataclass(frozen=True, slots=True)
class Known:
    """What answers are compared with: the establishments that are offered, and today."""

    establishments: Collection[str]
    today: date


def read(form: Mapping[str, str], card: Vouched | None) -> Details:
    """The fields of a form; what stands on a card is never taken from it."""
    typed = {name: tidy(form.get(name, ""), longest) for name, longest in LONGEST.items()}
    typed["number"] = numbers.tidy(typed["number"])
    for name in PHONES:
        typed[name] = canonical_number(typed[name]) or typed[name]
    typed["birth_date"] = as_date(typed["birth_date"])
    typed["country"] = typed["country"] or FRANCE
    try:
        visibility = Visibility(form.get("visibility", ""))
    except ValueError:
        visibility = Visibility.PROFESSIONALS
    details = Details(visibility=visibility, **typed)
    return labelled(bound(details, card) if card else details)


def bound(details: Details, card: Vouched) -> Details:
    """The card says who somebody is: number and name are its own.

    A name typed in another spelling is kept; one that is another name is told by `faults`.
    """
    return replace(
        details,
        number=number_on(card),
        last_name=details.last_name or written(card.last_name),
        first_name=details.first_name or written(card.first_name),
    )


def number_on(card: Vouched) -> str:
    """The RPPS or ADELI number of a card; empty where it carries one of another kind."""
    number = numbers.number_of(card.national_id)
    return number if numbers.national_id_of(number) == card.national_id else ""


def labelled(details: Details) -> Details:
    """With what the codes mean, for those who read it later."""
    profession = nomenclature.profession(details.profession)
    speciality = nomenclature.speciality(details.speciality)
    return replace(
        details,
        profession_label=profession.label if profession else "",
        speciality_label=speciality.plain if speciality else "",
    )


def tidy(text: str, longest: int) -> str:
    """One spelling of what was typed; one character more than fits shows that it does not."""
    spelled = unicodedata.normalize("NFC", text[: longest * 4])
    return " ".join(spelled.split())[: longest + 1]


def as_date(text: str) -> str:
    """JJ/MM/AAAA as it is kept; anything else as it was typed."""
    if found := DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
        return f"{year}-{int(month):02}-{int(day):02}"
    return text


def off_card(details: Details, card: Vouched) -> dict[str, str]:
    """The names that are others than those of the card.

    XC-010: what is decided on is the number of a card, under the name of its holder. Accents, case
    and hyphens may differ; and the card may bear the birth name of somebody who practises under
    another.
    """
    last = {joined(details.last_name), joined(details.birth_name)}
    found, why = {}, "card" if isinstance(card, CardShown) else "told"
    if card.last_name and joined(card.last_name) not in last:
        found["last_name"] = why
    if card.first_name and joined(card.first_name) != joined(details.first_name):
        found["first_name"] = why
    return found


def faults(
    details: Details, email_again: str, known: Known, card: Vouched | None = None
) -> dict[str, str]:
    """What keeps these details from being sent, by field."""
    found = _unfit(details) | (off_card(details, card) if card else {})
    found |= {name: "missing" for name in NEEDED if not getattr(details, name)}
    for name, fault in (
        ("number", number_fault(details.number)),
        ("profession", _code(details.profession, nomenclature.profession)),
        ("speciality", _code(details.speciality, nomenclature.speciality)),
        ("title", _among(details.title, nomenclature.titles())),
        ("civility", _among(details.civility, nomenclature.civilities())),
        ("birth_date", _birth_date(details.birth_date, known.today)),
        ("post_code", _post_code(details)),
        ("establishment", _establishment(details.establishment, known)),
        ("email", email_fault(details.email)),
        *((name, _phone(getattr(details, name))) for name in PHONES),
        *((name, _name(getattr(details, name))) for name in ("last_name", "first_name")),
    ):
        if fault and name not in found:
            found[name] = fault
    if "email" not in found and fold(email_again) != fold(details.email):
        found["email_again"] = "differs" if email_again else "missing"
    return {name: found[name] for name in (*ORDER, "email_again") if name in found}


def _unfit(details: Details) -> dict[str, str]:
    found = {}
    for name, longest in LONGEST.items():
        text = getattr(details, name)
        if len(text) > longest:
            found[name] = "long"
        elif not text.isprintable():
            found[name] = "characters"
    return found


def number_fault(number: str) -> str:
    """What is wrong with an RPPS or ADELI number; nothing where there is none."""
    return numbers.practitioner_fault(number) if number else ""


def _code(code: str, look: object) -> str:
    return "unknown" if code and callable(look) and look(code) is None else ""


def _among(code: str, offered: tuple[nomenclature.Term, ...]) -> str:
    return "unknown" if code and code not in {one.code for one in offered} else ""


def _establishment(key: str, known: Known) -> str:
    return "unknown" if key and key not in known.establishments else ""


def _birth_date(text: str, today: date) -> str:
    if not text:
        return ""
    if not YEAR_FIRST.fullmatch(text):
        return "date"
    try:
        born = date.fromisoformat(text)
    except ValueError:
        return "date"
    return "" if today.year - OLDEST <= born.year and born < today else "date"


def _post_code(details: Details) -> str:
    code = details.post_code
    shape = POST_CODE if details.country.casefold() == FRANCE.casefold() else FOREIGN_CODE
    return "" if not code or shape.fullmatch(code) else "post-code"


def _phone(text: str) -> str:
    return "" if not text or canonical_number(text) == text else "phone"


def _name(text: str) -> str:
    return "" if not text or any(one.isalpha() for one in text) else "name"


def email_fault(address: str) -> str:
    """What is wrong with an e-mail address; nothing where it is one, or empty."""
    if not address:
        return ""
    try:
        checks.check_email(address)
    except Invalid:
        return "email"
    return "" if STRANGE.isdisjoint(address) else "email"


ORDER: Final = tuple(
    one.name for one in fields(Details) if one.name not in {"profession_label", "speciality_label"}
)
