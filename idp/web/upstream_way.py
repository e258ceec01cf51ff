# SPDX-License-Identifier: Apache-2.0
"""Back from another provider: its answer finds the journey, in the browser that left, once.

Whoever left for another errand than to log in comes back here too, and goes on to the page that
sent them: nothing of what follows is a login.

Each provider has an address of its own to come back to, so that an answer of one is never taken for
another's (BR-004). What came back is then judged like any other evidence of this means. Whoever has
logged out there comes back to another one.
"""

from collections.abc import Callable, Mapping

from flask import request

from connectors.base import Evidence
from connectors.capabilities import Leads
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, Page, see_other
from idp.login.errands import MARK
from idp.login.flow import Proved
from idp.sessions.farewells import LONGEST_NAME, provider_named
from idp.web.login import LoginPages, address_of
from idp.web.visit import Visit

STATE = "state"


class UpstreamPages:
    """GET /upstream/<kind>, /upstream/<kind>/left."""

    def __init__(
        self, services: Services, login: LoginPages, errands: Mapping[str, Callable[[str], Answer]]
    ) -> None:
        self._core = services.core
        # What pages of ours send people there for, other than to log in.
        self._errands = errands
        self._services = services
        self._login = login

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page("/upstream/<kind>", "upstream_back", self.come_back)
        app.page("/upstream/<kind>/left", "upstream_left", self.come_out)

    def come_back(self, kind: str) -> Answer:
        """Judge what the browser brought."""
        visit = Visit(self._services)
        # The journey's name, and what was put aside for its way back (BR-002: it is no session).
        state = request.args.get(STATE, "")
        journey = state.partition(".")[0]
        errand = self._errands.get(journey.partition(MARK)[0]) if MARK in journey else None
        if errand is not None:
            return errand(kind)
        opened = self._login.open(visit, journey)
        if not isinstance(opened, tuple):
            return opened
        wished, application, step = opened
        asked = self._login.asked(visit, wished, application, step, kind)
        if asked is None or not isinstance(self._services.connectors[kind], Leads):
            return see_other(address_of(journey))
        # RFC 6749 §3.1: a parameter that comes twice means nothing.
        once = {name: found[0] for name, found in request.args.lists() if len(found) == 1}
        with self._core.database.write() as tx:
            # BR-003: whoever is first has it; for all others it was never there.
            kept = self._core.journeys.take_aside(tx, wished.id, kind, STATE, state)
        if kept is None and isinstance(step, Proved):
            # A page that was reloaded, of somebody who is in.
            return see_other(address_of(journey))
        evidence = Evidence(query=once, address=visit.call.origin.address)
        answer = self._login.judge(visit, wished, application, asked, kind, evidence, kept or {})
        cookies = [one for one in answer.headers if one[0] == "Set-Cookie"]
        if isinstance(answer, Page) and cookies:
            # They are in, and asked something more: at an address without what they came with.
            answer = see_other(address_of(journey))
            answer.headers += cookies
        return answer

    def come_out(self, kind: str) -> Answer:
        """Their session there is over: on with the farewell that led the browser there."""
        asked = request.args.getlist(STATE)
        named = provider_named(kind)
        # A farewell is shown to the browser that left, and to no other: its page looks.
        usable = len(asked) == 1 and len(asked[0]) <= LONGEST_NAME and "\x00" not in asked[0] + kind
        if not usable:
            return see_other("/")
        with self._core.database.write() as tx:
            farewell = self._core.farewells.answer(tx, named, asked[0], done=True)
        return see_other(f"/logout/{farewell}" if farewell else "/")
