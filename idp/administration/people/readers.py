# SPDX-License-Identifier: Apache-2.0
"""Calculettes at the console: brought in by their maker's file, handed over, switched off and on.

What opens a way in (a reader, a card) is the region's to give; what closes one, everybody's who may
take means away. A reader is worth as much as its card: whose the card is decides who may touch it.
"""

from dataclasses import dataclass, field
from typing import Final

from idp.administration.authority import Authorities, Authority, Denied
from idp.administration.outcomes import Unfit
from idp.administration.rights import Right
from idp.administration.target import Target, Targets
from idp.clock import Clock
from idp.credentials import cards as held
from idp.credentials.calculette_desk import card_number
from idp.credentials.calculettes import Added, Calculettes, Kept, NewCalculette
from idp.credentials.delivery.planning import Planner, Wanted, wanted_from
from idp.credentials.delivery.pskc import read_pskc
from idp.credentials.delivery.pskc_secrets import Unlock
from idp.db import Database, Tx, part
from idp.login.alerts import Alerts

# Some thousands of readers; more come by `sceau calculettes import`.
MOST_BYTES: Final = 4 * 1024 * 1024
MOST_FAULTS: Final = 100
# A counter never goes back: one that is typed wrong would end the reader.
FURTHEST: Final = 1000
VERIFIER: Final = "ocra"
KIND: Final = "calculette"


@dataclass(frozen=True, slots=True)
class ReaderFile:
    """A file of readers (RFC 6030), the name of the delivery, and what the file is locked with."""

    data: bytes = field(repr=False)
    batch: str
    # For keys of which the file does not say it.
    suite: str = ""
    unlock: Unlock = field(default_factory=Unlock, repr=False)


@dataclass(frozen=True, slots=True)
class Handed:
    """One reader, as somebody types it."""

    batch: str
    # Of a new batch; one that is there has its own.
    suite: str = ""
    secret: bytes = field(default=b"", repr=False)
    pin: str = field(default="", repr=False)
    reader: str = ""
    counter: int = 0


@dataclass(frozen=True, slots=True)
class Faulty:
    """Nothing was written: all that is wrong, in the words of the program that reads such files."""

    faults: tuple[str, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """What a file would bring in; nothing was written."""

    new: tuple[NewCalculette, ...] = field(repr=False)
    known: int


@dataclass(frozen=True, slots=True)
class Brought:
    """How many readers are new, or would be, and how many were there already."""

    new: int
    known: int


class Readers:
    """The verbs; each takes the authority, and the caller's transaction but where it says so."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        authorities: Authorities,
        calculettes: Calculettes,
        alerts: Alerts,
    ) -> None:
        self._database = database
        self._clock = clock
        self._targets = Targets(authorities)
        self._calculettes = calculettes
        self._alerts = alerts

    def bring_in(
        self, authority: Authority, file: ReaderFile, *, only_look: bool
    ) -> Denied | Faulty | Brought:
        """All readers of a file, or none while anything in it has a fault.

        In transactions of its own: nobody waits while the file is read.
        """
        planned = self.plan(authority, file)
        if not isinstance(planned, Planned):
            return planned
        if only_look:
            return Brought(len(planned.new), planned.known)
        with self._database.write() as tx, part(tx) as own:
            done = self.carry(tx, authority, planned)
            if not isinstance(done, Brought):
                own.give_up()
        return done

    def plan(self, authority: Authority, file: ReaderFile) -> Denied | Faulty | Planned:
        """What a file would bring in, read outside of any transaction."""
        if denied := authority.refuses(Right.MEANS_ADD):
            return denied
        reading = read_pskc(file.data, file.unlock, self._clock.now())
        wanted = wanted_from(reading.keys, file.suite)
        with self._database.read() as tx:
            plan = Planner(self._calculettes, file.batch, VERIFIER).plan(tx, wanted)
        if faults := reading.faults + plan.faults:
            return _faulty(faults)
        return Planned(tuple(plan.new), plan.known)

    def carry(self, tx: Tx, authority: Authority, planned: Planned) -> Denied | Faulty | Brought:
        """Bring in what was planned; whoever is told of a fault gives up what was begun."""
        if denied := authority.refuses(Right.MEANS_ADD):
            return denied
        for new in planned.new:
            whose = self._owner(tx, authority, new.card)
            if isinstance(whose, Denied) or not self._add(tx, authority, whose, new):
                return Faulty((f"the card {new.card} can't be given a reader",))
        return Brought(len(planned.new), planned.known)

    def hand_over(
        self, tx: Tx, authority: Authority, card: str, handed: Handed
    ) -> Denied | Faulty | Kept:
        """Bind one reader to a card, and so to whose card it is."""
        whose = self._owner(tx, authority, card)
        if isinstance(whose, Denied):
            return whose
        known = self._calculettes.batch(tx, handed.batch)
        suite = handed.suite or (known.suite if known else "")
        wanted = Wanted(card, suite, handed.secret, handed.pin, handed.reader, handed.counter)
        verifier = known.verifier if known else VERIFIER
        plan = Planner(self._calculettes, handed.batch, verifier).plan(tx, [wanted])
        if plan.faults:
            return _faulty(plan.faults)
        for new in plan.new:
            if not self._add(tx, authority, whose, new):
                return Faulty((f"the card {card} has another reader: remove that one first",))
        found = self._calculettes.find(tx, card)
        return Denied.NOT_FOUND if found is None else found

    def switch_off(self, tx: Tx, authority: Authority, card: str) -> Denied | bool:
        """It logs nobody in until it is switched on again; what it counts is kept."""
        return self._switch(tx, authority, Right.MEANS_REMOVE, card, off=True)

    def switch_on(self, tx: Tx, authority: Authority, card: str) -> Denied | bool:
        """It logs in again. Whoever switched it off may know that it is in other hands."""
        return self._switch(tx, authority, Right.MEANS_ADD, card, off=False)

    def resync(
        self, tx: Tx, authority: Authority, card: str, counter: int | None, drift: int | None
    ) -> Denied | Unfit | bool:
        """Put right a reader that is too far off to do so by two answers in a row."""
        found = self._found(tx, authority, Right.ACCOUNTS_UNLOCK, card)
        if isinstance(found, Denied):
            return found
        _target, kept = found
        to = kept.counter if counter is None else counter
        by = kept.drift if drift is None else drift
        if not kept.counter <= to <= kept.counter + FURTHEST:
            return Unfit("out-of-bounds", ("counter",))
        if abs(by) > FURTHEST:
            return Unfit("out-of-bounds", ("drift",))
        if (to, by) == (kept.counter, kept.drift):
            return False
        return self._calculettes.resync(tx, kept.card, to, by, authority.origin)

    def counts(self, kept: Kept) -> bool:
        """Whether a reader counts its answers: only then is there a counter to put right."""
        return self._calculettes.verifiers[kept.batch.verifier].counts(kept.batch.suite)

    def _switch(
        self, tx: Tx, authority: Authority, right: Right, card: str, *, off: bool
    ) -> Denied | bool:
        found = self._found(tx, authority, right, card)
        if isinstance(found, Denied):
            return found
        target, kept = found
        if off is (kept.standing.value == "disabled"):
            return False
        self._calculettes.set_disabled(tx, kept.card, disabled=off, origin=authority.origin)
        tell = self._alerts.means_removed if off else self._alerts.means_added
        tell(tx, target.account, KIND, kept.card)
        return True

    def _found(
        self, tx: Tx, authority: Authority, right: Right, card: str
    ) -> Denied | tuple[Target, Kept]:
        kept = self._calculettes.find(tx, number_of(card))
        target = self._targets.changed(tx, authority, right, kept.account if kept else "")
        if isinstance(target, Denied) or kept is None:
            return target if isinstance(target, Denied) else Denied.NOT_FOUND
        return target, kept

    def _owner(self, tx: Tx, authority: Authority, card: str) -> Denied | Target:
        found = held.find(tx, card)
        owner = found.account if found else ""
        return self._targets.changed(tx, authority, Right.MEANS_ADD, owner)

    def _add(self, tx: Tx, authority: Authority, whose: Target, new: NewCalculette) -> bool:
        if self._calculettes.add(tx, new, authority.origin) is not Added.ADDED:
            return False
        self._alerts.means_added(tx, whose.account, KIND, new.card)
        return True


def number_of(typed: str) -> str:
    """The number of a card, however it is written on it."""
    return card_number(typed[:64]) or typed[:64]


def _faulty(faults: list[str]) -> Faulty:
    return Faulty(tuple(faults[:MOST_FAULTS]), max(len(faults) - MOST_FAULTS, 0))
