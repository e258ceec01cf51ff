# SPDX-License-Identifier: Apache-2.0
"""Where and as what somebody practises: read, and written for those whom no register has."""

from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from idp.accounts.activities import Activity
from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.people.practising import MOST, Seen
from idp.administration.rights import Right
from idp.api.etags import etag_of, stale
from idp.api.problems import Problem, Where
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.values import Body, Line16, Line32, Line128, Listed, Shown
from idp.api.words import N_
from idp.grants.activities import HERE


class ActivityGiven(Body):
    """An activity, by the codes of the nomenclatures; labels are filled in."""

    profession_code: Annotated[Line16, Field(description="TRE_G15 and those beside it")]
    sector: Annotated[Line16, Field(description="TRE_R02: SA01, SA07…")]
    speciality_code: Annotated[Line16, Field(description="TRE_R01; needed of a doctor")] = ""
    section: Annotated[Line16, Field(description="TRE_G05; needed of a pharmacist")] = ""
    category: Line16 = ""
    mode: Annotated[Line16, Field(description="TRE_R23: L, S or B")] = ""
    finess: Line16 = ""
    siret: Line16 = ""
    structure_number: Annotated[
        Line16, Field(description="Where there is neither: with the digit that says by what")
    ] = ""
    structure: Line128 = ""
    post_code: Line16 = ""
    town: Line128 = ""
    phone: Line32 = ""


class ActivitiesGiven(Body):
    """These, and no others."""

    activities: Annotated[list[ActivityGiven], Field(max_length=MOST)]


class ActivityShown(Shown):
    """An activity that counts."""

    profession_code: str
    profession: str
    category: str
    speciality_code: str
    speciality: str
    mode: str
    sector: str
    finess: str
    siret: str
    structure: str
    post_code: str
    town: str
    phone: str
    section: str
    structure_number: str
    written: Annotated[bool, Field(description="Here")]
    source: Annotated[
        str,
        Field(
            description="Who says so: `here`, `register` for the national register, or the means "
            "by which the person logs in and that tells it (`psc`)"
        ),
    ]


def every(asked: Asked) -> Outcome:
    """All that count."""
    seen = _seen(asked)
    return seen if isinstance(seen, Denied) else _shown(seen)


def write(asked: Asked) -> Outcome:
    """Put these in the place of what was written, as it was read."""
    seen = _seen(asked)
    if isinstance(seen, Denied):
        return seen
    if problem := stale(asked.if_match, _shown(seen).etag):
        return problem
    wanted = [Activity(**one.model_dump()) for one in asked.body.activities]
    # `*` is whatever is there.
    written = None if "*" in asked.if_match else seen.written
    done = asked.services.office.practising.write(
        asked.tx, asked.authority, asked.path["account"], wanted, written
    )
    if isinstance(done, Denied):
        return done
    if isinstance(done, Unfit):
        if done.why == "changed":
            return Problem("changed")
        places = tuple(
            Where(f"#/activities/{one.replace('.', '/')}", done.why) for one in done.fields
        )
        return Problem("unfit", done.why, places)
    return every(asked)


class _Version(Shown):
    shown: Listed[ActivityShown]
    written: list[ActivityShown]


def _seen(asked: Asked) -> Denied | Seen:
    account = asked.path["account"]
    return asked.services.office.practising.seen(asked.tx, asked.authority, account)


def _shown(seen: Seen) -> Done:
    items = [_item(one.activity, one.source) for one in seen.known]
    document = Listed[ActivityShown](items=items, total=len(items))
    # What is written may be hidden by what the register tells better.
    written = [_item(one, HERE) for one in seen.written]
    return Done(document, etag=etag_of(_Version(shown=document, written=written)))


def _item(one: Activity, source: str) -> ActivityShown:
    return ActivityShown(**asdict(one), written=source == HERE, source=source)


OPERATIONS = (
    Operation(
        "GET",
        "/accounts/{account}/activities",
        "listActivities",
        N_("Where and as what somebody practises, as applications are told"),
        every,
        Right.ACCOUNTS_SEE,
        answer=Listed[ActivityShown],
    ),
    Operation(
        "PUT",
        "/accounts/{account}/activities",
        "writeActivities",
        N_("Write down where and as what somebody practises whom no register has"),
        write,
        Right.DIRECTORY_IMPORT,
        also=(Right.ACCOUNTS_SEE, Right.ACCOUNTS_EDIT),
        body=ActivitiesGiven,
        answer=Listed[ActivityShown],
        edits=True,
        problems=("unfit",),
    ),
)
