# SPDX-License-Identifier: Apache-2.0
"""Files of people as text: CSV with a header, or a JSON object a line; each fault with its line."""

import csv
import io
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

PERSON = (
    "population",
    "identifier",
    "first_name",
    "last_name",
    "civility",
    "birth_name",
    "birth_date",
    "email",
    "email_verified",
    "phone",
    "phone_verified",
    "national_id",
    "profession",
    "speciality",
    "town",
    "locale",
)
COLUMNS = (*PERSON, "communities", "password_hash")
NEEDED = ("first_name", "last_name")
IN_CLEAR = {"password", "mot_de_passe", "motdepasse", "mdp"}
DELIMITERS = ";,\t"
# Values in which every space counts.
AS_WRITTEN = {"identifier", "password_hash"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and on which line; 0 for the whole file."""

    line: int
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}" if self.line else self.why


@dataclass(slots=True)
class Read:
    """The rows with their lines, and every fault met."""

    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_file(raw: bytes, encoding: str) -> Read:
    """The rows of a file."""
    found = Read()
    try:
        # Spreadsheets write a byte order mark before UTF-8.
        text = raw.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        found.faults.append(
            Fault(line, f"not {encoding} text: save the file as UTF-8, or give --encoding")
        )
        return found
    if text.lstrip()[:1] == "{":
        _read_json(text, found)
    else:
        _read_csv(text, found)
    if not found.rows and not found.faults:
        found.faults.append(Fault(0, "there is nobody in this file"))
    return found


def _read_csv(text: str, found: Read) -> None:
    head = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] = []
    begun = 1
    try:
        for cells in reader:
            line, begun = begun, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = [_column(cell) for cell in cells]
                found.faults += [Fault(line, why) for why in _header_faults(names)]
                if found.faults:
                    return
            elif len(cells) != len(names):
                why = f"{len(cells)} values under {len(names)} columns"
                found.faults.append(Fault(line, why))
            else:
                found.rows.append((line, _tidy(dict(zip(names, cells, strict=True)))))
    except csv.Error as fault:
        found.faults.append(Fault(begun, f"not CSV from here on: {fault}"))


def _column(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def _header_faults(names: list[str]) -> Iterator[str]:
    for name in sorted(set(names)):
        if names.count(name) > 1:
            yield f"column {name} is there twice"
        yield from _name_faults(name)
    missing = [name for name in NEEDED if name not in names]
    if missing:
        yield f"without column {', '.join(missing)}"


def _name_faults(name: str) -> Iterator[str]:
    if name in IN_CLEAR:
        yield (
            f"column {name}: passwords in clear are not imported; give password_hash, "
            "or none and let people ask for a new one"
        )
    elif name not in COLUMNS:
        yield f"column {name or '(without a name)'} is unknown; known: {', '.join(COLUMNS)}"


def _read_json(text: str, found: Read) -> None:
    # Not splitlines(): a line of JSON may hold other separators.
    for line, written in enumerate(text.split("\n"), 1):
        if not written.strip():
            continue
        try:
            known = json.loads(written)
        except ValueError:
            found.faults.append(Fault(line, "not a JSON object on one line"))
            continue
        whys = list(_object_faults(known))
        if whys:
            found.faults += [Fault(line, why) for why in whys]
            continue
        values = {_column(name): _as_text(value) for name, value in known.items()}
        found.rows.append((line, _tidy(values)))


def _object_faults(known: Any) -> Iterator[str]:
    if not isinstance(known, dict):
        yield "not a JSON object on one line"
        return
    for name, value in known.items():
        yield from _name_faults(_column(name))
        texts = value if isinstance(value, list) and _column(name) == "communities" else [value]
        if not all(one is None or isinstance(one, str) for one in texts):
            yield f"{name}: a text is expected"


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(value)
    return value or ""


def _tidy(values: dict[str, str]) -> dict[str, str]:
    """Composed letters and single spaces: a name must not depend on the program that wrote it."""
    tidy = {}
    for name, value in values.items():
        text = value.strip() if name in AS_WRITTEN else " ".join(value.split())
        tidy[name] = unicodedata.normalize("NFC", text)
    return tidy
