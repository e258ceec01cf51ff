# SPDX-License-Identifier: Apache-2.0
"""The way out of webhooks: signed at each try, through the one guarded door (WB-033)."""

from typing import Final

from sqlalchemy import bindparam, select, update

from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.crypto import KeyRing
from idp.db import Database, Found, Tx
from idp.messages.alarms import Alarms, Cause, Seen
from idp.messages.outcome import Dropped, Later, Never, Outcome, Parcel, Sent
from idp.outgoing import Fetched, Fetcher
from idp.programs.signing import signature
from idp.programs.telling import deliveries, webhooks

# Nobody reads what they answer.
LARGEST_ANSWER: Final = 65_536
# Whoever has not answered for so long is told nothing more until somebody looks.
STOP_AFTER: Final = 3 * 86_400
ALARM: Final = 86_400
FIND = (
    select(
        deliveries.c.id,
        deliveries.c.body,
        webhooks.c.id.label("webhook"),
        webhooks.c.address,
        webhooks.c.state,
        webhooks.c.secret,
        webhooks.c.former_secret,
        webhooks.c.former_until,
        webhooks.c.failing_since,
    )
    .select_from(deliveries.join(webhooks, webhooks.c.id == deliveries.c.webhook))
    .where(deliveries.c.id == bindparam("delivery"))
)
NOTE = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery"))
    .values(
        state=bindparam("new_state"),
        tries=deliveries.c.tries + 1,
        fault=bindparam("new_fault"),
        ended_at=bindparam("new_end"),
    )
)
HEALTHY = (
    update(webhooks)
    .where(webhooks.c.id == bindparam("webhook_"), webhooks.c.failing_since.is_not(None))
    .values(failing_since=None)
)
FAILING = (
    update(webhooks)
    .where(webhooks.c.id == bindparam("webhook_"), webhooks.c.failing_since.is_(None))
    .values(failing_since=bindparam("now"))
)
STOP = (
    update(webhooks)
    .where(webhooks.c.id == bindparam("webhook_"), webhooks.c.state == "active")
    .values(state="stopped", updated_at=bindparam("now"))
    .returning(webhooks.c.id)
)


class WebhookSender:
    """Posts one event, and notes what became of it."""

    # Each goes to an address of its own: one that is down holds up no other.
    one_provider = False

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ring: KeyRing,
        fetcher: Fetcher,
        audit: Audit,
        alarms: Alarms,
        longest: float,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ring = ring
        self._fetcher = fetcher
        self._audit = audit
        self._alarms = alarms
        self.longest = longest

    def send(self, parcel: Parcel) -> Outcome:
        """Try once."""
        with self._database.read() as tx:
            row = tx.execute(FIND, {"delivery": parcel.recipient}).first()
        if row is None:
            return Dropped()
        if row.state != "active":
            self._note(row, "failed", "not active")
            return Never("the webhook is not active")
        fault = self._post(row)
        if not fault:
            self._note(row, "arrived", "")
            return Sent()
        # The next try would come when nobody wants it any more.
        last = parcel.left <= 0
        self._note(row, "failed" if last else "waiting", fault)
        return Later(fault, outage=False)

    def _post(self, row: Found) -> str:
        """What went wrong, or nothing."""
        now, body = self._clock.now(), row.body.encode()
        secrets = [self._open(row.webhook, "secret", row.secret)]
        if row.former_secret and (row.former_until or 0) > now:
            secrets.append(self._open(row.webhook, "former_secret", row.former_secret))
        signed = " ".join(signature(one, row.id, now, body) for one in secrets)
        headers = {
            "Content-Type": "application/json",
            "Webhook-Id": row.id,
            "Webhook-Timestamp": str(now),
            "Webhook-Signature": signed,
        }
        answer = self._fetcher.fetch("POST", row.address, headers=headers, body=body)
        if not isinstance(answer, Fetched):
            return answer.reason[:128]
        return "" if 200 <= answer.status < 300 else f"answered {answer.status}"

    def _open(self, webhook: str, column: str, sealed: str) -> str:
        return self._ring.open(sealed, table="webhooks", column=column, row=webhook).decode()

    def _note(self, row: Found, state: str, fault: str) -> None:
        now = self._clock.now()
        known = {
            "delivery": row.id,
            "new_state": state,
            "new_fault": fault,
            "new_end": None if state == "waiting" else now,
        }
        with self._database.write() as tx:
            tx.execute(NOTE, known)
            if not fault:
                tx.execute(HEALTHY, {"webhook_": row.webhook})
            elif row.failing_since is None:
                tx.execute(FAILING, {"webhook_": row.webhook, "now": now})
            elif now - row.failing_since > STOP_AFTER:
                self._stop(tx, row, now)

    def _stop(self, tx: Tx, row: Found, now: int) -> None:
        if tx.execute(STOP, {"webhook_": row.webhook, "now": now}).first() is None:
            return
        self._audit.record(tx, Event("webhook.stopped", "failed", detail={"webhook": row.webhook}))
        self._alarms.sound(tx, Seen(Cause.WEBHOOKS, 1, 1), now + ALARM)
