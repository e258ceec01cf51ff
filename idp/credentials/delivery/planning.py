# SPDX-License-Identifier: Apache-2.0
"""What bringing in readers would come to: told whole before anything is written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from idp.credentials.calculette_desk import card_number
from idp.credentials.calculettes import Added, Batch, Calculettes, NewCalculette
from idp.credentials.delivery.pskc import Delivered
from idp.db import Tx

NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z ._-]{0,63}", re.ASCII)
# RFC 4226 §4, R6: 128 bits at least, 160 recommended; and no more than HMAC takes without hashing.
SHORTEST_SECRET: Final = 20
LONGEST_SECRET: Final = 128
DIGITS: Final = re.compile(r"[0-9]{4,12}", re.ASCII)
# RFC 4514: how a directory names whom a key is for.
NAMED: Final = re.compile(r"(?:^|,)\s*(?:CN|UID)\s*=\s*([^,]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reader as somebody wants it brought in, whatever it came in."""

    card: str
    suite: str
    secret: bytes = field(repr=False)
    pin: str = field(default="", repr=False)
    reader: str = ""
    counter: int = 0
    drift: int = 0
    # Seconds of its steps where its maker told them; 0 for as the suite says.
    interval: int = 0
    # Where it stands in what it came in.
    where: str = ""


@dataclass(slots=True)
class Plan:
    """What would be written, what is there already, and all that is wrong."""

    new: list[NewCalculette] = field(default_factory=list)
    known: int = 0
    faults: list[str] = field(default_factory=list)


class Planner:
    """Looks at each reader, and at all of them together."""

    def __init__(self, calculettes: Calculettes, batch: str, verifier: str) -> None:
        self._calculettes = calculettes
        self._batch = batch
        self._verifier = verifier

    def plan(self, tx: Tx, wanted: Sequence[Wanted]) -> Plan:
        """Everything at once."""
        found = Plan()
        if not NAME.fullmatch(self._batch):
            found.faults.append("A batch is named by 1 to 64 letters, digits, spaces, . _ and -.")
        if self._verifier not in self._calculettes.verifiers:
            found.faults.append(f"There is no verifier {self._verifier!r}.")
        if found.faults:
            return found
        seen: set[str] = set()
        for one in wanted:
            why = self._unfit(one) or self._twice(one, seen)
            if why:
                found.faults.append(f"{one.where}: {why}" if one.where else why)
            else:
                self._place(tx, one, found)
        found.faults += self._other_suites(tx, found)
        return found

    def _place(self, tx: Tx, one: Wanted, found: Plan) -> None:
        new = self._new(one)
        became = self._calculettes.compare(tx, new)
        if became is Added.ADDED:
            found.new.append(new)
        elif became is Added.KNOWN:
            found.known += 1
        else:
            why = {
                Added.NO_CARD: f"there is no card {one.card}: `sceau cards add` binds it first",
                Added.OTHER: f"the card {one.card} has another reader: remove that one first",
            }[became]
            found.faults.append(f"{one.where}: {why}" if one.where else why)

    def _new(self, one: Wanted) -> NewCalculette:
        hashed = self._calculettes.verifiers[self._verifier].hash_pin(one.suite, one.pin)
        return NewCalculette(
            one.card,
            Batch(self._batch, self._verifier, one.suite),
            one.secret,
            hashed,
            one.reader,
            one.counter,
            one.drift,
        )

    def _unfit(self, one: Wanted) -> str:
        """What is wrong with a reader by itself."""
        verifier = self._calculettes.verifiers[self._verifier]
        if not one.card:
            return "nothing says whose card it answers for"
        if not one.suite:
            return "nothing says its suite"
        if why := verifier.unfit(one.suite):
            return why
        if not SHORTEST_SECRET <= len(one.secret) <= LONGEST_SECRET:
            return f"its secret has {len(one.secret)} bytes, not {SHORTEST_SECRET} to 128"
        if len(set(one.secret)) == 1:
            return "its secret is one byte over and over: a placeholder"
        if one.interval and one.interval != verifier.step(one.suite):
            return f"its steps last {one.interval} s, and those of {one.suite} do not"
        if verifier.wants_pin(one.suite) and not DIGITS.fullmatch(one.pin):
            return f"{one.suite} needs the card's own code, 4 to 12 digits"
        return ""

    def _twice(self, one: Wanted, seen: set[str]) -> str:
        if one.card in seen:
            return f"the card {one.card} comes twice"
        seen.add(one.card)
        return ""

    def _other_suites(self, tx: Tx, found: Plan) -> list[str]:
        """A batch has one suite, the one that it had before."""
        suites = {one.batch.suite for one in found.new}
        known = self._calculettes.batch(tx, self._batch)
        if known is not None and (known.verifier != self._verifier or suites - {known.suite}):
            return [f"The batch {known.name} is {known.verifier}, {known.suite}: name another."]
        if len(suites) > 1:
            return [f"A batch has one suite, and these have {', '.join(sorted(suites))}."]
        return []


def wanted_from(delivered: Sequence[Delivered], suite: str) -> list[Wanted]:
    """Readers as a file brings them; the suite for those that it says none of."""
    return [_wanted(one, suite) for one in delivered]


def _wanted(one: Delivered, suite: str) -> Wanted:
    """A key is for the card of its user, or, where no user is told, for the card of its serial."""
    named = NAMED.search(one.user)
    user = (named[1] if named else one.user).strip()
    card = card_number(user) or user
    serial = card_number(one.serial) or one.serial
    return Wanted(
        card or serial,
        one.suite or suite,
        one.secret,
        one.pin,
        one.serial if card else "",
        one.counter,
        one.drift,
        one.interval,
        f"line {one.line}" + (f" (serial {one.serial})" if one.serial else ""),
    )
