# SPDX-License-Identifier: Apache-2.0
"""What the example applications share around the kit: pages, headers, languages, errors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, redirect, render_template, request
from flask_babel import Babel, get_locale
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response

from relying_parties.clock import system_time
from relying_parties.kit.binding import DEFAULT_LIMITS, Binding, Options
from relying_parties.kit.login import Login
from relying_parties.kit.origins import local_path
from relying_parties.kit.outcome import Refused
from relying_parties.kit.saml.login import SamlLogin
from relying_parties.kit.saml.settings import SamlProvider
from relying_parties.kit.settings import Limits, Provider
from relying_parties.kit.sqlite_store import SqliteSessionStore
from relying_parties.kit.views import came_from_provider, mount
from relying_parties.paths import STATIC, TRANSLATIONS, templates
from relying_parties.registration import Registration
from relying_parties.words import error_text, means_text, profession_of, strongest_name

LANGUAGES: Mapping[str, str] = {"fr": "Français", "en": "English"}
YEAR = 365 * 24 * 3600
LARGEST_FORM = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What each example application is started with."""

    provider: Provider | SamlProvider
    data: Path
    other_url: str
    limits: Limits = DEFAULT_LIMITS
    now: Callable[[], int] = system_time


def make_app(
    registration: Registration, config: Config, launched: str = "/"
) -> tuple[Flask, Binding]:
    """A Flask application with the kit mounted and nothing of its own yet."""
    app = Flask("relying_parties", static_folder=str(STATIC), template_folder=str(templates()))
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    app.config["TRUSTED_HOSTS"] = [urlsplit(config.provider.home_origin).hostname]
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Paris"
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    cookie = _language_cookie(registration)
    Babel(app, locale_selector=lambda: _choose_language(cookie))
    login = _open_login(registration, config, launched)
    mount(app, login)
    _add_shared_pages(app, login, cookie)
    _add_context(app, registration, config)
    app.after_request(lambda response: _harden(response, config.provider))
    return app, login


def _open_login(registration: Registration, config: Config, launched: str) -> Binding:
    provider = config.provider
    store = SqliteSessionStore(config.data / f"{registration.key}.sqlite3")
    options: Options = {
        "name": registration.key,
        "render": _render_refusal,
        "limits": config.limits,
        "locale": _language,
        "now": config.now,
        "launched": launched,
    }
    if isinstance(provider, SamlProvider):
        return SamlLogin(provider, store, **options)
    return Login(provider, store, **options)


def _render_refusal(refused: Refused, again: str) -> str:
    return render_template(
        "relying_parties/error.html",
        error_id=refused.reason.value,
        text=error_text(refused.reason),
        again=again,
    )


def _add_context(app: Flask, registration: Registration, config: Config) -> None:
    values = {
        "app_key": registration.key,
        "app_name": registration.name,
        "long_name": registration.long_name,
        "support_email": registration.support_email,
        "other_url": config.other_url,
        "languages": LANGUAGES,
        "name_of": strongest_name,
        "profession_of": profession_of,
        "means_text": means_text,
    }
    app.context_processor(lambda: {**values, "language": _language(), "here": _here()})


def _add_shared_pages(app: Flask, login: Binding, cookie: str) -> None:
    @app.get(login.provider.logged_out_path)
    def logged_out() -> Response:
        response = app.make_response(
            render_template(
                "relying_parties/logged_out.html",
                everywhere=came_from_provider(login, request),
                unreachable=request.args.get("provider") == "unreachable",
                partly=request.args.get("provider") == "partial",
            )
        )
        login.cookies.drop_logout(response)
        return response

    @app.get("/language/<code>")
    def language(code: str) -> Response:
        response = redirect(local_path(request.args.get("next", "/")), 303)
        if code in LANGUAGES:
            response.set_cookie(
                cookie, code, max_age=YEAR, samesite="Lax", secure=login.provider.secure
            )
        return response

    @app.errorhandler(SecurityError)
    def misaddressed(_fault: SecurityError) -> Response:
        # No page: addresses cannot be built under a host name that is not ours.
        response = app.make_response((f"{login.provider.home_origin}/\n", 400))
        response.content_type = "text/plain; charset=utf-8"
        return response

    @app.errorhandler(HTTPException)
    def failed(fault: HTTPException) -> Response:
        status = fault.code or 500
        page = render_template(
            "relying_parties/error.html",
            error_id={404: "not-found", 500: "breakdown"}.get(status, "bad-request"),
            text=error_text(status),
            again="/",
        )
        return app.make_response((page, status))


def _harden(response: Response, provider: Provider | SamlProvider) -> Response:
    issuer = urlsplit(provider.issuer)
    # form-action: the logout form is answered by a redirect to the provider.
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
        f"form-action 'self' {issuer.scheme}://{issuer.netloc}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if provider.secure:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR}"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _here() -> str:
    # An answer of the provider is in the address of its page: it goes into no link.
    if request.method != "GET" or (request.endpoint or "kit.").startswith("kit."):
        return "/"
    return local_path(request.full_path.removesuffix("?"))


def _language_cookie(registration: Registration) -> str:
    return f"{registration.key}_language"


def _choose_language(cookie: str) -> str:
    chosen = request.cookies.get(cookie, "")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(list(LANGUAGES), "fr")


def _language() -> str:
    locale = get_locale()
    return str(locale.language) if locale else "fr"
