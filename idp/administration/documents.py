# SPDX-License-Identifier: Apache-2.0
"""Small documents of the administration, sealed at rest: each opens in its own row alone."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, func, select, update

from idp.administration.models import AccountChangeRow, ProposalRow, RegionChangeRow, SavedViewRow
from idp.crypto import VERSION, KeyRing
from idp.db import Tx, table_of

TABLES = tuple(
    table_of(one) for one in (AccountChangeRow, RegionChangeRow, ProposalRow, SavedViewRow)
)
SEALED_BY_OTHERS = tuple(
    select(one.c.id, one.c.document)
    .where(func.substr(one.c.document, 1, bindparam("length")) != bindparam("beginning"))
    .limit(bindparam("most"))
    for one in TABLES
)
# Only what was read is replaced.
REPLACE = tuple(
    update(one)
    .where(one.c.id == bindparam("row"), one.c.document == bindparam("before"))
    .values(document=bindparam("after"))
    for one in TABLES
)


class Documents:
    """Those of one table, which has an `id` and a `document`."""

    def __init__(self, ring: KeyRing, table: str) -> None:
        self._ring = ring
        self._table = table

    def seal(self, row: str, document: Mapping[str, Any]) -> str:
        """As stored."""
        return _seal(self._ring, self._table, row, json.dumps(document, separators=(",", ":")))

    def open(self, row: str, sealed: str) -> dict[str, Any]:
        """What was sealed there."""
        found: dict[str, Any] = json.loads(_open(self._ring, self._table, row, sealed))
        return found


def reseal(tx: Tx, ring: KeyRing, most: int = 100) -> int:
    """Seal up to so many of each table again with the active key; 0 when none is left."""
    beginning = f"{VERSION}.{ring.active_id}."
    known = {"beginning": beginning, "length": len(beginning), "most": most}
    done = 0
    for table, others, replace in zip(TABLES, SEALED_BY_OTHERS, REPLACE, strict=True):
        for row in tx.execute(others, known).all():
            plain = _open(ring, table.name, row.id, row.document)
            after = _seal(ring, table.name, row.id, plain)
            tx.execute(replace, {"row": row.id, "before": row.document, "after": after})
            done += 1
    return done


def _seal(ring: KeyRing, table: str, row: str, text: str) -> str:
    return ring.seal(text.encode(), table=table, column="document", row=row)


def _open(ring: KeyRing, table: str, row: str, sealed: str) -> str:
    return ring.open(sealed, table=table, column="document", row=row).decode()
