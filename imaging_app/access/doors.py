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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from imaging_app.access.actions import RIGHTS, Action, Thing
from imaging_app.access.decide import Allowed, Facts, Reason, Refused, Target, decide
from imaging_app.access.facts import FactsReader
from imaging_app.access.grants import Basis
from imaging_app.access.motives import Motive
from imaging_app.access.unknown import TIMES, Unknown, is_told
from imaging_app.access.visitor import NOBODY, Visitor
from imaging_app.clock import MINUTE, Now
from imaging_app.consents.marks import mark_of, marks_of
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
# Who asks, and about what.
Key = tuple[str, ...]


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
    _held: OrderedDict[Key, Held] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, key: Key) -> Held | None:
        """What is held under this key."""
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                self._held.move_to_end(key)
            return held

    def keep(self, key: Key, held: Held) -> None:
        """Hold it."""
        with self._lock:
            self._held[key] = held
            self._held.move_to_end(key)
            while len(self._held) > self.most:
                self._held.popitem(last=False)

    def drop(self, key: Key) -> None:
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
        facts = self._facts.read(tx, who, action, thing)
        answer = self._decide(who, action, facts)
        if unless is not None and isinstance(answer, Allowed):
            answer = Refused(unless)
        row = 0
        if (told := self._told(who, action, facts, answer, detail)) is not None:
            deed = _deed(action, facts.target, answer, told)
            row = self._trace.record(tx, NOBODY if who is None else who.actor, deed)
        return self._passage(who, thing, action, facts.target, answer, row)

    def through(self, who: Visitor | None, thing: Thing, action: Action) -> Passage | Refused:
        """The same in a transaction of its own, committed before the answer."""
        with self._db.write() as tx:
            return self.open(tx, who, thing, action)

    def hold(self, who: Visitor | None, thing: Thing, action: Action) -> Passage | Refused:
        """For each frame: what is held still holds, is decided anew, or is refused and traced."""
        if who is None:
            return Refused(Reason.SESSION)
        last = self._lately(_key(who, thing, action))
        if last is not None and isinstance(last.passage, Passage):
            with self._db.read() as tx:
                mark = mark_of(tx, last.passage.target.patient or "")
            if self._holds(last, mark):
                return last.passage
        return self._anew(who, [thing], action)[thing]

    def hold_each(
        self, who: Visitor, things: Sequence[Thing], action: Action
    ) -> dict[Thing, Passage | Refused]:
        """The same for a list: by a few questions, and one transaction for what is traced."""
        last = {one: self._lately(_key(who, one, action)) for one in things}
        held = {one: it for one, it in last.items() if it and isinstance(it.passage, Passage)}
        with self._db.read() as tx:
            marks = marks_of(tx, {_whose(one.passage) for one in held.values()})
        found: dict[Thing, Passage | Refused] = {
            one: it.passage
            for one, it in held.items()
            if self._holds(it, marks[_whose(it.passage)])
        }
        rest = [one for one in last if one not in found]
        return found | (self._anew(who, rest, action) if rest else {})

    def _lately(self, key: Key) -> Held | None:
        """What is held and was traced so lately that its row still stands for it."""
        held, now = self._hall.find(key), self._now()
        return held if held is not None and held.traced_at <= now < held.traced_at + STAY else None

    def _holds(self, held: Held, mark: int) -> bool:
        """Whether nothing has changed since it was decided, and it was a moment ago."""
        last = held.passage
        return (
            isinstance(last, Passage)
            and mark == held.mark
            and last.opened_at <= self._now() < last.until
        )

    def _anew(
        self, who: Visitor, things: Sequence[Thing], action: Action
    ) -> dict[Thing, Passage | Refused]:
        """Decided once more. The same answer on the same ground needs no row of its own."""
        keys = {one: _key(who, one, action) for one in things}
        last = {one: self._lately(keys[one]) for one in things}
        found, new = dict[Thing, Passage | Refused](), dict[Thing, Key]()
        with self._db.read() as tx:
            # The marks first: whatever changes after them is seen the next time.
            marks = marks_of(tx, {_whose(it.passage) for it in last.values() if it})
            each = self._facts.read_each(tx, who, action, things)
        for one, facts in zip(things, each, strict=True):
            answer, held = self._decide(who, action, facts), last[one]
            if facts.target is None and isinstance(answer, Refused):
                # What there is not is held under one name for all of it.
                self._hall.drop(keys[one])
                keys[one] = (*keys[one][:WHO], answer.reason.value)
                held = self._lately(keys[one])
                if held is None and keys[one] in new.values():
                    found[one] = answer
                    continue
            same = self._same(who, one, action, held, answer, facts.target) if held else None
            if held is None or same is None:
                new[one] = keys[one]
                continue
            found[one] = same
            if isinstance(same, Passage):
                mark = marks[_whose(held.passage)]
                self._hall.keep(keys[one], Held(same, mark, held.traced_at))
        return found | (self._enter_hall(new, who, action) if new else {})

    def _same(
        self, who: Visitor, thing: Thing, action: Action, held: Held,
        answer: Allowed | Refused, target: Target | None,
    ) -> Passage | Refused | None:  # fmt: skip
        """The answer where it is what it was: on the same ground, or refused for the same reason.

        Of refusals no mark is looked at: a motive or a permission that comes moves none.
        """
        last = held.passage
        if isinstance(answer, Refused):
            return answer if isinstance(last, Refused) and answer.reason is last.reason else None
        if isinstance(last, Refused) or target is None:
            return None
        if answer.basis is not last.basis or target != last.target:
            return None
        return self._build(who, thing, action, target, answer, last.row)

    def _enter_hall(
        self, new: Mapping[Thing, Key], who: Visitor, action: Action
    ) -> dict[Thing, Passage | Refused]:
        """Decided and traced, in one transaction that is committed before anything is answered."""
        things, found, held = list(new), dict[Thing, Passage | Refused](), dict[Key, Held]()
        for key in new.values():
            self._hall.drop(key)
        with self._db.write() as tx:
            self._trace.begin(tx)
            targets = self._facts.targets(tx, things)
            marks = marks_of(tx, {one.patient or "" for one in targets.values()})
            each = self._facts.read_each(tx, who, action, things)
            answers, deeds = list[tuple[Thing, Facts, Allowed | Refused, bool]](), list[Deed]()
            for one, facts in zip(things, each, strict=True):
                answer = self._decide(who, action, facts)
                told = self._told(who, action, facts, answer, _nothing)
                answers.append((one, facts, answer, told is not None))
                if told is not None:
                    deeds.append(_deed(action, facts.target, answer, told))
            rows = iter(self._trace.record_each(tx, who.actor, deeds))
        for one, facts, answer, has_row in answers:
            row = next(rows) if has_row else 0
            passage = self._passage(who, one, action, facts.target, answer, row)
            mark = marks.get(facts.target.patient or "", -1) if facts.target else 0
            found[one], held[new[one]] = passage, Held(passage, mark, self._now())
        for key, one_held in held.items():
            self._hall.keep(key, one_held)
        return found

    def which(
        self, tx: Tx, who: Visitor, things: Iterable[Thing], action: Action
    ) -> list[tuple[Thing, Allowed | Refused]]:
        """For a list: what each would be answered. Nothing is traced, and nothing is opened."""
        each = list(things)
        found = self._facts.read_each(tx, who, action, each)
        return [
            (one, self._decide(who, action, facts)) for one, facts in zip(each, found, strict=True)
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

    def _passage(
        self, who: Visitor | None, thing: Thing, action: Action, target: Target | None,
        answer: Allowed | Refused, row: int,
    ) -> Passage | Refused:  # fmt: skip
        if isinstance(answer, Refused) or who is None or target is None:
            return answer if isinstance(answer, Refused) else Refused(Reason.SESSION)
        return self._build(who, thing, action, target, answer, row)

    def _build(
        self, who: Visitor, thing: Thing, action: Action, target: Target, answer: Allowed, row: int
    ) -> Passage:
        now = self._now()
        until = now + LIVES if answer.until is None else min(now + LIVES, answer.until)
        return Passage(
            thing, action, target, answer.basis, answer.motive, who.session, now, until, row
        )


def _key(who: Visitor, thing: Thing, action: Action) -> Key:
    asked = (action.value, thing.sort.value, thing.id)
    return (who.session, who.subject, who.kind.value, who.rpps, who.establishment, *asked)


def _whose(answer: Passage | Refused) -> str:
    return (answer.target.patient or "") if isinstance(answer, Passage) else ""


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
