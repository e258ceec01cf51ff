# SPDX-License-Identifier: Apache-2.0
"""What a page of ours sends somebody to another provider for, other than to log in.

What comes back proves who they are, to that page alone, and opens nothing: no session is made of
it. It counts once, in the browser that left, for the very draft or session that it left from
(BR-001, BR-003, BR-011): all of that stands in one condition of one statement.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from idp.clock import DRIFT, Clock
from idp.crypto import KeyRing
from idp.db import Tx, table_of
from idp.login.models import ErrandRow
from idp.lookup import Lookup

# BR-003: whoever comes back later has long begun anew.
LIFE: Final = 600
# Stands after what an errand is for: no journey is called so.
MARK: Final = "~"
# By whom what comes back must be said, beside what is kept.
PROVIDER: Final = "provider"
table = table_of(ErrandRow)
ADD = insert(table)
TAKE = (
    delete(table)
    .where(
        table.c.hash == bindparam("state"),
        table.c.owner == bindparam("whose"),
        table.c.expires_at > bindparam("now"),
        table.c.created_at <= bindparam("latest"),
    )
    .returning(table.c.kept)
)
LOOK = select(table.c.kept).where(
    table.c.hash == bindparam("state"), table.c.expires_at > bindparam("now")
)
ADD_ASIDE = (
    update(table)
    .where(table.c.hash == bindparam("state"), table.c.kept == bindparam("before"))
    .values(kept=bindparam("after"))
)
FORGET = delete(table).where(table.c.expires_at < bindparam("now"))
DROP = delete(table).where(table.c.hash == bindparam("state"))
REPLACE = delete(table).where(table.c.owner == bindparam("whose"))


@dataclass(frozen=True, slots=True)
class Errand:
    """By which provider, what for, and whose: a draft, or a session with its account."""

    provider: str
    purpose: str
    whose: str
    browser: str

    @property
    def name(self) -> str:
        """What comes back begins with it. It is read by others on the way: nobody is in it."""
        return f"{self.purpose}{MARK}"


class Errands:
    """The verbs."""

    def __init__(self, clock: Clock, lookup: Lookup, ring: KeyRing) -> None:
        self._clock = clock
        self._lookup = lookup
        self._ring = ring

    def begin(self, tx: Tx, errand: Errand, state: str, kept: Mapping[str, Any]) -> None:
        """Keep what they leave with; `state` is what the provider will send back.

        Of each owner one: whoever leaves again comes back once.
        """
        now, hashed, whose = self._clock.now(), self._lookup.hash(state), self._owner(errand)
        row = {
            "hash": hashed,
            "owner": whose,
            "kept": self._ring.seal(
                json.dumps({**kept, PROVIDER: errand.provider}).encode(), **_place(hashed)
            ),
            "created_at": now,
            "expires_at": now + LIFE,
        }
        tx.execute(REPLACE, {"whose": whose})
        tx.execute(ADD, row)

    def take(self, tx: Tx, errand: Errand, state: str) -> dict[str, Any] | None:
        """What they left with, once; None where this is not theirs, or over."""
        now, hashed = self._clock.now(), self._lookup.hash(state)
        known = {"state": hashed, "whose": self._owner(errand), "now": now, "latest": now + DRIFT}
        sealed = tx.execute(TAKE, known).scalar()
        if sealed is None or not errand.browser:
            return None
        found: dict[str, Any] = json.loads(self._ring.open(sealed, **_place(hashed)))
        found.pop(PROVIDER, None)
        return found

    def aside(self, tx: Tx, state: str, provider: str) -> dict[str, Any] | None:
        """What somebody left with, for whoever knows what this provider sends back; it stays.

        BR-004: what another provider sends back finds nothing.
        """
        hashed = self._lookup.hash(state)
        sealed = tx.execute(LOOK, {"state": hashed, "now": self._clock.now()}).scalar()
        if sealed is None:
            return None
        found: dict[str, Any] = json.loads(self._ring.open(sealed, **_place(hashed)))
        return found if found.get(PROVIDER) == provider else None

    def add_aside(
        self, tx: Tx, state: str, seen: Mapping[str, Any], more: Mapping[str, Any]
    ) -> bool:
        """Put more beside what was seen there; once: of two that come at once, one is kept."""
        hashed, now = self._lookup.hash(state), self._clock.now()
        before = tx.execute(LOOK, {"state": hashed, "now": now}).scalar()
        if before is None or json.loads(self._ring.open(before, **_place(hashed))) != dict(seen):
            return False
        after = self._ring.seal(json.dumps({**seen, **more}).encode(), **_place(hashed))
        known = {"state": hashed, "before": before, "after": after}
        return tx.execute(ADD_ASIDE, known).rowcount == 1

    def drop(self, tx: Tx, state: str) -> None:
        """Nobody comes back from this one any more."""
        tx.execute(DROP, {"state": self._lookup.hash(state)})

    def counter_of(self, errand: Errand) -> str:
        """By what its tries are counted, however often they leave."""
        return self._owner(errand).hex()

    def forget_old(self, tx: Tx) -> None:
        """Drop those that nobody comes back from any more."""
        tx.execute(FORGET, {"now": self._clock.now()})

    def _owner(self, errand: Errand) -> bytes:
        parts = (errand.provider, errand.purpose, errand.whose, errand.browser)
        return self._lookup.hash(json.dumps(parts))


def _place(hashed: bytes) -> dict[str, str]:
    return {"table": "errands", "column": "kept", "row": hashed.hex()}
