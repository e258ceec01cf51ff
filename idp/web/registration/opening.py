# SPDX-License-Identifier: Apache-2.0
"""The page that explains the four steps; the terms; and the way back to a request by e-mail."""

from flask import request as asked
from flask_babel import gettext as _

from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.registration import details as step_two
from idp.registration.drafts import EDITED, Held, No
from idp.registration.terms import version_of
from idp.web.registration.entry import (
    COOKIE,
    HOME,
    STATUS,
    STEPS,
    held,
    locale_of,
    show,
    too_often,
)
from idp.web.visit import Visit


class OpeningPages:
    """GET and POST /registration, /registration/back."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._drafts = services.core.registration.drafts

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HOME, "registration", self.show)
        app.page(HOME, "registration_begun", self.begin, methods=["POST"])
        app.page(f"{HOME}/back", "registration_back", self.ask_back)
        app.page(f"{HOME}/back", "registration_asked_back", self.send_back, methods=["POST"])
        app.page(f"{HOME}/back/sent", "registration_back_sent", self.sent_back)

    def show(self) -> Answer:
        """What awaits, and what is agreed to."""
        return self._page() if self._drafts.open else self._closed()

    def _page(self, error: str = "") -> Answer:
        request = held(self._services, Visit(self._services))
        going_on = ""
        if request is not None:
            going_on = STEPS[min(request.step, 3)] if request.stage in EDITED else STATUS
        days = self._core.settings.registration.draft_life // 86_400
        context = {"opening": {"error": error, "going_on": going_on, "days": days}}
        return show("opening", context, status=422 if error else 200)

    def _closed(self) -> Answer:
        return problem_page("registration-closed", status=403)

    def begin(self) -> Answer:
        """The terms are accepted, in the version that stands."""
        if not self._drafts.open:
            return self._closed()
        if asked.form.get("terms") != "yes":
            return self._page(_("Tick the box to accept the terms of use and go on."))
        visit = Visit(self._services)
        terms = version_of(self._core.settings.region.terms)
        with self._core.database.write() as tx:
            begun = self._drafts.begin(tx, terms, locale_of(self._core), visit.call.origin)
        if not isinstance(begun, Held):
            return too_often() if begun is No.TOO_OFTEN else self._closed()
        answer = see_other(STEPS[0])
        # It ends with the browser: whoever sits at this workstation next finds nothing.
        answer.headers.append(self._core.jar.set(COOKIE, begun.holder))
        return answer

    def ask_back(self) -> Answer:
        """Where is the link to go?"""
        return show("back", {"back": {"email": "", "error": ""}})

    def send_back(self) -> Answer:
        """The same answer for everybody, whether there is a request or not (CR-030)."""
        typed = step_two.tidy(asked.form.get("email", ""), 254)
        if not typed or step_two.email_fault(typed):
            error = _("Type your e-mail address, such as name@example.org.")
            return show("back", {"back": {"email": typed, "error": error}}, status=422)
        visit = Visit(self._services)
        with self._core.database.write() as tx:
            self._drafts.ask_back(tx, typed, visit.call.origin)
        return see_other(f"{HOME}/back/sent")

    def sent_back(self) -> Answer:
        """What happens now."""
        hours = self._core.settings.registration.link_life // 3600
        return show("back_sent", {"back": {"hours": max(hours, 1)}})
