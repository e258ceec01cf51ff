# SPDX-License-Identifier: Apache-2.0
"""What a card is asked to sign: fetched when it is needed, as it is good for two minutes."""

from idp.credentials.card_desk import KIND
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, json_reply
from idp.login.flow import Choose, Second
from idp.web.login import LoginPages
from idp.web.visit import Visit


class StatementPages:
    """GET /login/<journey>/cps/statement."""

    def __init__(self, services: Services, login: LoginPages) -> None:
        self._services = services
        self._login = login

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page("/login/<journey>/cps/statement", "statement", self.show)

    def show(self, journey: str) -> Answer:
        """A fresh one, for the browser of the journey and for no other."""
        visit = Visit(self._services)
        opened = self._login.open(visit, journey)
        if not isinstance(opened, tuple):
            return json_reply({"error": "over"}, 410)
        wished, application, step = opened
        if not isinstance(step, Choose | Second) or KIND not in step.means:
            return json_reply({"error": "over"}, 410)
        answer = self._login.stage(visit, wished, application).begin(KIND, None)
        statement = getattr(answer, "values", {}).get("statement", "")
        return json_reply({"statement": statement})
