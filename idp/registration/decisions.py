# SPDX-License-Identifier: Apache-2.0
"""What becomes of a request: each change of the version that was read, with its line of history.

Who may decide, and what a decision makes, is the administration's: here the request alone changes.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from idp.clock import Clock
from idp.db import Tx
from idp.registration.store import Store
from idp.registration.values import Happening, Request, Stage

# What the queue shows: a request is one from the moment when its mailbox is confirmed.
SEEN: Final = (Stage.PENDING, Stage.RETURNED, Stage.APPROVED, Stage.REFUSED)
LONGEST_TEXT: Final = 2000


class Act(StrEnum):
    """What a line of the history tells."""

    ASSIGNED = "assigned"
    RELEASED = "released"
    NOTED = "noted"
    PASSED_ON = "passed-on"
    APPROVED = "approved"
    ATTACHED = "attached"
    RETURNED = "returned"
    REFUSED = "refused"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Stale:
    """It has changed since it was read: how it is now, and what has happened meanwhile."""

    request: Request
    since: tuple[Happening, ...] = ()


class Decisions:
    """The verbs; each takes the caller's transaction and the version that somebody saw."""

    def __init__(self, clock: Clock, store: Store) -> None:
        self._clock = clock
        self._store = store

    def hold(self, tx: Tx, request: str) -> Request | None:
        """A request of the queue, which nobody else changes until the transaction ends."""
        found = self._store.hold(tx, request)
        return found if found is not None and found.stage in SEEN else None

    def assign(self, tx: Tx, request: Request, account: str | None, by: str) -> Request | Stale:
        """Give it to somebody, or to nobody."""
        act = Act.ASSIGNED if account else Act.RELEASED
        return self._change(tx, request, act, by, account or "", assigned_to=account)

    def note(self, tx: Tx, request: Request, text: str, by: str) -> Request | Stale:
        """A remark for those who decide; the person never sees it."""
        return self._change(tx, request, Act.NOTED, by, text)

    def pass_on(self, tx: Tx, request: Request, by: str) -> Request | Stale:
        """Leave it to the region."""
        was = request.establishment
        return self._change(tx, request, Act.PASSED_ON, by, was, establishment="", assigned_to=None)

    def approve(
        self, tx: Tx, request: Request, account: str, by: str, *, attached: bool = False
    ) -> Request | Stale:
        """It led to this account."""
        act = Act.ATTACHED if attached else Act.APPROVED
        return self._decide(tx, request, act, Stage.APPROVED, by, "", account_id=account)

    def refuse(self, tx: Tx, request: Request, reason: str, by: str) -> Request | Stale:
        """It leads to none; the reason is told to the person."""
        return self._decide(tx, request, Act.REFUSED, Stage.REFUSED, by, reason)

    def send_back(
        self, tx: Tx, request: Request, asked: str, by: str, life: int
    ) -> Request | Stale:
        """The person is asked for more; it waits for them so long."""
        until = self._clock.now() + life
        return self._change(
            tx,
            request,
            Act.RETURNED,
            by,
            asked,
            stage=Stage.RETURNED,
            answer=asked,
            expires_at=until,
        )

    def reopen(self, tx: Tx, request: Request, by: str) -> Request | Stale:
        """A refusal is taken back."""
        return self._change(
            tx,
            request,
            Act.REOPENED,
            by,
            "",
            stage=Stage.PENDING,
            decided_at=None,
            decided_by=None,
            answer="",
        )

    def since(self, tx: Tx, request: Request, seen: int) -> tuple[Happening, ...]:
        """What has happened since a version: each change but the person's typing has its line."""
        lines = self._store.history(tx, request.id)
        return tuple(lines[-(request.version - seen) :]) if request.version > seen else ()

    def _decide(
        self,
        tx: Tx,
        request: Request,
        act: Act,
        stage: Stage,
        by: str,
        answer: str,
        **changes: Any,
    ) -> Request | Stale:
        now = self._clock.now()
        return self._change(
            tx,
            request,
            act,
            by,
            answer,
            stage=stage,
            answer=answer,
            decided_at=now,
            decided_by=by,
            **changes,
        )

    def _change(
        self, tx: Tx, request: Request, act: Act, by: str, note: str, **changes: Any
    ) -> Request | Stale:
        kept = self._store.change(tx, replace(request, **changes))
        if kept is None:
            now = self._store.load(tx, request.id)
            return Stale(now or request)
        self._store.note(tx, request.id, act.value, by, note)
        return kept
