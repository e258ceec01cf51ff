# SPDX-License-Identifier: Apache-2.0
"""Who cares for a patient, by this establishment's word: found, added, left out."""

from datetime import datetime, timedelta

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from imaging_app.access.decide import Refused
from imaging_app.people.involvement import Role
from imaging_app.people.professionals import Criteria, Professional
from imaging_app.people.traits import read_date
from imaging_app.web.establishment.house import INVALID, House, Opened, for_staff, open_file, typed
from imaging_app.web.establishment.somebody import confirm, is_sure, number_fault
from imaging_app.web.establishment.words import ROLES
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer


def add_care_pages(app: Flask, portal: Portal) -> None:
    """`/establishment/<finess>/files/<file>/care`."""

    @app.get("/establishment/<finess>/files/<file>/care")
    @for_staff(portal)
    def house_care(house: House, file: str) -> ResponseReturnValue:
        opened = open_file(house, file)
        return show(house, opened) if isinstance(opened, Opened) else opened

    @app.post("/establishment/<finess>/files/<file>/care")
    @for_staff(portal)
    def house_involve(house: House, file: str) -> ResponseReturnValue:
        form, until = typed(), until_of(house)
        errors = faults_of(house, form)
        if until == 0:
            errors["until"] = "date"
        if errors:
            opened = open_file(house, file)
            return show(house, opened, form, errors) if isinstance(opened, Opened) else opened
        if not is_sure(form["rpps"]):
            return ask(house, file, form)
        with house.rooms.database.write() as tx:
            made = house.rooms.access.desk.involve(
                tx, house.who, file, form["rpps"], Role(form["role"]), until
            )
        if isinstance(made, Refused):
            return answer(made, back=f"/establishment/{house.finess}/files/{file}")
        return house.to("house_file", file=file, done="involved")

    @app.post("/establishment/<finess>/files/<file>/care/<involvement>/end")
    @for_staff(portal)
    def house_leave_out(house: House, file: str, involvement: str) -> ResponseReturnValue:
        with house.rooms.database.write() as tx:
            ended = house.rooms.access.desk.leave_out(tx, house.who, file, involvement)
        if isinstance(ended, Refused):
            return answer(ended, back=f"/establishment/{house.finess}/files/{file}")
        return house.to("house_file", file=file, done="left" if ended else "unchanged")


def ask(house: House, file: str, form: dict[str, str]) -> ResponseReturnValue:
    """Whether it is them, behind the file's door."""
    opened = open_file(house, file)
    if not isinstance(opened, Opened):
        return opened
    told = {name: form.get(name, "") for name in ("role", "until")}
    back = f"/establishment/{house.finess}/files/{file}/care"
    role = ROLES[Role(form["role"])]
    what = _("They are then among who cares for %(name)s: %(role)s.", name=opened.name, role=role)
    return confirm(house, form["rpps"], "house_desk", back, what, **told)


def faults_of(house: House, form: dict[str, str]) -> dict[str, str]:
    """What is wrong with who is added, and as what."""
    errors = {}
    if wrong := number_fault(house, form.get("rpps", "")):
        errors["rpps"] = wrong
    if form.get("role") not in {one.value for one in Role}:
        errors["role"] = "missing"
    return errors


def until_of(house: House) -> int | None:
    """The end of the day that was typed; none where there is none, 0 where it can't be."""
    text = request.form.get("until", "").strip()
    if not text:
        return None
    day = read_date(text)
    if day is None:
        return 0
    zone = house.rooms.settings.timezone
    ends = datetime.fromisoformat(day).replace(tzinfo=zone) + timedelta(days=1)
    moment = int(ends.timestamp())
    return moment if moment > house.rooms.now() else 0


def show(
    house: House,
    opened: Opened,
    form: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> ResponseReturnValue:
    """The form, with those whom a name finds."""
    family, given = (request.args.get(one, "").strip()[:100] for one in ("family", "given"))
    found: list[Professional] = []
    if family or given:
        with house.rooms.database.read() as tx:
            by = Criteria(family=family, given=given)
            found = list(house.rooms.access.professionals.candidates(tx, by))
    return house.page(
        "care",
        "house_desk",
        INVALID if errors else 200,
        opened=opened,
        roles=ROLES,
        found=found,
        asked={"family": family, "given": given},
        form=form or {},
        errors=errors or {},
    )
