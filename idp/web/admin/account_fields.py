# SPDX-License-Identifier: Apache-2.0
"""The form of a person: what was typed, as values, and what is said of a field."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.accounts.particulars import Particulars, Visibility
from idp.accounts.values import LONGEST_TEXTS, Person, Population
from idp.administration.people.view import Sheet
from idp.directory import nomenclature
from idp.directory.nomenclature import Term
from idp.web.account_page import shown_population, visibilities
from idp.web.admin.account_words import shown_field
from idp.web.admin.typed import read_typed

# WB-016: what the form holds, and nothing else that somebody adds to it.
PERSON = (
    "civility",
    "first_name",
    "last_name",
    "birth_name",
    "birth_date",
    "identifier",
    "email",
    "phone",
    "national_id",
    "speciality",
    "town",
)
PARTICULARS = tuple(one.name for one in fields(Particulars))
FORM = (*PERSON, *PARTICULARS)
LONGEST = 254


def typed_of(person: Person, particulars: Particulars) -> dict[str, str]:
    """The form of what is known."""
    known = {name: str(getattr(person, name) or "") for name in PERSON}
    return known | {name: str(getattr(particulars, name)) for name in PARTICULARS}


def read_form() -> dict[str, str]:
    """The form as it came back."""
    return read_typed(*FORM, longest=LONGEST + 2)


def person_from(typed: Mapping[str, str], old: Person) -> Person:
    """What was typed, over what is not in the form."""
    known: dict[str, Any] = {name: typed[name] for name in PERSON}
    known["national_id"] = typed["national_id"].replace(" ", "") or None
    return replace(old, **known, profession=_profession(typed["profession_code"], old))


def particulars_from(typed: Mapping[str, str]) -> Particulars:
    """The same for the rest; a choice that does not exist is the most careful one."""
    known: dict[str, Any] = {name: typed[name] for name in PARTICULARS}
    visibility = typed["visibility"]
    known["visibility"] = (
        Visibility(visibility) if visibility in set(Visibility) else Visibility.HIDDEN
    )
    return Particulars(**known)


def blank(population: Population) -> Person:
    """Somebody of whom nothing is known yet."""
    return Person(population, "", "", "")


def _profession(code: str, old: Person) -> str:
    """What a profession is called; one that was given without a code is kept until there is one."""
    term = nomenclature.profession(code) if code else None
    if term is not None:
        return term.plain[: LONGEST_TEXTS["profession"]]
    return old.profession if not code else ""


def choices(typed: Mapping[str, str]) -> dict[str, list[tuple[str, Any]]]:
    """What there is to choose from; what is known already stays to be chosen."""
    nothing = ("", "–")
    found: dict[str, list[tuple[str, Any]]] = {
        "civility": [nothing, *((one, one) for one in ("M.", "Mme"))],
        "profession_code": [nothing, *_terms(nomenclature.professions())],
        "speciality_code": [nothing, *_terms(nomenclature.specialities())],
        "title": [nothing, *((one.code, one.label) for one in nomenclature.titles())],
        "visibility": list(visibilities().items()),
        "population": [
            (one.value, shown_population(one))
            for one in (Population.PROFESSIONAL, Population.STAFF)
        ],
    }
    for name, options in found.items():
        if (known := typed.get(name, "")) and known not in dict(options):
            options.append((known, known))
    return found


def _terms(found: Iterable[Term]) -> list[tuple[str, str]]:
    return [(one.value, one.plain) for one in found if one.current]


def labels() -> dict[str, str]:
    """The fields as people read them."""
    own = {"profession_code": _("Profession"), "speciality_code": _("Speciality of the register")}
    return {name: shown_field(name) for name in FORM} | own


def stale_changes(typed: Mapping[str, str], sheet: Sheet, names: Iterable[str]) -> list[Any]:
    """What somebody else touched meanwhile: as typed here, and as it is now."""
    now = typed_of(sheet.account.person, sheet.particulars)
    touched = [name for name in names if name in now] or list(now)
    called = labels()
    return [
        (called[name], typed.get(name, ""), now[name])
        for name in touched
        if typed.get(name, "") != now[name]
    ]


def faults_said(names: Iterable[str], typed: Mapping[str, str], *, taken: bool) -> dict[str, str]:
    """A sentence for each field."""
    own = {
        "email": _("This is no e-mail address."),
        "phone": _("This is no mobile number."),
        "birth_date": _("This is no date."),
        "national_id": _("This is no national identifier, with its prefix digit."),
        "identifier": _("Letters, digits, dots and hyphens, without spaces."),
        "establishments": _("Choose an establishment that takes part."),
        "communities": _("This community is not there, or only the region puts people into it."),
    }
    found = {}
    for name in names:
        if taken:
            found[name] = _("Another account has it.")
        elif typed.get(name) or name in {"establishments", "communities"}:
            found[name] = own.get(name, _("This can't be kept as it is."))
        else:
            found[name] = _("This is needed.")
    return found


def number_said() -> dict[str, str]:
    """WB-016: a house gives no national identifier."""
    return {"national_id": _("Only a regional administrator gives a national identifier.")}


def chosen(name: str) -> tuple[str, ...]:
    """Boxes that were ticked."""
    return tuple(dict.fromkeys(one[:64] for one in request.form.getlist(name)[:50] if one))
