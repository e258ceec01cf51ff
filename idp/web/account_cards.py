# SPDX-License-Identifier: Apache-2.0
"""« Cards »: those of the CPS family that belong to an account, and until when they are valid."""

from typing import Any

from flask_babel import gettext as _

from idp.accounts.values import Population
from idp.credentials.held import Held, held_by
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.account_page import Stamp, stamp
from idp.web.account_parts import Owner, owner_of, show

HERE = "/account/cards"


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
        state, words = "valid", _("Valid")
        if one.revoked_at is not None:
            state, words = "revoked", _("Revoked")
        elif one.valid_until <= now:
            state, words = "expired", _("Expired")
        facts.append(
            {
                "kind": one.kind.upper(),
                "serial": one.serial,
                "state": state,
                "standing": str(words),
                "valid_until": Stamp(one.valid_until),
                "revoked_at": stamp(one.revoked_at),
                "first_used": stamp(one.first_used_at),
            }
        )
    return facts
