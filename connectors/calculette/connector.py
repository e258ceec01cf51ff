# SPDX-License-Identifier: Apache-2.0
"""The connector of the nomad reader: who it is, a number to type into the reader, the answer."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from connectors.base import (
    Answer,
    Ask,
    Attempt,
    Evidence,
    Level,
    Reason,
    Refused,
    Verified,
    VerifiedIdentity,
)
from connectors.capabilities import Verifier
from connectors.ports import Calculette, CalculetteStore, Challenge, Clock, Holder, Match

# As long as the longest identifier that any account has.
LONGEST: Final = 320
# ASCII digits only (CR-004); readers show the eight in two groups, and people copy them so.
FORM: Final = re.compile(r"([0-9]{4})[ \u00a0-]?([0-9]{4})")
# Steps by which a clock is read differently twice in a row.
JITTER: Final = 1


class CalculetteConnector:
    """Shows a challenge to whoever is named, and judges the answer."""

    kind: ClassVar[str] = "calculette"
    methods: ClassVar[tuple[str, ...]] = ("sc", "pin", "otp", "mfa")
    level: ClassVar[Level] = Level.CARD
    after: ClassVar[str | None] = None

    def __init__(
        self, store: CalculetteStore, verifiers: Mapping[str, Verifier], clock: Clock
    ) -> None:
        self._store = store
        self._verifiers = verifiers
        self._clock = clock

    def lacks(self, account: str) -> str | None:
        """A reader, and a card that is still good."""
        return self._store.lacks(account)

    def tries(self, evidence: Evidence) -> bool:
        """To say who one is tries nothing: everybody is shown a challenge."""
        return "response" in evidence.form or "identifier" not in evidence.form

    def spelling(self, typed: str) -> str:
        """A card number however it is written, or another name."""
        return self._store.spelling(typed)

    def begin(self, attempt: Attempt) -> Answer:
        """Who it is; or, where that is known, the challenge that was shown before."""
        typed = attempt.state.get("who", "")
        holder = Holder(attempt.account, typed if attempt.account is None else "")
        if attempt.account is None and not (isinstance(typed, str) and typed):
            return _ask_who()
        last = self._store.last(attempt.id, holder)
        if last is None and attempt.account is not None:
            return self._show(attempt, holder, "")
        # Another number is asked for by a button alone: a page that is opened again draws none.
        return _ask_answer(holder, last)

    def claimed(self, attempt: Attempt, evidence: Evidence) -> str | None:
        """The person known already, or whoever the form names."""
        if attempt.account is not None:
            return attempt.account
        typed = _read_who(evidence)
        return None if typed is None else self._store.find(typed)

    def resume(self, attempt: Attempt, evidence: Evidence) -> Answer:
        """Show a challenge, or judge an answer to one."""
        form = evidence.form
        holder = Holder(attempt.account)
        if attempt.account is None:
            typed = _read_who(evidence)
            if typed is None:
                return Refused(Reason.MALFORMED)
            holder = Holder(None, typed)
        if "response" in form:
            return self._judge(attempt, holder, form.get("challenge", ""), form["response"])
        if form.get("again") == "who":
            return _ask_who(holder.typed)
        if attempt.account is not None and "instead" not in form:
            return Refused(Reason.MALFORMED)
        return self._show(attempt, holder, form.get("instead", ""))

    def _show(self, attempt: Attempt, holder: Holder, instead: str) -> Answer:
        return _ask_answer(holder, self._store.issue(attempt.id, holder, instead))

    def _judge(self, attempt: Attempt, holder: Holder, challenge: str, typed: str) -> Answer:
        found = FORM.fullmatch(typed.strip()) if len(typed) <= LONGEST else None
        if found is None:
            # What can't be an answer is no try at this challenge; the host counts it all the same.
            return Refused(Reason.WRONG)
        digits = self._store.take(attempt.id, holder, challenge)
        if digits is None:
            return Refused(Reason.EXPIRED)
        answer = "".join(found.groups())
        at = self._clock.now()
        for held in self._store.held(holder):
            match = self._verifiers[held.verifier].match(held, digits, answer, at)
            # The reader of nobody is judged like any other, and lets nobody in.
            if match is not None and held.subject:
                return self._accept(attempt, challenge, held, match)
        return Refused(Reason.WRONG)

    def _accept(self, attempt: Attempt, challenge: str, held: Calculette, match: Match) -> Answer:
        """A right answer: from where the reader is, or the second from where it has gone."""
        if not match.near and not _is_awaited(held, match):
            if not attempt.in_vain:
                self._store.await_next(attempt.id, challenge, held, match)
            return Refused(Reason.WRONG)
        if attempt.in_vain:
            # It only tells when to come back: the reader does not move on. The challenge is spent:
            # what was guessed during a lock, as often as one likes, must open nothing after it.
            self._store.spend(attempt.id, challenge)
            return Verified(VerifiedIdentity(held.subject))
        # AG-014: one answer to one challenge, and one use of one counter, also of two at once.
        if not self._store.settle(attempt.id, challenge, held, match):
            return Refused(Reason.EXPIRED)
        return Verified(VerifiedIdentity(held.subject))


def _is_awaited(held: Calculette, match: Match) -> bool:
    """Whether this answer follows the one before it: the very next count, the same drift."""
    if held.awaited is None:
        return False
    counter, drift = held.awaited
    follows = match.counter is None or match.counter == counter
    return follows and abs(match.drift - drift) <= JITTER


def _read_who(evidence: Evidence) -> str | None:
    """What was typed to say who one is; None for what nobody is called."""
    typed = evidence.form.get("identifier", "").strip()
    return typed if typed and len(typed) <= LONGEST and typed.isprintable() else None


def _ask_who(typed: str = "") -> Ask:
    return Ask({"step": "who", "who": typed, "challenge": None})


def _ask_answer(holder: Holder, shown: Challenge | None) -> Ask:
    values: dict[str, Any] = {"step": "over", "who": holder.typed, "challenge": None}
    if shown is not None and shown.left > 0:
        groups = f"{shown.digits[:4]} {shown.digits[4:]}"
        values["step"] = "answer"
        values["challenge"] = {"id": shown.id, "groups": groups, "left": shown.left}
    return Ask(values, {"who": holder.typed} if holder.typed else {})
