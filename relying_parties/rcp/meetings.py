# SPDX-License-Identifier: Apache-2.0
"""Meetings to look at. Nobody in here exists: the names are those of plants and of trees."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class Case:
    """One patient discussed."""

    patient: str
    question: str
    proposal: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting of the agenda."""

    number: str
    # Days from today, so that the agenda never lies in the past.
    days_ahead: int
    hour: time
    subject: str
    place: str
    chair: str
    cases: tuple[Case, ...]


MEETINGS = (
    Meeting(
        "senologie",
        2,
        time(17, 30),
        "Sénologie",
        "Centre hospitalier des Deux-Rives, salle Camélia",
        "Dr Sorbier",
        (
            Case(
                "AUBÉPINE Garance, 65 ans",
                "Traitement après chirurgie conservatrice",
                "Radiothérapie, puis hormonothérapie 5 ans",
            ),
            Case(
                "PERVENCHE Odile, 58 ans",
                "Lésion ACR5 du sein droit",
                "Chirurgie première avec ganglion sentinelle",
            ),
        ),
    ),
    Meeting(
        "digestif",
        5,
        time(18, 0),
        "Digestif",
        "Visioconférence",
        "Dr Viorne",
        (
            Case(
                "CHARME Lucien, 71 ans",
                "Surveillance à cinq mois",
                "Poursuite de la surveillance, scanner à six mois",
            ),
        ),
    ),
    Meeting(
        "endocrinologie",
        9,
        time(12, 30),
        "Endocrinologie",
        "Institut des Aulnes, salle des Saules",
        "Dr Fougère",
        (
            Case(
                "ÉGLANTIER-MYOSOTIS Anne-Capucine, 47 ans",
                "Nodule thyroïdien, cytologie Bethesda VI",
                "Thyroïdectomie totale, curage central discuté",
            ),
        ),
    ),
)


def moment(meeting: Meeting, today: date) -> datetime:
    """When a meeting takes place."""
    return datetime.combine(today + timedelta(days=meeting.days_ahead), meeting.hour)


def find(number: str) -> Meeting | None:
    """The meeting of that number."""
    return next((meeting for meeting in MEETINGS if meeting.number == number), None)
