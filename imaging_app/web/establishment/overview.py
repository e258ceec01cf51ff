# SPDX-License-Identifier: Apache-2.0
"""Where staff begin: which establishment, and what waits there."""

from flask import Flask, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from imaging_app.access.visitor import Kind
from imaging_app.web.establishment.house import SEE_OTHER, House, for_staff
from imaging_app.web.portal import FORBIDDEN, Portal, refuse


def add_overview_pages(app: Flask, portal: Portal) -> None:
    """`/establishment`, and one of them."""

    @app.get("/establishment")
    @portal.require(Kind.STAFF)
    def staff() -> ResponseReturnValue:
        who = portal.who()
        if who is None:
            return refuse("no-place-here", FORBIDDEN)
        if len(who.acting) == 1:
            return redirect(url_for("house", finess=who.acting[0].finess), SEE_OTHER)
        return render_template("imaging_app/establishment/houses.html")

    @app.get("/establishment/<finess>")
    @for_staff(portal)
    def house(here: House) -> ResponseReturnValue:
        rooms = here.rooms
        with rooms.database.read() as tx:
            aside = rooms.exams.aside.count(tx, here.finess)
            imports = rooms.exams.imports.latest(tx, here.finess)
        running = [one for one in imports if one.state in {"running", "stopped"}]
        return here.page("overview", "house", aside=aside, running=running)
