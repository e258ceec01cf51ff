# SPDX-License-Identifier: Apache-2.0
"""Results: which of them the patient was told, and which of them a professional has seen."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, select
from sqlalchemy.dialects.postgresql import insert as upsert

from imaging_app.clock import Now
from imaging_app.consents.marks import bump
from imaging_app.consents.models import ReleaseRow, SeenRow
from imaging_app.db import Tx, table_of

table, seen = table_of(ReleaseRow), table_of(SeenRow)
_told = upsert(table)
# Who told a version first is kept.
TELL = _told.on_conflict_do_update(
    index_elements=[table.c.exam],
    set_={
        one: _told.excluded[one] for one in ("patient", "by_rpps", "by_name", "told_at", "version")
    },
    where=table.c.version < _told.excluded.version,
).returning(table.c.exam)
COLUMNS = select(table.c.exam, table.c.by_rpps, table.c.by_name, table.c.told_at, table.c.version)
FIND = COLUMNS.where(table.c.exam == bindparam("exam_"))
TOLD_AMONG = select(table.c.exam).where(table.c.exam.in_(bindparam("exams", expanding=True)))
_seen = upsert(seen)
# What was seen stays seen, whoever looks at an earlier version afterwards.
SEE = _seen.on_conflict_do_update(
    index_elements=[seen.c.rpps, seen.c.exam],
    set_={"seen_at": _seen.excluded.seen_at, "version": _seen.excluded.version},
    where=seen.c.version < _seen.excluded.version,
).returning(seen.c.exam)
WHICH = select(seen.c.exam, seen.c.version).where(
    seen.c.rpps == bindparam("rpps_"), seen.c.exam.in_(bindparam("exams", expanding=True))
)


def was_told(exam: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the patient was told the result of the exam of a row."""
    return exists().where(table.c.exam == exam)


def was_seen(exam: ColumnElement[Any], version: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the professional `rpps_` has seen the exam of a row up to this version."""
    return exists().where(
        seen.c.rpps == bindparam("rpps_"), seen.c.exam == exam, seen.c.version >= version
    )


@dataclass(frozen=True, slots=True)
class Told:
    """Who told the patient, when, and up to which version of the report."""

    exam: str
    by_rpps: str
    by_name: str
    at: int
    version: int


class Results:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def tell(
        self, tx: Tx, exam: str, patient: str, by_rpps: str, by_name: str, version: int
    ) -> bool:
        """« Résultat annoncé »: from now on the patient sees the exam, and its reports up to this
        version; False where it was before.
        """
        row = {"exam": exam, "patient": patient, "by_rpps": by_rpps, "by_name": by_name[:256]}
        told = {**row, "told_at": self._now(), "version": version}
        first = tx.execute(TELL, told).first() is not None
        if first:
            bump(tx, patient)
        return first

    def told(self, tx: Tx, exam: str) -> Told | None:
        """Who told it, and when."""
        row = tx.execute(FIND, {"exam_": exam}).first()
        return Told(*row) if row else None

    def told_among(self, tx: Tx, exams: Collection[str]) -> frozenset[str]:
        """Of which of these the patient was told."""
        asked = {"exams": list(exams)}
        return frozenset(tx.execute(TOLD_AMONG, asked).scalars() if exams else ())

    def see(self, tx: Tx, exam: str, rpps: str, version: int) -> bool:
        """« Vu » up to this version: it leaves the list of new results; False where it had."""
        row = {"exam": exam, "rpps": rpps, "seen_at": self._now(), "version": version}
        return tx.execute(SEE, row).first() is not None

    def seen_among(self, tx: Tx, rpps: str, exams: Iterable[str]) -> Mapping[str, int]:
        """Which of these a professional has seen, each up to which version."""
        asked = {"rpps_": rpps, "exams": list(exams)}
        rows = tx.execute(WHICH, asked).all() if asked["exams"] else []
        return {row.exam: row.version for row in rows}
