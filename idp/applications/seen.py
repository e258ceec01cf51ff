# SPDX-License-Identifier: Apache-2.0
"""The last requests of each application as they were understood here: for whoever connects it.

One row for each fault, and one for what is taken. Anybody can send a request in an application's
name: so nobody pushes a row out by sending more of the same, and one a second is noted at most.
Neither secrets nor what tells of a person belong here; those who call leave both out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import SQLAlchemyError

from idp.applications.models import SeenRequestRow
from idp.audit.record import clean
from idp.clock import Clock
from idp.db import Database, Tx, table_of
from idp.logs import get

# Of one application.
MOST: Final = 20
KEPT: Final = 7 * 86_400
LONGEST: Final = 300
# In whose name nobody is registered.
NOBODY: Final = ""
log = get("applications")
table = table_of(SeenRequestRow)
NEW = upsert(table)
PUT = NEW.on_conflict_do_update(
    index_elements=["application", "mark"],
    set_={
        "fault": NEW.excluded.fault,
        "facts": NEW.excluded.facts,
        "last_at": NEW.excluded.last_at,
        "times": table.c.times + 1,
    },
)
OF = (
    select(table)
    .where(table.c.application == bindparam("name"), table.c.last_at >= bindparam("since"))
    .order_by(table.c.last_at.desc(), table.c.mark)
    .limit(MOST)
)
NEWEST = (
    select(table.c.mark)
    .where(table.c.application == bindparam("name"))
    .order_by(table.c.last_at.desc(), table.c.mark)
    .limit(MOST)
)
CUT = delete(table).where(
    table.c.application == bindparam("name"), table.c.fault != "", table.c.mark.not_in(NEWEST)
)
FORGET = delete(table).where(table.c.last_at < bindparam("before"))


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """The last of its kind."""

    # Empty where it was taken.
    fault: str
    facts: Mapping[str, str]
    first_at: int
    last_at: int
    # At least: of many at once, one a second is counted.
    times: int


class SeenRequests:
    """Notes them, and tells of them."""

    def __init__(self, clock: Clock, database: Database) -> None:
        self._clock = clock
        self._database = database
        self._noted: dict[tuple[str, bool], int] = {}
        self._lock = Lock()

    def is_due(self, application: str, *, taken: bool, pause: int = 1) -> bool:
        """Whether one more may be noted now; whoever asks notes it."""
        now = self._clock.now()
        with self._lock:
            last = self._noted.get((application, taken))
            if last is not None and last <= now < last + pause:
                return False
            self._noted[application, taken] = now
            return True

    def note(
        self, tx: Tx, application: str, facts: Mapping[str, str], fault: str = "", about: str = ""
    ) -> None:
        """Note one; `about` tells faults of one name apart."""
        now = self._clock.now()
        kept = {name: clean(value, LONGEST) for name, value in facts.items() if value}
        row = {
            "application": application,
            "mark": sha256(f"{fault}|{about}".encode()).hexdigest()[:32] if fault else "taken",
            "fault": clean(fault, LONGEST),
            "facts": json.dumps(kept, ensure_ascii=False),
            "first_at": now,
            "last_at": now,
            "times": 1,
        }
        tx.execute(PUT, row)
        if fault:
            tx.execute(CUT, {"name": application})

    def refused(
        self, application: str, facts: Mapping[str, str], fault: str, about: str = ""
    ) -> None:
        """Note one that is answered by a refusal, in a transaction of its own."""
        if self.is_due(application, taken=False):
            try:
                with self._database.write() as tx:
                    self.note(tx, application, facts, fault, about)
            except SQLAlchemyError as broken:
                # Whoever is refused is told why all the same.
                log.warning("a refused request is not noted", why=type(broken).__name__)

    def of(self, tx: Tx, application: str) -> list[SeenRequest]:
        """The newest first."""
        rows = tx.execute(OF, {"name": application, "since": self._clock.now() - KEPT}).all()
        return [
            SeenRequest(row.fault, json.loads(row.facts), row.first_at, row.last_at, row.times)
            for row in rows
        ]


def forget_old(tx: Tx, now: int) -> None:
    """Drop what is too old to help anybody."""
    tx.execute(FORGET, {"before": now - KEPT})
