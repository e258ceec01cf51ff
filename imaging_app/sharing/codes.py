# SPDX-License-Identifier: Apache-2.0
"""Codes: issued, entered, locked, revoked.

Whoever enters one hears one answer to all that is wrong, after the same questions of the database:
no such code, another birth date or first name, expired, revoked, locked, kept out, not shared.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, case, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from imaging_app.clock import DAY, MINUTE, Now
from imaging_app.consents.blocks import is_blocked
from imaging_app.consents.consent import shares, shares_at
from imaging_app.consents.marks import bump
from imaging_app.crypto import Keys, new_id
from imaging_app.db import Tx, table_of
from imaging_app.limits.tries import Tries
from imaging_app.notices.outbox import Outbox, To, What
from imaging_app.people.models import PatientRow
from imaging_app.settings import LONGEST_CODE_DAYS, Rules
from imaging_app.sharing.answers import is_right
from imaging_app.sharing.code import TAIL, fold_code, make_code
from imaging_app.sharing.models import CodeUseRow, ShareCodeRow

table, uses = table_of(ShareCodeRow), table_of(CodeUseRow)
patients = table_of(PatientRow)
PURPOSE = "code"
NOBODY = "-"

# Of two codes that are the same by chance, the second is made anew.
MAKE = upsert(table).on_conflict_do_nothing().returning(table.c.id)
FIND = (
    select(
        table.c.id,
        table.c.patient,
        table.c.file,
        table.c.exam,
        table.c.establishment,
        table.c.tail,
        table.c.expires_at,
        table.c.revoked_at,
        table.c.locked_until,
        patients.c.first_names,
        patients.c.used_first_name,
        patients.c.birth_date,
        is_blocked(table.c.patient).label("blocked"),
        case(
            (table.c.establishment == "", shares(table.c.patient)),
            else_=shares_at(table.c.patient, table.c.establishment),
        ).label("shared"),
    )
    .join_from(table, patients, patients.c.id == table.c.patient)
    .where(table.c.mac.in_(bindparam("macs", expanding=True)))
    # Of many tries at once, each sees the failures of those before.
    .with_for_update(of=table)
)
_lasts = (table.c.failures + 1) >= bindparam("most")
FAIL = (
    update(table)
    .where(
        table.c.id == bindparam("id_"),
        table.c.revoked_at.is_(None),
        table.c.expires_at > bindparam("now_"),
        table.c.locked_until <= bindparam("now_"),
    )
    .values(
        failures=case((_lasts, 0), else_=table.c.failures + 1),
        locked_until=case((_lasts, bindparam("until_")), else_=table.c.locked_until),
    )
    .returning(table.c.locked_until)
)
USE = upsert(uses).on_conflict_do_nothing().returning(uses.c.code)
USE_AGAIN = (
    update(uses)
    .where(uses.c.rpps == bindparam("rpps_"), uses.c.code == bindparam("code_"))
    .values(last_at=bindparam("now_"))
)
OF_HOUSE = select(table.c.id, table.c.file, table.c.expires_at).where(
    table.c.mac.in_(bindparam("macs", expanding=True)),
    table.c.establishment == bindparam("establishment_"),
    table.c.revoked_at.is_(None),
    table.c.expires_at > bindparam("now_"),
)
REVOKE = (
    update(table)
    .where(
        table.c.id == bindparam("id_"),
        table.c.revoked_at.is_(None),
        or_(
            table.c.patient == bindparam("patient_"),
            (table.c.establishment == bindparam("establishment_")) & (table.c.establishment != ""),
        ),
    )
    .values(revoked_at=bindparam("now_"))
    .returning(table.c.patient)
)
CLOSE = (
    update(table)
    .where(
        table.c.patient == bindparam("patient_"),
        or_(
            table.c.establishment == bindparam("establishment_"),
            table.c.exam.in_(bindparam("exams", expanding=True)),
        ),
        table.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("now_"))
    .returning(table.c.id)
)
EXAMS = select(table.c.exam).where(
    table.c.patient == bindparam("patient_"),
    table.c.exam.is_not(None),
    table.c.revoked_at.is_(None),
)


class Refusal(StrEnum):
    """Why no code was entered; for whoever typed, only whether to wait is told apart."""

    NO_MATCH = "no_match"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Issued:
    """A new code: the only moment at which it is known."""

    id: str
    code: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Scope:
    """What a code opens of a patient's: one exam, one file, or all; of one establishment or any."""

    patient: str
    establishment: str = ""
    file: str | None = None
    exam: str | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """A code that fits."""

    code: str
    scope: Scope
    expires_at: int
    tail: str = ""
    # Whether this professional had not entered it before.
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed, who they are, and where they sit."""

    code: str
    birth_date: str
    first_name: str
    rpps: str
    address: str


class Codes:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, keys: Keys, now: Now, rules: Rules) -> None:
        self._keys = keys
        self._now = now
        self._rules = rules
        self._tries = Tries(keys, now)
        self._outbox = Outbox(keys, now)

    def issue(
        self, tx: Tx, scope: Scope, *, by: str, days: int | None = None, comment: str = ""
    ) -> Issued | None:
        """A new code; None for a time that can't be."""
        days = self._rules.code_days if days is None else days
        if not 1 <= days <= LONGEST_CODE_DAYS:
            return None
        now = self._now()
        row: dict[str, Any] = {
            "id": new_id(),
            "patient": scope.patient,
            "file": scope.file,
            "exam": scope.exam,
            "establishment": scope.establishment,
            "issued_by": by[:255],
            "comment": comment.strip()[:200],
            "issued_at": now,
            "expires_at": now + days * DAY,
            "revoked_at": None,
            "failures": 0,
            "locked_until": 0,
        }
        while True:
            code = make_code()
            mac = self._keys.fingerprint(PURPOSE, code)
            if tx.execute(MAKE, {**row, "mac": mac, "tail": code[-TAIL:]}).first() is not None:
                return Issued(row["id"], code, row["expires_at"])

    def enter(self, tx: Tx, typed: Typed) -> Entered | Refusal:
        """What the code opens, for who knows its patient; or one answer to everything else."""
        if not self._may_try(tx, typed):
            return Refusal.TOO_MANY
        # What can't be a code is looked for all the same: it is none that there is.
        code = fold_code(typed.code) or "\x00"
        now = self._now()
        asked = {"macs": self._keys.fingerprints(PURPOSE, code), "rpps_": typed.rpps}
        row = tx.execute(FIND, asked).first()
        if row is None:
            knows = is_right(typed.first_name, typed.birth_date, None, None, None)
        else:
            known = (row.first_names, row.used_first_name, row.birth_date)
            knows = is_right(typed.first_name, typed.birth_date, *known)
        if row is not None and knows and _is_open(row, now):
            use = {"rpps": typed.rpps, "code": row.id, "first_at": now, "last_at": now}
            is_first = tx.execute(USE, use).first() is not None
            if not is_first:
                tx.execute(USE_AGAIN, {"rpps_": typed.rpps, "code_": row.id, "now_": now})
            self._tries.give_back(tx, "code address", typed.address)
            scope = Scope(row.patient, row.establishment, row.file, row.exam)
            return Entered(row.id, scope, row.expires_at, row.tail, is_first)
        self._fail(tx, None if knows else row, now)
        return Refusal.NO_MATCH

    def _may_try(self, tx: Tx, typed: Typed) -> bool:
        """Within one's own limit, and that of the address; whoever is over shuts nobody else out.

        Colleagues share an address: there, only what fails is counted.
        """
        rules, count = self._rules, self._tries.count
        person = count(tx, "code rpps", typed.rpps, rules.code_tries_professional)
        return person and count(tx, "code address", typed.address, rules.code_tries_address)

    def _fail(self, tx: Tx, row: Any | None, now: int) -> None:
        """Count a wrong answer; the same questions where there is nothing to count."""
        until = now + self._rules.code_lock_minutes * MINUTE
        asked = {"id_": row.id if row is not None else NOBODY, "now_": now, "until_": until}
        failed = tx.execute(FAIL, {**asked, "most": self._rules.code_failures}).first()
        is_locked = failed is not None and failed.locked_until == until
        place = row.establishment if row is not None else ""
        told = {"tail": NOBODY * TAIL if row is None else row.tail, "until": until}
        # Whoever issued it: it is the patient's in any case.
        for to, whom, really in (
            (To.PATIENT, NOBODY if row is None else row.patient, is_locked),
            (To.ESTABLISHMENT, place or NOBODY, is_locked and bool(place)),
        ):
            self._outbox.put(tx, to, whom, What.CODE_LOCKED, told, really=really)

    def of_house(self, tx: Tx, code: str, establishment: str) -> tuple[str, str, int] | None:
        """Its id, file and end, where this establishment issued it and it still opens something.

        For the slip that whoever has just been shown it prints.
        """
        macs = self._keys.fingerprints(PURPOSE, code)
        asked = {"macs": macs, "establishment_": establishment, "now_": self._now()}
        row = tx.execute(OF_HOUSE, asked).first()
        return (row.id, row.file or "", row.expires_at) if row else None

    def revoke(
        self, tx: Tx, code: str, *, patient: str = NOBODY, establishment: str = NOBODY
    ) -> str | None:
        """End a code, by its patient or by who issued it; the patient's id, None if it is not so.

        What it opened ends with it: the caller ends its grants.
        """
        asked = {"id_": code, "patient_": patient, "establishment_": establishment}
        row = tx.execute(REVOKE, {**asked, "now_": self._now()}).first()
        if row is None:
            return None
        bump(tx, row.patient)
        return str(row.patient)

    def exams(self, tx: Tx, patient: str) -> list[str]:
        """A patient's exams that have codes of their own."""
        return list(tx.execute(EXAMS, {"patient_": patient}).scalars())

    def close(
        self, tx: Tx, patient: str, establishment: str, exams: Collection[str] = ()
    ) -> list[str]:
        """End all that an establishment issued to a patient, and all codes of these; which ones."""
        asked = {"patient_": patient, "establishment_": establishment, "exams": list(exams)}
        ended = [str(row.id) for row in tx.execute(CLOSE, {**asked, "now_": self._now()}).all()]
        if ended:
            bump(tx, patient)
        return ended


def _is_open(row: Any, now: int) -> bool:
    return (
        row.revoked_at is None
        and row.expires_at > now
        and row.locked_until <= now
        and not row.blocked
        and bool(row.shared)
    )
