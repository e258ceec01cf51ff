# SPDX-License-Identifier: Apache-2.0
"""A national register for the demo: its practitioners, and some who have no account yet."""

from dataclasses import dataclass

from idp.cli.place import Place
from idp.cli.program import refuse
from idp.demo.cast import CAST
from idp.demo.cast_cards import CARDS
from idp.demo.folder import Folder
from idp.directory.generations import CURRENT, PRACTITIONERS, UNCHANGED, Generation
from idp.office import open_office

RPPS = "8"
COLUMNS = (
    "Type d'identifiant PP",
    "Identifiant PP",
    "Identification nationale PP",
    "Code civilité",
    "Nom d'exercice",
    "Prénom d'exercice",
    "Code profession",
    "Libellé profession",
    "Raison sociale site",
    "Code postal (coord. structure)",
    "Libellé commune (coord. structure)",
)
# What the register calls a profession of the cast.
PROFESSIONS = {
    "Médecin": ("10", "Médecin"),
    "Infirmière": ("60", "Infirmier"),
    "Sage-femme": ("50", "Sage-Femme"),
    "Masseur-kinésithérapeute": ("70", "Masseur-Kinésithérapeute"),
    "Pharmacienne": ("21", "Pharmacien"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One practitioner of the register."""

    national_id: str
    civility: str
    last_name: str
    first_name: str
    profession: str
    town: str
    post_code: str = ""
    house: str = ""

    @property
    def line(self) -> str:
        """As the extract has it."""
        code, label = PROFESSIONS[self.profession]
        cells = (
            RPPS,
            self.national_id.removeprefix(RPPS),
            self.national_id,
            self.civility,
            self.last_name.upper(),
            self.first_name.upper(),
            code,
            label,
            self.house,
            self.post_code,
            self.town.upper(),
        )
        return "|".join(cells)


# Whom one may register as: the number, the name and the profession agree with the register.
WITHOUT_ACCOUNT = (
    Listed(
        "899700000104",
        "M",
        "Morvan",
        "Bastien",
        "Médecin",
        "Vendôme",
        "41100",
        "CABINET DU DOCTEUR MORVAN",
    ),
    Listed("899700000112", "MME", "Diallo", "Awa", "Sage-femme", "Amboise", "37400"),
    Listed("899700000120", "MME", "Le Bihan", "Chloé", "Infirmière", "Issoudun", "36100"),
)


def import_register(place: Place, folder: Folder) -> Generation:
    """Write the extract, and read it by the importer of the real ones."""
    folder.register.write_text("\n".join(["|".join(COLUMNS), *_lines()]) + "\n", "utf-8")
    office = open_office(place.core, place.secrets)
    authority = office.authorities.of_command(place.origin)
    core = place.core
    with core.database.write() as tx:
        asked = office.registers.ask(
            tx, authority, PRACTITIONERS, str(folder.register.absolute()), forced=False
        )
        if not isinstance(asked, Generation) or not core.importer.take(tx, asked.id):
            refuse("The demo's register could not be read; try --reset.")
    done = core.importer.run(asked.id, place.origin)
    if done is None or done.state not in {CURRENT, UNCHANGED}:
        refuse("The demo's register was not taken; try --reset.")
    return done


def _lines() -> list[str]:
    return [one.line for one in (*_of_cast(), *_of_cards(), *WITHOUT_ACCOUNT)]


def _of_cast() -> list[Listed]:
    known = [one.person for one in CAST if (one.person.national_id or "").startswith(RPPS)]
    return [
        Listed(
            one.national_id or "",
            "M" if one.civility == "M." else "MME",
            one.last_name,
            one.first_name,
            one.profession,
            one.town,
        )
        for one in known
    ]


def _of_cards() -> list[Listed]:
    """Whoever has a card and is unknown here."""
    prints = [one.print for one in CARDS if one.name == "inconnue"]
    return [
        Listed(
            one.national_id, "MME", one.last_name, one.first_name, one.title, "Châteauroux", "36000"
        )
        for one in prints
    ]
