# SPDX-License-Identifier: Apache-2.0
"""Giving somebody a card, from their sheet: what stands on it is typed, shown, and then bound."""

from collections.abc import Mapping

from flask_babel import gettext as _

from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.people.card_register import card_typed
from idp.administration.rights import Right
from idp.credentials.cards import Card, Kind
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.account_page import shown_date
from idp.web.admin.account_door import PATH, Looking, denied, looking_at
from idp.web.admin.account_sheet import trail_of
from idp.web.admin.asking import Question, ask
from idp.web.admin.card_door import address_of
from idp.web.admin.entry import show
from idp.web.admin.typed import read_typed

FIELDS = ("serial", "kind", "valid_until")


class CardBindPages:
    """GET and POST /admin/accounts/<id>/card."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._register = services.office.cards

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page(f"{PATH}/<account>/card", "admin-account-card", self.blank)
        app.page(f"{PATH}/<account>/card", "admin-account-bind", self.bind, methods=("POST",))

    def blank(self, account: str) -> Answer:
        """An empty form."""
        looking = self._looking(account)
        if not isinstance(looking, Looking):
            return looking
        return _form(looking, {"serial": "", "kind": Kind.CPS.value, "valid_until": ""}, {})

    def bind(self, account: str) -> Answer:
        """First what follows is told; then the card is theirs."""
        looking = self._looking(account)
        if not isinstance(looking, Looking):
            return looking
        typed = read_typed(*FIELDS, longest=64)
        card = card_typed(typed["serial"], typed["kind"], typed["valid_until"])
        if isinstance(card, Unfit):
            return _form(looking, typed, _said(card, typed))
        authority, sure = looking.clerk.authority, read_typed("sure")["sure"] == "yes"
        if sure:
            with self._core.database.write() as tx:
                done = self._register.bind(tx, authority, account, card)
        else:
            with self._core.database.read() as tx:
                done = self._register.bindable(tx, authority, account, card)
        if isinstance(done, Denied):
            return denied(done)
        if isinstance(done, Unfit):
            return _form(looking, typed, _said(done, typed))
        if not sure:
            return ask(looking.clerk, _question(looking, done, typed))
        return see_other(f"{address_of(done.serial)}?done=bound")

    def _looking(self, account: str) -> Looking | Answer:
        # SE-006: it opens a way in.
        return looking_at(self._services, account, "/card", Right.MEANS_ADD, proved=True)


def _said(unfit: Unfit, typed: Mapping[str, str]) -> dict[str, str]:
    words = {
        "taken": _("A card of this number is bound to an account already."),
        "over": _("This day is over: the card opens nothing any more."),
        "patient": _("Cards are for professionals, and this is a patient."),
        "closed": _("This account is closed for good."),
    }
    if unfit.why in words:
        return dict.fromkeys(unfit.fields or ("serial",), words[unfit.why])
    own = {
        "serial": _("A number has 4 to 64 letters, digits, dots and hyphens."),
        "valid_until": _("This is no day."),
        "kind": _("Choose one of these."),
    }
    return {name: own[name] if typed[name] else _("This is needed.") for name in unfit.fields}


def _form(looking: Looking, typed: Mapping[str, str], errors: Mapping[str, str]) -> Answer:
    context = {
        "name": looking.name,
        "typed": typed,
        "errors": errors,
        "kinds": [(one.value, one.value.upper()) for one in Kind],
        "action": f"{looking.path}/card",
        "back_url": looking.path,
        "trail": trail_of(looking),
    }
    return show(looking.clerk, "card_bind", context, 422 if errors else 200)


def _question(looking: Looking, card: Card, typed: Mapping[str, str]) -> Question:
    return Question(
        _("Bind this card?"),
        (
            _("Whoever holds it, with its code, logs in as this person from then on."),
            _("Its owner is told by mail, and it can be revoked at any time."),
        ),
        _("Bind the card"),
        f"{looking.path}/card",
        f"{looking.path}/card",
        trail=tuple(trail_of(looking)),
        facts=(
            (_("Owner"), looking.name),
            (_("National identifier"), looking.sheet.account.person.national_id or ""),
            (_("Card"), card.serial),
            (_("Kind"), card.kind.value.upper()),
            (_("Its last day"), shown_date(typed["valid_until"])),
        ),
        hidden={**typed, "sure": "yes"},
        look="primary",
    )
