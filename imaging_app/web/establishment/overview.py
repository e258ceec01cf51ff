# SPDX-License-Identifier: Apache-2.0
"""Where staff begin: which establishment, and what waits there."""

from typing import Final

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue

from imaging_app.access.actions import Action
from imaging_app.access.actions import house as house_thing
from imaging_app.access.visitor import Kind
from imaging_app.clock import DAY
from imaging_app.notices.outbox import To
from imaging_app.web.establishment.house import House, for_staff
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer

STAYS: Final = 30 * DAY
MOST_TOLD: Final = 50


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

    @app.post("/establishment/<finess>/notices")
    @for_staff(portal)
    def house_notices(here: House) -> ResponseReturnValue:
        # Who reviews says that it was reviewed: behind the same door as the accesses.
        refused = here.through(house_thing(here.finess), Action.HOUSE_TRACE)
        if refused is not None:
            return answer(refused, back=f"/establishment/{here.finess}/accesses?emergencies=1")
        typed = request.form.get("until", "")
        until = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 12 else 0
        with here.rooms.database.write() as tx:
            outbox = here.rooms.access.outbox
            outbox.read(tx, To.ESTABLISHMENT, here.finess, min(until, here.rooms.now()))
        return here.to("house")

    only = for_staff(portal)(overview)


def overview(here: House) -> ResponseReturnValue:
    """What there is to do, and what waits."""
    exams = here.rooms.exams
    with here.rooms.database.read() as tx:
        aside = exams.aside.count(tx, here.finess)
        imports = exams.imports.latest(tx, here.finess)
        told = here.rooms.access.outbox.of(tx, To.ESTABLISHMENT, here.finess, MOST_TOLD)
    running = [one for one in imports if one.state in {"running", "stopped"}]
    now = here.rooms.now()
    notices = [one for one in told if one.read_at is None or one.at > now - STAYS]
    unread = sum(one.read_at is None for one in notices)
    return here.page(
        "overview", "house", aside=aside, running=running, notices=notices, unread=unread, until=now
    )
