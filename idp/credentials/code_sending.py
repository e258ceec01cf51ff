# SPDX-License-Identifier: Apache-2.0
"""Sending a one-time code: counted, made, and written to the outbox in one transaction."""

from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import bindparam, select

from connectors.ports import SentCode
from idp.accounts.models import AccountRow
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.config.means import OtpSettings
from idp.credentials.one_time_codes import Binding, OneTimeCodes, Purpose
from idp.db import Tx, table_of
from idp.messages.outbox import Message, Outbox, masked
from idp.messages.quotas import Quotas, Reason, Refused
from idp.origin import Origin

MINUTE = 60
accounts = table_of(AccountRow)
# One code after another: of two wishes at the same moment the second finds what the first has sent.
HOLD = (
    select(accounts.c.id)
    .where(accounts.c.id == bindparam("account"))
    .with_for_update(key_share=True)
)
MESSAGES = {
    Purpose.LOGIN: "login-code",
    Purpose.EMAIL: "address-code",
    Purpose.PHONE: "address-code",
    Purpose.BESIDE: "account-code",
}
WHY = {Reason.NUMBER: "no-way", Reason.COUNTRY: "down"}
# Of these fewer are sent: with the password known, they are all that is left to guess.
COUNTED_AS = {Purpose.BESIDE: "account"}


class Channels(Protocol):
    """What is known of the carriers."""

    def is_up(self, channel: str) -> bool:
        """Whether a message on this channel would leave now."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Where a code goes, in which language, and how long it lives."""

    channel: str
    destination: str = field(repr=False)
    locale: str
    life: int
    # What the message tells beside the code.
    application: str = ""
    # What is sent in its place, where the code itself must not arrive.
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Awaited:
    """The code that is waited for, or was: where it went, and what is left of its life."""

    channel: str
    address: str = field(repr=False)
    # Seconds; 0 where it is good for nothing any more.
    left: int
    # Seconds until another one may be sent the same way.
    resend_in: int

    @property
    def shown(self) -> SentCode:
        """As a page may know it."""
        return SentCode(self.channel, masked(self.channel, self.address), self.left, self.resend_in)


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing was sent."""

    why: str


class CodeSending:
    """The verb: send a code. Whether the carrier is up is asked before the transaction."""

    def __init__(
        self,
        clock: Clock,
        audit: Audit,
        codes: OneTimeCodes,
        outbox: Outbox,
        quotas: Quotas,
        settings: OtpSettings,
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._codes = codes
        self._outbox = outbox
        self._quotas = quotas
        self._resend_after = settings.resend_after

    def send(
        self, tx: Tx, bound: Binding, letter: Letter, origin: Origin, *, known: bool = False
    ) -> NotSent | None:
        """Send a new code, which ends the one before it; or say why not, and leave that one.

        Whoever is known in their browser is not counted by its address: that of a hospital is
        everybody's.
        """
        tx.execute(HOLD, {"account": bound.account})
        if self.wait(tx, bound, letter.channel, letter.destination) > 0:
            return NotSent("too-early")
        visitor, kind = "" if known else origin.address, COUNTED_AS.get(bound.purpose, "code")
        counted = self._quotas.take(tx, letter.channel, letter.destination, visitor, kind)
        if isinstance(counted, Refused):
            self._note(tx, bound, letter, origin, counted.reason.value)
            return NotSent(WHY.get(counted.reason, "too-many"))
        made = self._codes.make(tx, bound, letter.channel, letter.destination, letter.life)
        purpose = letter.instead or MESSAGES[bound.purpose]
        # What was not sent yet holds the code that has just ended.
        self._outbox.withdraw(tx, bound.account, MESSAGES[bound.purpose])
        values: dict[str, str | int] = {
            "code": made.digits,
            "minutes": letter.life // MINUTE,
            "application": letter.application,
        }
        message = Message(
            channel=letter.channel,
            purpose=purpose,
            recipient=letter.destination,
            account=bound.account,
            locale=letter.locale,
            worth=letter.life,
            values={} if letter.instead else values,
        )
        self._outbox.put(tx, message)
        self._note(tx, bound, letter, origin)
        return None

    def is_stopped(self, tx: Tx, channel: str, destination: str) -> bool:
        """Whether nothing goes there for now, though its carrier is up."""
        return channel == "sms" and self._quotas.is_stopped(tx, destination)

    def awaited(self, tx: Tx, bound: Binding) -> Awaited | None:
        """The code last sent for this; None where none was."""
        code = self._codes.find(tx, bound)
        if code is None:
            return None
        left = max(code.expires_at - self._clock.now(), 0) if code.live else 0
        resend_in = self.wait(tx, bound, code.channel, code.destination)
        return Awaited(code.channel, code.destination, left, resend_in)

    def wait(self, tx: Tx, bound: Binding, channel: str, destination: str) -> int:
        """Seconds until another code may be sent there; 0 for at once."""
        sent_at = self._codes.sent_at(tx, bound, channel, destination)
        return max(sent_at + self._resend_after - self._clock.now(), 0)

    def _note(self, tx: Tx, bound: Binding, letter: Letter, origin: Origin, why: str = "") -> None:
        detail = {"channel": letter.channel, "purpose": bound.purpose.value}
        event = Event(
            "otp.not_sent" if why else "otp.sent",
            "refused" if why else "ok",
            account=bound.account,
            means="otp",
            detail=detail | ({"why": why} if why else {}),
        )
        self._audit.record(tx, event, origin)
