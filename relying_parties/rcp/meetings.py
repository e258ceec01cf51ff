# SPDX-License-Identifier: Apache-2.0
"""Meetings to look at. Nobody in here exists: the names are those of plants and of trees."""

from dataclasses import dataclass


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
    date: str
    hour: str
    subject: str
    place: str
    chair: str
    cases: tuple[Case, ...]


MEETINGS = (
    Meeting(
        "s47-senologie",
        "Mardi 17 novembre 2026",
        "17 h 30",
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
        "s47-digestif",
        "Jeudi 19 novembre 2026",
        "18 h 00",
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
        "s48-endocrinologie",
        "Lundi 23 novembre 2026",
        "12 h 30",
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


def find(number: str) -> Meeting | None:
    """The meeting of that number."""
    return next((meeting for meeting in MEETINGS if meeting.number == number), None)
