# SPDX-License-Identifier: Apache-2.0
"""Asks for everybody who waits for a phone: one thread a process leases what is due, a few ask.

No page waits for anybody. Of several processes each takes what no other has; of one that was killed
the lease runs out, and another goes on. What was heard lies sealed in the row until its browser
comes for it: whether that opens anything is judged then, by what is so then (OA-143). What an
application waits for no browser comes for: that is judged when it is heard
(`idp.login.phone_answers`).
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final

from connectors.base import Reason, Refused
from connectors.phones import Heard, Rings, Rung
from idp.accounts import national_ids
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.crypto import KeyRing
from idp.db import Database, Found, Tx
from idp.login import phone_statements as statements
from idp.login.phone_answers import PhoneAnswers
from idp.login.phone_desk import KIND, TABLE
from idp.logs import get
from idp.origin import Origin

ROUND: Final = 8
AT_ONCE: Final = 4
# Of one question: description, token, keys, userinfo.
EXCHANGES: Final = 4
# For what is done beside.
SPARE: Final = 5
# CIBA Core §11: for each word that we came too early.
SLOWER: Final = 5
ENDS: Final = {
    Reason.CANCELLED: "refused",
    Reason.EXPIRED: "expired",
    Reason.NOT_REACHED: "not-reached",
}
SILENT: Final = frozenset(one.value for one in (Reason.UNKNOWN, Reason.EXPIRED, Reason.NOT_REACHED))
log = get("phones")


@dataclass(frozen=True, slots=True)
class _Call:
    """A request, leased."""

    id: str
    # Empty where a journey waits for it.
    approval: str
    state: str
    number: str
    handle: str = field(repr=False)
    created_at: int
    expires_at: int
    pause: int
    lease: int
    whom: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Later:
    """It is asked about again."""

    state: str
    handle: str = field(repr=False)
    expires_at: int
    pause: int


@dataclass(frozen=True, slots=True)
class _Over:
    """It is decided; `why` is for the audit, where nobody came in by it."""

    state: str
    heard: str = field(default="", repr=False)
    why: str = ""
    detail: str = ""


class PhoneCalls:
    """Rounds of questions."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ring: KeyRing,
        audit: Audit,
        means: Rings,
        answers: PhoneAnswers,
        timeout: float,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ring = ring
        self._audit = audit
        self._means = means
        self._answers = answers
        # All of a round is asked about within it, also where each exchange takes its whole time:
        # an answer is told once, and whoever asked for it a second time would lose it.
        self._lease_time = ceil(ROUND / AT_ONCE * EXCHANGES * timeout) + SPARE
        self._unnoted: list[tuple[_Call, _Later | _Over | None]] = []
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="phones")

    def go_on(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Ask about all that is due."""
        late, self._unnoted = self._unnoted, []
        if late:
            self._settle(late)
        while not stop() and (calls := self._lease()):
            found = list(self._pool.map(self._ask, calls))
            # In one order: two that note at the same time don't lock one another.
            pairs = sorted(zip(calls, found, strict=True), key=lambda one: one[0].id)
            self._settle([one for one in pairs if not one[0].approval])
            for one in pairs:
                if one[0].approval:
                    # A login of its own each: nobody's fault is another's, nor is their lock.
                    self._settle([one])

    def _settle(self, pairs: Sequence[tuple[_Call, _Later | _Over | None]]) -> None:
        """Note what was learned; what can't be noted now is kept: some is told once only."""
        try:
            with self._database.write() as tx:
                for call, outcome in pairs:
                    self._note(tx, call, outcome)
        except Exception:
            if len(pairs) == 1:
                log.exception("a phone's answer was not noted")
                self._unnoted += pairs
            for one in pairs if len(pairs) > 1 else ():
                self._settle([one])

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _lease(self) -> list[_Call]:
        now = self._clock.now()
        with self._database.read() as tx:
            if tx.execute(statements.ANY_DUE, {"now": now}).first() is None:
                return []
        known = {"now": now, "until": now + self._lease_time, "most": ROUND}
        with self._database.write() as tx:
            rows = tx.execute(statements.LEASE, known).all()
        return [self._read(row) for row in rows]

    def _read(self, row: Found) -> _Call:
        whom = self._ring.open(row.whom, table=TABLE, column="whom", row=row.id)
        handle = b""
        if row.handle:
            handle = self._ring.open(row.handle, table=TABLE, column="handle", row=row.id)
        return _Call(
            row.id,
            row.approval or "",
            row.state,
            row.number,
            handle.decode(),
            row.created_at,
            row.expires_at,
            row.pause,
            row.lease,
            json.loads(whom),
        )

    def _ask(self, call: _Call) -> _Later | _Over | None:
        try:
            return self._asked(call)
        except Exception:
            # A fault of ours: the others' go on, this one's lease runs out.
            log.exception("a phone was not asked")
            return None

    def _asked(self, call: _Call) -> _Later | _Over:
        national_id = call.whom["national_id"]
        if call.state == "lost":
            return _Over("not-reached", why=Reason.NOT_REACHED.value, detail="cut off while asking")
        if call.state == "unknown":
            # Its time is over now; why has been told when it was learned.
            return _Over("expired")
        if call.state == "asking":
            return self._rung(call, self._means.ring(national_id, call.number))
        heard = self._means.hear(call.handle, national_id, call.created_at)
        if isinstance(heard, Heard):
            return _Over("accepted", heard.text)
        now = self._clock.now()
        if isinstance(heard, Refused) and heard.reason is Reason.UNKNOWN:
            # Some forget what has run out; and by their clock it did so a moment before ours.
            ends = now + call.pause >= call.expires_at
            return _over(Refused(Reason.EXPIRED if ends else Reason.NOT_BELIEVED, heard.detail))
        if isinstance(heard, Refused):
            return _over(heard)
        if now >= call.expires_at:
            return _over(Refused(Reason.EXPIRED))
        pause = call.pause + SLOWER if heard.slower else call.pause
        return _Later("waiting", call.handle, call.expires_at, pause)

    def _rung(self, call: _Call, rung: Rung | Refused) -> _Later | _Over:
        if isinstance(rung, Rung):
            end = min(call.expires_at, self._clock.now() + rung.life)
            return _Later("waiting", rung.handle, end, rung.interval)
        if rung.reason is Reason.UNKNOWN:
            return _Later("unknown", "", call.expires_at, 0)
        if call.approval and rung.reason is Reason.CANCELLED:
            # CIBA Core §13: nobody was asked, so nobody said no to the application.
            return _over(Refused(Reason.NOT_REACHED, "request: access_denied"))
        return _over(rung)

    def _note(self, tx: Tx, call: _Call, outcome: _Later | _Over | None) -> None:
        known: dict[str, Any] = {"request": call.id, "own": call.lease}
        if isinstance(outcome, _Later):
            now = self._clock.now()
            # The last question is asked when time is up; who is unknown is not asked about at all.
            again = now + outcome.pause if outcome.state == "waiting" else outcome.expires_at
            known |= {
                "new_state": outcome.state,
                "new_handle": self._seal(call, "handle", outcome.handle) if outcome.handle else "",
                "new_end": outcome.expires_at,
                "new_pause": outcome.pause,
                "again_at": min(again, max(outcome.expires_at, now + 1)),
            }
            noted = tx.execute(statements.LATER, known).first() is not None
            if noted and outcome.state == "unknown":
                self._tell(tx, call, _Over("", why=Reason.UNKNOWN.value))
        if isinstance(outcome, _Over):
            known |= {"new_state": outcome.state, "now": self._clock.now()}
            # What an application waits for is judged now, and kept for nobody.
            kept = outcome.heard and not call.approval
            known["new_heard"] = self._seal(call, "heard", outcome.heard) if kept else ""
            noted = tx.execute(statements.DECIDE, known).first() is not None
            if noted and call.approval:
                self._answer(tx, call, outcome)
            elif noted and outcome.why:
                self._tell(tx, call, outcome)

    def _answer(self, tx: Tx, call: _Call, outcome: _Over) -> None:
        """What it comes to for the application; what is neither yes nor no leaves it waiting."""
        account, became = call.whom["account"], None
        if outcome.state == "accepted":
            became = self._answers.accepted(tx, account, call.approval, Heard(outcome.heard))
        elif outcome.state == "refused":
            became = self._answers.refused(tx, account, call.approval)
        elif outcome.why:
            self._tell(tx, call, outcome)
        if became is not None:
            tx.execute(statements.BELIE, {"request": call.id, "new_state": became})

    def _tell(self, tx: Tx, call: _Call, outcome: _Over) -> None:
        """A refusal is told to whoever reads the audit, whether the browser comes back or not."""
        account = call.whom["account"]
        if account is None:
            account = next(iter(national_ids.holders(tx, call.whom["national_id"])), None)
        # Nobody tried to log in who was only asked for.
        silent = bool(call.approval) and outcome.why in SILENT
        event = Event(
            "approval.unanswered" if silent else "login.failed",
            "refused",
            account=account,
            application=call.whom["application"],
            means=KIND,
            detail={"why": outcome.why} | ({"detail": outcome.detail} if outcome.detail else {}),
        )
        self._audit.record(tx, event, Origin(call.whom["address"], "", ""))

    def _seal(self, call: _Call, column: str, text: str) -> str:
        return self._ring.seal(text.encode(), table=TABLE, column=column, row=call.id)


def _over(refused: Refused) -> _Over:
    state = ENDS.get(refused.reason, "not-believed")
    return _Over(state, why=refused.reason.value, detail=refused.detail)
