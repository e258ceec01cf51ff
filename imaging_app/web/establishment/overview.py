# SPDX-License-Identifier: Apache-2.0
"""Where staff begin: which establishment, and what waits there."""

from flask import Flask, render_template
from flask.typing import ResponseReturnValue

from imaging_app.access.visitor import Kind
from imaging_app.web.establishment.house import House, for_staff
from imaging_app.web.portal import Portal


def add_overview_pages(app: Flask, portal: Portal) -> None:
    """`/establishment`, and one of them."""

    @app.get("/establishment")
    @portal.require(Kind.STAFF)
    def staff() -> ResponseReturnValue:
        who = portal.who()
        if who is not None and len(who.acting) == 1:
            return only(who.acting[0].finess)
        return render_template("imaging_app/establishment/houses.html")

    @app.get("/establishment/<finess>")
    @for_staff(portal)
    def house(here: House) -> ResponseReturnValue:
        return overview(here)

    only = for_staff(portal)(overview)


def overview(here: House) -> ResponseReturnValue:
    """What there is to do, and what waits."""
    exams = here.rooms.exams
    with here.rooms.database.read() as tx:
        aside = exams.aside.count(tx, here.finess)
        imports = exams.imports.latest(tx, here.finess)
    running = [one for one in imports if one.state in {"running", "stopped"}]
    return here.page("overview", "house", aside=aside, running=running)
