# SPDX-License-Identifier: Apache-2.0
"""What a sender is given, and what it may answer: the ports between delivery and the wires."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message, opened for sending. Every try of it is the same, to the letter."""

    # Its idempotency key: the same at every try.
    id: str
    purpose: str
    recipient: str = field(repr=False)
    locale: str
    values: Mapping[str, str | int] = field(repr=False)
    created_at: int
    # Seconds after which it would only confuse.
    left: int
    # Which try this is.
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it; `ref` is its own name for it."""

    ref: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """Not now. `outage`: the provider itself is in trouble, whoever the message is for."""

    why: str
    outage: bool = True


@dataclass(frozen=True, slots=True)
class Never:
    """This recipient, or this message, is refused for good."""

    why: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """There is nobody to tell: the message leaves no trace."""


Outcome = Sent | Later | Never | Dropped


class Sender(Protocol):
    """A channel's way out. Never raises for what goes wrong outside this program."""

    # Seconds that one try may take; the lease on a message is longer.
    longest: float
    # One provider for every message: when it fails, all of them wait (a breaker).
    one_provider: bool

    def send(self, parcel: Parcel) -> Outcome:
        """Try once."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words. An SMS has neither subject nor HTML."""

    subject: str
    text: str
    html: str = ""


Render = Callable[[str, str, str, Mapping[str, str | int]], Rendered]
"""Channel, purpose, locale and values become words: an edge does it, since it knows templates."""
