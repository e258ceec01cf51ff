# SPDX-License-Identifier: Apache-2.0
"""The statements over `signing_keys`; changes are serialised and each bumps `version`."""

from typing import Any

from sqlalchemy import and_, bindparam, func, insert, or_, select, text, update

from idp.db import Tx
from idp.keys.algorithms import OPENS
from idp.keys.models import SigningKeyRow
from idp.keys.schedule import KeyTimes

_TIMES = tuple(getattr(SigningKeyRow, name) for name in KeyTimes.__dataclass_fields__)
_BY_AGE = (SigningKeyRow.active_from, SigningKeyRow.created_at, SigningKeyRow.kid)

TIMES = select(*_TIMES).order_by(*_BY_AGE)
ROWS = select(SigningKeyRow.__table__).order_by(*_BY_AGE)
VERSION = select(func.coalesce(func.max(SigningKeyRow.version), 0))
INSERT = insert(SigningKeyRow).inline()
_MOVED: dict[str, Any] = {"version": bindparam("v")}

SCHEDULE_END = (
    update(SigningKeyRow)
    .where(SigningKeyRow.kid == bindparam("key"))
    .values(retired_at=bindparam("retired"), removed_at=bindparam("removed"), **_MOVED)
)
ACTIVATE = (
    update(SigningKeyRow)
    .where(SigningKeyRow.kid == bindparam("key"))
    .values(active_from=bindparam("at"), **_MOVED)
)
REVOKE = (
    update(SigningKeyRow)
    .where(SigningKeyRow.kid == bindparam("key"), SigningKeyRow.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"), public="", sealed_private="", **_MOVED)
)
# A key that signs no more needs no private half: what is not there can't be stolen.
WIPE = (
    update(SigningKeyRow)
    .where(
        or_(
            and_(SigningKeyRow.retired_at <= bindparam("at"), SigningKeyRow.algorithm != OPENS),
            # One that opens does so until nothing that was encrypted to it is on its way.
            SigningKeyRow.removed_at <= bindparam("at"),
        ),
        SigningKeyRow.sealed_private != "",
    )
    .values(sealed_private="", **_MOVED)
)
RESEAL = {
    column: update(SigningKeyRow)
    .where(
        SigningKeyRow.kid == bindparam("key"), getattr(SigningKeyRow, column) == bindparam("before")
    )
    .values({column: bindparam("after")})
    for column in ("public", "sealed_private")
}

_LOCK = text("SELECT pg_advisory_xact_lock(7216101001)")


def lock(tx: Tx) -> None:
    """One change of the keys at a time; SQLite's write transaction is already alone."""
    if tx.dialect.name == "postgresql":
        tx.execute(_LOCK)


def next_version(tx: Tx) -> int:
    """The number of the change being made, under `lock`."""
    return int(tx.execute(VERSION).scalar_one()) + 1


def read_times(tx: Tx) -> tuple[KeyTimes, ...]:
    """Every key ever made, oldest first."""
    return tuple(KeyTimes(*row) for row in tx.execute(TIMES).all())
