# SPDX-License-Identifier: Apache-2.0
"""Readers and cards as the rest of the program knows them, whatever is behind."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Protocol

# A CPS card blocks itself after this many wrong PINs in a row.
TRIES = 3


class CardState(Enum):
    """What lies in a reader."""

    ABSENT = "absent"
    READING = "reading"
    PRESENT = "present"
    # Something is in it that does not answer, or that holds no key to log in with.
    MUTE = "mute"


class Trouble(Enum):
    """Why nothing was signed: the words of the protocol."""

    NO_READER = "no-reader"
    NO_CARD = "no-card"
    MUTE = "mute"
    CANCELLED = "cancelled"
    WRONG_PIN = "wrong-pin"
    LAST_TRY = "last-try"
    BLOCKED = "blocked"
    BUSY = "busy"
    REFUSED = "refused"
    NOT_YOURS = "not-yours"
    TOO_OFTEN = "too-often"
    # Nobody answered the window in time: by now the server's challenge is too old.
    EXPIRED = "expired"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing was signed."""

    trouble: Trouble
    tries: int | None = None


@dataclass(frozen=True, slots=True)
class WrongPin:
    """The card did not believe the PIN, and counts."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader, and what is in it."""

    name: str
    pinpad: bool
    card: CardState
    serial: str = ""
    label: str = ""
    kind: str = ""
    tries: int | None = None
    valid_until: int | None = None

    def members(self) -> dict[str, object]:
        """As the page reads it."""
        return {**asdict(self), "card": self.card.value}


class Pin:
    """What somebody typed: shown by nothing, and wiped once the card has seen it."""

    __slots__ = ("_value",)

    # ISO 9564-1 §6: no longer than twelve; cards of other families take letters too.
    SHORTEST, LONGEST = 4, 16

    def __init__(self, value: str) -> None:
        self._value = bytearray(value.encode())

    @classmethod
    def is_one(cls, value: object) -> bool:
        """Whether a card may be asked about it: an impossible PIN would only cost a try."""
        return (
            isinstance(value, str)
            and value.isascii()
            and value.isprintable()
            and cls.SHORTEST <= len(value) <= cls.LONGEST
        )

    def reveal(self) -> bytes:
        """For the card alone."""
        return bytes(self._value)

    def wipe(self) -> None:
        """Overwrites it, as far as the language allows."""
        self._value[:] = bytes(len(self._value))

    def __repr__(self) -> str:
        return "Pin()"


class Card(Protocol):
    """A card in a reader, with a key to log in."""

    @property
    def identity(self) -> str:
        """Tells this card from every other, for as long as the program runs."""

    @property
    def certificate(self) -> bytes:
        """Of the authentication key, DER."""

    @property
    def label(self) -> str:
        """The holder and the card, as the window names them."""

    @property
    def pinpad(self) -> bool:
        """Whether the PIN is typed on the reader."""

    @property
    def algorithm(self) -> str:
        """How its key signs."""

    def tries(self) -> int | None:
        """How many wrong PINs it still takes; None where it does not tell."""

    def sign(self, pin: Pin | None, said: bytes) -> bytes | WrongPin | Refusal:
        """The signature; no PIN where it is typed on the reader."""


class Cards(Protocol):
    """All readers of the workstation."""

    def readers(self) -> tuple[Reader, ...]:
        """As they are now, without waiting for a card."""

    def card(self) -> Card | Refusal:
        """The card to sign with."""

    def holds(self, identity: str) -> bool:
        """Whether this very card is in a reader."""

    def watch(self, changed: Callable[[], None]) -> None:
        """Has this called after each insertion and removal."""

    def close(self) -> None:
        """Lets go of readers and threads."""


def missing(readers: tuple[Reader, ...]) -> Refusal:
    """Why there is no card to sign with."""
    states = {each.card for each in readers}
    if not readers:
        return Refusal(Trouble.NO_READER)
    if CardState.MUTE in states or CardState.READING in states:
        return Refusal(Trouble.MUTE)
    return Refusal(Trouble.NO_CARD)


def used_up(tries: int | None) -> Refusal | None:
    """The last try is the holder's own, in the card vendor's tool: never spent for a page."""
    if tries is None or tries > 1:
        return None
    return Refusal(Trouble.LAST_TRY if tries else Trouble.BLOCKED, tries)
