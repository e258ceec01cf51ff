# SPDX-License-Identifier: Apache-2.0
"""The Flask binding: one object that an application makes, mounts and asks.

>>> login = Login(provider, SqliteSessionStore(path), name="dcc", render=error_page)
>>> mount(app, login)  # of relying_parties.kit.views

Then a view is guarded by `@login.require_login`, `@login.require_level(2)` or
`@login.require_fresh(300)`, written below the route, and asks `login.session()` who is there.
The application is mounted at the root of its host and shows the page of
`post_logout_redirect_uri` itself.
"""

import logging
import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlencode

from flask import g, make_response, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from relying_parties.kit.client import Client
from relying_parties.kit.cookies import Cookies
from relying_parties.kit.forms import FIELD, form_token, is_own_form
from relying_parties.kit.journey import Journey, Wish
from relying_parties.kit.origins import local_path
from relying_parties.kit.outcome import STATUS, ProviderUnreachable, Reason, Refused
from relying_parties.kit.sessions import Sessions
from relying_parties.kit.settings import Limits, Provider
from relying_parties.kit.store import Session, Store

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]
DEFAULT_LIMITS = Limits()
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
log = logging.getLogger(__name__)


class Login:
    """Login by one provider, for one Flask application."""

    def __init__(
        self,
        provider: Provider,
        store: Store,
        *,
        name: str,
        render: Callable[[Refused, str], str],
        limits: Limits = DEFAULT_LIMITS,
        locale: Callable[[], str | None] = lambda: None,
        now: Callable[[], int] = lambda: int(time.time()),
        token: Callable[[], str] = lambda: secrets.token_urlsafe(32),
    ) -> None:
        self.provider = provider
        self.limits = limits
        self.now = now
        self.token = token
        self.cookies = Cookies(name, secure=provider.secure)
        self.client = Client(provider, limits, now, token)
        self.journey = Journey(provider, limits, self.client, store, now, token)
        self.sessions = Sessions(provider, limits, self.client, store, now)
        self.store = store
        self._render = render
        self.locale = locale

    def session(self) -> Session | None:
        """Who is logged in, in this request."""
        if "kit_session" not in g:
            session_id = self.cookies.session_id(request)
            g.kit_session = self.sessions.find(session_id) if session_id else None
        found: Session | None = g.kit_session
        return found

    def forget(self) -> None:
        """Look again at the next question: the session was changed."""
        g.pop("kit_session", None)

    def access_token(self) -> str | None:
        """A usable access token, refreshed where needed; None where a login is needed."""
        session = self.session()
        if session is None:
            return None
        fresh = self.sessions.with_fresh_tokens(session)
        self.forget()
        return fresh.tokens.access_token if fresh else None

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
        departure = self.journey.start(wish)
        response = redirect(departure.url, 303)
        self.cookies.put_login(
            request,
            response,
            departure.state,
            departure.secret,
            self.now(),
            self.limits.login,
        )
        return _unstored(response)

    def refuse(self, refused: Refused, again: str | None = None) -> Response:
        """A page for the person; the detail goes to the log alone."""
        log.warning("login refused: %s (%s)", refused.reason.value, refused.detail)
        query = urlencode({"next": local_path(refused.return_to)})
        page = self._render(refused, again or f"/login?{query}")
        response = make_response(page, STATUS[refused.reason])
        if refused.reason is Reason.PROVIDER_UNREACHABLE:
            response.headers["Retry-After"] = "10"
        return _unstored(response)

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
        if request.method in SAFE or request.endpoint in {"kit.backchannel_logout", None}:
            return None
        session = self.session()
        if session is None:
            # Nothing to protect yet: the view's own guard leads to the login.
            return None
        if is_own_form(session.id, request.form.get(FIELD)):
            return None
        return self.refuse(Refused(Reason.FORM_EXPIRED, "form token"), local_path(request.path))

    def unreachable(self, fault: ProviderUnreachable) -> Response:
        """The calm page for a provider that does not answer."""
        target = request.full_path if request.method in SAFE else request.path
        refused = Refused(Reason.PROVIDER_UNREACHABLE, str(fault), local_path(target))
        return self.refuse(refused, local_path(target.removesuffix("?")))


def _unstored(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
