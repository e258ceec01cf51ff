# SPDX-License-Identifier: Apache-2.0
"""Lists of codes: entered by a professional, issued by an establishment, given to a patient."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select

from imaging_app.clock import Now
from imaging_app.consents.blocks import is_blocked
from imaging_app.db import Tx, table_of
from imaging_app.people.folding import LAST_SIGN, words_of
from imaging_app.people.models import PatientRow, PatientWordRow
from imaging_app.sharing.code import fold_tail
from imaging_app.sharing.models import CodeUseRow, ShareCodeRow

table, uses = table_of(ShareCodeRow), table_of(CodeUseRow)
patients, words = table_of(PatientRow), table_of(PatientWordRow)
PAGE = 20


class State(StrEnum):
    """What a code is worth."""

    VALID = "valide"
    EXPIRED = "expiré"
    REVOKED = "révoqué"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to."""

    tail: str = ""
    name: str = ""
    first_name: str = ""
    sex: str = ""
    birth_date: str = ""
    establishment: str = ""
    only_valid: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A code in a list."""

    id: str
    tail: str
    patient: str
    birth_name: str
    first_names: str
    used_name: str
    sex: str
    birth_date: str
    establishment: str
    file: str | None
    exam: str | None
    comment: str
    issued_at: int
    expires_at: int
    state: State
    locked_until: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, and whether there is another."""

    codes: tuple[Shown, ...]
    more: bool = False


COLUMNS = (
    table.c.id,
    table.c.tail,
    table.c.patient,
    patients.c.birth_name,
    patients.c.first_names,
    patients.c.used_name,
    patients.c.sex,
    patients.c.birth_date,
    table.c.establishment,
    table.c.file,
    table.c.exam,
    table.c.comment,
    table.c.issued_at,
    table.c.expires_at,
    table.c.revoked_at,
    table.c.locked_until,
)
ALL = select(*COLUMNS).join_from(table, patients, patients.c.id == table.c.patient)
ENTERED = (
    ALL.join(uses, uses.c.code == table.c.id)
    .where(uses.c.rpps == bindparam("rpps_"), ~is_blocked(table.c.patient))
    .order_by(uses.c.last_at.desc(), table.c.id)
)
ONE_ENTERED = ENTERED.where(table.c.id == bindparam("code_"))
ISSUED = ALL.where(table.c.establishment == bindparam("establishment_")).order_by(
    table.c.issued_at.desc(), table.c.id
)
GIVEN = ALL.where(table.c.patient == bindparam("patient_")).order_by(
    table.c.issued_at.desc(), table.c.id
)
WHO = (
    select(uses.c.rpps, uses.c.first_at, uses.c.last_at)
    .where(uses.c.code == bindparam("code_"))
    .order_by(uses.c.last_at.desc(), uses.c.rpps)
)


@dataclass(frozen=True, slots=True)
class Use:
    """Who has entered a code."""

    rpps: str
    first_at: int
    last_at: int


class Lists:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def entered_by(self, tx: Tx, rpps: str, by: Filter, page: int = 1) -> Page:
        """Codes that a professional has entered, of patients who do not keep them out."""
        return self._page(tx, ENTERED, {"rpps_": rpps}, by, page)

    def entered(self, tx: Tx, rpps: str, code: str) -> Shown | None:
        """One of those, by its id."""
        row = tx.execute(ONE_ENTERED, {"rpps_": rpps, "code_": code}).first()
        return _shown(row, self._now()) if row else None

    def issued_by(self, tx: Tx, establishment: str, by: Filter, page: int = 1) -> Page:
        """Codes that an establishment has issued."""
        return self._page(tx, ISSUED, {"establishment_": establishment}, by, page)

    def of_patient(self, tx: Tx, patient: str, page: int = 1) -> Page:
        """Codes that open something of a patient's, whoever issued them."""
        return self._page(tx, GIVEN, {"patient_": patient}, Filter(), page)

    def uses_of(self, tx: Tx, code: str) -> list[Use]:
        """Who has entered a code."""
        return [Use(*row) for row in tx.execute(WHO, {"code_": code}).all()]

    def _page(
        self, tx: Tx, query: Select[Any], asked: dict[str, Any], by: Filter, page: int
    ) -> Page:
        now = self._now()
        conditions = _conditions(by, now)
        if conditions is None:
            return Page(())
        query = query.where(*conditions).limit(PAGE + 1).offset(PAGE * (max(page, 1) - 1))
        rows = tx.execute(query, asked).all()
        return Page(tuple(_shown(row, now) for row in rows[:PAGE]), len(rows) > PAGE)


def state_of(expires_at: int, revoked_at: int | None, now: int) -> State:
    """What a code is worth at a moment."""
    if revoked_at is not None:
        return State.REVOKED
    return State.VALID if expires_at > now else State.EXPIRED


def _shown(row: Any, now: int) -> Shown:
    state = state_of(row.expires_at, row.revoked_at, now)
    columns: tuple[Any, ...] = (*row[:14], state, row.locked_until)
    return Shown(*columns)


def _conditions(by: Filter, now: int) -> list[ColumnElement[bool]] | None:
    """What narrows the list; None where what was typed can find nothing."""
    found: list[ColumnElement[bool]] = []
    if by.tail:
        tail = fold_tail(by.tail)
        if not tail:
            return None
        # Signs of a code alone: nothing in it is a pattern.
        found.append(table.c.tail.like(f"%{tail}"))
    for number, typed in enumerate((by.name, by.first_name)):
        if not typed.strip():
            continue
        parts = words_of(typed)
        if not parts:
            return None
        for place, word in enumerate(parts):
            one = words.alias(f"word_{number}_{place}")
            found.append(
                select(one.c.patient)
                .where(
                    one.c.patient == table.c.patient,
                    one.c.word >= word,
                    one.c.word < word + LAST_SIGN,
                )
                .exists()
            )
    exact = (
        (patients.c.sex, by.sex),
        (patients.c.birth_date, by.birth_date),
        (table.c.establishment, by.establishment),
    )
    found += [column == value for column, value in exact if value]
    if by.only_valid:
        found += [table.c.revoked_at.is_(None), table.c.expires_at > now]
    return found
