# SPDX-License-Identifier: Apache-2.0
"""Whoever an establishment's software has sent: straight to the file that was open in it."""

from flask import Flask, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from imaging_app.access.visitor import Kind
from imaging_app.web.portal import Portal, refuse

LAUNCHED = "/launched"
SEE_OTHER = 303
GONE = 410


def add_launched_pages(app: Flask, portal: Portal) -> None:
    """`/launched`, and the file by its number."""

    def told() -> dict[str, str]:
        session = portal.login.session()
        return session.launched if session else {}

    @app.get(LAUNCHED)
    @portal.require(Kind.PROFESSIONAL)
    def launched() -> ResponseReturnValue:
        file = told().get("file")
        if file is None:
            return redirect(url_for("landing"), SEE_OTHER)
        return redirect(url_for("launched_file", file=file), SEE_OTHER)

    # Its address names the file: a tab that is loaded again must not show the next patient's.
    @app.get(f"{LAUNCHED}/<path:file>", merge_slashes=False)
    @portal.require(Kind.PROFESSIONAL)
    def launched_file(file: str) -> ResponseReturnValue:
        if told().get("file") != file:
            return refuse("file-not-open", GONE)
        return render_template("imaging_app/launched.html", launched=told())
