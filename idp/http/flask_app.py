# SPDX-License-Identifier: Apache-2.0
"""Flask as the server of pages: views answer with our own values, rendered and guarded here."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from flask import Flask, Response, current_app, g, render_template, request
from flask_babel import Babel
from flask_babel import gettext as _
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from idp import paths
from idp.accounts import service as accounts
from idp.config.sections import RegionSettings
from idp.http.added import AddedProviders
from idp.http.forms import is_browser_secret
from idp.http.front import CALL, breakdown
from idp.http.headers import SecurityHeaders
from idp.http.locale import Languages
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Call, Environ, Page, Reply

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
STATUS_PROBLEMS = {
    400: "bad-request",
    403: "forbidden",
    404: "not-found",
    405: "not-allowed",
    413: "too-large",
    415: "bad-request",
    429: "too-many",
}
YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Upload:
    """What a page takes that is larger than a form: so many bytes, from whom it is meant for.

    Whoever else sends it is stopped at the size of a form, before anything is read (WB-019).
    """

    most: int
    may: Callable[[], bool]


class PageServer(Flask):
    """Flask whose views may return a `Page` or a `Reply`."""

    headers_of_pages: SecurityHeaders
    # The providers that administrators added: their names are on many pages.
    added: AddedProviders

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.uploads: dict[str, Upload] = {}

    def make_response(self, rv: Any) -> Response:
        """Turn our own answers into Flask's."""
        if isinstance(rv, Page):
            return self.render_page(rv)
        if isinstance(rv, Reply):
            response = Response(rv.body, rv.status)
            response.headers.clear()
            response.headers.extend(rv.headers)
            return response
        return super().make_response(rv)

    def log_exception(self, exc_info: Any) -> None:
        """Faults are told once, where their page is made."""

    def page(
        self,
        rule: str,
        name: str,
        view: Callable[..., Any],
        methods: Sequence[str] = ("GET",),
        upload: Upload | None = None,
    ) -> None:
        """Serve a view that answers with our own values; with `upload` it takes a large file."""
        self.add_url_rule(rule, name, view, methods=list(methods))
        if upload is not None:
            self.uploads[name] = upload

    def render_page(self, page: Page) -> Response:
        """Render a page inside a request context."""
        call = current_call()
        context = dict(page.context)
        if "problem" in context and page.status != 404:
            reference = call.origin.request_id
            context["problem"] = context["problem"] | {"reference": reference}
        response = Response(render_template(page.template, **context), page.status)
        for name, value in page.headers:
            response.headers.add(name, value)
        for name, value in self.headers_of_pages.allowing(page):
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def current_call() -> Call:
    """The request in progress, as the front read it."""
    call: Call = request.environ[CALL]
    return call


def current_server() -> PageServer:
    """The server of the request in progress."""
    return cast("PageServer", current_app)


def browser_secret(services: Services) -> str:
    """The secret of this browser's cookie; a new one is set with the answer."""
    if "browser" not in g:
        found = current_call().cookie(services.core.jar.name("browser"))
        g.new_browser = not is_browser_secret(found)
        g.browser = services.core.forms.new_browser() if g.new_browser else found
    kept: str = g.browser
    return kept


def new_server() -> PageServer:
    """The bare page server."""
    app = PageServer(
        "idp",
        template_folder=str(paths.templates()),
        static_folder=str(paths.static()),
        static_url_path="/static",
    )
    # `//login` is no other spelling of `/login`: a redirect to it would be made from the request.
    app.url_map.merge_slashes = False
    return app


def equip(app: PageServer, services: Services, headers: SecurityHeaders) -> None:
    """Give the page server its guards and context; views are mounted by the edges."""
    app.headers_of_pages = headers
    app.added = services.added
    settings = services.core.settings
    # Werkzeug's own limits: nothing larger than a form of ours is ever read.
    app.config["MAX_CONTENT_LENGTH"] = settings.server.max_body
    app.config["MAX_FORM_PARTS"] = 100
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(paths.translations())
    app.config["BABEL_DEFAULT_LOCALE"] = settings.locale.default
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    languages = Languages(settings.locale.available, settings.locale.default)
    Babel(app, locale_selector=lambda: select_language(services, languages))
    app.before_request(cast("Any", lambda: _guard(services)))
    app.after_request(lambda response: _finish(services, headers, response))
    app.register_error_handler(HTTPException, _http_fault)
    app.register_error_handler(Exception, cast("Any", _fault))
    _add_context(app, services, languages)


def select_language(services: Services, languages: Languages) -> str:
    """The language of the page being made."""
    call = current_call()
    cookie = call.cookie(services.core.jar.name("lang"))
    return languages.of(call, cookie, getattr(g, "wished_locale", ""))


def _guard(services: Services) -> Page | None:
    """Every form comes from a page of ours in this browser, or goes no further (WB-004)."""
    # Where no view will run, the answer says so: 404 or 405.
    if request.method not in UNSAFE or request.routing_exception is not None:
        return None
    call = current_call()
    upload = current_server().uploads.get(request.endpoint or "")
    if upload is not None and upload.may():
        # A file of that size is put aside on disk, nameless, while it is read.
        request.max_content_length = upload.most
    browser = call.cookie(services.core.jar.name("browser"))
    token = request.form.get("csrf", "")
    if services.core.forms.is_genuine(call, browser, token):
        return None
    return problem_page("form-expired", status=403)


def _finish(services: Services, headers: SecurityHeaders, response: Response) -> Response:
    for name, value in headers.plain:
        response.headers.setdefault(name, value)
    # A page of error is somebody's own, even at such an address (WB-036).
    if request.endpoint == "static" and response.status_code in {200, 206, 304}:
        response.headers["Cache-Control"] = YEAR if request.args.get("v") else "no-cache"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    # What another site posts comes without our cookies: it must not take their place.
    if getattr(g, "new_browser", False) and request.method not in UNSAFE:
        named = services.core.jar.name("browser") + "="
        if not any(one.startswith(named) for one in response.headers.getlist("Set-Cookie")):
            response.headers.add(*services.core.jar.set("browser", g.browser))
    return response


def _http_fault(fault: HTTPException) -> Any:
    original = getattr(fault, "original_exception", None)
    if original is not None:
        return _fault(original)
    status = fault.code or 500
    if status < 400:
        return fault
    name = STATUS_PROBLEMS.get(status, "bad-request" if status < 500 else "server-error")
    page = problem_page(name, status=status)
    allowed = getattr(fault, "valid_methods", None)
    if allowed:
        page.headers.append(("Allow", ", ".join(allowed)))
    return page


def _fault(fault: Exception) -> Page:
    """What nobody expected: a calm page, a log line, and not a word of the cause (RL-29)."""
    # Its page asks nothing of what has just failed.
    g.session = None
    problem, status, headers = breakdown(fault, current_call())
    page = problem_page(problem, status=status)
    page.headers.extend(headers)
    return page


def _add_context(app: PageServer, services: Services, languages: Languages) -> None:
    region = services.core.settings.region
    shown = {
        name: getattr(region, name)
        for name in (
            "server_name",
            "name",
            "support_email",
            "support_phone",
            "legal_notice",
        )
    } | {
        "logo_url": "/region/logo" if region.logo else None,
        "access_manager": region.manager,
    }
    running = version("sceau")
    static = lru_cache(maxsize=256)(static_url)

    @app.context_processor
    def shared() -> dict[str, Any]:
        return {
            "region": shown | {"welcome": region.welcome or _welcome(region)},
            "version": running,
            "locale": select_language(services, languages),
            "locales": languages.named,
            "csrf": services.core.forms.token(browser_secret(services)),
            "here": request.full_path.rstrip("?") if request.method == "GET" else "/",
            "static": static,
            "person": _person(services),
        }


def _welcome(region: RegionSettings) -> str:
    names = {"server": region.server_name, "region": region.name}
    return str(_("Welcome to the %(server)s server, %(region)s", **names))


def _person(services: Services) -> Any:
    if "session" not in g or g.session is None:
        return None
    if "person" not in g:
        with services.core.database.read() as tx:
            account = accounts.load(tx, g.session.account)
        g.person = account.person if account else None
    return g.person


def static_url(path: str) -> str:
    """The address of a file of ours, with a mark that changes when it does."""
    file = Path(paths.static()) / path
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


def render_outside(app: PageServer, environ: Environ, page: Page) -> Reply:
    """Render a page for an endpoint that the front serves itself."""
    with app.request_context(environ):
        response = _finish_rendered(app, page)
        body = response.get_data()
        headers = [(name, value) for name, value in response.headers if name != "Content-Length"]
    return Reply(response.status_code, headers, body)


def _finish_rendered(app: PageServer, page: Page) -> Response:
    return app.process_response(app.render_page(page))
