# SPDX-License-Identifier: Apache-2.0
"""A password that must be replaced before the login goes on: temporary, reset, or past its time."""

from dataclasses import replace

from flask_babel import gettext as _

from idp.accounts import service as accounts
from idp.accounts.values import Account, State
from idp.applications.values import Application
from idp.credentials.passwords import Reason
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, Page, see_other
from idp.login.renewal import Renewed, Why
from idp.login.request import LoginRequest
from idp.web.login import LoginPages, address_of
from idp.web.password_rules import (
    Unfit,
    new_password_page,
    nobody_there,
    read_new_password,
    rules_of,
    tell_rules,
)
from idp.web.put_off import RENEWAL, PutOff, read_put_off
from idp.web.visit import Visit


class RenewingPages:
    """GET and POST /login/<journey>/renew."""

    def __init__(self, services: Services, login: LoginPages) -> None:
        self._services = services
        self._core = services.core
        self._login = login

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page("/login/<journey>/renew", "renew", self.show)
        app.page("/login/<journey>/renew", "renewed", self.replace, methods=["POST"])
        app.page("/login/<journey>/renew/rules", "renew_rules", self.look, methods=["POST"])

    def _open(
        self, visit: Visit, journey: str
    ) -> tuple[LoginRequest, Application | None, Account, PutOff] | Answer:
        """The journey and the proof that waits in it; without one, the journey's own page."""
        opened = self._login.open(visit, journey)
        if not isinstance(opened, tuple):
            return opened
        wished, application, _step = opened
        core = self._core
        with core.database.read() as tx:
            kept = core.journeys.state(tx, wished.id).get(RENEWAL)
            waiting = read_put_off(kept, core.clock.now())
            account = accounts.load(tx, waiting.proven.account) if waiting else None
        # OA-173: nobody comes here but by a right password in this very journey.
        if waiting is None or account is None or account.state is not State.ACTIVE:
            return see_other(address_of(journey))
        return wished, application, account, waiting

    def show(self, journey: str) -> Answer:
        """The form."""
        visit = Visit(self._services)
        opened = self._open(visit, journey)
        if not isinstance(opened, tuple):
            return opened
        return self._page(visit, *opened)

    def _page(
        self,
        visit: Visit,
        wished: LoginRequest,
        application: Application | None,
        account: Account,
        waiting: PutOff,
        unfit: Unfit | None = None,
    ) -> Page:
        stage = self._login.stage(visit, wished, application)
        context = {
            "renewal": {
                "action": f"{stage.address}/renew",
                "cancel_url": f"{stage.address}/cancel" if application else None,
                "application": stage.shown_application(),
                "why": _why(waiting.reason),
                "new": rules_of(self._core, account, f"{stage.address}/renew", unfit),
            }
        }
        targets = stage.steering.origins(wished, application)
        return new_password_page("login/renew.html", context, unfit, targets)

    def look(self, journey: str) -> Answer:
        """The rules met so far, for whom the form is shown."""
        opened = self._open(Visit(self._services), journey)
        return tell_rules(self._core, opened[2]) if isinstance(opened, tuple) else nobody_there()

    def replace(self, journey: str) -> Answer:
        """Put the new password in force, and go on with the login."""
        visit = Visit(self._services)
        opened = self._open(visit, journey)
        if not isinstance(opened, tuple):
            return opened
        wished, application, account, waiting = opened
        chosen = read_new_password(self._core, account)
        if isinstance(chosen, Unfit):
            return self._page(visit, wished, application, account, waiting, chosen)
        core = self._core
        with core.database.write() as tx:
            # Once: of two answers to one form the second finds nothing waiting any more.
            held = core.journeys.hold(tx, wished.id)
            kept = core.journeys.state(tx, wished.id).get(RENEWAL)
            if not held or read_put_off(kept, core.clock.now()) != waiting:
                return see_other(address_of(journey))
            core.journeys.put_aside(tx, wished.id, RENEWAL, None)
            origin, proved = visit.call.origin, waiting.proven.mark
            changed = core.renewal.change(
                tx, account, chosen.hashed, Why.DUE, origin, proved=proved
            )
        if not isinstance(changed, Renewed):
            # Replaced meanwhile, elsewhere: that one is asked for.
            return see_other(address_of(journey))
        self._services.leaving.tell_all(account.id, changed.ended)
        proven = replace(waiting.proven, mark=changed.mark)
        return self._login.keep(visit, wished, application, proven)


def _why(reason: Reason) -> str:
    """Why it is asked now, for the person."""
    sentences = {
        Reason.TEMPORARY: _("The one you have just typed was temporary. Choose your own."),
        Reason.FIRST: _("This is your first login. Choose a password that only you know."),
        Reason.RESET: _("Your password was reset. Choose a new one."),
        Reason.EXPIRED: _(
            "A password is valid for a limited time, and yours has reached its end. "
            "Choose a new one: your login then goes on."
        ),
    }
    return str(sentences[reason])
