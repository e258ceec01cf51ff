# SPDX-License-Identifier: Apache-2.0
"""Searching the audit, newest first, for the command line."""

from dataclasses import dataclass

from sqlalchemy import select

from idp.audit.models import AuditEventRow
from idp.audit.record import COLUMNS
from idp.db import Tx

MAX_FOUND = 1000
_COLUMNS = tuple(getattr(AuditEventRow, name) for name in ("id", *COLUMNS))


@dataclass(frozen=True, slots=True)
class Found:
    """A recorded event; `at` in microseconds, `detail` as JSON text."""

    id: int
    at: int
    kind: str
    outcome: str
    account: str | None
    application: str | None
    session: str | None
    means: str | None
    level: int | None
    address: str | None
    user_agent: str | None
    request_id: str | None
    detail: str | None


def search(
    tx: Tx,
    *,
    account: str | None = None,
    kind: str | None = None,
    since: int | None = None,
    until: int | None = None,
    limit: int = 50,
) -> list[Found]:
    """Events of an account, of a kind, from `since` up to before `until` (microseconds)."""
    query = select(*_COLUMNS).order_by(AuditEventRow.at.desc(), AuditEventRow.id.desc())
    if account is not None:
        query = query.where(AuditEventRow.account == account)
    if kind is not None:
        query = query.where(AuditEventRow.kind == kind)
    if since is not None:
        query = query.where(AuditEventRow.at >= since)
    if until is not None:
        query = query.where(AuditEventRow.at < until)
    rows = tx.execute(query.limit(min(max(limit, 0), MAX_FOUND))).all()
    return [Found(*row) for row in rows]
