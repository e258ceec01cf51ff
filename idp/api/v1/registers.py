# SPDX-License-Identifier: Apache-2.0
"""National registers: what is served, imports, and lines that were not taken."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from idp.administration.authority import Denied
from idp.administration.region.registers import NotAsked
from idp.administration.rights import Right
from idp.api.problems import Problem
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.shapes import at, moment
from idp.api.values import Body, Listed, Paging, Shown
from idp.api.words import N_
from idp.directory.generations import KINDS, Generation


class RegisterImportShown(Shown):
    """One reading of a register's file."""

    id: int
    kind: str
    state: str
    file: str
    percent: int | None
    lines: int
    kept: int
    rejected: int
    started_at: datetime
    finished_at: datetime | None
    fault: str


class RejectShown(Shown):
    """A line that was not taken."""

    line: int
    reason: str
    text: str


class RegisterGiven(Body):
    """Which register: the file is the one that the settings name."""

    kind: Annotated[str, Field(pattern=f"^({'|'.join(KINDS)})$")]


def status(asked: Asked) -> Outcome:
    """The last imports; what is served is among them, or nothing is."""
    found = asked.services.office.registers.status(asked.tx, asked.authority)
    if isinstance(found, Denied):
        return found
    return Done(Listed[RegisterImportShown](items=[_shown(one) for one in found]))


def bring(asked: Asked) -> Outcome:
    """Have it read in the background."""
    done = asked.services.office.registers.ask(asked.tx, asked.authority, asked.body.kind)
    if isinstance(done, NotAsked):
        return Problem("conflict", done.value)
    return done if isinstance(done, Denied) else Done(_shown(done), 201)


def rejects(asked: Asked) -> Outcome:
    """A page of them."""
    number, size = asked.path["generation"], asked.query.size
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return asked.authority.refuses(Right.DIRECTORY_IMPORT) or Denied.NOT_FOUND
    after = int(asked.query.after or 0)
    desk = asked.services.office.registers
    found = desk.rejects(asked.tx, asked.authority, int(number), after, size + 1)
    if isinstance(found, Denied):
        return found
    items = [RejectShown(line=one.line, reason=one.reason, text=one.text) for one in found[:size]]
    following = str(items[-1].line) if len(found) > size else ""
    return Done(Listed[RejectShown](items=items), next=following)


def _shown(one: Generation) -> RegisterImportShown:
    return RegisterImportShown(
        id=one.id,
        kind=one.kind,
        state=one.state,
        file=one.name,
        percent=one.percent,
        lines=one.lines,
        kept=one.kept,
        rejected=one.rejected,
        started_at=at(one.started_at),
        finished_at=moment(one.finished_at),
        fault=one.fault,
    )


OPERATIONS = (
    Operation(
        "GET",
        "/registers/imports",
        "listRegisterImports",
        N_("The last imports of national registers, and what is served"),
        status,
        Right.DIRECTORY_SEE,
        answer=Listed[RegisterImportShown],
    ),
    Operation(
        "POST",
        "/registers/imports",
        "importRegister",
        N_("Have a register’s file read; the old one is served meanwhile"),
        bring,
        Right.DIRECTORY_IMPORT,
        body=RegisterGiven,
        answer=RegisterImportShown,
        status=201,
        problems=("conflict",),
    ),
    Operation(
        "GET",
        "/registers/imports/{generation}/rejects",
        "listRejects",
        N_("Lines of an import that were not taken"),
        rejects,
        Right.DIRECTORY_IMPORT,
        query=Paging,
        answer=Listed[RejectShown],
        problems=("cursor",),
    ),
)
