# SPDX-License-Identifier: Apache-2.0
"""Verbs of passkeys: keep a new one, find it, take note of its use, rename it, remove it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import BigInteger, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from connectors.ports import NewPasskey, Passkey
from idp.accounts.models import AccountRow
from idp.audit.record import Audit, Event
from idp.clock import Clock, Entropy
from idp.credentials import throttle, used_once
from idp.credentials.challenges import SealedChallenges
from idp.credentials.models import PasskeyRow
from idp.db import Database, Found, Tx, table_of
from idp.lookup import Lookup
from idp.origin import Origin

KIND = "passkey"
# A person's, all together: enough for every device they have.
MOST = 10
LONGEST_NAME = 64
HANDLE_BYTES = 32

table = table_of(PasskeyRow)
accounts = table_of(AccountRow)
OF = (
    select(table)
    .where(table.c.account_id == bindparam("account"))
    .order_by(table.c.created_at, table.c.id)
)
FIND = select(table).where(table.c.credential == bindparam("credential_"))
COUNT = select(func.count()).where(table.c.account_id == bindparam("account"))
# FOR UPDATE: two that are added at once wait for each other, and the second counts the first.
HOLD = select(accounts.c.id).where(accounts.c.id == bindparam("account")).with_for_update()
ADD = upsert(table).on_conflict_do_nothing().returning(table.c.id)
new_counter = bindparam("counter_", type_=BigInteger)
# WebAuthn §7.2 step 22: a counter goes on, unless the authenticator keeps none.
USE = (
    update(table)
    .where(
        table.c.id == bindparam("passkey"),
        or_(table.c.counter < new_counter, and_(table.c.counter == 0, new_counter == 0)),
    )
    .values(counter=new_counter, backed_up=bindparam("backed_up_"), last_used_at=bindparam("now"))
    .returning(table.c.id)
)
COUNTER = select(table.c.counter).where(table.c.id == bindparam("passkey"))
OWN = and_(table.c.id == bindparam("passkey"), table.c.account_id == bindparam("account"))
RENAME = update(table).where(OWN).values(name=bindparam("name_")).returning(table.c.id)
REMOVE = delete(table).where(OWN).returning(table.c.name, table.c.transports)


@dataclass(frozen=True, slots=True)
class Held:
    """A passkey as its owner sees it."""

    id: str
    name: str
    created_at: int
    last_used_at: int | None
    backed_up: bool


class NotAdded(Enum):
    """Why a passkey was not kept."""

    # The answer was taken already.
    AGAIN = "again"
    # Somebody has it: this account or another.
    KNOWN = "known"
    TOO_MANY = "too-many"


class Passkeys:
    """The host's side of the passkey means (`connectors.ports.PasskeyStore`), and its life."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        entropy: Entropy,
        lookup: Lookup,
        audit: Audit,
        challenges: SealedChallenges,
    ) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup
        self._audit = audit
        self._challenges = challenges

    def handle(self, subject: str) -> bytes:
        """What authenticators know an account by: derived, so that it names nobody."""
        # WebAuthn §14.6.1: nothing in it tells who the person is.
        return bytes.fromhex(self._lookup.text("passkey-handle", subject, HANDLE_BYTES))

    def of(self, subject: str) -> Sequence[Passkey]:
        """An account's passkeys, for its authenticators."""
        with self._database.read() as tx:
            return [_passkey(row) for row in tx.execute(OF, {"account": subject})]

    def find(self, credential: bytes) -> Passkey | None:
        """The passkey that an authenticator names."""
        with self._database.read() as tx:
            row = tx.execute(FIND, {"credential_": credential}).first()
        return _passkey(row) if row else None

    def use(self, passkey: Passkey, challenge: bytes, counter: int, *, backed_up: bool) -> bool:
        """Take the challenge and note the use, in one transaction: of many at once, one wins."""
        known = {
            "passkey": passkey.id,
            "counter_": counter,
            "backed_up_": int(backed_up),
            "now": self._clock.now(),
        }
        with self._database.write() as tx:
            if not self._take(tx, challenge):
                return False
            if tx.execute(USE, known).first() is not None:
                return True
            stored = tx.execute(COUNTER, {"passkey": passkey.id}).scalar()
            if stored is not None:
                # Two authenticators hold the same key: one of them is a copy.
                event = Event(
                    "passkey.cloned",
                    "refused",
                    account=passkey.subject,
                    means=KIND,
                    detail={"passkey": passkey.id, "stored": stored, "shown": counter},
                )
                self._audit.record(tx, event)
        return False

    def _take(self, tx: Tx, challenge: bytes) -> bool:
        hashed = self._lookup.hash(challenge.hex())
        keep_until = self._clock.now() + self._challenges.memory
        return used_once.claim(tx, KIND, hashed, keep_until)

    def listed(self, tx: Tx, account: str) -> list[Held]:
        """An account's passkeys, for its owner, oldest first."""
        return [
            Held(row.id, row.name, row.created_at, row.last_used_at, bool(row.backed_up))
            for row in tx.execute(OF, {"account": account})
        ]

    def add(
        self, tx: Tx, account: str, new: NewPasskey, name: str, origin: Origin | None
    ) -> Held | NotAdded:
        """Keep a new passkey. Its answer is used up even where it is not kept."""
        tx.execute(HOLD, {"account": account})
        if tx.execute(COUNT, {"account": account}).scalar_one() >= MOST:
            return NotAdded.TOO_MANY
        if not self._take(tx, new.challenge):
            return NotAdded.AGAIN
        held = Held(self._entropy.token(16), name, self._clock.now(), None, new.backed_up)
        row = {
            "id": held.id,
            "account_id": account,
            "credential": new.credential,
            "public_key": new.public_key,
            "counter": new.counter,
            "name": name,
            "transports": ",".join(new.transports),
            "model": new.model,
            "backed_up": int(new.backed_up),
            "created_at": held.created_at,
            "last_used_at": None,
        }
        if tx.execute(ADD, row).first() is None:
            return NotAdded.KNOWN
        # NIST SP 800-63B-4 §3.2.2: disabled by guessing, the means is bound anew by renewing it.
        throttle.clear_means(tx, KIND, account)
        self._record(tx, "means.added", account, (held.id, ",".join(new.transports)), origin)
        return held

    def rename(self, tx: Tx, account: str, passkey: str, name: str) -> bool:
        """Give one's own passkey another name."""
        known = {"account": account, "passkey": passkey, "name_": name}
        return tx.execute(RENAME, known).first() is not None

    def remove(self, tx: Tx, account: str, passkey: str, origin: Origin | None) -> str | None:
        """Forget one's own passkey; its name, or None where there was none."""
        row = tx.execute(REMOVE, {"account": account, "passkey": passkey}).first()
        if row is None:
            return None
        self._record(tx, "means.removed", account, (passkey, row.transports), origin)
        name: str = row.name
        return name

    def _record(
        self, tx: Tx, kind: str, account: str, passkey: tuple[str, str], origin: Origin | None
    ) -> None:
        # Whether it is part of a device, as far as its own word goes.
        built_in = int("internal" in passkey[1].split(","))
        detail: dict[str, str | int] = {"passkey": passkey[0], "built_in": built_in}
        event = Event(kind, account=account, means=KIND, detail=detail)
        self._audit.record(tx, event, origin)


def _passkey(row: Found) -> Passkey:
    ways = tuple(way for way in row.transports.split(",") if way)
    return Passkey(row.id, row.account_id, row.credential, row.public_key, ways, row.made_for)


def clean_name(typed: str) -> str:
    """A name as it is kept: one line, not too long; nothing where nothing was typed."""
    words = "".join(one if one.isprintable() else " " for one in typed).split()
    return " ".join(words)[:LONGEST_NAME].strip()
