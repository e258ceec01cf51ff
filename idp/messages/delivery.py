# SPDX-License-Identifier: Apache-2.0
"""Delivery: claim what is due, send it outside of any transaction, note what became of it.

A claim is one statement that gives a lease, so that two workers never have the same message. A
worker killed after the provider took a message and before that is noted leaves a lease that runs
out: the message is then sent a second time, once, with the same content and the same id (an
e-mail's Message-ID; Twilio knows no idempotency key). Never a message lost, at most one twice.
"""

import json
import math
import threading
from collections.abc import Mapping

from idp.clock import Clock, Entropy
from idp.crypto import KeyRing
from idp.db import Database, Found, Tx
from idp.logs import get
from idp.messages import breaker
from idp.messages import statements as say
from idp.messages.noting import Noting, Taken
from idp.messages.outcome import Later, Outcome, Parcel, Sender

# Added to the longest try: the outcome has to be noted as well.
MARGIN = 15
log = get("messages")


class Delivery:
    """The verbs of a worker; safe to share between its threads."""

    def __init__(
        self,
        database: Database,
        ring: KeyRing,
        clock: Clock,
        entropy: Entropy,
        noting: Noting,
        senders: Mapping[str, Sender],
    ) -> None:
        self._database = database
        self._ring = ring
        self._clock = clock
        self._entropy = entropy
        self._noting = noting
        self.senders = dict(senders)
        self._unnoted: list[tuple[Taken, Outcome]] = []
        self._lock = threading.Lock()

    @property
    def longest(self) -> float:
        """Seconds that the slowest try may take."""
        return max((one.longest for one in self.senders.values()), default=0.0)

    def is_due(self) -> bool:
        """Whether there is anything to do: a read, so that looking costs nobody a turn."""
        with self._database.read() as tx:
            return tx.execute(say.ANY_DUE, {"now": self._clock.now()}).first() is not None

    def drop_worthless(self) -> None:
        """End what would only confuse by now."""
        more = True
        while more:
            with self._database.write() as tx:
                more = self._noting.drop_worthless(tx) == say.BATCH

    def claim(self, channel: str, most: int) -> list[Taken]:
        """A lease on so many messages that are due; one at most while the provider is on trial."""
        sender, now = self.senders[channel], self._clock.now()
        with self._database.write() as tx:
            if not sender.one_provider or breaker.health(tx, channel).open:
                return self._claim(tx, sender, channel, most)
            if not breaker.try_again(tx, channel, now):
                return []
            taken = self._claim(tx, sender, channel, 1, trial=True)
            if not taken:
                breaker.release(tx, channel, now)
            return taken

    def _claim(
        self, tx: Tx, sender: Sender, channel: str, most: int, *, trial: bool = False
    ) -> list[Taken]:
        now, worker = self._clock.now(), self._entropy.token(16)
        known = {
            "channel_": channel,
            "now": now,
            "most": most,
            "worker": worker,
            "until": now + math.ceil(sender.longest) + MARGIN,
        }
        return [_read(row, worker, trial=trial) for row in tx.execute(say.CLAIM, known).all()]

    def deliver(self, taken: Taken) -> Outcome:
        """Send one claimed message, and note what became of it."""
        outcome = self._attempt(taken)
        try:
            self._note(taken, outcome)
        except Exception:
            # Kept here, so that it isn't sent again: the lease is longer than most outages.
            with self._lock:
                self._unnoted.append((taken, outcome))
            raise
        return outcome

    def note_late(self) -> None:
        """Note what could not be noted when it happened."""
        with self._lock:
            waiting, self._unnoted = self._unnoted, []
        while waiting:
            try:
                self._note(*waiting[0])
            except Exception:
                with self._lock:
                    self._unnoted += waiting
                raise
            del waiting[0]

    def _note(self, taken: Taken, outcome: Outcome) -> None:
        one_provider = self.senders[taken.channel].one_provider
        with self._database.write() as tx:
            self._noting.note(tx, taken, outcome, one_provider=one_provider)

    def _attempt(self, taken: Taken) -> Outcome:
        try:
            return self.senders[taken.channel].send(self._open(taken))
        except Exception:
            # A fault of ours (a template, a key): others' messages go on, this one waits.
            log.exception("message not sent", message=taken.id, purpose=taken.purpose)
            return Later("a fault of this program: see its log", outage=False)

    def _open(self, taken: Taken) -> Parcel:
        recipient = self._unseal(taken, "recipient", taken.recipient)
        content = json.loads(self._unseal(taken, "content", taken.content))
        return Parcel(
            id=taken.id,
            purpose=taken.purpose,
            recipient=recipient,
            locale=content["locale"],
            values=content["values"],
            created_at=taken.created_at,
            left=taken.worthless_at - self._clock.now(),
            tries=taken.tries,
        )

    def _unseal(self, taken: Taken, column: str, sealed: str) -> str:
        return self._ring.open(sealed, table="messages", column=column, row=taken.id).decode()


def _read(row: Found, worker: str, *, trial: bool) -> Taken:
    return Taken(
        id=row.id,
        channel=row.channel,
        purpose=row.purpose,
        account=row.account_id,
        worker=worker,
        tries=row.tries,
        worthless_at=row.worthless_at,
        recipient=row.recipient,
        content=row.content,
        created_at=row.created_at,
        trial=trial,
    )
