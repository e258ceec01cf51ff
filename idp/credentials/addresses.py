# SPDX-License-Identifier: Apache-2.0
"""Addresses proved by a code: a new e-mail address or number counts once its code came back.

What is verified is what the code was sent to, never what a form says (CR-046). Old and new
address are told of a change (CR-047).
"""

from enum import Enum

from idp.accounts import service as accounts
from idp.accounts.contact import Contact
from idp.accounts.values import Account, fold
from idp.clock import Clock
from idp.config.checks import check_email
from idp.config.kinds import Invalid
from idp.credentials.code_sending import Awaited, Channels, Letter
from idp.credentials.one_time_codes import Binding, Fault, Purpose
from idp.credentials.otp import Otp
from idp.credentials.reset_links import ResetLinks
from idp.db import Database, Tx
from idp.messages.numbers import canonical_number, is_served
from idp.messages.outbox import Message, Outbox, masked
from idp.origin import Origin

DAY = 86_400
LONGEST_EMAIL = 254
# The mail to somebody whose address another account wants: it tells them the truth (CR-030).
TAKEN = "address-taken"
# What would make several recipients of one, or a comment.
STRANGE = frozenset("(),:;[]\\")


class Kind(Enum):
    """What can be changed, and how a code reaches it."""

    EMAIL = "email"
    PHONE = "phone"

    @property
    def channel(self) -> str:
        """The channel on which its code goes."""
        return "email" if self is Kind.EMAIL else "sms"

    @property
    def purpose(self) -> Purpose:
        """What its code is good for."""
        return Purpose.EMAIL if self is Kind.EMAIL else Purpose.PHONE

    def of(self, account: Account) -> str:
        """What an account has now."""
        return account.person.email if self is Kind.EMAIL else account.person.phone


class Unfit(Enum):
    """Why something typed is no address."""

    MALFORMED = "malformed"
    # Nothing is sent to that country.
    NOT_SERVED = "not-served"


class Proved(Enum):
    """What became of a typed code."""

    DONE = "done"
    WRONG = "wrong"
    OVER = "over"


class Addresses:
    """The verbs; each opens its own transaction."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        contact: Contact,
        otp: Otp,
        outbox: Outbox,
        links: ResetLinks,
        channels: Channels,
        countries: tuple[str, ...],
        life: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._contact = contact
        self._codes = otp.codes
        self._sending = otp.sending
        self._outbox = outbox
        self._links = links
        self._channels = channels
        self._countries = countries
        self._life = life

    def read(self, kind: Kind, typed: str) -> str | Unfit:
        """An address in its one spelling, or why it is none."""
        if kind is Kind.PHONE:
            number = canonical_number(typed)
            if number is None:
                return Unfit.MALFORMED
            return number if is_served(number, self._countries) else Unfit.NOT_SERVED
        return _read_email(typed.strip())

    def ask(self, account: str, session: str, kind: Kind, address: str, origin: Origin) -> str:
        """Send a code to an address; answers nothing, or why not.

        Of an address that somebody else has nothing is said here: its owner is told.
        """
        if not self._channels.is_up(kind.channel):
            return "down"
        with self._database.write() as tx:
            found = accounts.load(tx, account)
            if found is None:
                return "no-way"
            owner = accounts.find(tx, address) if kind is Kind.EMAIL else None
            letter = Letter(
                kind.channel,
                address,
                found.person.locale,
                self._life,
                instead=TAKEN if owner not in {None, account} else "",
            )
            bound = Binding(account, kind.purpose, session)
            refused = self._sending.send(tx, bound, letter, origin)
        return refused.why if refused else ""

    def awaited(self, account: str, session: str, kind: Kind) -> Awaited | None:
        """The address whose code is waited for in this session, or was."""
        with self._database.read() as tx:
            return self._sending.awaited(tx, Binding(account, kind.purpose, session))

    def prove(
        self, account: str, session: str, kind: Kind, typed: str, origin: Origin, at: str
    ) -> Proved:
        """Judge a code; with a right one its address counts, and old and new are told."""
        with self._database.write() as tx:
            before = accounts.load(tx, account)
            used = self._codes.use(tx, Binding(account, kind.purpose, session), typed)
            if used is Fault.WRONG:
                return Proved.WRONG
            if isinstance(used, Fault) or before is None:
                return Proved.OVER
            address = used.destination
            if kind is Kind.PHONE:
                self._contact.set_phone(tx, account, address, origin)
            elif not self._contact.set_email(tx, account, address, origin):
                return Proved.OVER
            old = kind.of(before)
            if fold(old) != fold(address):
                self._end_what_went_to(tx, account)
                self._tell(tx, before, kind, old, address, at)
        return Proved.DONE

    def remove_phone(self, account: str, origin: Origin, at: str) -> None:
        """Take the number away; the person is told by e-mail."""
        with self._database.write() as tx:
            before = accounts.load(tx, account)
            if before is None or not before.person.phone:
                return
            self._contact.set_phone(tx, account, "", origin)
            self._end_what_went_to(tx, account)
            self._tell(tx, before, Kind.PHONE, before.person.phone, "", at)

    def _end_what_went_to(self, tx: Tx, account: str) -> None:
        """CR-005, CR-041: what is under way to an address given up is worth nothing."""
        self._codes.end(tx, account, Purpose.LOGIN)
        self._links.void(tx, account)

    def _tell(self, tx: Tx, before: Account, kind: Kind, old: str, new: str, at: str) -> None:
        person = before.person
        to = [person.email] if kind is Kind.PHONE else [old, new]
        for recipient in dict.fromkeys(one for one in to if one):
            message = Message(
                channel="email",
                purpose="address-changed",
                recipient=recipient,
                account=before.id,
                locale=person.locale,
                worth=7 * DAY,
                values={
                    "name": person.display_name,
                    "kind": kind.value,
                    "shown": masked(kind.channel, new) if new else "–",
                    "at": at,
                },
            )
            self._outbox.put(tx, message)


def _read_email(address: str) -> str | Unfit:
    try:
        check_email(address)
    except Invalid:
        return Unfit.MALFORMED
    plain = address.isprintable() and STRANGE.isdisjoint(address)
    return address if plain and 0 < len(address) <= LONGEST_EMAIL else Unfit.MALFORMED
