# SPDX-License-Identifier: Apache-2.0
"""Professions by their code on the card (TRE_G15), for cards that do not say them in words."""

PROFESSIONS = {
    10: "Médecin",
    21: "Pharmacien",
    26: "Audioprothésiste",
    28: "Opticien-Lunetier",
    31: "Assistant dentaire",
    32: "Physicien médical",
    35: "Aide-soignant",
    36: "Ambulancier",
    37: "Auxiliaire de puériculture",
    38: "Préparateur en pharmacie hospitalière",
    39: "Préparateur en pharmacie (officine)",
    40: "Chirurgien-Dentiste",
    50: "Sage-Femme",
    60: "Infirmier",
    69: "Infirmier psychiatrique",
    70: "Masseur-Kinésithérapeute",
    80: "Pédicure-Podologue",
    81: "Orthoprothésiste",
    82: "Podo-Orthésiste",
    83: "Orthopédiste-Orthésiste",
    84: "Oculariste",
    85: "Epithésiste",
    86: "Technicien de laboratoire médical",
    91: "Orthophoniste",
    92: "Orthoptiste",
    94: "Ergothérapeute",
    95: "Diététicien",
    96: "Psychomotricien",
    98: "Manipulateur ERM",
}
# TRE_G16: of those who are still learning it.
FUTURE = {code: f"{PROFESSIONS[code]} en formation" for code in (10, 21, 40, 50)}
