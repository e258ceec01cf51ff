# SPDX-License-Identifier: Apache-2.0
"""A national register for the demo: its practitioners, and some who have no account yet."""

from dataclasses import dataclass

from idp.accounts.activities import DOCTOR, PHARMACIST
from idp.cli.place import Place
from idp.cli.program import refuse
from idp.demo.cast import CAST, CLINIC, HOSPITAL, Role
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
    "Code savoir-faire",
    "Code mode exercice",
    "Numéro FINESS site",
    "Raison sociale site",
    "Code postal (coord. structure)",
    "Libellé commune (coord. structure)",
    "Ancien identifiant de la structure",
    "Code secteur d'activité",
    "Code section tableau pharmaciens",
)
# What the register calls a profession of the cast.
PROFESSIONS = {
    "Médecin": ("10", "Médecin"),
    "Infirmière": ("60", "Infirmier"),
    "Sage-femme": ("50", "Sage-Femme"),
    "Masseur-kinésithérapeute": ("70", "Masseur-Kinésithérapeute"),
    "Pharmacienne": ("21", "Pharmacien"),
}


SPECIALITIES = {"Oncologie médicale": "SM36", "Neurologie": "SM32"}
GENERAL_PRACTICE = "SM54"


@dataclass(frozen=True, slots=True)
class Site:
    """Where somebody practises, and how."""

    name: str
    mode: str
    sector: str
    finess: str = ""
    number: str = ""
    town: str = ""
    post_code: str = ""


HOSPITAL_SITE = Site(HOSPITAL.name, "S", "SA01", HOSPITAL.key, f"1{HOSPITAL.key}", "Tours", "37000")
CLINIC_SITE = Site(CLINIC.name, "S", "SA04", CLINIC.key, f"1{CLINIC.key}", "Châteauroux", "36000")
SITES = {HOSPITAL.key: HOSPITAL_SITE, CLINIC.key: CLINIC_SITE}
# Beside the establishment: whoever has both is asked in which of them they come.
PRACTICES = {
    "medecin": Site(
        "CABINET DU DOCTEUR DURAND",
        "L",
        "SA07",
        number="499700000013008",
        town="Amboise",
        post_code="37400",
    )
}
SECTION = "H"


@dataclass(frozen=True, slots=True)
class Listed:
    """One practitioner of the register, in one place."""

    national_id: str
    civility: str
    last_name: str
    first_name: str
    profession: str
    town: str
    post_code: str = ""
    house: str = ""
    speciality: str = ""
    site: Site | None = None

    @property
    def profession_code(self) -> str:
        """TRE_G15."""
        return PROFESSIONS[self.profession][0]

    @property
    def skill(self) -> str:
        """The code of what a doctor has specialised in."""
        if self.profession_code != DOCTOR:
            return ""
        return SPECIALITIES.get(self.speciality, GENERAL_PRACTICE)

    @property
    def line(self) -> str:
        """As the extract has it."""
        code, label = PROFESSIONS[self.profession]
        site = self.site or Site(self.house, "", "", "", "", self.town, self.post_code)
        cells = (
            RPPS,
            self.national_id.removeprefix(RPPS),
            self.national_id,
            self.civility,
            self.last_name.upper(),
            self.first_name.upper(),
            code,
            label,
            self.skill,
            site.mode,
            site.finess,
            site.name,
            site.post_code,
            site.town.upper(),
            site.number,
            site.sector,
            SECTION if code == PHARMACIST else "",
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


def listed() -> list[Listed]:
    """Everybody in it, a line for each place."""
    return [*_of_cast(), *_of_cards(), *WITHOUT_ACCOUNT]


def _lines() -> list[str]:
    return [one.line for one in listed()]


def _of_cast() -> list[Listed]:
    known = [one for one in CAST if (one.person.national_id or "").startswith(RPPS)]
    return [
        Listed(
            one.person.national_id or "",
            "M" if one.person.civility == "M." else "MME",
            one.person.last_name,
            one.person.first_name,
            one.person.profession,
            one.person.town,
            speciality=one.person.speciality,
            site=site,
        )
        for one in known
        for site in _sites_of(one)
    ]


def _sites_of(role: Role) -> list[Site | None]:
    sites = [SITES[one] for one in role.establishments]
    own = PRACTICES.get(role.key)
    return [*sites, own] if own else [*sites] or [None]


def _of_cards() -> list[Listed]:
    """Whoever has a card and is unknown here."""
    prints = [one.print for one in CARDS if one.name == "inconnue"]
    return [
        Listed(
            one.national_id, "MME", one.last_name, one.first_name, one.title, "Châteauroux", "36000"
        )
        for one in prints
    ]
