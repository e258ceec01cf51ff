# SPDX-License-Identifier: Apache-2.0
"""Where a person types the code that a device shows; from there the usual way of a login leads on.

The code alone opens nothing: it begins a journey in this browser, whose last page shows what was
asked, and asks (OA-151).
"""

from typing import Any, Final

from flask import request
from flask_babel import gettext as _

from idp.audit.record import Event
from idp.credentials import throttle
from idp.credentials.throttle import Limits, Reservation, Verdict
from idp.db import Tx
from idp.grants.device_requests import DeviceRequest, grouped, plain
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.login.request import LoginRequest
from idp.web.login import address_of
from idp.web.visit import Visit

HERE: Final = "/device"
KIND: Final = "device"
MINUTE: Final = 60
HOUR: Final = 3600
NEVER: Final = 1_000_000_000
# OA-150: five wrong codes, then one a minute, and ever fewer; a right one gives back itself alone,
# or whoever may make codes of their own would guess for ever between them.
LIMITS: Final = Limits(5, MINUTE, 5 * MINUTE, 0, NEVER, HOUR)


class DevicePages:
    """GET and POST /device, and how it ended."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "device", self.ask)
        app.page(HERE, "device_code", self.take, methods=["POST"])
        for end in ("done", "refused", "over"):
            app.page(f"{HERE}/{end}", f"device_{end}", self._ending(end))

    def ask(self) -> Answer:
        """The field; filled in where the address holds a code, and nothing more."""
        code = plain(request.args.get("user_code", ""))
        return _entry(grouped(code) if code else "")

    def take(self) -> Answer:
        """A code was typed."""
        visit = Visit(self._services)
        typed = request.form.get("user_code", "")
        if plain(typed) is None:
            # What can be no code is a slip of the hand, and no guess.
            return _entry(
                typed[:32], _("A code has eight letters. Type it as your device shows it.")
            )
        core, now = self._core, self._core.clock.now()
        with core.database.write() as tx:
            reserved = [throttle.reserve(tx, key, LIMITS, now) for key in self._counters(visit)]
            until = max(one.ruling.until for one in reserved)
            blocked = any(one.ruling.verdict is not Verdict.FREE for one in reserved)
            asked = None if blocked else core.device_requests.find(tx, typed)
            wished = self._begin(tx, visit, asked, reserved) if asked else None
            if wished is None:
                self._note(tx, visit, "too-many" if blocked else "unknown")
        if wished is not None:
            return see_other(address_of(wished.id))
        if blocked:
            page = problem_page("too-many", status=429)
            page.headers.append(("Retry-After", str(max(until - now, 1))))
            return page
        return _entry(typed[:32], _("No device waits with this code. It is good for ten minutes."))

    def _counters(self, visit: Visit) -> list[str]:
        """By address, and by session: whoever walks about with one is not freed by it."""
        keys = [throttle.address_key(visit.call.origin.address, KIND)]
        if visit.session is not None:
            keys.append(throttle.name_key(KIND, visit.session.id))
        return keys

    def _begin(
        self, tx: Tx, visit: Visit, asked: DeviceRequest, reserved: list[Reservation]
    ) -> LoginRequest | None:
        for one in reserved:
            throttle.give_back(tx, one)
        wished = self._services.devices.begin(tx, asked)
        if wished is not None:
            self._core.journeys.begin(tx, wished, visit.browser)
        return wished

    def _note(self, tx: Tx, visit: Visit, why: str) -> None:
        account = visit.session.account if visit.session else None
        event = Event("device.failed", "refused", account=account, detail={"why": why})
        self._core.audit.record(tx, event, visit.call.origin)

    def _ending(self, end: str) -> Any:
        def show() -> Answer:
            return Page("device/end.html", {"end": end}, 200, (), list(NO_STORE))

        return show


def _entry(code: str, error: str = "") -> Page:
    status = 422 if error else 200
    context = {"code": code, "error": error}
    return Page("device/code.html", context, status, (), list(NO_STORE))
