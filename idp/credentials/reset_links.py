# SPDX-License-Identifier: Apache-2.0
"""Links to a new password: 256 bits, kept by keyed hash, used once, void after any change (CR-041).

Temporary passwords that were sent are kept in the same way. Who gets one, and what is said to
those who don't, is not decided here.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, delete, insert, select, update

from idp.clock import DRIFT, Clock, Entropy
from idp.credentials.hashing import normalise
from idp.credentials.models import ResetLinkRow
from idp.db import Tx, table_of
from idp.lookup import Lookup

table = table_of(ResetLinkRow)
LONGEST_SECRET = 128
LIVE = (
    (table.c.hash == bindparam("hash_"))
    & table.c.used_at.is_(None)
    & (table.c.expires_at > bindparam("now"))
    # One from the future was made before a clock was set back: it is over (RL-09).
    & (table.c.created_at <= bindparam("now", type_=BigInteger) + DRIFT)
)
ADD = insert(table)
FIND = select(table.c.account_id).where(LIVE)
# One statement decides who was first.
USE = (
    update(table)
    .where(LIVE)
    .values(used_at=bindparam("now"))
    .returning(table.c.account_id, table.c.channel, table.c.expires_at)
)
VOID = (
    update(table)
    .where(table.c.account_id == bindparam("account"), table.c.used_at.is_(None))
    .values(used_at=bindparam("now"))
)
# What has expired is said to be over, or a clock set back would open it again.
EXPIRED = (
    update(table)
    .where(table.c.expires_at <= bindparam("before"), table.c.used_at.is_(None))
    .values(used_at=table.c.expires_at)
)
FORGET = delete(table).where(table.c.expires_at < bindparam("before"))


@dataclass(frozen=True, slots=True)
class Temporary:
    """A temporary password that was just used: how it was sent, and when it ends."""

    channel: str
    expires_at: int


class ResetLinks:
    """The verbs; the secret itself never reaches the database."""

    def __init__(self, clock: Clock, entropy: Entropy, lookup: Lookup, life: int) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup
        self._life = life

    def give(self, tx: Tx, account: str) -> str:
        """The secret of a new link, to be sent by e-mail; links given earlier are void."""
        secret = self._entropy.token()
        self._add(tx, account, self._lookup.hash(secret), "email", self._life)
        return secret

    def give_activation(self, tx: Tx, account: str, life: int) -> str:
        """The secret of a link by which a first password is chosen; it opens no other page."""
        secret = self._entropy.token()
        self._add(tx, account, self._lookup.hash(_first(secret)), "first", life)
        return secret

    def find_activation(self, tx: Tx, secret: str) -> str | None:
        """The account of such a link while it lives; looking uses nothing up."""
        return self.find(tx, _first(secret))

    def use_activation(self, tx: Tx, secret: str) -> str | None:
        """The account of such a link, for its first presenter."""
        return self.use(tx, _first(secret))

    def give_temporary(self, tx: Tx, account: str, temporary: str, channel: str, life: int) -> None:
        """Keep a temporary password beside the account's own, which goes on until this is used.

        So nobody who only knows an identifier can put its owner's password out of use.
        """
        hashed = self._lookup.hash(_with_account(account, temporary))
        self._add(tx, account, hashed, channel, life)

    def _add(self, tx: Tx, account: str, hashed: bytes, channel: str, life: int) -> None:
        self.void(tx, account)
        now = self._clock.now()
        row = {
            "hash": hashed,
            "account_id": account,
            "channel": channel,
            "created_at": now,
            "expires_at": now + life,
            "used_at": None,
        }
        tx.execute(ADD, row)

    def use_temporary(self, tx: Tx, account: str, typed: str) -> Temporary | None:
        """The account's temporary password, for the first who types it."""
        row = tx.execute(USE, self._known(_with_account(account, typed))).first()
        return None if row is None else Temporary(row.channel, row.expires_at)

    def is_temporary(self, tx: Tx, account: str, typed: str) -> bool:
        """The same without using it up."""
        known = self._known(_with_account(account, typed))
        return tx.execute(FIND, known).first() is not None

    def find(self, tx: Tx, secret: str) -> str | None:
        """The account of a live link; looking at the page uses nothing up."""
        found: str | None = tx.execute(FIND, self._known(secret)).scalar()
        return found

    def use(self, tx: Tx, secret: str) -> str | None:
        """The account of a live link, for its first presenter."""
        row = tx.execute(USE, self._known(secret)).first()
        return None if row is None else row.account_id

    def void(self, tx: Tx, account: str) -> None:
        """End every open link of an account."""
        tx.execute(VOID, {"account": account, "now": self._clock.now()})

    def _known(self, secret: str) -> dict[str, object]:
        return {"hash_": self._lookup.hash(secret[:LONGEST_SECRET]), "now": self._clock.now()}


def _first(secret: str) -> str:
    # CR-005: neither kind of link serves in the other's place.
    return f"first|{secret}"


def _with_account(account: str, temporary: str) -> str:
    # No secret of a link looks like this: neither can be presented in the other's place.
    return f"temporary|{account}|{normalise(temporary)}"


def end_expired(tx: Tx, before: int) -> None:
    """Say of the links that expired before a moment that they are over."""
    tx.execute(EXPIRED, {"before": before})


def forget_old(tx: Tx, before: int) -> None:
    """Drop the links that ended before a moment."""
    tx.execute(FORGET, {"before": before})
