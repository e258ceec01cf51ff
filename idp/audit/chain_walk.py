# SPDX-License-Identifier: Apache-2.0
"""One walk along the seals, the batches and the anchor file side by side.

After a fault the walk goes on from what is stored, so that one change is reported once and where
it is, and whatever comes after it is still proved.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from idp.audit.anchor import AnchorLine, Batch, Written, read_line
from idp.audit.faults import Faults, What
from idp.audit.proof import ProofKeys, link, row_mac, same
from idp.audit.start import BEGINNING, Start

REMOVED: Final = "audit.removed"
MICROS: Final = 1_000_000
DAY: Final = 86_400


def is_old(at: object, limit: int) -> bool:
    """Whether an event happened a day and more before a moment, if there is one."""
    return limit > 0 and isinstance(at, int) and at < (limit - DAY) * MICROS


def _start_in(detail: object) -> int:
    """Up to which seal a removal says that it went."""
    try:
        told = json.loads(detail).get("seal") if isinstance(detail, str) else 0
    except (ValueError, AttributeError):
        return 0
    return told if isinstance(told, int) else 0


class ChainWalk:
    """Proves each seal, each batch when its last seal is reached, each line with its batch."""

    def __init__(
        self,
        keys: ProofKeys,
        faults: Faults,
        batches: Iterator[Batch],
        anchor: Written | None = None,
        starts: Sequence[Start] = (BEGINNING,),
    ) -> None:
        self.sealed = 0
        self.start = starts[-1]
        self._keys = keys
        self._faults = faults
        self._batches = batches
        self._anchor = AnchorWalk(anchor, keys.anchor, faults, starts)
        self._told_start = 0
        # Until when all had been sealed; a backlog fills several batches of one moment.
        self._sealed_before = self.start.sealed_at
        self._is_backlog = False
        self._seq = self.start.last_seq
        # Hashes that the next link may follow: the stored one and the right one.
        self._before: tuple[bytes, ...] = (self.start.head,)
        self._number = self.start.number
        self._batched: int | None = self._seq
        self._batch = self._next_batch()

    def step(self, seq: int, event: int, stored: bytes, row: Any | None) -> None:
        """The next seal, with its event's mac and values, None if the event is gone."""
        if 0 < seq <= self.start.last_seq:
            self._faults.add(What.BEFORE_START, seq=seq, event=event)
            return
        self.sealed += 1
        self._pass_batches(seq)
        if seq != self._seq + 1:
            self._gap(seq, event)
        if row is None:
            self._faults.add(What.EVENT_REMOVED, seq=seq, event=event)
            self._before = (stored,)
        else:
            self._before = self._prove(seq, event, stored, row)
        self._seq = seq
        if self._batch is not None and self._batch.last_seq == seq:
            self._close(self._batch)

    def end(self) -> None:
        """No more seals: what batches and anchor still hold was cut off."""
        cut = 0
        while self._batch is not None:
            cut = max(cut, self._batch.last_seq)
            self._leave(self._batch)
        if cut > self._seq:
            self._faults.add(What.TRUNCATED, seq=self._seq + 1, last_seq=cut)
        elif self._batched is not None and self._batched < self._seq:
            self._faults.add(What.UNBATCHED, seq=self._batched + 1, last_seq=self._seq)
        if self._told_start > self.start.last_seq:
            self._faults.add(What.START_REMOVED, seq=self._told_start)
        self._anchor.end()

    def _prove(self, seq: int, event: int, stored: bytes, row: Any) -> tuple[bytes, ...]:
        _, mac, *values = row
        written = same(row_mac(self._keys.row, values), mac)
        chain = self._keys.chain
        right = [link(chain, before, event, mac, values) for before in self._before]
        linked = not right or any(same(hash_, stored) for hash_ in right)
        if not written:
            self._faults.add(What.INSERTED if linked else What.EDITED, seq=seq, event=event)
        elif not linked:
            self._faults.add(What.MOVED, seq=seq, event=event)
        if written:
            self._look_at(seq, event, values)
        return (stored,) if linked else (stored, *right)[:2]

    def _look_at(self, seq: int, event: int, values: Sequence[object]) -> None:
        """What an event of ours says of removals."""
        at, kind, detail = values[0], values[1], values[-1]
        limit = self.start.limit_at
        # Of what went, a copy carries a good proof; but whatever waits is sealed the next time.
        is_kept = self._batch is None or self._batch.sealed_at >= limit
        if is_kept and is_old(at, min(limit, self._sealed_before)):
            self._faults.add(What.OUT_OF_TIME, seq=seq, event=event)
        if self._batch is not None and is_old(at, self._batch.sealed_at):
            self._is_backlog = True
        if kind == REMOVED:
            self._told_start = max(self._told_start, _start_in(detail))

    def _gap(self, seq: int, event: int) -> None:
        if seq <= self._seq + 1:
            # Below 1: the sealer never numbers so.
            self._faults.add(What.MOVED, seq=seq, event=event)
            return
        self._faults.add(What.SEALS_REMOVED, seq=self._seq + 1, last_seq=seq - 1)
        # Nothing to follow from: this seal is taken as it stands, the batch's head proves it.
        self._before = ()

    def _pass_batches(self, seq: int) -> None:
        while self._batch is not None and self._batch.last_seq < seq:
            # Its last seal is gone, which the gap tells.
            self._leave(self._batch)

    def _close(self, batch: Batch) -> None:
        if not any(same(batch.head, hash_) for hash_ in self._before):
            self._faults.add(What.HEAD_DIFFERS, seq=batch.last_seq, batch=batch.number)
        self._leave(batch)

    def _leave(self, batch: Batch) -> None:
        self._anchor.batch(batch)
        self._batched = batch.last_seq
        if not self._is_backlog:
            self._sealed_before = batch.sealed_at
        self._is_backlog = False
        self._batch = self._next_batch()

    def _next_batch(self) -> Batch | None:
        for batch in self._batches:
            if 0 < batch.number <= self.start.number:
                self._faults.add(What.BEFORE_START, batch=batch.number)
                continue
            if batch.number != self._number + 1:
                self._faults.add(What.BATCH_REMOVED, batch=self._number + 1)
                self._batched = None
            self._number = batch.number
            if not batch.holds(self._keys.batch):
                self._faults.add(What.BATCH_CHANGED, batch=batch.number)
                self._anchor.batch(batch)
                self._batched = None
                continue
            if self._batched is not None and batch.first_seq != self._batched + 1:
                self._faults.add(What.BATCH_CHANGED, seq=batch.first_seq, batch=batch.number)
            return batch
        return None


class AnchorWalk:
    """The lines of the anchor file, each met by its batch."""

    def __init__(
        self, file: Written | None, key: bytes, faults: Faults, starts: Sequence[Start]
    ) -> None:
        known = len(faults.listed)
        self._faults = faults
        self._key = key
        self._starts = {one.number: one.line for one in starts}
        self._lines = iter(()) if file is None else self._read(file)
        self._line = next(self._lines, None)
        is_silent = self._line is None and len(faults.listed) == known
        self._missing = file is not None and is_silent
        self._pass_removed(starts[-1].number)

    def batch(self, batch: Batch) -> None:
        """The next batch of the database."""
        if self._missing:
            self._missing = False
            self._faults.add(What.ANCHOR_MISSING)
        while self._line is not None and self._line.number < batch.number:
            self._faults.add(What.ANCHOR_DIFFERS, batch=self._line.number)
            self._line = next(self._lines, None)
        if self._line is not None and self._line.number == batch.number:
            if self._line != AnchorLine.of(batch):
                self._faults.add(What.ANCHOR_DIFFERS, seq=batch.last_seq, batch=batch.number)
            self._line = next(self._lines, None)

    def _pass_removed(self, last: int) -> None:
        """What was removed is known by its starts alone."""
        while self._line is not None and self._line.number <= last:
            if self._starts.get(self._line.number, self._line) != self._line:
                self._faults.add(What.ANCHOR_DIFFERS, batch=self._line.number)
            self._line = next(self._lines, None)

    def end(self) -> None:
        """No more batches: what is anchored beyond was cut off, or an older backup put back."""
        if self._line is not None:
            self._faults.add(What.TRUNCATED, batch=self._line.number)
        while self._line is not None:
            self._line = next(self._lines, None)

    def _read(self, file: Written) -> Iterator[AnchorLine]:
        before: int | None = None
        for number, text in enumerate(file.lines(), start=1):
            line = read_line(self._key, text)
            if line is None or not self._follows(line, before):
                self._faults.add(What.ANCHOR_CHANGED, line=number)
            if line is not None:
                before = line.number
                yield line

    def _follows(self, line: AnchorLine, before: int | None) -> bool:
        if before is None or line.number == before + 1:
            return True
        # Who kept this file was away while what lies between was removed.
        return line.number > before and line.number - 1 in self._starts
