# SPDX-License-Identifier: Apache-2.0
"""Telling addresses outside what happens: one place hears the audit, in the same transaction.

What is told are ids and a few small facts; whoever wants to know more asks the API.
"""

import json
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from idp.audit.record import Event
from idp.clock import Clock, Entropy
from idp.db import Tx, table_of
from idp.messages.outbox import Message, Outbox
from idp.programs.models import WebhookDeliveryRow, WebhookRow

CHANNEL: Final = "webhook"
# A receiver may be down for a weekend.
WORTH: Final = 3 * 86_400
MONTH: Final = 30 * 86_400
# By the kind of the audit's event.
TOLD_AS: Final = {
    "account.created": "account.created",
    "patient.enrolled": "account.created",
    "account.changed": "account.changed",
    "account.edited": "account.changed",
    "account.affiliated": "account.changed",
    "account.unaffiliated": "account.changed",
    "account.joined": "account.changed",
    "account.left": "account.changed",
    "account.merged": "account.changed",
    "account.state": "account.state",
    "account.withdrawn": "account.state",
    "registration.confirmed": "request.submitted",
    "registration.approved": "request.decided",
    "registration.attached": "request.decided",
    "registration.refused": "request.decided",
    "registration.returned": "request.decided",
    "patient.consented": "consent.given",
    "patient.withdrew": "consent.withdrawn",
    "role.given": "role.given",
    "role.taken": "role.taken",
    "card.revoked": "card.revoked",
}
EVENTS: Final = tuple(dict.fromkeys(TOLD_AS.values()))
# To try an address out.
PING: Final = "webhook.ping"
FACTS: Final = ("state", "role", "establishment", "community", "request", "stage")

webhooks = table_of(WebhookRow)
deliveries = table_of(WebhookDeliveryRow)
ACTIVE = select(webhooks.c.id, webhooks.c.events).where(webhooks.c.state == "active")
ADD = insert(deliveries)
AGAIN = (
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("delivery"),
        deliveries.c.webhook == bindparam("webhook_"),
        deliveries.c.state != "waiting",
    )
    .values(state="waiting", ended_at=None)
    .returning(deliveries.c.event)
)
FORGET = delete(deliveries).where(deliveries.c.created_at < bindparam("before"))


class Telling:
    """Hears what happens, and writes it down for those who asked."""

    def __init__(self, clock: Clock, entropy: Entropy, outbox: Outbox) -> None:
        self._clock = clock
        self._entropy = entropy
        self._outbox = outbox

    def heard(self, tx: Tx, event: Event) -> None:
        """Something was recorded; most of it is nobody's but ours."""
        name = TOLD_AS.get(event.kind)
        if name is None or event.outcome != "ok":
            return
        wanting = [row.id for row in tx.execute(ACTIVE).all() if name in row.events.split()]
        if not wanting:
            return
        facts = {one: event.detail[one] for one in FACTS if one in event.detail}
        data = {"account": event.account, "application": event.application} | facts
        told = {one: value for one, value in data.items() if value is not None}
        for webhook in wanting:
            self.tell(tx, webhook, name, told)

    def tell(self, tx: Tx, webhook: str, event: str, data: dict[str, str | int]) -> str:
        """Write one event for one address; the id that its receiver will know it by."""
        now, name = self._clock.now(), f"evt_{self._entropy.token(16)}"
        moment = datetime.fromtimestamp(now, UTC).isoformat().replace("+00:00", "Z")
        body = {"type": event, "timestamp": moment, "data": data}
        row = {
            "id": name,
            "webhook": webhook,
            "event": event,
            "body": json.dumps(body, separators=(",", ":"), ensure_ascii=False),
            "state": "waiting",
            "tries": 0,
            "fault": "",
            "created_at": now,
            "ended_at": None,
        }
        tx.execute(ADD, row)
        self._post(tx, name, event)
        return name

    def again(self, tx: Tx, webhook: str, delivery: str) -> bool:
        """Send what is over once more, under the same id; False where there is no such one."""
        row = tx.execute(AGAIN, {"delivery": delivery, "webhook_": webhook}).first()
        if row is None:
            return False
        self._post(tx, delivery, row.event)
        return True

    def _post(self, tx: Tx, delivery: str, event: str) -> None:
        self._outbox.put(tx, Message(CHANNEL, event, delivery, None, "en", WORTH))


def forget_old(tx: Tx, now: int) -> None:
    """Drop deliveries of long ago."""
    tx.execute(FORGET, {"before": now - MONTH})
