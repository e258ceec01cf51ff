# SPDX-License-Identifier: Apache-2.0
"""« Changez votre mot de passe »: asked for a fresh proof first, then the new one."""

from idp.accounts import service as accounts
from idp.accounts.values import Account
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, Page, see_other
from idp.login.renewal import Overtaken, TooSoon, Why
from idp.web.account_page import shown_day, shown_moment
from idp.web.account_parts import Owner, proved_owner
from idp.web.other_sessions import here_of
from idp.web.password_rules import (
    Unfit,
    new_password_page,
    nobody_there,
    read_new_password,
    rules_of,
    tell_rules,
)
from idp.web.visit import Visit

ADDRESS = "/account/password"


class PasswordPages:
    """GET and POST /account/password."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(ADDRESS, "password", self.show)
        app.page(ADDRESS, "password_changed", self.change, methods=["POST"])
        app.page(f"{ADDRESS}/rules", "password_rules", self.look, methods=["POST"])

    def show(self) -> Answer:
        """The form; or from when on a change may be started."""
        # CR-037: a session is not enough; whoever holds it proves once more who they are.
        owner = proved_owner(self._services, ADDRESS)
        if not isinstance(owner, Owner):
            return owner
        return self._page(owner.account, self._core.renewal.may_start(owner.account))

    def _page(self, account: Account, wait: int = 0, unfit: Unfit | None = None) -> Page:
        core = self._core
        with core.database.read() as tx:
            standing = core.passwords.standing(tx, account.id, account.person.population)
        context = {
            "change": {
                "action": ADDRESS,
                "back_url": "/account",
                "wait": shown_moment(wait) if wait else None,
                "since": shown_day(standing.changed_at) if standing else None,
                "until": shown_day(standing.ends_at) if standing and standing.ends_at else None,
                "new": rules_of(core, account, ADDRESS, unfit),
            }
        }
        return new_password_page("account/password.html", context, unfit)

    def change(self) -> Answer:
        """Put it in force; every other session ends (CR-038)."""
        owner = proved_owner(self._services, ADDRESS)
        if not isinstance(owner, Owner):
            return owner
        core, account = self._core, owner.account
        wait = core.renewal.may_start(account)
        if wait:
            return self._page(account, wait)
        chosen = read_new_password(core, account)
        if isinstance(chosen, Unfit):
            return self._page(account, 0, chosen)
        origin, here = owner.visit.call.origin, here_of(core, owner.visit)
        with core.database.write() as tx:
            changed = core.renewal.change(tx, account, chosen.hashed, Why.CHANGED, origin, here)
        if isinstance(changed, TooSoon):
            return self._page(account, changed.until)
        if isinstance(changed, Overtaken):
            return see_other("/account/password")
        self._services.leaving.tell_all(account.id, changed.ended)
        return see_other("/account?done=password")

    def look(self) -> Answer:
        """The rules met so far; it changes nothing, and a session is enough."""
        session = Visit(self._services).session
        with self._core.database.read() as tx:
            account = accounts.load(tx, session.account) if session else None
        return tell_rules(self._core, account) if account else nobody_there()
