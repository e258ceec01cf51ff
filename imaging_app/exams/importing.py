# SPDX-License-Identifier: Apache-2.0
"""A folder that is taken in: beside the pages, batch by batch, and on from there after a kill.

Files are taken in the order of their names; each batch notes the last one in its own transaction.
"""

import errno
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.exc import OperationalError

from imaging_app.clock import Now
from imaging_app.crypto import new_id
from imaging_app.db import Database, Tx, table_of
from imaging_app.exams.ingest import Arrival, Ingest, Missed, NoRoom
from imaging_app.exams.models import ImportRow
from imaging_app.exams.values import Fate, Origin, Outcome
from imaging_app.store.embedded import blocks_of
from imaging_app.store.port import Trouble

table = table_of(ImportRow)
BATCH: Final = 32
# Whoever has not been heard of for so long is gone; longer than one file may take to be read.
LEASE: Final = 120
RUNNING, DONE, STOPPED, FAILED = "running", "done", "stopped", "failed"
# Why nothing is left of a file but its name: the store's words, and two of ours.
PASSING: Final = {Trouble.EMPTY.value, Trouble.TOO_LARGE.value}
UNREADABLE, UNWRITABLE = "unreadable", "unwritable"
COLUMNS = (
    table.c.id,
    table.c.establishment,
    table.c.folder,
    table.c.state,
    table.c.fault,
    table.c.files,
    table.c.kept,
    table.c.known,
    table.c.aside,
    table.c.size,
    table.c.started_at,
    table.c.changed_at,
)
ONE: Final = select(*COLUMNS).where(table.c.id == bindparam("id_"))
LATEST: Final = (
    select(*COLUMNS)
    .where(table.c.establishment == bindparam("establishment_"))
    .order_by(table.c.started_at.desc(), table.c.id)
    .limit(20)
)
MAKE = insert(table)
TAKE: Final = (
    update(table)
    .where(
        table.c.id == bindparam("id_"),
        table.c.state.in_((RUNNING, STOPPED)),
        or_(table.c.held_until < bindparam("now_"), table.c.holder == bindparam("holder_")),
    )
    .values(state=RUNNING, fault="", holder=bindparam("holder_"), held_until=bindparam("until_"))
    .returning(table.c.establishment, table.c.folder, table.c.position, table.c.started_by)
)
HELD: Final = update(table).where(
    table.c.id == bindparam("id_"), table.c.holder == bindparam("holder_")
)
NOTE: Final = HELD.values(
    position=bindparam("position_"),
    kept=table.c.kept + bindparam("kept_"),
    known=table.c.known + bindparam("known_"),
    aside=table.c.aside + bindparam("aside_"),
    size=table.c.size + bindparam("size_"),
    changed_at=bindparam("now_"),
    held_until=bindparam("until_"),
)
KEEP: Final = HELD.values(held_until=bindparam("until_"))
COUNT: Final = HELD.values(files=bindparam("files_"))
END: Final = HELD.values(
    state=bindparam("state_"), fault=bindparam("fault_"), changed_at=bindparam("now_"),
    held_until=0, holder="",
)  # fmt: skip
OPEN: Final = (
    select(table.c.id)
    .where(table.c.state == RUNNING, table.c.held_until < bindparam("now_"))
    .order_by(table.c.started_at)
)


class Lost(Exception):
    """Somebody else has taken the import over."""


class Unreadable(Exception):
    """The folder does not give this file's bytes; a fault of the store's is another one."""


@dataclass(frozen=True, slots=True)
class Import:
    """How far one is."""

    id: str
    establishment: str
    folder: str
    state: str
    fault: str
    files: int
    kept: int
    known: int
    aside: int
    size: int
    started_at: int
    changed_at: int

    @property
    def done(self) -> int:
        """Files that are done with."""
        return self.kept + self.known + self.aside


class Imports:
    """The verbs."""

    def __init__(self, database: Database, ingest: Ingest, now: Now, batch: int = BATCH) -> None:
        self._database = database
        self._ingest = ingest
        self._now = now
        self._batch = batch
        self._holder = new_id()

    def begin(self, establishment: str, folder: Path, by: str) -> str:
        """Write down that it is to be taken in; nothing is read yet."""
        made, now = new_id(), self._now()
        row = {
            "id": made,
            "establishment": establishment,
            "folder": os.fspath(folder.resolve()),
            "state": RUNNING,
            "started_by": by[:255],
            "started_at": now,
            "changed_at": now,
        }
        numbers = dict.fromkeys(("files", "kept", "known", "aside", "size", "held_until"), 0)
        texts = dict.fromkeys(("fault", "position", "holder"), "")
        with self._database.write() as tx:
            tx.execute(MAKE, {**row, **numbers, **texts})
        return made

    def one(self, tx: Tx, job: str) -> Import | None:
        """How far it is."""
        row = tx.execute(ONE, {"id_": job}).first()
        return Import(**row._asdict()) if row else None

    def latest(self, tx: Tx, establishment: str) -> list[Import]:
        """An establishment's last ones."""
        return [
            Import(**row._asdict())
            for row in tx.execute(LATEST, {"establishment_": establishment}).all()
        ]

    def left(self, tx: Tx) -> list[str]:
        """Those that nobody is at, for whoever starts anew."""
        return list(tx.execute(OPEN, {"now_": self._now()}).scalars())

    def run(self, job: str, stop: threading.Event | None = None) -> bool:
        """Take it in, or go on; False where somebody else is at it, or it is done."""
        with self._database.write() as tx:
            asked = {"id_": job, "holder_": self._holder, "now_": self._now()}
            row = tx.execute(TAKE, {**asked, "until_": self._now() + LEASE}).first()
        if row is None:
            return False
        origin = Origin(row.establishment, row.started_by, job=job)
        try:
            self._go(job, origin, Path(row.folder), row.position, stop)
        except Lost:
            pass
        except OperationalError:
            # The database's own trouble: whoever starts anew goes on from here.
            raise
        except Exception as fault:
            # Begun again by itself it would end here again, for good.
            self._end(job, FAILED, type(fault).__name__)
            raise
        return True

    def _go(
        self, job: str, origin: Origin, folder: Path, position: str, stop: threading.Event | None
    ) -> None:
        names = sorted(files_of(folder), key=place_of)
        with self._database.write() as tx:
            tx.execute(COUNT, {"id_": job, "holder_": self._holder, "files_": len(names)})
        waiting = [name for name in names if place_of(name) > position]
        for start in range(0, len(waiting), self._batch):
            if stop is not None and stop.is_set():
                self._end(job, RUNNING, "")
                return
            fault = self._take(job, origin, folder, waiting[start : start + self._batch])
            if fault:
                self._end(job, STOPPED, fault)
                return
        self._end(job, DONE, "")

    def _take(self, job: str, origin: Origin, folder: Path, names: list[str]) -> str:
        """One batch; where it can't be written down, one by one; why it can't go on."""
        try:
            return self._try(job, origin, folder, names)
        except (Lost, OperationalError):
            raise
        except Exception:  # noqa: BLE001 - one file that no database takes must not keep others out
            for name in names:
                fault = self._alone(job, origin, folder, name)
                if fault:
                    return fault
        return ""

    def _alone(self, job: str, origin: Origin, folder: Path, name: str) -> str:
        try:
            return self._try(job, origin, folder, [name])
        except (Lost, OperationalError):
            raise
        except Exception as fault:  # noqa: BLE001 - told beside its name; whatever breaks next ends it
            with self._database.write() as tx:
                self._hold(tx, job)
                told = self._missed(folder, origin, name, UNWRITABLE, type(fault).__name__)
                self._note(tx, job, name, [self._ingest.tell(tx, told)])
        return ""

    def _try(self, job: str, origin: Origin, folder: Path, names: list[str]) -> str:
        """A batch, and the note of it, in one transaction; why it can't go on."""
        arrivals, missed, heard = list[Arrival](), list[Missed](), self._now()
        try:
            for name in names:
                if self._now() - heard > LEASE // 4:
                    self._renew(job)
                    heard = self._now()
                found = self._receive(folder, origin, name)
                if isinstance(found, Outcome):
                    return found.reason
                if isinstance(found, Missed):
                    missed.append(found)
                elif found is not None:
                    arrivals.append(found)
            with self._database.write() as tx:
                self._hold(tx, job)
                outcomes = self._ingest.write(tx, arrivals)
                outcomes += [self._ingest.tell(tx, one) for one in missed]
                self._note(tx, job, names[-1], outcomes)
        except NoRoom:
            return Trouble.NO_ROOM.value
        finally:
            for one in arrivals:
                self._ingest.discard(one)
        return ""

    def _renew(self, job: str) -> None:
        """Large files take their time: say that somebody is still at it."""
        with self._database.write() as tx:
            self._hold(tx, job)

    def _hold(self, tx: Tx, job: str) -> None:
        """Before anything is written: from here to the end nobody takes it over."""
        asked = {"id_": job, "holder_": self._holder, "until_": self._now() + LEASE}
        if tx.execute(KEEP, asked).rowcount != 1:
            raise Lost

    def _receive(
        self, folder: Path, origin: Origin, name: str
    ) -> Arrival | Missed | Outcome | None:
        """None where the file went away; an outcome where nothing can go on."""
        told = Origin(origin.establishment, origin.by, name, origin.job)
        try:
            found = self._ingest.receive(_blocks(folder / name), told)
        except FileNotFoundError:
            return None
        except Unreadable as fault:
            return self._missed(folder, origin, name, UNREADABLE, str(fault))
        if isinstance(found, Outcome) and found.reason in PASSING:
            return self._missed(folder, origin, name, found.reason)
        return found

    def _missed(
        self, folder: Path, origin: Origin, name: str, reason: str, detail: str = ""
    ) -> Missed:
        told = Origin(origin.establishment, origin.by, name, origin.job)
        return Missed(os.fsencode(folder / name), told, reason, detail)

    def _note(self, tx: Tx, job: str, position: str, outcomes: list[Outcome]) -> None:
        def count(fate: Fate) -> int:
            return sum(one.fate is fate for one in outcomes)

        now = self._now()
        told = {"kept_": count(Fate.KEPT), "known_": count(Fate.KNOWN), "aside_": count(Fate.ASIDE)}
        size = sum(one.size for one in outcomes if one.fate is Fate.KEPT)
        asked = {"id_": job, "holder_": self._holder, "now_": now, "until_": now + LEASE}
        tx.execute(NOTE, {**asked, **told, "position_": place_of(position), "size_": size})

    def _end(self, job: str, state: str, fault: str) -> None:
        asked = {"id_": job, "holder_": self._holder, "now_": self._now()}
        with self._database.write() as tx:
            tx.execute(END, {**asked, "state_": state, "fault_": fault[:160]})


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        yield from blocks_of(path)
    except FileNotFoundError:
        raise
    except OSError as fault:
        raise Unreadable(errno.errorcode.get(fault.errno or 0, "")) from fault


def place_of(name: str) -> str:
    """A name as a database keeps it and sorts it with the others: byte by byte, whatever it is."""
    return os.fsencode(name).decode("latin-1")


def files_of(folder: Path) -> Iterator[str]:
    """Names of files below a folder; a link leads nowhere."""
    for place, folders, files in os.walk(folder, followlinks=False):
        folders[:] = [one for one in folders if not one.startswith(".")]
        for name in files:
            path = Path(place, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path.relative_to(folder).as_posix()
