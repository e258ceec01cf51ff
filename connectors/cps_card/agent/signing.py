# SPDX-License-Identifier: Apache-2.0
"""From a page's request to a signature: each check, the window, the card."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from connectors.cps_card.agent.cards import Card, Cards, Refusal, Trouble, WrongPin, used_up
from connectors.cps_card.agent.limits import Rate, Seen
from connectors.cps_card.agent.window import Agreed, Answer, Dialog, Question, Unanswered, Window
from connectors.cps_card.statement import (
    LONGEST_STATEMENT,
    VERSION,
    Signed,
    Statement,
    read_statement,
    signed_bytes,
    write_answer,
)
from connectors.strict_json import read_object


class Watched(Protocol):
    """Tells servers of the cards that somebody logged in with."""

    def prepare(self) -> "Prepared":
        """A fresh key, known to nobody yet."""


class Prepared(Protocol):
    """A key whose public half is about to be signed by a card."""

    @property
    def key(self) -> str:
        """The public half."""

    def begin(self, issuer: str, card: str) -> None:
        """The card has signed: from now on the server is told of it."""


@dataclass(frozen=True, slots=True)
class Asker:
    """The page that asks: its origin, and whether it is still there."""

    origin: str
    has_left: Callable[[], bool]


ENDS = {
    Unanswered.CANCELLED: Trouble.CANCELLED,
    Unanswered.LATE: Trouble.EXPIRED,
    Unanswered.BROKEN: Trouble.REFUSED,
}


class Signer:
    """Signs one statement at a time, each with a gesture of its own."""

    def __init__(
        self,
        origins: frozenset[str],
        cards: Cards,
        window: Window,
        watched: Watched,
        rate: Rate,
    ) -> None:
        self._origins = origins
        self._cards = cards
        self._window = window
        self._watched = watched
        self._rate = rate
        self._seen = Seen()
        self._busy = Lock()

    def sign(self, text: str, asker: Asker) -> str | Refusal:
        """The answer for the server, or why there is none."""
        statement = self._admitted(text, asker)
        if isinstance(statement, Refusal):
            return statement
        if not self._busy.acquire(blocking=False):
            return Refusal(Trouble.BUSY)
        try:
            return self._sign(statement, asker)
        finally:
            self._busy.release()

    def _admitted(self, text: str, asker: Asker) -> Statement | Refusal:
        statement = read_statement(text)
        if statement is None:
            return Refusal(Trouble.VERSION if is_of_another_version(text) else Trouble.REFUSED)
        # The page may speak for itself alone, and for a server that this workstation trusts.
        if statement.origin != asker.origin or statement.issuer not in self._origins:
            return Refusal(Trouble.NOT_YOURS)
        return statement

    def _sign(self, statement: Statement, asker: Asker) -> str | Refusal:
        if self._seen.has(statement.issuer, statement.nonce):
            return Refusal(Trouble.REFUSED)
        card = self._cards.card()
        if isinstance(card, Refusal):
            return card
        spent = used_up(card.tries())
        if spent:
            return spent
        if not self._rate.take():
            return Refusal(Trouble.TOO_OFTEN)
        watch = self._watched.prepare() if statement.purpose == "login" else None
        key = watch.key if watch else ""
        said = signed_bytes(statement, card.algorithm, key)
        signature = self._ask(statement, asker, card, said)
        if isinstance(signature, Refusal):
            return signature
        self._seen.add(statement.issuer, statement.nonce)
        if watch:
            watch.begin(statement.issuer, card.identity)
        return write_answer(Signed(card.certificate, card.algorithm, key, signature))

    def _ask(self, statement: Statement, asker: Asker, card: Card, said: bytes) -> bytes | Refusal:
        def pointless() -> bool:
            return asker.has_left() or not self._cards.holds(card.identity)

        question = Question(
            statement.site,
            statement.origin,
            statement.purpose,
            card.label,
            card.tries(),
            card.pinpad,
        )
        with self._window.open() as dialog:
            while True:
                outcome = self._once(dialog, question, card, said, pointless)
                if not isinstance(outcome, WrongPin):
                    return outcome
                spent = used_up(card.tries())
                if spent:
                    return spent
                question = question.again(card.tries())

    def _once(
        self,
        dialog: Dialog,
        question: Question,
        card: Card,
        said: bytes,
        pointless: Callable[[], bool],
    ) -> bytes | WrongPin | Refusal:
        answer: Answer = dialog.ask(question, pointless)
        if isinstance(answer, Unanswered):
            if answer is Unanswered.POINTLESS:
                gone = not self._cards.holds(card.identity)
                return Refusal(Trouble.NO_CARD if gone else Trouble.CANCELLED)
            return Refusal(ENDS[answer], card.tries())
        if isinstance(answer, Agreed):
            return card.sign(None, said)
        try:
            return card.sign(answer, said)
        finally:
            answer.wipe()


def is_of_another_version(text: str) -> bool:
    """Whether it would be a statement, to another version of this program."""
    version = (read_object(text, LONGEST_STATEMENT) or {}).get("v")
    return type(version) is int and version != VERSION
