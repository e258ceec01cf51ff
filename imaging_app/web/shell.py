# SPDX-License-Identifier: Apache-2.0
"""What is around every page: headers, languages, errors, what templates may say."""

from urllib.parse import urlsplit

from flask import Flask, abort, redirect, render_template, request
from flask_babel import Babel, get_locale
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response

from imaging_app.access.visitor import Kind
from imaging_app.db import Unanswered
from imaging_app.paths import STATIC, TRANSLATIONS, templates
from imaging_app.store.port import Away
from imaging_app.web.assets import Assets
from imaging_app.web.establishment.unpacking import MOST_FILES
from imaging_app.web.portal import Portal, form_action, refuse
from imaging_app.web.words import KINDS
from relying_parties.kit.origins import local_path
from relying_parties.kit.settings import Provider
from relying_parties.kit.views import came_from_provider
from relying_parties.paths import TRANSLATIONS as SHARED_TRANSLATIONS
from relying_parties.registration import Registration
from relying_parties.words import means_text

LANGUAGES = {"fr": "Français", "en": "English"}
LANGUAGE_COOKIE = "imaging_language"
YEAR = 365 * 24 * 3600
LARGEST_FORM = 64 * 1024
# Of staff alone: what establishments bring in.
LARGER_FORMS = {"house_take": 2 << 30, "house_add_report": 24 << 20, "house_issue": 128 * 1024}
# Beside the files.
FIELDS = 16
SEE_OTHER = 303
NOT_MODIFIED = 304
BUILT = "viewer/assets/"
BAD_REQUEST, BREAKDOWN, UNAVAILABLE = 400, 500, 503
ERROR_IDS = {404: "not-found", BREAKDOWN: "breakdown", UNAVAILABLE: "breakdown"}


def make_flask(provider: Provider) -> Flask:
    """A Flask application in the portal's languages, with nothing on it."""
    app = Flask("imaging_app", static_folder=str(STATIC), template_folder=str(templates()))
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    app.config["TRUSTED_HOSTS"] = [urlsplit(provider.home_origin).hostname]
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = f"{TRANSLATIONS};{SHARED_TRANSLATIONS}"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Paris"
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app, locale_selector=_choose_language)
    return app


def add_shell(app: Flask, portal: Portal, registration: Registration, assets: Assets) -> None:
    """Headers, languages, errors, the page after a logout."""
    app.before_request(lambda: _make_room(portal))
    _add_context(app, portal, registration, assets)
    _add_shared_pages(app, portal)
    _add_errors(app, portal)
    app.before_request(_refuse_nothing_written)
    app.after_request(lambda response: _harden(response, portal.login.provider, assets))


def _make_room(portal: Portal) -> None:
    """For who may bring something in, before anything of it is read."""
    most = LARGER_FORMS.get(request.endpoint or "")
    who = portal.who() if most else None
    if who is not None and Kind.STAFF in who.kinds:
        request.max_content_length = most
        # Each file is a part of the form: without this, no more than a thousand.
        request.max_form_parts = MOST_FILES + FIELDS


def _add_context(app: Flask, portal: Portal, registration: Registration, assets: Assets) -> None:
    values = {
        "app_name": registration.name,
        "long_name": registration.long_name,
        "support_email": portal.support_email,
        "region_name": portal.regions.here.name,
        "languages": LANGUAGES,
        "asset": assets.url,
        "means_text": means_text,
        "kind_names": KINDS,
        "idle_minutes": portal.login.limits.idle // 60,
    }
    app.context_processor(
        lambda: {**values, "language": language(), "here": _here(), "who": portal.who()}
    )
    app.jinja_env.globals["session_left"] = portal.left
    app.jinja_env.globals["session_final"] = portal.ends_for_good
    app.jinja_env.globals["session_mark"] = portal.mark


def _add_shared_pages(app: Flask, portal: Portal) -> None:
    login = portal.login

    @app.get(login.provider.logged_out_path)
    def logged_out() -> Response:
        response = app.make_response(
            render_template(
                "imaging_app/logged_out.html",
                everywhere=came_from_provider(login, request),
                unreachable=request.args.get("provider") == "unreachable",
            )
        )
        login.cookies.drop_logout(response)
        return response

    @app.get("/language/<code>")
    def choose_language(code: str) -> Response:
        response = redirect(local_path(request.args.get("next", "/")), SEE_OTHER)
        if code in LANGUAGES:
            secure = login.provider.secure
            response.set_cookie(
                LANGUAGE_COOKIE, code, max_age=YEAR, samesite="Lax", secure=secure, httponly=True
            )
        return response


def _add_errors(app: Flask, portal: Portal) -> None:
    @app.errorhandler(SecurityError)
    def misaddressed(_fault: SecurityError) -> Response:
        # No page: addresses cannot be built under a host name that is not ours.
        response = app.make_response((f"{portal.login.provider.home_origin}/\n", 400))
        response.content_type = "text/plain; charset=utf-8"
        return response

    @app.errorhandler(HTTPException)
    def failed(fault: HTTPException) -> Response:
        status = fault.code or 500
        is_away = isinstance(getattr(fault, "original_exception", None), (Unanswered, Away))
        status = UNAVAILABLE if is_away else status
        if status >= BREAKDOWN:
            # The page asks for nobody: what broke may be what knows them.
            portal.login.as_nobody()
        error_id = ERROR_IDS.get(status, "bad-request")
        response = refuse(BREAKDOWN if is_away else status, status, error_id=error_id)
        if allowed := getattr(fault, "valid_methods", None):
            response.headers["Allow"] = ", ".join(allowed)
        if is_away:
            response.headers["Retry-After"] = "10"
        return response


def _refuse_nothing_written() -> None:
    """PostgreSQL keeps no NUL: an address with one names nothing, and breaks nothing."""
    told = [value for values in request.args.lists() for value in (values[0], *values[1])]
    if any("\0" in one for one in (request.path, *told)):
        abort(BAD_REQUEST)


def _harden(response: Response, provider: Provider, assets: Assets) -> Response:
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
        f"{form_action(provider)}; "
        "frame-ancestors 'none'; base-uri 'none'",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if provider.secure:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR}"
    response.headers["Cache-Control"] = _keeping(assets)
    if response.status_code == NOT_MODIFIED or request.method == "HEAD":
        # Nothing of a file is sent, and so nobody else closes it.
        response.close()
    return response


def _keeping(assets: Assets) -> str:
    if request.endpoint != "static":
        return "no-store"
    name = str((request.view_args or {}).get("filename", ""))
    # What the viewer is built into has its contents' mark in its name already.
    current = assets.is_current(name, request.args.get("v", "")) or name.startswith(BUILT)
    return f"public, max-age={YEAR}, immutable" if current else "no-cache"


def _here() -> str:
    # An answer of the provider is in the address of its page: it goes into no link.
    if request.method != "GET" or (request.endpoint or "kit.").startswith("kit."):
        return "/"
    return local_path(request.full_path.removesuffix("?"))


def _choose_language() -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(list(LANGUAGES), "fr")


def language() -> str:
    """Of this request."""
    locale = get_locale()
    return str(locale.language) if locale else "fr"
