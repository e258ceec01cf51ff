# SPDX-License-Identifier: Apache-2.0
"""The cards of the demo: whose they are, their PINs, and what has become of each."""

from dataclasses import dataclass
from enum import Enum

from idp.demo.cast import CAST, Role
from idp.demo.pki_cards import Card, Kind, Product

HOSPITAL = ("10B0057881", "CHU DE DEMONSTRATION", "Indre-et-Loire (37)")
CLINIC = ("10B0062154", "CLINIQUE DE DEMONSTRATION", "Indre (36)")


class Fate(Enum):
    """What has become of a card by the time the demo begins."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class DemoCard:
    """A card that lies on the desk. Its name is that of its files."""

    name: str
    pin: str
    print: Card
    # Whose account it is bound to, having been used there; none where nobody here knows it.
    owner: str = ""
    fate: Fate = Fate.VALID

    @property
    def holder(self) -> str:
        """The name on it."""
        if self.print.pseudonym:
            return self.print.pseudonym.capitalize()
        known = next((one.person for one in CAST if one.key == self.name), None)
        if known is not None:
            return f"{known.first_name} {known.last_name}"
        return f"{self.print.first_name.title()} {self.print.last_name.title()}"

    @property
    def about(self) -> str:
        """What is special about it, for the terminal."""
        if self.fate is not Fate.VALID:
            return str(self.fate.value)
        if self.print.pseudonym:
            return "a CPE card of nobody in particular"
        kinds = {Kind.CPE: "an employee's CPE card"}
        return kinds.get(self.print.kind, "valid" if self.owner else "of somebody unknown here")

    @property
    def days(self) -> int:
        """For how many days it is valid yet; less than nothing once it has run out."""
        return -30 if self.fate is Fate.EXPIRED else 900


def role_of(key: str) -> Role:
    """Somebody of the cast."""
    return next(one for one in CAST if one.key == key)


def _print(key: str, serial: str, profession: int, structure: tuple[str, str, str]) -> Card:
    person = role_of(key).person
    return Card(
        person.national_id or "",
        person.last_name.upper(),
        person.first_name.upper(),
        serial,
        profession=profession,
        title=person.profession,
        structure=structure[0],
        structure_name=structure[1],
        place=structure[2],
        # Nobody's certification policy: cards of a demo are cards for tests.
        product=Product.TEST_CARD,
    )


CARDS = (
    DemoCard("medecin", "1234", _print("medecin", "2600000011", 10, HOSPITAL), "medecin"),
    DemoCard("infirmiere", "2580", _print("infirmiere", "2600000012", 60, CLINIC), "infirmiere"),
    DemoCard(
        "neurologue",
        "3690",
        _print("neurologue", "2600000013", 10, HOSPITAL),
        "neurologue",
        Fate.EXPIRED,
    ),
    DemoCard(
        "remplacant", "1470", _print("remplacant", "2600000014", 70, CLINIC), fate=Fate.REVOKED
    ),
    DemoCard(
        "inconnue",
        "4826",
        Card(
            "899700000096",
            "GARNIER",
            "INÈS",
            "2600000015",
            profession=21,
            title="Pharmacienne",
            structure=CLINIC[0],
            structure_name=CLINIC[1],
            place=CLINIC[2],
            product=Product.TEST_CARD,
        ),
    ),
    DemoCard(
        "secretaire",
        "7531",
        Card(
            "30B0057881/CPET0002",
            "FABRE",
            "HÉLÈNE",
            "2600000016",
            kind=Kind.CPE,
            structure=HOSPITAL[0],
            structure_name=HOSPITAL[1],
            place=HOSPITAL[2],
            product=Product.TEST_CARD,
        ),
    ),
    DemoCard(
        "service",
        "9630",
        Card(
            "30B0057881/CPET0009",
            "",
            "",
            "2600000017",
            kind=Kind.CPE,
            structure=HOSPITAL[0],
            structure_name=HOSPITAL[1],
            place=HOSPITAL[2],
            pseudonym="ACCUEIL DES URGENCES",
            product=Product.TEST_CARD,
        ),
    ),
)


def card_of(role: str) -> DemoCard | None:
    """The card that somebody of the cast has used already."""
    return next((one for one in CARDS if one.owner == role), None)
