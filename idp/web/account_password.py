# SPDX-License-Identifier: Apache-2.0
"""« Changez votre mot de passe »: asked for a fresh proof first, then the new one."""

from idp.accounts import service as accounts
from idp.accounts.values import Account
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.login.renewal import Overtaken, Renewed, TooSoon, Why
from idp.sessions.values import Session
from idp.web.account_page import shown_day, shown_moment
from idp.web.fresh import fresh_proof
from idp.web.password_rules import Unfit, read_new_password, rules_of
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

    def _open(self, visit: Visit) -> tuple[Session, Account] | Answer:
        """CR-037: a session is not enough; whoever holds it proves once more who they are."""
        asked = fresh_proof(self._services, visit, ADDRESS)
        if asked is not None:
            return asked
        session = visit.session
        with self._core.database.read() as tx:
            account = accounts.load(tx, session.account) if session else None
        if session is None or account is None:
            return see_other("/login")
        return session, account

    def show(self) -> Answer:
        """The form; or from when on a change may be started."""
        visit = Visit(self._services)
        opened = self._open(visit)
        if not isinstance(opened, tuple):
            return opened
        account = opened[1]
        return self._page(account, self._core.renewal.may_start(account))

    def _page(self, account: Account, wait: int = 0, unfit: Unfit | None = None) -> Page:
        core = self._core
        with core.database.read() as tx:
            standing = core.passwords.standing(tx, account.id, account.person.population)
        busy = unfit is not None and unfit.fault == "busy"
        context = {
            "change": {
                "action": ADDRESS,
                "back_url": "/account",
                "wait": shown_moment(wait) if wait else None,
                "since": shown_day(standing.changed_at) if standing else None,
                "until": shown_day(standing.ends_at) if standing and standing.ends_at else None,
                "new": rules_of(core, account, unfit),
            }
        }
        headers = list(NO_STORE)
        if unfit is not None and busy:
            headers.append(("Retry-After", str(unfit.retry_after)))
        return Page("account/password.html", context, 503 if busy else 200, headers=headers)

    def change(self) -> Answer:
        """Put it in force; every other session ends (CR-038)."""
        visit = Visit(self._services)
        opened = self._open(visit)
        if not isinstance(opened, tuple):
            return opened
        session, account = opened
        core = self._core
        wait = core.renewal.may_start(account)
        if wait:
            return self._page(account, wait)
        chosen = read_new_password(core, account)
        if isinstance(chosen, Unfit):
            return self._page(account, 0, chosen)
        device = core.lookup.hash(visit.device) if visit.device else None
        with core.database.write() as tx:
            changed = core.renewal.change(
                tx,
                account,
                chosen.hashed,
                session.id,
                Why.CHANGED,
                visit.call.origin,
                keep_device=device,
            )
        if isinstance(changed, TooSoon):
            return self._page(account, changed.until)
        if isinstance(changed, Overtaken):
            return see_other("/account/password")
        self._tell(account, changed)
        return see_other("/account?done=password")

    def _tell(self, account: Account, changed: Renewed) -> None:
        for one in changed.ended:
            self._services.leaving.tell(account.id, one.session, one.opened)
