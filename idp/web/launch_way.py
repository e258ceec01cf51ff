# SPDX-License-Identifier: Apache-2.0
"""A browser opens what its establishment's software has sent: straight in, or a question first.

Whoever is logged in here is never replaced unasked: anybody may have sent a launch of their own to
this browser (login CSRF), and two people may share a workstation. Nothing is taken before they
have answered.
"""

from typing import Final

from connectors.base import Evidence
from idp.accounts import establishments, national_ids
from idp.accounts import service as accounts
from idp.db import Tx
from idp.http.flask_app import PageServer, current_call
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, not_allowed, see_other
from idp.launches.entrances import entrance_of
from idp.launches.sources import MEANS
from idp.launches.waiting import Opened
from idp.login.request import LoginRequest
from idp.sessions.values import Session
from idp.web.login import LoginPages, address_of
from idp.web.own_address import at_its_own_address
from idp.web.visit import Visit

PROTOCOL: Final = "launch"


class LaunchPages:
    """GET /launch/<ticket>, and the question."""

    def __init__(self, services: Services, login: LoginPages) -> None:
        self._core = services.core
        self._services = services
        self._login = login

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page("/launch/<ticket>", "launch", self.open)
        app.page(f"/login/<journey>/{MEANS}", "launch_question", self.ask)

    def open(self, ticket: str) -> Answer:
        """Have it lead to a journey of this browser, once."""
        call = current_call()
        # Whatever is logged from here on, the ticket is not in it.
        call.path = "/launch"
        if call.method != "GET":
            # A HEAD, such as a link scanner sends, must not use it up.
            return not_allowed("GET")
        visit, core = Visit(self._services), self._core
        journey = core.entropy.token(16)
        with core.database.write() as tx:
            found = core.launches.waiting(tx, ticket)
            wished = self._wished(tx, journey, found) if found else None
            if found is None or wished is None or not core.launches.open(tx, ticket, journey):
                return problem_page("launch-over", status=410)
            core.journeys.begin(tx, wished, visit.browser)
            core.journeys.put_aside(tx, journey, MEANS, {"launch": found.id})
            asks = self._is_somebody_else(tx, visit.session, found)
        if asks:
            return see_other(f"{address_of(journey)}/{MEANS}")
        return self._enter(visit, journey)

    def ask(self, journey: str) -> Answer:
        """« You are logged in as somebody else »."""
        visit = Visit(self._services)
        opened = self._login.open(visit, journey)
        if not isinstance(opened, tuple):
            return opened
        wished, application, _step = opened
        with self._core.database.read() as tx:
            launch = str(wished.payload.get("launch", ""))
            found = self._core.launches.look(tx, launch, wished.id) if launch else None
            if found is None or application is None:
                return see_other(address_of(journey))
            house = establishments.load(tx, found.source.establishment)
            present = visit.session
            there = accounts.load(tx, present.account) if present else None
            named = self._name_of(tx, found)
        stage = self._login.stage(visit, wished, application)
        context = {
            "application": stage.shown_application(),
            "journey": wished.id,
            "named": named,
            "there": there.person.display_name if there else None,
            "software": found.source.name,
            "establishment": house.name if house else found.source.establishment,
            "action": f"{address_of(journey)}/{MEANS}",
            "cancel_url": f"{address_of(journey)}/cancel",
        }
        targets = stage.steering.origins(wished, application)
        return Page("login/launch.html", context, 200, targets, list(NO_STORE))

    def _wished(self, tx: Tx, journey: str, found: Opened) -> LoginRequest | None:
        """A journey that asks for this proof anew; None where the application is closed now."""
        application = self._core.applications.load(tx, found.launch.application)
        entrance = entrance_of(application) if application and application.enabled else None
        if application is None or entrance is None:
            return None
        return LoginRequest(
            journey,
            PROTOCOL,
            application.key,
            self._core.clock.now(),
            force=True,
            payload={
                "launch": found.id,
                "source": found.source.key,
                "to": entrance.address,
                "told": entrance.told,
            },
        )

    def _enter(self, visit: Visit, journey: str) -> Answer:
        opened = self._login.open(visit, journey)
        if not isinstance(opened, tuple):
            return opened
        wished, application, step = opened
        asked = self._login.asked(visit, wished, application, step, MEANS)
        if asked is None:
            return see_other(address_of(journey))
        evidence = Evidence(address=visit.call.origin.address)
        answer = self._login.judge(visit, wished, application, asked, MEANS, evidence)
        return at_its_own_address(self._core, visit, journey, answer)

    def _is_somebody_else(self, tx: Tx, session: Session | None, found: Opened) -> bool:
        if session is None:
            return False
        return session.account not in national_ids.holders(tx, found.launch.national_id)

    def _name_of(self, tx: Tx, found: Opened) -> str:
        """Who the software says is at work, by the name that they have here."""
        known = sorted(national_ids.holders(tx, found.launch.national_id))
        account = accounts.load(tx, known[0]) if known else None
        if account is not None:
            return account.person.display_name
        return f"{found.launch.first_name} {found.launch.last_name}".strip()
