# SPDX-License-Identifier: Apache-2.0
"""« My account »: switching one-time codes on and off."""

from flask import request
from flask_babel import gettext as _

from idp.accounts import service as accounts
from idp.accounts.values import Account, Population
from idp.credentials import otp
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.web.fresh import fresh_proof, log_in_first
from idp.web.means import sentence_of
from idp.web.means_news import tell_means
from idp.web.visit import Visit

HOME = "/account/contact"
PAGE = f"{HOME}/otp"
NO_EMAIL = "no-email"


class OtpPages:
    """GET and POST /account/contact/otp."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page(PAGE, "account_otp", self.show, methods=["GET", "POST"])

    def show(self) -> Answer:
        """« Activer l'authentification OTP sur mon compte », or the other way round."""
        visit = Visit(self._services)
        asked = fresh_proof(self._services, visit, PAGE)
        account = None
        if visit.session is not None:
            with self._core.database.read() as tx:
                account = accounts.load(tx, visit.session.account)
        if asked is not None or account is None:
            return asked or log_in_first(self._services, visit, PAGE)
        if account.person.population is Population.PATIENT:
            # Their addresses are all it takes: there is nothing to switch.
            return see_other(HOME)
        wish = request.form.get("answer", "") if request.method == "POST" else ""
        if wish == "off":
            return self._switch_off(visit, account)
        if wish == "on" and request.form.get("agree") == "yes":
            return self._switch_on(visit, account)
        return self._page(account, untold=wish == "on")

    def _page(self, account: Account, *, untold: bool = False) -> Page:
        with self._core.database.read() as tx:
            enabled = otp.is_enabled(tx, account.id)
            lack = self._lack(account) or self._core.otp.lacks_card(tx, account.id)
        ways = otp.destinations(account.person)
        context = {
            "enabled": enabled,
            "lack": _sentence(lack),
            "needs_email": lack == NO_EMAIL,
            "email": ways.get("email", ""),
            "phone": ways.get("sms", ""),
            "untold": untold,
        }
        return Page("account/contact_otp.html", context, headers=list(NO_STORE))

    def _lack(self, account: Account) -> str | None:
        # The address is compulsory: it is what one logs in with, and where codes always arrive.
        return None if otp.destinations(account.person).get("email") else NO_EMAIL

    def _switch_on(self, visit: Visit, account: Account) -> Answer:
        core = self._core
        with core.database.write() as tx:
            lack = self._lack(account) or core.otp.lacks_card(tx, account.id)
            if lack is None and core.otp.enable(tx, account.id, visit.call.origin):
                tell_means(core, tx, account.id, "means-added", otp.KIND, "")
        return see_other(f"{HOME}?done=otp-on") if lack is None else self._page(account)

    def _switch_off(self, visit: Visit, account: Account) -> Answer:
        core = self._core
        with core.database.write() as tx:
            if core.otp.disable(tx, account.id, visit.call.origin):
                tell_means(core, tx, account.id, "means-removed", otp.KIND, "")
        return see_other(f"{HOME}?done=otp-off")


def _sentence(lack: str | None) -> str | None:
    if lack == NO_EMAIL:
        return str(_("First verify your e-mail address: it is what you log in with."))
    return None if lack is None else sentence_of(otp.KIND, lack)
