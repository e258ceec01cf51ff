# SPDX-License-Identifier: Apache-2.0
"""Logouts that a browser carries to applications which nothing else can tell.

The session is over before any of this begins. What is kept here is who was told, for the page that
says so; on whichever node it is asked for. A farewell is shown to the browser that left, and to no
other; an application answers what it was asked last, once.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from sqlalchemy import bindparam, case, delete, insert, null, select, update

from idp.clock import DRIFT, Clock, Entropy
from idp.crypto import KeyRing
from idp.db import Found, Tx, table_of
from idp.lookup import Lookup
from idp.sessions.models import FarewellCallRow, FarewellRow

LIFE = 900
# How long a page waits for answers, once it was shown.
PATIENCE = 6
MOST_TRIES = 5
LONGEST_NAME = 64

table = table_of(FarewellRow)
calls = table_of(FarewellCallRow)
ADD = insert(table)
ADD_CALL = insert(calls)
FIND = select(table).where(table.c.id == bindparam("farewell"))
CALLS = select(calls).where(calls.c.farewell_id == bindparam("farewell"))
SHOW = (
    update(table)
    .where(table.c.id == bindparam("farewell"), table.c.shown_at.is_(None))
    .values(shown_at=bindparam("now"))
)
ASK = (
    update(calls)
    .where(
        calls.c.id == bindparam("call"),
        calls.c.farewell_id == bindparam("farewell"),
        calls.c.is_led == 1,
        calls.c.state.in_(("waiting", "failed", "asked")),
        calls.c.tries < MOST_TRIES,
    )
    .values(state="waiting", asked=bindparam("asked_"), tries=calls.c.tries + 1)
    .returning(
        calls.c.application,
        calls.c.account_id,
        calls.c.session_id,
        calls.c.means,
        calls.c.token,
    )
)
# One statement: of two answers to one question, one counts.
ANSWER = (
    update(calls)
    .where(
        calls.c.asked == bindparam("answered"),
        calls.c.application == bindparam("application_"),
    )
    .values(
        state=bindparam("state_"),
        asked=None,
        # What a session elsewhere was ended with is good for nothing more.
        token=case((bindparam("state_") == "reached", null()), else_=calls.c.token),
    )
    .returning(calls.c.farewell_id)
)
# In the farewell of whoever says so. More than that it was asked, nobody knows.
HEARD = (
    update(calls)
    .where(calls.c.asked == bindparam("asked_"), calls.c.farewell_id == bindparam("farewell"))
    .values(state="asked", asked=None)
)
OLD = select(table.c.id).where(table.c.expires_at < bindparam("before"))
FORGET = (
    delete(calls).where(calls.c.farewell_id.in_(OLD)),
    delete(table).where(table.c.expires_at < bindparam("before")),
)


class State(Enum):
    """What an application knows of it, as far as we do."""

    WAITING = "waiting"
    REACHED = "reached"
    # Led to, by a page that answers nothing.
    ASKED = "asked"
    FAILED = "failed"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True)
class Part:
    """An application of the session that is over; or another provider, where theirs goes on."""

    application: str
    account: str
    session: str
    state: State
    # Whether the browser can be led there.
    is_led: bool = False
    # Of another provider by which they came: the means, and what the session there is ended with.
    means: str = ""
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Call(Part):
    """The same, kept."""

    id: str = ""
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Farewell:
    """A logout under way, or at its end."""

    id: str
    onward: str
    calls: tuple[Call, ...]
    is_shown: bool

    @property
    def applications(self) -> tuple[Call, ...]:
        """Those that are told."""
        return tuple(one for one in self.calls if not one.means)

    @property
    def providers(self) -> tuple[Call, ...]:
        """Those by whom they came, after all others."""
        return tuple(one for one in self.calls if one.means)

    @property
    def is_over(self) -> bool:
        """Whether no application is waited for any more."""
        return all(one.state is not State.WAITING for one in self.applications)

    @property
    def is_asked(self) -> bool:
        """Whether every application knows, as far as anybody can know it."""
        known = (State.REACHED, State.ASKED)
        return all(one.state in known for one in self.applications)

    @property
    def is_complete(self) -> bool:
        """Whether every application knows."""
        return all(one.state is State.REACHED for one in self.applications)


class Farewells:
    """The verbs."""

    def __init__(self, clock: Clock, entropy: Entropy, lookup: Lookup, ring: KeyRing) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup
        self._ring = ring

    def begin(self, tx: Tx, browser: str, onward: str, parts: Sequence[Part]) -> str:
        """Keep who is told already and who is not; the name of it for the pages."""
        farewell = self._entropy.token()
        row = {
            "id": farewell,
            "browser": self._lookup.hash(browser),
            "onward": onward,
            "expires_at": self._clock.now() + LIFE,
        }
        tx.execute(ADD, row)
        for position, part in enumerate(parts):
            call = self._entropy.token()
            known = {
                "id": call,
                "farewell_id": farewell,
                "position": position,
                "application": part.application,
                "account_id": part.account,
                "session_id": part.session,
                "state": part.state.value,
                "is_led": int(part.is_led),
                "tries": 0,
                "means": part.means or None,
                "token": self._ring.seal(part.token.encode(), **_place(call))
                if part.token
                else None,
            }
            tx.execute(ADD_CALL, known)
        return farewell

    def find(self, tx: Tx, farewell: str, browser: str) -> Farewell | None:
        """The farewell of this browser, as things stand now."""
        if len(farewell) > LONGEST_NAME or "\x00" in farewell:
            return None
        row = tx.execute(FIND, {"farewell": farewell}).first()
        now = self._clock.now()
        if row is None or not now < row.expires_at <= now + LIFE + DRIFT:
            return None
        if not hmac.compare_digest(row.browser, self._lookup.hash(browser)):
            return None
        late = row.shown_at is not None and now - row.shown_at >= PATIENCE
        found = sorted(
            tx.execute(CALLS, {"farewell": farewell}).all(), key=lambda one: one.position
        )
        return Farewell(
            row.id,
            row.onward,
            tuple(_read(one, late=late) for one in found),
            row.shown_at is not None,
        )

    def show(self, tx: Tx, farewell: str) -> None:
        """The page is shown: from now on applications have their few seconds."""
        tx.execute(SHOW, {"farewell": farewell, "now": self._clock.now()})

    def ask(self, tx: Tx, farewell: str, call: str) -> tuple[Part, str] | None:
        """Lead the browser to an application: whose session it was, and what names the question."""
        # Of letters that every protocol takes for a name.
        asked = f"_{self._entropy.bytes(20).hex()}"
        if len(call) > LONGEST_NAME or "\x00" in call:
            return None
        known = {"farewell": farewell, "call": call, "asked_": asked}
        row = tx.execute(ASK, known).first()
        if row is None:
            return None
        token = self._ring.open(row.token, **_place(call)).decode() if row.token else ""
        part = Part(
            row.application,
            row.account_id,
            row.session_id,
            State.WAITING,
            is_led=True,
            means=row.means or "",
            token=token,
        )
        return part, asked

    def answer(self, tx: Tx, application: str, asked: str, *, done: bool) -> str | None:
        """Note what an application says to a question; the farewell that it belongs to."""
        state = State.REACHED if done else State.FAILED
        known = {"answered": asked, "application_": application, "state_": state.value}
        row = tx.execute(ANSWER, known).first()
        return row.farewell_id if row else None

    def hear(self, tx: Tx, farewell: str, asked: str) -> None:
        """The browser was led to an application that answers nothing."""
        if len(asked) <= LONGEST_NAME and "\x00" not in asked:
            tx.execute(HEARD, {"farewell": farewell, "asked_": asked})

    def forget_old(self, tx: Tx, before: int) -> None:
        """Drop those that expired before this moment."""
        for each in FORGET:
            tx.execute(each, {"before": before})


def provider_named(means: str) -> str:
    """In the place of an application's key: no application is called so."""
    return f"/{means}"


def _place(call: str) -> dict[str, str]:
    return {"table": "farewell_calls", "column": "token", "row": call}


def _read(row: Found, *, late: bool) -> Call:
    state = State(row.state)
    if state is State.WAITING and late and not row.means:
        state = State.FAILED
    return Call(
        row.application,
        row.account_id,
        row.session_id,
        state,
        is_led=row.is_led == 1,
        means=row.means or "",
        id=row.id,
        tries=row.tries,
    )
