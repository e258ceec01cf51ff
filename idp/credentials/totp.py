# SPDX-License-Identifier: Apache-2.0
"""Verbs of the authenticator app: set up, take a step, remove."""

import base64
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.audit.record import Audit, Event
from idp.clock import Clock, Entropy
from idp.credentials import throttle
from idp.credentials.models import TotpRow
from idp.crypto import VERSION, KeyRing
from idp.db import Database, Tx, table_of
from idp.origin import Origin

KIND = "totp"
# RFC 4226 §4, R6: 160 bits, the length of the hash; 32 letters of base 32 without padding.
SEED_BYTES = 20
table = table_of(TotpRow)
LOAD = select(table).where(table.c.account_id == bindparam("account"))
NEW = upsert(table)
CHANGED = ("secret", "name", "created_at", "last_step", "last_used_at")
PUT = NEW.on_conflict_do_update(
    index_elements=["account_id"], set_={name: NEW.excluded[name] for name in CHANGED}
)
# RFC 6238 §5.2: a code is accepted once. The one statement decides among parallel ones (CR-003),
# and whatever the clock does, steps only go up (CR-008, RL-09).
TAKE = (
    update(table)
    .where(table.c.account_id == bindparam("account"), table.c.last_step < bindparam("step_"))
    .values(last_step=bindparam("step_"), last_used_at=bindparam("now"))
    .returning(table.c.account_id)
)
SEALED_BY_OTHERS = (
    select(table.c.account_id, table.c.secret)
    .where(func.substr(table.c.secret, 1, bindparam("length")) != bindparam("beginning"))
    .limit(bindparam("most"))
)
# Only what was read is replaced: an app set up meanwhile stays.
RESEAL = (
    update(table)
    .where(table.c.account_id == bindparam("account"), table.c.secret == bindparam("before"))
    .values(secret=bindparam("after"))
)
REMOVE = delete(table).where(table.c.account_id == bindparam("account")).returning(table.c.name)


@dataclass(frozen=True, slots=True)
class Authenticator:
    """An app as its owner sees it."""

    name: str
    created_at: int
    last_used_at: int | None


class Authenticators:
    """The host's side of the authenticator app (`connectors.ports.AuthenticatorStore`)."""

    def __init__(
        self, database: Database, clock: Clock, entropy: Entropy, ring: KeyRing, audit: Audit
    ) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._ring = ring
        self._audit = audit

    def is_set_up(self, subject: str) -> bool:
        """Whether the account has an app."""
        with self._database.read() as tx:
            return find(tx, subject) is not None

    def seed(self, subject: str) -> str | None:
        """What the account's app has learned."""
        with self._database.read() as tx:
            row = tx.execute(LOAD, {"account": subject}).first()
        return None if row is None else self._ring.open(row.secret, **_place(subject)).decode()

    def take(self, subject: str, step: int) -> bool:
        """Take a step, once and never backwards."""
        known = {"account": subject, "step_": step, "now": self._clock.now()}
        with self._database.write() as tx:
            return tx.execute(TAKE, known).first() is not None

    def new_seed(self) -> str:
        """A seed that nobody can guess, in base 32 as apps read it."""
        return base64.b32encode(self._entropy.bytes(SEED_BYTES)).decode()

    def put(
        self, tx: Tx, account: str, seed: str, name: str, step: int, origin: Origin | None = None
    ) -> None:
        """The account's app from now on; the step that confirmed it is taken with it."""
        now = self._clock.now()
        row = {
            "account_id": account,
            "secret": self._ring.seal(seed.encode(), **_place(account)),
            "name": name,
            "created_at": now,
            "last_step": step,
            "last_used_at": now,
        }
        tx.execute(PUT, row)
        # NIST SP 800-63B-4 §3.2.2: disabled by guessing, the means is bound anew by renewing it.
        throttle.clear_means(tx, KIND, account)
        self._audit.record(tx, Event("means.added", account=account, means=KIND), origin)

    def remove(self, tx: Tx, account: str, origin: Origin | None = None) -> str | None:
        """Take the app away; its name, for the one who did."""
        row = tx.execute(REMOVE, {"account": account}).first()
        if row is None:
            return None
        self._audit.record(tx, Event("means.removed", account=account, means=KIND), origin)
        return str(row.name)

    def reseal(self, tx: Tx, most: int = 100) -> int:
        """Seal up to `most` seeds again with the ring's active key; 0 when none is left."""
        beginning = f"{VERSION}.{self._ring.active_id}."
        known = {"beginning": beginning, "length": len(beginning), "most": most}
        found = tx.execute(SEALED_BY_OTHERS, known).all()
        for row in found:
            place = _place(row.account_id)
            after = self._ring.seal(self._ring.open(row.secret, **place), **place)
            values = {"account": row.account_id, "before": row.secret, "after": after}
            tx.execute(RESEAL, values)
        return len(found)


def find(tx: Tx, account: str) -> Authenticator | None:
    """The account's app, without what it has learned."""
    row = tx.execute(LOAD, {"account": account}).first()
    return None if row is None else Authenticator(row.name, row.created_at, row.last_used_at)


def _place(account: str) -> dict[str, str]:
    return {"table": "totp", "column": "secret", "row": account}
