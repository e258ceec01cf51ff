# SPDX-License-Identifier: Apache-2.0
"""What a patient decides: whom they keep out, what they share no more, to whom they give a code,
who their médecin traitant is.
"""

from dataclasses import dataclass

from imaging_app.access.actions import Action, Thing, exam
from imaging_app.access.actions import patient as patient_thing
from imaging_app.access.closing import Closing, Withdrawal
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.doors import Doors, Passage
from imaging_app.access.grants import Grants, Why
from imaging_app.access.met import has_met
from imaging_app.access.visitor import Visitor
from imaging_app.consents.blocks import Blocks
from imaging_app.consents.consent import IN_FORCE, Channel, Consents, State
from imaging_app.db import Tx
from imaging_app.people.involvement import BY_PATIENT, Involvement, Involvements, Role
from imaging_app.people.patients import Patients
from imaging_app.people.professionals import Professional, Professionals
from imaging_app.settings import LONGEST_CODE_DAYS, Rules
from imaging_app.sharing.codes import Codes, Issued, Scope


@dataclass(frozen=True, slots=True)
class Services:
    """What choosing stands on."""

    doors: Doors
    blocks: Blocks
    consents: Consents
    codes: Codes
    grants: Grants
    closing: Closing
    involvements: Involvements
    patients: Patients
    professionals: Professionals
    rules: Rules


class Choosing:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, services: Services) -> None:
        self._on = services

    def block(self, tx: Tx, who: Visitor | None, patient: str, rpps: str) -> bool | Refused:
        """Keep a professional out, from now on, whatever they have open."""
        answer = self._on.doors.open(
            tx,
            who,
            patient_thing(patient),
            Action.PATIENT_BLOCK,
            unless=self.against(tx, patient, rpps),
            detail={"rpps": rpps},
        )
        if isinstance(answer, Refused):
            return answer
        blocked = self._on.blocks.block(tx, patient, rpps)
        self._on.grants.end_of(tx, patient, rpps, Why.BLOCKED)
        return blocked

    def unblock(self, tx: Tx, who: Visitor | None, patient: str, rpps: str) -> bool | Refused:
        """Let them in again; what they had been given does not come back."""
        answer = self._on.doors.open(
            tx, who, patient_thing(patient), Action.PATIENT_UNBLOCK, detail={"rpps": rpps}
        )
        if isinstance(answer, Refused):
            return answer
        return self._on.blocks.lift(tx, patient, rpps)

    def withdraw(
        self, tx: Tx, who: Visitor | None, patient: str, establishment: str, text_version: str
    ) -> State | Refused:
        """Share no more what an establishment has; its codes and what they opened end."""
        stands = self._on.consents.state(tx, patient, establishment) in IN_FORCE
        answer = self._on.doors.open(
            tx,
            who,
            patient_thing(patient),
            Action.PATIENT_WITHDRAW,
            unless=None if stands else Reason.STATE,
            detail={"establishment": establishment},
        )
        if isinstance(answer, Refused) or who is None:
            return answer if isinstance(answer, Refused) else Refused(Reason.SESSION)
        said = Withdrawal(patient, establishment, Channel.ONLINE, who, text_version)
        return self._on.closing.close(tx, said)

    def oppose(self, tx: Tx, who: Visitor | None, patient: str, *, opposes: bool) -> bool | Refused:
        """Whether somebody may break in."""
        answer = self._on.doors.open(
            tx,
            who,
            patient_thing(patient),
            Action.PATIENT_OPPOSE,
            detail={"opposes": int(opposes)},
        )
        if isinstance(answer, Refused):
            return answer
        return self._on.patients.oppose_emergency(tx, patient, opposes=opposes)

    def share(
        self, tx: Tx, who: Visitor | None, patient: str, *, days: int | None, comment: str
    ) -> Issued | Refused:
        """A code to all that is shared."""
        answer = self._may_share(tx, who, patient_thing(patient), Action.PATIENT_SHARE, days)
        if isinstance(answer, Refused) or who is None:
            return answer if isinstance(answer, Refused) else Refused(Reason.SESSION)
        return self._issue(tx, who, Scope(patient), days, comment)

    def share_exam(
        self, tx: Tx, who: Visitor | None, name: str, *, days: int | None, comment: str
    ) -> Issued | Refused:
        """A code to one exam."""
        answer = self._may_share(tx, who, exam(name), Action.EXAM_SHARE, days)
        if isinstance(answer, Refused) or who is None:
            return answer if isinstance(answer, Refused) else Refused(Reason.SESSION)
        return self._issue(tx, who, Scope(answer.target.patient or "", exam=name), days, comment)

    def name_traitant(self, tx: Tx, who: Visitor | None, patient: str, rpps: str) -> bool | Refused:
        """Name a doctor as one's médecin traitant, in place of any other; False where they are."""
        found = self._on.professionals.find(tx, rpps)
        unless = Reason.UNKNOWN if found is None else self._unfit(tx, patient, found)
        answer = self._on.doors.open(
            tx,
            who,
            patient_thing(patient),
            Action.PATIENT_TRAITANT,
            unless=unless,
            detail={"rpps": rpps},
        )
        if isinstance(answer, Refused):
            return answer
        named = self.traitants(tx, patient)
        if [one.rpps for one in named] == [rpps]:
            return False
        self._end_all(tx, named)
        role = Role.TRAITANT
        self._on.involvements.record(tx, patient=patient, rpps=rpps, role=role, source=BY_PATIENT)
        return True

    def forget_traitant(self, tx: Tx, who: Visitor | None, patient: str) -> bool | Refused:
        """Have none any more; False where there was none."""
        answer = self._on.doors.open(tx, who, patient_thing(patient), Action.PATIENT_TRAITANT)
        if isinstance(answer, Refused):
            return answer
        named = self.traitants(tx, patient)
        self._end_all(tx, named)
        return bool(named)

    def traitants(self, tx: Tx, patient: str) -> list[Involvement]:
        """Whom the patient names now: one, or nobody."""
        return self._on.involvements.named_by_patient(tx, patient, Role.TRAITANT)

    def _end_all(self, tx: Tx, named: list[Involvement]) -> None:
        for one in named:
            self._on.involvements.end(tx, one.id, BY_PATIENT)

    def _unfit(self, tx: Tx, patient: str, one: Professional) -> Reason | None:
        is_kept_out = self._on.blocks.stands(tx, patient, one.rpps)
        return Reason.STATE if is_kept_out or not one.is_doctor else None

    def against(self, tx: Tx, patient: str, rpps: str) -> Reason | None:
        """What speaks against keeping somebody out, beyond the decision."""
        known = self._on.professionals.find(tx, rpps) is not None
        if not known and not has_met(tx, patient, rpps):
            return Reason.UNKNOWN
        cares = self._on.involvements.of(tx, patient, rpps)
        # What a desk says protects from nothing: the patient's word stands above it.
        is_theirs = any(one.role is Role.TRAITANT and one.source == BY_PATIENT for one in cares)
        protected = self._on.rules.protect_traitant and is_theirs
        return Reason.PROTECTED if protected else None

    def _may_share(
        self, tx: Tx, who: Visitor | None, thing: Thing, action: Action, days: int | None
    ) -> Passage | Refused:
        is_time = days is None or 1 <= days <= LONGEST_CODE_DAYS
        return self._on.doors.open(tx, who, thing, action, unless=None if is_time else Reason.STATE)

    def _issue(
        self, tx: Tx, who: Visitor, scope: Scope, days: int | None, comment: str
    ) -> Issued | Refused:
        issued = self._on.codes.issue(tx, scope, by=who.subject, days=days, comment=comment)
        return issued or Refused(Reason.STATE)
