# SPDX-License-Identifier: Apache-2.0
"""OCRA (RFC 6287): the response that a reader shows for a challenge."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Final

from connectors.calculette.suite import Format, Hash, Suite

# RFC 6287 §5.1: whatever its format, the question fills 128 bytes.
QUESTION_BYTES: Final = 128
MOMENT_BYTES: Final = 8
SHAPES: Final = {
    Format.NUMERIC: re.compile(r"[0-9]+", re.ASCII),
    Format.HEXADECIMAL: re.compile(r"[0-9A-Fa-f]+", re.ASCII),
    Format.ALPHANUMERIC: re.compile(r"[0-9A-Za-z]+", re.ASCII),
}


@dataclass(frozen=True, slots=True)
class Given:
    """What goes into a response beside the key; what the suite does not name is not looked at."""

    question: str
    counter: int = 0
    # The hash of the PIN, as the suite asks for it.
    pin: bytes = field(default=b"", repr=False)
    session: bytes = field(default=b"", repr=False)
    # Seconds since the epoch.
    at: int = 0


def fits(suite: Suite, question: str) -> bool:
    """Whether the suite knows such a challenge."""
    # RFC 6287 §7.1: two challenges in one are a mutual one, each as long as the suite says.
    short = 0 < len(question) <= 2 * suite.longest
    return short and SHAPES[suite.format].fullmatch(question) is not None


def respond(suite: Suite, key: bytes, given: Given) -> str:
    """The response, with its leading zeros."""
    mac = hmac.new(key, data_of(suite, given), suite.hash.value).digest()
    if suite.digits == 0:
        return mac.hex()
    # RFC 4226 §5.3, dynamic truncation.
    offset = mac[-1] & 0xF
    number = int.from_bytes(mac[offset : offset + 4]) & 0x7FFFFFFF
    return f"{number % 10**suite.digits:0{suite.digits}}"


def data_of(suite: Suite, given: Given) -> bytes:
    """DataInput, RFC 6287 §5.1: the suite, a zero, and each part at its length."""
    parts = [suite.text.encode("ascii"), b"\0"]
    if suite.counter:
        parts.append(given.counter.to_bytes(MOMENT_BYTES))
    parts.append(_question(suite.format, given.question))
    if suite.pin is not None:
        parts.append(_exactly(given.pin, hashlib.new(suite.pin.value).digest_size))
    if suite.session is not None:
        parts.append(_at_most(given.session, suite.session).rjust(suite.session, b"\0"))
    if suite.step is not None:
        parts.append((given.at // suite.step).to_bytes(MOMENT_BYTES))
    return b"".join(parts)


def hash_pin(made_with: Hash, pin: str) -> bytes:
    """A PIN as it goes into a response."""
    return hashlib.new(made_with.value, pin.encode()).digest()


def _question(form: Format, question: str) -> bytes:
    if form is Format.ALPHANUMERIC:
        text = question.encode("ascii").hex()
    else:
        text = f"{int(question):X}" if form is Format.NUMERIC else question
    # The padding stands on the right, of an odd number of digits as well.
    return _at_most(bytes.fromhex(text.ljust(2 * QUESTION_BYTES, "0")), QUESTION_BYTES)


def _exactly(value: bytes, length: int) -> bytes:
    if len(value) != length:
        raise ValueError(f"{len(value)} bytes where the suite says {length}")
    return value


def _at_most(value: bytes, length: int) -> bytes:
    if len(value) > length:
        raise ValueError(f"{len(value)} bytes where there is room for {length}")
    return value
