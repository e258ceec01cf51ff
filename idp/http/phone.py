# SPDX-License-Identifier: Apache-2.0
"""GET /phone/standing: how the request stands that a page waits for. It asks every other second.

One statement, in front of the pages: hundreds may wait at the same time. It tells nothing to any
browser but the one that waits (OA-172), and decides nothing: what was answered is taken by a form.
"""

from typing import Final
from urllib.parse import parse_qs

from connectors.phones import Standing
from idp.http.cookies import CookieJar
from idp.http.forms import is_browser_secret
from idp.http.wire import Answer, Call, json_reply, not_allowed
from idp.login.phone_desk import PhoneDesk

ADDRESS: Final = "/phone/standing"
LONGEST: Final = 64


class PhoneEndpoint:
    """Tells one page."""

    def __init__(self, desk: PhoneDesk, jar: CookieJar) -> None:
        self._desk = desk
        self._cookie = jar.name("browser")

    def __call__(self, call: Call) -> Answer:
        """Whether to go on waiting; whatever else is so, the journey's page tells it."""
        if call.method not in {"GET", "HEAD"}:
            return not_allowed("GET, HEAD")
        journey = parse_qs(call.query).get("journey", [""])[0]
        browser = call.cookie(self._cookie)
        if not 0 < len(journey) <= LONGEST or "\x00" in journey or not is_browser_secret(browser):
            return json_reply({"waiting": False}, 404)
        found = self._desk.look(journey, browser)
        if found is None:
            return json_reply({"waiting": False}, 404)
        return json_reply({"waiting": found.standing is Standing.WAITING, "left": found.left})
