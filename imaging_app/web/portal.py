# SPDX-License-Identifier: Apache-2.0
"""What every page of the portal is handed: the login, who came, the settings."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import urlsplit

from flask import g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from imaging_app.access.visitor import Kind, Visitor
from imaging_app.enrolling.values import Accounts
from imaging_app.opening import Rooms
from imaging_app.web.regions import Regions
from imaging_app.web.who import Who, visitor_of, who_is
from imaging_app.web.words import page_text
from relying_parties.kit.binding import unstored
from relying_parties.kit.login import Login
from relying_parties.kit.settings import Provider

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]
FORBIDDEN = 403


@dataclass(frozen=True, slots=True)
class Portal:
    """Built once by the composition root."""

    login: Login
    rooms: Rooms
    regions: Regions
    support_email: str
    accounts: Accounts | None = None

    def who(self) -> Who | None:
        """Who is logged in, in this request."""
        session = self.login.session()
        if session is None:
            return None
        if "portal_who" not in g:
            g.portal_who = who_is(session)
        found: Who = g.portal_who
        return found

    def visitor(self, kind: Kind, establishment: str = "") -> Visitor | None:
        """The same as those who decide take it; of staff, for an establishment of theirs alone."""
        session, who = self.login.session(), self.who()
        if session is None or who is None:
            return None
        return visitor_of(
            session,
            who,
            kind,
            establishment,
            address=request.remote_addr or "",
            request_id=g.setdefault("portal_request", secrets.token_hex(16)),
        )

    def mark(self) -> str:
        """Whose session it is, told without their name: a page that is another's leaves."""
        living = self.login.glance()
        if living is None:
            return ""
        whose = f"{living.session.issuer} {living.session.subject}"
        return hashlib.sha256(whose.encode()).hexdigest()[:32]

    def left(self) -> int:
        """For how many seconds the session lives where nobody does anything more."""
        living = self.login.glance()
        return max(living.until - self.login.now(), 0) if living else 0

    def ends_for_good(self) -> bool:
        """Whether it is at its longest: what ends it next, no activity puts off."""
        living = self.login.glance()
        return living is not None and living.until == living.session.expires

    def require(
        self, *kinds: Kind, level: int = 0, fresh: int | None = None
    ) -> Callable[[View[P]], View[P]]:
        """Only for people who are logged in as one of these; written below the route.

        What is grave asks for a higher level, or for a proof of the last `fresh` seconds.
        """

        def decorate(view: View[P]) -> View[P]:
            @wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
                who = self.who()
                if who is None or who.first is None:
                    return refuse("no-place-here", FORBIDDEN)
                if not set(kinds) & set(who.kinds):
                    return refuse("not-your-space", FORBIDDEN)
                return view(*args, **kwargs)

            strong = self.login.require_level(level)(guarded)
            # The proof is asked for last, so that one journey brings both.
            return strong if fresh is None else self.login.require_fresh(fresh)(strong)

        return decorate


def form_action(provider: Provider) -> str:
    """The policy's part of forms: a logout is answered by a redirect to the provider."""
    issuer = urlsplit(provider.issuer)
    return f"form-action 'self' {issuer.scheme}://{issuer.netloc}"


def refuse(reason: object, status: int, **more: Any) -> Response:
    """A page that says what happened, under a stable id."""
    values = {"again": "/", "error_id": reason, "text": page_text(reason)} | more
    page = render_template("imaging_app/error.html", **values)
    return unstored(make_response(page, status))
