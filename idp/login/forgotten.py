# SPDX-License-Identifier: Apache-2.0
"""A forgotten password: who gets what, decided out of sight of whoever asks.

The request writes one task, whoever was named; what follows happens elsewhere. So the answer and
its time are the same for everybody (CR-030, CR-031).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from idp.accounts import service as accounts
from idp.accounts.values import Account, Population, State, fold
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.credentials.code_sending import Channels
from idp.credentials.otp import destinations
from idp.credentials.reset_links import ResetLinks
from idp.db import Database, Tx
from idp.login.renewal import Renewal
from idp.logs import get
from idp.messages.outbox import Message, Outbox
from idp.messages.outcome import Dropped, Outcome, Parcel
from idp.messages.quotas import Quotas, Reason, Refused
from idp.origin import Origin

log = get("passwords")
TASK = "forgotten"
MINUTE = 60
# Whoever asked has gone elsewhere after so long.
WORTH = 600
# No SMS at all goes to this number, or today: help need not end there.
NOT_BY_SMS = (Reason.NUMBER, Reason.BUDGET, Reason.COUNTRY)


@dataclass(frozen=True, slots=True)
class Helped:
    """Help is under way to this address or number."""

    recipient: str = field(repr=False)


class NotHelped(Enum):
    """Why nothing was sent on somebody's behalf."""

    CLOSED = "closed"
    NO_ADDRESS = "no-address"
    # Nobody has shown yet that it is theirs.
    UNVERIFIED = "unverified"
    # CR-047: it has just changed.
    NEW = "new"
    DOWN = "down"
    TOO_OFTEN = "too-often"


class Forgotten:
    """Takes the requests, and answers those that can be."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: Audit,
        links: ResetLinks,
        renewal: Renewal,
        outbox: Outbox,
        quotas: Quotas,
        channels: Channels,
        site: str,
        *,
        link_life: int,
        temporary_life: int,
        cooling: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._links = links
        self._renewal = renewal
        self._outbox = outbox
        self._quotas = quotas
        self._channels = channels
        self._site = site
        self._link_life = link_life
        self._temporary_life = temporary_life
        self._cooling = cooling

    def ask(self, tx: Tx, typed: str, locale: str, origin: Origin) -> None:
        """Take a request for whoever goes by this name, if anybody does.

        Beyond what one visitor, or one name, may ask for nothing is written; nobody is told.
        """
        counted = self._quotas.take_request(tx, TASK, fold(typed), origin.address)
        if isinstance(counted, Refused):
            log.warning("forgotten password: asked too often", of=counted.reason.value)
            return
        values = {"address": origin.address, "agent": origin.user_agent[:256]}
        self._outbox.put(tx, Message("task", TASK, typed, None, locale, WORTH, values))

    def answer(self, typed: str, request: str, values: Mapping[str, str | int]) -> None:
        """Send what helps, where somebody goes by this name and may be helped."""
        origin = Origin(str(values["address"]), str(values["agent"]), request)
        with self._database.read() as tx:
            found = accounts.find(tx, typed)
            account = accounts.load(tx, found) if found else None
        if account is None:
            return
        temporary = self._renewal.temporary(account)
        sms = self._channels.is_up("sms")
        with self._database.write() as tx:
            sent = self._help(tx, account, temporary, origin, sms=sms)
            event = Event(
                "password.forgotten",
                "ok" if sent else "refused",
                account=account.id,
                detail={"way": sent or "none"},
            )
            self._audit.record(tx, event, origin)

    def help_by(
        self, tx: Tx, account: Account, channel: str, origin: Origin, *, first: bool
    ) -> Helped | NotHelped:
        """Help somebody on their behalf: an administrator sees nothing of what is sent (CR-045).

        By e-mail a link, by SMS a temporary password. What is sent to somebody who never had a
        way in (`first`) may go to what they wrote when they registered.
        """
        recipient = self._fitting(tx, account, channel, first=first)
        if isinstance(recipient, NotHelped):
            return recipient
        # A letter waits until it can leave; nobody waits for an SMS that long.
        if channel == "sms" and not self._channels.is_up(channel):
            return NotHelped.DOWN
        if not self._quotas.take(tx, channel, recipient, origin.address, "reset"):
            return NotHelped.TOO_OFTEN
        for purpose in ("reset-link", "temporary-password"):
            self._outbox.withdraw(tx, account.id, purpose)
        if channel == "email":
            self._send_link(tx, account, recipient)
        else:
            temporary = self._renewal.temporary(account)
            self._send_temporary(tx, account, channel, recipient, temporary)
        return Helped(recipient)

    def _fitting(self, tx: Tx, account: Account, channel: str, *, first: bool) -> str | NotHelped:
        person = account.person
        known = {"email": person.email, "sms": person.phone}[channel]
        if account.state is not State.ACTIVE:
            return NotHelped.CLOSED
        if not known:
            return NotHelped.NO_ADDRESS
        if channel not in destinations(person) and not first:
            return NotHelped.UNVERIFIED
        if channel not in self._fit(tx, account) and not first:
            return NotHelped.NEW
        return known

    def _help(self, tx: Tx, account: Account, temporary: str, origin: Origin, *, sms: bool) -> str:
        """Queue what this person needs; answers the way taken, or nothing."""
        # CR-044: a closed account stays closed.
        if account.state is not State.ACTIVE:
            return ""
        channel, recipient = self._way(tx, account, origin, sms=sms)
        if not recipient:
            return ""
        for purpose in ("reset-link", "temporary-password"):
            self._outbox.withdraw(tx, account.id, purpose)
        if account.person.population is Population.PATIENT:
            self._send_temporary(tx, account, channel, recipient, temporary)
        else:
            self._send_link(tx, account, recipient)
        return channel

    def _way(self, tx: Tx, account: Account, origin: Origin, *, sms: bool) -> tuple[str, str]:
        """Where help goes, counted: a patient's mobile first, else the e-mail address."""
        known = self._fit(tx, account)
        patient = account.person.population is Population.PATIENT
        number = known.get("sms", "") if patient else ""
        mailbox = known.get("email", "")
        if not number or (mailbox and not sms):
            return self._counted(tx, "email", mailbox, origin)
        counted = self._quotas.take(tx, "sms", number, origin.address, "reset")
        if isinstance(counted, Refused) and counted.reason in NOT_BY_SMS and mailbox:
            return self._counted(tx, "email", mailbox, origin)
        return "sms", number if counted else ""

    def _counted(self, tx: Tx, channel: str, recipient: str, origin: Origin) -> tuple[str, str]:
        if recipient and self._quotas.take(tx, channel, recipient, origin.address, "reset"):
            return channel, recipient
        return channel, ""

    def _fit(self, tx: Tx, account: Account) -> dict[str, str]:
        """What may receive help: verified, or a mistyped letter would help a stranger.

        CR-047: whoever has just changed it must not take the password with it.
        """
        changed, now = accounts.addresses_changed_at(tx, account.id), self._clock.now()
        return {
            channel: recipient
            for channel, recipient in destinations(account.person).items()
            if not changed.get(channel) or now >= changed[channel] + self._cooling
        }

    def _send_link(self, tx: Tx, account: Account, recipient: str) -> None:
        secret = self._links.give(tx, account.id)
        values: dict[str, str | int] = {
            "name": account.person.display_name,
            # CR-042: from the configuration, never from the request.
            "link": f"{self._site}/password/reset/{secret}",
            "minutes": self._link_life // MINUTE,
        }
        self._put(tx, account, "email", "reset-link", recipient, self._link_life, values)

    def _send_temporary(
        self, tx: Tx, account: Account, channel: str, recipient: str, temporary: str
    ) -> None:
        life = self._temporary_life
        self._links.give_temporary(tx, account.id, temporary, channel, life)
        values: dict[str, str | int] = {
            "name": account.person.display_name,
            "identifier": account.person.identifier,
            "password": temporary,
            "minutes": life // MINUTE,
            "link": f"{self._site}/login",
        }
        self._put(tx, account, channel, "temporary-password", recipient, life, values)

    def _put(
        self,
        tx: Tx,
        account: Account,
        channel: str,
        purpose: str,
        recipient: str,
        worth: int,
        values: Mapping[str, str | int],
    ) -> None:
        locale = account.person.locale
        message = Message(channel, purpose, recipient, account.id, locale, worth, values)
        self._outbox.put(tx, message)


class Helper:
    """The worker's side: the requests are tasks among its messages (`idp.messages.outcome`)."""

    longest = 10.0
    one_provider = False

    def __init__(self, forgotten: Forgotten) -> None:
        self._forgotten = forgotten

    def send(self, parcel: Parcel) -> Outcome:
        """Answer one request; nothing is left of it."""
        self._forgotten.answer(parcel.recipient, parcel.id, parcel.values)
        return Dropped()
