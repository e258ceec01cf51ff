# SPDX-License-Identifier: Apache-2.0
"""How professionals find patients: by name among their own, by a file's number, by every trait.

Whoever is kept out, and whoever shares nothing, is not there: the answer is that for nobody.
"""

import hmac
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select

from imaging_app.clock import Now
from imaging_app.consents.blocks import is_blocked
from imaging_app.consents.consent import shares, shares_at
from imaging_app.db import Tx, table_of
from imaging_app.people.folding import LAST_SIGN, fold, words_of
from imaging_app.people.involvement import lasts
from imaging_app.people.involvement import table as involvements
from imaging_app.people.models import FileRow, PatientRow, PatientWordRow

table, words, files = table_of(PatientRow), table_of(PatientWordRow), table_of(FileRow)
LINE = (
    table.c.id,
    table.c.birth_name,
    table.c.first_names,
    table.c.used_name,
    table.c.birth_date,
    table.c.sex,
)
PAGE = 20
FEWEST_LETTERS = 2
MOST_WORDS = 6
# More than a handful under one name, first name and birth date is no person to open.
MOST_ALIKE = 5
NOTHING = "0000-00-00"

BY_NUMBER = (
    select(
        *LINE,
        files.c.id.label("file"),
        is_blocked(table.c.id).label("blocked"),
        shares_at(table.c.id, files.c.establishment).label("shared"),
    )
    .join_from(files, table, files.c.patient == table.c.id)
    .where(
        files.c.establishment == bindparam("establishment_"),
        files.c.number == bindparam("number_"),
    )
)


@dataclass(frozen=True, slots=True)
class Line:
    """A patient in a list."""

    id: str
    birth_name: str
    first_names: str
    used_name: str
    birth_date: str
    sex: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, and whether there is another."""

    lines: tuple[Line, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file, found by its number."""

    file: str
    patient: Line


def prefix(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether a word begins with what was typed; an index answers it."""
    return (column >= bindparam(name)) & (column < bindparam(f"{name}_end"))


@cache
def by_words(count: int) -> Select[Any]:
    """Patients of mine whom each of so many words finds; the first, the longest, leads."""
    first = words.alias("first")
    # Those in my care among whom the word finds, from two indexes, before any of them is read.
    mine = (
        select(first.c.patient)
        .join_from(first, involvements, involvements.c.patient == first.c.patient)
        .where(prefix(first.c.word, "word_0"), involvements.c.rpps == bindparam("rpps_"), lasts())
    )
    query = (
        select(*LINE)
        .where(
            table.c.id.in_(mine),
            ~is_blocked(table.c.id),
            shares(table.c.id),
        )
        .order_by(table.c.sort_key, table.c.birth_date, table.c.id)
        .limit(PAGE + 1)
        .offset(bindparam("skip"))
    )
    for number in range(1, count):
        other = words.alias(f"word{number}")
        query = query.where(
            select(other.c.patient)
            .where(other.c.patient == table.c.id, prefix(other.c.word, f"word_{number}"))
            .exists()
        )
    return query


BY_TRAITS = (
    select(*LINE, table.c.used_first_name)
    .where(
        table.c.id.in_(select(words.c.patient).where(words.c.word == bindparam("word_"))),
        table.c.birth_date == bindparam("birth_date_"),
        ~table.c.opposes_emergency,
        ~is_blocked(table.c.id),
        shares(table.c.id),
    )
    .order_by(table.c.sort_key, table.c.id)
    .limit(MOST_ALIKE * 10)
)


class Search:
    """The three ways; each takes the caller's transaction."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def by_name(self, tx: Tx, rpps: str, typed: str, page: int = 1) -> Page:
        """Those in my care whose names begin so; nobody for less than two letters."""
        asked = sorted(set(words_of(typed)), key=lambda word: (-len(word), word))[:MOST_WORDS]
        if not asked or len(asked[0]) < FEWEST_LETTERS or not rpps:
            return Page(())
        values: dict[str, Any] = {"rpps_": rpps, "now_": self._now()}
        values["skip"] = PAGE * (max(page, 1) - 1)
        for number, word in enumerate(asked):
            values |= {f"word_{number}": word, f"word_{number}_end": word + LAST_SIGN}
        rows = tx.execute(by_words(len(asked)), values).all()
        return Page(tuple(Line(*row) for row in rows[:PAGE]), len(rows) > PAGE)

    def by_number(
        self, tx: Tx, rpps: str, establishment: str, number: str, birth_date: str
    ) -> FoundFile | None:
        """The file of this number, if the birth date is its patient's; empty says: unknown.

        One question of the database, and one answer for all that is not found, in one time.
        """
        asked = {"establishment_": establishment, "number_": number.strip(), "rpps_": rpps}
        row = tx.execute(BY_NUMBER, asked).first()
        stored = NOTHING if row is None else row.birth_date
        is_right = hmac.compare_digest(stored.encode(), birth_date.encode())
        if row is None or not is_right or row.blocked or not row.shared:
            return None
        return FoundFile(row.file, Line(*row[:6]))

    def by_traits(
        self, tx: Tx, rpps: str, name: str, first_name: str, birth_date: str
    ) -> tuple[Line, ...]:
        """In an emergency: those of whom every trait is right, without any involvement."""
        family, given = fold(name), fold(first_name)
        if not family or not given or not birth_date:
            return ()
        asked = {"rpps_": rpps, "birth_date_": birth_date, "word_": words_of(name)[0]}
        found = [
            Line(*row[:6])
            for row in tx.execute(BY_TRAITS, asked).all()
            if family in {fold(row.birth_name), fold(row.used_name)}
            and given in {fold(one) for one in (*row.first_names.split(","), row.used_first_name)}
        ]
        return tuple(found) if len(found) <= MOST_ALIKE else ()
