# SPDX-License-Identifier: Apache-2.0
"""What was set aside: told with its reason, tried again or thrown away by somebody who says so."""

from flask import Flask, request
from flask.typing import ResponseReturnValue

from imaging_app.access.actions import Action
from imaging_app.access.actions import house as house_thing
from imaging_app.exams.aside import DOUBTFUL
from imaging_app.exams.values import Fate
from imaging_app.web.establishment.house import House, for_staff, page_number
from imaging_app.web.establishment.putting import put_lately
from imaging_app.web.establishment.words import REASONS, TRAITS
from imaging_app.web.exam.words import size_of
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer


def add_aside_pages(app: Flask, portal: Portal) -> None:
    """`/establishment/<finess>/aside`."""

    @app.get("/establishment/<finess>/aside")
    @for_staff(portal)
    def house_aside(house: House) -> ResponseReturnValue:
        refused = house.through(house_thing(house.finess), Action.HOUSE_UPLOAD)
        if refused is not None:
            return answer(refused, back=f"/establishment/{house.finess}")
        page, reason = page_number(), request.args.get("reason", "")
        reason = reason if reason in REASONS else ""
        with house.rooms.database.read() as tx:
            found, more = house.rooms.exams.aside.waiting(tx, house.finess, page, reason)
            put = put_lately(house, tx)
        return house.page(
            "aside",
            "house_aside",
            found=found,
            put=put,
            doubtful=DOUBTFUL,
            more=more,
            page=page,
            reason=reason,
            reasons=REASONS,
            traits=TRAITS,
            size_of=size_of,
            zone=house.rooms.settings.zone,
        )

    @app.post("/establishment/<finess>/aside/<one>/<any(again, drop):decision>")
    @for_staff(portal)
    def house_decide(house: House, one: str, decision: str) -> ResponseReturnValue:
        refused = house.through(house_thing(house.finess), Action.HOUSE_UPLOAD)
        if refused is not None:
            return answer(refused, back=f"/establishment/{house.finess}/aside")
        decisions, by = house.rooms.exams.decisions, house.who.subject
        if decision == "drop":
            dropped = decisions.drop(one, house.finess, by)
            return house.to("house_aside", done="dropped" if dropped else "unchanged")
        outcome = decisions.again(one, house.finess, by)
        if outcome is None:
            return house.to("house_aside", done="unchanged")
        is_kept = outcome.fate in {Fate.KEPT, Fate.KNOWN}
        return house.to("house_aside", done="taken" if is_kept else "still")
