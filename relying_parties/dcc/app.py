# SPDX-License-Identifier: Apache-2.0
"""The application: a home page for everybody, dossiers for people who are logged in."""

from flask import Flask, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from relying_parties.connection import add_connection_pages
from relying_parties.dcc.dossiers import DOSSIERS, find
from relying_parties.kit.binding import Binding
from relying_parties.registration import load_registration
from relying_parties.shell import Config, make_app


def create_app(config: Config) -> Flask:
    """DCC as a WSGI application."""
    app, login = make_app(load_registration("dcc"), config)
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
        return render_template("relying_parties/dcc/dossier.html", dossier=found)
