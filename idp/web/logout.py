# SPDX-License-Identifier: Apache-2.0
"""Logging out from our own pages, and the confirmation that a protocol's edge asked for."""

from flask import request

from idp.http.farewell import NOBODY, PURPOSE, Onward, ask_first, say_goodbye
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.visit import Visit


class LogoutPages:
    """GET and POST /logout."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page("/logout", "logout", self.ask)
        app.page("/logout", "logout_now", self.leave, methods=["POST"])

    def ask(self) -> Answer:
        """The question; a visitor without a session is told that there is none."""
        visit = Visit(self._services)
        session = visit.session or visit.find_stale()
        if session is None:
            return say_goodbye(self._services, NOBODY)
        return ask_first(self._services, visit.call, session, None, "")

    def leave(self) -> Answer:
        """End the session and tell everybody."""
        visit = Visit(self._services)
        ticket = request.form.get("ticket", "")
        asked = self._services.core.tickets.read(PURPOSE, visit.browser, ticket)
        if asked is None:
            return problem_page("form-expired", status=403)
        leads_to = str(asked.get("to", ""))
        session = visit.session or visit.find_stale()
        if session is None:
            return say_goodbye(self._services, NOBODY, Onward(leads_to))
        if session.id != asked.get("session"):
            # Somebody else has logged in here since: asked again, for their session (OA-180).
            return see_other("/logout")
        with self._services.core.database.read() as tx:
            asking = self._services.core.applications.load(tx, str(asked.get("by", "")))
        gone = self._services.leaving.leave(session, "person", visit.call.origin)
        return say_goodbye(self._services, gone, Onward(leads_to), asking)
