# SPDX-License-Identifier: Apache-2.0
"""Step 1: a card is read by the workstation's agent, or shown by TLS; or there is none.

The certificate is judged like that of a login, and opens nothing: it says who asks.
"""

import base64
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, urlencode

from flask import request as asked
from flask_babel import get_locale
from flask_babel import gettext as _

from connectors.base import Ask, Attempt, Evidence, Reason, Verified
from connectors.capabilities import Introduces
from idp.accounts import national_ids
from idp.credentials import cards
from idp.credentials.card_desk import KIND as CARD
from idp.credentials.card_handovers import REQUEST, NoCertificate
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, json_reply, see_other
from idp.registration.details import number_on
from idp.registration.prefill import with_card
from idp.registration.values import CardShown, Content, Request
from idp.web.card_door import LANGUAGE
from idp.web.card_words import Words, card_words
from idp.web.errand import PSC, sites_of
from idp.web.registration.elsewhere import shown_elsewhere
from idp.web.registration.entry import STEPS, Draft, draft_of, show, standing
from idp.web.registration.words import profession_of

HERE: Final = STEPS[0]


class CardPages:
    """Under /registration/card."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._connector = services.connectors.get(CARD)

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "registration_card", self.show)
        app.page(HERE, "registration_card_said", self.answer, methods=["POST"])
        app.page(f"{HERE}/agent", "registration_card_read", self.read, methods=["POST"])
        app.page(f"{HERE}/statement", "registration_statement", self.statement)
        app.page(f"{HERE}/away", "registration_card_away", self.leave, methods=["POST"])
        app.page(f"{HERE}/<value>", "registration_card_back", self.come_back)

    def show(self) -> Answer:
        """Is there a card?"""
        draft = draft_of(self._services, 1)
        if not isinstance(draft, Draft):
            return draft
        return self._page(draft.request, reading=asked.args.get("read") == "1")

    def _page(
        self,
        request: Request,
        *,
        reading: bool = False,
        error: str = "",
        told: Words | None = None,
        status: int = 200,
    ) -> Answer:
        settings, content = self._core.settings.cards, request.content
        here = self._connector is not None and bool(settings.agents or settings.address)
        card = content.card
        context: dict[str, Any] = standing(request) | {
            "answer": {
                "has_card": content.has_card,
                "again": content.has_card is None and bool(content.details.email),
                "error": error,
                "told": told,
                "known": told is not None and told.title == known_words().title,
                "readable": here,
                "reading": here and (reading or told is not None),
                "card": card,
                "profession": profession_of(card.profession) if card else "",
                "number": number_on(card) if card else "",
            },
            "elsewhere": shown_elsewhere(self._services, request),
            "way": {
                "agents": settings.agents,
                "statement_url": f"{HERE}/statement",
                "browser_url": f"{HERE}/away" if settings.address else "",
            },
        }
        # Only the page with the reader may speak to programs of the workstation (AG-006).
        asking = context["answer"]["reading"]
        card_door = (settings.address,) if asking and settings.address else ()
        targets = (*card_door, *sites_of(self._services, PSC))
        return show("card", context, 1, status, targets, settings.agents if asking else ())

    def answer(self) -> Answer:
        """No card; or one, which is then to be read."""
        draft = draft_of(self._services, 1)
        if not isinstance(draft, Draft):
            return draft
        said, content = asked.form.get("has_card", ""), draft.request.content
        if said == "yes":
            # With a card that was read already there is nothing more to do here.
            return see_other(STEPS[1] if content.card else f"{HERE}?read=1")
        if said != "no":
            error = _("Say whether you have a CPS card.")
            return self._page(draft.request, error=error, status=422)
        return self._keep(draft, replace(content, has_card=False, card=None, introduced=None))

    def _keep(self, draft: Draft, content: Content) -> Answer:
        request = draft.request
        with self._core.database.write() as tx:
            kept = self._core.registration.drafts.answer(tx, request, content, max(request.step, 1))
        return see_other(STEPS[1] if isinstance(kept, Request) else HERE)

    def statement(self) -> Answer:
        """What the card is to sign: it names this request, and that it is no login."""
        draft = draft_of(self._services, 1)
        if not isinstance(draft, Draft) or self._connector is None:
            return json_reply({"error": "over"}, 410)
        answer = self._connector.begin(attempt_of(draft.request))
        values = answer.values if isinstance(answer, Ask) else {}
        return json_reply({"statement": values.get("statement", "")})

    def read(self) -> Answer:
        """The agent's answer came."""
        draft = draft_of(self._services, 1)
        if not isinstance(draft, Draft):
            return draft
        form = {name: asked.form.get(name, "") for name in ("answer", "statement")}
        return self._judge(draft, Evidence(form=form, address=draft.visit.call.origin.address))

    def leave(self) -> Answer:
        """Off to the card's own address, from which this browser alone comes back."""
        draft = draft_of(self._services, 1)
        if not isinstance(draft, Draft):
            return draft
        address = self._core.settings.cards.address
        if not address:
            return see_other(HERE)
        with self._core.database.write() as tx:
            handle = self._core.handovers.begin(
                tx, f"{REQUEST}{draft.request.id}", draft.visit.browser
            )
        language = urlencode({LANGUAGE: str(get_locale())})
        return see_other(f"{address}/card/{quote(handle, safe='')}?{language}")

    def come_back(self, value: str) -> Answer:
        """Back with what the card's address read: once, in the browser that left (XC-026)."""
        draft = draft_of(self._services, 1)
        if not isinstance(draft, Draft):
            return draft
        # Whatever the address says, nothing else is logged of it.
        draft.visit.call.path = HERE
        with self._core.database.write() as tx:
            taken = self._core.handovers.take(
                tx, value, f"{REQUEST}{draft.request.id}", draft.visit.browser
            )
        if isinstance(taken, NoCertificate):
            return see_other(f"{HERE}?read=1")
        shown = base64.b64encode(taken).decode()
        address = draft.visit.call.origin.address
        return self._judge(draft, Evidence(client_certificate=shown, address=address))

    def _judge(self, draft: Draft, evidence: Evidence) -> Answer:
        if self._connector is None or not isinstance(self._connector, Introduces):
            return see_other(HERE)
        answer = self._connector.resume(attempt_of(draft.request), evidence)
        if not isinstance(answer, Verified):
            return self._page(draft.request, told=words_of(getattr(answer, "reason", None)))
        who = self._connector.introduce(answer.identity)
        if who.card is None:
            return see_other(HERE)
        shown = CardShown(
            serial=who.card.serial,
            kind=who.card.kind,
            national_id=who.national_id,
            last_name=who.last_name,
            first_name=who.first_name,
            # Its code, as cards write it.
            profession=str(answer.identity.claims.get("profession", "")),
            valid_until=who.card.valid_until,
            family=who.family,
            authority=who.card.authority,
            certificate_serial=who.card.certificate_serial,
        )
        if self._has_account(shown):
            # Whoever holds the card is told: it is their own account.
            return self._page(draft.request, told=known_words())
        return self._keep(draft, with_card(draft.request.content, shown))

    def _has_account(self, shown: CardShown) -> bool:
        with self._core.database.read() as tx:
            numbered = national_ids.holders(tx, shown.national_id)
            return bool(numbered) or cards.find(tx, shown.serial) is not None


def attempt_of(request: Request) -> Attempt:
    """A card that is read for a request signs its id, and that it is a registration."""
    return Attempt(request.id, None, HERE, purpose="registration")


def words_of(reason: Reason | None) -> Words:
    """Why the card was not taken."""
    found = card_words(reason) if reason else None
    return found or Words(_("The card could not be read"), _("Nothing is lost: try again."))


def known_words() -> Words:
    """There is an account already."""
    return Words(
        _("You already have an account"),
        _("Your card is known here: log in with it, there is nothing to ask for."),
    )
