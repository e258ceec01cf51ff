# SPDX-License-Identifier: Apache-2.0
"""A provider that somebody has linked, unlinked by the help desk."""

from flask import request
from flask_babel import gettext as _

from idp.administration.authority import Denied
from idp.administration.people.view import Means
from idp.administration.rights import Right
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.providers.values import kind_of
from idp.web.admin.account_door import PATH, Looking, looking_at
from idp.web.admin.account_sheet import LINKED, trail_of
from idp.web.admin.asking import Question, ask
from idp.web.admin.entry import refused
from idp.web.admin.typed import read_typed
from idp.web.means import label_of, opens_by_number


class UnlinkPages:
    """GET and POST /admin/accounts/<account>/unlink."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        path = f"{PATH}/<account>/unlink"
        app.page(path, "admin-account-unlinking", self.ask)
        app.page(path, "admin-account-unlink", self.unlink, methods=("POST",))

    def ask(self, account: str) -> Answer:
        """« Unlink it? »"""
        looking = self._looking(account)
        if not isinstance(looking, Looking):
            return looking
        held = _linked(looking, request.args.get("of", "")[:32])
        if held is None:
            return refused(Denied.NOT_FOUND)
        name = label_of(kind_of(held.key))
        still = opens_by_number(kind_of(held.key), looking.sheet.account)
        question = Question(
            _("Unlink %(name)s?", name=name),
            (
                _(
                    "Whoever is logged in to this account is out. But its national identifier goes "
                    "on opening it from there: only disabling the account or closing the provider "
                    "stops that."
                )
                if still
                else _("It no longer opens this account, and whoever is logged in to it is out."),
                _("They are told by e-mail, and can link it again."),
            ),
            _("Unlink"),
            f"{looking.path}/unlink",
            looking.path,
            tuple(trail_of(looking)),
            facts=((_("Known there as"), held.label or "–"),),
            hidden={"of": held.key},
        )
        return ask(looking.clerk, question)

    def unlink(self, account: str) -> Answer:
        """Unlink it."""
        looking = self._looking(account)
        if not isinstance(looking, Looking):
            return looking
        core, people = self._services.core, self._services.office.people
        with core.database.write() as tx:
            named = read_typed("of")["of"]
            done = people.unlink(tx, looking.clerk.authority, account, named)
        if isinstance(done, Denied):
            return refused(done)
        still = opens_by_number(kind_of(named), looking.sheet.account)
        word = "unlinked-number" if still else "unlinked"
        return see_other(f"{looking.path}?done={word if done else 'nothing'}")

    def _looking(self, account: str) -> Looking | Answer:
        right = Right.ACCOUNTS_RESET
        return looking_at(self._services, account, "", right, proved=True)


def _linked(looking: Looking, alias: str) -> Means | None:
    links = (one for one in looking.sheet.means if one.kind == LINKED)
    return next((one for one in links if one.key == alias), None)
