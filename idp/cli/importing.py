# SPDX-License-Identifier: Apache-2.0
"""What the commands of imports share: tried out, told line by line, carried out to the end."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, NoReturn

from idp.administration.authority import Denied
from idp.administration.imports.reading import Unreadable
from idp.administration.imports.runs import NotDone, Upload
from idp.administration.imports.store import Line, Run
from idp.cli.desk import Desk
from idp.cli.output import plain, say
from idp.cli.place import Place
from idp.cli.program import refuse

MOST_TOLD = 200
PAGE = 1000
UNDER_WAY = frozenset({"planning", "running", "undoing"})


@contextmanager
def brought(place: Place, desk: Desk, upload: Upload, file: BinaryIO) -> Iterator[Run]:
    """A file that is read. Whatever ends the command before it is carried out, nothing stays."""
    found = desk.office.imports.read(desk.authority, upload, file)
    if not isinstance(found, str):
        sorry(found)
    try:
        yield sheet(place, desk, found)
    except BaseException:
        # CR-045: Ctrl-C and faults as well; one that is under way refuses, and goes on.
        with place.core.database.write() as tx:
            desk.office.imports.drop(tx, desk.authority, found)
        raise


def try_out(place: Place, desk: Desk, run: str, mapping: Mapping[str, int]) -> Run:
    """What each line would come to."""
    with place.core.database.write() as tx:
        mapped = desk.office.imports.map(tx, desk.authority, run, mapping)
    if not isinstance(mapped, Run):
        sorry(mapped)
    return to_the_end(place, desk, run)


def do(place: Place, desk: Desk, verb: str, run: str) -> Run:
    """One step, and all that follows from it."""
    with place.core.database.write() as tx:
        done = getattr(desk.office.imports, verb)(tx, desk.authority, run)
    if not isinstance(done, Run):
        sorry(done)
    return to_the_end(place, desk, run)


def to_the_end(place: Place, desk: Desk, run: str) -> Run:
    """Go on with it, beside a server that may have it in hand."""
    while True:
        desk.office.import_work.advance(run)
        found = sheet(place, desk, run)
        if found.state not in UNDER_WAY:
            return found
        time.sleep(0.2)


def sheet(place: Place, desk: Desk, run: str) -> Run:
    """As far as it has come."""
    with place.core.database.read() as tx:
        found = desk.office.imports.sheet(tx, desk.authority, run)
    return sorry(found) if isinstance(found, Denied) else found


def lines(place: Place, desk: Desk, run: str) -> Iterator[Line]:
    """Every line, without what it says."""
    after = 0
    while True:
        with place.core.database.read() as tx:
            found = desk.office.imports.lines(tx, desk.authority, run, after, PAGE)
        if isinstance(found, Denied):
            sorry(found)
        yield from found
        if len(found) < PAGE:
            return
        after = found[-1].line


def faults(place: Place, desk: Desk, run: str, offset: int = 0) -> list[str]:
    """What is wrong, line by line; the first of them where there are many."""
    found: list[str] = []
    more = 0
    for one in lines(place, desk, run):
        if one.verdict == "fault" or one.outcome in {"failed", "kept"}:
            if len(found) == MOST_TOLD:
                more += 1
                continue
            found.append(f"  line {one.line - offset}: {plain(one.why)}")
    return [*found, f"  and {more} more"] if more else found


def sums(run: Run) -> str:
    """How many lines came to what."""
    return ", ".join(f"{name}: {number}" for name, number in sorted(run.counts.items()))


def tell(run: Run) -> None:
    """Where it stands."""
    say(f"{run.id}: {run.state}" + (f" ({sums(run)})" if run.counts else ""))


def sorry(why: Denied | NotDone | Unreadable) -> NoReturn:
    """Why nothing was done."""
    if isinstance(why, Unreadable):
        refuse(f"The file can't be read: {why.why}" + (f", line {why.line}." if why.line else "."))
    if isinstance(why, NotDone):
        refuse(f"It was not done: {why.value}.")
    refuse("There is no such import, or no such establishment.")
