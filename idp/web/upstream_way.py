# SPDX-License-Identifier: Apache-2.0
"""Back from another provider: its answer finds the journey, in the browser that left, once.

Whoever left for another errand than to log in comes back here too, and goes on to the page that
sent them: nothing of what follows is a login.

Each provider has an address of its own to come back to, so that an answer of one is never taken for
another's (BR-004). What came back is then judged like any other evidence of this means. Whoever has
logged out there comes back to another one.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _

from connectors.base import Evidence, Reason
from connectors.capabilities import Leads
from idp.applications.values import Application
from idp.audit.record import Event
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.login.aside import TICKET, brought, is_brought, opened
from idp.login.errands import MARK
from idp.login.flow import Proved
from idp.login.request import LINKING, LoginRequest
from idp.providers.values import is_kind, kind_of
from idp.sessions.farewells import LONGEST_NAME, provider_named
from idp.web.linking import Linking
from idp.web.login import LoginPages, address_of
from idp.web.own_address import at_its_own_address
from idp.web.visit import Visit

STATE = "state"


class UpstreamPages:
    """GET /upstream/<kind> and /upstream/<kind>/left; /upstream/idp/<alias> of those added."""

    def __init__(
        self, services: Services, login: LoginPages, errands: Mapping[str, Callable[[str], Answer]]
    ) -> None:
        self._core = services.core
        # What pages of ours send people there for, other than to log in.
        self._errands = errands
        self._services = services
        self._login = login
        self._linking = Linking(services)

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page("/upstream/<kind>", "upstream_back", self.come_back)
        app.page("/upstream/<kind>/left", "upstream_left", self.come_out)
        app.page("/upstream/idp/<alias>", "added_back", self.come_back_from_added)

    def come_back_from_added(self, alias: str) -> Answer:
        """The same, from a provider that an administrator added."""
        return self._come_back(kind_of(alias))

    def come_back(self, kind: str) -> Answer:
        """Judge what the browser brought."""
        # One of those that were added comes back to its own address, and not to this.
        return self._come_back("" if is_kind(kind) else kind)

    def _come_back(self, kind: str) -> Answer:
        visit = Visit(self._services)
        # The journey's name, and what was put aside for its way back (BR-002: it is no session).
        state = request.args.get(STATE, "")
        journey = state.partition(".")[0]
        errand = self._errands.get(journey.partition(MARK)[0]) if MARK in journey else None
        evidence = _evidence(visit)
        ticket = evidence.query.get(TICKET, "")
        if errand is not None:
            answer = errand(kind)
            self._drop(kind, state, ticket, errand=True)
            return answer
        found = self._login.open(visit, journey)
        if not isinstance(found, tuple):
            self._drop(kind, state, ticket)
            return found
        wished, application, step = found
        if wished.protocol == LINKING:
            kept = self._take(wished, kind, state, ticket)
            return self._linking.come_back(visit, wished, kind, evidence, kept)
        asked = self._login.asked(visit, wished, application, step, kind)
        if asked is None or not isinstance(self._services.connectors[kind], Leads):
            if self._is_closed(kind):
                return self._closed(visit, wished, application, kind)
            return see_other(address_of(journey))
        kept = self._take(wished, kind, state, ticket)
        if kept is None and isinstance(step, Proved):
            # A page that was reloaded, of somebody who is in.
            return see_other(address_of(journey))
        answer = self._login.judge(visit, wished, application, asked, kind, evidence, kept or {})
        # At an address without what they came with.
        return at_its_own_address(self._core, visit, journey, answer)

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

    def _is_closed(self, kind: str) -> bool:
        """Whether it is a provider that is here, and by which nobody logs in."""
        return kind in self._services.added.providers() and kind not in self._services.connectors

    def _take(
        self, wished: LoginRequest, kind: str, state: str, ticket: str
    ) -> dict[str, Any] | None:
        core = self._core
        with core.database.write() as tx:
            # BR-003: whoever is first has it; for all others it was never there.
            kept = core.journeys.take_aside(tx, wished.id, kind, STATE, state)
        if kept is None:
            return None
        return opened(core.ring, wished.id, kind, brought(core.lookup, kept, ticket))

    def _drop(self, kind: str, state: str, ticket: str, *, errand: bool = False) -> None:
        """BR-001: what was posted by a browser that did not leave waits for nobody."""
        core, journey = self._core, state.partition(".")[0]
        if not ticket or not state.isprintable():
            return
        with core.database.read() as tx:
            found = core.errands.aside(tx, state, kind) if errand else None
            kept = found if errand else core.journeys.aside(tx, journey, kind, STATE, state)
        if kept is None or not is_brought(core.lookup, kept, ticket):
            return
        with core.database.write() as tx:
            if errand:
                core.errands.drop(tx, state)
            else:
                core.journeys.take_aside(tx, journey, kind, STATE, state)

    def _closed(
        self, visit: Visit, wished: LoginRequest, application: Application | None, kind: str
    ) -> Answer:
        """BR-012: nobody logs in by it any more, whatever was begun before."""
        event = Event(
            "login.failed",
            "refused",
            application=wished.application,
            means=kind,
            detail={"why": Reason.CLOSED.value},
        )
        with self._core.database.write() as tx:
            self._core.audit.record(tx, event, visit.call.origin)
        again = (_("Log in another way"), address_of(wished.id), True)
        return problem_page("provider-closed", status=403, application=application, actions=[again])


def _evidence(visit: Visit) -> Evidence:
    # RFC 6749 §3.1: a parameter that comes twice means nothing.
    once = {name: found[0] for name, found in request.args.lists() if len(found) == 1}
    return Evidence(query=once, address=visit.call.origin.address)
