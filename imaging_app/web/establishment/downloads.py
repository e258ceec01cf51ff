# SPDX-License-Identifier: Apache-2.0
"""Who may download an establishment's exams: read and decided by those who administer it."""

from flask import Flask
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from imaging_app.access.actions import Action
from imaging_app.access.actions import house as house_thing
from imaging_app.access.decide import Refused
from imaging_app.web.establishment.house import INVALID, House, for_staff, typed
from imaging_app.web.establishment.somebody import confirm, is_sure, number_fault
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer


def add_download_pages(app: Flask, portal: Portal) -> None:
    """`/establishment/<finess>/downloads`."""

    @app.get("/establishment/<finess>/downloads")
    @for_staff(portal)
    def house_downloads(house: House) -> ResponseReturnValue:
        return show(house)

    @app.post("/establishment/<finess>/downloads")
    @for_staff(portal)
    def house_permit(house: House) -> ResponseReturnValue:
        form = typed()
        rpps, may = form.get("rpps", ""), form.get("may") == "1"
        # What was permitted is taken back whatever it says.
        if may and (wrong := number_fault(house, rpps)):
            return show(house, form, {"rpps": wrong})
        if may and not is_sure(rpps):
            return ask(house, rpps)
        with house.rooms.database.write() as tx:
            done = house.rooms.access.desk.permit(tx, house.who, rpps, may=may)
        if isinstance(done, Refused):
            return answer(done, back=f"/establishment/{house.finess}/downloads")
        word = "permitted" if may else "forbidden"
        return house.to("house_downloads", done=word if done else "unchanged")


def ask(house: House, rpps: str) -> ResponseReturnValue:
    """Whether it is them, behind the same door as the list."""
    back = f"/establishment/{house.finess}/downloads"
    refused = house.through(house_thing(house.finess), Action.HOUSE_DOWNLOADS)
    if refused is not None:
        return answer(refused, back=back)
    what = _("They may then download this establishment’s exams.")
    return confirm(house, rpps, "house_downloads", back, what, may="1")


def show(
    house: House, form: dict[str, str] | None = None, errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    """Those who may, and who may be next."""
    refused = house.through(house_thing(house.finess), Action.HOUSE_DOWNLOADS)
    if refused is not None:
        return answer(refused, back=f"/establishment/{house.finess}/downloads")
    access = house.rooms.access
    with house.rooms.database.read() as tx:
        permitted = access.grants.permitted(tx, house.finess)
        names = {rpps: access.professionals.find(tx, rpps) for rpps, _since in permitted}
    return house.page(
        "downloads",
        "house_downloads",
        INVALID if errors else 200,
        permitted=permitted,
        names=names,
        form=form or {},
        errors=errors or {},
    )
