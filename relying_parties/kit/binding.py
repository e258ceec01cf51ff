# SPDX-License-Identifier: Apache-2.0
"""What an application asks of the kit, whichever protocol its provider speaks.

A view is guarded by `@login.require_login`, `@login.require_level(2)` or
`@login.require_fresh(300)`, written below the route, and asks `login.session()` who is there. The
application is mounted at the root of its host, and shows the page after a logout itself.
"""

import logging
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, Protocol, Required, TypedDict, Unpack
from urllib.parse import urlencode

from flask import Blueprint, current_app, g, make_response, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from relying_parties.kit.cookies import Cookies
from relying_parties.kit.forms import FIELD, form_token, is_own_form
from relying_parties.kit.journey import Arrival, Departure, Wish
from relying_parties.kit.origins import local_path
from relying_parties.kit.outcome import STATUS, ProviderUnreachable, Reason, Refused
from relying_parties.kit.settings import Limits
from relying_parties.kit.store import Living, Session, Store

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]
DEFAULT_LIMITS = Limits()
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
log = logging.getLogger(__name__)


class About(Protocol):
    """What both kinds of settings tell."""

    @property
    def issuer(self) -> str:
        """The provider's name."""

    @property
    def level(self) -> int:
        """The least that this application takes."""

    @property
    def secure(self) -> bool:
        """Whether the application itself is reached by TLS."""

    @property
    def home_origin(self) -> str:
        """The application's own origin."""

    @property
    def logged_out_path(self) -> str:
        """The path of the page after a logout."""


class Options(TypedDict, total=False):
    """What an application says beside its provider and its store."""

    # Of its cookies.
    name: Required[str]
    # Its own page for a refusal, with the address that leads on.
    render: Required[Callable[[Refused, str], str]]
    # Its own page for whoever an establishment's software has sent.
    launched: str
    limits: Limits
    locale: Callable[[], str | None]
    now: Callable[[], int]
    token: Callable[[], str]
    # Told of each session that has begun: once a login, before its first page.
    opened: Callable[[Session], None]


class Binding(ABC):
    """Login by one provider, for one Flask application."""

    provider: About
    # Endpoints that the provider posts to: what comes there is believed for its own reasons.
    posted_to: frozenset[str]

    def __init__(self, provider: About, store: Store, **options: Unpack[Options]) -> None:
        self.provider = provider
        self.store = store
        self.cookies = Cookies(options["name"], secure=provider.secure)
        self._render = options["render"]
        self.launched_path = options.get("launched", "/")
        self.limits = options.get("limits", DEFAULT_LIMITS)
        self.locale: Callable[[], str | None] = options.get("locale", lambda: None)
        self.now: Callable[[], int] = options.get("now", lambda: int(time.time()))
        self.token: Callable[[], str] = options.get("token", lambda: secrets.token_urlsafe(32))
        self._opened: Callable[[Session], None] = options.get("opened", lambda _session: None)

    @abstractmethod
    def start(self, wish: Wish) -> Departure:
        """Begin a login; may raise ProviderUnreachable."""

    @abstractmethod
    def farewell(self, session: Session, state: str) -> str | None:
        """Where the browser ends the provider's session; None where that is not offered."""

    @abstractmethod
    def add_addresses(self, kit: Blueprint) -> None:
        """The addresses that this protocol needs, beside /login and /logout."""

    def session(self) -> Session | None:
        """Who is logged in, in this request."""
        if "kit_session" not in g:
            session_id = self.cookies.session_id(request)
            idle = self.limits.idle
            g.kit_session = self.store.load(session_id, self.now(), idle) if session_id else None
        found: Session | None = g.kit_session
        return found

    def glance(self) -> Living | None:
        """The same without counting as activity, and until when it lives: for what a page asks."""
        session_id = self.cookies.session_id(request)
        if not session_id:
            return None
        return self.store.look(session_id, self.now(), self.limits.idle)

    def unnoticed(self) -> None:
        """In this request whoever is logged in does nothing: for what a page asks by itself."""
        living = self.glance()
        g.kit_session = living.session if living else None

    def as_nobody(self) -> None:
        """In this request nobody is logged in: for a page that is the same for everybody."""
        g.kit_session = None

    def forget(self) -> None:
        """Look again at the next question: the session was changed."""
        g.pop("kit_session", None)

    def form_token(self) -> str:
        """The hidden value that each form of a logged-in page carries."""
        session = self.session()
        return form_token(session.id) if session else ""

    def require_login(self, view: View[P]) -> View[P]:
        """Only for people who are logged in."""
        return self.require_level(self.provider.level)(view)

    def require_level(self, level: int) -> Callable[[View[P]], View[P]]:
        """Only for logins of that level; a lower one goes to the provider and comes back here."""
        wanted = max(level, self.provider.level)

        def holds(session: Session) -> bool:
            return session.level >= wanted

        return self._require(holds, {"level": str(wanted)})

    def require_fresh(self, seconds: int) -> Callable[[View[P]], View[P]]:
        """Only shortly after the person proved who they are; otherwise they do it again."""

        def holds(session: Session) -> bool:
            if session.auth_time is None:
                return False
            return self.now() - session.auth_time <= seconds + self.limits.clock_leeway

        return self._require(holds, {"max_age": str(seconds)})

    def depart(self, wish: Wish) -> Response:
        """Send the browser to the provider."""
        departure = self.start(wish)
        response = redirect(departure.url, 303)
        self.cookies.put_login(
            request,
            response,
            departure.state,
            departure.secret,
            self.now(),
            self.limits.login,
        )
        return unstored(response)

    def arrive(self, outcome: Arrival | Refused, state: str | None) -> Response:
        """The end of a login: the local session, or the page that says why there is none."""
        response = self._open(outcome) if isinstance(outcome, Arrival) else self.refuse(outcome)
        # Another browser's login stays answerable in the browser that started it.
        if state and self.cookies.login_secret(request, state):
            self.cookies.drop_login(response, state)
        return response

    def _open(self, arrival: Arrival) -> Response:
        old = self.session()
        if not self.store.open(arrival.session):
            return self.refuse(Refused(Reason.LOGIN_EXPIRED, "logged out while logging in"))
        if old is not None:
            # Row OA-172: a login always gives a new session id; the old one is worth nothing.
            self.store.close(old.id)
        self._opened(arrival.session)
        response = redirect(local_path(arrival.return_to), 303)
        self.cookies.put_session(response, arrival.session.id)
        if old is not None and _person(old) != _person(arrival.session):
            # What the browser keeps of one person is not for the next.
            response.headers["Clear-Site-Data"] = '"storage"'
        return unstored(response)

    def refuse(self, refused: Refused, again: str | None = None) -> Response:
        """A page for the person; the detail goes to the log alone."""
        log.warning("login refused: %s (%s)", refused.reason.value, refused.detail)
        query = urlencode({"next": local_path(refused.return_to)})
        page = self._render(refused, again or f"/login?{query}")
        response = make_response(page, STATUS[refused.reason])
        if refused.reason is Reason.PROVIDER_UNREACHABLE:
            response.headers["Retry-After"] = "10"
        return unstored(response)

    def _require(
        self, holds: Callable[[Session], bool], query: dict[str, str]
    ) -> Callable[[View[P]], View[P]]:
        def decorate(view: View[P]) -> View[P]:
            @wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
                session = self.session()
                if session is not None and holds(session):
                    return view(*args, **kwargs)
                return self._lead_to_login(session, query)

            return guarded

        return decorate

    def _lead_to_login(self, session: Session | None, query: dict[str, str]) -> Response:
        if request.method in SAFE:
            wish = Wish(
                return_to=request.full_path.removesuffix("?"),
                level=int(query.get("level", 0)),
                max_age=int(query["max_age"]) if "max_age" in query else None,
                subject=session.subject if session else None,
                locale=self.locale(),
            )
            return self.depart(wish)
        # A form cannot be sent through a login, and browsers hold a form's redirects to its
        # `form-action`; so the person is told, and goes by a link.
        again = "/login?" + urlencode({**query, "next": local_path(request.path)})
        return self.refuse(Refused(Reason.STEP_UP_NEEDED, "a form needs more"), again)

    def guard_form(self) -> Response | None:
        """Before each request: a form of somebody logged in must be one of our own."""
        if request.method in SAFE or request.endpoint in {*self.posted_to, None}:
            return None
        session = self.session()
        if session is None:
            # Nothing to protect yet: the view's own guard leads to the login.
            return None
        if is_own_form(session.id, request.form.get(FIELD)):
            return None
        return self.refuse(Refused(Reason.FORM_EXPIRED, "form token"), _page_of_form())

    def unreachable(self, fault: ProviderUnreachable) -> Response:
        """The calm page for a provider that does not answer."""
        target = request.full_path if request.method in SAFE else request.path
        refused = Refused(Reason.PROVIDER_UNREACHABLE, str(fault), local_path(target))
        return self.refuse(refused, local_path(target.removesuffix("?")))


def _person(session: Session) -> tuple[str, str]:
    return session.issuer, session.subject


def _page_of_form() -> str:
    """The page under a form's own address; the first page where there is none."""
    addresses = current_app.create_url_adapter(request)
    has_page = addresses is not None and addresses.test(request.path, "GET")
    return local_path(request.path) if has_page else "/"


def unstored(response: Response) -> Response:
    """An answer that no cache keeps."""
    response.headers["Cache-Control"] = "no-store"
    return response
