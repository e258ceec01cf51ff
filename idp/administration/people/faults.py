# SPDX-License-Identifier: Apache-2.0
"""What can't be kept of a person: which fields, before anything is written."""

import re
from datetime import date

from idp.accounts import particulars as more
from idp.accounts import values
from idp.accounts.particulars import Particulars
from idp.accounts.values import Person, fold
from idp.config.checks import check_email
from idp.config.kinds import Invalid
from idp.directory.nomenclature import title_of
from idp.messages.numbers import canonical_number

NATIONAL_ID = re.compile(r"[0-9A-Za-z/]{4,64}", re.ASCII)


def faults_of(person: Person, particulars: Particulars) -> tuple[str, ...]:
    """The names of the fields that are missing, too long or malformed, each once."""
    found = [*values.unfit_texts(person), *more.unfit_texts(particulars)]
    # CR-048: characters that look like others.
    if fold(person.identifier) != person.identifier.casefold().strip():
        found.append("identifier")
    try:
        check_email(person.email)
    except Invalid:
        found.append("email")
    if person.phone and canonical_number(person.phone) is None:
        found.append("phone")
    if person.national_id is not None and not NATIONAL_ID.fullmatch(person.national_id):
        found.append("national_id")
    if title_of(particulars.title) != particulars.title:
        found.append("title")
    if person.birth_date and not is_date(person.birth_date):
        found.append("birth_date")
    return tuple(dict.fromkeys(found))


def is_date(text: str) -> bool:
    """Whether this is a date as 1975-04-12."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
