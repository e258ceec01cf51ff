# SPDX-License-Identifier: Apache-2.0
"""The virtual calculette: a nomad reader with a card in it, as it works in somebody's hand.

Each card has a secret of its own, shared with the server when the demo is made; the reader counts
its answers. The card checks its PIN first, and counts wrong ones, as in the other reader.
"""

import json
import re
import secrets
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from cryptography.hazmat.primitives.serialization import pkcs12

from connectors.calculette.ocra import Given, hash_pin, respond
from connectors.calculette.suite import Malformed, Suite, read_suite
from idp.cli.ring import replace_private
from idp.demo.reader import Reader
from idp.errors import Breakdown

SUITE = "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1"
SECRET_BYTES = 32
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
        return Shared(bytes.fromhex(str(kept[serial]["secret"])), _hashed(pin))

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
        given = Given(typed[1] + typed[2], int(one["counter"]), _hashed(pin))
        shown = respond(_suite(), bytes.fromhex(str(one["secret"])), given)
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


def _suite() -> Suite:
    found = read_suite(SUITE)
    if isinstance(found, Malformed):
        raise Breakdown("the demo's own suite is malformed")
    return found


def _hashed(pin: str) -> bytes:
    suite = _suite()
    return hash_pin(suite.pin, pin) if suite.pin else b""
