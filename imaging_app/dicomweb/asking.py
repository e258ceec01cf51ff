# SPDX-License-Identifier: Apache-2.0
"""Who asks, by the token of the request; and the doors, for programs."""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from flask import g, request

from imaging_app.access.actions import Action, Thing, exam
from imaging_app.access.decide import NEUTRAL, Allowed, Reason, Refused
from imaging_app.access.doors import Passage
from imaging_app.access.motives import TO_CHOOSE
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.db import Tx
from imaging_app.dicomweb import problems
from imaging_app.dicomweb.knocking import WAIT, Knocking, TooMany
from imaging_app.exams.values import Exam
from imaging_app.limits.turns import Busy, Running, Turn
from imaging_app.opening import Rooms
from imaging_app.web.professional.noting import note_professionals
from imaging_app.web.who import Who, visitor_of, who_is
from relying_parties.kit.bearer import Bearers
from relying_parties.kit.store import Session

READERS: Final = (Kind.PROFESSIONAL, Kind.PATIENT)
MOTIVES: Final = {one.value: one for one in TO_CHOOSE}
BEARER: Final = "bearer"
# Whose claims are kept beside their sessions; the least used go first.
MOST: Final = 1_000
# Seconds by which the login server's clock may be ahead of ours.
CLOCKS: Final = 60


@dataclass(slots=True)
class Noted:
    """Who comes by programs alone is taken down, too: patients keep them out by name."""

    rooms: Rooms
    _seen: set[str] = field(default_factory=set)
    # Of a session as it is believed now: with the next one its claims are read anew.
    _who: OrderedDict[str, tuple[Session, Who]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def who(self, session: Session) -> Who:
        """Who it is; taken down where nobody has yet."""
        with self._lock:
            known = self._who.get(session.id)
        if known is not None and known[0] is session:
            return known[1]
        who = who_is(session)
        self.see(session, who)
        with self._lock:
            self._who[session.id] = (session, who)
            self._who.move_to_end(session.id)
            while len(self._who) > MOST:
                self._who.popitem(last=False)
        return who

    def see(self, session: Session, who: Who) -> None:
        """Once a process; what a login on a page told of them stands."""
        if Kind.PROFESSIONAL not in who.kinds or who.number in self._seen:
            return
        with self.rooms.database.read() as tx:
            known = self.rooms.access.professionals.find(tx, who.number)
        if known is None:
            note_professionals(self.rooms)(session)
        self._seen.add(who.number)


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks who is there, and asks the doors."""

    rooms: Rooms
    bearers: Bearers
    knocking: Knocking
    noted: "Noted"
    # The address of all this, as programs reach it: behind a proxy that is not what is asked here.
    root: str

    def reader(self) -> Visitor:
        """A professional or a patient."""
        return self._somebody(*READERS)

    def sender(self) -> Visitor:
        """Staff of an establishment: the one that is named, or the only one."""
        return self._somebody(Kind.STAFF, establishment=request.args.get("establishment", ""))

    def open(self, who: Visitor, study: str, action: Action) -> tuple[Exam, Passage]:
        """A study, by an answer that is traced once a stay; or the end of the request."""
        return self._pass(who, study, action, traced_each=False)

    def take(self, who: Visitor, study: str, action: Action) -> tuple[Exam, Passage]:
        """The same, traced each time."""
        return self._pass(who, study, action, traced_each=True)

    def say_why(self, who: Visitor, patient: str) -> bool:
        """Whether the request tells a motive, which then stands for today."""
        told = request.args.get("motive") or request.headers.get("Sceau-Motive", "")
        if not told:
            return False
        motive = MOTIVES.get(told)
        if motive is None:
            raise problems.wrong("unknown-motive", "No such motive.")
        with self.rooms.database.write() as tx:
            given = self.rooms.access.finding.say_why(tx, who, patient, motive)
        if isinstance(given, Refused):
            raise problems.refused(given)
        return True

    def _pass(
        self, who: Visitor, study: str, action: Action, *, traced_each: bool
    ) -> tuple[Exam, Passage]:
        with self.rooms.database.read() as tx:
            found = self._copy(tx, who, study)
        thing = exam(found.id if found else "")
        doors = self.rooms.access.doors
        ask = doors.through if traced_each else doors.hold
        answer = ask(who, thing, action)
        if (
            isinstance(answer, Refused)
            and answer.reason is Reason.MOTIVE
            and found is not None
            and self.say_why(who, found.patient)
        ):
            answer = ask(who, thing, action)
        if isinstance(answer, Refused) or found is None:
            raise (
                problems.refused(answer) if isinstance(answer, Refused) else problems.not_there()
            )
        return found, answer

    def _copy(self, tx: Tx, who: Visitor, study: str) -> Exam | None:
        """Of the establishments that hold a study, the one whose copy is answered for it."""
        house = request.args.get("establishment", "")
        every = self.rooms.exams.index.of_uid(tx, study)
        every = [one for one in every if house in {"", one.establishment}]
        name = self.which_copy(tx, who, [one.id for one in every])
        return next((one for one in every if one.id == name), None)

    def which_copy(self, tx: Tx, who: Visitor, every: Sequence[str]) -> str:
        """The first that they may open; else the first that they could, by what they can do.

        By the right to open it, whatever is to be done: all that is answered is of one copy.
        """
        if len(every) <= 1:
            return "".join(every)
        answers = self.rooms.access.doors.which(
            tx, who, [exam(one) for one in every], Action.EXAM_OPEN
        )
        ranks = {thing.id: _rank(answer) for thing, answer in answers}
        return min(every, key=lambda one: ranks[one])

    def turn(self, who: Visitor, each: int) -> Turn:
        """To send files, while so few of somebody's are on their way."""
        found = self.rooms.turns.begin(who.subject, each)
        if isinstance(found, Busy):
            raise problems.busy(found)
        return found

    def send(self, who: Visitor, blocks: Iterable[bytes]) -> bytes | Running:
        """What is long goes out bit by bit, while so little else does."""
        found = self.rooms.streams.send(who.subject, blocks)
        if isinstance(found, Busy):
            raise problems.busy(found)
        return found

    def going(self, who: Visitor, thing: Thing, action: Action) -> Callable[[], bool]:
        """To be asked while something goes out, which can take long: whether they still may.

        That the login was fresh, held when it began. A token that was taken back ends it, one that
        ran out by itself does not. It was traced before, and once.
        """
        token, began = _token(), self.rooms.now()
        session = self.bearers.of(token)
        until = session.expires - CLOCKS if session is not None else began

        def goes_on() -> bool:
            now = self.rooms.now()
            if now < until and self.bearers.of(token) is None:
                return False
            as_then = replace(who, auth_at=who.auth_at + now - began)
            with self.rooms.database.read() as tx:
                [(_thing, answer)] = self.rooms.access.doors.which(tx, as_then, [thing], action)
            return isinstance(answer, Allowed)

        return goes_on

    def _somebody(self, *kinds: Kind, establishment: str = "") -> Visitor:
        try:
            session = self.knocking.of(_token(), request.remote_addr or "")
        except TooMany:
            raise problems.too_many_tokens(WAIT) from None
        if session is None:
            raise problems.no_token("invalid_token")
        who = self.noted.who(session)
        if Kind.STAFF in kinds and not establishment and len(who.acting) == 1:
            establishment = who.acting[0].finess
        for one in kinds:
            found = visitor_of(
                session,
                who,
                one,
                establishment,
                address=request.remote_addr or "",
                request_id=g.setdefault("portal_request", secrets.token_hex(16)),
            )
            if found is not None:
                return found
        if Kind.STAFF in kinds and not establishment and who.acting:
            raise problems.wrong("establishment", "Name the establishment: ?establishment=FINESS")
        raise problems.Problem(403, "not-your-space", "This is not for whom the token stands for.")


def _rank(answer: Allowed | Refused) -> int:
    if isinstance(answer, Allowed):
        return 0
    return 2 if answer.reason in NEUTRAL else 1


def _token() -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != BEARER or "access_token" in request.args:
        raise problems.no_token()
    return token.strip()
