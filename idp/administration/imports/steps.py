# SPDX-License-Identifier: Apache-2.0
"""The steps of an import: from where each leads to where, and who sees how much of a run."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from idp.administration.authority import (
    COMMAND_LINE,
    Authorities,
    Authority,
    Denied,
    application_subject,
)
from idp.administration.imports.store import Line, Run
from idp.administration.rights import Right
from idp.db import Tx
from idp.origin import Origin

KINDS: Final = {"accounts": Right.ACCOUNTS_IMPORT, "patients": Right.PATIENTS_ENROL}
# Nothing is written yet, or never will be.
BEGINNING: Final = frozenset({"reading", "read", "planning", "planned", "failed"})
# From which state each verb leads where.
STEPS: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "map": (frozenset({"read", "planned"}), "planning"),
    "start": (frozenset({"planned"}), "running"),
    "stop": (frozenset({"running"}), "stopped"),
    "resume": (frozenset({"stopped"}), "running"),
    "undo": (frozenset({"stopped", "done"}), "undoing"),
    "drop": (BEGINNING, "dropped"),
}
# What is done by the rights of whoever says so, from then on.
TAKING_OVER: Final = frozenset({"map", "start", "resume", "undo"})


def refuses(authority: Authority, run: Run) -> Denied | None:
    """Whether somebody is told of a run at all."""
    right = KINDS[run.kind]
    if run.made_by == COMMAND_LINE != authority.actor and run.state in BEGINNING:
        # CR-045: it may hold what the command line alone may bring.
        return Denied.NOT_FOUND if authority.may(right) else Denied.NOT_ALLOWED
    if run.establishment:
        return authority.refuses_in(right, {run.establishment})
    if authority.reach(right).everywhere:
        return None
    return Denied.NOT_FOUND if authority.may(right) else Denied.NOT_ALLOWED


def opens(tx: Tx, authorities: Authorities, authority: Authority, run: Run) -> bool:
    """Whether somebody sees more of a run than how far it has come.

    WB-015: brought for one house by somebody who reaches further, it may speak of people of
    others, and its verdicts do.
    """
    reach = authority.reach(KINDS[run.kind])
    if reach.everywhere or run.made_by == authority.actor:
        return True
    maker = on_behalf(tx, authorities, run, authority.origin)
    return maker is not None and reach.covers(maker.reach(KINDS[run.kind]).establishments)


def application_of(authority: Authority) -> str:
    """The application that holds the token, its own or a person's; nothing at the console."""
    own = application_subject("")
    if authority.actor.startswith(own):
        return authority.actor.removeprefix(own)
    return authority.through


def token_of(authority: Authority) -> str:
    """What is kept of the token by which somebody acts; nothing of whoever needs none."""
    if not (application := application_of(authority)):
        return ""
    rights = sorted(one.value for one in authority.within)
    return json.dumps({"application": application, "rights": rights})


def on_behalf(tx: Tx, authorities: Authorities, run: Run, origin: Origin) -> Authority | None:
    """Whoever a run is carried out for, by what they hold now and their token was given for."""
    found = authorities.in_the_name_of(tx, run.made_by, origin)
    if found is None or not run.token:
        return found
    known = json.loads(run.token)
    # A right that there is no more opens nothing.
    within = frozenset(Right(one) for one in known["rights"] if one in set(Right))
    return authorities.narrowed(found, within, known["application"])


def closed(line: Line) -> Line:
    """A line as whoever may not look into its run sees it."""
    return replace(line, why="", account=None)
