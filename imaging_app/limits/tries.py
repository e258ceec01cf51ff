# SPDX-License-Identifier: Apache-2.0
"""Counting tries: one statement, so that of many at once none is missed."""

from sqlalchemy import bindparam, case, delete, or_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from imaging_app.clock import HOUR, Now
from imaging_app.crypto import Keys
from imaging_app.db import Tx, table_of
from imaging_app.limits.models import TriesRow

table = table_of(TriesRow)
# A window that began in a time still to come was noted before a clock was set back.
_over = or_(table.c.began_at <= bindparam("before_"), table.c.began_at > bindparam("now_"))
COUNT = (
    upsert(table)
    .values(bucket=bindparam("bucket_"), began_at=bindparam("now_"), number=1)
    .on_conflict_do_update(
        index_elements=[table.c.bucket],
        set_={
            "number": case((_over, 1), else_=table.c.number + 1),
            "began_at": case((_over, bindparam("now_")), else_=table.c.began_at),
        },
    )
    .returning(table.c.number)
)
BACK = (
    update(table)
    .where(table.c.bucket == bindparam("bucket_"), table.c.number > 0)
    .values(number=table.c.number - 1)
)
PURGE = delete(table).where(table.c.began_at <= bindparam("before_"))


class Tries:
    """How often somebody tried within the hour that their first try began."""

    def __init__(self, keys: Keys, now: Now) -> None:
        self._keys = keys
        self._now = now

    def count(self, tx: Tx, what: str, who: str, most: int) -> bool:
        """Count one more; whether it is still among those that may be made."""
        now = self._now()
        bucket = self._keys.fingerprint("tries", f"{what}|{who}")
        asked = {"bucket_": bucket, "now_": now, "before_": now - HOUR}
        number: int = tx.execute(COUNT, asked).scalar_one()
        return number <= most

    def give_back(self, tx: Tx, what: str, who: str) -> None:
        """The last one was none that counts."""
        tx.execute(BACK, {"bucket_": self._keys.fingerprint("tries", f"{what}|{who}")})

    def purge(self, tx: Tx) -> int:
        """Forget windows that are over; how many."""
        return int(tx.execute(PURGE, {"before_": self._now() - HOUR}).rowcount)
