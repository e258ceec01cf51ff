# SPDX-License-Identifier: Apache-2.0
"""One-time codes as a means: who may use them, where they go, and the host's side of a login.

Patients use them with a verified address. Everybody else has switched them on; professionals only
after a first login by card, and while that card is valid.
"""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from connectors.ports import Judged, Posting, SentCode, Way
from idp.accounts import service as accounts
from idp.accounts.values import Account, Person, Population
from idp.applications.service import Applications
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.config.means import OtpSettings
from idp.credentials import cards, resets
from idp.credentials.cards import Standing
from idp.credentials.code_sending import Channels, CodeSending, Letter
from idp.credentials.held import held_by
from idp.credentials.models import OtpRow
from idp.credentials.one_time_codes import Binding, Fault, OneTimeCode, OneTimeCodes, Purpose
from idp.db import Database, Tx, table_of
from idp.messages.outbox import masked
from idp.origin import Origin

# The means whose enrolment this is.
KIND = "otp"
# The word for an address that has just renewed the password, with the moment until which.
SPENT = "spent-until-"
table = table_of(OtpRow)
ENABLED = select(table.c.enabled_at).where(table.c.account_id == bindparam("account"))
ENABLE = upsert(table).on_conflict_do_nothing().returning(table.c.account_id)
DISABLE = (
    delete(table).where(table.c.account_id == bindparam("account")).returning(table.c.account_id)
)
CARDS = {
    Standing.NONE: "no-card",
    Standing.EXPIRED: "card-expired",
    Standing.REVOKED: "card-revoked",
}


class Otp:
    """The verbs of the enrolment; each takes the caller's transaction."""

    def __init__(
        self, clock: Clock, audit: Audit, codes: OneTimeCodes, sending: CodeSending
    ) -> None:
        self._clock = clock
        self._audit = audit
        self.codes = codes
        self.sending = sending

    def enable(self, tx: Tx, account: str, origin: Origin | None = None) -> bool:
        """Switch codes on for an account; False where they were on already."""
        row = {"account_id": account, "enabled_at": self._clock.now()}
        if tx.execute(ENABLE, row).first() is None:
            return False
        self._audit.record(tx, Event("otp.enabled", account=account, means=KIND), origin)
        return True

    def disable(self, tx: Tx, account: str, origin: Origin | None = None) -> bool:
        """Switch them off; False where they were off already."""
        if tx.execute(DISABLE, {"account": account}).first() is None:
            return False
        self.codes.end(tx, account, Purpose.LOGIN)
        self._audit.record(tx, Event("otp.disabled", account=account, means=KIND), origin)
        return True

    def lacks(self, tx: Tx, account: Account) -> str | None:
        """What somebody lacks to be sent codes at a login; None where they can."""
        if account.person.population is not Population.PATIENT:
            lack = self.lacks_card(tx, account)
            if lack is not None:
                return lack
            if not is_enabled(tx, account.id):
                return "not-set-up"
        if not destinations(account.person):
            return "no-address"
        spent = resets.spent(tx, account.id, self._clock.now())
        return None if self.reach(tx, account) or spent is None else f"{SPENT}{spent.until}"

    def lacks_card(self, tx: Tx, account: Account) -> str | None:
        """What the card of a professional lacks; nobody else carries one."""
        if account.person.population is not Population.PROFESSIONAL:
            return None
        held = cards.of_account(tx, account.id)
        return CARDS.get(cards.standing(held, self._clock.now()))

    def reach(self, tx: Tx, account: Account) -> dict[str, str]:
        """Where codes for a login may go now, by channel.

        CR-044: what has just renewed the password is no second factor beside it. Only a patient
        who has no other is not shut out.
        """
        known = destinations(account.person)
        spent = resets.spent(tx, account.id, self._clock.now())
        if spent is None or spent.channel not in known:
            return known
        others = {way: to for way, to in known.items() if way != spent.channel}
        patient = account.person.population is Population.PATIENT
        if others or not patient or _holds_another(tx, account.id):
            return others
        return known


def is_enabled(tx: Tx, account: str) -> bool:
    """Whether somebody has switched codes on."""
    return tx.execute(ENABLED, {"account": account}).first() is not None


def _holds_another(tx: Tx, account: str) -> bool:
    """Whether there is another second factor than codes."""
    held = held_by(tx, account)
    return held.authenticator is not None or bool(held.passkeys)


def destinations(person: Person) -> dict[str, str]:
    """Where codes may go, by channel: verified addresses only."""
    known = {
        "sms": person.phone if person.phone_verified else "",
        "email": person.email if person.email_verified else "",
    }
    return {channel: address for channel, address in known.items() if address}


class CodeDesk:
    """The host's side of the means (`connectors.ports.CodeDesk`)."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: Audit,
        otp: Otp,
        channels: Channels,
        applications: Applications,
        settings: OtpSettings,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._otp = otp
        self._channels = channels
        self._applications = applications
        self._settings = settings

    def lacks(self, account: str) -> str | None:
        """What this person lacks to be sent codes."""
        with self._database.read() as tx:
            found = accounts.load(tx, account)
            return "no-address" if found is None else self._otp.lacks(tx, found)

    def ways(self, account: str) -> Sequence[Way]:
        """How a code can reach this person."""
        with self._database.read() as tx:
            found = accounts.load(tx, account)
            known = self._otp.reach(tx, found) if found else {}
            stopped = [
                channel
                for channel, address in known.items()
                if self._otp.sending.is_stopped(tx, channel, address)
            ]
        return [
            Way(
                channel,
                masked(channel, address),
                channel not in stopped and self._channels.is_up(channel),
            )
            for channel, address in known.items()
        ]

    def last(self, account: str, attempt: str) -> SentCode | None:
        """The code last sent in this attempt."""
        with self._database.read() as tx:
            found = self._otp.sending.awaited(tx, Binding(account, Purpose.LOGIN, attempt))
        return found.shown if found else None

    def send(
        self,
        account: str,
        attempt: str,
        channel: str,
        application: str | None,
        address: str,
        *,
        known: bool = False,
    ) -> Posting:
        """Send a new code on the wish of a visitor's address; the one before it is over."""
        if not self._channels.is_up(channel):
            return Posting.DOWN
        with self._database.write() as tx:
            found = accounts.load(tx, account)
            destination = self._otp.reach(tx, found).get(channel) if found else None
            if found is None or destination is None:
                return Posting.NO_WAY
            named = self._applications.load(tx, application) if application else None
            letter = Letter(
                channel,
                destination,
                found.person.locale,
                self._life(found.person),
                named.name if named else "",
            )
            bound = Binding(account, Purpose.LOGIN, attempt)
            origin = Origin(address, "", "")
            refused = self._otp.sending.send(tx, bound, letter, origin, known=known)
        return Posting(refused.why) if refused else Posting.SENT

    def judge(
        self, account: str, attempt: str, typed: str, *, keep: bool = False
    ) -> tuple[Judged, str]:
        """Judge a typed code, and say by which channel it came."""
        bound = Binding(account, Purpose.LOGIN, attempt)
        with self._database.write() as tx:
            used = self._otp.codes.use(tx, bound, typed, keep=keep)
            if used is Fault.BURNED:
                self._audit.record(tx, Event("otp.burned", "refused", account, means=KIND))
            if isinstance(used, Fault):
                return (Judged.WRONG if used is Fault.WRONG else Judged.OVER), ""
            if not self._is_right_place(tx, account, used):
                return Judged.OVER, ""
        return Judged.RIGHT, used.channel

    def _is_right_place(self, tx: Tx, account: str, used: OneTimeCode) -> bool:
        """CR-005: a code that went where none may go any more is worth nothing."""
        found = accounts.load(tx, account)
        return (
            found is not None and self._otp.reach(tx, found).get(used.channel) == used.destination
        )

    def _life(self, person: Person) -> int:
        patient = person.population is Population.PATIENT
        return self._settings.patient_life if patient else self._settings.life
