# SPDX-License-Identifier: Apache-2.0
"""Verbs of the password: set, find, check, and hash anew when the parameters have changed."""

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts import service as accounts
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.credentials import throttle
from idp.credentials.hashing import FORM, Hashing
from idp.credentials.models import PasswordRow
from idp.db import Database, Tx, table_of
from idp.errors import Overloaded
from idp.origin import Origin

# The means whose counters end with a new password.
KIND = "password"
table = table_of(PasswordRow)
LOAD = select(table.c.hash).where(table.c.account_id == bindparam("account"))
NEW = upsert(table)
PUT = NEW.on_conflict_do_update(
    index_elements=["account_id"],
    set_={name: NEW.excluded[name] for name in ("hash", "form", "changed_at")},
)
# Only the hash that was verified is replaced: a change of password meanwhile stays (CR-039).
REPLACE = (
    update(table)
    .where(table.c.account_id == bindparam("account"), table.c.hash == bindparam("old"))
    .values(hash=bindparam("new"))
)


class Passwords:
    """The host's side of the password means (`connectors.ports.PasswordStore`)."""

    def __init__(self, database: Database, hashing: Hashing, clock: Clock, audit: Audit) -> None:
        self._database = database
        self._hashing = hashing
        self._clock = clock
        self._audit = audit

    def find(self, identifier: str) -> str | None:
        """The account behind what was typed."""
        with self._database.read() as tx:
            return accounts.find(tx, identifier)

    def matches(self, subject: str | None, password: str) -> bool:
        """Whether this is the account's password. No transaction is open meanwhile."""
        stored = None
        if subject is not None:
            with self._database.read() as tx:
                stored = tx.execute(LOAD, {"account": subject}).scalar()
        if not self._hashing.matches(stored, password):
            return False
        if subject is not None and stored is not None and self._hashing.is_outdated(stored):
            self._hash_anew(subject, stored, password)
        return True

    def _hash_anew(self, account: str, old: str, password: str) -> None:
        try:
            new = self._hashing.hash(password)
        except Overloaded:
            # The password was right; the next login has another chance.
            return
        with self._database.write() as tx:
            tx.execute(REPLACE, {"account": account, "old": old, "new": new})

    def hashed(self, password: str) -> str:
        """The hash of a new password, made before the transaction that stores it."""
        return self._hashing.hash(password)

    def close(self) -> None:
        """End the pool of the hashing."""
        self._hashing.close()

    def put(self, tx: Tx, account: str, hashed: str, origin: Origin | None = None) -> None:
        """Store an account's new password."""
        row = {
            "account_id": account,
            "hash": hashed,
            "form": FORM,
            "changed_at": self._clock.now(),
        }
        tx.execute(PUT, row)
        # NIST SP 800-63B-4 §3.2.2: disabled by guessing, the means is bound anew by renewing it.
        throttle.clear_means(tx, KIND, account)
        self._audit.record(tx, Event("password.set", account=account), origin)
