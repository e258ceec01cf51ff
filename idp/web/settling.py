# SPDX-License-Identifier: Apache-2.0
"""How a person ends a journey: they choose an activity, agree to what is released, or turn back."""

from flask import request

from idp.applications.values import Application
from idp.http.flask_app import PageServer
from idp.http.handover import hand_over
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.login.flow import ChooseActivity, Consent, Refusal
from idp.login.journeys import NoJourney, Stopped
from idp.login.request import LoginRequest
from idp.login.steering import Steering
from idp.web.activity import ACTIVITY
from idp.web.consent import agreed_scope
from idp.web.login import LoginPages, address_of
from idp.web.refusing import refused_page, stopped_page
from idp.web.visit import Visit


class SettlingPages:
    """POST /login/<journey>/activity, /login/<journey>/consent and /login/<journey>/cancel."""

    def __init__(self, services: Services, steering: Steering, login: LoginPages) -> None:
        self._services = services
        self._core = services.core
        self._steering = steering
        self._login = login

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page("/login/<journey>/activity", "activity", self.activity, methods=["POST"])
        app.page("/login/<journey>/consent", "consent", self.consent, methods=["POST"])
        app.page("/login/<journey>/cancel", "cancel", self.cancel, methods=["POST"])

    def activity(self, journey: str) -> Answer:
        """The person chose in which activity they come; the journey goes on."""
        visit = Visit(self._services)
        opened = self._login.open(visit, journey)
        if not isinstance(opened, tuple):
            return opened
        wished, application, step = opened
        session = visit.session
        if isinstance(step, ChooseActivity) and session is not None and application is not None:
            shown = self._core.tickets.read(ACTIVITY, visit.browser, request.form.get("ticket", ""))
            wanted = {"journey": wished.id, "session": session.id}
            mark = request.form.get("activity", "")
            chosen = next((one for one in step.among if one.mark == mark), None)
            if shown == wanted and chosen is not None:
                with self._core.database.write() as tx:
                    self._core.activities.choose(
                        tx, session.account, application.key, chosen, visit.call.origin
                    )
        return see_other(address_of(journey))

    def consent(self, journey: str) -> Answer:
        """The person agreed to what was shown, or didn't."""
        visit = Visit(self._services)
        opened = self._login.open(visit, journey)
        if not isinstance(opened, tuple):
            return opened
        wished, application, step = opened
        session = visit.session
        if not isinstance(step, Consent) or session is None or application is None:
            return see_other(address_of(journey))
        if request.form.get("answer") != "accept":
            return self._end(visit, wished, application, Refusal.CONSENT_REFUSED)
        scope = agreed_scope(self._services, visit, wished, session)
        if scope is None or scope != step.scope:
            return see_other(address_of(journey))
        with self._core.database.write() as tx:
            self._core.consents.give(tx, session.account, application.key, scope, visit.call.origin)
            if not self._core.journeys.finish(tx, wished.id):
                return stopped_page(visit, Stopped(NoJourney.FINISHED, wished), application)
            entered = self._steering.enter(tx, wished, application, session, visit.call.origin)
        if isinstance(entered, Refusal):
            return refused_page(self._core, self._steering, wished, application, entered)
        return hand_over(entered, application)

    def cancel(self, journey: str) -> Answer:
        """The person turned back."""
        visit = Visit(self._services)
        opened = self._login.open(visit, journey)
        if not isinstance(opened, tuple):
            return opened
        wished, application, _step = opened
        return self._end(visit, wished, application, Refusal.CANCELLED)

    def _end(
        self,
        visit: Visit,
        wished: LoginRequest,
        application: Application | None,
        refusal: Refusal,
    ) -> Answer:
        with self._core.database.write() as tx:
            if not self._core.journeys.finish(tx, wished.id):
                return stopped_page(visit, Stopped(NoJourney.FINISHED, wished), application)
            self._steering.note_refusal(tx, wished, refusal, visit.session, visit.call.origin)
        back = self._steering.refuse(wished, refusal)
        return hand_over(back, application) if back else see_other("/")
