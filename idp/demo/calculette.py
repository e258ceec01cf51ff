# SPDX-License-Identifier: Apache-2.0
"""The virtual calculette: a nomad reader with a card in it, as it works in somebody's hand.

Each card has a secret of its own, shared with the server when the demo is made; the reader counts
its answers. The card checks its PIN first, and counts wrong ones, as in the other reader.
"""

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from cryptography.hazmat.primitives.serialization import pkcs12

from idp.cli.ring import replace_private
from idp.demo.reader import Reader

SUITE = "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1"
SECRET_BYTES = 32
# RFC 6287 §5.1: a question is filled up with zeros.
QUESTION_BYTES = 128
# As the page shows it: two groups of four.
CHALLENGE = re.compile(r"([0-9]{4})[ \u00a0]?([0-9]{4})", re.ASCII)


class Mute(Enum):
    """Why it shows no answer."""

    WRONG_PIN = "wrong-pin"
    BLOCKED = "blocked"
    NO_CHALLENGE = "no-challenge"
    # A card whose secret the server was never told.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Shared:
    """What a card's reader and the server both know."""

    secret: bytes
    pin: bytes


class VirtualCalculette:
    """One device, for whichever card is put into it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @property
    def _file(self) -> Path:
        return self._reader.cards.parent / "calculettes.json"

    def share(self, serial: str, pin: str) -> Shared:
        """The secret of a card, made where there is none yet."""
        kept = self._kept()
        if serial not in kept:
            kept[serial] = {"secret": secrets.token_hex(SECRET_BYTES), "counter": 0}
            self._keep(kept)
        return Shared(bytes.fromhex(str(kept[serial]["secret"])), hash_pin(pin))

    def knows(self, serial: str) -> bool:
        """Whether it has answers for this card."""
        return serial in self._kept()

    def show(self, name: str, serial: str, pin: str, challenge: str) -> str | Mute:
        """The eight digits on its screen, in two groups; or why there are none."""
        typed = CHALLENGE.fullmatch(challenge.strip())
        kept = self._kept()
        if serial not in kept:
            return Mute.UNKNOWN
        if typed is None:
            return Mute.NO_CHALLENGE
        if not self._reader.tries(name):
            return Mute.BLOCKED
        if not self._opens(name, pin):
            return Mute.WRONG_PIN
        one = kept[serial]
        secret = bytes.fromhex(str(one["secret"]))
        shown = respond(secret, int(one["counter"]), typed[1] + typed[2], pin)
        one["counter"] = int(one["counter"]) + 1
        self._keep(kept)
        return f"{shown[:4]} {shown[4:]}"

    def _opens(self, name: str, pin: str) -> bool:
        """Counted before it is tried, as cards do."""
        self._reader.count(name, self._reader.tries(name) - 1)
        try:
            pkcs12.load_pkcs12(self._reader.file(name).read_bytes(), pin.encode())
        except ValueError:
            return False
        self._reader.unblock(name)
        return True

    def _kept(self) -> dict[str, dict[str, str | int]]:
        try:
            kept: dict[str, dict[str, str | int]] = json.loads(self._file.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return kept

    def _keep(self, kept: dict[str, dict[str, str | int]]) -> None:
        replace_private(self._file, json.dumps(kept))


def hash_pin(pin: str) -> bytes:
    """A PIN as the suite takes it."""
    return hashlib.sha1(pin.encode()).digest()  # noqa: S324 - what the suite says


def respond(secret: bytes, counter: int, challenge: str, pin: str) -> str:
    """RFC 6287 §5 for this one suite, by itself: a device knows nothing of the server."""
    question = f"{int(challenge):x}".ljust(2 * QUESTION_BYTES, "0")
    told = [SUITE.encode(), b"\0", counter.to_bytes(8), bytes.fromhex(question), hash_pin(pin)]
    made = hmac.digest(secret, b"".join(told), "sha256")
    # RFC 4226 §5.3: where in it the answer lies, its last four bits say.
    start = made[-1] & 0xF
    number = int.from_bytes(made[start : start + 4]) & 0x7FFFFFFF
    return f"{number % 10**8:08}"
