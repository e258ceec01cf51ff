# SPDX-License-Identifier: Apache-2.0
"""What became of a try, noted: the state, the breaker of its channel, the audit where it ends."""

from dataclasses import dataclass, field

from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Found, Tx
from idp.messages import breaker
from idp.messages import statements as say
from idp.messages.outcome import Dropped, Later, Outcome, Sent

# Then the last one, again and again, for as long as the content is of worth.
DELAYS = (5, 15, 45, 120, 300, 600, 1200, 1800, 3600)
LONGEST_WHY = 128


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that somebody has a lease on, still sealed."""

    id: str
    channel: str
    purpose: str
    account: str | None
    # Whose lease it is.
    worker: str
    tries: int
    worthless_at: int
    recipient: str = field(default="", repr=False)
    content: str = field(default="", repr=False)
    created_at: int = 0
    # The one that is tried after the breaker's pause.
    trial: bool = False


class Noting:
    """Keeps outcomes, in the caller's transaction."""

    def __init__(self, clock: Clock, audit: Audit) -> None:
        self._clock = clock
        self._audit = audit

    def note(self, tx: Tx, taken: Taken, outcome: Outcome, *, one_provider: bool = False) -> None:
        """Keep the outcome of one try. Only who holds the lease may put a message back."""
        now = self._clock.now()
        own = {"message": taken.id, "worker_": taken.worker}
        if isinstance(outcome, Sent):
            known = {"message": taken.id, "ref": outcome.ref[:64] or None, "now": now}
            tx.execute(say.SENT, known)
        elif isinstance(outcome, Dropped):
            tx.execute(say.DROPPED, own)
        elif isinstance(outcome, Later):
            again_at = min(now + delay(taken.tries), taken.worthless_at)
            tx.execute(say.LATER, own | {"again_at": again_at, "why": outcome.why[:LONGEST_WHY]})
        elif tx.execute(say.FAILED, own | {"now": now, "why": outcome.why[:LONGEST_WHY]}).first():
            self._tell(tx, "message.failed", taken, {"why": outcome.why, "tries": taken.tries})
        if one_provider:
            self._note_provider(tx, taken, outcome, now)

    def _note_provider(self, tx: Tx, taken: Taken, outcome: Outcome, now: int) -> None:
        if not isinstance(outcome, Later):
            if breaker.note_success(tx, taken.channel) and taken.trial:
                event = Event("messages.channel_up", detail={"channel": taken.channel})
                self._audit.record(tx, event)
        elif outcome.outage:
            until = breaker.note_failure(tx, taken.channel, now, trial=taken.trial)
            if until and not taken.trial:
                detail = {"channel": taken.channel, "why": outcome.why}
                self._audit.record(tx, Event("messages.channel_down", "failed", detail=detail))

    def drop_worthless(self, tx: Tx) -> int:
        """End what would only confuse by now, in one batch; how many there were."""
        gone = tx.execute(say.WORTHLESS, {"now": self._clock.now()}).all()
        for row in gone:
            self._tell(tx, "message.worthless", row, {"tries": row.tries})
        return len(gone)

    def delivered(self, tx: Tx, message: str) -> bool:
        """The provider says that it arrived; whether that is news."""
        known = {"message": message, "now": self._clock.now()}
        return tx.execute(say.DELIVERED, known).first() is not None

    def undelivered(self, tx: Tx, message: str, why: str) -> bool:
        """The provider says that it did not arrive, after all; whether that is news."""
        known = {"message": message, "why": why[:LONGEST_WHY], "now": self._clock.now()}
        row = tx.execute(say.UNDELIVERED, known).first()
        if row is not None:
            self._tell(tx, "message.failed", row, {"why": why})
        return row is not None

    def _tell(self, tx: Tx, kind: str, one: Taken | Found, more: dict[str, str | int]) -> None:
        account = one.account if isinstance(one, Taken) else one.account_id
        detail = {"message": one.id, "channel": one.channel, "purpose": one.purpose} | more
        self._audit.record(tx, Event(kind, "failed", account=account, detail=detail))


def delay(tries: int) -> int:
    """Seconds until the next try."""
    return DELAYS[min(max(tries, 1), len(DELAYS)) - 1]
