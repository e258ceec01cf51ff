# SPDX-License-Identifier: Apache-2.0
"""Looking for a professional: to keep them out, or to name them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from flask import request

from imaging_app.db import Tx
from imaging_app.people.professionals import (
    PAGE,
    Choices,
    Criteria,
    Professional,
    Professionals,
)
from imaging_app.web.patient.me import page_number

NAMES = tuple(one.name for one in fields(Criteria))


@dataclass(frozen=True, slots=True)
class Found:
    """What was asked, what there is to ask for, and who fits."""

    typed: dict[str, str]
    choices: Choices
    places: dict[str, str]
    people: Sequence[Professional]
    page: int
    more: bool
    is_search: bool
    is_empty: bool


def look(tx: Tx, professionals: Professionals, *, doctors: bool = False) -> Found:
    """What this request looks for."""
    typed = {name: request.args.get(name, "").strip()[:128] for name in NAMES}
    by, page = Criteria(**typed), page_number()
    choices = professionals.choices(tx)
    if doctors:
        people = _doctors(tx, professionals, by, choices, page)
    else:
        people = list(professionals.candidates(tx, by, page))
    return Found(
        typed=typed,
        choices=choices,
        places=professionals.establishments(tx),
        people=people,
        page=page,
        more=len(people) >= PAGE,
        is_search="search" in request.args,
        is_empty=by.is_empty,
    )


def _doctors(
    tx: Tx, professionals: Professionals, by: Criteria, choices: Choices, page: int
) -> list[Professional]:
    if replace(by, profession="").is_empty:
        return []
    found: list[Professional] = []
    for one in choices.professions:
        if Professional("", "", "", one).is_doctor:
            found += professionals.candidates(tx, replace(by, profession=one), page)
    return found
