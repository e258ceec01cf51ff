# SPDX-License-Identifier: Apache-2.0
"""The application: an agenda for people who are logged in, a decision for a stronger login."""

import threading
from datetime import datetime

from flask import Flask, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, get_locale

from relying_parties.connection import add_connection_pages
from relying_parties.kit.binding import Binding
from relying_parties.rcp.meetings import MEETINGS, Meeting, find, moment
from relying_parties.registration import load_registration
from relying_parties.shell import Config, make_app
from relying_parties.words import strongest_name

# What binds a patient's treatment is signed with two factors.
DECISION_LEVEL = 2


class Decisions:
    """Who validated which meeting; in memory, since the example has nothing to keep."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_meeting: dict[str, str] = {}

    def validate(self, number: str, name: str) -> None:
        """The first validation counts."""
        with self._lock:
            self._by_meeting.setdefault(number, name)

    def by(self, number: str) -> str | None:
        """Who validated, or None."""
        return self._by_meeting.get(number)


def create_app(config: Config) -> Flask:
    """RCP as a WSGI application."""
    app, login = make_app(load_registration("rcp"), config)
    add_connection_pages(app, login)
    app.jinja_env.globals["moment"] = lambda meeting: shown_moment(meeting, login.now())
    _add_pages(app, login, Decisions())
    return app


def shown_moment(meeting: Meeting, now: int) -> str:
    """The day and hour of a meeting, as people read it; the hour stays on one line."""
    when = moment(meeting, datetime.fromtimestamp(now).astimezone().date())
    french = str(get_locale()) == "fr"
    form = "EEEE d MMMM y · H'\u202fh\u202f'mm" if french else "EEEE d MMMM y · HH:mm"
    text = str(format_datetime(when, form, rebase=False))
    return text[:1].upper() + text[1:]


def _add_pages(app: Flask, login: Binding, decisions: Decisions) -> None:
    @app.get("/")
    def home() -> ResponseReturnValue:
        if login.session():
            return redirect(url_for("meetings"), 303)
        return render_template("relying_parties/rcp/home.html")

    @app.get("/meetings")
    @login.require_login
    def meetings() -> ResponseReturnValue:
        return render_template(
            "relying_parties/rcp/meetings.html", meetings=MEETINGS, validated_by=decisions.by
        )

    @app.get("/meetings/<number>")
    @login.require_login
    def meeting(number: str) -> ResponseReturnValue:
        found = find(number) or abort(404)
        return render_template(
            "relying_parties/rcp/meeting.html",
            meeting=found,
            validated_by=decisions.by(number),
            needed=DECISION_LEVEL,
        )

    @app.get("/meetings/<number>/decision")
    @login.require_level(DECISION_LEVEL)
    def decision(number: str) -> ResponseReturnValue:
        found = find(number) or abort(404)
        return render_template(
            "relying_parties/rcp/decision.html",
            meeting=found,
            validated_by=decisions.by(number),
        )

    @app.post("/meetings/<number>/decision")
    @login.require_level(DECISION_LEVEL)
    def validate(number: str) -> ResponseReturnValue:
        session = login.session()
        if find(number) is None or session is None:
            abort(404)
        decisions.validate(number, strongest_name(session.claims))
        return redirect(url_for("meeting", number=number), 303)
