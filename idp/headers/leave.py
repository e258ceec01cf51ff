# SPDX-License-Identifier: Apache-2.0
"""Logout from an application known by headers: its own path first, then our page."""

import hmac
from urllib.parse import urlencode

from idp.applications.registration import BadRegistration
from idp.applications.values import Application
from idp.grants.stays import Stays
from idp.headers.asked import Asked
from idp.headers.enter import read_query
from idp.headers.site import Sites
from idp.http.farewell import NOBODY, Onward, ask_first, say_goodbye
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Call, Reply, not_allowed

LEAVE = "/headers/leave"


class Leaver:
    """What lies at the application's logout path."""

    def __init__(self, services: Services, stays: Stays) -> None:
        self._core = services.core
        self._stays = stays

    def __call__(self, call: Call, asked: Asked, secret: str) -> Reply:
        """End the stay, and send the browser where its session ends."""
        site = asked.site
        key = site.application.key
        wish = {"application": key}
        headers = list(NO_STORE)
        if asked.method in {"GET", "POST"} and _is_meant(call):
            label = self._end(key, secret, call)
            if label:
                wish["session"] = label
            headers.append(site.jar(asked.origin).drop(site.cookie("stay")))
        url = f"{self._core.settings.server.issuer}{LEAVE}?{urlencode(wish)}"
        return Reply(303, [("Location", url), *headers])

    def _end(self, key: str, secret: str, call: Call) -> str:
        """End it; answers its session's name towards the application."""
        with self._core.database.read() as tx:
            found = self._stays.find(tx, key, secret)
        if found is None or found.stay is None:
            return ""
        with self._core.database.write() as tx:
            self._stays.end(tx, key, secret, "logout", call.origin)
        return self._core.sessions.label(found.stay.grant.session, key)


class LeaveEndpoint:
    """GET /headers/leave: at once for the application's own session, asked for otherwise."""

    def __init__(self, services: Services, sites: Sites) -> None:
        self._services = services
        self._core = services.core
        self._sites = sites

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        if call.method not in {"GET", "HEAD"}:
            return not_allowed("GET", "HEAD")
        asked = read_query(call.query)
        with self._core.database.read() as tx:
            application = self._core.applications.load(tx, asked.get("application", ""))
            cookie = call.cookie(self._core.jar.name("session"))
            session = self._core.sessions.find(tx, cookie, even_idle=True)
        if application is None or application.protocol != "headers":
            return problem_page("application-unknown", status=400)
        leads_to = self._logged_out(application)
        if session is None:
            return say_goodbye(self._services, NOBODY, Onward(leads_to), application)
        own = self._core.sessions.label(session.id, application.key)
        if call.method == "GET" and hmac.compare_digest(
            own.encode(), asked.get("session", "").encode()
        ):
            gone = self._services.leaving.leave(session, "application", call.origin)
            return say_goodbye(self._services, gone, Onward(leads_to), application)
        # OA-177: an image on some page must not log anybody out.
        return ask_first(self._services, call, session, application, leads_to)

    def _logged_out(self, application: Application) -> str:
        try:
            return self._sites.of(application).logged_out
        except BadRegistration:
            return ""


def _is_meant(call: Call) -> bool:
    """Whether somebody went there: no picture of a page, and no link of another site (OA-177)."""
    site, mode = call.header("Sec-Fetch-Site"), call.header("Sec-Fetch-Mode")
    return site in {"", "none", "same-origin"} and mode in {"", "navigate"}
