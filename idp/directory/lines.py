# SPDX-License-Identifier: Apache-2.0
"""What the lines of the open extracts mean, column by column; what can't be taken, and why.

Practitioners: `PS_LibreAcces_Personne_activite`, columns parted by `|` and known by their names,
whose order and spelling have changed over the years. Structures: FINESS's `etalab` file, whose
lines carry their kind first and have no names.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from idp.accounts.folding import folded
from idp.directory import nomenclature
from idp.directory.numbers import finess_fault, rpps_fault
from idp.directory.reading import Line, Unreadable

Row = tuple[Any, ...]
Taken = Row | str
"""The values of a row, or the word for why the line is not taken."""

SEPARATOR: Final = "|"
BOM: Final = "\ufeff"
NBSP: Final = str.maketrans({"\u00a0": " ", "\u202f": " ", "\t": " ", "\u200b": None})
# Each by every name it has had, folded: case, accents and apostrophes vary.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": ("type d identifiant pp",),
    "number": ("identifiant pp",),
    "national_id": ("identification nationale pp",),
    "title": ("code civilite d exercice",),
    "civility": ("code civilite",),
    "last_name": ("nom d exercice",),
    "first_name": ("prenom d exercice",),
    "profession_code": ("code profession",),
    "profession": ("libelle profession",),
    "category": ("code categorie professionnelle",),
    "speciality_code": ("code savoir faire",),
    "speciality": ("libelle savoir faire",),
    "mode": ("code mode exercice", "code mode d exercice"),
    "sector": ("code secteur d activite",),
    "finess": ("numero finess site",),
    "siret": ("numero siret site",),
    "structure": ("raison sociale site",),
    "sign": ("enseigne commerciale site",),
    "post_code": ("code postal coord structure",),
    "town": ("libelle commune coord structure",),
    "phone": ("telephone coord structure",),
    "section": ("code section tableau pharmaciens",),
    "structure_number": ("ancien identifiant de la structure",),
}
NEEDED: Final = ("last_name", "first_name", "profession_code")
KEPT: Final = (
    "last_name",
    "first_name",
    "civility",
    "title",
    "profession_code",
    "profession",
    "category",
    "speciality_code",
    "speciality",
    "mode",
    "sector",
    "finess",
    "siret",
    "structure",
    "post_code",
    "town",
    "phone",
    "section",
    "structure_number",
)
WIDTHS: Final = {
    "last_name": 128,
    "first_name": 128,
    "profession": 128,
    "speciality": 128,
    "structure": 128,
    "town": 128,
    "phone": 32,
}
CODE_WIDTH: Final = 16
STUDENT: Final = "E"
RPPS: Final = "8"
LONGEST_ID: Final = 64


@dataclass(frozen=True, slots=True)
class Header:
    """Where each column stands, and how many there are."""

    places: Mapping[str, int]
    count: int


def read_header(text: bytes) -> Header:
    """The names of the columns; without those that are needed this is another file."""
    try:
        names = text.decode("utf-8").removeprefix(BOM).split(SEPARATOR)
    except UnicodeDecodeError as fault:
        raise Unreadable("the first line is not UTF-8") from fault
    at = {folded(name): place for place, name in reversed(list(enumerate(names)))}
    places = {column: at[name] for column, known in COLUMNS.items() for name in known if name in at}
    missing = [COLUMNS[one][0] for one in NEEDED if one not in places]
    if "national_id" not in places and not {"kind", "number"} <= places.keys():
        missing.append(COLUMNS["national_id"][0])
    if missing:
        raise Unreadable("the first line does not name these columns: " + ", ".join(missing))
    return Header(places, len(names))


class Practitioners:
    """Reads one line after the other by what the header said."""

    def __init__(self, header: Header) -> None:
        places = header.places
        self._least = max(places.values()) + 1
        # One more would be a name with a bar in it, and all that follows in the wrong place.
        self._most = header.count
        self._id = places.get("national_id")
        self._kind, self._number = places.get("kind"), places.get("number")
        self._sign = places.get("sign")
        self._places = [(name, places.get(name), WIDTHS.get(name, CODE_WIDTH)) for name in KEPT]

    def take(self, line: Line) -> Taken:
        """National identifier, line number, then the columns of `KEPT`."""
        text = decoded(line)
        if text is None:
            return "too-long" if line.too_long else "charset"
        if not text.isprintable():
            return "characters"
        cells = text.split(SEPARATOR)
        if not self._least <= len(cells) <= self._most:
            return "columns"
        national_id = self._identifier(cells)
        if fault := identifier_fault(national_id):
            return fault
        values = {
            name: "" if place is None else cells[place].strip()[:width]
            for name, place, width in self._places
        }
        if not values["last_name"] or not folded(values["last_name"]):
            return "name"
        self._tell_apart(values, cells)
        return (national_id, line.number, *values.values())

    def _identifier(self, cells: Sequence[str]) -> str:
        if self._id is not None and cells[self._id].strip():
            return cells[self._id].strip().upper()
        if self._kind is None or self._number is None:
            return ""
        return (cells[self._kind].strip() + cells[self._number].strip()).upper()

    def _tell_apart(self, values: dict[str, str], cells: Sequence[str]) -> None:
        """Labels only where no nomenclature has them; those in training are another profession."""
        code = values["profession_code"]
        if values["category"] == STUDENT and nomenclature.term(nomenclature.IN_TRAINING, code):
            values["profession_code"] = f"G16-{code}"
        if nomenclature.profession(values["profession_code"]):
            values["profession"] = ""
        if nomenclature.speciality(values["speciality_code"]):
            values["speciality"] = ""
        if not values["structure"] and self._sign is not None:
            values["structure"] = cells[self._sign].strip()[: WIDTHS["structure"]]


def identifier_fault(national_id: str) -> str:
    """Why it names nobody: missing or misshapen (`id`), or mistyped (`check`)."""
    if not 2 <= len(national_id) <= LONGEST_ID or not national_id.isascii():
        return "id"
    if not national_id.replace("/", "").isalnum() or not national_id[0].isdigit():
        return "id"
    if national_id[0] == RPPS and (fault := rpps_fault(national_id[1:])):
        return "check" if fault == "check" else "id"
    return ""


# The order of FINESS's `structureet` lines.
STRUCTURE: Final = "structureet"
AT: Final = {"finess": 1, "legal": 2, "name": 3, "long_name": 4, "line": 15, "phone": 16}
CATEGORY, SIRET = 19, 22
STREET: Final = (7, 8, 9, 10, 11)
LEAST: Final = 17
POST_CODE: Final = 5


class Structures:
    """Reads FINESS's lines; those of other kinds (places on the map) are passed over."""

    def take(self, line: Line) -> Taken | None:
        """The values of a row in the order of the table."""
        text = decoded(line, other="cp1252")
        if text is None:
            return "too-long" if line.too_long else "charset"
        if not text.startswith(STRUCTURE + ";"):
            return None
        if not text.isprintable():
            return "characters"
        cells = [one.strip().strip('"').strip() for one in text.split(";")]
        if len(cells) < LEAST:
            return "columns"
        finess = cells[AT["finess"]].upper()
        if finess == "NOFINESSET":
            return None
        if fault := finess_fault(finess):
            return "check" if fault == "check" else "id"
        name = cells[AT["long_name"]] or cells[AT["name"]]
        if not folded(name):
            return "name"
        post_code, town = _place(cells[AT["line"]])
        return (
            finess,
            line.number,
            name[:256],
            cells[AT["legal"]].upper()[:CODE_WIDTH],
            (cells[SIRET] if len(cells) > SIRET else "")[:CODE_WIDTH],
            (cells[CATEGORY] if len(cells) > CATEGORY else "")[:128],
            " ".join(cells[one] for one in STREET if cells[one])[:256],
            post_code,
            town[:128],
            cells[AT["phone"]][:32],
        )


def check_structures(text: bytes) -> None:
    """The first line of FINESS's file says what it is."""
    if not text.removeprefix(BOM.encode()).startswith((b"finess;", b"structureet;")):
        raise Unreadable("the first line is not that of a FINESS file")


def decoded(line: Line, other: str = "") -> str | None:
    """The line as text; None where it is cut, or in another character set."""
    if line.too_long:
        return None
    try:
        text = line.text.decode("utf-8")
    except UnicodeDecodeError:
        if not other:
            return None
        text = line.text.decode(other, errors="replace")
    return text if text.isprintable() else text.translate(NBSP).removeprefix(BOM)


def _place(line: str) -> tuple[str, str]:
    """`37044 TOURS CEDEX 9`."""
    code, _, town = line.partition(" ")
    known = len(code) == POST_CODE and code[:2].isalnum() and code[2:].isdigit()
    return (code, town.strip()) if known else ("", line)


Reader = Callable[[Line], Taken | None]
