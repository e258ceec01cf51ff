# SPDX-License-Identifier: Apache-2.0
"""Webhooks, as administrators keep them: where to tell, of what, and what arrived."""

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from idp.administration.authority import Authority, Denied
from idp.administration.outcomes import Unfit
from idp.administration.rights import Right
from idp.audit.record import Audit
from idp.clock import Clock, Entropy
from idp.crypto import KeyRing
from idp.db import Found, Tx
from idp.outgoing.target import may_be_reached
from idp.programs.signing import SIZE, secret_of
from idp.programs.telling import EVENTS, PING, Telling, deliveries, webhooks

MOST: Final = 50
SHOWN: Final = 50
# So long the secret of before signs as well.
OVERLAP: Final = 86_400
LONGEST_NAME: Final = 128
ADD = insert(webhooks)
ALL = select(webhooks)
LOAD = select(webhooks).where(webhooks.c.id == bindparam("webhook_"))
EDIT = (
    update(webhooks)
    .where(webhooks.c.id == bindparam("webhook_"), webhooks.c.updated_at == bindparam("seen"))
    .values(
        name=bindparam("new_name"),
        address=bindparam("new_address"),
        events=bindparam("new_events"),
        state=bindparam("new_state"),
        failing_since=None,
        updated_at=bindparam("now"),
    )
    .returning(webhooks.c.id)
)
ROTATE = (
    update(webhooks)
    .where(webhooks.c.id == bindparam("webhook_"), webhooks.c.secret == bindparam("before"))
    .values(
        secret=bindparam("new_secret"),
        former_secret=bindparam("new_former"),
        former_until=bindparam("new_until"),
        updated_at=bindparam("now"),
    )
    .returning(webhooks.c.id)
)
DROP = delete(webhooks).where(webhooks.c.id == bindparam("webhook_")).returning(webhooks.c.id)
DROP_DELIVERIES = delete(deliveries).where(deliveries.c.webhook == bindparam("webhook_"))
NEWEST = (
    select(deliveries)
    .where(deliveries.c.webhook == bindparam("webhook_"))
    .order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc())
    .limit(SHOWN)
)


@dataclass(frozen=True, slots=True)
class Wished:
    """What a webhook is to be."""

    name: str
    address: str
    events: tuple[str, ...]
    active: bool = True


@dataclass(frozen=True, slots=True)
class Webhook:
    """One of them; its secret is shown when it is made, and never again."""

    id: str
    name: str
    address: str
    events: tuple[str, ...]
    # active, paused, or stopped after failing for too long.
    state: str
    failing_since: int | None
    created_at: int
    created_by: str
    updated_at: int


@dataclass(frozen=True, slots=True)
class Secret:
    """A webhook with the secret that was just made for it."""

    webhook: Webhook
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way, or arrived."""

    id: str
    event: str
    state: str
    tries: int
    fault: str
    created_at: int
    ended_at: int | None


class Webhooks:
    """The verbs; each takes the caller's transaction."""

    def __init__(
        self,
        clock: Clock,
        entropy: Entropy,
        ring: KeyRing,
        audit: Audit,
        telling: Telling,
        allow: tuple[str, ...],
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._ring = ring
        self._audit = audit
        self._telling = telling
        self._allow = frozenset(allow)

    def every(self, tx: Tx, authority: Authority) -> Denied | list[Webhook]:
        """All of them, by name."""
        if denied := authority.refuses(Right.WEBHOOKS_EDIT):
            return denied
        found = [_read(row) for row in tx.execute(ALL).all()]
        return sorted(found, key=lambda one: (one.name.casefold(), one.id))

    def load(self, tx: Tx, authority: Authority, webhook: str) -> Denied | Webhook:
        """One of them."""
        found = self._row(tx, authority, webhook)
        return found if isinstance(found, Denied) else _read(found)

    def add(self, tx: Tx, authority: Authority, wished: Wished) -> Denied | Unfit | Secret:
        """Make one; its secret is told this once."""
        if denied := authority.refuses(Right.WEBHOOKS_EDIT):
            return denied
        if unfit := self._unfit(wished):
            return Unfit("unfit", unfit)
        if len(tx.execute(ALL).all()) >= MOST:
            return Unfit("too-many")
        now, name, secret = self._clock.now(), self._entropy.token(16), self._new_secret()
        row = {
            "id": name,
            "name": wished.name.strip(),
            "address": wished.address,
            "events": " ".join(wished.events),
            "state": "active" if wished.active else "paused",
            "secret": self._seal(name, "secret", secret),
            "former_secret": None,
            "former_until": None,
            "failing_since": None,
            "created_at": now,
            "created_by": authority.actor,
            "updated_at": now,
        }
        tx.execute(ADD, row)
        self._note(tx, authority, "webhook.added", name)
        return Secret(_read(tx.execute(LOAD, {"webhook_": name}).one()), secret)

    def edit(
        self, tx: Tx, authority: Authority, webhook: str, seen: int, wished: Wished
    ) -> Denied | Unfit | Webhook:
        """Change it from the version seen; one that was stopped begins anew."""
        found = self._row(tx, authority, webhook)
        if isinstance(found, Denied):
            return found
        if unfit := self._unfit(wished):
            return Unfit("unfit", unfit)
        known = {
            "webhook_": webhook,
            "seen": seen,
            "new_name": wished.name.strip(),
            "new_address": wished.address,
            "new_events": " ".join(wished.events),
            "new_state": "active" if wished.active else "paused",
            "now": max(self._clock.now(), found.updated_at + 1),
        }
        if tx.execute(EDIT, known).first() is None:
            return Unfit("stale")
        self._note(tx, authority, "webhook.changed", webhook)
        return _read(tx.execute(LOAD, {"webhook_": webhook}).one())

    def rotate(self, tx: Tx, authority: Authority, webhook: str) -> Denied | Secret:
        """Give it another secret; the one before signs as well for a day."""
        found = self._row(tx, authority, webhook)
        if isinstance(found, Denied):
            return found
        secret, now = self._new_secret(), self._clock.now()
        before = self._ring.open(found.secret, table="webhooks", column="secret", row=webhook)
        known = {
            "webhook_": webhook,
            "before": found.secret,
            "new_secret": self._seal(webhook, "secret", secret),
            "new_former": self._seal(webhook, "former_secret", before.decode()),
            "new_until": now + OVERLAP,
            "now": max(now, found.updated_at + 1),
        }
        if tx.execute(ROTATE, known).first() is None:
            return Denied.NOT_FOUND
        self._note(tx, authority, "webhook.rotated", webhook)
        return Secret(_read(tx.execute(LOAD, {"webhook_": webhook}).one()), secret)

    def remove(self, tx: Tx, authority: Authority, webhook: str) -> Denied | bool:
        """Give it up, with what was on its way."""
        found = self._row(tx, authority, webhook)
        if isinstance(found, Denied):
            return found
        tx.execute(DROP_DELIVERIES, {"webhook_": webhook})
        if tx.execute(DROP, {"webhook_": webhook}).first() is None:
            return Denied.NOT_FOUND
        self._note(tx, authority, "webhook.removed", webhook)
        return True

    def deliveries(self, tx: Tx, authority: Authority, webhook: str) -> Denied | list[Delivery]:
        """The newest."""
        found = self._row(tx, authority, webhook)
        if isinstance(found, Denied):
            return found
        names = Delivery.__dataclass_fields__
        rows = tx.execute(NEWEST, {"webhook_": webhook}).all()
        return [Delivery(**{name: getattr(row, name) for name in names}) for row in rows]

    def resend(self, tx: Tx, authority: Authority, webhook: str, delivery: str) -> Denied | bool:
        """Send one again that is over, under the same id."""
        found = self._row(tx, authority, webhook)
        if isinstance(found, Denied):
            return found
        if not self._telling.again(tx, webhook, delivery):
            return Denied.NOT_FOUND
        self._note(tx, authority, "webhook.resent", webhook, delivery=delivery)
        return True

    def ping(self, tx: Tx, authority: Authority, webhook: str) -> Denied | str:
        """Send something to try it out; the id of the delivery."""
        found = self._row(tx, authority, webhook)
        if isinstance(found, Denied):
            return found
        return self._telling.tell(tx, webhook, PING, {})

    def _row(self, tx: Tx, authority: Authority, webhook: str) -> Denied | Found:
        if denied := authority.refuses(Right.WEBHOOKS_EDIT):
            return denied
        return tx.execute(LOAD, {"webhook_": webhook}).first() or Denied.NOT_FOUND

    def _unfit(self, wished: Wished) -> tuple[str, ...]:
        found = []
        name = wished.name
        if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            found.append("name")
        if not may_be_reached(wished.address, self._allow):
            found.append("address")
        if not wished.events or not set(wished.events) <= set(EVENTS):
            found.append("events")
        return tuple(found)

    def _new_secret(self) -> str:
        return secret_of(self._entropy.bytes(SIZE))

    def _seal(self, webhook: str, column: str, secret: str) -> str:
        return self._ring.seal(secret.encode(), table="webhooks", column=column, row=webhook)

    def _note(self, tx: Tx, authority: Authority, kind: str, webhook: str, **detail: str) -> None:
        event = authority.event(kind, webhook=webhook, **detail)
        self._audit.record(tx, event, authority.origin)


def _read(row: Found) -> Webhook:
    values = {name: getattr(row, name) for name in Webhook.__dataclass_fields__}
    return Webhook(**values | {"events": tuple(row.events.split())})
