# SPDX-License-Identifier: Apache-2.0
"""The anchor file: signed heads kept outside of the database, one line a batch.

A chain whose end was cut everywhere, or an older backup put back, is whole in itself; only
something kept elsewhere can tell. Each node may keep its own file: it follows the batches,
whoever sealed them. A line: number, last seq, head, time, proof.
"""

import fcntl
import os
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import structlog
from sqlalchemy import bindparam, select

from idp.audit.models import AuditBatchRow
from idp.audit.proof import ProofKeys, anchor_mac, batch_mac, same
from idp.db import Database, Tx
from idp.errors import Breakdown

LINE_SIZE = 256
PAGE = 500
_LINE = re.compile(r"(\d{1,19}) (\d{1,19}) ([0-9a-f]{64}) (\d{1,19}) ([0-9a-f]{64})", re.ASCII)

_BATCHES = (
    select(
        AuditBatchRow.number,
        AuditBatchRow.first_seq,
        AuditBatchRow.last_seq,
        AuditBatchRow.last_event,
        AuditBatchRow.sealed_at,
        AuditBatchRow.head,
        AuditBatchRow.mac,
    )
    .where(AuditBatchRow.number > bindparam("after"))
    .order_by(AuditBatchRow.number)
    .limit(bindparam("count"))
)


@dataclass(frozen=True, slots=True)
class Batch:
    """A row of `audit_batches`."""

    number: int
    first_seq: int
    last_seq: int
    last_event: int
    sealed_at: int
    head: bytes
    mac: bytes

    def holds(self, key: bytes) -> bool:
        """Whether a sealer of ours signed this batch."""
        numbers = (self.number, self.first_seq, self.last_seq, self.last_event, self.sealed_at)
        try:
            return same(batch_mac(key, numbers, self.head), self.mac)
        except struct.error:
            return False


def read_batches(tx: Tx, after: int, count: int = PAGE) -> list[Batch]:
    """A page of the batches that come after this number."""
    return [Batch(*row) for row in tx.execute(_BATCHES, {"after": after, "count": count}).all()]


@dataclass(frozen=True, slots=True)
class AnchorLine:
    """A head as it was when it was sealed."""

    number: int
    last_seq: int
    head: bytes
    sealed_at: int

    @classmethod
    def of(cls, batch: Batch) -> "AnchorLine":
        """What is kept of a batch."""
        return cls(batch.number, batch.last_seq, batch.head, batch.sealed_at)

    def text(self, key: bytes) -> str:
        """The signed line."""
        plain = f"{self.number} {self.last_seq} {self.head.hex()} {self.sealed_at}"
        return f"{plain} {anchor_mac(key, plain)}\n"


def read_line(key: bytes, line: str) -> AnchorLine | None:
    """The head that a line tells of; None when we did not write it."""
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    plain = line.rpartition(" ")[0]
    if not same(anchor_mac(key, plain).encode(), match[5].encode()):
        return None
    return AnchorLine(int(match[1]), int(match[2]), bytes.fromhex(match[3]), int(match[4]))


@dataclass(frozen=True, slots=True)
class Written:
    """The anchor file as far as it was written at a moment: it grows while it is read."""

    path: Path
    size: int

    @classmethod
    def until_now(cls, path: Path) -> "Written":
        """What it holds now; nothing where there is none."""
        try:
            return cls(path, path.stat().st_size)
        except FileNotFoundError:
            return cls(path, 0)

    def lines(self) -> Iterator[str]:
        """Whole lines; one cut by a crash is completed when the anchor is followed again."""
        left = self.size
        if not left:
            return
        with self.path.open("rb") as file:
            for line in file:
                left -= len(line)
                if left < 0 or not line.endswith(b"\n"):
                    return
                yield line[:-1].decode("ascii", "replace")


class Anchor:
    """Appends to the anchor file; the processes of a node may share it."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._keys = ProofKeys.derive(key)
        self._log: Any = structlog.get_logger("idp.audit")

    def follow(self, db: Database) -> int:
        """Append the batches that the file lacks; how many lines were written."""
        with self._locked() as file:
            last = self._last(file)
            written = 0
            while batches := self._batches(db, last.number if last else 0):
                lines = [AnchorLine.of(batch) for batch in batches]
                file.write("".join(line.text(self._keys.anchor) for line in lines).encode("ascii"))
                file.flush()
                os.fsync(file.fileno())
                last, written = lines[-1], written + len(lines)
            if not written and last is not None:
                self._watch(db, last)
        return written

    def _batches(self, db: Database, after: int) -> list[Batch]:
        with db.read() as tx:
            batches = read_batches(tx, after)
        for index, batch in enumerate(batches):
            if not batch.holds(self._keys.batch):
                # Never vouch for a batch that a sealer of ours did not sign.
                self._log.error("audit.batch_forged", number=batch.number)
                return batches[:index]
        return batches

    def _watch(self, db: Database, last: AnchorLine) -> None:
        with db.read() as tx:
            found = read_batches(tx, last.number - 1, 1)
        if not found or last != AnchorLine.of(found[0]):
            self._log.error("audit.behind_anchor", number=last.number)

    def _last(self, file: IO[bytes]) -> AnchorLine | None:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 2 * LINE_SIZE))
        tail = file.read()
        whole, _, torn = tail.rpartition(b"\n")
        if torn:
            # A write cut by a crash: never vouched for, and the batch is still in the database.
            file.truncate(end - len(torn))
        file.seek(0, os.SEEK_END)
        if not whole:
            return None
        line = read_line(self._keys.anchor, whole.rpartition(b"\n")[2].decode("ascii", "replace"))
        if line is None:
            raise AnchorUnreadable(f"the last line of the anchor file {self._path} is not ours")
        return line

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


class AnchorUnreadable(Breakdown):
    """The anchor file can't be followed: it was changed, or written with another key."""
