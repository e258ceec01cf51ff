# SPDX-License-Identifier: Apache-2.0
"""OCRA suites (RFC 6287 §6): one spelling each, and whatever is read can be computed with."""

from connectors.calculette.ocra import Given, fits, hash_pin, respond
from connectors.calculette.suite import Format, Malformed, read_suite

QUESTIONS = {Format.NUMERIC: "1", Format.HEXADECIMAL: "A", Format.ALPHANUMERIC: "z"}


def seeds() -> list[bytes]:
    suites = [
        "OCRA-1:HOTP-SHA1-6:QN08",
        "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1",
        "OCRA-1:HOTP-SHA512-8:QA10-T1M",
        "OCRA-1:HOTP-SHA512-0:C-QH64-PSHA512-S512-T48H",
    ]
    return [suite.encode() for suite in suites]


def target(data: bytes) -> None:
    text = data.decode("latin-1")
    suite = read_suite(text)
    if isinstance(suite, Malformed):
        return
    assert suite.text == text
    question = QUESTIONS[suite.format] * suite.longest
    assert fits(suite, question)
    pin = hash_pin(suite.pin, "1234") if suite.pin else b""
    shown = respond(suite, b"k" * 20, Given(question, 1, pin, b"s", 1_800_000_000))
    assert len(shown) == (suite.digits or len(shown))
    assert shown.isascii()
