# SPDX-License-Identifier: Apache-2.0
"""Who did what with an establishment's exams, files and codes: read in pages, taken as CSV."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from imaging_app.access.decide import Refused
from imaging_app.access.grants import Emergency
from imaging_app.clock import DAY
from imaging_app.limits.streams import EACH
from imaging_app.limits.turns import Busy
from imaging_app.people.files import LONGEST_NUMBER
from imaging_app.people.traits import read_date
from imaging_app.trace.reading import Wanted, csv_of, page_of
from imaging_app.web.busy import EXPORTS, wait
from imaging_app.web.establishment.deeds import DEEDS, MOTIVES
from imaging_app.web.establishment.house import INVALID, House, for_staff, page_number
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer

# Where nothing is said, what is shown begins so long ago.
USUAL: Final = 30 * DAY
NOBODY: Final = "-"
FIELDS: Final = ("since", "until", "rpps", "number", "emergencies")


def add_access_pages(app: Flask, portal: Portal) -> None:
    """`/establishment/<finess>/accesses`, and the same as a file."""

    @app.get("/establishment/<finess>/accesses")
    @for_staff(portal)
    def house_accesses(house: House) -> ResponseReturnValue:
        return show(house)

    @app.get("/establishment/<finess>/accesses.csv")
    @for_staff(portal)
    def house_accesses_file(house: House) -> ResponseReturnValue:
        wanted, _asked, errors = read_wanted(house)
        if errors:
            # Another time than the one that was meant is no export: told where it was typed.
            return show(house, INVALID)
        # Before it is traced: whoever waits has taken nothing.
        turn = house.rooms.streams.begin(house.who.subject, EACH)
        if isinstance(turn, Busy):
            return wait(turn, f"/establishment/{house.finess}/accesses", EXPORTS)
        with turn:
            refused = _enter(house, whole=True)
            if refused is not None:
                turn.end()
                return refused
            # The row that this export is itself ends it: what comes later is another export's.
            wanted = replace(wanted, until=min(wanted.until, house.rooms.now() + 1))
            lines = (one.encode() for one in csv_of(house.rooms.database, wanted))
            file = Response(house.rooms.streams.go_on(turn, lines), mimetype="text/csv")
            name = f"acces-{house.finess}.csv"
            file.headers["Content-Disposition"] = f'attachment; filename="{name}"'
            return file


def show(house: House, status: int = 200) -> ResponseReturnValue:
    """A page of it, and what was asked."""
    refused = _enter(house, whole=False)
    if refused is not None:
        return refused
    wanted, asked, errors = read_wanted(house)
    page, access = page_number(), house.rooms.access
    with house.rooms.database.read() as tx:
        rows, more = page_of(tx, wanted, page)
        patients = {one.patient for one in rows if one.patient}
        known = {one: access.patients.find(tx, one) for one in patients}
        broken = {one.patient for one in rows if one.patient and one.emergency}
        reasons = {one: access.grants.emergencies(tx, one) for one in broken}
    return house.page(
        "accesses",
        "house_accesses",
        status,
        rows=rows,
        more=more,
        page=page,
        asked=asked,
        known=known,
        deed=lambda action: DEEDS.get(action, action),
        motive=lambda word: MOTIVES.get(word, ""),
        reason=lambda row: reason_of(row, reasons.get(row.patient, [])),
        errors=errors,
    )


def reason_of(row: Any, every: list[Emergency]) -> str:
    """What they wrote when they came in, the last time before this; the newest stands first."""
    if not row.emergency:
        return ""
    mine = (one.reason for one in every if one.rpps == row.rpps and one.at <= row.at)
    return next(mine, "")


def _enter(house: House, *, whole: bool) -> ResponseReturnValue | None:
    with house.rooms.database.write() as tx:
        found = house.rooms.access.desk.read_trace(tx, house.who, house.finess, whole=whole)
    if isinstance(found, Refused):
        return answer(found)
    return None


def read_wanted(house: House) -> tuple[Wanted, dict[str, str], dict[str, str]]:
    """What is asked for, as typed, and which days are none."""
    asked = {name: request.args.get(name, "").strip()[:LONGEST_NUMBER] for name in FIELDS}
    errors: dict[str, str] = {}
    now = house.rooms.now()
    since = _day(house, asked["since"], "since", errors)
    until = _day(house, asked["until"], "until", errors, end=True)
    patient = ""
    if asked["number"]:
        with house.rooms.database.read() as tx:
            file = house.rooms.access.files.find(tx, house.finess, asked["number"])
        patient = file.patient if file else NOBODY
    wanted = Wanted(
        establishment=house.finess,
        since=now - USUAL if since is None else since,
        until=now + DAY if until is None else until,
        rpps=asked["rpps"],
        patient=patient,
        emergencies=bool(asked["emergencies"]),
    )
    return wanted, asked, errors


def _day(
    house: House, text: str, name: str, errors: dict[str, str], *, end: bool = False
) -> int | None:
    if not text:
        return None
    day = read_date(text)
    if day is None:
        errors[name] = "date"
        return None
    begins = datetime.fromisoformat(day).replace(tzinfo=house.rooms.settings.timezone)
    return int((begins + timedelta(days=int(end))).timestamp())
