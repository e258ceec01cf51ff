# SPDX-License-Identifier: Apache-2.0
"""« Withdraw my consent », for patients: what it means, once more « sure? », and what then."""

from flask import request
from flask_babel import gettext as _

from idp.accounts import establishments
from idp.administration.patients.consents import By, Withdrawn, standing
from idp.http.browser_state import follow
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, Page, see_other
from idp.login.withdrawal import may_withdraw
from idp.web.account_parts import Owner, Question, ask, done_word, owner_of, show
from idp.web.fresh import fresh_proof

HERE = "/account/withdraw"
AFTER = "/account/withdrawn"


class WithdrawalPages:
    """GET and POST /account/withdraw; GET /account/withdrawn."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._consents = services.office.consents

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "ask_withdraw", self.ask)
        app.page(HERE, "withdraw", self.withdraw, methods=["POST"])
        app.page(AFTER, "withdrawn", self.after)

    def ask(self) -> Answer:
        """What it means."""
        owner = self._patient()
        if not isinstance(owner, Owner):
            return owner
        return _question(self._given(owner), forgotten=False, one_less=done_word() == "one")

    def withdraw(self) -> Answer:
        """Take back one establishment's consent, or all; with the last one the account closes."""
        owner = self._patient()
        if not isinstance(owner, Owner):
            return owner
        given = self._given(owner)
        if request.form.get("understood") != "yes":
            return _question(given, forgotten=True)
        chosen = request.form.get("choice", "")
        by = By(owner.account.id, owner.visit.call.origin, owner.session.id)
        with self._core.database.write() as tx:
            if chosen in dict(given):
                done = self._consents.withdraw(tx, owner.account, chosen, by)
            else:
                done = self._consents.withdraw_all(tx, owner.account, by)
        if done is not None and not done.closed:
            return see_other(f"{HERE}?done=one")
        return self._closed(owner, done)

    def _closed(self, owner: Owner, done: Withdrawn | None) -> Answer:
        self._services.leaving.tell_all(owner.account.id, done.ended if done else ())
        answer = see_other(AFTER)
        answer.headers.append(self._core.jar.drop("session"))
        answer.headers.extend(follow(self._core, owner.visit.call))
        return answer

    def _given(self, owner: Owner) -> list[tuple[str, str]]:
        """The establishments whose consent stands."""
        with self._core.database.read() as tx:
            known = {one.key: one.name for one in establishments.every(tx)}
            given = [(one, known.get(one, one)) for one in standing(tx, owner.account.id)]
        return sorted(given, key=lambda one: one[1])

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


def _question(given: list[tuple[str, str]], *, forgotten: bool, one_less: bool = False) -> Page:
    several = (
        _("You have given your consent to several establishments: take back one, or all of them."),
        _("With one, that establishment is no longer among yours; your account stays open."),
        _("With all of them, your account is closed at once, and you are logged out everywhere."),
    )
    alone = (
        _("Your account is closed at once: nobody can log in with it any more, nor can you."),
        _("You are logged out everywhere, and applications can no longer read your details."),
    )
    several_given = len(given) > 1
    sentences = (
        *((_("This consent is withdrawn."),) if one_less else ()),
        *(several if several_given else alone),
        _(
            "What establishments keep in your medical file stays with them: for that, ask the "
            "establishment itself."
        ),
        _(
            "Should you want the account again, an establishment that cares for you has to "
            "collect your consent anew."
        ),
    )
    question = Question(
        title=_("Withdraw my consent"),
        sentences=sentences,
        button=_("Withdraw") if several_given else _("Withdraw and close my account"),
        action=HERE,
        back="/account",
        back_label=_("Keep my account"),
        tick=_("I have understood that my account will be closed.")
        if not several_given
        else _("I have understood what is withdrawn."),
        forgotten=forgotten,
        choose=_("Whose consent"),
        options=(*given, ("all", _("All of them, and close my account"))) if several_given else (),
        names=() if several_given else tuple(name for _key, name in given),
    )
    return ask(question, 422 if forgotten else 200)
