# SPDX-License-Identifier: Apache-2.0
"""Something beside the password, where an account has no second factor yet (CR-009).

A code to an address that was verified long ago, typed in this very session. A password that
somebody else has learned then sets up nothing of theirs, and changes no address.
"""

from dataclasses import dataclass, field
from typing import Final

from connectors.ports import SentCode
from idp.accounts import service as accounts
from idp.accounts.values import Account
from idp.clock import Clock
from idp.credentials import resets
from idp.credentials.addresses import Proved
from idp.credentials.code_sending import Channels, Letter
from idp.credentials.one_time_codes import Binding, Fault, Purpose
from idp.credentials.otp import Otp, destinations
from idp.credentials.pending import Pending
from idp.db import Database, Tx
from idp.messages.outbox import masked
from idp.origin import Origin

# As long as any proof of a sensitive change.
HOLDS: Final = 300
KEPT: Final = "beside"


@dataclass(frozen=True, slots=True)
class Way:
    """Where the code goes."""

    channel: str
    address: str = field(repr=False)

    @property
    def shown(self) -> str:
        """As much of it as may be shown."""
        return masked(self.channel, self.address)


@dataclass(frozen=True, slots=True)
class Later:
    """There are verified addresses, and none of them proves anything before this moment."""

    until: int


class Beside:
    """The verbs; each opens its own transaction where it is not handed one."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        otp: Otp,
        pending: Pending,
        channels: Channels,
        *,
        cooling: int,
        life: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._codes = otp.codes
        self._sending = otp.sending
        self._pending = pending
        self._channels = channels
        self._cooling = cooling
        self._life = life

    def way(self, tx: Tx, account: Account) -> Way | Later | None:
        """Where a code may go: the e-mail address first; None where nothing is verified."""
        now, known = self._clock.now(), destinations(account.person)
        changed = accounts.addresses_changed_at(tx, account.id)
        spent = resets.spent(tx, account.id, now)
        waits = []
        for channel in ("email", "sms"):
            if channel not in known:
                continue
            # CR-047: what was changed a moment ago may have been changed by the wrong person.
            at = changed.get(channel, 0)
            until = min(at, now) + self._cooling if at else 0
            # CR-044: what has just given the password away proves nothing beside it.
            if spent is not None and spent.channel == channel:
                until = max(until, spent.until)
            if until <= now:
                return Way(channel, known[channel])
            waits.append(until)
        return Later(min(waits)) if waits else None

    def holds(self, tx: Tx, account: str, session: str) -> bool:
        """Whether a code was typed in this session, not long ago."""
        at = self._pending.find(tx, KEPT, session, account)
        return at is not None and self._clock.now() - int(at) <= HOLDS

    def ask(self, account: str, session: str, origin: Origin) -> str:
        """Send a code; answers nothing, or why not."""
        with self._database.write() as tx:
            found = accounts.load(tx, account)
            way = self.way(tx, found) if found else None
            if found is None or not isinstance(way, Way):
                return "no-way"
            if not self._channels.is_up(way.channel):
                return "down"
            letter = Letter(way.channel, way.address, found.person.locale, self._life)
            refused = self._sending.send(tx, _bound(account, session), letter, origin)
        return refused.why if refused else ""

    def sent(self, account: str, session: str) -> SentCode | None:
        """The code that is waited for in this session, or was."""
        with self._database.read() as tx:
            found = self._sending.awaited(tx, _bound(account, session))
        return found.shown if found else None

    def prove(self, account: str, session: str, typed: str) -> Proved:
        """Judge a code; a right one is kept in mind for this session."""
        with self._database.write() as tx:
            found = accounts.load(tx, account)
            used = self._codes.use(tx, _bound(account, session), typed)
            if used is Fault.WRONG:
                return Proved.WRONG
            way = self.way(tx, found) if found else None
            # CR-005: it counts only from where a code may go at this moment.
            if isinstance(used, Fault) or way != Way(used.channel, used.destination):
                return Proved.OVER
            self._pending.keep(tx, KEPT, session, account, str(self._clock.now()))
        return Proved.DONE


def _bound(account: str, session: str) -> Binding:
    return Binding(account, Purpose.BESIDE, session)
