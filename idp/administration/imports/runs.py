# SPDX-License-Identifier: Apache-2.0
"""Imports of people: read, tried out, carried out in the background, stopped, taken back.

What is to be done next stands in the run; `idp.administration.imports.work` does it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import BinaryIO, Final

from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts.values import Population
from idp.administration.authority import COMMAND_LINE, Authorities, Authority, Denied
from idp.administration.imports import store as csv_store
from idp.administration.imports.fields import fits, guess, holds_secrets, mark_of
from idp.administration.imports.reading import Row, Shape, Unreadable, look, rows
from idp.administration.imports.steps import (
    KINDS,
    STEPS,
    TAKING_OVER,
    closed,
    opens,
    refuses,
    token_of,
)
from idp.administration.imports.store import ADD_RUN, ERASE, Line, Run, Store, pieces
from idp.administration.models import ImportMappingRow
from idp.audit.record import Audit
from idp.clock import Clock, Entropy
from idp.db import Database, Tx, table_of

READ_BATCH: Final = 1000
LONGEST_NAME: Final = 128
MOST_LISTED: Final = 50
SHOWN: Final = 200
EVER: Final = 2**31 - 1
POPULATIONS: Final = (Population.PROFESSIONAL, Population.STAFF)
SAVE = upsert(table_of(ImportMappingRow))
KEEP = SAVE.on_conflict_do_update(
    index_elements=["kind", "header", "saved_by"],
    set_={name: SAVE.excluded[name] for name in ("mapping", "saved_at")},
)


class NotDone(Enum):
    """Why a verb on a run did nothing."""

    # It has come further, or somebody else was quicker.
    STATE = "state"
    MAPPING = "mapping"
    # No establishment, where one is needed.
    ESTABLISHMENT = "establishment"
    POPULATION = "population"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody brings."""

    kind: str
    name: str
    establishment: str = ""
    population: str = Population.PROFESSIONAL.value


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was read, and is not yet there for anybody."""

    run: str
    rows: int
    kind: str
    by: Authority


class Imports:
    """The verbs. Reading has transactions of its own; all others take the caller's."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        entropy: Entropy,
        audit: Audit,
        store: Store,
        authorities: Authorities,
    ) -> None:
        self._authorities = authorities
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._audit = audit
        self._store = store

    def read(
        self, authority: Authority, upload: Upload, file: BinaryIO
    ) -> Denied | NotDone | Unreadable | str:
        """Take a file in: all of it, or nothing. Answers the run's id."""
        taken = self.take_in(authority, upload, file)
        if not isinstance(taken, Taken):
            return taken
        with self._database.write() as tx:
            run = self.accept(tx, taken)
        if isinstance(run, NotDone):
            self.give_up(taken)
        return run

    def take_in(
        self, authority: Authority, upload: Upload, file: BinaryIO
    ) -> Denied | NotDone | Unreadable | Taken:
        """Read a file, a thousand rows at a time (WB-019); it is to be accepted, or given up."""
        if refused := self._refuses_upload(authority, upload):
            return refused
        shape = look(file)
        if isinstance(shape, Unreadable):
            return shape
        run = self._begin(authority, upload, shape)
        found = islice(rows(file, shape.encoding, shape.delimiter), 1, None)
        try:
            broken, count = self._take_in(run, found)
        except BaseException:
            # Whoever brings it has gone: nothing of it stays.
            self.give_up(Taken(run, 0, upload.kind, authority))
            raise
        taken = Taken(run, count, upload.kind, authority)
        if broken is None and count == 0:
            broken = Unreadable("empty")
        if broken is not None:
            self.give_up(taken)
            return broken
        return taken

    def accept(self, tx: Tx, taken: Taken) -> NotDone | str:
        """The file is there from now on, unless somebody gave it up while it was read."""
        there = csv_store.load(tx, taken.run, hold=True)
        if there is None or there.state != "reading":
            return NotDone.STATE
        csv_store.put(tx, taken.run, self._clock.now(), state="read", rows=taken.rows)
        event = taken.by.event("import.read", run=taken.run, what=taken.kind, rows=taken.rows)
        self._audit.record(tx, event, taken.by.origin)
        return taken.run

    def give_up(self, taken: Taken) -> None:
        """Nothing of it stays."""
        with self._database.write() as tx:
            there = csv_store.load(tx, taken.run, hold=True)
            if there is not None and there.state == "reading":
                tx.execute(csv_store.FORGET_LINES, {"run": taken.run})
                tx.execute(csv_store.FORGET_RUN, {"run": taken.run})
            else:
                # Somebody gave it up meanwhile: what they did stays.
                tx.execute(ERASE, {"run": taken.run})

    def map(
        self, tx: Tx, authority: Authority, run_id: str, mapping: Mapping[str, int]
    ) -> Denied | NotDone | Run:
        """Say which columns fill which fields; the dry run follows."""
        run = self._held(tx, authority, run_id)
        if isinstance(run, Denied):
            return run
        if not self.opens(tx, authority, run):
            return Denied.NOT_ALLOWED
        commanded = authority.actor == COMMAND_LINE
        if not fits(run.kind, mapping, len(run.header), commanded=commanded):
            return NotDone.MAPPING
        text = json.dumps(dict(mapping))
        row = {
            "kind": run.kind,
            "header": mark_of(run.header),
            "mapping": text,
            "saved_by": authority.actor,
            "saved_at": self._clock.now(),
        }
        tx.execute(KEEP, row)
        return self._step(tx, authority, run, "map", mapping=text, position=0, counts="{}")

    def start(self, tx: Tx, authority: Authority, run_id: str) -> Denied | NotDone | Run:
        """Carry out what the dry run told."""
        return self._do(tx, authority, run_id, "start", position=0)

    def stop(self, tx: Tx, authority: Authority, run_id: str) -> Denied | NotDone | Run:
        """Stop after the batch under way; what is done stays."""
        return self._do(tx, authority, run_id, "stop")

    def resume(self, tx: Tx, authority: Authority, run_id: str) -> Denied | NotDone | Run:
        """Go on where it was stopped."""
        return self._do(tx, authority, run_id, "resume")

    def undo(self, tx: Tx, authority: Authority, run_id: str) -> Denied | NotDone | Run:
        """Take everything back that was not used or changed since."""
        return self._do(tx, authority, run_id, "undo", position=EVER)

    def drop(self, tx: Tx, authority: Authority, run_id: str) -> Denied | NotDone | Run:
        """Give up before anything was written."""
        done = self._do(tx, authority, run_id, "drop")
        if isinstance(done, Run):
            tx.execute(ERASE, {"run": run_id})
        return done

    def listed(self, tx: Tx, authority: Authority) -> Denied | list[Run]:
        """The latest runs of one's perimeter."""
        reaches = {kind: authority.reach(right) for kind, right in KINDS.items()}
        if all(one.nowhere for one in reaches.values()):
            return Denied.NOT_ALLOWED
        everywhere = any(one.everywhere for one in reaches.values())
        houses = frozenset[str]().union(*(one.establishments for one in reaches.values()))
        found = csv_store.listed(tx, None if everywhere else houses, MOST_LISTED)
        return [one for one in found if refuses(authority, one) is None]

    def sheet(self, tx: Tx, authority: Authority, run_id: str) -> Denied | Run:
        """One run."""
        run = csv_store.load(tx, run_id)
        if run is None:
            held = any(authority.may(right) for right in KINDS.values())
            return Denied.NOT_FOUND if held else Denied.NOT_ALLOWED
        return refuses(authority, run) or run

    def mapping_of(self, tx: Tx, run: Run, who: str) -> dict[str, int]:
        """The run's mapping; before there is one, that of their last such file, else a guess."""
        if run.mapping:
            return dict(run.mapping)
        kept = csv_store.saved_mapping(tx, run.kind, mark_of(run.header), who)
        commanded = who == COMMAND_LINE
        if fits(run.kind, kept, len(run.header), commanded=commanded):
            return kept
        return guess(run.kind, run.header, commanded=commanded)

    def opens(self, tx: Tx, authority: Authority, run: Run) -> bool:
        """Whether somebody sees more of a run than how far it has come."""
        return opens(tx, self._authorities, authority, run)

    def first_rows(self, tx: Tx, authority: Authority, run: Run, most: int = 5) -> list[Line]:
        """A look at what the file says; none where it says anything of passwords (CR-045)."""
        if not self.opens(tx, authority, run):
            return []
        found = self._store.batch(tx, run.id, 0, most)
        return [] if holds_secrets(run.header, (one.cells for one in found)) else found

    def lines(
        self, tx: Tx, authority: Authority, run_id: str, after: int = 0, most: int = SHOWN
    ) -> Denied | list[Line]:
        """A part of the report."""
        run = self.sheet(tx, authority, run_id)
        if isinstance(run, Denied):
            return run
        found = csv_store.every_line(tx, run_id, after, most)
        return found if self.opens(tx, authority, run) else [closed(one) for one in found]

    def report(self, authority: Authority, run_id: str) -> Denied | Iterator[tuple[object, ...]]:
        """Every line with its verdict and outcome, in parts that open their own connections."""
        with self._database.write() as tx:
            run = self.sheet(tx, authority, run_id)
            if isinstance(run, Denied):
                return run
            event = authority.event("import.exported", run=run_id)
            self._audit.record(tx, event, authority.origin)
            opened = self.opens(tx, authority, run)
        return self._report(run_id, opened=opened)

    def _report(self, run_id: str, *, opened: bool) -> Iterator[tuple[object, ...]]:
        after = 0
        while True:
            with self._database.read() as tx:
                found = csv_store.every_line(tx, run_id, after, READ_BATCH)
            for one in found:
                yield one.line, one.verdict, one.outcome, one.why if opened else ""
            if len(found) < READ_BATCH:
                return
            after = found[-1].line

    def _refuses_upload(self, authority: Authority, upload: Upload) -> Denied | NotDone | None:
        # A patient without a consent is brought in with the accounts of a system before alone.
        known = Population if authority.actor == COMMAND_LINE else POPULATIONS
        if upload.kind not in KINDS or upload.population not in set(known):
            return NotDone.POPULATION
        right = KINDS[upload.kind]
        reach = authority.reach(right)
        if not upload.establishment:
            # A consent is given to an establishment; and who has a perimeter stays in it.
            alone = reach.everywhere and upload.kind == "accounts"
            return None if alone else authority.refuses(right) or NotDone.ESTABLISHMENT
        return authority.refuses_in(right, {upload.establishment})

    def _begin(self, authority: Authority, upload: Upload, shape: Shape) -> str:
        run, now = self._entropy.token(16), self._clock.now()
        name = "".join(one if one.isprintable() else "_" for one in upload.name)[:LONGEST_NAME]
        row = {
            "id": run,
            "kind": upload.kind,
            "name": name,
            "establishment": upload.establishment,
            "population": upload.population,
            "state": "reading",
            "made_by": authority.actor,
            "token": token_of(authority),
            "created_at": now,
            "updated_at": now,
            "ended_at": None,
            "encoding": shape.encoding,
            "delimiter": shape.delimiter,
            "header": json.dumps(shape.header),
            "mapping": "{}",
            "rows": 0,
            "position": 0,
            "counts": "{}",
            "fault": "",
            "taken_by": "",
            "taken_until": 0,
        }
        with self._database.write() as tx:
            tx.execute(ADD_RUN, row)
        return run

    def _take_in(
        self, run: str, found: Iterator[Row | Unreadable]
    ) -> tuple[Unreadable | None, int]:
        broken: list[Unreadable] = []

        def sound() -> Iterator[Row]:
            for one in found:
                if isinstance(one, Unreadable):
                    broken.append(one)
                    return
                yield one

        count = 0
        for heap in pieces(sound(), READ_BATCH):
            with self._database.write() as tx:
                self._store.add_lines(tx, run, heap)
                csv_store.put(tx, run, self._clock.now())
            count += len(heap)
        return (broken[0] if broken else None), count

    def _held(self, tx: Tx, authority: Authority, run_id: str) -> Denied | Run:
        csv_store.load(tx, run_id, hold=True)
        return self.sheet(tx, authority, run_id)

    def _do(
        self, tx: Tx, authority: Authority, run_id: str, verb: str, **values: int
    ) -> Denied | NotDone | Run:
        run = self._held(tx, authority, run_id)
        if isinstance(run, Denied):
            return run
        if verb in TAKING_OVER and not self.opens(tx, authority, run):
            return Denied.NOT_ALLOWED
        return self._step(tx, authority, run, verb, **values)

    def _step(
        self, tx: Tx, authority: Authority, run: Run, verb: str, **values: str | int
    ) -> NotDone | Run:
        before, after = STEPS[verb]
        if run.state not in before:
            return NotDone.STATE
        csv_store.put(tx, run.id, self._clock.now(), state=after, **values)
        if verb in TAKING_OVER:
            # WB-015: by the rights of whoever says so, from here on, verdicts as well.
            by = {"made_by": authority.actor, "token": token_of(authority)}
            csv_store.put(tx, run.id, self._clock.now(), **by)
        event = authority.event(f"import.{verb}", run=run.id, rows=run.rows)
        self._audit.record(tx, event, authority.origin)
        return csv_store.load(tx, run.id) or run
