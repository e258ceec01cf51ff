# SPDX-License-Identifier: Apache-2.0
"""What happened to one account, newest first, a page at a time: along the index of accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, bindparam, or_, select

from idp.audit.models import AuditEventRow
from idp.db import Tx, table_of

table = table_of(AuditEventRow)
END: Final = 2**62
MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Past:
    """One event of an account; `at` in microseconds, `detail` as JSON text."""

    id: int
    at: int
    kind: str
    application: str | None
    means: str | None
    address: str | None
    user_agent: str | None
    detail: str | None


COLUMNS = tuple(table.c[name] for name in Past.__dataclass_fields__)
PAGE = (
    select(*COLUMNS)
    .where(
        table.c.account == bindparam("account_"),
        table.c.kind.in_(bindparam("kinds", expanding=True)),
        # The first half is what an index can use; the second parts events of one microsecond.
        table.c.at <= bindparam("before_at"),
        or_(
            table.c.at < bindparam("before_at"),
            and_(table.c.at == bindparam("before_at"), table.c.id < bindparam("before_id")),
        ),
    )
    .order_by(table.c.at.desc(), table.c.id.desc())
    .limit(bindparam("most"))
)


NEWEST = (
    select(table.c.at)
    .where(
        table.c.account == bindparam("account_"),
        table.c.kind == bindparam("kind_"),
        table.c.means.in_(bindparam("means_", expanding=True)),
    )
    .order_by(table.c.at.desc())
    .limit(1)
)


def newest_by(tx: Tx, account: str, kind: str, means: Sequence[str]) -> int | None:
    """When something last happened to an account by one of these means, in microseconds."""
    known = {"account_": account, "kind_": kind, "means_": list(means)}
    found: int | None = tx.execute(NEWEST, known).scalar()
    return found


def past_of(
    tx: Tx,
    account: str,
    kinds: Sequence[str],
    most: int,
    before: tuple[int, int] = (END, END),
) -> list[Past]:
    """Events of these kinds, older than the one named by its moment and number."""
    known = {
        "account_": account,
        "kinds": list(kinds),
        "before_at": before[0],
        "before_id": before[1],
        "most": most,
    }
    return [Past(*row) for row in tx.execute(PAGE, known).all()]
