# SPDX-License-Identifier: Apache-2.0
"""« Cards »: found by their number, revoked and restored; batches of readers."""

from flask import request
from flask_babel import gettext as _

from idp.administration.authority import Denied
from idp.administration.people.card_register import CardSheet
from idp.administration.rights import Right
from idp.credentials.calculettes import Standing
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.account_page import Stamp, stamp
from idp.web.admin.asking import Question
from idp.web.admin.card_door import HERE, address_of, ask_switch, card_of, switch
from idp.web.admin.charts import grouped
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.listing import Filter, read_listing

SEE, CHANGE = Right.MEANS_SEE, Right.MEANS_REMOVE
TONES = {"good": "good", "expired": "warn", "revoked": "bad"}


class CardPages:
    """/admin/cards and /admin/cards/<serial>."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._register = services.office.cards

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "admin_cards", self.search)
        app.page(f"{HERE}/<serial>", "admin_card", self.one)
        app.page(f"{HERE}/<serial>/state", "admin_card_state", self.ask_state)
        app.page(f"{HERE}/<serial>/state", "admin_card_state_do", self.set_state, methods=["POST"])

    def search(self) -> Answer:
        """A number leads to its card; below, the batches of readers."""
        clerk = clerk_of(self._services, HERE, SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        listing = read_listing(HERE, (Filter("serial", _("Number of a card"), "search"),))
        serial = listing["serial"]
        with self._core.database.read() as tx:
            found = self._register.find(tx, clerk.authority, serial) if serial else None
            deliveries = self._register.deliveries(tx, clerk.authority)
        if isinstance(found, CardSheet):
            return see_other(address_of(found.card.serial))
        batches = [] if isinstance(deliveries, Denied) else deliveries
        context = {
            "listing": listing,
            "sought": bool(serial),
            "batches": [
                {
                    "name": one.name,
                    "verifier": one.verifier,
                    "at": Stamp(one.created_at),
                    "number": grouped(one.number),
                    "used": grouped(one.used),
                    "disabled": grouped(one.disabled),
                }
                for one in batches
            ],
            "may_bring": clerk.authority.may(Right.MEANS_ADD),
            "done": _("The calculettes are brought in.")
            if request.args.get("done", "") == "brought"
            else None,
            "regional": not isinstance(deliveries, Denied),
        }
        return show(clerk, "cards", context)

    def one(self, serial: str) -> Answer:
        """One card."""
        opened = card_of(self._services, serial, address_of(serial), SEE)
        if not isinstance(opened, tuple):
            return opened
        clerk, found = opened
        news = {
            "revoked": _("The card is revoked, and what it had opened has ended."),
            "restored": _("The card is good again."),
            "bound": _("The card is bound, and its owner was told."),
            "handed": _("The calculette is theirs, and they were told."),
            "on": _("The calculette is switched on again."),
            "off": _("The calculette is switched off."),
            "resync": _("The calculette is put right."),
            "nothing": _("Nothing was to be changed."),
        }
        card, reader = found.card, found.reader
        context = {
            "card": card,
            "kind": card.kind.value.upper(),
            "state": found.state,
            "state_words": state_words(found.state),
            "tone": TONES[found.state],
            "owner": found.owner.person.display_name,
            "owner_url": f"/admin/accounts/{found.owner.id}",
            "valid_until": Stamp(card.valid_until),
            "first_used": stamp(card.first_used_at),
            "last_used": stamp(card.last_used_at),
            "revoked": stamp(card.revoked_at),
            "reader": None
            if reader is None
            else {
                "name": reader.reader,
                "batch": reader.batch.name,
                "disabled": reader.standing is Standing.DISABLED,
                "usable": reader.standing is Standing.USABLE,
                "last_used": stamp(reader.last_used_at),
            },
            "may_hand": Right.MEANS_ADD in found.may,
            "may_switch": reader is not None
            and (Right.MEANS_ADD if reader.standing is Standing.DISABLED else CHANGE) in found.may,
            "may_resync": Right.ACCOUNTS_UNLOCK in found.may,
            "may_change": found.may_change,
            "may_restore": found.may_restore,
            "base": address_of(card.serial),
            "done": news.get(request.args.get("done", "")),
        }
        return show(clerk, "card", context)

    def ask_state(self, serial: str) -> Answer:
        """What revoking, or restoring, does."""
        page = f"{address_of(serial)}/state"
        opened = card_of(self._services, serial, page, CHANGE)
        if not isinstance(opened, tuple):
            return opened
        clerk, found = opened
        restores = found.state == "revoked"
        if not (found.may_restore if restores else found.may_change):
            return refused(Denied.NOT_ALLOWED)
        return ask_switch(self._services, clerk, _question(found, page), CHANGE, opens=restores)

    def set_state(self, serial: str) -> Answer:
        """Revoke it, or take that back."""
        page, services = f"{address_of(serial)}/state", self._services
        if request.form.get("state") == "good":
            verb = self._register.restore
            return switch(services, serial, page, CHANGE, verb, "restored", opens=True)
        verb = self._register.revoke
        return switch(services, serial, page, CHANGE, verb, "revoked", opens=False)


def state_words(state: str) -> str:
    """How a card stands."""
    words = {"good": _("Good"), "expired": _("Has run out"), "revoked": _("Revoked")}
    return str(words[state])


def _question(found: CardSheet, page: str) -> Question:
    facts = (
        (_("Card"), found.card.serial),
        (_("Owner"), found.owner.person.display_name),
    )
    back = address_of(found.card.serial)
    trail = ((_("Cards"), HERE), (found.card.serial, back))
    if found.state == "revoked":
        return Question(
            _("Restore a card"),
            (
                _("For a revocation that was made here by mistake: the card opens doors again."),
                _("Its owner is told by mail."),
            ),
            _("Restore it"),
            page,
            back,
            trail=trail,
            facts=facts,
            hidden={"state": "good"},
            look="primary",
        )
    return Question(
        _("Revoke a card"),
        (
            _("It logs nobody in any more, nor does its calculette; what it had opened ends."),
            _("Its owner is told by mail."),
        ),
        _("Revoke it"),
        page,
        back,
        trail=trail,
        facts=facts,
        hidden={"state": "revoked"},
    )
