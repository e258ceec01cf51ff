# SPDX-License-Identifier: Apache-2.0
"""« Détails de la connexion »: what the application was told, shown to the person."""

import json
from datetime import UTC, datetime

from flask import Flask, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime
from flask_babel import gettext as _

from relying_parties.kit.binding import Binding
from relying_parties.kit.login import Login
from relying_parties.kit.saml.vihf import read_vihf
from relying_parties.kit.store import Session
from relying_parties.vihf_words import lines_of

# Shown apart, word by word.
VIHF = "vihf"
TIMES = frozenset({"exp", "iat", "nbf", "auth_time", "updated_at"})


def add_connection_pages(app: Flask, login: Binding) -> None:
    """The page, and where there are tokens its button that renews them."""

    @app.get("/connection")
    @login.require_login
    def connection() -> ResponseReturnValue:
        session = login.session()
        claims = session.claims if session else {}
        vihf = read_vihf(claims.get(VIHF))
        return render_template(
            "relying_parties/connection.html",
            facts=_facts(session) if session else [],
            claims=_claims(session) if session else [],
            vihf=lines_of(vihf) if vihf else [],
            touched=VIHF in claims and vihf is None,
            renewable=bool(session and session.tokens and session.tokens.refresh_token),
        )

    if isinstance(login, Login):
        _add_renewal(app, login)


def _add_renewal(app: Flask, login: Login) -> None:
    @app.post("/connection/renew")
    @login.require_login
    def renew() -> ResponseReturnValue:
        session = login.session()
        if session is not None:
            login.sessions.with_fresh_tokens(session, force=True)
            login.forget()
        return redirect(url_for("connection"), 303)


def _facts(session: Session) -> list[tuple[str, str]]:
    facts = [
        (_("Sign-in server"), session.issuer),
        (_("Session number (sid)"), session.sid or _("Not stated")),
        (_("Signed in at"), _moment(session.auth_time)),
    ]
    if session.tokens is not None:
        facts.append((_("Access token valid until"), _moment(session.tokens.expires)))
    return [*facts, (_("Session here until"), _moment(session.expires))]


def _claims(session: Session) -> list[tuple[str, str]]:
    told = sorted(session.claims.items())
    return [(name, _show(name, value)) for name, value in told if name != VIHF]


def _show(name: str, value: object) -> str:
    if name in TIMES and isinstance(value, int):
        return f"{value} · {_moment(value)}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _moment(when: int | None) -> str:
    if when is None:
        return str(_("Not stated"))
    return str(format_datetime(datetime.fromtimestamp(when, UTC), "medium"))
