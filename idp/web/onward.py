# SPDX-License-Identifier: Apache-2.0
"""« I want to go to my account first »: a login that goes on to its application a little later.

The journey waits, unfinished: nothing is issued before the person goes on.
"""

from flask import Flask, g, request

from idp.db import Tx
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.login.journeys import Stopped
from idp.login.request import LoginRequest
from idp.login.steering import Steering
from idp.web.visit import Visit

# The field of the login page, and where it waits while the card is read at its own address.
WISH = "account"
WAY = "card-way"
# The cookie that names the journey that waits.
ONWARD = "onward"
ACCOUNT = "/account"


def is_wished(services: Services, tx: Tx, wished: LoginRequest) -> bool:
    """Whether the account comes first; on the way to a page of the account it does anyhow."""
    if "page" in wished.payload:
        return False
    if request.method == "POST":
        return request.form.get(WISH) == "1"
    # Back from the card's own address: what was ticked before leaving waits in the journey.
    return bool(services.core.journeys.state(tx, wished.id).get(WAY, {}).get(WISH))


def account_first(services: Services, visit: Visit, wished: LoginRequest) -> Answer:
    """To the account, with the way on kept in this browser."""
    if wished.application is not None:
        visit.cookies.append(services.core.jar.set(ONWARD, wished.id))
    return see_other(ACCOUNT)


class Onward:
    """Gives the account's pages the way on to the application, where one waits."""

    def __init__(self, services: Services, steering: Steering) -> None:
        self._services = services
        self._steering = steering

    def mount(self, app: Flask) -> None:
        """`onward()` for templates."""
        app.context_processor(lambda: {"onward": self.link})

    def link(self) -> dict[str, str] | None:
        """The application that waits in this browser: its name, and the journey's address."""
        if "onward" not in g:
            g.onward = self._find()
        found: dict[str, str] | None = g.onward
        return found

    def _find(self) -> dict[str, str] | None:
        core, visit = self._services.core, Visit(self._services)
        journey = visit.call.cookie(core.jar.name(ONWARD))
        if not journey or visit.session is None:
            return None
        with core.database.read() as tx:
            found = core.journeys.find(tx, journey, visit.browser)
            if isinstance(found, Stopped):
                return None
            application = self._steering.application(tx, found)
        if application is None:
            return None
        return {"name": application.name, "url": f"/login/{found.id}"}
