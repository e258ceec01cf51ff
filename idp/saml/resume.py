# SPDX-License-Identifier: Apache-2.0
"""Other ways to the entrance: a posted request taken up again, and a login that begins here."""

from dataclasses import replace

from idp.db import Tx
from idp.http.entrance import Entrance
from idp.http.parameters import Parameters, parse
from idp.http.problems import problem_page
from idp.http.services import Core
from idp.http.wire import Answer, Call, Page, not_allowed
from idp.login.journeys import NoJourney, Stopped
from idp.saml.login import PROTOCOL, unasked_login
from idp.saml.pages import untrusted_page
from idp.saml.receive import Receiver, Untrusted


class ResumeEndpoint:
    """GET /saml/resume: a request that was posted, now with the browser's own cookies."""

    def __init__(self, core: Core, entrance: Entrance) -> None:
        self._core = core
        self._entrance = entrance

    def __call__(self, call: Call) -> Answer:
        """Take the request up, once."""
        if call.method != "GET":
            return not_allowed("GET")
        query = parse(call.query)
        if not isinstance(query, Parameters):
            return problem_page("request-unreadable", status=query.status)
        kept = query.get("journey")
        with self._core.database.read() as tx:
            waiting = self._core.journeys.find(tx, kept, query.get("handle"))
            if isinstance(waiting, Stopped) or waiting.protocol != PROTOCOL:
                return _stopped(waiting.why if isinstance(waiting, Stopped) else NoJourney.UNKNOWN)
            application = self._core.applications.load(tx, waiting.application or "")
            wished = replace(waiting, id=self._core.entropy.token(16))
            found = self._entrance.look(tx, call, wished, application)

        def taken(tx: Tx) -> Page | None:
            return None if self._core.journeys.finish(tx, kept) else _stopped(NoJourney.FINISHED)

        return self._entrance.go_on(call, wished, application, found, taken)


class StartEndpoint:
    """GET /saml/start: somebody begins here, towards an application that takes it so."""

    def __init__(
        self,
        core: Core,
        entrance: Entrance,
        receiver: Receiver,
    ) -> None:
        self._core = core
        self._entrance = entrance
        self._receiver = receiver

    def __call__(self, call: Call) -> Answer:
        """Begin a login that no application asked for."""
        if call.method != "GET":
            return not_allowed("GET")
        query = parse(call.query)
        if not isinstance(query, Parameters):
            return problem_page("request-unreadable", status=query.status)
        with self._core.database.read() as tx:
            named = self._core.applications.load(tx, query.get("application"))
            opened = self._receiver.find(tx, named.known_as if named else "")
            # SM-040: off unless the application's own registration says otherwise.
            if not isinstance(opened, Untrusted) and not opened.idp_initiated:
                opened = Untrusted("application-misconfigured", "it must ask for logins itself")
            if isinstance(opened, Untrusted):
                return untrusted_page(opened)
            wished = unasked_login(opened, self._core.entropy, self._core.clock.now())
            found = self._entrance.look(tx, call, wished, opened.application)
        return self._entrance.go_on(call, wished, opened.application, found)


def _stopped(why: NoJourney) -> Page:
    return problem_page(why.value, status=404 if why is NoJourney.UNKNOWN else 410)
