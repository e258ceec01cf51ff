# SPDX-License-Identifier: Apache-2.0
"""Whose a doubtful image is: a file is chosen, both identities are compared, somebody says yes."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date

from imaging_app.access.actions import Action
from imaging_app.access.actions import house as house_thing
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.putting import NO_ROOM, STAYS_OUT, Compared, Doubt
from imaging_app.db import Tx
from imaging_app.people.files import LONGEST_NUMBER
from imaging_app.people.traits import read_date
from imaging_app.web.establishment.house import INVALID, House, Opened, for_staff, open_file
from imaging_app.web.establishment.words import SEXES, TRAITS
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer

CONFLICT: Final = 409


@dataclass(frozen=True, slots=True)
class Row:
    """A trait, as the image says it and as the file has it."""

    name: str
    image: str
    file: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A decision that can be taken back, and the file that it put images into."""

    id: str
    at: int
    files: int
    file: str
    number: str


def add_putting_pages(app: Flask, portal: Portal) -> None:
    """`/establishment/<finess>/aside/<one>/put` and `…/back`."""

    @app.get("/establishment/<finess>/aside/<one>/put")
    @for_staff(portal)
    def house_put(house: House, one: str) -> ResponseReturnValue:
        doubt = doubt_of(house, one)
        return show(house, doubt) if isinstance(doubt, Doubt) else doubt

    @app.post("/establishment/<finess>/aside/<one>/put")
    @for_staff(portal)
    def house_put_there(house: House, one: str) -> ResponseReturnValue:
        doubt = doubt_of(house, one)
        if not isinstance(doubt, Doubt):
            return doubt
        number = request.form.get("number", "").strip()[:LONGEST_NUMBER]
        chosen = choose(house, doubt, number)
        if isinstance(chosen, Compared) and "mark" in request.form:
            return put(house, chosen)
        if isinstance(chosen, Compared):
            return compare(house, chosen)
        if isinstance(chosen, str):
            return show(house, doubt, INVALID, {"number": number}, {"number": chosen})
        return chosen

    @app.post("/establishment/<finess>/aside/<one>/back")
    @for_staff(portal)
    def house_put_back(house: House, one: str) -> ResponseReturnValue:
        refused = house.through(house_thing(house.finess), Action.HOUSE_UPLOAD)
        done = refused or house.rooms.putting.take_back(house.who, one)
        if isinstance(done, Refused):
            return answer(done, back=f"/establishment/{house.finess}/aside")
        return house.to("house_aside", done="put-full" if done == NO_ROOM else "put-back")


def doubt_of(house: House, one: str) -> Doubt | ResponseReturnValue:
    """What waits here; what does not, or is nobody's question, is told as unchanged."""
    refused = house.through(house_thing(house.finess), Action.HOUSE_UPLOAD)
    if refused is not None:
        return answer(refused, back=f"/establishment/{house.finess}/aside")
    doubt = house.rooms.putting.look(house.who, one)
    return doubt or house.to("house_aside", done="unchanged")


def choose(house: House, doubt: Doubt, number: str) -> Compared | ResponseReturnValue | str:
    """The file of this number, opened; or why it can't be that one."""
    with house.rooms.database.read() as tx:
        found = house.rooms.access.files.find(tx, house.finess, number) if number else None
    if found is None:
        return "no-file" if number else "missing"
    if doubt.exam is not None and doubt.exam.file != found.id:
        return "elsewhere"
    opened = open_file(house, found.id)
    return Compared(doubt, opened.file, opened.patient) if isinstance(opened, Opened) else opened


def show(
    house: House,
    doubt: Doubt,
    status: int = 200,
    form: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> ResponseReturnValue:
    """Which file it is to be."""
    place = place_of(house, doubt)
    typed = form or {"number": place or doubt.told.number}
    return house.page(
        "put", "house_aside", status, form=typed, errors=errors or {}, **told(doubt), place=place
    )


def compare(
    house: House, asked: Compared, status: int = 200, errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    """Both identities, side by side."""
    return house.page(
        "put_sure",
        "house_aside",
        status,
        asked=asked,
        opened=Opened(asked.file, asked.patient),
        rows=rows_of(asked),
        traits=TRAITS,
        differs=[TRAITS[one] for one in asked.differs],
        errors=errors or {},
        **told(asked.doubt),
    )


def put(house: House, asked: Compared) -> ResponseReturnValue:
    """Done, where somebody has compared just this."""
    if "compared" not in request.form:
        return compare(house, asked, INVALID, {"compared": "missing"})
    done = house.rooms.putting.put(house.who, asked, request.form["mark"])
    if isinstance(done, Refused) and done.reason is Reason.STATE:
        # What is there by now is shown: it is compared once more.
        return compare(house, asked, CONFLICT, {"mark": "changed"})
    if isinstance(done, Refused):
        return answer(done, back=f"/establishment/{house.finess}/aside")
    if isinstance(done, str):
        return house.to("house_aside", done="still" if done == STAYS_OUT else "put-full")
    return house.to("house_file", file=asked.file.id, done="put")


def place_of(house: House, doubt: Doubt) -> str:
    """The number of the only file that can take it: the exam's; nothing where any can."""
    if doubt.exam is None:
        return ""
    with house.rooms.database.read() as tx:
        found = house.rooms.access.files.one(tx, doubt.exam.file)
    return found.number if found else ""


def told(doubt: Doubt) -> dict[str, Any]:
    """What the image says of its exam, for a page."""
    return {
        "doubt": doubt,
        "about": doubt.study.description,
        "taken": day_of(read_date(doubt.study.day) or ""),
    }


def rows_of(asked: Compared) -> list[Row]:
    """Trait by trait, as both sides say it."""
    image, patient = asked.doubt.traits, asked.patient.traits
    differs = set(asked.differs)
    used = f" ({patient.used_name})" if patient.used_name else ""
    number = asked.doubt.told.number
    return [
        Row("name", image.birth_name, patient.birth_name + used, "name" in differs),
        Row(
            "first_name",
            " ".join(image.first_names),
            " ".join(patient.first_names),
            "first_name" in differs,
        ),
        Row(
            "birth_date",
            day_of(image.birth_date),
            day_of(patient.birth_date),
            "birth_date" in differs,
        ),
        Row(
            "sex",
            str(SEXES[image.sex]),
            str(SEXES[patient.sex]),
            "sex" in differs,
        ),
        Row("number", number, asked.file.number, number != asked.file.number),
    ]


def day_of(text: str) -> str:
    """A day as people write it; nothing where it is unknown."""
    return str(format_date(date.fromisoformat(text), "dd/MM/yyyy")) if text else ""


def put_lately(house: House, tx: Tx) -> list[Line]:
    """What was put by hand and is still where it was put."""
    rooms, found = house.rooms, []
    for one in rooms.exams.aside.put_lately(tx, house.finess):
        exam = rooms.exams.index.by_uid(tx, one.study, house.finess)
        file = rooms.access.files.one(tx, exam.file) if exam else None
        if file is not None and file.establishment == house.finess:
            found.append(Line(one.id, one.at, one.files, file.id, file.number))
    return found
