# SPDX-License-Identifier: Apache-2.0
"""Writing a message: in the caller's transaction, so that it exists with what it tells of."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import bindparam, func, insert, select, update

from idp.clock import Clock, Entropy
from idp.crypto import VERSION, KeyRing
from idp.db import Tx, table_of
from idp.messages.models import MessageRow

table = table_of(MessageRow)
ADD = insert(table)
# What nobody has begun to send is dropped; what is under way may still arrive.
WITHDRAW = (
    update(table)
    .where(
        table.c.account_id == bindparam("account"),
        table.c.purpose == bindparam("purpose_"),
        table.c.state == "queued",
    )
    .values(
        state="worthless",
        recipient=None,
        content=None,
        ended_at=bindparam("now"),
        next_at=bindparam("now"),
        fault="withdrawn",
    )
)

SEALED_BY_OTHERS = (
    select(table.c.id, table.c.recipient, table.c.content)
    .where(func.substr(table.c.recipient, 1, bindparam("length")) != bindparam("beginning"))
    .limit(bindparam("most"))
)
# Only what was read is replaced: a message that is over meanwhile stays erased.
RESEAL = (
    update(table)
    .where(table.c.id == bindparam("message"), table.c.recipient == bindparam("before"))
    .values(recipient=bindparam("to_"), content=bindparam("words"))
)


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent: a template's name and what fills it, or a notice's parts."""

    # email, sms, logout, ping, or task: something to do here, out of the caller's time.
    channel: str
    # The template: templates/mail/<purpose>.txt and .html, templates/sms/<purpose>.txt.
    purpose: str
    # An address, a number in E.164, or an application's key.
    recipient: str
    account: str | None
    locale: str
    # Seconds after which it would only confuse.
    worth: int
    # Values that fill the template; JSON. Sealed in the database.
    values: Mapping[str, str | int] = field(default_factory=dict, repr=False)


class Outbox:
    """Takes messages; whoever delivers them is elsewhere (`idp.messages.delivery`)."""

    def __init__(
        self,
        clock: Clock,
        entropy: Entropy,
        ring: KeyRing,
        nudge: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._ring = ring
        self._nudge = nudge

    def put(self, tx: Tx, message: Message, name: str = "", worker: str = "", hold: int = 0) -> str:
        """Queue a message; answers its id, which is its idempotency key as well.

        With `hold`, a `worker` has it from the start, for so many seconds: the caller means to send
        it right after the transaction, and whoever delivers does so where that has not worked.
        """
        now = self._clock.now()
        name = name or self._entropy.token(16)
        content = json.dumps(
            {"locale": message.locale, "values": dict(message.values)}, ensure_ascii=False
        )
        row = {
            "id": name,
            "channel": message.channel,
            "purpose": message.purpose,
            "account_id": message.account,
            "shown": masked(message.channel, message.recipient),
            "recipient": self._seal("recipient", name, message.recipient),
            "content": self._seal("content", name, content),
            "state": "sending" if hold else "queued",
            "created_at": now,
            "next_at": now + hold,
            "worthless_at": now + message.worth,
            "tries": 1 if hold else 0,
            "taken_by": worker or None,
            "taken_until": now + hold if hold else 0,
            "provider_ref": None,
            "fault": "",
            "ended_at": None,
        }
        tx.execute(ADD, row)
        if not hold:
            self._nudge()
        return name

    def withdraw(self, tx: Tx, account: str, purpose: str) -> None:
        """Drop what was not sent yet: a newer one takes its place."""
        known = {"account": account, "purpose_": purpose, "now": self._clock.now()}
        tx.execute(WITHDRAW, known)

    def reseal(self, tx: Tx, most: int = 100) -> int:
        """Seal up to `most` waiting messages again with the ring's active key; 0 when none is."""
        beginning = f"{VERSION}.{self._ring.active_id}."
        known = {"beginning": beginning, "length": len(beginning), "most": most}
        found = tx.execute(SEALED_BY_OTHERS, known).all()
        for row in found:
            after = {
                "message": row.id,
                "before": row.recipient,
                "to_": self._again("recipient", row.id, row.recipient),
                "words": self._again("content", row.id, row.content),
            }
            tx.execute(RESEAL, after)
        return len(found)

    def _again(self, column: str, row: str, sealed: str) -> str:
        plain = self._ring.open(sealed, table="messages", column=column, row=row)
        return self._seal(column, row, plain.decode())

    def _seal(self, column: str, row: str, text: str) -> str:
        return self._ring.seal(text.encode(), table="messages", column=column, row=row)


def masked(channel: str, recipient: str) -> str:
    """A recipient so far as others may see it: enough to recognise one's own."""
    if channel == "email":
        name, _, host = recipient.rpartition("@")
        return f"{name[:1]}•••@{host}"[:128]
    if channel == "sms":
        digits = re.sub(r"[^0-9+]", "", recipient)
        return f"{digits[:4]} •• •• {digits[-2:]}" if len(digits) > 6 else "••"
    # What somebody typed is nobody's to see; an application's key is.
    return recipient[:128] if channel in {"logout", "ping"} else ""
