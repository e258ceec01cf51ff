# SPDX-License-Identifier: Apache-2.0
"""Ten codes to keep on paper, each for once, in the place of an authenticator app that is gone."""

import re
from typing import Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from idp.audit.record import Audit, Event
from idp.clock import Clock, Entropy
from idp.credentials.models import RecoveryCodeRow, TotpRow
from idp.db import Database, Tx, table_of
from idp.lookup import Lookup
from idp.origin import Origin

MEANS: Final = "totp"
HOW_MANY: Final = 10
# So few are left that it is time for new ones.
FEW: Final = 2
# No letter or digit of it can be taken for another, spoken or written by hand.
ALPHABET: Final = "ACDEFHJKMNPRTWXY3479"
# NIST SP 800-63B-4 §3.1.2: fifteen of twenty signs are 64 bits, which a plain hash protects.
GROUP: Final = 5
GROUPS: Final = 3
FORM: Final = re.compile(f"[{ALPHABET}]{{{GROUP * GROUPS}}}")
# What people and word processors put between groups: spaces and dashes of all kinds.
BETWEEN: Final = re.compile(r"[\s\u2010-\u2015\u2212-]+")
table = table_of(RecoveryCodeRow)
apps = table_of(TotpRow)
# Two renewals at once wait for each other here, or both would leave their ten.
HOLD = select(apps.c.account_id).where(apps.c.account_id == bindparam("account")).with_for_update()
DROP = delete(table).where(table.c.account_id == bindparam("account"))
ADD = insert(table)
UNUSED = (table.c.account_id == bindparam("account")) & table.c.used_at.is_(None)
THIS = UNUSED & (table.c.hash == bindparam("hash_"))
# One statement decides who was first (CR-003).
USE = update(table).where(THIS).values(used_at=bindparam("now")).returning(table.c.account_id)
FIND = select(table.c.account_id).where(THIS)
COUNT = select(func.count()).select_from(table).where(UNUSED)


class RecoveryCodes:
    """The host's side of codes on paper (`connectors.ports.RecoveryStore`)."""

    def __init__(
        self, database: Database, clock: Clock, entropy: Entropy, lookup: Lookup, audit: Audit
    ) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup
        self._audit = audit

    def renew(self, tx: Tx, account: str, origin: Origin | None = None) -> tuple[str, ...]:
        """Ten new codes, told this once; older ones are worth nothing any more.

        Nothing for an account without an app: there is nothing that they could stand in for.
        """
        if tx.execute(HOLD, {"account": account}).first() is None:
            return ()
        codes = tuple(self._make() for _ in range(HOW_MANY))
        tx.execute(DROP, {"account": account})
        now = self._clock.now()
        rows = [
            {"account_id": account, "hash": self._hash(account, code), "created_at": now}
            for code in codes
        ]
        for row in rows:
            tx.execute(ADD, row | {"used_at": None})
        event = Event("recovery.renewed", account=account, means=MEANS, detail={"left": HOW_MANY})
        self._audit.record(tx, event, origin)
        return codes

    def use(self, subject: str, typed: str, *, keep: bool) -> bool:
        """Whether this is an unused code of the account; used from now on, unless kept."""
        code = read(typed)
        if code is None:
            return False
        known = {"account": subject, "hash_": self._hash(subject, code)}
        if keep:
            with self._database.read() as tx:
                return tx.execute(FIND, known).first() is not None
        with self._database.write() as tx:
            if tx.execute(USE, known | {"now": self._clock.now()}).first() is None:
                return False
            detail = {"left": remaining(tx, subject)}
            event = Event("recovery.used", account=subject, means=MEANS, detail=detail)
            self._audit.record(tx, event)
        return True

    def drop(self, tx: Tx, account: str) -> None:
        """They go with the app that they stand in for."""
        tx.execute(DROP, {"account": account})

    def _make(self) -> str:
        signs = ""
        while len(signs) < GROUP * GROUPS:
            # Bytes above the last whole multiple are dropped, or some signs would come more often.
            fair = (one for one in self._entropy.bytes(32) if one < 256 - 256 % len(ALPHABET))
            signs += "".join(ALPHABET[one % len(ALPHABET)] for one in fair)
        return signs[: GROUP * GROUPS]

    def _hash(self, account: str, code: str) -> bytes:
        return self._lookup.hash(f"recovery|{account}|{code}")


def read(typed: str) -> str | None:
    """A code as typed, in the one form in which it is kept; None for what cannot be one."""
    # Only ASCII grows: `upper()` would make letters of the alphabet out of others (CR-004).
    plain = BETWEEN.sub("", typed)
    if not plain.isascii():
        return None
    plain = plain.upper()
    return plain if FORM.fullmatch(plain) else None


def grouped(code: str) -> str:
    """A code as people read it."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def remaining(tx: Tx, account: str) -> int:
    """How many codes the account has left."""
    return int(tx.execute(COUNT, {"account": account}).scalar_one())
