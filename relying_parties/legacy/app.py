# SPDX-License-Identifier: Apache-2.0
"""The application: whoever its headers name is there. It knows nothing of any login."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Flask, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel, get_locale
from jinja2 import StrictUndefined
from werkzeug.wrappers import Response

from relying_parties.paths import STATIC, TRANSLATIONS, templates

LANGUAGES = ("fr", "en")
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What its pages say of itself."""

    name: str
    long_name: str
    support_email: str
    logout_path: str
    other_url: str
    # The headers that it reads.
    names: tuple[str, ...]


def create_app(shown: Shown) -> Flask:
    """The application alone, without whoever stands in front of it."""
    app = Flask("relying_parties", static_folder=str(STATIC), template_folder=str(templates()))
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app, locale_selector=lambda: request.accept_languages.best_match(LANGUAGES, "fr"))
    app.after_request(_harden)

    @app.get("/")
    def home() -> ResponseReturnValue:
        person = who(request.headers.get)
        if person is None:
            # Nobody but its proxy may bring visitors: without a name there is nobody.
            abort(403)
        told = [(name, in_words(request.headers.get(name, ""))) for name in shown.names]
        return render_template(
            "relying_parties/legacy/home.html",
            shown=shown,
            person=person,
            told=told,
            language=str(get_locale() or "fr"),
        )

    return app


def who(header: Callable[[str, str], str | None]) -> Mapping[str, str] | None:
    """The person whom the headers name; None where they name nobody."""
    if not header("X-Remote-User", ""):
        return None
    known = {"name": "X-Remote-Name", "profession": "X-Remote-Profession"}
    return {key: in_words(header(name, "") or "") for key, name in known.items()}


def in_words(value: str) -> str:
    """PEP 3333: bytes above ASCII come as one character each; the proxy writes UTF-8."""
    return value.encode("latin-1", "replace").decode("utf-8", "replace")


def _harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
