# SPDX-License-Identifier: Apache-2.0
"""Journeys kept on the server: begun by one browser, found by it alone, finished once."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from idp.clock import Clock
from idp.db import Tx, table_of
from idp.login.models import JourneyRow
from idp.login.request import LoginRequest, dump, read
from idp.lookup import Lookup

table = table_of(JourneyRow)
ADD = insert(table)
LOAD = select(table).where(table.c.id == bindparam("journey"))
FINISH = (
    update(table)
    .where(
        table.c.id == bindparam("journey"),
        table.c.finished_at.is_(None),
        table.c.expires_at > bindparam("now"),
    )
    .values(finished_at=bindparam("now"))
    .returning(table.c.id)
)
STATE = select(table.c.state).where(table.c.id == bindparam("journey"))
# FOR UPDATE: what two requests put aside at the same time under two names is both there.
HELD_STATE = STATE.with_for_update()
PUT_STATE = (
    update(table)
    .where(table.c.id == bindparam("journey"), table.c.finished_at.is_(None))
    .values(state=bindparam("new_state"))
)
# FOR UPDATE: two answers to one form wait for each other, and the second finds it finished.
HOLD = select(table.c.finished_at).where(table.c.id == bindparam("journey")).with_for_update()
FORGET = delete(table).where(table.c.expires_at < bindparam("before"))


class NoJourney(Enum):
    """Why a journey can't go on in this browser; each has its page."""

    UNKNOWN = "journey-unknown"
    OTHER_BROWSER = "journey-other-browser"
    EXPIRED = "journey-expired"
    FINISHED = "journey-finished"


@dataclass(frozen=True, slots=True)
class Stopped:
    """A journey that can't go on, with its request where the browser may know it."""

    why: NoJourney
    request: LoginRequest | None = None


class Journeys:
    """The verbs of journeys."""

    def __init__(self, clock: Clock, lookup: Lookup, life: int, keep: int) -> None:
        self._clock = clock
        self._lookup = lookup
        self._life = life
        self._keep = keep

    def begin(self, tx: Tx, request: LoginRequest, browser: str) -> None:
        """Keep a request for the browser that brought it."""
        now = self._clock.now()
        row = {
            "id": request.id,
            "browser_hash": self._lookup.hash(browser),
            "request": dump(request),
            "created_at": now,
            "expires_at": now + self._life,
            "finished_at": None,
        }
        tx.execute(ADD, row)

    def find(self, tx: Tx, journey: str, browser: str) -> LoginRequest | Stopped:
        """The request of a journey that this browser may continue."""
        if len(journey) > 64 or "\x00" in journey:
            return Stopped(NoJourney.UNKNOWN)
        row = tx.execute(LOAD, {"journey": journey}).first()
        if row is None:
            return Stopped(NoJourney.UNKNOWN)
        # OA-172: a journey's address opened elsewhere leads nowhere.
        if not browser or not hmac.compare_digest(row.browser_hash, self._lookup.hash(browser)):
            return Stopped(NoJourney.OTHER_BROWSER)
        request = read(row.request)
        if row.finished_at is not None:
            return Stopped(NoJourney.FINISHED, request)
        if row.expires_at <= self._clock.now():
            return Stopped(NoJourney.EXPIRED, request)
        return request

    def state(self, tx: Tx, journey: str) -> dict[str, Any]:
        """What was put aside in this journey, by name."""
        return _read_state(tx.execute(STATE, {"journey": journey}).scalar())

    def put_aside(self, tx: Tx, journey: str, name: str, value: Mapping[str, Any] | None) -> None:
        """Put something aside under a name, or take it away."""
        state = _read_state(tx.execute(HELD_STATE, {"journey": journey}).scalar())
        if value is None:
            state.pop(name, None)
        else:
            state[name] = dict(value)
        tx.execute(PUT_STATE, {"journey": journey, "new_state": json.dumps(state)})

    def add_aside(
        self, tx: Tx, journey: str, name: str, member: str, value: str, more: Mapping[str, Any]
    ) -> bool:
        """Put more beside what lies under a name, for whoever knows one member of it; once."""
        state = _read_state(tx.execute(HELD_STATE, {"journey": journey}).scalar())
        found = _known(state, name, member, value)
        if found is None or more.keys() & found.keys():
            return False
        state[name] = {**found, **more}
        known = {"journey": journey, "new_state": json.dumps(state)}
        return tx.execute(PUT_STATE, known).rowcount == 1

    def take_aside(
        self, tx: Tx, journey: str, name: str, member: str, value: str
    ) -> dict[str, Any] | None:
        """Take away what was put aside under a name, once, for whoever knows one member of it."""
        state = _read_state(tx.execute(HELD_STATE, {"journey": journey}).scalar())
        found = _known(state, name, member, value)
        if found is None:
            return None
        del state[name]
        tx.execute(PUT_STATE, {"journey": journey, "new_state": json.dumps(state)})
        return found

    def aside(
        self, tx: Tx, journey: str, name: str, member: str, value: str
    ) -> dict[str, Any] | None:
        """What lies under a name, for whoever knows one member of it; it stays."""
        return _known(self.state(tx, journey), name, member, value)

    def hold(self, tx: Tx, journey: str) -> bool:
        """Keep a journey to oneself until the end of the transaction; False if it is finished."""
        row = tx.execute(HOLD, {"journey": journey}).first()
        return row is not None and row.finished_at is None

    def finish(self, tx: Tx, journey: str) -> bool:
        """Close a journey; True for the one who closes it, so that it answers once."""
        known = {"journey": journey, "now": self._clock.now()}
        return tx.execute(FINISH, known).first() is not None

    def forget_old(self, tx: Tx) -> None:
        """Drop journeys whose helpful pages nobody will open any more."""
        tx.execute(FORGET, {"before": self._clock.now() - self._keep})


def _known(state: Mapping[str, Any], name: str, member: str, value: str) -> dict[str, Any] | None:
    """What lies under a name, for whoever knows one member of it."""
    found: dict[str, Any] | None = state.get(name)
    known = str(found.get(member, "")).encode() if found else b""
    right = known and hmac.compare_digest(known, value.encode("utf-8", "replace"))
    return found if right else None


def _read_state(text: str | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text) if text else {}
    return found
