# SPDX-License-Identifier: Apache-2.0
"""The application: a home page for everybody, a mailbox for whoever is logged in at level 3."""

from datetime import datetime

from flask import Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, get_locale

from relying_parties.connection import add_connection_pages
from relying_parties.kit.binding import Binding
from relying_parties.kit.store import Session
from relying_parties.messagerie.mailbox import INBOX, SENT, Content, Mailboxes, Message
from relying_parties.messagerie.welcome import CORRESPONDENTS
from relying_parties.messagerie.writing import Draft, read_draft
from relying_parties.registration import load_registration
from relying_parties.shell import Config, make_app
from relying_parties.words import national_number, strongest_name

REPLY = "Re : "


def create_app(config: Config) -> Flask:
    """Messagerie as a WSGI application."""
    app, login = make_app(load_registration("messagerie"), config)
    add_connection_pages(app, login)
    mailboxes = Mailboxes(config.data)
    app.extensions["mailboxes"] = mailboxes
    app.jinja_env.globals["shown_moment"] = shown_moment
    app.jinja_env.globals["national_number"] = national_number
    _add_reading(app, login, mailboxes)
    _add_writing(app, login, mailboxes)

    @app.context_processor
    def waiting() -> dict[str, int]:
        session = login.session()
        return {"unread": mailboxes.unread(session.subject) if session else 0}

    return app


def shown_moment(seconds: int) -> str:
    """When a message was sent, as people read it."""
    french = str(get_locale()) == "fr"
    form = "d MMM y · H'\u202fh\u202f'mm" if french else "d MMM y · HH:mm"
    return str(format_datetime(datetime.fromtimestamp(seconds).astimezone(), form))


def _add_reading(app: Flask, login: Binding, mailboxes: Mailboxes) -> None:
    @app.get("/")
    def home() -> ResponseReturnValue:
        if login.session():
            return redirect(url_for("messages"), 303)
        return render_template("relying_parties/messagerie/home.html")

    def folder(name: str) -> ResponseReturnValue:
        session = _somebody(login)
        mailboxes.open(session.subject, strongest_name(session.claims), login.now())
        return render_template(
            "relying_parties/messagerie/messages.html",
            folder=name,
            messages=mailboxes.every(session.subject, name),
            just_sent=request.args.get("sent") == "1",
        )

    @app.get("/messages")
    @login.require_login
    def messages() -> ResponseReturnValue:
        return folder(INBOX)

    @app.get("/messages/sent")
    @login.require_login
    def sent() -> ResponseReturnValue:
        return folder(SENT)

    @app.get("/messages/<int(max=9223372036854775807):number>")
    @login.require_login
    def message(number: int) -> ResponseReturnValue:
        found = mailboxes.find(_somebody(login).subject, number) or abort(404)
        return render_template("relying_parties/messagerie/message.html", message=found)


def _add_writing(app: Flask, login: Binding, mailboxes: Mailboxes) -> None:
    def people() -> list[tuple[str, str]]:
        """Whom one can write to."""
        known = [(one.number, f"{one.name} · {one.about}") for one in CORRESPONDENTS]
        return [*mailboxes.others(_somebody(login).subject), *known]

    def page(draft: Draft, status: int = 200) -> ResponseReturnValue:
        shown = render_template(
            "relying_parties/messagerie/compose.html", draft=draft, people=people()
        )
        return shown, status

    @app.get("/messages/new")
    @login.require_login
    def compose() -> ResponseReturnValue:
        asked = request.args.get("reply", "")
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
        subject = _somebody(login).subject
        answered = mailboxes.find(subject, number) if number is not None else None
        return page(_reply(answered) if answered else Draft())

    @app.post("/messages/new")
    @login.require_login
    def send() -> ResponseReturnValue:
        session, known = _somebody(login), dict(people())
        draft = read_draft(request.form, frozenset(known))
        if draft.faults:
            return page(draft, 422)
        name = known[draft.to].partition(" · ")[0]
        content = Content(draft.to, name, draft.subject, draft.patient, draft.body)
        author = strongest_name(session.claims)
        mailboxes.send(session.subject, draft.to, content, author, login.now())
        return redirect(url_for("sent", sent=1), 303)


def _reply(answered: Message) -> Draft:
    content = answered.content
    subject = content.subject if content.subject.startswith(REPLY) else REPLY + content.subject
    return Draft(content.other, content.patient, subject)


def _somebody(login: Binding) -> Session:
    session = login.session()
    if session is None:
        abort(403)
    return session
