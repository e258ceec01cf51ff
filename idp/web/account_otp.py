# SPDX-License-Identifier: Apache-2.0
"""« My account »: switching one-time codes on and off."""

from flask import request
from flask_babel import gettext as _

from idp.accounts.values import Account, Population
from idp.credentials import otp
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.sessions.service import Ended
from idp.web.account_confirm import proved_beside
from idp.web.account_parts import Owner
from idp.web.means import sentence_of
from idp.web.means_news import tell_means
from idp.web.other_sessions import end_wished, ending, has_others
from idp.web.strong_means import closed_without, is_last

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
        owner = proved_beside(self._services, PAGE)
        if not isinstance(owner, Owner):
            return owner
        if owner.account.person.population is Population.PATIENT:
            # Their addresses are all it takes: there is nothing to switch.
            return see_other(HOME)
        wish = request.form.get("answer", "") if request.method == "POST" else ""
        if wish == "off":
            return self._switch_off(owner)
        if wish == "on" and request.form.get("agree") == "yes":
            return self._switch_on(owner)
        return self._page(owner, untold=wish == "on")

    def _page(self, owner: Owner, *, untold: bool = False, unsure: bool = False) -> Page:
        account = owner.account
        with self._core.database.read() as tx:
            enabled = otp.is_enabled(tx, account.id)
            lack = self._lack(account) or self._core.otp.lacks_card(tx, account)
        ways = otp.destinations(account.person)
        context = {
            "enabled": enabled,
            "lack": _sentence(lack),
            "needs_email": lack == NO_EMAIL,
            "email": ways.get("email", ""),
            "phone": ways.get("sms", ""),
            "untold": untold,
            "last": enabled and is_last(self._services, account.id, otp.KIND),
            "closed": closed_without(self._services, account.id, otp.KIND) if enabled else (),
            "unsure": unsure,
            "others": enabled and has_others(self._core, owner.session),
        }
        return Page("account/contact_otp.html", context, headers=list(NO_STORE))

    def _lack(self, account: Account) -> str | None:
        # The address is compulsory: it is what one logs in with, and where codes always arrive.
        return None if otp.destinations(account.person).get("email") else NO_EMAIL

    def _switch_on(self, owner: Owner) -> Answer:
        core, account = self._core, owner.account
        with core.database.write() as tx:
            lack = self._lack(account) or core.otp.lacks_card(tx, account)
            if lack is None and core.otp.enable(tx, account.id, owner.visit.call.origin):
                tell_means(core, tx, account.id, "means-added", otp.KIND, "")
        return see_other(f"{HOME}?done=otp-on") if lack is None else self._page(owner)

    def _switch_off(self, owner: Owner) -> Answer:
        core, account = self._core, owner.account.id
        sure = request.form.get("sure") == "yes"
        if not sure and is_last(self._services, account, otp.KIND):
            return self._page(owner, unsure=True)
        ended: tuple[Ended, ...] = ()
        with core.database.write() as tx:
            if core.otp.disable(tx, account, owner.visit.call.origin):
                tell_means(core, tx, account, "means-removed", otp.KIND, "")
                ended = end_wished(core, tx, owner.visit, otp.KIND)
        self._services.leaving.tell_all(account, ended)
        return see_other(ending(f"{HOME}?done=otp-off", ended))


def _sentence(lack: str | None) -> str | None:
    if lack == NO_EMAIL:
        return str(_("First verify your e-mail address: it is what you log in with."))
    return None if lack is None else sentence_of(otp.KIND, lack)
