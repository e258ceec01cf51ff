# SPDX-License-Identifier: Apache-2.0
"""What was set aside: written down, listed for its establishment, decided by somebody there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, bindparam, func, insert, select, update

from imaging_app.clock import Now
from imaging_app.crypto import new_id
from imaging_app.db import Tx, table_of
from imaging_app.dicom.values import Reading
from imaging_app.exams.models import AsideRow
from imaging_app.exams.values import Origin
from imaging_app.store.port import Parcel

table = table_of(AsideRow)
WAITING, PUT, TAKEN = "waiting", "put", "taken"
# Whose it is, is in doubt: somebody who looked may say it.
DOUBTFUL: Final = frozenset({"other-person", "other-file"})
PAGE: Final = 50
LATELY: Final = 20
MAKE = insert(table)
# The same bytes sent again, for the same reason, are one thing to decide.
SAME: Final = select(table.c.id).where(
    table.c.digest == bindparam("digest_"),
    table.c.establishment == bindparam("establishment_"),
    table.c.reason == bindparam("reason_"),
    table.c.state == WAITING,
)
COLUMNS = (
    table.c.id,
    table.c.digest,
    table.c.size,
    table.c.reason,
    table.c.detail,
    table.c.name,
    table.c.study,
    table.c.image,
    table.c.met_at,
)
LIST: Final = (
    select(*COLUMNS)
    .where(table.c.establishment == bindparam("establishment_"), table.c.state == WAITING)
    .order_by(table.c.met_at.desc(), table.c.id)
)
COUNT: Final = (
    select(func.count())
    .select_from(table)
    .where(table.c.establishment == bindparam("establishment_"), table.c.state == WAITING)
)
ONE: Final = select(*COLUMNS).where(
    table.c.id == bindparam("id_"),
    table.c.establishment == bindparam("establishment_"),
    table.c.state == WAITING,
)
DECIDE: Final = (
    update(table)
    .where(
        table.c.id == bindparam("id_"),
        table.c.establishment == bindparam("establishment_"),
        table.c.state == WAITING,
    )
    .values(state=bindparam("state_"), decided_by=bindparam("by_"), decided_at=bindparam("now_"))
    .returning(table.c.digest)
)
# What is in doubt of one exam, for one decision.
OF_STUDY: Final = (
    select(*COLUMNS)
    .where(
        table.c.establishment == bindparam("establishment_"),
        table.c.study == bindparam("study_"),
        table.c.reason.in_(DOUBTFUL),
        table.c.state == WAITING,
    )
    .order_by(table.c.met_at, table.c.id)
)
DECISION: Final = (table.c.study, table.c.decided_by, table.c.decided_at)
PUT_LATELY: Final = (
    select(func.min(table.c.id).label("id"), *DECISION, func.count().label("files"))
    .where(table.c.establishment == bindparam("establishment_"), table.c.state == PUT)
    .group_by(*DECISION)
    .order_by(table.c.decided_at.desc(), func.min(table.c.id))
    .limit(LATELY)
)
_put = table.alias("put")
PUT_WITH: Final = (
    select(*COLUMNS)
    .join(_put, and_(*(_put.c[one.name] == one for one in DECISION)))
    .where(
        _put.c.id == bindparam("id_"),
        _put.c.establishment == bindparam("establishment_"),
        _put.c.state == PUT,
        table.c.establishment == _put.c.establishment,
        table.c.state == PUT,
    )
    .order_by(table.c.id)
)
WAIT_AGAIN: Final = (
    update(table)
    .where(table.c.id == bindparam("id_"), table.c.state == PUT)
    .values(state=WAITING, decided_by="", decided_at=None)
    .returning(table.c.id)
)
TOOK: Final = (
    update(table).where(table.c.id == bindparam("id_"), table.c.state == PUT).values(state=TAKEN)
)
OTHERS: Final = select(func.count()).where(
    table.c.digest == bindparam("digest_"), table.c.state == WAITING
)


@dataclass(frozen=True, slots=True)
class SetAside:
    """One of them."""

    id: str
    digest: str
    size: int
    reason: str
    detail: str
    name: str
    study: str
    image: str
    met_at: int


@dataclass(frozen=True, slots=True)
class Put:
    """Files that one decision put into somebody's file; by the id of one of them."""

    id: str
    study: str
    at: int
    files: int


class Aside:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def note(
        self,
        tx: Tx,
        parcel: Parcel,
        origin: Origin,
        reason: str,
        detail: str,
        reading: Reading | None,
    ) -> None:
        """Write one down, once."""
        asked = {
            "digest_": parcel.digest,
            "establishment_": origin.establishment,
            "reason_": reason,
        }
        if tx.execute(SAME, asked).first() is not None:
            return
        row = {
            "id": new_id(),
            "digest": parcel.digest,
            "size": parcel.size,
            "reason": reason,
            "detail": detail[:200],
            "name": "".join(one for one in origin.name if one.isprintable())[-200:],
            "establishment": origin.establishment,
            "job": origin.job,
            "study": reading.study.uid if reading else "",
            "series": reading.series.uid if reading else "",
            "image": reading.image.uid if reading else "",
            "state": WAITING,
            "decided_by": "",
            "decided_at": None,
            "met_at": self._now(),
        }
        tx.execute(MAKE, row)

    def waiting(
        self, tx: Tx, establishment: str, page: int = 1, reason: str = ""
    ) -> tuple[list[SetAside], bool]:
        """A page of those that wait for somebody, and whether there is another."""
        wanted = LIST.where(table.c.reason == reason) if reason else LIST
        wanted = wanted.limit(PAGE + 1).offset((max(page, 1) - 1) * PAGE)
        rows = tx.execute(wanted, {"establishment_": establishment}).all()
        return [SetAside(**row._asdict()) for row in rows[:PAGE]], len(rows) > PAGE

    def count(self, tx: Tx, establishment: str) -> int:
        """How many wait."""
        return int(tx.execute(COUNT, {"establishment_": establishment}).scalar_one())

    def one(self, tx: Tx, one: str, establishment: str) -> SetAside | None:
        """One that waits for somebody of this establishment."""
        row = tx.execute(ONE, {"id_": one, "establishment_": establishment}).first()
        return SetAside(**row._asdict()) if row else None

    def decide(self, tx: Tx, one: str, establishment: str, state: str, by: str) -> str | None:
        """Decide it once; its digest, or None where it is not theirs or decided already."""
        asked = {"id_": one, "establishment_": establishment, "state_": state, "by_": by[:255]}
        row = tx.execute(DECIDE, {**asked, "now_": self._now()}).first()
        return row.digest if row else None

    def doubtful(self, tx: Tx, study: str, establishment: str, most: int) -> list[SetAside]:
        """Those of one exam of which it is in doubt whose they are, the first ones first."""
        asked = {"study_": study, "establishment_": establishment}
        rows = tx.execute(OF_STUDY.limit(most), asked).all() if study else []
        return [SetAside(**row._asdict()) for row in rows]

    def put(self, tx: Tx, every: Sequence[str], establishment: str, by: str) -> bool:
        """One decision about several: in a file by now; False where one of them waits no more."""
        told = {"establishment_": establishment, "state_": PUT, "by_": by[:255]}
        asked = {**told, "now_": self._now()}
        return all(tx.execute(DECIDE, {**asked, "id_": one}).first() is not None for one in every)

    def took(self, tx: Tx, every: Sequence[str]) -> None:
        """Of those that were put: what was there already."""
        for one in every:
            tx.execute(TOOK, {"id_": one})

    def put_lately(self, tx: Tx, establishment: str) -> list[Put]:
        """What somebody there has put into a file, the latest first."""
        rows = tx.execute(PUT_LATELY, {"establishment_": establishment}).all()
        return [Put(row.id, row.study, row.decided_at, row.files) for row in rows]

    def put_with(self, tx: Tx, one: str, establishment: str) -> list[SetAside]:
        """All that was put by the decision that put this one."""
        rows = tx.execute(PUT_WITH, {"id_": one, "establishment_": establishment}).all()
        return [SetAside(**row._asdict()) for row in rows]

    def wait_again(self, tx: Tx, one: str) -> bool:
        """It was put, and is in doubt again; False where it was not."""
        return tx.execute(WAIT_AGAIN, {"id_": one}).first() is not None

    def is_wanted(self, tx: Tx, digest: str) -> bool:
        """Whether these bytes still wait for somebody."""
        return bool(tx.execute(OTHERS, {"digest_": digest}).scalar())
