# SPDX-License-Identifier: Apache-2.0
"""Look-ups in what was imported: by number, by name. Each answers from the generation served.

The one served is asked for in the statement itself: no look-up sees half of each.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Select, bindparam, select

from idp.accounts.activities import Activity
from idp.accounts.folding import folded
from idp.db import Found, Tx
from idp.directory import nomenclature
from idp.directory.generations import CURRENT, PRACTITIONERS, STRUCTURES
from idp.directory.generations import table as generations
from idp.directory.index import LONGEST, LONGEST_SECOND, lines, names, structures
from idp.directory.numbers import tidy
from idp.directory.values import Practitioner, Structure

MOST: Final = 50
LEAST_LETTERS: Final = 2
# Somebody has a few dozen activities at most; a broken file may say more.
MOST_ACTIVITIES: Final = 200
# Every byte of a folded name sorts before it.
BEYOND: Final = b"\xff"


def served(kind: str) -> Select[tuple[int]]:
    """The generation that is served."""
    return select(generations.c.id).where(
        generations.c.kind == kind, generations.c.state == CURRENT
    )


BY_NUMBER = (
    select(lines)
    .where(
        lines.c.generation == served(PRACTITIONERS).scalar_subquery(),
        lines.c.national_id == bindparam("national_id_"),
    )
    .order_by(lines.c.line)
    .limit(MOST_ACTIVITIES)
)
# Several at once, in one question.
THESE = (
    select(lines)
    .where(
        lines.c.generation == served(PRACTITIONERS).scalar_subquery(),
        lines.c.national_id.in_([bindparam(f"person_{one}") for one in range(MOST)]),
    )
    .order_by(lines.c.national_id, lines.c.line)
)


def found_by_name(kind: str) -> Select[tuple[str]]:
    """Subjects whose name begins so; a second name narrows, by its beginning, too."""
    return (
        select(names.c.subject)
        .where(
            names.c.generation == served(kind).scalar_subquery(),
            names.c.name >= bindparam("from_"),
            names.c.name < bindparam("to_"),
            names.c.second >= bindparam("second_from"),
            names.c.second < bindparam("second_to"),
        )
        .order_by(names.c.name, names.c.second, names.c.subject)
        .limit(bindparam("most"))
    )


BY_NAME = {kind: found_by_name(kind) for kind in (PRACTITIONERS, STRUCTURES)}
STRUCTURE = (
    select(structures)
    .where(
        structures.c.generation == served(STRUCTURES).scalar_subquery(),
        structures.c.finess == bindparam("finess_"),
    )
    .order_by(structures.c.line)
    .limit(1)
)


class Directory:
    """The verbs; each takes the caller's transaction or reading connection."""

    def by_number(self, tx: Tx, national_id: str) -> Practitioner | None:
        """Who has this national identifier, with all their activities."""
        known = {"national_id_": national_id.strip().upper()[:64]}
        return practitioner_from(tx.execute(BY_NUMBER, known).all())

    def by_name(
        self, tx: Tx, last_name: str, first_name: str = "", limit: int = 20
    ) -> tuple[Practitioner, ...]:
        """People whose last name, or a part of it, begins so; at least two letters."""
        found = self._subjects(tx, PRACTITIONERS, last_name, first_name, limit)
        if not found:
            return ()
        padded = found + [found[-1]] * (MOST - len(found))
        known = {f"person_{place}": one for place, one in enumerate(padded)}
        people: dict[str, list[Found]] = {}
        for row in tx.execute(THESE, known).all():
            people.setdefault(row.national_id, []).append(row)
        read = (practitioner_from(people[one][:MOST_ACTIVITIES]) for one in found if one in people)
        return tuple(one for one in read if one is not None)

    def structure(self, tx: Tx, finess: str) -> Structure | None:
        """The establishment of this FINESS number."""
        row = tx.execute(STRUCTURE, {"finess_": tidy(finess)[:16]}).first()
        return structure_from(row) if row else None

    def structures_by_name(
        self, tx: Tx, name: str, town: str = "", limit: int = 20
    ) -> tuple[Structure, ...]:
        """Establishments with a part of their name that begins so."""
        found = self._subjects(tx, STRUCTURES, name, town, limit)
        houses = (self.structure(tx, subject) for subject in found)
        return tuple(one for one in houses if one is not None)

    def _subjects(self, tx: Tx, kind: str, name: str, second: str, limit: int) -> list[str]:
        first = folded(name)[:LONGEST].encode()
        if len(first) < LEAST_LETTERS:
            return []
        other = folded(second)[:LONGEST_SECOND].encode()
        most = min(limit, MOST)
        known = {
            "from_": first,
            "to_": first + BEYOND,
            "second_from": other,
            "second_to": other + BEYOND,
            # The same one may be there by two parts of a name.
            "most": most * 3,
        }
        rows = tx.execute(BY_NAME[kind], known).all()
        return list(dict.fromkeys(row.subject for row in rows))[:most]


def practitioner_from(rows: Sequence[Found]) -> Practitioner | None:
    """One person from all their lines; the first one's names count."""
    if not rows:
        return None
    first = rows[0]
    return Practitioner(
        national_id=first.national_id,
        last_name=first.last_name,
        first_name=first.first_name,
        civility=first.civility,
        title=first.title,
        activities=tuple(dict.fromkeys(_activity(row) for row in rows)),
    )


def structure_from(row: Found) -> Structure:
    """An establishment from its line."""
    return Structure(**{name: getattr(row, name) for name in Structure.__dataclass_fields__})


def _activity(row: Found) -> Activity:
    profession = nomenclature.profession(row.profession_code)
    speciality = nomenclature.speciality(row.speciality_code)
    values = {name: getattr(row, name) for name in Activity.__dataclass_fields__}
    values["profession"] = profession.label if profession else row.profession
    values["speciality"] = speciality.plain if speciality else row.speciality
    return Activity(**values)
