# SPDX-License-Identifier: Apache-2.0
"""Two ways in: a form that the browser posts, and a server that pushes and gets an address.

Neither has the launch in an address. A form posted from another site brings none of our cookies
(they are SameSite=Lax): so both ways go on by the same one-time address, opened by the browser.
"""

from collections.abc import Mapping
from typing import Final

from connectors.capabilities import BeginsElsewhere
from connectors.launches import LaunchFault as Fault
from idp.http.parameters import Unreadable, read_form
from idp.http.problems import problem_page
from idp.http.services import Core, Services
from idp.http.wire import Answer, Call, Endpoint, Reply, json_reply, not_allowed, see_other
from idp.launches.sources import MEANS
from idp.launches.waiting import OPENED_WITHIN
from idp.launching.receive import Receiver, TooMany

PROTOCOL: Final = "launch"
POSTED: Final = "/launch"
PUSHED: Final = "/launch/pushed"
FIELD: Final = "launch"


class _Way:
    """What both have in common."""

    def __init__(self, core: Core, receiver: Receiver) -> None:
        self._core = core
        self._receiver = receiver

    def _read(self, call: Call) -> str | Unreadable:
        found = read_form(call, self._core.settings.server.max_body)
        if isinstance(found, Unreadable):
            return found
        token = found.get(FIELD)
        return token or Unreadable(f"{FIELD} must be given, once")

    def _address(self, ticket: str) -> str:
        return f"{self._core.settings.server.issuer}{POSTED}/{ticket}"

    def _wait(self, found: TooMany) -> tuple[str, str]:
        return "Retry-After", str(max(found.until - self._core.clock.now(), 1))


class PostedLaunch(_Way):
    """POST /launch, by the form of a browser."""

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        if call.method != "POST":
            return not_allowed("POST")
        token = self._read(call)
        if isinstance(token, Unreadable):
            return problem_page("launch-refused", status=token.status, hint=token.why)
        found = self._receiver.receive(token, call.origin)
        if isinstance(found, TooMany):
            page = problem_page("too-many", status=429)
            page.headers = [*page.headers, self._wait(found)]
            return page
        if isinstance(found, Fault):
            return problem_page("launch-refused", status=400, hint=found.value)
        return see_other(self._address(found.ticket))


class PushedLaunch(_Way):
    """POST /launch/pushed, by a server; the shape is that of RFC 9126."""

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        if call.method != "POST":
            return not_allowed("POST")
        token = self._read(call)
        if isinstance(token, Unreadable):
            return _refusal("invalid_request", token.why, token.status)
        found = self._receiver.receive(token, call.origin)
        if isinstance(found, TooMany):
            reply = _refusal("temporarily_unavailable", "too many refused launches", 429)
            reply.headers = [*reply.headers, self._wait(found)]
            return reply
        if isinstance(found, Fault):
            return _refusal("invalid_launch", found.value)
        document = {"launch_uri": self._address(found.ticket), "expires_in": OPENED_WITHIN}
        return json_reply(document, 201)


def launch_endpoints(services: Services) -> Mapping[str, Endpoint]:
    """Path by path."""
    means = services.connectors[MEANS]
    if not isinstance(means, BeginsElsewhere):
        raise TypeError("launches have no means")
    receiver = Receiver(services.core, means, services.attempts.levels)
    return {
        POSTED: PostedLaunch(services.core, receiver),
        PUSHED: PushedLaunch(services.core, receiver),
    }


def _refusal(code: str, why: str, status: int = 400) -> Reply:
    return json_reply({"error": code, "error_description": why}, status)
