# SPDX-License-Identifier: Apache-2.0
"""Patients and exams of the demo: two of one name, one whose birth date nobody knows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
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


def exam(
    place: tuple[str, str],
    number: str,
    who: tuple[str, str, str, str],
    when: str,
    about: str,
    draw: Callable[[Visit, Size], Iterator[bytes]],
    report: tuple[tuple[str, str], ...] = CLEAR,
) -> Sent:
    """One line of the list below."""
    accession = f"{place[0][-4:]}{when[2:8]}{when[8:12]}"
    visit = Visit(
        f"{place[0]}/{number}/{when}", at(place, number, who), place[1], when[:8], when[8:],
        accession, about, "DURAND^Claire",
    )  # fmt: skip
    return Sent(place[0], visit, draw, report)


EXAMS: Final = (
    exam(HOSPITAL, "2026-004417", GAETAN, "20261102101500", "Scanner thoraco-abdominal",
         series.scanner, NODULE),
    exam(CLINIC, "E-1187", GAETAN, "20250317091000", "Radiographie du thorax", series.radiograph),
    exam(HOSPITAL, "2026-003102", CAMILLE, "20261021154500", "IRM encéphalique",
         series.resonance, LESIONS),
    exam(HOSPITAL, "2026-005210", OTHER_CAMILLE, "20261112083000", "Échocardiographie",
         series.ultrasound),
    exam(CLINIC, "L-0412", THERESE, "20260908111500", "Mammographie", series.mammogram, BREAST),
    exam(CLINIC, "X-0007", ANNE, "20261119221000", "Radiographie du thorax", series.radiograph,
         ()),
)  # fmt: skip
