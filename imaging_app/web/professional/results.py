# SPDX-License-Identifier: Apache-2.0
"""Deeds on a result: « marquer comme vu », « résultat annoncé au patient »."""

from flask import Flask, request
from flask.typing import ResponseReturnValue

from imaging_app.access.decide import Reason, Refused
from imaging_app.access.visitor import Kind
from imaging_app.web.portal import Portal
from imaging_app.web.professional.asking import HOME, asking, go, patient_path
from imaging_app.web.refusals import answer
from relying_parties.kit.origins import local_path


def add_result_deeds(app: Flask, portal: Portal) -> None:
    """`/professional/exams/<exam>/seen` and `/told`."""
    rooms = portal.rooms

    def owner(exam: str) -> str:
        """Whose it is: asked once the door has said that whoever asks may know."""
        with rooms.database.read() as tx:
            found = rooms.exams.index.owner(tx, exam)
        return found.patient if found else ""

    @app.post("/professional/exams/<exam>/seen")
    @portal.require(Kind.PROFESSIONAL)
    def professional_seen(exam: str) -> ResponseReturnValue:
        with rooms.database.write() as tx:
            done = rooms.access.telling.see(tx, asking(portal), exam)
        if isinstance(done, Refused):
            return answer(done, back=HOME)
        back = local_path(request.form.get("back", ""))
        return go(back if back.startswith(f"{HOME}/") else f"{HOME}?done=seen")

    @app.post("/professional/exams/<exam>/told")
    @portal.require(Kind.PROFESSIONAL)
    def professional_told(exam: str) -> ResponseReturnValue:
        # Of the page on which it was said: what came after was not told.
        version = request.form.get("version", -1, type=int)
        with rooms.database.write() as tx:
            done = rooms.access.telling.tell(tx, asking(portal), exam, version)
        if not isinstance(done, Refused):
            word = "told" if done else "told-before"
            return go(f"{patient_path(owner(exam), done=word)}#exam-{exam}")
        if done.reason is not Reason.MOTIVE:
            return answer(done, back=HOME)
        # A motive is asked of whoever has a basis: whose exam it is, they know.
        patient = owner(exam)
        return answer(done, back=patient_path(patient), patient=patient)
