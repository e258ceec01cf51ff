# SPDX-License-Identifier: Apache-2.0
"""Taking an exam away: what it is, how large, that a copy is beyond the portal; then a zip."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from flask import Flask, abort, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from imaging_app.access.actions import Action, exam
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.doors import Passage
from imaging_app.access.visitor import Kind
from imaging_app.db import Tx
from imaging_app.dicom.uids import is_uid
from imaging_app.exams.taking import Taken, gather, pack
from imaging_app.exams.values import Series
from imaging_app.limits.turns import WHOLES, Busy, Running, Turn
from imaging_app.sessions.living import is_logged_in
from imaging_app.web.busy import wait
from imaging_app.web.exam.guests import Guest, let_in, turn_away
from imaging_app.web.exam.words import heading_of, kind_of, person_of, size_of
from imaging_app.web.portal import Portal
from relying_parties.kit.store import Session

NOT_FOUND: Final = 404
# While it goes out, it is asked again so often whether it still may.
EVERY: Final = 5


class Stopped(Exception):
    """The door closed while it went out: what was sent must not look whole."""


def add_download_pages(app: Flask, portal: Portal) -> None:
    """`/exams/<exam>/download`."""
    rooms = portal.rooms

    @app.get("/exams/<name>/download")
    @portal.require(Kind.PROFESSIONAL, Kind.PATIENT)
    def exam_download(name: str) -> ResponseReturnValue:
        guest = let_in(portal, name, Action.EXAM_OPEN)
        if isinstance(guest, Refused):
            return turn_away(portal, name, guest)
        with rooms.database.read() as tx:
            # Asked before, so that a fresh login comes first; done, and traced, by the form alone.
            # And whether it would lead anywhere comes before that.
            for ask in (rooms.access.doors.which_if_proven, rooms.access.doors.which):
                [(_thing, answer)] = ask(tx, guest.visitor, [exam(name)], Action.EXAM_DOWNLOAD)
                if isinstance(answer, Refused):
                    return turn_away(portal, name, answer)
            patient = rooms.access.patients.find(tx, guest.patient)
            taken = _taken(portal, tx, guest, name)
        if patient is None or taken is None:
            abort(NOT_FOUND)
        chosen = request.args.get("series", "")
        return render_template(
            "imaging_app/exam/download.html",
            name=name,
            exam=heading_of(taken.exam),
            patient=person_of(patient.traits),
            back=guest.back,
            chosen=chosen if chosen in {one.series.uid for one in taken.parts} else "",
            count=taken.count,
            size=size_of(sum(each.size for one in taken.parts for each in one.images)),
            parts=_parts(taken),
        )

    @app.post("/exams/<name>/download")
    @portal.require(Kind.PROFESSIONAL, Kind.PATIENT)
    def exam_take(name: str) -> ResponseReturnValue:
        here, series = f"/exams/{name}/download", request.form.get("series", "")
        who = portal.who()
        # Before it is traced: whoever waits has taken nothing.
        turn = rooms.turns.begin(who.subject if who else "", WHOLES)
        if isinstance(turn, Busy):
            return wait(turn, here)
        with turn:
            guest = _take_out(portal, name)
            if isinstance(guest, Refused):
                turn.end()
                # What was chosen goes along, and is chosen there.
                chosen = "?" + urlencode({"series": series}) if is_uid(series) else ""
                return turn_away(portal, name, guest, back=here + chosen, kept=True)
            with rooms.database.read() as tx:
                taken = _taken(portal, tx, guest, name, series)
            if taken is None:
                abort(NOT_FOUND)
            return _sent(portal, guest, name, taken, turn)


def _taken(portal: Portal, tx: Tx, guest: Guest, name: str, series: str = "") -> Taken | None:
    """All but a report that its patient has not been told yet."""
    untold = portal.rooms.untold(tx, guest.visitor, name)
    return gather(portal.rooms.exams.index, tx, name, series, untold)


def _parts(taken: Taken) -> list[tuple[Series, str, int, str]]:
    """Each series: what made it, how many files it is, how large."""
    return [
        (
            one.series,
            kind_of(one.series.modality),
            len(one.images),
            size_of(sum(each.size for each in one.images)),
        )
        for one in taken.parts
    ]


def _take_out(portal: Portal, name: str) -> Guest | Refused:
    """Each time is traced by itself, and before the first byte."""
    guest = let_in(portal, name, Action.EXAM_OPEN)
    if isinstance(guest, Refused):
        return guest
    found = portal.rooms.access.doors.through(guest.visitor, exam(name), Action.EXAM_DOWNLOAD)
    return Guest(guest.visitor, found) if isinstance(found, Passage) else found


def _sent(portal: Portal, guest: Guest, name: str, taken: Taken, turn: Turn) -> Response:
    whole = pack(taken, portal.rooms.exams.store)
    outgoing = _Outgoing(portal, guest, name, whole.stream(), portal.login.session())
    response = Response(Running(outgoing, turn))
    response.content_type = "application/zip"
    response.content_length = len(whole)
    # Nobody's name: it will lie in a folder that others see.
    day, kinds = taken.exam.taken_on or "exam", "-".join(taken.exam.modalities[:3])
    title = "-".join(one for one in ("imaging", day, kinds) if one)
    response.headers.set("Content-Disposition", "attachment", filename=f"{title}.zip")
    return response


@dataclass(slots=True)
class _Outgoing:
    """The blocks, as long as the person may have them."""

    portal: Portal
    guest: Guest
    name: str
    blocks: Iterator[bytes]
    session: Session | None
    asked: int = 0

    def __iter__(self) -> Iterator[bytes]:
        self.asked = self.portal.rooms.now()
        for block in self.blocks:
            now = self.portal.rooms.now()
            if now - self.asked >= EVERY:
                self.asked = now
                self._ask()
            yield block

    def _ask(self) -> None:
        """That the login was fresh, and why, held when it began."""
        rooms = self.portal.rooms
        with rooms.database.read() as tx:
            [(_thing, answer)] = rooms.access.doors.which_if_proven(
                tx, self.guest.visitor, [exam(self.name)], Action.EXAM_DOWNLOAD
            )
            lives = self.session and is_logged_in(tx, self.session, rooms.now())
        if not lives or (isinstance(answer, Refused) and answer.reason is not Reason.MOTIVE):
            raise Stopped
