# SPDX-License-Identifier: Apache-2.0
"""« My account »: who one is, and the way to everything that one can look at or change."""

from flask_babel import gettext as _

from idp.credentials.held import held_by
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer
from idp.web.account_menu import Holder, menu_for
from idp.web.account_page import shown_population
from idp.web.account_parts import Owner, done_word, owner_of, show


class AccountPages:
    """GET /account."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page("/account", "account", self.home)

    def home(self) -> Answer:
        """The overview."""
        owner = owner_of(self._services, "/account")
        if not isinstance(owner, Owner):
            return owner
        account = owner.account
        with self._core.database.read() as tx:
            held = held_by(tx, account.id)
            linked = len(self._core.provider_links.of_account(tx, account.id))
            sessions = self._core.sessions.of_account(tx, account.id, even_idle=True)
            waiting = len(self._core.approving.approvals.of_account(tx, account.id))
            roles = self._services.office.authorities.held_by(tx, account.id)
        attempts = self._services.attempts
        usable = frozenset(kind for kind in attempts.levels if not attempts.lacks(kind, account.id))
        person = account.person
        context = {
            "account": {
                "name": person.display_name,
                "identifier": person.identifier,
                "population": shown_population(person.population),
                "menu": menu_for(Holder(account, held, len(sessions), usable, linked, waiting)),
                "done": _sentence(done_word()),
                "portal_url": "/",
                "console_url": "/admin" if roles else None,
            }
        }
        return show("home", context)


def _sentence(word: str) -> str | None:
    """What another page has just done before it led here."""
    if word == "password":
        return str(_("Your password is changed. Your other sessions have ended."))
    return None
