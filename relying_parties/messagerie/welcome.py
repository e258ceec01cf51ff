# SPDX-License-Identifier: Apache-2.0
"""What lies in a new mailbox. Nobody in here exists: the names are those of plants."""

from dataclasses import dataclass

HOUR, DAY = 3600, 86_400


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Somebody to write to."""

    number: str
    name: str
    about: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of the first day."""

    sender: str
    # Seconds before the mailbox was opened.
    ago: int
    subject: str
    patient: str
    body: str


CORRESPONDENTS = (
    Correspondent("sorbier", "Dr Élise Sorbier", "Oncologie médicale, CH des Deux-Rives"),
    Correspondent("viorne", "Dr Anaël Viorne", "Chirurgie digestive, Clinique du Grand Pré"),
    Correspondent("aulne", "Dr Maëlys Aulne", "Radiothérapie, Institut des Aulnes"),
    Correspondent("fresne", "Dr Loïc Fresne", "Médecine générale, Saint-Août"),
    Correspondent("genet", "Mme Noëlle Genêt", "Infirmière de coordination, HAD du Berry"),
    Correspondent("cerfeuil", "M. Gaël Cerfeuil", "Pharmacien, Buzançais"),
)

LETTERS = (
    Letter(
        "sorbier",
        2 * HOUR,
        "Compte rendu d’hospitalisation de jour",
        "AUBÉPINE Garance",
        "Chère consœur, cher confrère,\n\nVotre patiente a reçu ce matin sa troisième cure de"
        " paclitaxel. Tolérance correcte : asthénie de grade 1, pas de neuropathie. Les"
        " polynucléaires neutrophiles sont à 2,1 G/L, l’hémoglobine à 11,4 g/dL.\n\nProchaine cure"
        " dans trois semaines, bilan la veille. Je reste à votre disposition.\n\nDr Élise Sorbier",
    ),
    Letter(
        "genet",
        DAY + 3 * HOUR,
        "Retour à domicile jeudi",
        "CHARME Lucien",
        "Bonjour,\n\nLe retour à domicile est prévu jeudi après-midi. Matériel livré : lit"
        " médicalisé, pompe PCA. Passage infirmier matin et soir, surveillance de la stomie.\n\n"
        "Pouvez-vous nous transmettre l’ordonnance de morphinique avant mercredi midi ?"
        "\n\nNoëlle Genêt",
    ),
    Letter(
        "aulne",
        3 * DAY,
        "Scanner de centrage : date fixée",
        "AUBÉPINE Garance",
        "Bonjour,\n\nLe scanner de centrage aura lieu lundi à 8 h 30, sans injection. Les séances"
        " commenceront la semaine suivante : 50 Gy en 25 fractions, complément de 16 Gy sur le lit"
        " opératoire.\n\nBien confraternellement,\nDr Maëlys Aulne",
    ),
    Letter(
        "fresne",
        9 * DAY,
        "Demande d’avis",
        "ÉRABLE Théodore",
        "Cher confrère,\n\nJe vous adresse ce patient de 71 ans, porteur d’un nodule pulmonaire de"
        " 14 mm du lobe supérieur droit, découvert fortuitement. Tabagisme sevré depuis dix ans"
        " (40 paquets-années), BPCO stade II.\n\nMerci de me dire si une TEP vous paraît utile"
        " avant la RCP.\n\nDr Loïc Fresne",
    ),
)


def correspondent(number: str) -> Correspondent | None:
    """The one of that number."""
    return next((one for one in CORRESPONDENTS if one.number == number), None)
