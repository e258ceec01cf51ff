# SPDX-License-Identifier: Apache-2.0
"""Requests that applications set aside beforehand: found by the one that did, used once.

Whoever holds a reference holds chance alone: what is asked lies here, for every node to read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from idp.clock import DRIFT, Clock, Entropy
from idp.db import Tx, table_of
from idp.grants.models import PushedRequestRow
from idp.lookup import Lookup

encode_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
LIFE: Final = 60
# Of one application, begun and neither finished nor expired.
MOST: Final = 5000
# What began no login is dropped that much later: anybody can have a client set something aside
# that keeps no secret.
KEPT: Final = 60
LONGEST_REFERENCE: Final = 64

table = table_of(PushedRequestRow)
ADD = insert(table)
# Whether there are as many as there may be; nothing beyond is counted.
FULL = (
    select(table.c.hash)
    .where(table.c.application == bindparam("application_"), table.c.expires_at > bindparam("now"))
    .offset(bindparam("most"))
    .limit(1)
)
LOOK = select(table.c.kept).where(
    table.c.hash == bindparam("hash_"),
    table.c.application == bindparam("application_"),
    table.c.expires_at > bindparam("now"),
)
# One statement decides who was first, on every node (RL-02, RL-21).
USE = delete(table).where(table.c.hash == bindparam("hash_")).returning(table.c.hash)
KEEP = (
    update(table)
    .where(table.c.hash == bindparam("hash_"))
    .values(keep_until=bindparam("keep_until_"))
)
FORGET = delete(table).where(table.c.keep_until < bindparam("now"))


@dataclass(frozen=True, slots=True)
class Pushed:
    """What was set aside, and by what it is used up."""

    mark: str
    kept: Mapping[str, Any]


class PushedRequests:
    """The verbs of requests that were set aside."""

    def __init__(self, clock: Clock, entropy: Entropy, lookup: Lookup, login_life: int) -> None:
        self._login_life = login_life
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup

    def push(self, tx: Tx, application: str, kept: Mapping[str, Any]) -> str | None:
        """Set one aside; its reference, or nothing where the application has too many."""
        now = self._clock.now()
        known = {"application_": application, "now": now, "most": MOST - 1}
        if tx.execute(FULL, known).first() is not None:
            return None
        # RFC 9126 §7.1: chance that nobody guesses; 256 bits.
        reference = self._entropy.token()
        row = {
            "hash": self._lookup.hash(reference),
            "application": application,
            "kept": encode_json(kept),
            "expires_at": now + LIFE,
            "keep_until": now + LIFE + KEPT,
        }
        tx.execute(ADD, row)
        return reference

    def find(self, tx: Tx, application: str, reference: str) -> Pushed | None:
        """What this application set aside a moment ago and nobody has used; it stays."""
        if len(reference) > LONGEST_REFERENCE:
            return None
        hashed = self._lookup.hash(reference)
        known = {"hash_": hashed, "application_": application, "now": self._clock.now()}
        kept = tx.execute(LOOK, known).scalar()
        return Pushed(hashed.hex(), json.loads(kept)) if kept else None

    def keep(self, tx: Tx, mark: str) -> None:
        """A login begins with it, at whose end it is used up."""
        until = self._clock.now() + self._login_life + DRIFT
        tx.execute(KEEP, {"hash_": bytes.fromhex(mark), "keep_until_": until})

    def use(self, tx: Tx, mark: str) -> bool:
        """Use one up, however old by now; True for the one who does."""
        return tx.execute(USE, {"hash_": bytes.fromhex(mark)}).first() is not None

    def forget_old(self, tx: Tx) -> None:
        """Drop those of which nobody finishes a login any more."""
        tx.execute(FORGET, {"now": self._clock.now()})
