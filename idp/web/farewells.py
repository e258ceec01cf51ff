# SPDX-License-Identifier: Apache-2.0
"""A logout that the browser carries: who is told by now, and where it goes on when all is said.

Nothing here ends a session: that was done before the page is shown. Each application that only the
browser can tell is asked in a frame; whoever did not answer there can be asked once more in a page
of its own, where the browser sends its cookies along.
"""

from typing import Any

from flask import request

from connectors.capabilities import LogoutThere, LogsOut
from idp.applications.values import Application
from idp.http.addresses import origin_of
from idp.http.farewell import (
    Onward,
    carry,
    go_on,
    goodbye_page,
    read_onward,
    shown_asking,
    there_of,
)
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Core, Services
from idp.http.wire import NO_STORE, Answer, Page, Reply, json_reply, see_other
from idp.login.answers import Parting
from idp.sessions.farewells import MOST_TRIES, PATIENCE, Call, Farewell, Part, State
from idp.web.means import label_of
from idp.web.visit import Visit

# What a browser may need on top, before the page without a script comes again.
SPARE = 1


class FarewellPages:
    """Everything under /logout/<name>."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core: Core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page("/logout/<farewell>", "farewell", self.show)
        app.page("/logout/<farewell>/state", "farewell_state", self.tell)
        app.page("/logout/<farewell>/ask/<call>", "farewell_ask", self.ask)
        app.page("/logout/<farewell>/told/<asked>", "farewell_told", self.hear)
        app.page("/logout/<farewell>/on", "farewell_on", self.leave)

    def show(self, farewell: str) -> Answer:
        """Who is told; the frames that tell the others; at the end, the way on."""
        found = self._find(farewell)
        if found is None:
            return problem_page("not-found", status=404)
        if found.is_over or "now" in request.args:
            return self._end(found)
        if not found.is_shown:
            with self._core.database.write() as tx:
                self._core.farewells.show(tx, found.id)
        return self._under_way(found)

    def tell(self, farewell: str) -> Answer:
        """The same for a script."""
        found = self._find(farewell)
        if found is None:
            return json_reply({"over": True, "states": {}}, 404)
        states = {one.id: one.state.value for one in found.applications}
        return json_reply({"over": found.is_over, "states": states})

    def ask(self, farewell: str, call: str) -> Answer:
        """Lead the browser to an application, which answers to whoever knows its protocol."""
        found = self._find(farewell)
        if found is None:
            return problem_page("not-found", status=404)
        with self._core.database.write() as tx:
            asked = self._core.farewells.ask(tx, found.id, call)
        if asked is None:
            return see_other(self._address(found))
        part, name = asked
        if part.means:
            return self._lead_out(found, part, name)
        application, parting = self._known(part.application)
        handover = None
        if application is not None and parting is not None:
            handover = parting.lead(application, part.account, part.session, name)
        if handover is None or application is None or parting is None:
            return see_other(self._address(found))
        if not parting.is_silent:
            return carry(handover, framed=True)
        if request.headers.get("Sec-Fetch-Dest") == "document":
            # In a page of its own it finds its cookies, and says by itself how it ended.
            with self._core.database.write() as tx:
                self._core.farewells.hear(tx, found.id, name)
            return see_other(handover.url)
        return self._whisper(found, name, application, handover.url)

    def hear(self, farewell: str, asked: str) -> Answer:
        """An application that answers nothing was asked in its frame, whatever came of it."""
        found = self._find(farewell)
        if found is None:
            return problem_page("not-found", status=404)
        with self._core.database.write() as tx:
            self._core.farewells.hear(tx, found.id, asked)
        # Inside a frame nothing is shown of it.
        if request.headers.get("Sec-Fetch-Dest", "document") != "document":
            return Reply(204, list(NO_STORE))
        return see_other(self._address(found))

    def leave(self, farewell: str) -> Answer:
        """Where the person wanted to be, or whoever asked hears how it ended."""
        found = self._find(farewell)
        if found is None:
            return problem_page("not-found", status=404)
        answer = go_on(self._services, read_onward(found.onward), complete=found.is_complete)
        return answer or see_other("/")

    def _under_way(self, found: Farewell) -> Page:
        applications, sites = [], set()
        for one in found.applications:
            application, parting = self._known(one.application)
            fresh = one.state is State.WAITING and not one.tries
            if fresh and application and parting and (site := parting.site(application)):
                sites.add(site)
            applications.append(
                {
                    "id": one.id,
                    "name": application.name if application else one.application,
                    "state": one.state.value,
                    "frame": self._ask_at(found, one) if fresh else "",
                    "silent": parting is not None and parting.is_silent,
                }
            )
        context = {
            "applications": applications,
            "here": self._address(found),
            "state_url": f"{self._address(found)}/state",
            "patience": PATIENCE + SPARE,
            "person": None,
        }
        return Page(
            "logout/under_way.html", context, headers=list(NO_STORE), frames=tuple(sorted(sites))
        )

    def _end(self, found: Farewell) -> Answer:
        """Straight on where everybody knows; else a page that says who does not."""
        onward = read_onward(found.onward)
        due = self._due(found)
        if due is not None:
            return see_other(self._ask_at(found, due))
        ended = all(one.state is State.REACHED for one in found.providers)
        if found.is_asked and ended and onward:
            answer = go_on(self._services, onward, complete=found.is_complete)
            if answer is not None:
                return answer
        applications = []
        for one in found.applications:
            missed = one.is_led and one.state is not State.REACHED
            state = State.FAILED if one.state is State.WAITING else one.state
            again = self._ask_at(found, one) if missed else ""
            shown = {"name": self._name(one), "state": state.value, "again_url": again}
            applications.append(shown)
        leads_to = f"{self._address(found)}/on" if onward else ""
        providers = [self._shown(found, one) for one in found.providers]
        return goodbye_page(applications, leads_to, providers, self._asking(onward))

    def _asking(self, onward: Onward) -> dict[str, Any] | None:
        """Whom the way on leads back to."""
        found, _parting = self._known(str(onward.payload.get("application", "")))
        return shown_asking(onward, found)

    def _whisper(self, found: Farewell, name: str, application: Application, url: str) -> Page:
        context = {
            "site": url,
            "told": f"{self._address(found)}/told/{name}",
            "back": self._address(found),
            "name": application.name,
            "patience": 2 * SPARE,
            "person": None,
        }
        return Page(
            "logout/whisper.html",
            context,
            headers=list(NO_STORE),
            frames=(origin_of(url),),
            is_framed=True,
        )

    def _due(self, found: Farewell) -> Call | None:
        """Where the browser is led next, unasked: once, whatever comes of it."""
        return next(
            (
                one
                for one in found.providers
                if one.state is State.WAITING
                and not one.tries
                and there_of(self._services, one.means) is LogoutThere.ALWAYS
            ),
            None,
        )

    def _lead_out(self, found: Farewell, part: Part, name: str) -> Answer:
        """To the provider by whom they came, and back; not to one that does not answer."""
        connector: object = self._services.connectors.get(part.means)
        url = connector.way_out(part.token, name) if isinstance(connector, LogsOut) else None
        if url is not None:
            return see_other(url)
        with self._core.database.write() as tx:
            self._core.farewells.answer(tx, part.application, name, done=False)
        return see_other(self._address(found))

    def _shown(self, found: Farewell, one: Call) -> dict[str, str]:
        ended = one.state is State.REACHED
        left = self._ask_at(found, one) if not ended and one.tries < MOST_TRIES else ""
        state = "unsure" if one.state is State.WAITING and one.tries else one.state.value
        return {"name": label_of(one.means), "state": state, "url": left}

    def _find(self, farewell: str) -> Farewell | None:
        with self._core.database.read() as tx:
            return self._core.farewells.find(tx, farewell, Visit(self._services).browser)

    def _known(self, key: str) -> tuple[Application | None, Parting | None]:
        """An application, and how its protocol takes part in a logout."""
        with self._core.database.read() as tx:
            found = self._core.applications.load(tx, key)
        return found, self._services.partings.get(found.protocol) if found else None

    def _name(self, call: Call) -> str:
        application, _parting = self._known(call.application)
        return application.name if application else call.application

    def _address(self, found: Farewell) -> str:
        return f"{self._core.settings.server.issuer}/logout/{found.id}"

    def _ask_at(self, found: Farewell, call: Call) -> str:
        return f"{self._address(found)}/ask/{call.id}"
