# SPDX-License-Identifier: Apache-2.0
"""What every page of the portal is handed: the login, who came, the settings."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec

from flask import g, make_response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from imaging_app.db import Database
from imaging_app.web.regions import Regions
from imaging_app.web.who import Kind, Who, who_is
from imaging_app.web.words import page_text
from relying_parties.kit.binding import unstored
from relying_parties.kit.login import Login

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]
FORBIDDEN = 403


@dataclass(frozen=True, slots=True)
class Portal:
    """Built once by the composition root."""

    login: Login
    database: Database
    regions: Regions
    support_email: str

    def who(self) -> Who | None:
        """Who is logged in, in this request."""
        session = self.login.session()
        if session is None:
            return None
        if "portal_who" not in g:
            g.portal_who = who_is(session)
        found: Who = g.portal_who
        return found

    def left(self) -> int:
        """For how many seconds the session lives where nobody does anything more."""
        living = self.login.glance()
        return max(living.until - self.login.now(), 0) if living else 0

    def require(self, *kinds: Kind) -> Callable[[View[P]], View[P]]:
        """Only for people who are logged in as one of these; written below the route."""

        def decorate(view: View[P]) -> View[P]:
            @wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
                who = self.who()
                if who is None or who.first is None:
                    return refuse("no-place-here", FORBIDDEN)
                if not set(kinds) & set(who.kinds):
                    return refuse("not-your-space", FORBIDDEN)
                return view(*args, **kwargs)

            return self.login.require_login(guarded)

        return decorate


def refuse(reason: object, status: int, **more: Any) -> Response:
    """A page that says what happened, under a stable id."""
    values = {"again": "/", "error_id": reason, "text": page_text(reason)} | more
    page = render_template("imaging_app/error.html", **values)
    return unstored(make_response(page, status))
