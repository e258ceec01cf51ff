# SPDX-License-Identifier: Apache-2.0
"""The doors: the only place where a `Passage` is built, and each one is traced before it is given.

Whoever reads frames holds a passage for five seconds at most, without a row for each of them; a
refusal is decided each time, and traced once a stay: nobody fills the trace by asking, be it for
what there is not, of which a session has one row a stay, whatever it was called (of a deed upon it,
one more each time that it was asked for twice as often). Each
use looks at the patient's mark by its key (`imaging_app.consents.marks`): a block, a withdrawal, a
revoked code or an ended grant moves it in its own transaction, so the next frame, in whichever
process, is decided anew. What only time ends (a grant, a motive's day) ends with the five seconds.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from imaging_app.access.actions import RIGHTS, Action, Thing
from imaging_app.access.decide import Allowed, Facts, Reason, Refused, Target, decide
from imaging_app.access.facts import FactsReader, Known
from imaging_app.access.grants import Basis
from imaging_app.access.motives import Motive
from imaging_app.access.unknown import TIMES, Unknown, is_told
from imaging_app.access.visitor import NOBODY, Visitor
from imaging_app.clock import MINUTE, Now
from imaging_app.consents.marks import mark_of
from imaging_app.db import Database, Tx
from imaging_app.settings import Rules
from imaging_app.trace.record import ALLOWED, Deed, Trace

LIVES = 5
# One row of the trace stands for so long a look at one exam.
STAY = 30 * MINUTE
MOST_HELD = 20_000
# How much of a key says who asks.
WHO = 5
_nothing: Mapping[str, str | int] = {}


@dataclass(frozen=True, slots=True)
class Passage:
    """Somebody may do this with that, now. Built here alone."""

    thing: Thing
    action: Action
    target: Target
    basis: Basis
    motive: Motive | None
    session: str
    opened_at: int
    until: int
    row: int

    @property
    def emergency(self) -> bool:
        """Whether it is flagged."""
        return self.basis is Basis.EMERGENCY


@dataclass(slots=True)
class Held:
    """What frames were answered: how it was decided last, and traced when."""

    passage: Passage | Refused
    mark: int
    traced_at: int


@dataclass(slots=True)
class Hall:
    """The passages that this process holds, the least used go first."""

    most: int = MOST_HELD
    _held: OrderedDict[tuple[str, ...], Held] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, key: tuple[str, ...]) -> Held | None:
        """What is held under this key."""
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                self._held.move_to_end(key)
            return held

    def keep(self, key: tuple[str, ...], held: Held) -> None:
        """Hold it."""
        with self._lock:
            self._held[key] = held
            self._held.move_to_end(key)
            while len(self._held) > self.most:
                self._held.popitem(last=False)

    def drop(self, key: tuple[str, ...]) -> None:
        """Hold it no longer."""
        with self._lock:
            self._held.pop(key, None)


class Doors:
    """Asks, decides, traces, and only then lets through."""

    def __init__(
        self, db: Database, facts: FactsReader, trace: Trace, rules: Rules, now: Now
    ) -> None:
        self._db = db
        self._facts = facts
        self._trace = trace
        self._rules = rules
        self._now = now
        self._hall = Hall()
        self._unknown = Unknown(STAY)

    def open(
        self,
        tx: Tx,
        who: Visitor | None,
        thing: Thing,
        action: Action,
        *,
        unless: Reason | None = None,
        detail: Mapping[str, str | int] = _nothing,
    ) -> Passage | Refused:
        """Decide and trace in the caller's transaction: nothing leaves before it is committed.

        `unless`: what a deed has against it, beyond the decision.
        """
        self._trace.begin(tx)
        facts = self._read(tx, who, thing, action)
        answer = self._decide(who, action, facts)
        if unless is not None and isinstance(answer, Allowed):
            answer = Refused(unless)
        row = 0
        if (told := self._told(who, action, facts, answer, detail)) is not None:
            deed = _deed(action, facts.target, answer, told)
            row = self._trace.record(tx, NOBODY if who is None else who.actor, deed)
        if isinstance(answer, Refused) or who is None or facts.target is None:
            return answer if isinstance(answer, Refused) else Refused(Reason.SESSION)
        return self._build(who, thing, action, facts.target, answer, row)

    def through(self, who: Visitor | None, thing: Thing, action: Action) -> Passage | Refused:
        """The same in a transaction of its own, committed before the answer."""
        with self._db.write() as tx:
            return self.open(tx, who, thing, action)

    def hold(self, who: Visitor | None, thing: Thing, action: Action) -> Passage | Refused:
        """For each frame: what is held still holds, is decided anew, or is refused and traced."""
        if who is None:
            return Refused(Reason.SESSION)
        asked = (action.value, thing.sort.value, thing.id)
        key = (who.session, who.subject, who.kind.value, who.rpps, who.establishment, *asked)
        held, now = self._hall.find(key), self._now()
        if held is not None and held.traced_at <= now < held.traced_at + STAY:
            last = held.passage
            answer = (
                self._still(who, thing, action, last)
                if isinstance(last, Refused)
                else self._hold_on(key, who, held, last)
            )
            if answer is not None:
                return answer
        return self._enter_hall(key, who, thing, action)

    def _hold_on(
        self, key: tuple[str, ...], who: Visitor, held: Held, last: Passage
    ) -> Passage | None:
        """The same passage while nothing changed, another on the same ground; None for neither."""
        now, thing, action = self._now(), last.thing, last.action
        with self._db.read() as tx:
            # The mark first: whatever changes after it is seen the next time.
            mark = mark_of(tx, last.target.patient or "")
            if mark == held.mark and last.opened_at <= now < last.until:
                return last
            facts = self._read(tx, who, thing, action)
        answer = self._decide(who, action, facts)
        if not isinstance(answer, Allowed) or facts.target is None:
            return None
        if answer.basis is not last.basis or facts.target != last.target:
            return None
        passage = self._build(who, thing, action, facts.target, answer, last.row)
        self._hall.keep(key, Held(passage, mark, held.traced_at))
        return passage

    def _still(self, who: Visitor, thing: Thing, action: Action, last: Refused) -> Refused | None:
        """The same refusal; None where it would be another answer now.

        No mark is looked at: a motive or a permission that comes moves none.
        """
        with self._db.read() as tx:
            facts = self._read(tx, who, thing, action)
        answer = self._decide(who, action, facts)
        return answer if isinstance(answer, Refused) and answer.reason is last.reason else None

    def _enter_hall(
        self, key: tuple[str, ...], who: Visitor, thing: Thing, action: Action
    ) -> Passage | Refused:
        self._hall.drop(key)
        refused, key = self._knock(key, who, thing, action)
        if refused is not None:
            return refused
        with self._db.write() as tx:
            target = self._facts.target(tx, thing)
            mark = mark_of(tx, target.patient or "") if target is not None else 0
            answer = self.open(tx, who, thing, action)
        self._hall.keep(key, Held(answer, mark, self._now()))
        return answer

    def _knock(
        self, key: tuple[str, ...], who: Visitor, thing: Thing, action: Action
    ) -> tuple[Refused | None, tuple[str, ...]]:
        """What there is not is held under one name for all of it: the same refusal, if it was
        traced lately, and the key under which it is held.
        """
        with self._db.read() as tx:
            facts = self._read(tx, who, thing, action)
        answer = self._decide(who, action, facts)
        if facts.target is not None or isinstance(answer, Allowed):
            return None, key
        key = (*key[:WHO], answer.reason.value)
        held, now = self._hall.find(key), self._now()
        is_held = held is not None and held.traced_at <= now < held.traced_at + STAY
        return (answer if is_held else None), key

    def which(
        self, tx: Tx, who: Visitor, things: Iterable[Thing], action: Action
    ) -> list[tuple[Thing, Allowed | Refused]]:
        """For a list: what each would be answered. Nothing is traced, and nothing is opened."""
        known: Known = {}
        return [
            (one, self._decide(who, action, self._read(tx, who, one, action, known)))
            for one in things
        ]

    def which_if_proven(
        self, tx: Tx, who: Visitor, things: Iterable[Thing], action: Action
    ) -> list[tuple[Thing, Allowed | Refused]]:
        """The same for whoever proves once more that it is them: whether it is worth the way."""
        return self.which(tx, self._proven(who), things, action)

    def _proven(self, who: Visitor) -> Visitor:
        level = max(who.level, self._rules.level, self._rules.grave_level)
        return replace(who, level=level, auth_at=self._now())

    def _decide(self, who: Visitor | None, action: Action, facts: Facts) -> Allowed | Refused:
        """A login is asked for where it leads on: whoever has no right to it is told that."""
        now = self._now()
        answer = decide(who, action, facts, self._rules, now)
        if who is None or isinstance(answer, Allowed) or answer.reason is not Reason.LEVEL:
            return answer
        then = decide(self._proven(who), action, facts, self._rules, now)
        lacks_right = isinstance(then, Refused) and then.reason is Reason.DOWNLOAD
        return then if lacks_right else answer

    def _told(
        self,
        who: Visitor | None,
        action: Action,
        facts: Facts,
        answer: Allowed | Refused,
        detail: Mapping[str, str | int],
    ) -> Mapping[str, str | int] | None:
        """What its row says besides; None where it has none of its own."""
        if who is None or isinstance(answer, Allowed):
            return detail
        if facts.target is not None and answer.reason is not Reason.UNKNOWN:
            return detail
        whose = (who.session, who.subject, who.kind.value, who.rpps, who.establishment)
        times = self._unknown.count((*whose, action.value, answer.reason.value), self._now())
        if not is_told(times):
            return None
        return {**detail, TIMES: times} if times > 1 else detail

    def _read(
        self, tx: Tx, who: Visitor | None, thing: Thing, action: Action, known: Known | None = None
    ) -> Facts:
        if who is None:
            return Facts(target=None)
        return self._facts.read(tx, who, action, thing, known)

    def _build(
        self, who: Visitor, thing: Thing, action: Action, target: Target, answer: Allowed, row: int
    ) -> Passage:
        now = self._now()
        until = now + LIVES if answer.until is None else min(now + LIVES, answer.until)
        return Passage(
            thing, action, target, answer.basis, answer.motive, who.session, now, until, row
        )


def _deed(
    action: Action,
    target: Target | None,
    answer: Allowed | Refused,
    detail: Mapping[str, str | int],
) -> Deed:
    place = target or Target()
    if isinstance(answer, Refused):
        return Deed(
            action=action.value,
            outcome=answer.reason.value,
            patient=place.patient,
            exam=place.exam,
            establishment=place.establishment,
            detail=detail,
        )
    is_emergency = answer.emergency or action is Action.PATIENT_EMERGENCY
    return Deed(
        action=action.value,
        outcome=ALLOWED,
        patient=place.patient,
        exam=place.exam,
        establishment=place.establishment,
        basis=answer.basis.value,
        motive=answer.motive.value if answer.motive else "",
        emergency=is_emergency,
        shown=RIGHTS[action].shown and answer.basis is not Basis.OWN,
        detail=detail,
    )
