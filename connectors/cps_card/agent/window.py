# SPDX-License-Identifier: Apache-2.0
"""The window that asks for the PIN, whoever draws it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from connectors.cps_card.agent.cards import Pin

# A server's challenge lives two minutes at most: a PIN typed later would open nothing.
PATIENCE = 110.0


@dataclass(frozen=True, slots=True)
class Question:
    """What the person must know before they type: who asks, which card, how many tries are left."""

    site: str
    origin: str
    purpose: str
    card: str
    tries: int | None
    # The PIN is typed on the reader: the window asks for the gesture alone.
    pinpad: bool
    # What was typed before was not the PIN.
    wrong: bool = False

    def again(self, tries: int | None) -> "Question":
        """After a wrong PIN."""
        return replace(self, tries=tries, wrong=True)


class Unanswered(Enum):
    """The window closed without a PIN."""

    CANCELLED = "cancelled"
    LATE = "late"
    # Whatever it was for is gone: the card was pulled out, or the page closed.
    POINTLESS = "pointless"
    # It could not be shown at all.
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Agreed:
    """The gesture without a PIN: it is typed on the reader."""


Answer = Pin | Agreed | Unanswered


class Dialog(Protocol):
    """One window, from the first question until the card has signed or nobody wants any more."""

    def ask(self, question: Question, pointless: Callable[[], bool]) -> Answer:
        """Shows the question and waits for the person, while there is a point in it."""


class Window(Protocol):
    """Draws dialogs: one at a time, one gesture for each signature."""

    def open(self) -> AbstractContextManager[Dialog]:
        """A dialog that is closed at the end, whatever happens."""
