# SPDX-License-Identifier: Apache-2.0
"""Telephone numbers: every spelling of a number becomes one, and some take no SMS (CR-020)."""

import re
from collections.abc import Collection

import phonenumbers
from phonenumbers import PhoneNumberType

LONGEST = 40
# Mobile numbers that can neither call nor be called, kept for works of fiction: the demo's people
# have them (ARCEP, decision 2018-0881, numéros pour œuvres audiovisuelles). The tables of the
# library know them as not given.
FICTION = re.compile(r"\+3363998[0-9]{4}", re.ASCII)
# What people put into a number. Digits of other scripts are not among them.
_SPELLING = re.compile(r"(?:tel:)?\+?[0-9 ().\-/\u00a0\u202f]+", re.ASCII | re.IGNORECASE)
# Whoever owns one of these earns by each message: toll fraud.
_PAID = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.PAGER,
        PhoneNumberType.VOICEMAIL,
        PhoneNumberType.TOLL_FREE,
    }
)


def canonical_number(text: str, default_country: str = "+33") -> str | None:
    """A number in E.164, from `+33 6…`, `0033 6…`, `06.…`, `tel:…`; None where it is no number."""
    spelled = text.strip()
    if len(spelled) > LONGEST or not _SPELLING.fullmatch(spelled):
        return None
    region = phonenumbers.region_code_for_country_code(int(default_country.lstrip("+")))
    try:
        # The trunk zero in brackets, +33 (0)6 …, is for those who dial, not part of the number.
        parsed = phonenumbers.parse(spelled.replace("(0)", ""), region)
    except phonenumbers.NumberParseException:
        return None
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if parsed.extension:
        return None
    if FICTION.fullmatch(number):
        return number
    if not phonenumbers.is_valid_number(parsed) or phonenumbers.number_type(parsed) in _PAID:
        return None
    return number


def is_served(number: str, countries: Collection[str]) -> bool:
    """Whether SMS go to the country of a number in E.164."""
    return number.startswith(tuple(countries))


def country_of(number: str) -> str:
    """The prefix of the country of a number in E.164, such as +33."""
    return f"+{phonenumbers.parse(number).country_code}"


def spaced(number: str) -> str:
    """A number in E.164 as people write it, +33 2 47 47 47 47; anything else as it is."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    shown = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return str(shown) if canonical_number(shown) == number else number
