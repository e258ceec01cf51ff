# SPDX-License-Identifier: Apache-2.0
"""Professionals as last seen: who blocks or reads a history knows them by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from imaging_app.clock import Now
from imaging_app.db import Tx, table_of
from imaging_app.people.folding import LAST_SIGN, fold
from imaging_app.people.models import EstablishmentRow, ProfessionalRow

table, houses = table_of(ProfessionalRow), table_of(EstablishmentRow)
COLUMNS = select(
    table.c.rpps,
    table.c.family,
    table.c.given,
    table.c.profession,
    table.c.speciality,
    table.c.establishment,
)
PROFESSIONS = select(table.c.profession).distinct().order_by(table.c.profession)
SPECIALITIES = select(table.c.speciality).distinct().order_by(table.c.speciality)
ONE = COLUMNS.where(table.c.rpps == bindparam("rpps_"))
_note = upsert(table)
NOTE = _note.on_conflict_do_update(
    index_elements=[table.c.rpps],
    set_={one.name: one for one in _note.excluded if one.name != "rpps"},
    # What an older login told never overwrites what a newer one did.
    where=table.c.seen_at <= _note.excluded.seen_at,
)
_name = upsert(houses)
NAME = _name.on_conflict_do_update(
    index_elements=[houses.c.finess], set_={"name": _name.excluded.name}
)
NAMES = select(houses.c.finess, houses.c.name)
PAGE = 20
# As logins tell it: by its name, or by its number of the national list (TRE_G15).
DOCTORS = frozenset({"MEDECIN", "10"})


@dataclass(frozen=True, slots=True)
class Professional:
    """A professional, as the last login told."""

    rpps: str
    family: str
    given: str
    profession: str = ""
    speciality: str = ""
    establishment: str = ""

    @property
    def is_doctor(self) -> bool:
        """Whether they may be somebody's médecin traitant."""
        return fold(self.profession) in DOCTORS


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a professional is looked for by; at least one."""

    family: str = ""
    given: str = ""
    profession: str = ""
    speciality: str = ""
    establishment: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked: everybody is no answer."""
        return not (fold(self.family) or fold(self.given)) and not (
            self.profession or self.speciality or self.establishment
        )


@dataclass(frozen=True, slots=True)
class Choices:
    """Professions and specialities that somebody here has."""

    professions: tuple[str, ...]
    specialities: tuple[str, ...]


class Professionals:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def note(self, tx: Tx, one: Professional) -> None:
        """Take down who logged in."""
        tx.execute(
            NOTE,
            {
                "rpps": one.rpps,
                "family": one.family[:128],
                "given": one.given[:128],
                "profession": one.profession[:64],
                "speciality": one.speciality[:64],
                "establishment": one.establishment[:16],
                "family_key": fold(one.family)[:128],
                "given_key": fold(one.given)[:128],
                "seen_at": self._now(),
            },
        )

    def find(self, tx: Tx, rpps: str) -> Professional | None:
        """The professional of this number."""
        row = tx.execute(ONE, {"rpps_": rpps}).first()
        return Professional(*row) if row else None

    def candidates(self, tx: Tx, by: Criteria, page: int = 1) -> Sequence[Professional]:
        """Those who match all that is asked, a page at a time; nobody where nothing is asked."""
        if by.is_empty:
            return []
        query = COLUMNS.where(*_conditions(by))
        order = (table.c.family_key, table.c.given_key, table.c.rpps)
        query = query.order_by(*order).limit(PAGE).offset(PAGE * (max(page, 1) - 1))
        return [Professional(*row) for row in tx.execute(query).all()]

    def choices(self, tx: Tx) -> Choices:
        """What there is to look for among them."""
        found = (
            tuple(one for one in tx.execute(query).scalars() if one)
            for query in (PROFESSIONS, SPECIALITIES)
        )
        return Choices(*found)

    def name_establishment(self, tx: Tx, finess: str, name: str) -> None:
        """Take down what an establishment is called."""
        tx.execute(NAME, {"finess": finess, "name": name[:200]})

    def establishments(self, tx: Tx) -> dict[str, str]:
        """What each establishment is called."""
        return {row.finess: row.name for row in tx.execute(NAMES).all()}


def _conditions(by: Criteria) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, typed in ((table.c.family_key, by.family), (table.c.given_key, by.given)):
        if prefix := fold(typed):
            found.append(_begins(column, prefix))
    exact = (
        (table.c.profession, by.profession),
        (table.c.speciality, by.speciality),
        (table.c.establishment, by.establishment),
    )
    return found + [column == asked for column, asked in exact if asked]


def _begins(column: Any, prefix: str) -> ColumnElement[bool]:
    """Where a name begins so, or a word of it, or the name as some write it: in one word."""
    closed = func.replace(column, " ", "")
    return or_(
        column.between(prefix, prefix + LAST_SIGN),
        column.contains(f" {prefix}", autoescape=True),
        closed.between(prefix, prefix + LAST_SIGN),
    )
