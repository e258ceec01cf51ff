# SPDX-License-Identifier: Apache-2.0
"""Sharing codes that an establishment has issued: found, followed, revoked."""

from flask import Flask, request
from flask.typing import ResponseReturnValue

from imaging_app.access.actions import Action
from imaging_app.access.actions import house as house_thing
from imaging_app.access.decide import Refused
from imaging_app.people.traits import read_date
from imaging_app.sharing.lists import Filter
from imaging_app.web.establishment.house import House, for_staff, page_number
from imaging_app.web.establishment.words import WORTH
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer

LONGEST = 100


def add_code_pages(app: Flask, portal: Portal) -> None:
    """`/establishment/<finess>/codes`."""

    @app.get("/establishment/<finess>/codes")
    @for_staff(portal)
    def house_codes(house: House) -> ResponseReturnValue:
        refused = house.through(house_thing(house.finess), Action.HOUSE_CODES)
        if refused is not None:
            return answer(refused, back=f"/establishment/{house.finess}")
        rooms, access, page = house.rooms, house.rooms.access, page_number()
        with rooms.database.read() as tx:
            found = access.lists.issued_by(tx, house.finess, asked(), page)
            uses = {one.id: access.lists.uses_of(tx, one.id) for one in found.codes}
            rpps = {use.rpps for every in uses.values() for use in every}
            names = {one: access.professionals.find(tx, one) for one in rpps}
        return house.page(
            "codes",
            "house_codes",
            codes=found.codes,
            more=found.more,
            page=page,
            uses=uses,
            names=names,
            worth=WORTH,
            now=rooms.now(),
            asked={key: value for key, value in request.args.items() if key in FIELDS},
        )

    @app.post("/establishment/<finess>/codes/<code>/revoke")
    @for_staff(portal)
    def house_revoke(house: House, code: str) -> ResponseReturnValue:
        with house.rooms.database.write() as tx:
            ended = house.rooms.access.desk.revoke(tx, house.who, code)
        if isinstance(ended, Refused):
            return answer(ended, back=f"/establishment/{house.finess}/codes")
        return house.to("house_codes", done="revoked" if ended else "unchanged")


FIELDS = ("tail", "name", "first_name", "birth_date", "valid")


def asked() -> Filter:
    """What the list is narrowed to; a day that is none narrows it to nothing."""
    values = {name: request.args.get(name, "").strip()[:LONGEST] for name in FIELDS}
    born = values["birth_date"]
    return Filter(
        tail=values["tail"],
        name=values["name"],
        first_name=values["first_name"],
        birth_date=(read_date(born) or "-") if born else "",
        only_valid=bool(values["valid"]),
    )
