# SPDX-License-Identifier: Apache-2.0
"""From a verified request straight through the gate, or into a journey: alike for each protocol."""

from collections.abc import Callable

from idp.applications.values import Application
from idp.db import Tx
from idp.http.forms import is_browser_secret
from idp.http.handover import hand_over
from idp.http.services import Core
from idp.http.wire import Answer, Call, Reply, see_other
from idp.login.answers import Handover
from idp.login.flow import Finish, Refusal, Refuse, Step
from idp.login.request import LoginRequest
from idp.login.steering import Steering
from idp.sessions.values import Session

# What must be so in the same transaction as the entry; an answer where it is not.
Condition = Callable[[Tx], Answer | None]


def unconditional(_tx: Tx) -> None:
    """Nothing more is asked."""


class Entrance:
    """Takes a request on."""

    def __init__(self, core: Core, steering: Steering) -> None:
        self._core = core
        self._steering = steering
        self._session_cookie = core.jar.name("session")
        self._browser_cookie = core.jar.name("browser")
        self._issuer = core.settings.server.issuer

    def has_session_cookie(self, call: Call) -> bool:
        """Whether the browser sent one, of whatever worth."""
        return bool(call.cookie(self._session_cookie))

    def look(
        self, tx: Tx, call: Call, request: LoginRequest, application: Application | None
    ) -> tuple[Session | None, Step]:
        """The session of this browser, and what comes next."""
        session = self.session(tx, call)
        return session, self._steering.step(tx, request, application, session)

    def session(self, tx: Tx, call: Call) -> Session | None:
        """The live session of this browser."""
        secret = call.cookie(self._session_cookie)
        return self._core.sessions.find(tx, secret) if secret else None

    def go_on(
        self,
        call: Call,
        request: LoginRequest,
        application: Application | None,
        found: tuple[Session | None, Step],
        condition: Condition = unconditional,
    ) -> Answer:
        """Let the person in, refuse them, or begin their journey."""
        session, step = found
        if isinstance(step, Finish) and session is not None:
            with self._core.database.write() as tx:
                stopped = condition(tx)
                if stopped is not None:
                    return stopped
                entered = self._steering.enter(tx, request, application, session, call.origin)
            if isinstance(entered, Handover):
                return hand_over(entered, application)
            # The condition held, and was used up.
            step, condition = Refuse(entered), unconditional
        if isinstance(step, Refuse) and request.silent:
            answer = self.refuse(request, step.refusal)
            if answer is not None:
                # SM-032: a request that was answered is used up, whatever the answer was.
                return self._unmet(condition) or hand_over(answer, application)
        # Any other end has a page of the journey: it says why, and leads on.
        return self._begin_journey(call, request, condition)

    def refuse(self, request: LoginRequest, refusal: Refusal) -> Handover | None:
        """How the application learns of a refusal, where it can."""
        return self._steering.refuse(request, refusal)

    def _unmet(self, condition: Condition) -> Answer | None:
        if condition is unconditional:
            return None
        with self._core.database.write() as tx:
            return condition(tx)

    def _begin_journey(self, call: Call, request: LoginRequest, condition: Condition) -> Answer:
        """Keep the request for this browser and show it the way."""
        browser = call.cookie(self._browser_cookie)
        cookies = []
        if not is_browser_secret(browser):
            browser = self._core.forms.new_browser()
            cookies.append(self._core.jar.set("browser", browser))
        with self._core.database.write() as tx:
            stopped = condition(tx)
            if stopped is not None:
                return stopped
            self._core.journeys.begin(tx, request, browser)
        reply: Reply = see_other(f"{self._issuer}/login/{request.id}")
        reply.headers = [*reply.headers, *cookies]
        return reply
