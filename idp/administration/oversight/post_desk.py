# SPDX-License-Identifier: Apache-2.0
"""What was sent and what waits, for those who help: never what it says (CR-010)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, or_, select, update

from idp.administration.authority import Authority, Denied
from idp.administration.rights import Right
from idp.audit.record import Audit
from idp.clock import Clock
from idp.db import Tx
from idp.messages import alarms, breaker, records
from idp.messages.alarms import Alarm
from idp.messages.breaker import Health
from idp.messages.records import COLUMNS, Record, c
from idp.messages.statements import ENDED, table

SIZE = 50
END = 2**62
CANCEL = (
    update(table)
    .where(c.id == bindparam("message"), c.state == "queued")
    .values(state="worthless", fault="cancelled", **ENDED)
    .returning(c.id)
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which messages; what is empty is not asked for."""

    state: str = ""
    channel: str = ""
    purpose: str = ""
    account: str = ""
    # Before which one the page begins: its moment and id.
    before: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A page of messages, newest first; where the next one begins."""

    messages: tuple[Record, ...]
    next: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class Traffic:
    """How the channels do: numbers by channel and state, and each provider's health."""

    numbers: Mapping[tuple[str, str], int]
    health: Mapping[str, Health]
    alarms: tuple[Alarm, ...]


class PostDesk:
    """The verbs; each takes the caller's transaction and authority."""

    def __init__(self, clock: Clock, audit: Audit) -> None:
        self._clock = clock
        self._audit = audit

    def listed(self, tx: Tx, authority: Authority, asked: Asked) -> Denied | Sent:
        """A page of them."""
        if denied := authority.refuses(Right.MESSAGES_SEE):
            return denied
        statement = select(*COLUMNS).order_by(c.created_at.desc(), c.id.desc()).limit(SIZE + 1)
        for column, value in (
            (c.state, asked.state),
            (c.channel, asked.channel),
            (c.purpose, asked.purpose),
            (c.account_id, asked.account),
        ):
            if value:
                statement = statement.where(column == value)
        at, number = asked.before or (END, "")
        if asked.before:
            same = and_(c.created_at == at, c.id < number)
            statement = statement.where(c.created_at <= at, or_(c.created_at < at, same))
        found = [records.read(row) for row in tx.execute(statement).all()]
        last = found[SIZE - 1] if len(found) > SIZE else None
        return Sent(tuple(found[:SIZE]), (last.created_at, last.id) if last else None)

    def one(self, tx: Tx, authority: Authority, message: str) -> Denied | Record:
        """One of them."""
        if denied := authority.refuses(Right.MESSAGES_SEE):
            return denied
        return records.load(tx, message) or Denied.NOT_FOUND

    def traffic(self, tx: Tx, authority: Authority) -> Denied | Traffic:
        """How the channels do, and what alarms stand."""
        if denied := authority.refuses(Right.MESSAGES_SEE):
            return denied
        standing = alarms.standing(tx, self._clock.now())
        return Traffic(records.counts(tx), breaker.every(tx), tuple(standing))

    def hasten(self, tx: Tx, authority: Authority, message: str) -> Denied | bool:
        """Try one that waits again at once; False where it does not wait any more."""
        if denied := self._refuses(tx, authority, message):
            return denied
        if not records.hasten(tx, message, self._clock.now()):
            return False
        self._audit.record(
            tx, authority.event("message.hastened", message=message), authority.origin
        )
        return True

    def cancel(self, tx: Tx, authority: Authority, message: str) -> Denied | bool:
        """Never send one that waits; False where it does not wait any more."""
        if denied := self._refuses(tx, authority, message):
            return denied
        known = {"message": message, "now": self._clock.now()}
        if tx.execute(CANCEL, known).first() is None:
            return False
        self._audit.record(
            tx, authority.event("message.cancelled", message=message), authority.origin
        )
        return True

    def _refuses(self, tx: Tx, authority: Authority, message: str) -> Denied | None:
        if denied := authority.refuses(Right.MESSAGES_RESEND):
            return denied
        return None if records.load(tx, message) else Denied.NOT_FOUND
