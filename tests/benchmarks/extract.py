# SPDX-License-Identifier: Apache-2.0
"""Writes synthetic open extracts: as large as the real ones, with nobody real in them.

python -m tests.benchmarks.extract practitioners 1800000 > extract.txt
"""

import random
import sys
from collections.abc import Iterator, Sequence

from idp.directory.numbers import luhn

COLUMNS = (
    "Type d'identifiant PP|Identifiant PP|Identification nationale PP|Code civilité d'exercice|"
    "Libellé civilité d'exercice|Code civilité|Libellé civilité|Nom d'exercice|Prénom d'exercice|"
    "Code profession|Libellé profession|Code catégorie professionnelle|"
    "Libellé catégorie professionnelle|Code type savoir-faire|Libellé type savoir-faire|"
    "Code savoir-faire|Libellé savoir-faire|Code mode exercice|Libellé mode exercice|"
    "Numéro SIRET site|Numéro SIREN site|Numéro FINESS site|"
    "Numéro FINESS établissement juridique|Identifiant technique de la structure|"
    "Raison sociale site|Enseigne commerciale site|Complément destinataire (coord. structure)|"
    "Complément point géographique (coord. structure)|Numéro Voie (coord. structure)|"
    "Indice répétition voie (coord. structure)|Code type de voie (coord. structure)|"
    "Libellé type de voie (coord. structure)|Libellé Voie (coord. structure)|"
    "Mention distribution (coord. structure)|Bureau cedex (coord. structure)|"
    "Code postal (coord. structure)|Code commune (coord. structure)|"
    "Libellé commune (coord. structure)|Code pays (coord. structure)|"
    "Libellé pays (coord. structure)|Téléphone (coord. structure)|"
    "Téléphone 2 (coord. structure)|Télécopie (coord. structure)|"
    "Adresse e-mail (coord. structure)|Code Département (structure)|"
    "Libellé Département (structure)|Ancien identifiant de la structure|"
    "Autorité d'enregistrement|Code secteur d'activité|Libellé secteur d'activité|"
    "Code section tableau pharmaciens|Libellé section tableau pharmaciens|"
)
NAMES = COLUMNS.split("|")
PLACE = {name: place for place, name in enumerate(NAMES)}
LAST = "MARTIN BERNARD THOMAS PETIT ROBERT RICHARD DURAND DUBOIS MOREAU LAURENT SIMON MICHEL"
LAST += " LEFÈVRE LEROY ROUX DAVID BERTRAND MOREL FOURNIER GIRARD BONNET DUPONT LAMBERT FONTAINE"
FIRST = "MARIE JEAN PIERRE HÉLÈNE PAUL ANNE LUC CLAIRE LOUIS JEANNE HUGO ZOÉ NOÉMIE FRANÇOIS ALIX"
ENDS = ("", "", "", "", "OT", "ET", "IER", "ARD", "EAU", "IN", "AUX", "EL", "ON", "IS", "Y")
TOWNS = (
    ("45000", "ORLEANS"),
    ("37000", "TOURS"),
    ("41000", "BLOIS"),
    ("18000", "BOURGES"),
    ("28000", "CHARTRES"),
    ("36000", "CHATEAUROUX"),
    ("75013", "PARIS 13"),
    ("42000", "SAINT-ETIENNE"),
    ("69003", "LYON 03"),
)
TRADES = (
    ("10", "Médecin", ("SM54", "SM04", "SM26", "SM40", "SM53")),
    ("60", "Infirmier", ("",)),
    ("70", "Masseur-Kinésithérapeute", ("",)),
    ("21", "Pharmacien", ("",)),
    ("40", "Chirurgien-Dentiste", ("SCD01", "")),
)


def with_key(digits: str) -> str:
    """Digits, and Luhn's key behind them."""
    return next(digits + str(key) for key in range(10) if luhn(digits + str(key)))


def rpps(number: int) -> str:
    """The number of the so-manieth practitioner."""
    return with_key(f"10{number:08d}")


def practitioners(count: int, seed: int = 7) -> Iterator[str]:
    """The header, then `count` lines; a third of the people have several activities."""
    chance = random.Random(seed)
    names = [one + end for one in LAST.split() for end in ENDS]
    firsts = FIRST.split()
    yield COLUMNS
    number = left = 0
    who: Sequence[str] = ()
    for _line in range(count):
        if not left:
            number += 1
            left = chance.choice((1, 1, 2))
            who = (rpps(number), _last(chance, names), chance.choice(firsts))
        left -= 1
        yield practitioner(chance, *who)


def practitioner(chance: random.Random, number: str, last: str, first: str) -> str:
    """One line."""
    trade, label, skills = chance.choice(TRADES)
    post_code, town = chance.choice(TOWNS)
    return line_of(
        {
            "Type d'identifiant PP": "8",
            "Identifiant PP": number,
            "Identification nationale PP": f"8{number}",
            "Code civilité d'exercice": "DR" if trade == "10" else "",
            "Code civilité": chance.choice(("M", "MME")),
            "Nom d'exercice": last,
            "Prénom d'exercice": first,
            "Code profession": trade,
            "Libellé profession": label,
            "Code catégorie professionnelle": "C",
            "Code savoir-faire": chance.choice(skills),
            "Code mode exercice": chance.choice("LS"),
            "Raison sociale site": f"CABINET {last}",
            "Code postal (coord. structure)": post_code,
            "Libellé commune (coord. structure)": town,
            "Téléphone (coord. structure)": f"02{chance.randrange(10**8):08d}",
            "Code secteur d'activité": chance.choice(("SA07", "SA01", "SA08")),
        }
    )


def line_of(values: dict[str, str]) -> str:
    """A line that holds these columns."""
    cells = [""] * len(NAMES)
    for name, value in values.items():
        cells[PLACE[name]] = value
    return "|".join(cells)


def structures(count: int, seed: int = 7) -> Iterator[str]:
    """FINESS's first line, then `count` establishments."""
    chance = random.Random(seed)
    yield "finess;etalab;111;2026-05-12"
    for number in range(count):
        post_code, town = chance.choice(TOWNS)
        finess = with_key(f"{post_code[:2]}{number:06d}")
        cells = [""] * 31
        cells[0:5] = ["structureet", finess, finess, f"CH {town}", f"CENTRE HOSPITALIER DE {town}"]
        cells[7:10] = [str(number % 90 + 1), "RUE", "DE L'HOPITAL"]
        cells[15:17] = [f"{post_code} {town}", f"02{chance.randrange(10**8):08d}"]
        cells[18:20] = ["355", "Centre Hospitalier (C.H.)"]
        yield ";".join(cells)


def _last(chance: random.Random, names: Sequence[str]) -> str:
    name = chance.choice(names)
    return f"{name}-{chance.choice(names)}" if chance.random() < 0.05 else name


def main(arguments: Sequence[str]) -> None:
    """Write one to the standard output."""
    kind, count = arguments
    lines = practitioners(int(count)) if kind == "practitioners" else structures(int(count))
    for line in lines:
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
