# SPDX-License-Identifier: Apache-2.0
"""The desk's e-CPS: what lies on everybody's phone at the demo's own Pro Santé Connect.

The phones are that program's; the desk asks it and hands on what is pressed. Nothing of what is
shown here can log anybody in: only the choice of the number and the code can, as on a phone.
"""

import json
from typing import Any, Final
from urllib.parse import quote, urlencode

from flask import request
from flask_babel import gettext as _

from idp.demo.sandbox.memory import PIN
from idp.demo.sandbox.provider import REALM
from idp.http.flask_app import PageServer
from idp.http.services import Core
from idp.http.wire import Answer, see_other
from idp.outgoing.fetcher import Unreachable

PHONE: Final = "/desk/phone"
ENROL: Final = f"{PHONE}/enrolment"
URLS: Final = {"phone": PHONE, "enrol": ENROL}
# Where the page shows what came of it.
BACK: Final = "/desk"
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class PhoneDesk:
    """POST what is pressed on a phone, and how all of them stand."""

    def __init__(self, core: Core) -> None:
        self._fetcher = core.fetcher
        # None where the demo leans on no Pro Santé Connect of its own.
        issuer = core.settings.psc.issuer if core.settings.psc.ciba else ""
        self._there = issuer.removesuffix(REALM)

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(PHONE, "desk_phone", self.answer, methods=["POST"])
        app.page(ENROL, "desk_enrol", self.enrol, methods=["POST"])

    def context(self) -> dict[str, Any]:
        """What the page shows."""
        said = {
            "pin": _("This is not the code of the e-CPS: four digits."),
            "number": _("This is not the number that the login page shows."),
            "over": _("This request does not wait for an answer any more."),
        }
        told = self.state()
        without = [one for one in told["people"] if not one["enrolled"]] if told else []
        word = request.args.get("phone", "")
        return {
            "phone": told and told | {"without": without, "pin": PIN, "said": said.get(word, "")}
        }

    def state(self) -> dict[str, Any]:
        """The same for programs; empty where there are no phones, or they can't be asked."""
        if not self._there:
            return {}
        found = self._fetcher.fetch("GET", f"{self._there}/phone")
        if isinstance(found, Unreachable):
            return {}
        told: dict[str, Any] = json.loads(found.body)
        return told

    def answer(self) -> Answer:
        """Choose a number and type the code; or refuse."""
        return self._press(request.form.get("asked", ""))

    def enrol(self) -> Answer:
        """Put the application on somebody's phone."""
        return self._press("enrolment")

    def _press(self, what: str) -> Answer:
        whose = quote(request.form.get("person", ""), safe="/")
        if not self._there or not whose or not what:
            return see_other(BACK)
        fields = {name: request.form.get(name, "")[:16] for name in ("number", "pin")}
        url = f"{self._there}/phone/{whose}/{quote(what, safe='')}"
        found = self._fetcher.fetch("POST", url, headers=FORM, body=urlencode(fields).encode())
        said = "" if isinstance(found, Unreachable) else str(json.loads(found.body)["said"])
        return see_other(f"{BACK}?phone={quote(said)}#ecps" if said else f"{BACK}#ecps")
