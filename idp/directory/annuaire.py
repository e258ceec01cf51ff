# SPDX-License-Identifier: Apache-2.0
"""The Annuaire: people and structures of this platform, each shown as far as they wish.

One door for pages and applications. Two letters at least, small pages, no totals: the list can be
searched, and not copied.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from idp.accounts.folding import folded, folded_town
from idp.accounts.listing import LONGEST, PROFESSIONALS
from idp.db import Found as Row
from idp.db import Tx
from idp.directory import annuaire_statements as statements
from idp.directory.nomenclature import short_title
from idp.directory.references import References
from idp.directory.service import Directory
from idp.directory.shown import (
    LEAST_LETTERS,
    MOST,
    Entry,
    Found,
    FoundHouses,
    House,
    Place,
    Query,
    TooShort,
    Viewer,
)

# Every byte of a folded text sorts before it.
BEYOND: Final = b"\xff"
MOST_WORDS: Final = 5
LONGEST_CURSOR: Final = 600


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read what was typed: « Jean Le Goff » may be said in several orders."""

    name: bytes
    second: bytes = b""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the page before ended, and how the words were read."""

    reading: int = 0
    name: bytes = b""
    second: bytes = b""
    account: str = ""


class Annuaire:
    """The verbs; each takes a reading connection and who looks."""

    def __init__(self, references: References, directory: Directory) -> None:
        self._references = references
        self._directory = directory

    def search(self, tx: Tx, viewer: Viewer, query: Query) -> Found | TooShort:
        """People by name, else by town, speciality or profession; each other filter narrows."""
        name = folded(query.name)[:LONGEST]
        filters = {
            "town": folded_town(query.town)[:LONGEST],
            "speciality": folded(query.speciality)[:LONGEST],
            "profession": folded(query.profession)[:LONGEST],
        }
        known: dict[str, Any] = {"audience_": viewer.audience}
        for filter_, text in filters.items():
            known |= _range(filter_, text)
        cursor = self._cursor(query.after)
        if len(name) < LEAST_LETTERS:
            # The one that the fewest are likely to have leads.
            leading = (one for one, text in filters.items() if len(text) >= LEAST_LETTERS)
            filter_ = next(leading, "")
            return self._along(tx, filter_, known, cursor, query.size) if filter_ else TooShort()
        readings = list(readings_of(name))
        # The first page tells which reading finds somebody; the next ones keep to it.
        tried = enumerate(readings) if not query.after else [(cursor.reading, None)]
        for place, _reading in tried:
            if place >= len(readings):
                break
            one = readings[place]
            wanted = known | _bytes_range("name", one.name) | _bytes_range("second", one.second)
            found = self._page(tx, statements.BY_NAME, wanted, cursor, query.size, place)
            if found.entries:
                return found
        return Found()

    def person(self, tx: Tx, viewer: Viewer, reference: str) -> Entry | None:
        """Somebody; nobody, where this viewer may not see them."""
        account = self._references.account_of(reference)
        if account is None:
            return None
        known = {"audience_": viewer.audience, "account": account}
        row = tx.execute(statements.ONE, known).first()
        return self._entry(tx, row, viewer.audience) if row else None

    def in_house(self, tx: Tx, viewer: Viewer, finess: str, after: str = "") -> Found:
        """Who works in an establishment."""
        known = {"audience_": viewer.audience, "establishment_": finess}
        return self._page(tx, statements.IN_HOUSE, known, self._cursor(after), MOST, 0)

    def houses(self, tx: Tx, query: Query) -> FoundHouses | TooShort:
        """Establishments by a part of their name, or by town. There are few: all are read."""
        name, town = folded(query.name), folded_town(query.town)
        if len(name) < LEAST_LETTERS and len(town) < LEAST_LETTERS:
            return TooShort()
        rows = sorted(
            (row for row in tx.execute(statements.HOUSES).all() if _fits(row, name, town)),
            key=lambda row: (folded(row.name), row.key),
        )
        size = _bounded(query.size)
        later = [row for row in rows if not query.after or _after(row, rows, query.after)]
        page = later[:size]
        return FoundHouses(
            tuple(self._house(tx, row) for row in page),
            page[-1].key if len(later) > size else "",
        )

    def house(self, tx: Tx, finess: str) -> House | None:
        """One establishment that takes part."""
        row = tx.execute(statements.HOUSE, {"establishment_": finess[:16]}).first()
        return self._house(tx, row) if row else None

    def _along(
        self, tx: Tx, filter_: str, known: dict[str, Any], cursor: Cursor, size: int
    ) -> Found:
        """Those of one town, speciality or profession, and of others that begin so."""
        rows = [
            row
            for one in _alike(tx, filter_, known["audience_"], known[f"{filter_}_from"])
            for row in self._rows(
                tx, statements.ALONG[filter_], known | {f"{filter_}_": one}, cursor, size
            )
        ]
        rows.sort(key=lambda row: (bytes(row.name), bytes(row.second), row.account_id))
        return self._found(tx, rows, known["audience_"], size, 0)

    def _page(
        self, tx: Tx, statement: Any, known: dict[str, Any], cursor: Cursor, size: int, reading: int
    ) -> Found:
        rows = self._rows(tx, statement, known, cursor, size)
        return self._found(tx, rows, known["audience_"], size, reading)

    def _rows(
        self, tx: Tx, statement: Any, known: dict[str, Any], cursor: Cursor, size: int
    ) -> list[Row]:
        wanted = known | {
            "last_name_": cursor.name,
            "last_second": cursor.second,
            "last_account": cursor.account,
            "most": _bounded(size) + 1,
        }
        return list(tx.execute(statement, wanted).all())

    def _found(self, tx: Tx, rows: list[Row], audience: int, size: int, reading: int) -> Found:
        size = _bounded(size)
        # Somebody may be found by two parts of their name.
        people: dict[str, Row] = {}
        for row in rows[:size]:
            people.setdefault(row.account_id, row)
        entries = [self._entry(tx, row, audience) for row in people.values()]
        after = self._after(reading, rows[size - 1]) if len(rows) > size else ""
        return Found(tuple(entries), after)

    def _entry(self, tx: Tx, row: Row, audience: int) -> Entry:
        """Whoever looks as everybody does is given nothing but what everybody may see."""
        places = tx.execute(statements.PLACES, {"account": row.account_id}).all()
        entry = {
            **{name: getattr(row, name) for name in statements.PERSON},
            "reference": self._references.of(row.account_id),
            "title": short_title(row.title),
            "phone": row.landline,
            "places": tuple(Place(one.key, one.name, one.town) for one in places),
        }
        if audience == PROFESSIONALS:
            names = ("street", "po_box", "post_code", "emergency_phone", "fax")
            entry |= {name: getattr(row, name) for name in names}
            entry["for_professionals"] = row.visibility == "professionals"
        return Entry(**entry)

    def _house(self, tx: Tx, row: Row) -> House:
        known = self._directory.structure(tx, row.key)
        return House(
            finess=row.key,
            name=row.name,
            post_code=row.post_code or (known.post_code if known else ""),
            town=row.town or (known.town if known else ""),
            address=known.address if known else "",
            phone=known.phone if known else "",
            category=known.category if known else "",
        )

    def _after(self, reading: int, row: Row) -> str:
        facts = [
            reading,
            bytes(row.name).decode(),
            bytes(row.second).decode(),
            self._references.of(row.account_id),
        ]
        return base64.urlsafe_b64encode(json.dumps(facts).encode()).rstrip(b"=").decode()

    def _cursor(self, text: str) -> Cursor:
        """What is no cursor of ours is the beginning (WB-009)."""
        try:
            padded = text[:LONGEST_CURSOR] + "=" * (-len(text) % 4)
            reading, name, second, reference = json.loads(base64.urlsafe_b64decode(padded))
            account = self._references.account_of(reference)
            fits = isinstance(reading, int) and 0 <= reading < 2 * MOST_WORDS and account
            cursor = Cursor(reading, name.encode(), second.encode(), account or "")
        except (binascii.Error, ValueError, TypeError, AttributeError, RecursionError):
            return Cursor()
        return cursor if fits else Cursor()


def readings_of(name: str) -> Iterator[Reading]:
    """The last name alone; then with the first name behind it; then before it."""
    words = name.split()[:MOST_WORDS]
    yield Reading(_join(words))
    for cut in range(len(words) - 1, 0, -1):
        yield Reading(_join(words[:cut]), _join(words[cut:]))
    for cut in range(1, len(words)):
        yield Reading(_join(words[cut:]), _join(words[:cut]))


def _join(words: list[str]) -> bytes:
    return " ".join(words).encode()


def _alike(tx: Tx, filter_: str, audience: int, text: bytes) -> Iterator[bytes]:
    """What was asked for, and others that begin so: from one to the next by the index."""
    known = {"audience_": audience, "to_": text + BEYOND}
    # What sorts just before the text itself.
    after = text[:-1] + bytes([text[-1] - 1]) + BEYOND
    for _one in range(statements.MOST_ALIKE):
        found = tx.execute(statements.NEXT[filter_], known | {"after_": after}).scalar()
        if found is None:
            return
        after = bytes(found)
        yield after


def _range(name: str, text: str) -> dict[str, Any]:
    return _bytes_range(name, text[:LONGEST].encode())


def _bytes_range(name: str, text: bytes) -> dict[str, Any]:
    return {f"{name}_from": text, f"{name}_to": text + BEYOND}


def _fits(row: Row, name: str, town: str) -> bool:
    words = folded(row.name).split()
    wanted = name.split()
    named = all(any(word.startswith(one) for word in words) for one in wanted)
    return named and folded_town(row.town).startswith(town)


def _after(row: Row, rows: list[Row], key: str) -> bool:
    last = next((one for one in rows if one.key == key), None)
    return last is None or (folded(row.name), row.key) > (folded(last.name), last.key)


def _bounded(size: int) -> int:
    return max(1, min(size, MOST))
