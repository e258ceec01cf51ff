# SPDX-License-Identifier: Apache-2.0
"""The end of sharing at an establishment: what was opened by it ends, and stays ended."""

from dataclasses import dataclass

from imaging_app.access.decide import Reason, Refused
from imaging_app.access.facts import Exams
from imaging_app.access.grants import Grants, Why
from imaging_app.access.visitor import Visitor
from imaging_app.consents.consent import Channel, Consents, State
from imaging_app.db import Tx
from imaging_app.sharing.codes import Codes


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Who shares no more, where, and who took it down."""

    patient: str
    establishment: str
    channel: Channel
    who: Visitor
    text_version: str


@dataclass(frozen=True, slots=True)
class Closing:
    """What it stands on."""

    consents: Consents
    codes: Codes
    grants: Grants
    exams: Exams

    def close(self, tx: Tx, one: Withdrawal) -> State | Refused:
        """Say so, and end what was opened by it: a renewal opens none of it again."""
        said = self.consents.say(
            tx,
            patient=one.patient,
            establishment=one.establishment,
            state=State.WITHDRAWN,
            channel=one.channel,
            by_subject=one.who.subject,
            by_name=one.who.name,
            text_version=one.text_version,
        )
        if said is None:
            return Refused(Reason.STATE)
        exams = self._exams_there(tx, one)
        ended = self.codes.close(tx, one.patient, one.establishment, exams)
        self.grants.end_codes(tx, ended, Why.WITHDRAWN)
        self.grants.end_house(tx, one.patient, one.establishment, exams, Why.WITHDRAWN)
        return said

    def _exams_there(self, tx: Tx, one: Withdrawal) -> list[str]:
        """Exams of that establishment that are shared one by one, whoever gave the code."""
        named = {*self.codes.exams(tx, one.patient), *self.grants.exams(tx, one.patient)}
        found = self.exams.facts(tx, sorted(named))
        return [it.id for it in found.values() if it.establishment == one.establishment]
