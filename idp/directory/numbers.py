# SPDX-License-Identifier: Apache-2.0
"""Numbers of people and structures, and what is wrong with one that was typed.

A fault is one word: `length`, `digits` (a character that can't be there) or `check` (the check
digit says that it was mistyped). None of this says that the number was ever given to somebody.
"""

import re
import unicodedata
from typing import Final

RPPS_LENGTH: Final = 11
ADELI_LENGTH: Final = 9
FINESS_LENGTH: Final = 9
NIR_LENGTH: Final = 15
SIRET_LENGTH: Final = 14
# Its establishments are too many for Luhn's key: their digits add up to a multiple of five.
LA_POSTE: Final = "356000000"
BETWEEN = re.compile(r"[\s.\-]+")
DIGITS = re.compile(r"[0-9]+", re.ASCII)
ADELI = re.compile(r"[0-9][0-9A-Z]{8}", re.ASCII)
# The department, of which two have a letter; test ones have letters elsewhere.
FINESS = re.compile(r"[0-9][0-9AB][0-9A-Z][0-9]{6}", re.ASCII)
NIR = re.compile(r"[0-9]{5}[0-9][0-9AB][0-9]{8}", re.ASCII)
CORSICA: Final = {"2A": "19", "2B": "18"}
LONGEST: Final = 64


def tidy(text: str) -> str:
    """A number as it is kept: without what people put between the digits."""
    return BETWEEN.sub("", unicodedata.normalize("NFKC", text[:LONGEST])).upper()


def rpps_fault(text: str) -> str:
    """RPPS: eleven digits, the last one Luhn's key (esante.gouv.fr)."""
    return _keyed_fault(tidy(text), RPPS_LENGTH)


def adeli_fault(text: str) -> str:
    """ADELI: nine characters; its key was never published."""
    number = tidy(text)
    if len(number) != ADELI_LENGTH:
        return "length"
    return "" if ADELI.fullmatch(number) else "digits"


def practitioner_fault(text: str) -> str:
    """RPPS or ADELI, told apart by their length."""
    return adeli_fault(text) if len(tidy(text)) == ADELI_LENGTH else rpps_fault(text)


def finess_fault(text: str) -> str:
    """FINESS: nine characters; Luhn's key where all are digits, as it is not defined for others."""
    number = tidy(text)
    if len(number) == FINESS_LENGTH and not number.isdigit():
        return "" if FINESS.fullmatch(number) else "digits"
    return _keyed_fault(number, FINESS_LENGTH)


def siret_fault(text: str) -> str:
    """SIRET: fourteen digits with Luhn's key, but for La Poste."""
    number = tidy(text)
    fault = _keyed_fault(number, SIRET_LENGTH)
    if fault == "check" and number.startswith(LA_POSTE):
        return "check" if sum(int(one) for one in number) % 5 else ""
    return fault


def nir_fault(text: str) -> str:
    """NIR: thirteen signs and a key of two, 97 less the rest by 97; Corsica's letters count as
    19 and 18.
    """
    number = tidy(text)
    if len(number) != NIR_LENGTH:
        return "length"
    if not NIR.fullmatch(number):
        return "digits"
    department = CORSICA.get(number[5:7], number[5:7])
    body = number[:5] + department + number[7:13]
    if not body.isdigit():
        return "digits"
    return "" if int(number[13:]) == 97 - int(body) % 97 else "check"


def national_id_of(number: str) -> str:
    """The national identifier of a practitioner's number, with the digit of its kind (TRE_G08):
    8 for RPPS, 0 for ADELI; empty where it is neither.
    """
    kept = tidy(number)
    if not rpps_fault(kept):
        return f"8{kept}"
    return f"0{kept}" if not adeli_fault(kept) else ""


def number_of(national_id: str) -> str:
    """What a person knows as their number."""
    return national_id[1:]


def luhn(digits: str) -> bool:
    """Luhn's key: every second digit from the right doubled, all summing up to tens."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _keyed_fault(number: str, length: int) -> str:
    if number and not DIGITS.fullmatch(number):
        return "digits"
    if len(number) != length:
        return "length"
    # Zeros alone have a right key, and are nobody's number.
    return "" if luhn(number) and int(number) else "check"
