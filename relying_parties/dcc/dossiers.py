# SPDX-License-Identifier: Apache-2.0
"""Dossiers to look at. Nobody in here exists: the names are those of plants and of trees."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One moment of a patient's care."""

    date: str
    what: str
    where: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """One patient's shared dossier."""

    number: str
    patient: str
    born: str
    disease: str
    state: str
    referent: str
    steps: tuple[Step, ...]
    documents: tuple[str, ...]


DOSSIERS = (
    Dossier(
        "2026-0417",
        "AUBÉPINE Garance",
        "12/03/1961",
        "Sein gauche, carcinome infiltrant",
        "Traitement en cours",
        "Dr Sorbier",
        (
            Step("04/09/2026", "Mammographie de dépistage", "Centre d'imagerie des Tilleuls"),
            Step("18/09/2026", "Biopsie, compte rendu reçu", "Laboratoire du Val"),
            Step("30/09/2026", "Avis de la RCP sénologie", "Centre hospitalier des Deux-Rives"),
            Step("14/10/2026", "Chirurgie conservatrice", "Centre hospitalier des Deux-Rives"),
            Step("02/11/2026", "Début de la radiothérapie", "Institut des Aulnes"),
        ),
        ("Compte rendu opératoire", "Fiche RCP du 30/09/2026", "Programme personnalisé de soins"),
    ),
    Dossier(
        "2026-0388",
        "CHARME Lucien",
        "27/11/1954",
        "Côlon droit, adénocarcinome",
        "Surveillance",
        "Dr Viorne",
        (
            Step("11/05/2026", "Coloscopie", "Clinique du Grand Pré"),
            Step("26/05/2026", "Avis de la RCP digestive", "Clinique du Grand Pré"),
            Step("09/06/2026", "Hémicolectomie droite", "Clinique du Grand Pré"),
            Step("15/10/2026", "Scanner de contrôle, sans anomalie", "Imagerie du Grand Pré"),
        ),
        ("Compte rendu anatomopathologique", "Fiche RCP du 26/05/2026"),
    ),
    Dossier(
        "2026-0452",
        "ÉGLANTIER-MYOSOTIS Anne-Capucine",
        "08/07/1979",
        "Thyroïde, carcinome papillaire",
        "Bilan en cours",
        "Dr Sorbier",
        (
            Step("06/10/2026", "Échographie et cytoponction", "Cabinet des Marronniers"),
            Step("03/11/2026", "Inscription à la RCP endocrinologie", "Institut des Aulnes"),
        ),
        ("Compte rendu de cytologie",),
    ),
    Dossier(
        "2025-1190",
        "NOISETIER Barnabé",
        "19/01/1948",
        "Prostate, adénocarcinome",
        "Surveillance active",
        "Dr Fougère",
        (
            Step("02/12/2025", "Biopsies", "Centre hospitalier des Deux-Rives"),
            Step("16/12/2025", "Avis de la RCP urologie", "Centre hospitalier des Deux-Rives"),
            Step("22/06/2026", "PSA stable", "Laboratoire du Val"),
        ),
        ("Fiche RCP du 16/12/2025",),
    ),
)


def find(number: str) -> Dossier | None:
    """The dossier of that number."""
    return next((dossier for dossier in DOSSIERS if dossier.number == number), None)


def in_figures(born: str) -> str:
    """A birth date as software writes it: year, month, day."""
    return "-".join(reversed(born.split("/")))
