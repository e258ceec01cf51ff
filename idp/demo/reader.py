# SPDX-License-Identifier: Apache-2.0
"""The virtual reader's folder, as whoever plays the person sees it.

The agent's program is on the other side, and does everything else: it opens the card with the PIN,
counts wrong ones, signs, and tells the server when the card is gone. Nothing is signed here.

    cards/<name>.p12, <name>.json   a card, and what it tells without its PIN
    inserted                        the name of the card in the reader; no file, no card
    asking.json                     the agent's window asks for the PIN
    answer.json                     what was typed there
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idp.cli.ring import replace_private

TRIES = 3
LARGEST = 65_536


@dataclass(frozen=True, slots=True)
class Question:
    """What the agent's window asks."""

    id: str
    site: str
    origin: str
    card: str
    tries: int | None
    wrong: bool


class Reader:
    """The folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._inserted = folder / "inserted"
        self._asking = folder / "asking.json"
        self._answer = folder / "answer.json"

    @property
    def cards(self) -> Path:
        return self._folder / "cards"

    def furnish(self) -> None:
        """Make it, with nothing in it and nothing asked."""
        for each in (self._folder, self.cards):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        # An answer may hold a PIN: it goes first.
        for file in (self._answer, self._asking, self._inserted):
            file.unlink(missing_ok=True)

    def inserted(self) -> str:
        """The name of the card in it, or nothing."""
        try:
            return self._inserted.read_text("utf-8").strip()
        except FileNotFoundError:
            return ""

    def insert(self, name: str) -> bool:
        """Put a card in, in place of another; False where there is no such card."""
        if name not in self.names():
            return False
        replace_private(self._inserted, name)
        return True

    def remove(self) -> None:
        """Take the card out."""
        self._inserted.unlink(missing_ok=True)

    def names(self) -> list[str]:
        """The cards that can be put in."""
        return sorted(file.stem for file in self.cards.glob("*.p12"))

    def question(self) -> Question | None:
        """What is asked at this moment, and not answered yet."""
        asked = _read(self._asking)
        if asked is None or not isinstance(asked.get("id"), str):
            return None
        if (_read(self._answer) or {}).get("id") == asked["id"]:
            return None
        tries = asked.get("tries")
        return Question(
            asked["id"],
            _text(asked, "site"),
            _text(asked, "origin"),
            _text(asked, "card"),
            tries if isinstance(tries, int) else None,
            asked.get("wrong") is True,
        )

    def type_pin(self, question: str, pin: str) -> bool:
        """Type a PIN into the window; False where it asks no such question any more."""
        return self._reply(question, {"pin": pin})

    def cancel(self, question: str) -> bool:
        """Close the window."""
        return self._reply(question, {"cancel": True})

    def _reply(self, question: str, answer: dict[str, Any]) -> bool:
        asked = self.question()
        if asked is None or asked.id != question:
            return False
        replace_private(self._answer, json.dumps({"id": question} | answer))
        return True

    def certificate(self, name: str) -> bytes:
        """What a card shows of itself, DER."""
        told = _read(self._aside(name)) or {}
        return b64decode(_text(told, "certificate"))

    def tries(self, name: str) -> int:
        """How many wrong PINs it takes yet."""
        tries = (_read(self._aside(name)) or {}).get("tries", TRIES)
        return tries if isinstance(tries, int) else 0

    def unblock(self, name: str) -> None:
        """As its unblocking code would."""
        self.count(name, TRIES)

    def count(self, name: str, tries: int) -> None:
        """So many wrong PINs it takes from now on."""
        told = (_read(self._aside(name)) or {}) | {"tries": tries}
        replace_private(self._aside(name), json.dumps(told))

    def put_card(self, name: str, pkcs12: bytes, certificate: bytes) -> None:
        """A new card in place of the one of that name."""
        # As one: whoever finds the card finds what it tells.
        told = {"tries": TRIES, "certificate": b64encode(certificate).decode()}
        replace_private(self._aside(name), json.dumps(told))
        file = self.file(name)
        fresh = file.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(pkcs12)
        fresh.replace(file)

    def file(self, name: str) -> Path:
        """The card itself."""
        return self.cards / f"{name}.p12"

    def _aside(self, name: str) -> Path:
        return self.cards / f"{name}.json"


def _read(file: Path) -> dict[str, Any] | None:
    try:
        if file.stat().st_size > LARGEST:
            return None
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""
