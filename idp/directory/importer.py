# SPDX-License-Identifier: Apache-2.0
"""Reads an extract into a generation of its own, in small transactions, and then switches to it.

Memory is bounded whatever the file's size. Each batch is sized so that SQLite's one writer is
held for a twentieth of a second: logins go on. The position is part of the batch's transaction, so
that after a kill nothing is read twice and nothing is left out.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final, cast

from idp.audit.record import Audit, Event, clean
from idp.clock import Clock, Entropy
from idp.db import Database, Tx
from idp.directory import generations, index
from idp.directory.generations import CURRENT, FAILED, INDEXING, LOADING, UNCHANGED, Generation
from idp.directory.lines import (
    KEPT,
    Practitioners,
    Reader,
    Row,
    Structures,
    check_structures,
    read_header,
)
from idp.directory.reading import (
    Line,
    Source,
    Unreadable,
    digest_of,
    lines_of,
    open_source,
    skip,
)
from idp.directory.sorting import Sorter
from idp.origin import Origin
from idp.prepared import PreparedConnection

BEGINS: Final = {generations.PRACTITIONERS: "PS_LibreAcces_Personne_activite"}
FIRST_BATCH, LEAST_BATCH, MOST_BATCH = 500, 50, 5000
# Seconds that one batch should hold the writer.
HELD: Final = 0.05
# After each batch the writer is left to others for a moment, whatever waits.
PAUSE: Final = 0.002
# More than so many lines in a hundred: this is not the file it should be.
MOST_REJECTED: Final = 5
FREE_REJECTS: Final = 100
# A file with less than half of what is served was cut on its way.
SHRUNK: Final = 2
LINE_COLUMNS: Final = ("generation", "national_id", "line", *KEPT)
HOUSE_COLUMNS: Final = (
    "generation",
    "finess",
    "line",
    "name",
    "legal_finess",
    "siret",
    "category",
    "address",
    "post_code",
    "town",
    "phone",
)
REJECT_COLUMNS: Final = ("generation", "line", "reason", "text")
EXCERPT: Final = 200
TABLES: Final = {
    generations.PRACTITIONERS: (index.lines, LINE_COLUMNS),
    generations.STRUCTURES: (index.structures, HOUSE_COLUMNS),
}


class Stopped(Exception):
    """Whoever runs the import wants to end; somebody goes on later."""


class TakenAway(Exception):
    """Somebody else is at it now: this process was gone for too long."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How an import is followed and stopped."""

    tell: Callable[[Generation], None] = lambda _one: None
    stop: Callable[[], bool] = lambda: False


class Importer:
    """One for a process; reads one file at a time."""

    def __init__(
        self, database: Database, clock: Clock, entropy: Entropy, audit: Audit, most_bytes: int
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._most_bytes = most_bytes
        self._holder = entropy.token(16)[:32]
        self._batch = FIRST_BATCH

    def take(self, tx: Tx, generation: int) -> bool:
        """Be the one who is at it; False where somebody else is."""
        return generations.hold(tx, generation, self._holder, self._clock.now())

    def run(
        self, generation: int, origin: Origin | None, ways: Ways | None = None
    ) -> Generation | None:
        """From where it stands to its end; None where somebody else is at it."""
        ways = ways or Ways()
        with self._database.write() as tx:
            if not self.take(tx, generation):
                return None
            one = cast("Generation", generations.load(tx, generation))
        try:
            return self._go(one, origin, ways)
        except Unreadable as fault:
            return self._end(generation, origin, FAILED, str(fault))
        except Stopped:
            with self._database.write() as tx:
                generations.let_go(tx, one, self._holder)
        except TakenAway:
            return None
        with self._database.read() as tx:
            return generations.load(tx, generation)

    def _go(self, one: Generation, origin: Origin | None, ways: Ways) -> Generation:
        path = Path(one.path)
        digest, before = digest_of(path, self._most_bytes), _looks(path)
        with self._database.read() as tx:
            served = generations.served(tx, one.kind)
        if served and served.digest == digest and not one.forced:
            return self._end(one.id, origin, UNCHANGED)
        if one.digest and one.digest != digest:
            raise Unreadable("the file is another one than before")
        one = replace(one, digest=digest)
        if one.state != INDEXING:
            one = self._read(one, ways)
            if _looks(path) != before:
                raise Unreadable("the file changed while it was read")
        one = self._index(one, ways)
        if fault := _unfit(one, served):
            return self._end(one.id, origin, FAILED, fault)
        return self._end(one.id, origin, CURRENT)

    def _read(self, one: Generation, ways: Ways) -> Generation:
        with open_source(Path(one.path), self._most_bytes, BEGINS.get(one.kind, "")) as source:
            one = replace(one, state=LOADING, size=source.size)
            reader, lines = _reader(one, source)
            while batch := list(islice(lines, self._batch)):
                one = self._take(one, reader, batch)
                ways.tell(one)
                if ways.stop():
                    raise Stopped
        if not one.kept:
            raise Unreadable("the file holds no line that can be taken")
        return replace(one, state=INDEXING)

    def _take(self, one: Generation, reader: Reader, batch: list[Line]) -> Generation:
        rows: list[Row] = []
        bad: list[Row] = []
        rejected = one.rejected
        for line in batch:
            taken = reader(line)
            if isinstance(taken, str):
                rejected += 1
                if rejected <= generations.MOST_REJECTS:
                    bad.append((one.id, line.number, taken, _excerpt(line.text)))
            elif taken is not None:
                rows.append((one.id, *taken))
        last = batch[-1]
        one = replace(
            one,
            position=last.end,
            lines=last.number,
            kept=one.kept + len(rows),
            rejected=rejected,
        )
        table, columns = TABLES[one.kind]
        with self._writing() as tx:
            tx.pour(table, columns, rows)
            tx.pour(generations.rejects, REJECT_COLUMNS, bad)
            self._note(tx, one)
        return one

    def _index(self, one: Generation, ways: Ways) -> Generation:
        """What everything is found by, sorted first: written in order, it costs a fifth."""
        with Sorter() as sorter:
            one = self._gather(one, sorter, ways)
            keys = sorter.sorted()
            with self._writing() as tx:
                written = index.take_back_last(tx, one.id)
            waiting = (key for key in keys if key[0] >= written)
            while batch := list(islice(waiting, self._batch)):
                rows = [(one.id, name, second, subject.decode()) for name, second, subject in batch]
                with self._writing() as tx:
                    tx.pour(index.names, index.NAME_COLUMNS, rows)
                    self._note(tx, one)
                if ways.stop():
                    raise Stopped
        with self._writing() as tx:
            self._note(tx, one)
        return one

    def _gather(self, one: Generation, sorter: Sorter, ways: Ways) -> Generation:
        def read(statement: Any, known: dict[str, Any]) -> list[Any]:
            if ways.stop():
                raise Stopped
            with self._database.read() as tx:
                return list(tx.execute(statement, known).all())

        subjects, last = 0, ""
        for subject, key in index.keys(read, one.kind, one.id):
            subjects, last = subjects + (subject != last), subject
            if sorter.put(key):
                # It takes a while: nobody else must think that this process is gone.
                with self._writing() as tx:
                    self._note(tx, replace(one, subjects=subjects))
                ways.tell(replace(one, subjects=subjects))
        return replace(one, subjects=subjects)

    @contextmanager
    def _writing(self) -> Iterator[PreparedConnection]:
        """A transaction; how long it held the writer says how large the next batch is."""
        with self._database.write() as tx:
            began = self._clock.monotonic()
            yield cast("PreparedConnection", tx)
        took = self._clock.monotonic() - began
        if took > HELD:
            self._batch = max(LEAST_BATCH, self._batch // 2)
        elif took < HELD / 2:
            self._batch = min(MOST_BATCH, self._batch + self._batch // 4)
        time.sleep(PAUSE)

    def _note(self, tx: Tx, one: Generation) -> None:
        if not generations.note(tx, one, self._holder, self._clock.now()):
            raise TakenAway

    def _end(
        self, generation: int, origin: Origin | None, state: str, fault: str = ""
    ) -> Generation:
        with self._database.write() as tx:
            one = cast("Generation", generations.load(tx, generation))
            ended = generations.end(tx, one, self._holder, self._clock.now(), state, fault)
            if not ended:
                raise TakenAway
            facts: dict[str, str | int] = {
                "kind": one.kind,
                "file": one.name,
                "kept": one.kept,
                "rejected": one.rejected,
            }
            kind = "directory.imported" if state == CURRENT else "directory.import_ended"
            outcome = "refused" if state == FAILED else "ok"
            event = Event(kind, outcome, detail={**facts, "state": state, "why": fault})
            self._audit.record(tx, event, origin)
            return cast("Generation", generations.load(tx, generation))


def _reader(one: Generation, source: Source) -> tuple[Reader, Iterator[Line]]:
    """What reads the lines, and the lines from where it stopped."""
    first = next(lines_of(source), None)
    if first is None:
        raise Unreadable("the file is empty")
    if one.kind == generations.STRUCTURES:
        check_structures(first.text)
        reader: Reader = Structures().take
    else:
        reader = Practitioners(read_header(first.text)).take
    end, number = max(first.end, one.position), max(first.number, one.lines)
    skip(source.stream, end - first.end)
    return reader, lines_of(source, end, number)


def _unfit(one: Generation, served: Generation | None) -> str:
    """Why it is not served, though it could be read."""
    if one.rejected > max(FREE_REJECTS, one.lines * MOST_REJECTED // 100):
        return "too many lines were rejected"
    if served and one.subjects * SHRUNK < served.subjects and not one.forced:
        return "it holds less than half of what is served"
    return ""


def _looks(path: Path) -> tuple[int, int, int]:
    try:
        state = path.stat()
    except OSError as fault:
        raise Unreadable(f"the file can't be opened: {fault.strerror}") from fault
    return state.st_ino, state.st_size, state.st_mtime_ns


def _excerpt(text: bytes) -> str:
    return clean(text[: EXCERPT * 2].decode("utf-8", errors="replace"), EXCERPT)
