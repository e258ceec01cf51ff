# SPDX-License-Identifier: Apache-2.0
"""Messages for tests: written, delivered by hand, looked at."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from idp.messages.delivery import Delivery
from idp.messages.noting import Noting
from idp.messages.outbox import Message
from idp.messages.outcome import Later, Outcome, Parcel, Sender, Sent
from tests.world import World

CODE = {"code": "493817", "minutes": 5, "application": "DCC"}
DOWN = Later("down")
BUSY = Later("busy", outage=False)


@dataclass
class Recorder:
    """A sender that remembers, and answers as it is told to."""

    answers: list[Outcome] = field(default_factory=list)
    longest: float = 5.0
    one_provider: bool = True
    parcels: list[Parcel] = field(default_factory=list)
    # What happens while it is sending.
    meanwhile: Callable[[Parcel], None] = lambda _parcel: None
    lock: Any = field(default_factory=threading.Lock)

    def send(self, parcel: Parcel) -> Outcome:
        with self.lock:
            self.parcels.append(parcel)
            answer = self.answers.pop(0) if self.answers else Sent(f"ref-{parcel.id}")
        self.meanwhile(parcel)
        return answer


def put(
    world: World,
    channel: str = "email",
    recipient: str = "claire@example.org",
    purpose: str = "login-code",
    worth: int = 300,
    **values: str | int,
) -> str:
    """Write a message."""
    account = world.cast["medecin"].id
    message = Message(channel, purpose, recipient, account, "en", worth, values or CODE)
    with world.core.database.write() as tx:
        return world.core.outbox.put(tx, message)


def delivery_of(world: World, **senders: Sender) -> Delivery:
    """A worker's verbs over these senders."""
    core = world.core
    noting = Noting(core.clock, core.audit)
    return Delivery(core.database, core.ring, core.clock, core.entropy, noting, senders)


def work(delivery: Delivery, most: int = 10) -> int:
    """One look of a worker, by hand; how many messages it took."""
    delivery.note_late()
    delivery.drop_worthless()
    count = 0
    for channel in delivery.senders:
        for taken in delivery.claim(channel, most):
            delivery.deliver(taken)
            count += 1
    return count


def row_of(world: World, message: str) -> Any:
    """A message as the table has it."""
    with world.core.database.read() as tx:
        found = tx.execute(text("SELECT * FROM messages WHERE id = :id"), {"id": message})
        return found.first()


def state_of(world: World, message: str) -> str:
    """A message's state."""
    return str(row_of(world, message).state)
