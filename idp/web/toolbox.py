# SPDX-License-Identifier: Apache-2.0
"""« Boîte à outils »: whether this browser has all that a login needs, in plain answers.

The page holds every possible answer; static/js/toolbox.js finds out which one is true and shows it.
Without a script it tells what the server sees by itself: cookies and the connection.
"""

from typing import Any

from flask import request

from connectors.capabilities import Tries
from idp.http.flask_app import PageServer
from idp.http.forms import is_browser_secret
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, Reply, json_reply, see_other
from idp.web.browser_checks import helpful_checks, needed_checks
from idp.web.card_checks import card_checks
from idp.web.devices import describe_device
from idp.web.visit import Visit


class ToolboxPages:
    """GET /toolbox, /toolbox/clock, /toolbox/card; POST /toolbox/card."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        means = services.connectors.values()
        self._tries = next((each for each in means if isinstance(each, Tries)), None)

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page("/toolbox", "toolbox", self.show)
        app.page("/toolbox/clock", "toolbox_clock", self.clock)
        if self._tries is not None:
            app.page("/toolbox/card", "toolbox_statement", self.statement)
            app.page("/toolbox/card", "toolbox_trial", self.judge, methods=["POST"])

    def show(self) -> Answer:
        """The page; a browser without our cookie is given one and asked to come once more."""
        visit = Visit(self._services)
        kept = is_browser_secret(visit.call.cookie(self._core.jar.name("browser")))
        if not kept and "again" not in request.args:
            return see_other("/toolbox?again=1")
        agents = self._core.settings.cards.agents
        agent_url = self._core.settings.region.agent_url
        device = describe_device(visit.call.origin.user_agent)
        context: dict[str, Any] = {
            "checks": [*needed_checks(cookies=kept), *helpful_checks()],
            "card_checks": card_checks(agent_url, trial=self._tries is not None) if agents else (),
            "agents": agents,
            "trial_url": "/toolbox/card" if agents and self._tries else "",
            "clock_url": "/toolbox/clock",
            "device": device,
        }
        return Page("pages/toolbox.html", context, headers=list(NO_STORE), connect_targets=agents)

    def statement(self) -> Reply:
        """What the card of this browser's workstation is asked to sign."""
        visitor = self._visitor()
        return json_reply({"statement": self._tries.trial(visitor) if self._tries else ""})

    def judge(self) -> Reply:
        """What the server thinks of the card that signed; nothing of it is kept."""
        visitor, form = self._visitor(), request.form.to_dict()
        word = self._tries.judge_trial(visitor, form) if self._tries else "failed"
        return json_reply({"verdict": word})

    def _visitor(self) -> str:
        return self._core.lookup.text("toolbox", Visit(self._services).browser)

    def clock(self) -> Reply:
        """The server's time in milliseconds, to compare a device's clock with."""
        return json_reply({"now": self._core.clock.micros() // 1000})
