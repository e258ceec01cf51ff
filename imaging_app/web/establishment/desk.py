# SPDX-License-Identifier: Apache-2.0
"""The desk: a file is found by its number, or made with who it is."""

from flask import Flask, request
from flask.typing import ResponseReturnValue

from imaging_app.access.decide import Refused
from imaging_app.people.files import LONGEST_NUMBER, Mismatch
from imaging_app.web.establishment.house import INVALID, House, for_staff, typed
from imaging_app.web.establishment.traits_form import read_traits, told_apart
from imaging_app.web.establishment.words import SEXES
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer


def add_desk_pages(app: Flask, portal: Portal) -> None:
    """`/establishment/<finess>/desk`, and a new file."""

    @app.get("/establishment/<finess>/desk")
    @for_staff(portal)
    def house_desk(house: House) -> ResponseReturnValue:
        number = request.args.get("number", "").strip()[:LONGEST_NUMBER]
        if not number:
            return house.page("desk", "house_desk", number="", missing=False)
        with house.rooms.database.read() as tx:
            found = house.rooms.access.files.find(tx, house.finess, number)
        if found is not None:
            # Who it is stands behind the file's own door.
            return house.to("house_file", file=found.id)
        return house.page("desk", "house_desk", number=number, missing=True)

    @app.get("/establishment/<finess>/desk/new")
    @for_staff(portal)
    def house_new_file(house: House) -> ResponseReturnValue:
        number = request.args.get("number", "").strip()[:LONGEST_NUMBER]
        return house.page("new_file", "house_desk", form={"number": number}, sexes=SEXES)

    @app.post("/establishment/<finess>/desk/new")
    @for_staff(portal)
    def house_make_file(house: House) -> ResponseReturnValue:
        form = typed()
        number, traits, errors = read_traits(form)
        if not errors:
            with house.rooms.database.write() as tx:
                made = house.rooms.access.desk.receive(tx, house.who, number, traits)
            if isinstance(made, Refused):
                return answer(made)
            if not isinstance(made, Mismatch):
                return house.to("house_file", file=made.file, done="made", kept=made.kept or None)
            errors = told_apart(made.differs)
        return house.page("new_file", "house_desk", INVALID, form=form, sexes=SEXES, errors=errors)
