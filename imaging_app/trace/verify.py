# SPDX-License-Identifier: Apache-2.0
"""Verification: nothing was changed, removed, inserted or moved; else, where.

The chain alone can't tell that its end was cut off, or that an older backup was put back: an
anchor file, kept elsewhere, holds signed heads of it.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, select

from imaging_app.crypto import CryptoError, Keys
from imaging_app.db import Database
from imaging_app.trace.chain import GENESIS, PURPOSE, anchor_mac, link, same
from imaging_app.trace.record import COLUMNS, LAST, table

PAGE = 1000
MOST_FAULTS = 100
ANCHOR = "trace anchor"
_LINE = re.compile(r"(\d{1,19}) ([0-9a-f]{64}) ([A-Za-z0-9_-]{1,20}) ([0-9a-f]{64})", re.ASCII)
PAGES = (
    select(*(table.c[name] for name in COLUMNS), table.c.hash)
    .where(table.c.seq > bindparam("after"))
    .order_by(table.c.seq)
    .limit(PAGE)
)


class What(StrEnum):
    """What is wrong at a place of the chain."""

    CHANGED = "changed"
    GAP = "gap"
    KEY_GONE = "key_gone"
    CUT_OFF = "cut_off"
    NOT_OURS = "not_ours"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong, at which row."""

    what: What
    seq: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found."""

    rows: int
    faults: tuple[Fault, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the trace is as it was written."""
        return not self.faults


class NotWhole(Exception):
    """The trace is not what the anchor says of it."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(f"{verdict.rows} rows, and the trace is not whole")
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain as it was at a moment."""

    seq: int
    hash: bytes


def verify(db: Database, keys: Keys, anchor: Path | None = None) -> Verdict:
    """Prove the trace whole, or say where it is not."""
    faults: list[Fault] = []
    heads = _heads(anchor, keys, faults) if anchor is not None else {}
    before, place, count = GENESIS, 0, 0
    for row in _rows(db):
        count += 1
        if row.seq != place + 1:
            faults.append(Fault(What.GAP, place + 1))
        try:
            right = link(keys.key_for(PURPOSE, row.key), before, row[:-1])
        except CryptoError:
            faults.append(Fault(What.KEY_GONE, row.seq))
        else:
            if not same(row.hash, right):
                faults.append(Fault(What.CHANGED, row.seq))
        # It goes on from what is stored, so that one change is told once.
        before, place = bytes(row.hash), row.seq
        if heads.pop(place, before) != before:
            faults.append(Fault(What.CHANGED, place))
    faults += [Fault(What.CUT_OFF, seq) for seq in sorted(heads)]
    return Verdict(count, tuple(dict.fromkeys(faults))[:MOST_FAULTS])


def anchor_head(db: Database, keys: Keys, anchor: Path) -> Head | None:
    """Append the head of the chain to the anchor file; None where there is no row yet.

    What does not prove is not signed: a chain that was cut and has grown anew would look whole.
    """
    if anchor.exists():
        verdict = verify(db, keys, anchor)
        if not verdict.is_whole:
            raise NotWhole(verdict)
    with db.read() as tx:
        row = tx.execute(LAST).first()
    if row is None:
        return None
    plain = f"{row.seq} {bytes(row.hash).hex()} {keys.active}"
    line = f"{plain} {anchor_mac(keys.key_for(ANCHOR), plain)}\n"
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    with os.fdopen(os.open(anchor, flags, 0o600), "w", encoding="ascii") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    return Head(row.seq, bytes(row.hash))


def _rows(db: Database) -> Iterator[Any]:
    after = -(2**63)
    while True:
        with db.read() as tx:
            rows = tx.execute(PAGES, {"after": after}).all()
        if not rows:
            return
        yield from rows
        after = rows[-1].seq


def _heads(anchor: Path, keys: Keys, faults: list[Fault]) -> dict[int, bytes]:
    """The heads that an anchor file holds; a line that is none of ours is a fault."""
    found: dict[int, bytes] = {}
    for number, line in enumerate(anchor.read_text("ascii", "replace").splitlines(), 1):
        match = _LINE.fullmatch(line)
        try:
            right = match and anchor_mac(keys.key_for(ANCHOR, match[3]), line.rpartition(" ")[0])
        except CryptoError:
            right = None
        if match is None or right is None or not same(match[4].encode(), right.encode()):
            faults.append(Fault(What.NOT_OURS, number))
        else:
            seq, head = int(match[1]), bytes.fromhex(match[2])
            # Two ends of one length: the chain was cut, and has grown anew.
            if found.setdefault(seq, head) != head:
                faults.append(Fault(What.CHANGED, seq))
    return found
