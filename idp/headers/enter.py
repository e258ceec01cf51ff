# SPDX-License-Identifier: Apache-2.0
"""The browser comes from an application's proxy: into the login, or straight back."""

import re
from urllib.parse import parse_qsl

from idp.applications.registration import BadRegistration
from idp.applications.values import Application
from idp.headers.site import Site, Sites
from idp.http.addresses import origin_of
from idp.http.entrance import Entrance
from idp.http.problems import problem_page
from idp.http.services import Core
from idp.http.wire import Answer, Call, not_allowed
from idp.login.request import LoginRequest
from idp.login.steering import Steering

LONGEST_QUERY = 16_384
BROWSER = re.compile(r"[0-9a-f]{33}")
ADDRESS = re.compile(r"[\x21-\x5b\x5d-\x7e]{1,4400}")


class EnterEndpoint:
    """GET /headers/enter."""

    def __init__(self, core: Core, steering: Steering, sites: Sites) -> None:
        self._core = core
        self._entrance = Entrance(core, steering)
        self._sites = sites

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        if call.method != "GET":
            # A HEAD, such as a link scanner sends, must not use anything up.
            return not_allowed("GET")
        asked = read_query(call.query)
        with self._core.database.read() as tx:
            application = self._core.applications.load(tx, asked.get("application", ""))
            site = self._site(application)
            if application is None or site is None:
                return problem_page("application-unknown", status=400)
            request = self._request(site, asked)
            if request is None:
                # OA-001: never on to an address that is not the application's own.
                return problem_page("request-unreadable", status=400, application=application)
            found = self._entrance.look(tx, call, request, application)
        return self._entrance.go_on(call, request, application, found)

    def _site(self, application: Application | None) -> Site | None:
        if application is None or application.protocol != "headers":
            return None
        try:
            return self._sites.of(application)
        except BadRegistration:
            return None

    def _request(self, site: Site, asked: dict[str, str]) -> LoginRequest | None:
        leads_to, browser = asked.get("to", ""), asked.get("browser", "")
        if not ADDRESS.fullmatch(leads_to) or not BROWSER.fullmatch(browser):
            return None
        origin = next((one for one in site.origins if leads_to.startswith(one + "/")), None)
        if origin is None or origin_of(leads_to) != origin:
            return None
        return LoginRequest(
            id=self._core.entropy.token(16),
            protocol="headers",
            application=site.application.key,
            asked_at=self._core.clock.now(),
            scope=site.scopes,
            payload={"to": leads_to, "origin": origin, "browser": browser},
        )


class StoppedEndpoint:
    """GET /headers/stopped: what a proxy's visitor is told here, since our pages live here."""

    WHY = frozenset({"not-sent", "no-way-back"})

    def __init__(self, core: Core) -> None:
        self._core = core

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        if call.method not in {"GET", "HEAD"}:
            return not_allowed("GET", "HEAD")
        asked = read_query(call.query)
        with self._core.database.read() as tx:
            application = self._core.applications.load(tx, asked.get("application", ""))
        if application is None or application.protocol != "headers":
            return problem_page("application-unknown", status=400)
        why = asked.get("why", "")
        name = f"headers-{why}" if why in self.WHY else "request-unreadable"
        return problem_page(name, status=400, application=application)


def read_query(query: str) -> dict[str, str]:
    """Names and values; nothing where one is named twice or it can't be read."""
    if len(query) > LONGEST_QUERY:
        return {}
    try:
        pairs = parse_qsl(query, errors="strict", max_num_fields=8)
    except ValueError:
        return {}
    values = dict(pairs)
    return values if len(values) == len(pairs) else {}
