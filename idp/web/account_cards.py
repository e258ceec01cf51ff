# SPDX-License-Identifier: Apache-2.0
"""« Cards »: those of the CPS family that belong to an account, and until when they are valid."""

from typing import Any

from flask_babel import gettext as _

from idp.accounts.values import Population
from idp.credentials.held import Held, HeldCard, held_by
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.account_page import Stamp, stamp
from idp.web.account_parts import Owner, owner_of, show

HERE = "/account/cards"
# A new card takes some weeks to come.
SOON = 60 * 86_400


class CardPages:
    """GET /account/cards."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page(HERE, "account_cards", self.listed)

    def listed(self) -> Answer:
        """The list; only professionals carry such cards."""
        owner = owner_of(self._services, HERE)
        if not isinstance(owner, Owner):
            return owner
        if owner.account.person.population is not Population.PROFESSIONAL:
            return see_other("/account")
        with self._core.database.read() as tx:
            held = held_by(tx, owner.account.id)
        return show("cards", {"cards": card_facts(held, self._core.clock.now())})


def card_facts(held: Held, now: int) -> list[dict[str, Any]]:
    """The cards, the one valid for longest first."""
    facts = []
    for one in held.cards:
        state = _state(one, now)
        standing, advice = _words(state)
        facts.append(
            {
                "kind": one.kind.upper(),
                "serial": one.serial,
                "state": state,
                "standing": standing,
                "advice": advice,
                "valid_until": Stamp(one.valid_until),
                "revoked_at": stamp(one.revoked_at),
                "first_used": stamp(one.first_used_at),
                "last_used": stamp(one.last_used_at),
            }
        )
    return facts


def _state(card: HeldCard, now: int) -> str:
    if card.revoked_at is not None:
        return "revoked"
    if card.valid_until <= now:
        return "expired"
    if card.first_used_at is None:
        return "unused"
    return "ending" if card.valid_until <= now + SOON else "valid"


def _words(state: str) -> tuple[str, str]:
    """How a card stands, and what to do about it; nothing where there is nothing to do."""
    words = {
        "valid": (_("Valid"), ""),
        "ending": (
            _("Runs out soon"),
            _("Ask for the next one now: it joins your account at its first login."),
        ),
        "unused": (
            _("Not used yet"),
            _("Log in once with it: one-time codes work from then on."),
        ),
        "expired": (
            _("Expired"),
            _("Log in once with your new card: it joins your account by itself."),
        ),
        "revoked": (
            _("Revoked"),
            _("It opens nothing any more. If you did not ask for this, contact support."),
        ),
    }
    standing, advice = words[state]
    return str(standing), str(advice)
