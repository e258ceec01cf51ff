# SPDX-License-Identifier: Apache-2.0
"""One-time codes: six digits bound to an account, a purpose, a transaction, and where they went.

The code itself never reaches the database (CR-010). A newer code ends the one before it (CR-007),
five wrong tries end it as well (CR-001), and a right try ends it once (CR-003).
"""

import hmac
import re
from dataclasses import dataclass, field
from enum import Enum

from sqlalchemy import BigInteger, and_, bindparam, case, delete, insert, or_, select, update

from idp.clock import Clock, Entropy
from idp.credentials.models import CodeRow
from idp.crypto import KeyRing
from idp.db import Found, Tx, table_of
from idp.lookup import Lookup
from idp.messages.numbers import country_of

DIGITS = 6
SIX_DIGITS = re.compile(r"[0-9]{6}", re.ASCII)
MOST_TRIES = 5
# Clocks of several nodes differ a little. A code from further in the future than this was made
# before a clock was set back: it is over, and not good for so much longer (RL-09).
DRIFT = 60
table = table_of(CodeRow)
BOUND = and_(
    table.c.account_id == bindparam("account"),
    table.c.purpose == bindparam("purpose_"),
    table.c.transaction == bindparam("transaction_"),
)
IN_TIME = and_(
    table.c.expires_at > bindparam("now"),
    table.c.created_at <= bindparam("now", type_=BigInteger) + DRIFT,
)
ADD = insert(table)
# Where there are several the live one comes first, then the one made last.
FIND = (
    select(table)
    .where(BOUND)
    .order_by(table.c.ended_at.is_not(None), table.c.created_at.desc(), table.c.id)
)
# One statement counts the try, judges it and ends the code, so that of parallel tries none slips
# past the count, and one at most is right. A code found to be too old is ended as well: it does
# not come back when a clock is set back.
RIGHT = table.c.hash == bindparam("typed")
TRY = (
    update(table)
    .where(table.c.id == bindparam("code_id"), BOUND, table.c.ended_at.is_(None))
    .values(
        tries=table.c.tries + 1,
        used=case((and_(RIGHT, IN_TIME), 1), else_=0),
        ended_at=case(
            (
                or_(
                    RIGHT,
                    table.c.tries + 1 >= MOST_TRIES,
                    ~IN_TIME,
                ),
                bindparam("now"),
            ),
            else_=None,
        ),
    )
    .returning(table)
)
END = (
    update(table)
    .where(
        table.c.account_id == bindparam("account"),
        table.c.purpose == bindparam("purpose_"),
        table.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("now"))
)
FORGET = delete(table).where(table.c.expires_at < bindparam("before"))


class Purpose(Enum):
    """What a code is for; it is good for nothing else (CR-005)."""

    LOGIN = "login"
    EMAIL = "email"
    PHONE = "phone"
    # What is asked for beside a password that stands alone.
    BESIDE = "beside"


@dataclass(frozen=True, slots=True)
class Binding:
    """Whose code it is, what for, and in which journey or session."""

    account: str
    purpose: Purpose
    transaction: str


@dataclass(frozen=True, slots=True)
class Made:
    """A new code, to be sent and forgotten."""

    id: str
    digits: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """A code as it stands, without its digits."""

    id: str
    channel: str
    destination: str = field(repr=False)
    created_at: int
    expires_at: int
    # Whether it is still good.
    live: bool


class Fault(Enum):
    """Why a try proves nothing."""

    WRONG = "wrong"
    # This try was the last one, and wrong.
    BURNED = "burned"
    OVER = "over"


class OneTimeCodes:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, entropy: Entropy, lookup: Lookup, ring: KeyRing) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup
        self._ring = ring

    def make(self, tx: Tx, bound: Binding, channel: str, destination: str, life: int) -> Made:
        """A new code, that lives so many seconds; the account's older one for this purpose ends."""
        self.end(tx, bound.account, bound.purpose)
        now = self._clock.now()
        made = Made(self._entropy.token(16), self._digits())
        row = {
            "id": made.id,
            "account_id": bound.account,
            "purpose": bound.purpose.value,
            "transaction": bound.transaction,
            "channel": channel,
            "destination": self._ring.seal(destination.encode(), **_place(made.id)),
            "hash": self._hash(made.id, made.digits),
            "created_at": now,
            "expires_at": now + life,
            "country": country_of(destination) if channel == "sms" else "",
            "tries": 0,
            "used": 0,
            "ended_at": None,
        }
        tx.execute(ADD, row)
        return made

    def find(self, tx: Tx, bound: Binding) -> OneTimeCode | None:
        """The live code of this account, purpose and transaction, else the last one there was."""
        row = tx.execute(FIND, _known(bound)).first()
        return None if row is None else self._read(row, live=self._is_live(row))

    def sent_at(self, tx: Tx, bound: Binding, channel: str, destination: str) -> int:
        """When a code last went there, whatever became of it; 0 for never."""
        now = self._clock.now()
        rows = tx.execute(FIND, _known(bound)).all()
        codes = [self._read(row, live=False) for row in rows if row.channel == channel]
        made = (one.created_at for one in codes if one.destination == destination)
        # What lies in the future after a clock was set back counts as of now, and not for ever.
        return max((min(at, now) for at in made), default=0)

    def use(self, tx: Tx, bound: Binding, typed: str, *, keep: bool = False) -> OneTimeCode | Fault:
        """Judge what was typed; a right code is over with it, for everybody but this caller.

        To a code that is kept a right try does nothing: it is as good as before.
        """
        digits = typed.strip()
        # CR-004: what can't be a code is not looked at, and does not count as a try.
        if not SIX_DIGITS.fullmatch(digits):
            return Fault.WRONG
        found = tx.execute(FIND, _known(bound)).first()
        if found is None:
            return Fault.OVER
        hashed = self._hash(found.id, digits)
        now = self._clock.now()
        if keep and self._is_live(found) and hmac.compare_digest(found.hash, hashed):
            return self._read(found, live=True)
        known = _known(bound) | {"code_id": found.id, "typed": hashed, "now": now}
        row = tx.execute(TRY, known).first()
        if row is None or not _in_time(row, now):
            return Fault.OVER
        if hmac.compare_digest(row.hash, hashed):
            return self._read(row, live=True)
        return Fault.BURNED if row.tries >= MOST_TRIES else Fault.WRONG

    def end(self, tx: Tx, account: str, purpose: Purpose) -> None:
        """End what is live: a newer one takes its place, or its destination is no longer right."""
        known = {"account": account, "purpose_": purpose.value, "now": self._clock.now()}
        tx.execute(END, known)

    def _digits(self) -> str:
        # 128 bits: the remainder favours no code by more than one in 10^32.
        number = int.from_bytes(self._entropy.bytes(16)) % 10**DIGITS
        return f"{number:0{DIGITS}}"

    def _hash(self, name: str, digits: str) -> bytes:
        return self._lookup.hash(f"one-time-code|{name}|{digits}")

    def _is_live(self, row: Found) -> bool:
        return row.ended_at is None and _in_time(row, self._clock.now())

    def _read(self, row: Found, *, live: bool) -> OneTimeCode:
        destination = self._ring.open(row.destination, **_place(row.id)).decode()
        return OneTimeCode(row.id, row.channel, destination, row.created_at, row.expires_at, live)


def forget_old(tx: Tx, before: int) -> None:
    """Drop the codes that nobody could use after a moment."""
    tx.execute(FORGET, {"before": before})


def _in_time(row: Found, now: int) -> bool:
    return bool(row.expires_at > now and row.created_at <= now + DRIFT)


def _place(name: str) -> dict[str, str]:
    return {"table": "one_time_codes", "column": "destination", "row": name}


def _known(bound: Binding) -> dict[str, object]:
    return {
        "account": bound.account,
        "purpose_": bound.purpose.value,
        "transaction_": bound.transaction,
    }
