# SPDX-License-Identifier: Apache-2.0
"""« Codes »: those that somebody has entered, narrowed as they like, and what each is worth."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import urlencode

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from imaging_app.access.visitor import Kind
from imaging_app.sharing.lists import Filter, Shown, State
from imaging_app.web.portal import Portal
from imaging_app.web.professional.asking import asking, page, patient_path
from imaging_app.web.professional.shown import Person, day, house, person
from imaging_app.web.professional.typed import Form, page_number, read_birth_date
from imaging_app.web.professional.words import SEXES, STATES

FIELDS: Final = ("tail", "name", "first_name", "sex", "birth_date", "establishment")
LONGEST = 64
# Nobody was born on it: what can't be a date finds nobody.
NO_DAY = "0000-00-00"


@dataclass(frozen=True, slots=True)
class Row:
    """A code as it is shown."""

    tail: str
    patient: Person
    house: str
    comment: str
    state: str
    state_word: str
    until: str
    # Where its exams are; nothing for one that opens no more.
    way: str


def code_row(one: Shown, names: Mapping[str, str]) -> Row:
    """How one is shown."""
    is_valid = one.state is State.VALID
    return Row(
        one.tail,
        person(one),
        house(names, one.establishment) if one.establishment else str(_("given by the patient")),
        one.comment,
        one.state.name.lower(),
        str(STATES[one.state]),
        day(one.expires_at),
        patient_path(one.patient, code=one.id) if is_valid else "",
    )


def add_code_pages(app: Flask, portal: Portal) -> None:
    """`/professional/codes`."""
    rooms = portal.rooms

    @app.get("/professional/codes")
    @portal.require(Kind.PROFESSIONAL)
    def professional_codes() -> ResponseReturnValue:
        who, number = asking(portal), page_number()
        form = Form({name: request.args.get(name, "").strip()[:LONGEST] for name in FIELDS})
        only_valid = request.args.get("valid") == "1"
        asked = _filter(form, only_valid=only_valid)
        with rooms.database.read() as tx:
            names = rooms.access.professionals.establishments(tx)
            found = rooms.access.lists.entered_by(tx, who.rpps, asked, number)
        told = {name: value for name, value in form.typed.items() if value}
        told |= {"valid": "1"} if only_valid else {}
        return page(
            "codes",
            rows=[code_row(one, names) for one in found.codes],
            form=form,
            only_valid=only_valid,
            number=number,
            more=found.more,
            is_narrowed=bool(told),
            has_details=any(asdict(asked)[name] for name in FIELDS),
            query=urlencode(told),
            houses=sorted(names.items(), key=lambda one: one[1]),
            sexes=SEXES,
        )


def _filter(form: Form, *, only_valid: bool) -> Filter:
    born = form.text("birth_date")
    narrowed = {name: form.text(name) for name in FIELDS}
    if born:
        narrowed["birth_date"] = read_birth_date(born) or NO_DAY
    return Filter(**narrowed, only_valid=only_valid)
