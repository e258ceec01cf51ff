# SPDX-License-Identifier: Apache-2.0
"""The viewer's page, and the list of series that its script asks for."""

import json
from functools import cache
from typing import Final

from flask import Flask, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from imaging_app.access.actions import Action
from imaging_app.access.actions import exam as exam_thing
from imaging_app.access.decide import Refused
from imaging_app.access.visitor import Kind
from imaging_app.db import Tx
from imaging_app.exams.looks import Shown, shown_series
from imaging_app.paths import STATIC
from imaging_app.web.assets import Assets
from imaging_app.web.exam.guests import Guest, let_in, turn_away, watching
from imaging_app.web.exam.words import heading_of, kind_of, person_of
from imaging_app.web.portal import Portal, form_action

SEE_OTHER: Final = 303
# Pictures that the page draws for itself have no address; those of text boxes neither.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# The worker alone compiles the programs that unpack compressed pictures.
WORKER: Final = "viewer/assets/decodeImageFrameWorker"
WORKER_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
)


def add_viewer_pages(app: Flask, portal: Portal, assets: Assets) -> None:
    """`/exams/<exam>`, and what its page asks for first."""
    rooms = portal.rooms
    app.after_request(_let_the_worker_compile)

    @app.get("/exams/<name>")
    @portal.require(Kind.PROFESSIONAL, Kind.PATIENT)
    def exam_images(name: str) -> ResponseReturnValue:
        guest = let_in(portal, name, Action.EXAM_IMAGES)
        if isinstance(guest, Refused):
            return turn_away(portal, name, guest)
        with rooms.database.read() as tx:
            shown = shown_series(rooms.exams.index, tx, name)
        if not shown:
            return redirect(f"/exams/{name}/reports", SEE_OTHER)
        page = make_response(_page(portal, assets, name, guest, shown))
        page.headers["Content-Security-Policy"] = f"{POLICY}; {form_action(portal.login.provider)}"
        return page

    @app.get("/exams/<name>/series.json")
    def exam_series(name: str) -> Response:
        watching(portal, name)
        with rooms.database.read() as tx:
            exam = rooms.exams.index.exam(tx, name)
            shown = shown_series(rooms.exams.index, tx, name)
        listed = [_told(name, one) for one in shown]
        return make_response(jsonify({"study": exam.uid if exam else "", "series": listed}))

    @app.get("/exams/<name>/alive")
    def exam_alive(name: str) -> Response:
        watching(portal, name)
        return make_response("", 204)


def _page(portal: Portal, assets: Assets, name: str, guest: Guest, shown: list[Shown]) -> str:
    rooms = portal.rooms
    with rooms.database.read() as tx:
        found = rooms.exams.index.exam(tx, name)
        exam = rooms.seen(tx, guest.visitor, found).exam if found else None
        patient = rooms.access.patients.find(tx, guest.patient)
        up_to = rooms.access.telling.up_to(tx, guest.visitor, name)
        reports = rooms.exams.reports.of(tx, name, up_to)
        may_take = _may_take(portal, tx, guest, name)
    if exam is None or patient is None:
        # Behind a passage both are there: one was taken out at this very moment.
        raise LookupError("an exam without its patient")
    here = f"/exams/{name}"
    script = _script()
    return render_template(
        "imaging_app/viewer.html",
        exam=heading_of(exam),
        patient=person_of(patient.traits),
        series=[
            {
                "uid": one.series.uid,
                "number": one.series.number,
                "description": one.series.description,
                "modality": kind_of(one.series.modality),
                "count": one.frames,
                "picture": f"{here}/series/{one.series.uid}/picture",
            }
            for one in shown
        ],
        addresses={
            "exam": f"{here}/series.json",
            "ahead": [f"{here}/series.json", *_ahead(name, shown[0])],
            "alive": f"{here}/alive",
            "first": f"{here}/first",
            "back": guest.back,
            "reports": f"{here}/reports" if reports else "",
            "download": f"{here}/download" if may_take else "",
            "style": assets.url("viewer.css"),
            "script": assets.url(script) if script else "",
        },
    )


def _ahead(name: str, one: Shown) -> list[str]:
    told = _told(name, one)
    return [str(told["metadata"]), f"{told['images']}/{one.image.uid}/frames/{one.frame + 1}"]


def _may_take(portal: Portal, tx: Tx, guest: Guest, name: str) -> bool:
    """Whether the way to a download leads anywhere, a fresh login apart."""
    doors = portal.rooms.access.doors
    [(_thing, found)] = doors.which_if_proven(
        tx, guest.visitor, [exam_thing(name)], Action.EXAM_DOWNLOAD
    )
    return not isinstance(found, Refused)


def _told(name: str, one: Shown) -> dict[str, object]:
    here = f"/exams/{name}"
    return {
        "uid": one.series.uid,
        "number": one.series.number,
        "description": one.series.description,
        "modality": one.series.modality,
        "look": one.place,
        "metadata": f"{here}/series/{one.series.uid}/metadata",
        "images": f"{here}/images",
    }


@cache
def _script() -> str:
    """The built viewer's first file; empty in a checkout where nobody has built it."""
    try:
        built = json.loads((STATIC / "viewer" / "manifest.json").read_text("utf-8"))
    except FileNotFoundError:
        return ""
    return f"viewer/{built['src/main.js']['file']}"


def _let_the_worker_compile(response: Response) -> Response:
    name = str((request.view_args or {}).get("filename", ""))
    if request.endpoint == "static" and name.startswith(WORKER):
        response.headers["Content-Security-Policy"] = WORKER_POLICY
    return response
