# SPDX-License-Identifier: Apache-2.0
"""Its one page: who is at work, three patients, and the button that opens DCC with one of them."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel, get_locale
from jinja2 import StrictUndefined
from werkzeug.wrappers import Response

from relying_parties.hospital.launches import Patient, Person, Signer, push
from relying_parties.paths import STATIC, TRANSLATIONS, templates

LANGUAGES = ("fr", "en")
# Nobody in here exists. The first two have a dossier in DCC; the third has none.
PATIENTS = (
    Patient("2026-0417", "1961-03-12", "AUBÉPINE", "Garance", "Oncologie, chambre 12"),
    Patient("2026-0388", "1954-11-27", "CHARME", "Lucien", "Chirurgie digestive, chambre 4"),
    Patient("2026-0999", "1990-01-02", "ORME", "Blanche", "Maternité, chambre 31"),
)


@dataclass(frozen=True, slots=True)
class Hospital:
    """What it is started with."""

    signer: Signer
    people: tuple[Person, ...]
    now: Callable[[], int]


def create_app(hospital: Hospital) -> Flask:
    """« Hôpital Manager » as a WSGI application."""
    app = Flask("relying_parties", static_folder=str(STATIC), template_folder=str(templates()))
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app, locale_selector=lambda: request.accept_languages.best_match(LANGUAGES, "fr"))
    app.after_request(lambda response: _harden(response, hospital.signer.audience))
    _add_pages(app, hospital)
    return app


def _add_pages(app: Flask, hospital: Hospital) -> None:
    signer = hospital.signer

    @app.get("/")
    def home() -> ResponseReturnValue:
        return _shown("home", person=_at_work(hospital), people=hospital.people, patients=PATIENTS)

    @app.get("/keys")
    def keys() -> ResponseReturnValue:
        return jsonify(signer.published())

    @app.post("/open")
    def open_file() -> ResponseReturnValue:
        person, patient = _at_work(hospital), _patient()
        token = signer.sign(person, patient, hospital.now())
        if request.form.get("way") == "form":
            # Where the server can't reach ours: the browser carries it, in a form.
            return _shown("carried", action=f"{signer.audience}/launch", token=token)
        address = push(signer.audience, token)
        if address is None:
            return _shown("refused", back=url_for("home")), 502
        return redirect(address, 303)

    def _patient() -> Patient | None:
        number = request.form.get("file", "")
        if not number:
            return None
        return next((one for one in PATIENTS if one.file == number), None) or abort(400)


def _at_work(hospital: Hospital) -> Person:
    """Real software knows it from its own login."""
    chosen = request.values.get("who", "")
    known = {one.national_id: one for one in hospital.people}
    return known.get(chosen, hospital.people[0])


def _shown(page: str, **context: object) -> str:
    language = str(get_locale() or "fr")
    return render_template(f"relying_parties/hospital/{page}.html", language=language, **context)


def _harden(response: Response, server: str) -> Response:
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
        # The button is answered by a redirect to the login server, and on to the application.
        f"form-action 'self' {server} http://localhost:* https:; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
