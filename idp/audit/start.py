# SPDX-License-Identifier: Apache-2.0
"""Where the chain begins: at its first event, or after the last batch that retention removed.

A start is signed as a batch is: nobody without the key can make a cut look like retention. All of
them are kept, because an anchor file may have a hole at any of them (a node that was away).
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from idp.audit.anchor import AnchorLine, Batch
from idp.audit.faults import Faults, What
from idp.audit.models import AuditStartRow
from idp.audit.proof import GENESIS, ProofKeys, same, start_mac
from idp.db import Tx, table_of

table = table_of(AuditStartRow)
ALL = select(
    table.c.number,
    table.c.last_seq,
    table.c.head,
    table.c.sealed_at,
    table.c.limit_at,
    table.c.removed_at,
    table.c.mac,
).order_by(table.c.number)
DOWNWARDS = ALL.order_by(None).order_by(table.c.number.desc())
LATEST = DOWNWARDS.limit(1)


@dataclass(frozen=True, slots=True)
class Start:
    """The last batch that is gone, by its number, last seq, head and time.

    Whatever happened before `limit_at` was old when it went, at `removed_at`.
    """

    number: int = 0
    last_seq: int = 0
    head: bytes = GENESIS
    sealed_at: int = 0
    limit_at: int = 0
    removed_at: int = 0
    mac: bytes = b""

    @classmethod
    def after(cls, batch: Batch, limit: int, now: int, key: bytes) -> "Start":
        """A start behind a batch, signed."""
        numbers = (batch.number, batch.last_seq, batch.sealed_at, limit, now)
        mac = start_mac(key, numbers, batch.head)
        return cls(batch.number, batch.last_seq, batch.head, batch.sealed_at, limit, now, mac)

    def holds(self, key: bytes) -> bool:
        """Whether it was signed here."""
        numbers = (self.number, self.last_seq, self.sealed_at, self.limit_at, self.removed_at)
        try:
            return same(start_mac(key, numbers, self.head), self.mac)
        except struct.error:
            return False

    @property
    def line(self) -> AnchorLine:
        """What an anchor file holds of that batch."""
        return AnchorLine(self.number, self.last_seq, self.head, self.sealed_at)


BEGINNING = Start()


def proven_starts(tx: Tx, keys: ProofKeys, faults: Faults) -> Sequence[Start]:
    """Those signed here, each behind the one before; the chain begins at the last."""
    found = [BEGINNING]
    for row in tx.execute(ALL).all():
        one = Start(*row)
        if one.holds(keys.start) and one.last_seq > found[-1].last_seq:
            found.append(one)
        else:
            faults.add(What.START_CHANGED, seq=one.last_seq, batch=one.number)
    return found


def last_proven(tx: Tx, keys: ProofKeys, faults: Faults) -> Start:
    """The last one signed here; those above it were made elsewhere."""
    for row in tx.execute(DOWNWARDS):
        one = Start(*row)
        if one.holds(keys.start):
            return one
        faults.add(What.START_CHANGED, seq=one.last_seq, batch=one.number)
    return BEGINNING


def latest_start(tx: Tx) -> Start:
    """Where the chain begins now, as the database says."""
    row = tx.execute(LATEST).one_or_none()
    return BEGINNING if row is None else Start(*row)
