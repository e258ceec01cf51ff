# SPDX-License-Identifier: Apache-2.0
"""How a professional comes to a patient: by name, a file's number, a code, in an emergency."""

from dataclasses import dataclass

from imaging_app.access.actions import PORTAL, Action
from imaging_app.access.actions import patient as patient_thing
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.doors import Doors
from imaging_app.access.grants import Basis, Grants
from imaging_app.access.motives import TO_CHOOSE, Motive, Motives
from imaging_app.access.visitor import Visitor
from imaging_app.clock import HOUR, MINUTE, Now
from imaging_app.consents.consent import Consents
from imaging_app.db import Tx
from imaging_app.limits.tries import Tries
from imaging_app.notices.outbox import Outbox, To, What
from imaging_app.people.search import FoundFile, Line, Page, Search
from imaging_app.settings import Rules
from imaging_app.sharing.codes import Codes, Entered, Refusal, Scope, Typed
from imaging_app.trace.record import Deed, Trace

MOST_REASON = 500
TOLD = "emergency.told"
CODES = {Refusal.NO_MATCH: Reason.NO_MATCH, Refusal.TOO_MANY: Reason.TOO_MANY}


@dataclass(frozen=True, slots=True)
class Services:
    """What finding stands on."""

    doors: Doors
    search: Search
    codes: Codes
    grants: Grants
    motives: Motives
    consents: Consents
    tries: Tries
    outbox: Outbox
    trace: Trace
    rules: Rules
    now: Now


class Finding:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, services: Services) -> None:
        self._on = services

    def by_name(self, tx: Tx, who: Visitor | None, typed: str, page: int = 1) -> Page | Refused:
        """My own patients whose names begin so."""
        passage = self._on.doors.open(tx, who, PORTAL, Action.SEARCH)
        if isinstance(passage, Refused) or who is None:
            return passage if isinstance(passage, Refused) else Refused(Reason.SESSION)
        return self._on.search.by_name(tx, who.rpps, typed, page)

    def by_number(
        self, tx: Tx, who: Visitor | None, establishment: str, number: str, birth_date: str
    ) -> FoundFile | Refused:
        """One file, by its number and the birth date: it alone is open from then on, for hours."""
        passage = self._on.doors.open(tx, who, PORTAL, Action.SEARCH_NUMBER)
        if isinstance(passage, Refused) or who is None:
            return passage if isinstance(passage, Refused) else Refused(Reason.SESSION)
        if not self._may_try(tx, "number", who) or not self._may_try_there(tx, "number", who):
            return self._failed(tx, who, Action.SEARCH_NUMBER, Reason.TOO_MANY)
        found = self._on.search.by_number(tx, who.rpps, establishment, number, birth_date)
        if found is None:
            return self._failed(tx, who, Action.SEARCH_NUMBER, Reason.NO_MATCH)
        self._on.tries.give_back(tx, "number address", who.address)
        until = self._on.now() + self._on.rules.file_hours * HOUR
        scope = Scope(found.patient.id, file=found.file)
        self._on.grants.make(tx, who.rpps, scope, Basis.FILE, until)
        deed = Deed("grant.file", patient=scope.patient, establishment=establishment)
        self._on.trace.record(tx, who.actor, deed)
        return found

    def by_code(
        self, tx: Tx, who: Visitor | None, code: str, birth_date: str, first_name: str
    ) -> Entered | Refused:
        """What a sharing code opens, until it expires."""
        passage = self._on.doors.open(tx, who, PORTAL, Action.CODE_ENTER)
        if isinstance(passage, Refused) or who is None:
            return passage if isinstance(passage, Refused) else Refused(Reason.SESSION)
        typed = Typed(code, birth_date, first_name, who.rpps, who.address)
        entered = self._on.codes.enter(tx, typed)
        if isinstance(entered, Refusal):
            return self._failed(tx, who, Action.CODE_ENTER, CODES[entered])
        scope, until = entered.scope, entered.expires_at
        self._on.grants.by_code(tx, who.rpps, entered.code, scope, until)
        deed = Deed(
            "grant.code",
            patient=scope.patient,
            exam=scope.exam,
            establishment=scope.establishment or None,
            basis=Basis.CODE.value,
            shown=True,
        )
        self._on.trace.record(tx, who.actor, deed)
        if entered.is_first:
            told = {"who": who.name, "profession": who.profession, "tail": entered.tail}
            self._on.outbox.put(tx, To.PATIENT, scope.patient, What.CODE_USED, told)
        return entered

    def in_emergency(
        self, tx: Tx, who: Visitor | None, name: str, first_name: str, birth_date: str
    ) -> tuple[Line, ...] | Refused:
        """Patients of whom every trait is right, whoever cares for them."""
        passage = self._on.doors.open(tx, who, PORTAL, Action.SEARCH_EMERGENCY)
        if isinstance(passage, Refused) or who is None:
            return passage if isinstance(passage, Refused) else Refused(Reason.SESSION)
        # What others did behind the same address delays no emergency.
        if not self._may_try(tx, "emergency", who):
            return self._failed(tx, who, Action.SEARCH_EMERGENCY, Reason.TOO_MANY)
        return self._on.search.by_traits(tx, who.rpps, name, first_name, birth_date)

    def break_in(self, tx: Tx, who: Visitor | None, patient: str, reason: str) -> str | Refused:
        """« Accès en urgence »: an hour, flagged, and told to the patient and who shares."""
        reason = " ".join(reason.split())[:MOST_REASON]
        is_said = len(reason) >= self._on.rules.emergency_reason
        passage = self._on.doors.open(
            tx,
            who,
            patient_thing(patient),
            Action.PATIENT_EMERGENCY,
            unless=None if is_said else Reason.REASON,
        )
        if isinstance(passage, Refused) or who is None:
            return passage if isinstance(passage, Refused) else Refused(Reason.SESSION)
        now = self._on.now()
        until = now + self._on.rules.emergency_minutes * MINUTE
        scope = Scope(patient)
        grant = self._on.grants.make(tx, who.rpps, scope, Basis.EMERGENCY, until, reason=reason)
        told: dict[str, str | int] = {
            "who": who.name,
            "profession": who.profession,
            "at": now,
            "grant": grant,
        }
        self._on.outbox.put(tx, To.PATIENT, patient, What.EMERGENCY, told)
        for standing in self._on.consents.standing(tx, patient):
            if standing.is_in_force:
                to = standing.establishment
                review = {**told, "patient": patient, "reason": reason}
                self._on.outbox.put(tx, To.ESTABLISHMENT, to, What.EMERGENCY, review)
                # It stands in their accesses, too, where nothing of theirs is opened in the end.
                deed = Deed(TOLD, patient=patient, establishment=to, emergency=True)
                self._on.trace.record(tx, who.actor, deed)
        return grant

    def leave_emergency(self, tx: Tx, who: Visitor, patient: str) -> bool:
        """Whoever broke in says that it is over."""
        self._on.trace.begin(tx)
        ended = self._on.grants.end_emergency(tx, patient, who.rpps) if who.rpps else 0
        if ended:
            deed = Deed("emergency.end", patient=patient, emergency=True)
            self._on.trace.record(tx, who.actor, deed)
        return ended > 0

    def say_why(
        self, tx: Tx, who: Visitor | None, patient: str, motive: Motive
    ) -> Motive | Refused:
        """The motive of today; the one that stands."""
        passage = self._on.doors.open(
            tx,
            who,
            patient_thing(patient),
            Action.PATIENT_MOTIVE,
            unless=None if motive in TO_CHOOSE else Reason.MOTIVE,
            detail={"motive": motive.value},
        )
        if isinstance(passage, Refused) or who is None:
            return passage if isinstance(passage, Refused) else Refused(Reason.SESSION)
        return self._on.motives.give(tx, who.rpps, patient, motive)

    def _may_try(self, tx: Tx, what: str, who: Visitor) -> bool:
        most = self._on.rules.code_tries_professional
        return self._on.tries.count(tx, f"{what} rpps", who.rpps, most)

    def _may_try_there(self, tx: Tx, what: str, who: Visitor) -> bool:
        """Asked of whoever is within their own limit; only what fails stays counted."""
        most = self._on.rules.code_tries_address
        return self._on.tries.count(tx, f"{what} address", who.address, most)

    def _failed(self, tx: Tx, who: Visitor, action: Action, reason: Reason) -> Refused:
        self._on.trace.record(tx, who.actor, Deed(f"{action.value}.tried", outcome=reason.value))
        return Refused(reason)
