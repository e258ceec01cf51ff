# SPDX-License-Identifier: Apache-2.0
"""« Applications »: which ones were used, what each learned, and taking back what was agreed to."""

import json
from typing import Any
from urllib.parse import quote

from flask_babel import gettext as _

from connectors.base import Level
from idp.accounts.activities import marked
from idp.accounts.values import Account
from idp.audit.history import MICROSECONDS, past_of
from idp.grants.lasting import SCOPE as LASTING
from idp.http.flask_app import PageServer
from idp.http.services import Core, Services
from idp.http.wire import Answer, see_other
from idp.web.account_lasting import address_of as end_address
from idp.web.account_lasting import lasting_facts
from idp.web.account_page import Stamp
from idp.web.account_parts import Owner, Question, ask, done_word, names_of, owner_of, show
from idp.web.activity import place_of
from idp.web.consent import describe
from idp.web.fresh import fresh_proof

HERE = "/account/applications"
WITHDRAWN = "consent_withdrawn"
# As many admissions are looked at: the applications of years, at a cost that is bounded.
MOST = 1000
# Words of the protocol that release nothing about a person.
EMPTY = {"openid", LASTING}


class ApplicationPages:
    """GET /account/applications, and the withdrawal of a consent."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        withdrawing = "/account/consents/<application>/withdraw"
        app.page(HERE, "account_applications", self.listed)
        app.page(withdrawing, "ask_withdraw_consent", self.ask)
        app.page(withdrawing, "withdraw_consent", self.withdraw, methods=["POST"])
        anew = "/account/applications/<application>/activity"
        app.page(anew, "choose_activity_anew", self.choose_anew, methods=["POST"])

    def listed(self) -> Answer:
        """The lists."""
        owner = owner_of(self._services, HERE)
        if not isinstance(owner, Owner):
            return owner
        given = consent_facts(self._core, owner.account)
        done = {
            "consent": _(
                "Your agreement is withdrawn. The application can no longer read your details; "
                "it will have to ask you again."
            ),
            "lasting": _(
                "The access is ended. The application asks you again before it acts while you are "
                "away."
            ),
            "activity": _("You will be asked in which activity you come the next time."),
        }
        context = {
            "used": [
                one | {"anew_url": anew_address(one["key"])}
                for one in used_facts(self._core, owner.account)
            ],
            "consents": [one | {"withdraw_url": address_of(one["key"])} for one in given],
            "lasting": [
                one | {"end_url": end_address(one["key"])}
                for one in lasting_facts(self._core, owner.account.id)
            ],
            "done": done.get(done_word()),
        }
        return show("applications", context)

    def ask(self, application: str) -> Answer:
        """The question, for somebody who comes back from proving who they are."""
        owner = self._giver(application)
        if not isinstance(owner, Owner):
            return owner
        name = names_of(self._core).get(application, application)
        sentence = _("It loses its access at once, and asks you again the next time you open it.")
        return ask(
            Question(
                title=_("Withdraw what you agreed to share with %(name)s?", name=name),
                sentences=(sentence,),
                button=_("Withdraw"),
                action=address_of(application),
                back=HERE,
                back_label=_("Change nothing"),
            )
        )

    def withdraw(self, application: str) -> Answer:
        """Take back what an application was given, with all that it holds (OA-175)."""
        owner = self._giver(application)
        if not isinstance(owner, Owner):
            return owner
        core, account, origin = self._core, owner.account.id, owner.visit.call.origin
        names = names_of(core)
        with core.database.write() as tx:
            if not core.agreements.withdraw(tx, account, application, WITHDRAWN, origin):
                return see_other(HERE)
            name = names.get(application, application)
            core.alerts.account_changed(tx, owner.account, "consent", name)
        return see_other(f"{HERE}?done=consent")

    def choose_anew(self, application: str) -> Answer:
        """Forget in which activity somebody enters an application: the next login asks."""
        owner = owner_of(self._services, HERE)
        if not isinstance(owner, Owner):
            return owner
        origin = owner.visit.call.origin
        with self._core.database.write() as tx:
            forgotten = self._core.activities.forget(tx, owner.account.id, application, origin)
        return see_other(f"{HERE}?done=activity" if forgotten else HERE)

    def _giver(self, application: str) -> Owner | Answer:
        """Who gave this application their consent, and has just proved who they are."""
        owner = owner_of(self._services, HERE)
        if not isinstance(owner, Owner):
            return owner
        with self._core.database.read() as tx:
            given = self._core.consents.listed(tx, owner.account.id)
        if application not in {one.application for one in given}:
            return see_other(HERE)
        page = address_of(application)
        return fresh_proof(self._services, owner.visit, page, Level.PASSWORD) or owner


def address_of(application: str) -> str:
    """The address that withdraws a consent; the key is one of ours."""
    return f"/account/consents/{quote(application, safe='')}/withdraw"


def anew_address(application: str) -> str:
    """The address that has the activity chosen anew."""
    return f"/account/applications/{quote(application, safe='')}/activity"


def consent_facts(core: Core, account: Account) -> list[dict[str, Any]]:
    """What a person agreed to share, the latest first."""
    names = names_of(core)
    with core.database.read() as tx:
        given = core.consents.listed(tx, account.id)
    return [
        {
            "key": one.application,
            "application": names.get(one.application, one.application),
            "details": _details(account, one.scope),
            "since": Stamp(one.at),
        }
        for one in given
    ]


def used_facts(core: Core, account: Account) -> list[dict[str, Any]]:
    """The applications that a person has opened, the last used first, and what each learned."""
    names = names_of(core)
    with core.database.read() as tx:
        admitted = past_of(tx, account.id, ("login.admitted",), MOST)
        chosen = core.activities.chosen(tx, account.id)
        known = core.activities.of(tx, account.id) if chosen else ()
    found: dict[str, dict[str, Any]] = {}
    for one in admitted:
        key = one.application or ""
        scope = str(json.loads(one.detail or "{}").get("scope", "")).split()
        entered = marked(known, chosen.get(key, ""))
        found.setdefault(
            key,
            {
                "key": key,
                "application": names.get(key, key),
                # What it was given the last time; newest come first.
                "details": _details(account, tuple(scope)),
                "last_used": Stamp(one.at // MICROSECONDS),
                # What they chose among several; nothing where none is asked.
                "activity": place_of(entered)
                if (entered := marked(known, chosen.get(key, "")))
                else "",
            },
        )
    return list(found.values())


def _details(account: Account, scope: tuple[str, ...]) -> list[str]:
    """In the words of the page on which it was, or would be, agreed to."""
    told = tuple(one for one in scope if one not in EMPTY)
    return [each["label"] for each in describe(account.person, told)]
