# SPDX-License-Identifier: Apache-2.0
"""« Withdraw my consent », for patients: what it means, once more « sure? », and what then."""

from flask import request
from flask_babel import gettext as _

from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, Page, see_other
from idp.login.withdrawal import Withdrawal, may_withdraw
from idp.web.account_parts import Owner, Question, ask, owner_of, show
from idp.web.fresh import fresh_proof

HERE = "/account/withdraw"
AFTER = "/account/withdrawn"


class WithdrawalPages:
    """GET and POST /account/withdraw; GET /account/withdrawn."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = core = services.core
        self._withdrawal = Withdrawal(
            core.accounts, core.sessions, core.consents, core.codes, core.alerts, core.audit
        )

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "ask_withdraw", self.ask)
        app.page(HERE, "withdraw", self.withdraw, methods=["POST"])
        app.page(AFTER, "withdrawn", self.after)

    def ask(self) -> Answer:
        """What it means."""
        owner = self._patient()
        return _question(forgotten=False) if isinstance(owner, Owner) else owner

    def withdraw(self) -> Answer:
        """Close the account, here and everywhere."""
        owner = self._patient()
        if not isinstance(owner, Owner):
            return owner
        if request.form.get("understood") != "yes":
            return _question(forgotten=True)
        with self._core.database.write() as tx:
            closed = self._withdrawal.close(tx, owner.account, owner.visit.call.origin)
        self._services.leaving.tell_all(owner.account.id, closed or ())
        answer = see_other(AFTER)
        answer.headers.append(self._core.jar.drop("session"))
        return answer

    def after(self) -> Answer:
        """What it was, and the way back should they want one."""
        return show("withdrawn", {})

    def _patient(self) -> Owner | Answer:
        owner = owner_of(self._services, HERE)
        if not isinstance(owner, Owner):
            return owner
        if not may_withdraw(owner.account):
            return see_other("/account")
        return fresh_proof(self._services, owner.visit, HERE) or owner


def _question(*, forgotten: bool) -> Page:
    question = Question(
        title=_("Withdraw my consent"),
        sentences=(
            _("Your account is closed at once: nobody can log in with it any more, nor can you."),
            _("You are logged out everywhere, and applications can no longer read your details."),
            _(
                "What establishments keep in your medical file stays with them: for that, ask the "
                "establishment itself."
            ),
            _(
                "Should you want the account again, an establishment that cares for you has to "
                "collect your consent anew."
            ),
        ),
        button=_("Withdraw and close my account"),
        action=HERE,
        back="/account",
        back_label=_("Keep my account"),
        tick=_("I have understood that my account will be closed."),
        forgotten=forgotten,
    )
    return ask(question, 422 if forgotten else 200)
