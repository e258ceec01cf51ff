# SPDX-License-Identifier: Apache-2.0
"""The card's own address: it reads the certificate of one handshake, and sends the browser back.

It knows no session and no cookie, reads none and sets none (XC-026): cookies are shared by all
ports of a host name, so a browser may well send it those of the main address. Whoever comes is
known by the handle in the address alone, and leaves with a value that only their own browser can
use. Neither is ever written to a log, and the certificate only sealed (XC-027).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Final, cast
from urllib.parse import quote

from flask import Response, request
from flask_babel import Babel
from flask_babel import lazy_gettext as _
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from idp import paths
from idp.credentials.card_handovers import REQUEST, Waiting
from idp.http.client_certificates import Reader, Unusable
from idp.http.flask_app import YEAR, PageServer, current_call, static_url
from idp.http.front import StartResponse, Wsgi, breakdown
from idp.http.headers import SecurityHeaders
from idp.http.locale import Languages
from idp.http.problems import PROBLEMS
from idp.http.services import Core
from idp.http.wire import NO_STORE, Answer, Environ, Page, see_other
from idp.logs import get

LANGUAGE: Final = "lang"
Text = Any
log = get("card")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a page of this address says."""

    title: Text
    sentences: tuple[Text, ...]
    support: bool = False


TROUBLES = {
    "card-missing": Trouble(
        _("No card was shown"),
        (
            _(
                "Your browser sent no certificate. Put your card into the reader, wait until it "
                "is ready, then try again."
            ),
            _(
                "If your browser does not ask which certificate to use, close all its windows and "
                "begin again: it remembers your last answer until then."
            ),
        ),
        support=True,
    ),
    "card-step-over": Trouble(
        _("This step is over"),
        (_("For your safety a card is read once for each login, and within a few minutes."),),
    ),
    "card-unreadable": Trouble(
        _("Your card could not be read"),
        (_("What arrived is not a certificate. Try again, or log in another way."),),
        support=True,
    ),
    "card-remembered": Trouble(
        _("Your card must be shown anew"),
        (
            _(
                "Your browser took up an earlier connection, made with a card that may not be in "
                "the reader any more. Close all its windows and begin again."
            ),
        ),
    ),
    "card-not-by-proxy": Trouble(
        _("This address cannot be used directly"),
        (_("Open your application again to log in. If this page comes back, tell support."),),
        support=True,
    ),
}
REFUSED = {
    Unusable.NOT_OURS: ("card-not-by-proxy", 403),
    Unusable.MALFORMED: ("card-unreadable", 400),
    Unusable.RESUMED: ("card-remembered", 403),
}
STATUSES = {404: "not-found", 405: "not-allowed"}


class CardDoor:
    """GET /card/<handle>, and the pages that say why it leads no further."""

    def __init__(self, core: Core, read: Reader) -> None:
        self._core = core
        self._read = read
        self._issuer = core.settings.server.issuer

    def equip(self, app: PageServer, headers: SecurityHeaders) -> None:
        """Give the page server its one view, its words and nothing else."""
        app.headers_of_pages = headers
        locale = self._core.settings.locale
        app.config["MAX_CONTENT_LENGTH"] = 0
        app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(paths.translations())
        app.config["BABEL_DEFAULT_LOCALE"] = locale.default
        app.jinja_env.undefined = StrictUndefined
        app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
        languages = Languages(locale.available, locale.default)

        def select() -> str:
            return languages.of(current_call(), "", request.args.get(LANGUAGE, ""))

        Babel(app, locale_selector=select)
        self._add_context(app, select)
        app.page("/card/<handle>", "card", self.show)
        app.after_request(lambda response: _finish(headers, response))
        app.register_error_handler(HTTPException, self._http_fault)
        app.register_error_handler(Exception, cast("Any", self._fault))

    def _add_context(self, app: PageServer, select: Callable[[], str]) -> None:
        region, running = self._core.settings.region, version("sceau")
        static = lru_cache(maxsize=64)(static_url)

        @app.context_processor
        def shared() -> dict[str, Any]:
            return {
                "region": region,
                "home": self._issuer + "/",
                "version": running,
                "locale": select(),
                "static": static,
            }

    def show(self, handle: str) -> Answer:
        """Read the card of this handshake for whoever holds the handle."""
        call = current_call()
        # Whatever is logged from here on, the handle is not in it.
        call.path = "/card"
        if call.method != "GET":
            # Whoever only looks (HEAD) must not use up what somebody is about to open.
            return self._page("not-allowed", 405, headers=[("Allow", "GET")])
        certificate = self._read(call)
        if isinstance(certificate, Unusable):
            log.warning("card not read", why=certificate.value)
            name, status = REFUSED[certificate]
            return self._page(name, status, self._find(handle))
        if certificate is None:
            return self._without(handle)
        with self._core.database.write() as tx:
            filled = self._core.handovers.fill(tx, handle, certificate)
        if filled is None:
            return self._over(self._find(handle))
        return see_other(f"{self._journey(filled.journey)}/card/{quote(filled.value, safe='')}")

    def _without(self, handle: str) -> Answer:
        """No certificate came: nothing is used up, and another try may bring one."""
        found = self._find(handle)
        if found is None or not found.open:
            return self._over(found)
        again = f"/card/{quote(handle, safe='')}"
        if chosen := request.args.get(LANGUAGE, ""):
            again += f"?{LANGUAGE}={quote(chosen, safe='')}"
        return self._page("card-missing", 400, found, [(_("Try again"), again, True)])

    def _over(self, found: Waiting | None) -> Page:
        return self._page("journey-unknown" if found is None else "card-step-over", 410, found)

    def _find(self, handle: str) -> Waiting | None:
        with self._core.database.read() as tx:
            return self._core.handovers.find(tx, handle)

    def _journey(self, journey: str) -> str:
        if journey.startswith(REQUEST):
            # The request is known by the browser's cookie, and is not in the address.
            return f"{self._issuer}/registration"
        return f"{self._issuer}/login/{quote(journey, safe='')}"

    def _page(
        self,
        name: str,
        status: int,
        found: Waiting | None = None,
        actions: Iterable[tuple[Text, str, bool]] = (),
        headers: Iterable[tuple[str, str]] = (),
    ) -> Page:
        trouble = TROUBLES.get(name)
        if trouble is None:
            common = PROBLEMS[name]
            trouble = Trouble(common.title, (common.sentence,), common.support)
        ways = list(actions)
        if found is not None:
            begun = found.journey.startswith(REQUEST)
            back = _("Back to my request") if begun else _("Back to the login page")
            address = self._journey(found.journey) + ("/card" if begun else "")
            ways.append((back, address, not ways))
        else:
            ways.append((_("Go to the home page"), self._issuer + "/", not ways))
        door = {
            "id": name,
            "title": trouble.title,
            "sentences": trouble.sentences,
            "actions": ways,
            "support": trouble.support,
            "reference": None,
        }
        kept = [one for one in headers if one not in NO_STORE]
        return Page("card/door.html", {"door": door}, status, (), [*NO_STORE, *kept])

    def in_place_of(self, page: Page) -> Page:
        """What this address shows where the main one would show this problem."""
        return self._page(page.context["problem"]["id"], page.status, headers=page.headers)

    def _http_fault(self, fault: HTTPException) -> Any:
        status = fault.code or 500
        if status < 400:
            return fault
        name = STATUSES.get(status, "bad-request" if status < 500 else "server-error")
        allowed = getattr(fault, "valid_methods", None)
        headers = [("Allow", ", ".join(sorted(allowed)))] if allowed else []
        return self._page(name, status, headers=headers)

    def _fault(self, fault: Exception) -> Page:
        call = current_call()
        problem, status, headers = breakdown(fault, call)
        page = self._page(problem, status, headers=headers)
        page.context["door"]["reference"] = call.origin.request_id
        return page


def without_cookies(app: Wsgi) -> Wsgi:
    """The same, for a browser that sent no cookie, whatever it sent."""

    def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        environ.pop("HTTP_COOKIE", None)
        return app(environ, start_response)

    return serve


def _finish(headers: SecurityHeaders, response: Response) -> Response:
    for name, value in headers.plain:
        response.headers.setdefault(name, value)
    if request.endpoint == "static" and response.status_code in {200, 206, 304}:
        response.headers["Cache-Control"] = YEAR if request.args.get("v") else "no-cache"
    return response
