# SPDX-License-Identifier: Apache-2.0
"""What a professional may open, on which basis, until when; and who may download."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Executable, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from imaging_app.access.models import DownloadRow, GrantRow
from imaging_app.clock import Now
from imaging_app.consents.marks import bump
from imaging_app.crypto import Keys, new_id
from imaging_app.db import Tx, table_of
from imaging_app.people.models import FileRow
from imaging_app.sharing.codes import Scope
from imaging_app.sharing.models import ShareCodeRow

table, downloads = table_of(GrantRow), table_of(DownloadRow)
codes, files = table_of(ShareCodeRow), table_of(FileRow)


class Basis(StrEnum):
    """On what somebody may open something."""

    INVOLVEMENT = "involvement"
    CODE = "code"
    FILE = "file"
    EMERGENCY = "emergency"
    OWN = "own"
    HOUSE = "house"
    OPEN = "open"


class Why(StrEnum):
    """Why a grant ended before its time."""

    BLOCKED = "blocked"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Ground:
    """A basis and how far it reaches: what is None does not narrow it."""

    basis: Basis
    exam: str | None = None
    file: str | None = None
    establishment: str | None = None
    until: int | None = None
    # When it was given, by a code or by somebody; None for care, which the desk or the patient say.
    given_at: int | None = None

    def covers(self, exam: str | None, file: str | None, establishment: str | None) -> bool:
        """Whether it reaches something; a part is never the whole."""
        return all(
            mine is None or mine == its
            for mine, its in (
                (self.exam, exam),
                (self.file, file),
                (self.establishment, establishment),
            )
        )


_LIVE = table.c.ended_at.is_(None) & (table.c.expires_at > bindparam("now_"))
# What a code opened ends with the code, whoever ended it and by which way.
LIVE = (
    select(
        table.c.patient,
        table.c.basis,
        table.c.exam,
        table.c.file,
        table.c.establishment,
        table.c.expires_at,
        # A code opens no more to whoever enters it later.
        func.coalesce(codes.c.issued_at, table.c.made_at),
    )
    .outerjoin(codes, codes.c.id == table.c.code)
    .where(
        table.c.rpps == bindparam("rpps_"),
        table.c.patient.in_(bindparam("patients", expanding=True)),
        _LIVE,
        or_(
            table.c.code.is_(None),
            codes.c.revoked_at.is_(None) & (codes.c.expires_at > bindparam("now_")),
        ),
    )
)
MAKE = insert(table)
BY_CODE = select(table.c.id).where(
    table.c.rpps == bindparam("rpps_"), table.c.code == bindparam("code_"), _LIVE
)
_end = (
    update(table)
    .where(table.c.ended_at.is_(None))
    .values(ended_at=bindparam("now_"), ended_why=bindparam("why_"))
    .returning(table.c.patient)
)
END_OF = _end.where(table.c.patient == bindparam("patient_"), table.c.rpps == bindparam("rpps_"))
END_CODES = _end.where(table.c.code.in_(bindparam("codes", expanding=True)))
END_HOUSE = _end.where(
    table.c.patient == bindparam("patient_"),
    or_(
        table.c.establishment == bindparam("establishment_"),
        table.c.file.in_(
            select(files.c.id).where(files.c.establishment == bindparam("establishment_"))
        ),
        table.c.exam.in_(bindparam("exams", expanding=True)),
        # It reaches all that was shared when somebody broke in; whoever still must does so again.
        table.c.basis == Basis.EMERGENCY.value,
    ),
)
EXAMS = select(table.c.exam).where(
    table.c.patient == bindparam("patient_"), table.c.exam.is_not(None), table.c.ended_at.is_(None)
)
END_EMERGENCY = END_OF.where(table.c.basis == Basis.EMERGENCY.value)
EMERGENCIES = (
    select(table.c.id, table.c.rpps, table.c.patient, table.c.reason, table.c.made_at)
    .where(table.c.basis == Basis.EMERGENCY.value, table.c.patient == bindparam("patient_"))
    .order_by(table.c.made_at.desc(), table.c.id)
)
PERMIT = upsert(downloads).on_conflict_do_nothing().returning(downloads.c.id)
_permitted = (downloads.c.rpps == bindparam("rpps_")) & (
    downloads.c.establishment == bindparam("establishment_")
)
PERMITTED = select(downloads.c.id).where(_permitted, downloads.c.ended_at.is_(None))
ALL_PERMITTED = (
    select(downloads.c.rpps, downloads.c.given_at)
    .where(downloads.c.establishment == bindparam("establishment_"), downloads.c.ended_at.is_(None))
    .order_by(downloads.c.given_at.desc(), downloads.c.rpps)
)
FORBID = (
    update(downloads)
    .where(_permitted, downloads.c.ended_at.is_(None))
    .values(ended_at=bindparam("now_"))
    .returning(downloads.c.id)
)


@dataclass(frozen=True, slots=True)
class Emergency:
    """One emergency access, for whoever reviews it."""

    id: str
    rpps: str
    patient: str
    reason: str
    at: int


class Grants:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, keys: Keys, now: Now) -> None:
        self._keys = keys
        self._now = now

    def make(
        self,
        tx: Tx,
        rpps: str,
        scope: Scope,
        basis: Basis,
        until: int,
        *,
        code: str | None = None,
        reason: str | None = None,
    ) -> str:
        """A new one."""
        grant = new_id()
        place = {"table": table.name, "column": "reason", "row": grant}
        tx.execute(
            MAKE,
            {
                "id": grant,
                "rpps": rpps,
                "patient": scope.patient,
                "exam": scope.exam,
                "file": scope.file,
                "establishment": scope.establishment or None,
                "basis": basis.value,
                "code": code,
                "reason": None if reason is None else self._keys.seal(reason, **place),
                "made_at": self._now(),
                "expires_at": until,
                "ended_at": None,
                "ended_why": "",
            },
        )
        bump(tx, scope.patient)
        return grant

    def by_code(self, tx: Tx, rpps: str, code: str, scope: Scope, until: int) -> str:
        """What a code opens, made once for each who enters it."""
        asked = {"rpps_": rpps, "code_": code, "now_": self._now()}
        found: str | None = tx.execute(BY_CODE, asked).scalar()
        return found or self.make(tx, rpps, scope, Basis.CODE, until, code=code)

    def live(self, tx: Tx, rpps: str, patient: str) -> list[Ground]:
        """What a professional may open of a patient's now."""
        return self.live_among(tx, rpps, [patient])[patient]

    def live_among(self, tx: Tx, rpps: str, patients: Collection[str]) -> dict[str, list[Ground]]:
        """The same of several patients."""
        found: dict[str, list[Ground]] = {one: [] for one in patients}
        asked = {"rpps_": rpps, "patients": list(patients), "now_": self._now()}
        for row in tx.execute(LIVE, asked).all() if patients else []:
            found[row[0]].append(Ground(Basis(row[1]), *row[2:]))
        return found

    def end_of(self, tx: Tx, patient: str, rpps: str, why: Why) -> int:
        """End all that a professional has of a patient; how many."""
        return self._end(tx, END_OF, {"patient_": patient, "rpps_": rpps}, why)

    def end_codes(self, tx: Tx, ended: list[str], why: Why) -> int:
        """End what these codes opened."""
        return self._end(tx, END_CODES, {"codes": ended}, why) if ended else 0

    def exams(self, tx: Tx, patient: str) -> list[str]:
        """A patient's exams that are granted one by one."""
        return list(tx.execute(EXAMS, {"patient_": patient}).scalars())

    def end_house(
        self, tx: Tx, patient: str, establishment: str, exams: list[str], why: Why
    ) -> int:
        """End what reaches what an establishment has of a patient, these exams of it included."""
        asked = {"patient_": patient, "establishment_": establishment, "exams": exams}
        return self._end(tx, END_HOUSE, asked, why)

    def end_emergency(self, tx: Tx, patient: str, rpps: str) -> int:
        """Whoever broke in says that it is over."""
        return self._end(tx, END_EMERGENCY, {"patient_": patient, "rpps_": rpps}, Why.STOPPED)

    def emergencies(self, tx: Tx, patient: str) -> list[Emergency]:
        """Every emergency access to a patient, with its reason, for a review."""
        found = []
        for row in tx.execute(EMERGENCIES, {"patient_": patient}).all():
            place = {"table": table.name, "column": "reason", "row": row.id}
            reason = self._keys.open(row.reason, **place)
            found.append(Emergency(row.id, row.rpps, row.patient, reason, row.made_at))
        return found

    def permit_download(self, tx: Tx, rpps: str, establishment: str, by: str) -> bool:
        """Let a professional download an establishment's exams; False where they may already."""
        row = {"id": new_id(), "rpps": rpps, "establishment": establishment, "given_by": by[:255]}
        row_at = {**row, "given_at": self._now(), "ended_at": None}
        return tx.execute(PERMIT, row_at).first() is not None

    def forbid_download(self, tx: Tx, rpps: str, establishment: str) -> bool:
        """No longer; False where they may not."""
        asked = {"rpps_": rpps, "establishment_": establishment, "now_": self._now()}
        return tx.execute(FORBID, asked).first() is not None

    def may_download(self, tx: Tx, rpps: str, establishment: str) -> bool:
        """Whether an establishment lets them."""
        asked = {"rpps_": rpps, "establishment_": establishment}
        return tx.execute(PERMITTED, asked).first() is not None

    def permitted(self, tx: Tx, establishment: str) -> list[tuple[str, int]]:
        """Whom an establishment lets download, by their number, and since when."""
        rows = tx.execute(ALL_PERMITTED, {"establishment_": establishment}).all()
        return [(row.rpps, row.given_at) for row in rows]

    def _end(self, tx: Tx, end: Executable, asked: Mapping[str, object], why: Why) -> int:
        rows = tx.execute(end, {**asked, "now_": self._now(), "why_": why.value}).all()
        for patient in sorted({str(row.patient) for row in rows}):
            bump(tx, patient)
        return len(rows)
