# SPDX-License-Identifier: Apache-2.0
"""What an establishment's staff do for its own files: consent, codes, involvement, permissions."""

from dataclasses import dataclass

from imaging_app.access.actions import Action, house
from imaging_app.access.actions import code as code_thing
from imaging_app.access.actions import file as file_thing
from imaging_app.access.closing import Closing, Withdrawal
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.doors import Doors, Passage
from imaging_app.access.grants import Grants, Why
from imaging_app.access.joining import Joining
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.consents.consent import MAY_FOLLOW, Channel, Consents, State
from imaging_app.db import Tx, take_turn
from imaging_app.people.files import File, Files, Mismatch
from imaging_app.people.involvement import Involvements, Role
from imaging_app.people.patients import Patients
from imaging_app.people.traits import Traits
from imaging_app.settings import LONGEST_CODE_DAYS
from imaging_app.sharing.codes import NOBODY, Codes, Issued, Scope


@dataclass(frozen=True, slots=True)
class Received:
    """A file at the desk, and what was told of its patient and not taken."""

    file: str
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Services:
    """What the desk stands on."""

    doors: Doors
    files: Files
    consents: Consents
    codes: Codes
    grants: Grants
    closing: Closing
    involvements: Involvements
    patients: Patients
    joining: Joining


class Desk:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, services: Services) -> None:
        self._on = services

    def receive(
        self, tx: Tx, who: Visitor | None, number: str, traits: Traits
    ) -> Received | Mismatch | Refused:
        """The file of this number, made or completed; or why it can't be."""
        place = who.establishment if who is not None else ""
        answer = self._on.doors.open(tx, who, house(place), Action.HOUSE_DESK)
        if isinstance(answer, Refused):
            return answer
        # In the order in which images come in: the exams first, then numbers and identities.
        take_turn(tx, "exams")
        known = self._on.files.find(tx, place, number)
        made = self._on.files.of(tx, place, number, traits)
        if isinstance(made, Mismatch):
            return made
        return Received(made) if known is None else self._complete(tx, who, known, traits)

    def _complete(
        self, tx: Tx, who: Visitor | None, file: File, traits: Traits
    ) -> Received | Mismatch | Refused:
        """What the desk knows of somebody, where others had less of them."""
        before = self._on.patients.find(tx, file.patient)
        by_now = self._on.files.complete(tx, file.patient, traits)
        if isinstance(by_now, Mismatch) or before is None:
            return by_now if isinstance(by_now, Mismatch) else Refused(Reason.UNKNOWN)
        if not by_now.took:
            return Received(file.id, by_now.kept)
        told = {"completes": " ".join(by_now.took)}
        self._on.patients.change(tx, file.patient, by_now.traits)
        if by_now.same:
            joined = self._on.joining.join(tx, file.patient, by_now.same)
            if joined is None:
                # Of one identity in two places, the next file could be of neither.
                self._on.patients.change(tx, file.patient, before.traits)
                return Received(file.id, ("same_person",))
            told |= {"stays": joined.stays, "leaves": joined.leaves}
        answer = self._on.doors.open(tx, who, file_thing(file.id), Action.FILE_DESK, detail=told)
        return answer if isinstance(answer, Refused) else Received(file.id, by_now.kept)

    def tie(
        self, tx: Tx, who: Visitor | None, file: str, subject: str, email: str = ""
    ) -> bool | Refused:
        """Tie the patient of a file to their account; False where either is tied to another.

        `email`: where they are told from now on what is noticed about them.
        """
        one = self._on.files.one(tx, file)
        answer = self._on.doors.open(
            tx, who, file_thing(file), Action.FILE_ACCOUNT, detail={"ties": 1}
        )
        if isinstance(answer, Refused) or one is None:
            return answer if isinstance(answer, Refused) else Refused(Reason.UNKNOWN)
        known = self._on.patients.find(tx, one.patient)
        is_theirs = known is not None and known.subject == subject
        tied = is_theirs or self._on.patients.tie(tx, one.patient, subject)
        if tied and email:
            self._on.patients.set_email(tx, one.patient, email)
        return tied

    def untie(self, tx: Tx, who: Visitor | None, file: str) -> bool | Refused:
        """Take back a tie to an account that is somebody else's; False where there is none."""
        answer = self._on.doors.open(tx, who, file_thing(file), Action.FILE_UNTIE)
        if isinstance(answer, Refused):
            return answer
        return self._on.patients.untie(tx, answer.target.patient or "")

    def collect(
        self, tx: Tx, who: Visitor | None, file: str, state: State, text_version: str
    ) -> State | Refused:
        """What a patient says at the desk about this establishment."""
        one = self._on.files.one(tx, file)
        stands = one and self._on.consents.state(tx, one.patient, one.establishment)
        follows = stands in MAY_FOLLOW.get(state, frozenset())
        answer = self._on.doors.open(
            tx,
            who,
            file_thing(file),
            Action.FILE_CONSENT,
            unless=None if follows else Reason.STATE,
            detail={"state": state.value},
        )
        if isinstance(answer, Refused) or who is None or one is None:
            return answer if isinstance(answer, Refused) else Refused(Reason.UNKNOWN)
        if state is State.WITHDRAWN:
            said = Withdrawal(one.patient, one.establishment, Channel.ON_SITE, who, text_version)
            return self._on.closing.close(tx, said)
        taken = self._on.consents.say(
            tx,
            patient=one.patient,
            establishment=one.establishment,
            state=state,
            channel=Channel.ON_SITE,
            by_subject=who.subject,
            by_name=who.name,
            text_version=text_version,
        )
        return taken or Refused(Reason.STATE)

    def issue(
        self,
        tx: Tx,
        who: Visitor | None,
        file: str,
        *,
        days: int | None = None,
        comment: str = "",
    ) -> Issued | Refused:
        """A code to one file."""
        is_time = days is None or 1 <= days <= LONGEST_CODE_DAYS
        answer = self._on.doors.open(
            tx,
            who,
            file_thing(file),
            Action.FILE_CODE,
            unless=None if is_time else Reason.STATE,
        )
        if isinstance(answer, Refused) or who is None:
            return answer if isinstance(answer, Refused) else Refused(Reason.SESSION)
        scope = Scope(answer.target.patient or "", answer.target.establishment or "", file)
        issued = self._on.codes.issue(tx, scope, by=who.subject, days=days, comment=comment)
        return issued or Refused(Reason.STATE)

    def revoke(self, tx: Tx, who: Visitor | None, code: str) -> bool | Refused:
        """End a code, by its patient or by who issued it, and all that it opened."""
        answer = self._on.doors.open(tx, who, code_thing(code), Action.CODE_REVOKE)
        if isinstance(answer, Refused) or who is None:
            return answer if isinstance(answer, Refused) else Refused(Reason.SESSION)
        is_patient = who.kind is Kind.PATIENT
        ended = self._on.codes.revoke(
            tx,
            code,
            patient=(answer.target.patient or NOBODY) if is_patient else NOBODY,
            establishment=NOBODY if is_patient else who.establishment,
        )
        if ended is None:
            return False
        self._on.grants.end_codes(tx, [code], Why.REVOKED)
        return True

    def involve(
        self,
        tx: Tx,
        who: Visitor | None,
        file: str,
        rpps: str,
        role: Role,
        until: int | None = None,
    ) -> str | Refused:
        """Say that a professional cares for this patient, in this file."""
        answer = self._on.doors.open(
            tx,
            who,
            file_thing(file),
            Action.FILE_INVOLVE,
            detail={"rpps": rpps, "role": role.value},
        )
        if isinstance(answer, Refused) or who is None:
            return answer if isinstance(answer, Refused) else Refused(Reason.SESSION)
        made = self._on.involvements.record(
            tx,
            patient=answer.target.patient or "",
            rpps=rpps,
            role=role,
            source=who.establishment,
            file=file,
            until=until,
        )
        return made or Refused(Reason.STATE)

    def leave_out(self, tx: Tx, who: Visitor | None, file: str, involvement: str) -> bool | Refused:
        """Say that they no longer do; only who said the one says the other."""
        answer = self._on.doors.open(
            tx, who, file_thing(file), Action.FILE_INVOLVE, detail={"ends": involvement}
        )
        if isinstance(answer, Refused) or who is None:
            return answer if isinstance(answer, Refused) else Refused(Reason.SESSION)
        # The trace names this file's patient: nobody else's is ended beside it.
        theirs = self._on.involvements.all_of(tx, answer.target.patient or "")
        if involvement not in {one.id for one in theirs}:
            return False
        return self._on.involvements.end(tx, involvement, who.establishment)

    def permit(self, tx: Tx, who: Visitor | None, rpps: str, *, may: bool) -> bool | Refused:
        """Whether a professional may download this establishment's exams."""
        place = who.establishment if who is not None else ""
        answer = self._on.doors.open(
            tx,
            who,
            house(place),
            Action.HOUSE_DOWNLOADS,
            detail={"rpps": rpps, "may": int(may)},
        )
        if isinstance(answer, Refused) or who is None:
            return answer if isinstance(answer, Refused) else Refused(Reason.SESSION)
        if may:
            return self._on.grants.permit_download(tx, rpps, place, who.subject)
        return self._on.grants.forbid_download(tx, rpps, place)

    def read_trace(
        self, tx: Tx, who: Visitor | None, establishment: str, *, whole: bool = False
    ) -> Passage | Refused:
        """To what was done with an establishment's exams, files and codes; whole, as a file.

        It is read once this is committed: whoever is slow to take a file holds up nobody.
        """
        return self._on.doors.open(
            tx, who, house(establishment), Action.HOUSE_TRACE, detail={"export": int(whole)}
        )
