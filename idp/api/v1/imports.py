# SPDX-License-Identifier: Apache-2.0
"""Imports of people: a file is brought, its columns said, tried out, carried out, taken back."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from idp.administration.authority import Denied
from idp.administration.csv_out import MEDIA_TYPE, export
from idp.administration.imports.reading import MOST_BYTES, Unreadable
from idp.administration.imports.runs import NotDone, Taken, Upload
from idp.administration.imports.store import Line, Run
from idp.administration.rights import Right
from idp.api.problems import Problem, Where
from idp.api.routing import Asked, Done, Operation, Outcome, Request
from idp.api.v1.shapes import at, moment
from idp.api.values import Body, Line128, Listed, Paging, Query, Shown
from idp.api.words import N_
from idp.http.services import Services

CSV = "text/csv"
# Done while the answer is waited for; the worker does the rest.
AT_ONCE = 2
HEADER = ("line", "verdict", "outcome", "reason")


class FileGiven(Query):
    """What the file holds, and where its people belong."""

    kind: Annotated[str, Field(pattern="^(accounts|patients)$")] = "accounts"
    name: Annotated[Line128, Field(description="What the file is called in the list")] = "api.csv"
    establishment: Annotated[str, Field(pattern="^([0-9][0-9AB][0-9A-Z][0-9]{6})?$")] = ""
    population: Annotated[str, Field(pattern="^(professional|staff)$")] = "professional"


class ImportShown(Shown):
    """An import, as far as it has come."""

    id: str
    kind: str
    name: str
    establishment: str
    population: str
    state: Annotated[
        str,
        Field(
            description="reading, read, planning, planned, running, stopped, done, undoing, "
            "undone, dropped, failed"
        ),
    ]
    columns: list[str]
    mapping: Annotated[
        dict[str, int],
        Field(description="The column of each field, from 0; before it is said, a guess"),
    ]
    rows: int
    position: int
    counts: Annotated[dict[str, int], Field(description="Lines by verdict and outcome")]
    made_by: str
    created_at: datetime
    ended_at: datetime | None


class MappingGiven(Body):
    """Which column fills what."""

    mapping: Annotated[
        dict[str, int], Field(description="The column of each field, from 0", max_length=60)
    ]


class LineShown(Shown):
    """What a line would come to, and came to; not what it says."""

    line: int
    verdict: str
    outcome: str
    why: Annotated[str, Field(description="`field:word`, one after the other")]
    account: str | None


def listing(asked: Asked) -> Outcome:
    """The latest of one's perimeter."""
    found = asked.services.office.imports.listed(asked.tx, asked.authority)
    if isinstance(found, Denied):
        return found
    return Done(Listed[ImportShown](items=[_shown(asked, one) for one in found]))


def prepare(services: Services, request: Request) -> Any:
    """The file is read in transactions of its own: it may be a large one."""
    query: FileGiven = request.query
    upload = Upload(query.kind, query.name, query.establishment, query.population)
    taken = services.office.imports.take_in(request.authority, upload, request.body.file)
    if isinstance(taken, NotDone):
        return Problem("unfit", taken.value, (Where(f"?{taken.value}", "unfit"),))
    if isinstance(taken, Unreadable):
        where = f", line {taken.line}" if taken.line else ""
        return Problem("unfit", f"the file can't be read: {taken.why}{where}")
    return taken


def discard(services: Services, taken: Taken) -> None:
    """It was brought before, under the same key."""
    services.office.imports.give_up(taken)


def bring(asked: Asked) -> Outcome:
    """What was read is there."""
    run = asked.services.office.imports.accept(asked.tx, asked.ready)
    if isinstance(run, NotDone):
        return Problem("conflict", run.value)
    return _one(asked, run, 201)


def show(asked: Asked) -> Outcome:
    """One of them."""
    return _one(asked, asked.path["import"])


def set_mapping(asked: Asked) -> Outcome:
    """The dry run begins."""
    done = asked.services.office.imports.map(
        asked.tx, asked.authority, asked.path["import"], asked.body.mapping
    )
    return _after(asked, done)


def _verb(name: str) -> Callable[[Asked], Outcome]:
    def run(asked: Asked) -> Outcome:
        verb = getattr(asked.services.office.imports, name)
        return _after(asked, verb(asked.tx, asked.authority, asked.path["import"]))

    return run


def lines(asked: Asked) -> Outcome:
    """A part of the report."""
    after, size = int(asked.query.after or 0), asked.query.size
    found = asked.services.office.imports.lines(
        asked.tx, asked.authority, asked.path["import"], after, size + 1
    )
    if isinstance(found, Denied):
        return found
    following = str(found[size - 1].line) if len(found) > size else ""
    return Done(Listed[LineShown](items=[_line(one) for one in found[:size]]), next=following)


def report(asked: Asked) -> Outcome:
    """All of it, as a table."""
    found = asked.services.office.imports.report(asked.authority, asked.path["import"])
    if isinstance(found, Denied):
        return found
    return Done(pieces=export(HEADER, found), file_name="import.csv")


def _after(asked: Asked, done: Denied | NotDone | Run) -> Outcome:
    if isinstance(done, Denied):
        return done
    if isinstance(done, NotDone):
        name = "conflict" if done is NotDone.STATE else "unfit"
        return Problem(name, done.value)
    work = asked.services.office.import_work
    return Done(_shown(asked, done), after=(lambda: _go_on(work.advance, done.id),))


def _go_on(advance: Callable[..., int], run: str) -> None:
    advance(run, most=AT_ONCE)


def _one(asked: Asked, run: str, status: int = 200) -> Outcome:
    found = asked.services.office.imports.sheet(asked.tx, asked.authority, run)
    if isinstance(found, Denied):
        return found
    return Done(_shown(asked, found), status, location=f"/imports/{run}")


def _shown(asked: Asked, one: Run) -> ImportShown:
    mapping = asked.services.office.imports.mapping_of(asked.tx, one, asked.authority.actor)
    return ImportShown(
        id=one.id,
        kind=one.kind,
        name=one.name,
        establishment=one.establishment,
        population=one.population,
        state=one.state,
        columns=list(one.header),
        mapping=mapping,
        rows=one.rows,
        position=min(one.position, one.rows),
        counts=dict(one.counts),
        made_by=one.made_by,
        created_at=at(one.created_at),
        ended_at=moment(one.ended_at),
    )


def _line(one: Line) -> LineShown:
    return LineShown(
        line=one.line,
        verdict=one.verdict,
        outcome=one.outcome,
        why=one.why,
        account=one.account,
    )


ONE = "/imports/{import}"
# What writes into accounts.
WRITE = frozenset({"start", "resume", "undo"})
RIGHT, OTHERS = Right.ACCOUNTS_IMPORT, (Right.PATIENTS_ENROL,)


def _step(verb: str, summary: str) -> Operation:
    return Operation(
        "POST",
        f"{ONE}/{verb}",
        f"{verb}Import",
        summary,
        _verb(verb),
        RIGHT,
        OTHERS,
        answer=ImportShown,
        problems=("conflict",),
        fresh=verb in WRITE,
    )


OPERATIONS = (
    Operation(
        "GET",
        "/imports",
        "listImports",
        N_("The latest imports of your perimeter"),
        listing,
        RIGHT,
        OTHERS,
        answer=Listed[ImportShown],
    ),
    Operation(
        "POST",
        "/imports",
        "bringImport",
        N_("Bring a file of people; nothing is written before it was tried out"),
        bring,
        RIGHT,
        OTHERS,
        query=FileGiven,
        takes=CSV,
        most=MOST_BYTES,
        answer=ImportShown,
        status=201,
        problems=("unfit", "not-found", "conflict"),
        prepare=prepare,
        discard=discard,
    ),
    Operation("GET", ONE, "showImport", N_("One import"), show, RIGHT, OTHERS, answer=ImportShown),
    Operation(
        "PUT",
        f"{ONE}/mapping",
        "mapImport",
        N_("Say which columns fill which fields; the dry run follows"),
        set_mapping,
        RIGHT,
        OTHERS,
        body=MappingGiven,
        answer=ImportShown,
        problems=("unfit", "conflict"),
    ),
    _step("start", N_("Carry out what the dry run told")),
    _step("stop", N_("Stop after the lines under way; what is done stays")),
    _step("resume", N_("Go on where it was stopped")),
    _step("undo", N_("Take back what nobody has used or changed since")),
    _step("drop", N_("Give an import up before anything was written")),
    Operation(
        "GET",
        f"{ONE}/lines",
        "listImportLines",
        N_("What each line would come to, and came to"),
        lines,
        RIGHT,
        OTHERS,
        query=Paging,
        answer=Listed[LineShown],
        problems=("cursor",),
    ),
    Operation(
        "GET",
        f"{ONE}/report",
        "takeImportReport",
        N_("The same as a table, all of it"),
        report,
        RIGHT,
        OTHERS,
        media_type=MEDIA_TYPE.partition(";")[0],
    ),
)
