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
from idp.audit.models import AuditStartRow
from idp.audit.proof import GENESIS, same, start_mac
from idp.db import Tx, table_of

table = table_of(AuditStartRow)
ALL = select(
    table.c.number,
    table.c.last_seq,
    table.c.head,
    table.c.sealed_at,
    table.c.removed_at,
    table.c.mac,
).order_by(table.c.number)
LATEST = ALL.order_by(None).order_by(table.c.number.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Start:
    """The last batch that is gone: its number, its last seq, its head and its time; and when."""

    number: int = 0
    last_seq: int = 0
    head: bytes = GENESIS
    sealed_at: int = 0
    removed_at: int = 0
    mac: bytes = b""

    @classmethod
    def after(cls, batch: Batch, now: int, key: bytes) -> "Start":
        """A start behind a batch, signed."""
        numbers = (batch.number, batch.last_seq, batch.sealed_at, now)
        mac = start_mac(key, numbers, batch.head)
        return cls(batch.number, batch.last_seq, batch.head, batch.sealed_at, now, mac)

    def holds(self, key: bytes) -> bool:
        """Whether it was signed here."""
        numbers = (self.number, self.last_seq, self.sealed_at, self.removed_at)
        try:
            return same(start_mac(key, numbers, self.head), self.mac)
        except struct.error:
            return False

    @property
    def line(self) -> AnchorLine:
        """What an anchor file holds of that batch."""
        return AnchorLine(self.number, self.last_seq, self.head, self.sealed_at)


BEGINNING = Start()


def read_starts(tx: Tx) -> Sequence[Start]:
    """All of them, the oldest first."""
    return [Start(*row) for row in tx.execute(ALL).all()]


def latest_start(tx: Tx) -> Start:
    """Where the chain begins now."""
    row = tx.execute(LATEST).one_or_none()
    return BEGINNING if row is None else Start(*row)
