# SPDX-License-Identifier: Apache-2.0
"""The window of the virtual reader, played by files: `asking.json` out, `answer.json` back."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_urlsafe

from connectors.cps_card.agent.cards import Pin
from connectors.cps_card.agent.files import read_members, write_whole
from connectors.cps_card.agent.window import (
    PATIENCE,
    Answer,
    Dialog,
    Question,
    Unanswered,
)

PAUSE = 0.05


class FileWindow:
    """Whoever writes into the folder plays the person at the window."""

    def __init__(
        self, folder: Path, patience: float = PATIENCE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._asking = folder / "asking.json"
        self._answer = folder / "answer.json"
        self._patience = patience
        self._clock = clock
        self.tidy()

    def tidy(self) -> None:
        """Nothing is left of a question that was asked."""
        # An answer may hold a PIN: it goes first.
        self._answer.unlink(missing_ok=True)
        self._asking.unlink(missing_ok=True)

    @contextmanager
    def open(self) -> Iterator[Dialog]:
        try:
            yield self
        finally:
            self.tidy()

    def ask(self, question: Question, pointless: Callable[[], bool]) -> Answer:
        self.tidy()
        name = token_urlsafe(12)
        asked = {
            "id": name,
            "site": question.site,
            "origin": question.origin,
            "card": question.card,
            "tries": question.tries,
            "wrong": question.wrong,
        }
        write_whole(self._asking, json.dumps(asked, ensure_ascii=False))
        end = self._clock() + self._patience
        while self._clock() < end:
            answer = self._taken(name)
            if answer is not None:
                return answer
            if pointless():
                return Unanswered.POINTLESS
            time.sleep(PAUSE)
        return Unanswered.LATE

    def _taken(self, name: str) -> Answer | None:
        found = read_members(self._answer)
        if found is None:
            return None
        if found.get("id") != name:
            return None
        self.tidy()
        pin = found.get("pin")
        if isinstance(pin, str) and Pin.is_one(pin):
            return Pin(pin)
        return Unanswered.CANCELLED
