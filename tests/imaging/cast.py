# SPDX-License-Identifier: Apache-2.0
"""The portal's known people: nobody in here exists."""

from dataclasses import dataclass, field

from imaging_app.consents.consent import Channel, Consents, State
from imaging_app.crypto import Keys
from imaging_app.db import Database
from imaging_app.people.files import Files, Mismatch
from imaging_app.people.involvement import Involvements, Role
from imaging_app.people.patients import Patients
from imaging_app.people.traits import Ins, Traits
from tests.imaging.standing import StandingTime

TILLEULS, VAL = "690000001", "690000002"
SORBIER, VIORNE, FOUGERE = "10000000001", "10000000002", "10000000003"
GARANCE = Traits("AUBÉPINE", ("Garance", "Lise"), "1961-03-12", "F", used_name="CHARME")
LUCIEN = Traits("CHARME", ("Jean-Lucien",), "1954-11-27", "M")
NOBODY_KNOWS = Traits("ÉGLANTIER", ("Anne",), "", "F")


def ins(body: str = "2790351215189", status: str = "qualifiée") -> Ins:
    """An identity of trials whose key is right."""
    number = int(body.replace("2A", "19").replace("2B", "18"))
    return Ins(f"{body}{97 - number % 97:02}", "1.2.250.1.213.1.4.10", status)


@dataclass
class People:
    """Patients with files, brought in by one call each."""

    db: Database
    keys: Keys
    time: StandingTime
    files: Files = field(init=False)
    patients: Patients = field(init=False)
    consents: Consents = field(init=False)
    involvements: Involvements = field(init=False)

    def __post_init__(self) -> None:
        self.files = Files(self.keys, self.time)
        self.patients = Patients(self.keys, self.time)
        self.consents = Consents(self.time)
        self.involvements = Involvements(self.time)

    def file(self, traits: Traits, number: str, establishment: str = TILLEULS) -> str:
        """A file, made or found."""
        with self.db.write() as tx:
            made = self.files.of(tx, establishment, number, traits)
        assert not isinstance(made, Mismatch), made
        return made

    def owner(self, file: str) -> str:
        """Whose file it is."""
        with self.db.read() as tx:
            found = self.files.one(tx, file)
        assert found is not None
        return found.patient

    def bring_in(
        self, traits: Traits, number: str = "D1", establishment: str = TILLEULS
    ) -> tuple[str, str]:
        """Patient and file, with a consent given there."""
        file = self.file(traits, number, establishment)
        patient = self.owner(file)
        assert self.say(patient, State.GIVEN, establishment)
        return patient, file

    def say(
        self,
        patient: str,
        state: State,
        establishment: str = TILLEULS,
        channel: Channel = Channel.ON_SITE,
    ) -> State | None:
        """A statement about an establishment."""
        with self.db.write() as tx:
            return self.consents.say(
                tx,
                patient=patient,
                establishment=establishment,
                state=state,
                channel=channel,
                by_subject="agent",
                by_name="Agent d'accueil",
                text_version="2026-1",
            )

    def cares(
        self, patient: str, rpps: str, role: Role = Role.TRAITANT, file: str | None = None
    ) -> str | None:
        """Somebody cares for a patient."""
        with self.db.write() as tx:
            return self.involvements.record(
                tx, patient=patient, rpps=rpps, role=role, source=TILLEULS, file=file
            )
