# SPDX-License-Identifier: Apache-2.0
"""OCRA suites (RFC 6287 §6): read whole, or refused with the part that is wrong."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

LONGEST: Final = 64
VERSION: Final = "OCRA-1"
FUNCTION = re.compile(r"HOTP-(SHA1|SHA256|SHA512)-(0|[4-9]|10)", re.ASCII)
QUESTION = re.compile(r"Q([ANH])(0[4-9]|[1-5][0-9]|6[0-4])", re.ASCII)
PIN = re.compile(r"P(SHA1|SHA256|SHA512)", re.ASCII)
SESSION = re.compile(r"S([0-9]{3})", re.ASCII)
TIME = re.compile(r"T(?:([1-9]|[1-5][0-9])([SM])|([0-9]|[1-3][0-9]|4[0-8])(H))", re.ASCII)
# The session information must fit the data that a reader puts together (RFC 6287 §5.1).
MOST_SESSION: Final = 512
SECONDS: Final = {"S": 1, "M": 60, "H": 3600}


class Hash(Enum):
    """What the HMAC and the hashed PIN are made with; the names of hashlib."""

    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"


class Format(Enum):
    """What a challenge is made of."""

    ALPHANUMERIC = "A"
    NUMERIC = "N"
    HEXADECIMAL = "H"


@dataclass(frozen=True, slots=True)
class Suite:
    """What a reader and its verifier have agreed on."""

    text: str
    hash: Hash
    # Of the response; 0 for the whole HMAC.
    digits: int
    format: Format
    # The longest challenge.
    longest: int
    counter: bool = False
    pin: Hash | None = None
    # Bytes of session information; None for none.
    session: int | None = None
    # Seconds of one step; None where time says nothing.
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Malformed:
    """Why a text is no suite."""

    part: str


def read_suite(text: str) -> Suite | Malformed:
    """The suite, by the letter: RFC 6287 knows no other spelling of the same."""
    if len(text) > LONGEST:
        return Malformed("length")
    parts = text.split(":")
    if len(parts) != 3 or parts[0] != VERSION:
        return Malformed("algorithm")
    function = FUNCTION.fullmatch(parts[1])
    if function is None:
        return Malformed("function")
    return _read_input(text, Hash[function[1]], int(function[2]), parts[2].split("-"))


def _read_input(text: str, made_with: Hash, digits: int, parts: list[str]) -> Suite | Malformed:
    """The data, in the one order that there is: counter, question, PIN, session, time."""
    counter = parts[0] == "C"
    if counter:
        parts = parts[1:]
    question = QUESTION.fullmatch(parts[0]) if parts else None
    if question is None:
        return Malformed("question")
    rest = parts[1:]
    pin = session = step = None
    if rest and (found := PIN.fullmatch(rest[0])):
        pin, rest = Hash[found[1]], rest[1:]
    if rest and (found := SESSION.fullmatch(rest[0])):
        session, rest = int(found[1]), rest[1:]
        if not 0 < session <= MOST_SESSION:
            return Malformed("session")
    if rest and (found := TIME.fullmatch(rest[0])):
        step, rest = int(found[1] or found[3]) * SECONDS[found[2] or found[4]], rest[1:]
        # "T0H" is in the grammar, and a step of no time says nothing.
        if step == 0:
            return Malformed("time")
    if rest:
        return Malformed("data")
    form, longest = Format(question[1]), int(question[2])
    return Suite(text, made_with, digits, form, longest, counter, pin, session, step)
