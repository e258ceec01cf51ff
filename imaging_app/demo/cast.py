# SPDX-License-Identifier: Apache-2.0
"""Patients and exams of the demo: two of one name, one whose birth date nobody knows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from imaging_app.demo import series
from imaging_app.demo.objects import Somebody, Visit
from imaging_app.demo.series import Size

HOSPITAL: Final = ("0B0057881", "CHU de démonstration")
CLINIC: Final = ("0B0062154", "Clinique de démonstration")


def ins(body: str) -> str:
    """A number of the test domain, with its key."""
    return f"{body}{97 - int(body) % 97:02}"


def at(place: tuple[str, str], number: str, who: tuple[str, str, str, str]) -> Somebody:
    """Somebody by their number at one establishment."""
    name, born, sex, national = who
    return Somebody(number, name, born, sex, place[1], ins(national) if national else "")


GAETAN = ("ÉBEAUPRÉ^Gaëtan", "19481130", "M", "1481141018042")
THERESE = ("LHUÎTRE^Thérèse", "19390228", "F", "2390218197015")
CAMILLE = ("MARTIN^Camille", "19720514", "F", "2720537261011")
OTHER_CAMILLE = ("MARTIN^Camille", "19890902", "F", "")
ANNE = ("ÉGLANTIER^Anne", "", "F", "")
SIGNED = "Dr Maud Peltier, radiologue"
NOTHING = "Pas d’anomalie décelable sur cet examen."
FOUND = (
    "Nodule plein du lobe supérieur droit, sphérique, de 14 mm, contours nets. Kyste hépatique"
    " simple de 24 mm. Pas d’épanchement pleural ni d’adénopathie."
)
SPOTS = (
    "Trois lésions de la substance blanche périventriculaire en hypersignal FLAIR, la plus grande"
    " de 10 mm à gauche. Pas d’effet de masse."
)
ADVICE = (
    "Nodule pulmonaire droit de 14 mm, à confronter aux examens antérieurs ; avis de la RCP de"
    " pneumologie proposé."
)
NODULE = (
    ("Indication", "Toux persistante chez un ancien fumeur."),
    ("Technique", "Acquisition thoraco-abdominale après injection, coupes de 4,5 mm."),
    ("Résultats", FOUND),
    ("Conclusion", ADVICE),
)
LESIONS = (
    ("Indication", "Paresthésies du membre supérieur gauche."),
    ("Résultats", SPOTS),
    ("Conclusion", "Lésions de la substance blanche, à confronter à la clinique."),
)
BREAST = (
    ("Indication", "Dépistage organisé."),
    ("Résultats", "Opacité ovalaire de 5 mm du sein gauche, vue sur les deux incidences."),
    ("Conclusion", "Sein gauche classé ACR 3 : contrôle à six mois."),
)
CLEAR = (("Résultats", NOTHING), ("Conclusion", "Examen normal."))


@dataclass(frozen=True, slots=True)
class Sent:
    """One exam that an establishment sends."""

    establishment: str
    visit: Visit
    draw: Callable[[Visit, Size], Iterator[bytes]]
    # What its report says; nothing where it waits to be read.
    report: tuple[tuple[str, str], ...] = CLEAR

    def count(self, size: Size) -> int:
        """How many files it is."""
        images: dict[Callable[[Visit, Size], Iterator[bytes]], int] = {
            series.scanner: size.slices,
            series.resonance: 2 * size.head_slices,
            series.mammogram: 2,
        }
        return images.get(self.draw, 1) + bool(self.report)


@dataclass(frozen=True, slots=True)
class Planned:
    """One exam, so many days before the day on which the demo is filled."""

    place: tuple[str, str]
    number: str
    who: tuple[str, str, str, str]
    ago: int
    time: str
    about: str
    draw: Callable[[Visit, Size], Iterator[bytes]]
    report: tuple[tuple[str, str], ...] = CLEAR

    def sent(self, today: date) -> Sent:
        """It, with its day."""
        day = (today - timedelta(days=self.ago)).strftime("%Y%m%d")
        visit = Visit(
            # Not of the day: an exam is the same at every start.
            f"{self.place[0]}/{self.number}/{self.about}",
            at(self.place, self.number, self.who),
            self.place[1],
            day,
            self.time,
            f"{self.place[0][-4:]}{day[2:]}{self.time[:4]}",
            self.about,
            "DURAND^Claire",
        )
        return Sent(self.place[0], visit, self.draw, self.report)


SCANNER, FILM, BRAIN = "Scanner thoraco-abdominal", "Radiographie du thorax", "IRM encéphalique"
PLAN: Final = (
    Planned(HOSPITAL, "2026-004417", GAETAN, 3, "101500", SCANNER, series.scanner, NODULE),
    Planned(CLINIC, "E-1187", GAETAN, 615, "091000", FILM, series.radiograph),
    Planned(HOSPITAL, "2026-003102", CAMILLE, 12, "154500", BRAIN, series.resonance, LESIONS),
    Planned(HOSPITAL, "2026-005210", OTHER_CAMILLE, 8, "083000", "Échocardiographie",
            series.ultrasound),
    Planned(CLINIC, "L-0412", THERESE, 75, "111500", "Mammographie", series.mammogram, BREAST),
    Planned(CLINIC, "X-0007", ANNE, 1, "221000", FILM, series.radiograph, ()),
)  # fmt: skip


def exams(today: date) -> list[Sent]:
    """All of them; what is quick to draw comes first."""
    last = (series.mammogram, series.scanner)
    planned = sorted(PLAN, key=lambda one: last.index(one.draw) if one.draw in last else -1)
    return [one.sent(today) for one in planned]
