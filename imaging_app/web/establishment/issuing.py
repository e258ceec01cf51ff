# SPDX-License-Identifier: Apache-2.0
"""Codes are issued: to one file or to many, shown this once, and printed."""

import re
from dataclasses import dataclass
from typing import Final

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from imaging_app.access.actions import Action
from imaging_app.access.actions import house as house_thing
from imaging_app.access.decide import Reason, Refused
from imaging_app.people.files import LONGEST_NUMBER
from imaging_app.settings import LONGEST_CODE_DAYS
from imaging_app.sharing.code import fold_code, shown
from imaging_app.web.establishment.house import INVALID, House, for_staff, typed
from imaging_app.web.establishment.slips import Slip, print_slips
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer

MOST: Final = 100
LARGEST: Final = 32 * 1024
# Of the columns of a CSV, whichever program wrote it.
SEPARATORS: Final = re.compile("[;,\t]")
ENTRY: Final = "/professional/codes/new"


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one file number."""

    number: str
    code: str = ""
    expires_at: int = 0
    why: str = ""


def add_issuing_pages(app: Flask, portal: Portal) -> None:
    """`/establishment/<finess>/codes/new`, and what is printed."""

    @app.get("/establishment/<finess>/codes/new")
    @for_staff(portal)
    def house_new_codes(house: House) -> ResponseReturnValue:
        number = request.args.get("number", "").strip()[:LONGEST_NUMBER]
        return show(house, {"numbers": number})

    @app.post("/establishment/<finess>/codes/new")
    @for_staff(portal)
    def house_issue(house: House) -> ResponseReturnValue:
        form, numbers = typed({"numbers": LARGEST}), numbers_of()
        days, errors = days_of(house, form.get("days", "")), dict[str, str]()
        if not numbers or len(numbers) > MOST:
            errors["numbers"] = "many" if numbers else "missing"
        if days is None:
            errors["days"] = "days"
        if errors or days is None:
            return show(house, form, errors)
        lines = [issue(house, one, days, form.get("comment", "")) for one in numbers]
        return house.page("codes_issued", "house_codes", lines=lines, shown=shown)

    @app.post("/establishment/<finess>/codes/slips")
    @for_staff(portal)
    def house_slips(house: House) -> ResponseReturnValue:
        refused = house.through(house_thing(house.finess), Action.HOUSE_CODES)
        if refused is not None:
            return answer(refused, back=f"/establishment/{house.finess}/codes")
        slips = slips_of(house, request.form.getlist("code")[:MOST])
        if not slips:
            return answer(Refused(Reason.UNKNOWN), back=f"/establishment/{house.finess}/codes")
        paper = Response(print_slips(slips), mimetype="application/pdf")
        paper.headers["Content-Disposition"] = 'attachment; filename="codes.pdf"'
        return paper


def show(
    house: House, form: dict[str, str], errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    """Which files, for how long."""
    return house.page(
        "codes_new",
        "house_codes",
        INVALID if errors else 200,
        form={"days": str(house.rooms.settings.rules.code_days)} | form,
        longest=LONGEST_CODE_DAYS,
        most=MOST,
        errors=errors or {},
    )


def numbers_of() -> list[str]:
    """One on each line, typed or in a file of which the first column counts; each once."""
    sent = request.files.get("list")
    content = sent.stream.read(LARGEST).decode("utf-8-sig", "replace") if sent else ""
    text = f"{request.form.get('numbers', '')[:LARGEST]}\n{content}"
    firsts = (SEPARATORS.split(line, maxsplit=1)[0] for line in text.splitlines())
    numbers = (one.strip().strip('"').strip()[:LONGEST_NUMBER] for one in firsts)
    return list(dict.fromkeys(one for one in numbers if one))


def days_of(house: House, text: str) -> int | None:
    """For how many days; None for what can't be."""
    if not text:
        return house.rooms.settings.rules.code_days
    number = int(text) if text.isdecimal() and len(text) < 5 else 0
    return number if 1 <= number <= LONGEST_CODE_DAYS else None


def issue(house: House, number: str, days: int, comment: str) -> Line:
    """One, in a transaction of its own: what is issued stays so where the next one is refused."""
    access = house.rooms.access
    with house.rooms.database.write() as tx:
        found = access.files.find(tx, house.finess, number)
        if found is None:
            return Line(number, why="unknown")
        made = access.desk.issue(tx, house.who, found.id, days=days, comment=comment)
    if isinstance(made, Refused):
        return Line(number, why="consent" if made.reason is Reason.CONSENT else "refused")
    return Line(number, made.code, made.expires_at)


def slips_of(house: House, typed_codes: list[str]) -> list[Slip]:
    """Of this establishment's codes that open something; whatever else was sent is left out."""
    access, found = house.rooms.access, list[Slip]()
    entry = f"{house.portal.login.provider.home_origin}{ENTRY}"
    with house.rooms.database.read() as tx:
        for one in filter(None, map(fold_code, typed_codes)):
            known = access.codes.of_house(tx, one, house.finess)
            file = known and access.files.one(tx, known[1])
            if known is None or not file:
                continue
            found.append(
                Slip(
                    code=shown(one),
                    address=f"{entry}#{one}",
                    entry=entry,
                    until=known[2],
                    zone=house.rooms.settings.timezone,
                    establishment=house.name,
                    number=file.number,
                    support=house.portal.support_email,
                )
            )
    return found
