# SPDX-License-Identifier: Apache-2.0
"""Codes that a patient gives: to everything that is shared or to one exam, shown once, revoked."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from imaging_app.access.actions import Action, code, exam
from imaging_app.access.decide import Reason, Refused
from imaging_app.db import Tx
from imaging_app.exams.values import Exam
from imaging_app.opening import Rooms
from imaging_app.people.professionals import Professional
from imaging_app.settings import LONGEST_CODE_DAYS
from imaging_app.sharing.code import shown
from imaging_app.sharing.codes import Issued
from imaging_app.sharing.lists import Shown, State, Use
from imaging_app.web.patient.me import Me, after, ask, own, page_number, show
from imaging_app.web.patient.picture import path_of
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer

INVALID = 400
CREATED = 201
LONGEST_COMMENT = 200


@dataclass(frozen=True, slots=True)
class Given:
    """A code in the list: what it opens, who issued it, who has used it."""

    code: Shown
    exam: Exam | None
    place: str
    uses: list[tuple[Use, Professional | None]]

    @property
    def is_valid(self) -> bool:
        """Whether it opens anything yet."""
        return self.code.state is State.VALID


def add_share_pages(app: Flask, portal: Portal) -> None:
    """`/patient/shares`, `/patient/exams/<exam>/share`."""
    rooms = portal.rooms
    add_giving_pages(app, portal)

    @app.get("/patient/shares")
    @own(portal)
    def patient_shares(me: Me) -> ResponseReturnValue:
        page = page_number()
        with rooms.database.read() as tx:
            found = rooms.access.lists.of_patient(tx, me.id, page)
            places = rooms.access.professionals.establishments(tx)
            given = [_given(rooms, tx, me, places, one) for one in found.codes]
        return show("shares", given=given, page=page, more=found.more, now=rooms.now())

    @app.get("/patient/shares/<name>/revoke")
    @own(portal)
    def patient_revoke(me: Me, name: str) -> ResponseReturnValue:
        with rooms.database.read() as tx:
            [(_thing, may)] = rooms.access.doors.which(
                tx, me.visitor, [code(name)], Action.CODE_REVOKE
            )
        if isinstance(may, Refused):
            return answer(may, back=url_for("patient_shares"))
        return ask(
            title=_("Revoke this code?"),
            points=[
                _("Nobody can use it any more, and what it had opened closes at once."),
                _("Whoever cares for you otherwise still opens what is shared."),
            ],
            button=_("Revoke the code"),
            back=url_for("patient_shares"),
            grave=True,
        )

    @app.post("/patient/shares/<name>/revoke")
    @own(portal)
    def patient_revoke_now(me: Me, name: str) -> ResponseReturnValue:
        with rooms.database.write() as tx:
            said = rooms.access.desk.revoke(tx, me.visitor, name)
        return after(said, "patient_shares", "revoked")


def add_giving_pages(app: Flask, portal: Portal) -> None:
    """The two forms that give a code."""
    rooms = portal.rooms

    @app.get("/patient/shares/new")
    @own(portal)
    def patient_share(_me: Me) -> ResponseReturnValue:
        return _form(rooms)

    @app.post("/patient/shares/new")
    @own(portal)
    def patient_share_now(me: Me) -> ResponseReturnValue:
        days = read_days(request.form.get("days", ""))
        if days is None:
            return _refused_form(rooms)
        with rooms.database.write() as tx:
            said = rooms.access.choosing.share(tx, me.visitor, me.id, days=days, comment=_comment())
        return _answer(portal, said)

    @app.get("/patient/exams/<name>/share")
    @own(portal)
    def patient_share_exam(me: Me, name: str) -> ResponseReturnValue:
        with rooms.database.read() as tx:
            found = _exam(rooms, tx, me, name, Action.EXAM_SHARE)
        if isinstance(found, Refused):
            return answer(found, back=url_for("patient_exams"))
        return _form(rooms, exam=found)

    @app.post("/patient/exams/<name>/share")
    @own(portal)
    def patient_share_exam_now(me: Me, name: str) -> ResponseReturnValue:
        days = read_days(request.form.get("days", ""))
        with rooms.database.read() as tx:
            found = _exam(rooms, tx, me, name, Action.EXAM_SHARE)
        if days is None and not isinstance(found, Refused):
            return _refused_form(rooms, exam=found)
        with rooms.database.write() as tx:
            said = rooms.access.choosing.share_exam(
                tx, me.visitor, name, days=days, comment=_comment()
            )
        return _answer(portal, said, None if isinstance(found, Refused) else found)


def _form(rooms: Rooms, **values: Any) -> str:
    usual = str(rooms.settings.rules.code_days)
    given = {"exam": None, "typed": {"days": usual, "comment": ""}, "fault": None} | values
    return show("share", most=LONGEST_CODE_DAYS, **given)


def _refused_form(rooms: Rooms, **values: Any) -> ResponseReturnValue:
    typed = {name: request.form.get(name, "")[:LONGEST_COMMENT] for name in ("days", "comment")}
    fault = _("Write a number of days, from 1 to %(most)s.", most=LONGEST_CODE_DAYS)
    return make_response(_form(rooms, typed=typed, fault=fault, **values), INVALID)


def _answer(portal: Portal, said: Issued | Refused, one: Exam | None = None) -> ResponseReturnValue:
    """The code, once: nobody can look at it again, so it is in no address and no other page."""
    if isinstance(said, Refused):
        return answer(said, back=url_for("patient_shares"))
    address = f"{portal.login.provider.home_origin}/professional/codes/new"
    page = show(
        "code",
        code=shown(said.code),
        expires_at=said.expires_at,
        exam=one,
        picture=path_of(f"{address}#{said.code}"),
        address=address,
    )
    return make_response(page, CREATED)


def _comment() -> str:
    return request.form.get("comment", "").strip()[:LONGEST_COMMENT]


def read_days(typed: str) -> int | None:
    """For how many days; None for what is no number, or none of days that can be."""
    typed = typed.strip()
    is_number = typed.isascii() and typed.isdigit() and len(typed) < 5
    return int(typed) if is_number and 1 <= int(typed) <= LONGEST_CODE_DAYS else None


def _exam(rooms: Rooms, tx: Tx, me: Me, name: str, action: Action) -> Exam | Refused:
    """The patient's exam, where they may do this with it."""
    [(_thing, may)] = rooms.access.doors.which(tx, me.visitor, [exam(name)], action)
    if isinstance(may, Refused):
        return may
    return rooms.exams.index.exam(tx, name) or Refused(Reason.UNKNOWN)


def _given(rooms: Rooms, tx: Tx, me: Me, places: dict[str, str], one: Shown) -> Given:
    found = _exam(rooms, tx, me, one.exam, Action.EXAM_OPEN) if one.exam else None
    uses = rooms.access.lists.uses_of(tx, one.id)
    return Given(
        one,
        None if isinstance(found, Refused) else found,
        places.get(one.establishment, one.establishment),
        [(use, rooms.access.professionals.find(tx, use.rpps)) for use in uses],
    )
