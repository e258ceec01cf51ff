# SPDX-License-Identifier: Apache-2.0
"""What it keeps in mind: logins under way, codes, tokens, requests on phones. Until it ends."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from idp.demo.sandbox.people import Professional
from idp.demo.sandbox.trouble import Trouble

CODE_LIFE: Final = 60
ASKED_LIFE: Final = 120
# CIBA Core §7.3: at least so long between two polls, and longer for whoever comes sooner.
INTERVAL: Final = 5
NUMBERS: Final = 100
OFFERED: Final = 3
TRIES: Final = 3
# Of the application on everybody's phone, where they have chosen no other.
PIN: Final = "1234"
PIN_DIGITS: Final = 4


@dataclass(slots=True)
class Wish:
    """A login that somebody was sent here for."""

    client: str
    back: str
    state: str
    nonce: str
    challenge: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    # The request on the phone that it waits for.
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """What a login was worth, for one look."""

    wish: Wish
    person: Professional
    way: str
    at: int


@dataclass(frozen=True, slots=True)
class Granted:
    """An access token."""

    person: Professional
    way: str
    at: int


class Decision(Enum):
    """What became of a request on a phone."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(slots=True)
class Asked:
    """A request that lies on somebody's phone."""

    client: str
    person: Professional
    number: str
    at: int
    id: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    # What the phone offers, the right number among them.
    offered: tuple[str, ...] = ()
    decision: Decision = Decision.WAITING
    wrong: int = 0
    polled_at: int = 0
    interval: int = INTERVAL
    redeemed: bool = False


class Memory:
    """All of it, one look at a time."""

    def __init__(self, now: Callable[[], int]) -> None:
        self.now = now
        self.lock = threading.RLock()
        self.trouble = Trouble.NONE
        self._wishes: dict[str, Wish] = {}
        self._codes: dict[str, Code] = {}
        self._granted: dict[str, Granted] = {}
        self._asked: dict[str, Asked] = {}
        # Codes of applications that were put on phones meanwhile.
        self._pins: dict[str, str] = {}

    def begin(self, wish: Wish) -> Wish:
        with self.lock:
            self._wishes[wish.id] = wish
        return wish

    def wish(self, name: str) -> Wish | None:
        with self.lock:
            return self._wishes.get(name)

    def finish(self, wish: Wish, person: Professional, way: str) -> str:
        """Their code."""
        code = secrets.token_urlsafe(24)
        with self.lock:
            self._wishes.pop(wish.id, None)
            self._codes[code] = Code(wish, person, way, self.now())
        return code

    def take(self, code: str) -> Code | None:
        """Once, and not for long."""
        with self.lock:
            found = self._codes.pop(code, None)
        return found if found and self.now() - found.at <= CODE_LIFE else None

    def grant(self, person: Professional, way: str) -> str:
        token = secrets.token_urlsafe(32)
        with self.lock:
            self._granted[token] = Granted(person, way, self.now())
        return token

    def granted(self, token: str, life: int) -> Granted | None:
        with self.lock:
            found = self._granted.get(token)
        return found if found and self.now() - found.at <= life else None

    def ask(self, client: str, person: Professional, number: str) -> Asked:
        """Put a request on their phone."""
        asked = Asked(client, person, number, self.now())
        others = {number}
        while len(others) < OFFERED:
            others.add(f"{secrets.randbelow(NUMBERS):02d}")
        asked.offered = tuple(sorted(others))
        with self.lock:
            self._asked[asked.id] = asked
        return asked

    def asked(self, name: str) -> Asked | None:
        with self.lock:
            return self._asked.get(name)

    def enrol(self, person: Professional, pin: str) -> bool:
        """Put the application on their phone, under a code of theirs."""
        if len(pin) != PIN_DIGITS or not (pin.isascii() and pin.isdigit()):
            return False
        with self.lock:
            self._pins[person.national_id] = pin
        return True

    def has_phone(self, person: Professional) -> bool:
        """Whether a request can be put on it."""
        with self.lock:
            return person.mobile or person.national_id in self._pins

    def opens(self, person: Professional, pin: str) -> bool:
        """Whether this is the code of their application."""
        with self.lock:
            return pin == self._pins.get(person.national_id, PIN)

    def waiting(self) -> list[Asked]:
        """What waits on all phones, the newest first."""
        with self.lock:
            people = {one.person.national_id for one in self._asked.values()}
            found = [asked for one in people for asked in self.on_phone(one)]
        return sorted(found, key=lambda one: one.at, reverse=True)

    def on_phone(self, national_id: str) -> list[Asked]:
        """What waits on a phone, the newest first."""
        with self.lock:
            found = [one for one in self._asked.values() if self._waits(one, national_id)]
        return sorted(found, key=lambda one: one.at, reverse=True)

    def _waits(self, asked: Asked, national_id: str) -> bool:
        mine = asked.person.national_id == national_id
        return mine and asked.decision is Decision.WAITING and not self.is_over(asked)

    def is_over(self, asked: Asked) -> bool:
        return self.now() - asked.at > ASKED_LIFE

    def decide(self, asked: Asked, number: str) -> bool:
        """Their word: the number that they saw, or none; False where it was another."""
        with self.lock:
            if asked.decision is not Decision.WAITING or self.is_over(asked):
                return False
            if not number:
                asked.decision = Decision.REFUSED
            elif number == asked.number:
                asked.decision = Decision.ACCEPTED
            else:
                asked.wrong += 1
                if asked.wrong >= TRIES:
                    asked.decision = Decision.REFUSED
                return False
        return True
