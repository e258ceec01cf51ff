# SPDX-License-Identifier: Apache-2.0
"""Results: told to the patient, seen by a professional, and those that are new."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause, Select, bindparam, select

from imaging_app.access.actions import Action, exam
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.doors import Doors
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.clock import DAY, Now
from imaging_app.consents.blocks import is_blocked
from imaging_app.consents.consent import shares_at
from imaging_app.consents.results import Results, was_seen
from imaging_app.db import Tx
from imaging_app.people.involvement import cares_for
from imaging_app.settings import Rules

PAGE = 20


@dataclass(frozen=True, slots=True)
class New:
    """A result that a professional has not seen."""

    exam: str
    patient: str
    file: str
    establishment: str
    at: int


@dataclass(frozen=True, slots=True)
class NewPage:
    """A page of them, and whether there is another."""

    results: tuple[New, ...]
    more: bool = False


def unseen(reported: FromClause) -> Select[Any]:
    """Which of the results that `reported` lists are new to the professional `rpps_`.

    It has the columns exam, patient, file, establishment, reported_at, version. A result is new
    again to whoever saw an earlier version of it.
    """
    one = reported.c
    return (
        select(one.exam, one.patient, one.file, one.establishment, one.reported_at)
        .where(
            one.reported_at > bindparam("since_"),
            one.reported_at <= bindparam("now_"),
            cares_for(one.patient, one.file),
            ~is_blocked(one.patient),
            shares_at(one.patient, one.establishment),
            ~was_seen(one.exam, one.version),
        )
        .order_by(one.reported_at.desc(), one.exam)
        .limit(PAGE + 1)
        .offset(bindparam("skip"))
    )


class Telling:
    """The verbs; each takes the caller's transaction."""

    def __init__(
        self, doors: Doors, results: Results, reported: FromClause, rules: Rules, now: Now
    ) -> None:
        self._doors = doors
        self._results = results
        self._unseen = unseen(reported)
        self._last = select(reported.c.version).where(reported.c.exam == bindparam("exam_"))
        self._rules = rules
        self._now = now

    def tell(self, tx: Tx, who: Visitor | None, name: str, version: int) -> bool | Refused:
        """« Résultat annoncé »: who and when are kept; the patient sees it from now on.

        Version 0 is the exam itself, where nobody has written of it. Whatever report came after
        what was told waits.
        """
        last = self._version(tx, name)
        is_there = 1 <= version <= last or version == last == 0
        answer = self._doors.open(
            tx,
            who,
            exam(name),
            Action.EXAM_TELL,
            unless=None if is_there else Reason.STATE,
            detail={"version": version} if is_there else {},
        )
        if isinstance(answer, Refused) or who is None:
            return answer if isinstance(answer, Refused) else Refused(Reason.SESSION)
        patient = answer.target.patient or ""
        return self._results.tell(tx, name, patient, who.rpps, who.name, version)

    def up_to(self, tx: Tx, who: Visitor, name: str) -> int | None:
        """Up to which version its reports are open to somebody behind a door; None for all."""
        if who.kind is not Kind.PATIENT:
            return None
        told = self._results.told(tx, name)
        return told.version if told else 0

    def see(
        self, tx: Tx, who: Visitor | None, name: str, version: int | None = None
    ) -> bool | Refused:
        """« Marquer comme vu »: all of it, or up to the version that was there to be read."""
        answer = self._doors.open(tx, who, exam(name), Action.EXAM_SEEN)
        if isinstance(answer, Refused) or who is None:
            return answer if isinstance(answer, Refused) else Refused(Reason.SESSION)
        last = self._version(tx, name) if version is None else version
        return self._results.see(tx, name, who.rpps, last)

    def _version(self, tx: Tx, name: str) -> int:
        """The number of its last report; 0 where there is none."""
        return int(tx.execute(self._last, {"exam_": name}).scalar() or 0)

    def new(self, tx: Tx, rpps: str, page: int = 1) -> NewPage:
        """Results of my patients, of the last days, that I have not seen; the newest first."""
        now = self._now()
        asked = {
            "rpps_": rpps,
            "now_": now,
            "since_": now - self._rules.new_result_days * DAY,
            "skip": PAGE * (max(page, 1) - 1),
        }
        rows = tx.execute(self._unseen, asked).all() if rpps else []
        return NewPage(tuple(New(*row) for row in rows[:PAGE]), len(rows) > PAGE)
