# SPDX-License-Identifier: Apache-2.0
"""The application: a home page for everybody, dossiers for people who are logged in."""

from flask import Flask, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from relying_parties.connection import add_connection_pages
from relying_parties.dcc.dossiers import DOSSIERS, find, in_figures
from relying_parties.kit.binding import Binding
from relying_parties.registration import load_registration
from relying_parties.shell import Config, make_app

# Where somebody comes in whom the software of their establishment has sent.
OPENED = "/opened"


def create_app(config: Config) -> Flask:
    """DCC as a WSGI application."""
    app, login = make_app(load_registration("dcc"), config, launched=OPENED)
    add_connection_pages(app, login)
    _add_pages(app, login)
    return app


def _add_pages(app: Flask, login: Binding) -> None:
    @app.get("/")
    def home() -> ResponseReturnValue:
        if login.session():
            return redirect(url_for("dossiers"), 303)
        return render_template("relying_parties/dcc/home.html")

    @app.get("/dossiers")
    @login.require_login
    def dossiers() -> ResponseReturnValue:
        return render_template("relying_parties/dcc/dossiers.html", dossiers=DOSSIERS)

    @app.get("/dossiers/<number>")
    @login.require_login
    def dossier(number: str) -> ResponseReturnValue:
        found = find(number) or abort(404)
        return render_template("relying_parties/dcc/dossier.html", dossier=found, launched=None)

    @app.get(OPENED)
    @login.require_login
    def opened() -> ResponseReturnValue:
        launched = _launched(login)
        if "file" not in launched:
            return redirect(url_for("dossiers"), 303)
        return redirect(url_for("opened_file", file=launched["file"]), 303)

    # Its address names the file: a tab that is loaded again must not show the next patient's.
    @app.get(f"{OPENED}/<path:file>", merge_slashes=False)
    @login.require_login
    def opened_file(file: str) -> ResponseReturnValue:
        launched = _launched(login)
        if launched.get("file") != file:
            return redirect(url_for("dossiers"), 303)
        found = find(file)
        # The number alone is easily mistyped: both must agree, or nobody's dossier is shown.
        if found is None or in_figures(found.born) != launched["birth_date"]:
            return render_template("relying_parties/dcc/unknown.html", launched=launched)
        return render_template("relying_parties/dcc/dossier.html", dossier=found, launched=launched)


def _launched(login: Binding) -> dict[str, str]:
    """Whose file was open in the software that sent this session."""
    session = login.session()
    return session.launched if session else {}
