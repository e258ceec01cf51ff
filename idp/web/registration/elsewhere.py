# SPDX-License-Identifier: Apache-2.0
"""Step 1 without a card: who asks is told by Pro Santé Connect, where they log in for it.

What it says is judged like a login's, and opens nothing: it says who asks.
"""

from typing import Any, Final

from flask import request as asked
from flask_babel import gettext as _

from connectors.base import Reason
from connectors.capabilities import Introduction, Practice
from idp.accounts import establishments, national_ids
from idp.accounts.establishments import Standing
from idp.audit.record import Event
from idp.db import Tx
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.login.errands import Errand
from idp.registration.details import number_on
from idp.registration.prefill import with_introduction
from idp.registration.values import Introduced, Request
from idp.web import errand
from idp.web.card_words import Words
from idp.web.errand import PSC
from idp.web.means import label_of
from idp.web.registration.entry import STEPS, Draft, draft_of
from idp.web.registration.words import profession_of

HERE: Final = STEPS[0]
LEAVE: Final = f"{HERE}/elsewhere"
PURPOSE: Final = "registration"
KNOWN: Final = "known"


class ElsewherePages:
    """POST /registration/card/elsewhere, and back by the provider's own address."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page(LEAVE, "registration_elsewhere", self.leave, methods=["POST"])

    def leave(self) -> Answer:
        """Off to Pro Santé Connect, from which this browser alone comes back, to this draft."""
        draft = draft_of(self._services, 1)
        if not isinstance(draft, Draft):
            return draft
        if not errand.is_set_up(self._services, PSC):
            return see_other(HERE)
        left = errand.leave(self._services, draft.visit, _errand(draft, PSC))
        return _told(left.value) if isinstance(left, Reason) else left

    def come_back(self, provider: str) -> Answer:
        """Who they are is kept with the draft; nobody is logged in by it."""
        draft = draft_of(self._services, 1)
        if not isinstance(draft, Draft):
            return draft
        # Whatever the address says, nothing else is logged of it.
        draft.visit.call.path = HERE
        if provider != PSC or not errand.is_set_up(self._services, provider):
            return see_other(HERE)
        came = errand.come_back(self._services, draft.visit, _errand(draft, provider))
        if isinstance(came, Reason):
            return _told(came.value)
        if self._has_account(came):
            # Whoever is told has proved that it is their own.
            return _told(KNOWN)
        return self._keep(draft, provider, came)

    def _has_account(self, who: Introduction) -> bool:
        with self._core.database.read() as tx:
            return bool(national_ids.holders(tx, who.national_id))

    def _keep(self, draft: Draft, provider: str, who: Introduction) -> Answer:
        request, core = draft.request, self._core
        places = who.practices or ()
        introduced = Introduced(
            means=provider,
            national_id=who.national_id,
            last_name=who.last_name,
            first_name=who.first_name,
            profession=places[0].profession_code if places else "",
            at=core.clock.now(),
        )
        with core.database.write() as tx:
            place, house = _place_of(tx, places)
            content = with_introduction(request.content, introduced, place, house)
            kept = core.registration.drafts.answer(tx, request, content, max(request.step, 1))
            if isinstance(kept, Request):
                event = Event(
                    "registration.introduced", means=provider, detail={"request": request.id}
                )
                core.audit.record(tx, event, draft.visit.call.origin)
        return see_other(STEPS[1] if isinstance(kept, Request) else HERE)


def shown_elsewhere(services: Services, request: Request) -> dict[str, Any]:
    """What step 1 says of it."""
    introduced, there = request.content.introduced, label_of(PSC)
    told, said = errand.told(), asked.args.get(errand.TOLD, "")
    if said == KNOWN:
        told = Words(
            _("You already have an account"),
            _(
                "It is known here under the number that %(there)s told: log in with it, with your "
                "card or in any other way that you have. There is nothing to ask for.",
                there=there,
            ),
        )
    return {
        "offered": errand.is_set_up(services, PSC),
        "action": LEAVE,
        "there": there,
        "told": told,
        "known": said == KNOWN,
        "introduced": introduced,
        "number": number_on(introduced) if introduced else "",
        "profession": profession_of(introduced.profession) if introduced else "",
    }


def _place_of(tx: Tx, places: tuple[Practice, ...]) -> tuple[Practice | None, str]:
    """Where they practise, an establishment of ours first."""
    for place in places:
        house = establishments.load(tx, place.finess) if place.finess else None
        if house is not None and house.state is Standing.ACTIVE:
            return place, house.key
    return (places[0] if places else None), ""


def _errand(draft: Draft, provider: str) -> Errand:
    return Errand(provider, PURPOSE, draft.request.id, draft.visit.browser)


def _told(word: str) -> Answer:
    return see_other(f"{HERE}?{errand.TOLD}={word}")
