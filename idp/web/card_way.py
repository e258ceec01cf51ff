# SPDX-License-Identifier: Apache-2.0
"""A card by TLS, as the journey sees it: off to the card's own address, and back with what it read.

The way out is a form of ours; the way back is an address that works once, for half a minute, in the
browser that left (XC-026). What came back is then judged like any other evidence of this means.
"""

import base64
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

from flask import request
from flask_babel import get_locale

from connectors.base import Evidence, Reason
from idp.credentials.card_desk import KIND as CARD
from idp.credentials.card_handovers import NoCertificate
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.login.attempt import Failed
from idp.web.card_door import LANGUAGE
from idp.web.choosing import choosing_page
from idp.web.login import LoginPages, address_of
from idp.web.visit import Visit

# What was ticked beside the card's button waits here for the way back.
WAY: Final = "card-way"
TICKS: Final = ("account",)


class CardWayPages:
    """POST /login/<journey>/card, and GET /login/<journey>/card/<value>."""

    def __init__(self, services: Services, login: LoginPages) -> None:
        self._core = services.core
        self._services = services
        self._login = login

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page("/login/<journey>/card", "card_away", self.leave, methods=["POST"])
        app.page("/login/<journey>/card/<value>", "card_back", self.come_back)

    def leave(self, journey: str) -> Answer:
        """Off to the card's own address, from which this browser alone comes back."""
        visit = Visit(self._services)
        opened = self._login.open(visit, journey)
        if not isinstance(opened, tuple):
            return opened
        wished, application, step = opened
        address = self._core.settings.cards.address
        asked = self._login.asked(visit, wished, application, step, CARD)
        if not address or asked is None:
            return see_other(address_of(journey))
        with self._core.database.write() as tx:
            handle = self._core.handovers.begin(tx, wished.id, visit.browser)
            self._core.journeys.put_aside(tx, wished.id, WAY, ticked(request.form))
        language = urlencode({LANGUAGE: str(get_locale())})
        return see_other(f"{address}/card/{quote(handle, safe='')}?{language}")

    def come_back(self, journey: str, value: str) -> Answer:
        """Back with what the card's address read: once, in the browser that left."""
        visit = Visit(self._services)
        # Whatever the address says, nothing else is logged of it.
        visit.call.path = "/login/card"
        # Taken before anything is looked at: presented in another browser it is worth nothing any
        # more, to nobody.
        with self._core.database.write() as tx:
            taken = self._core.handovers.take(tx, value, journey, visit.browser)
        opened = self._login.open(visit, journey)
        if not isinstance(opened, tuple):
            return opened
        wished, application, step = opened
        asked = self._login.asked(visit, wished, application, step, CARD)
        if asked is None or taken in {NoCertificate.UNKNOWN, NoCertificate.ELSEWHERE}:
            # OA-173: a page that is reloaded, or an address made up, is the journey's own page.
            return see_other(address_of(journey))
        if isinstance(taken, NoCertificate):
            stage = self._login.stage(visit, wished, application)
            return choosing_page(stage, asked, CARD, Failed(Reason.EXPIRED))
        with self._core.database.read() as tx:
            form = self._core.journeys.state(tx, wished.id).get(WAY, {})
        evidence = Evidence(
            form=form,
            client_certificate=base64.b64encode(taken).decode(),
            address=visit.call.origin.address,
        )
        return self._login.judge(visit, wished, application, asked, CARD, evidence)


def ticked(form: Mapping[str, str]) -> dict[str, str] | None:
    """The boxes of the page that were ticked; nothing where none was."""
    return {name: "1" for name in TICKS if form.get(name)} or None
