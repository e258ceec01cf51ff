# SPDX-License-Identifier: Apache-2.0
"""What people and structures are found by, from what was read of them."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import bindparam, delete, select

from idp.accounts.folding import folded
from idp.db import Tx, table_of
from idp.directory.generations import PRACTITIONERS
from idp.directory.models import DirectoryLineRow, DirectoryNameRow, DirectoryStructureRow
from idp.directory.sorting import Key

AT_ONCE: Final = 5000
LONGEST: Final = 96
LONGEST_SECOND: Final = 64
# Words of structures that say nothing.
DULL: Final = frozenset({"de", "du", "des", "la", "le", "les", "l", "d", "et", "a", "au", "aux"})

lines = table_of(DirectoryLineRow)
structures = table_of(DirectoryStructureRow)
names = table_of(DirectoryNameRow)
NAME_COLUMNS: Final = ("generation", "name", "second", "subject")
PEOPLE = (
    select(lines.c.national_id, lines.c.line, lines.c.last_name, lines.c.first_name)
    .where(lines.c.generation == bindparam("generation_"), lines.c.national_id > bindparam("after"))
    .order_by(lines.c.national_id, lines.c.line)
    .limit(AT_ONCE)
)
# The rest of somebody whose lines did not all fit.
REST = (
    select(lines.c.national_id, lines.c.line, lines.c.last_name, lines.c.first_name)
    .where(
        lines.c.generation == bindparam("generation_"),
        lines.c.national_id == bindparam("subject_"),
        lines.c.line > bindparam("line_"),
    )
    .order_by(lines.c.line)
)
HOUSES = (
    select(structures.c.finess, structures.c.line, structures.c.name, structures.c.town)
    .where(
        structures.c.generation == bindparam("generation_"),
        structures.c.finess > bindparam("after"),
    )
    .order_by(structures.c.finess, structures.c.line)
    .limit(AT_ONCE)
)
LAST = (
    select(names.c.name)
    .where(names.c.generation == bindparam("generation_"))
    .order_by(names.c.name.desc())
    .limit(1)
)
TAKE_BACK = delete(names).where(
    names.c.generation == bindparam("generation_"), names.c.name == bindparam("name_")
)

Read = Callable[[Any, dict[str, Any]], list[Any]]
"""Runs one statement, on a connection of its own choice."""


def keys(read: Read, kind: str, generation: int) -> Iterator[tuple[str, Key]]:
    """Every key, with the subject it leads to; in the order of subjects."""
    walk = people if kind == PRACTITIONERS else houses
    return walk(read, generation)


def people(read: Read, generation: int) -> Iterator[tuple[str, Key]]:
    """By last name and each later part of it; first names tell them apart."""
    after = ""
    while rows := read(PEOPLE, {"generation_": generation, "after": after}):
        after = rows[-1].national_id
        known = {"generation_": generation, "subject_": after, "line_": rows[-1].line}
        rows = [*rows, *read(REST, known)]
        for row in rows:
            for key in person_keys(row.last_name, row.first_name, row.national_id):
                yield row.national_id, key


def houses(read: Read, generation: int) -> Iterator[tuple[str, Key]]:
    """By each word of the name on; towns tell them apart."""
    after = ""
    while rows := read(HOUSES, {"generation_": generation, "after": after}):
        after = rows[-1].finess
        for row in rows:
            for key in house_keys(row.name, row.town, row.finess):
                yield row.finess, key


def person_keys(last_name: str, first_name: str, subject: str) -> Iterator[Key]:
    """« Le Goff-Martin » is found as itself, and by `goff` and `martin`."""
    return _keys(last_name, folded(first_name), subject, skipped=frozenset())


def house_keys(name: str, town: str, subject: str) -> Iterator[Key]:
    """« Centre hospitalier de Tours » is found by `centre`, `hospitalier` and `tours`."""
    return _keys(name, folded(town), subject, skipped=DULL)


def take_back_last(tx: Tx, generation: int) -> bytes:
    """How far the index is written; the last name is taken back, as it may be there in part."""
    name: bytes | None = tx.execute(LAST, {"generation_": generation}).scalar()
    if name is None:
        return b""
    tx.execute(TAKE_BACK, {"generation_": generation, "name_": name})
    return bytes(name)


def _keys(name: str, second: str, subject: str, skipped: frozenset[str]) -> Iterator[Key]:
    words = folded(name).split()
    for place in range(len(words)):
        if place and words[place] in skipped:
            continue
        rest = " ".join(words[place:])[:LONGEST]
        yield rest.encode(), second[:LONGEST_SECOND].encode(), subject.encode()
