# SPDX-License-Identifier: Apache-2.0
"""« Requests of applications »: somebody is asked for who is elsewhere, and agrees or refuses.

Opening a page, or the link of a letter, decides nothing: a form does, and then a login.
"""

import re
from typing import Any, Final
from urllib.parse import quote

from flask_babel import gettext as _

from connectors.phones import Standing
from idp.applications.values import Application
from idp.db import Tx
from idp.grants.approvals import Waiting
from idp.http.entrance import Entrance
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.login.approving import PAGE
from idp.login.request import read
from idp.login.steering import Steering
from idp.web.account_page import Stamp, shown_level
from idp.web.account_parts import Owner, done_word, owner_of, show
from idp.web.consent import describe
from idp.web.detailed import described
from idp.web.devices import describe_place

OVER: Final = "over"
SAID: Final = {Standing.ACCEPTED: "agreed", Standing.REFUSED: "refused"}
NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,43}")


class RequestPages:
    """GET /account/requests, one of them, and what is decided on it."""

    def __init__(self, services: Services, steering: Steering) -> None:
        self._services = services
        self._core = services.core
        self._steering = steering
        self._entrance = Entrance(services.core, steering)

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(PAGE, "account_requests", self.listed)
        app.page(f"{PAGE}/<name>", "account_request", self.one)
        app.page(f"{PAGE}/<name>/agree", "agree_request", self.agree, methods=["POST"])
        app.page(f"{PAGE}/<name>/refuse", "refuse_request", self.refuse, methods=["POST"])

    def listed(self) -> Answer:
        """The list."""
        owner = owner_of(self._services, PAGE)
        if not isinstance(owner, Owner):
            return owner
        with self._core.database.read() as tx:
            found = self._core.approving.approvals.of_account(tx, owner.account.id)
            requests = [
                {
                    "application": application.name,
                    "told": one.told,
                    "asked_at": Stamp(one.asked_at),
                    "url": address_of(one.name),
                }
                for one in found
                if (application := self._application(tx, one)) is not None
            ]
        done = done_word()
        context = {
            "requests": requests,
            "done": _sentence(done),
            "over": done == OVER,
        }
        return show("requests", context)

    def one(self, name: str) -> Answer:
        """What an application asks, and both answers."""
        found = self._found(name)
        if not isinstance(found, tuple):
            return found
        owner, waiting, application = found
        number = self._number(owner, name)
        return show("request", {"asked": self._facts(owner, waiting, application, number)})

    def agree(self, name: str) -> Answer:
        """On to the login at whose end it is agreed to; at once for who has just logged in."""
        found = self._found(name)
        if not isinstance(found, tuple):
            return found
        owner, waiting, application = found
        wished = self._core.approving.journey(waiting)
        with self._core.database.read() as tx:
            step = self._entrance.look(tx, owner.visit.call, wished, application)
        return self._entrance.go_on(owner.visit.call, wished, application, step)

    def refuse(self, name: str) -> Answer:
        """It is refused; nobody need prove anything for that."""
        found = self._found(name)
        if not isinstance(found, tuple):
            return found
        owner, waiting, _application = found
        account, origin = owner.account.id, owner.visit.call.origin
        with self._core.database.write() as tx:
            refused = self._core.approving.refuse(tx, account, waiting.name, origin)
        return see_other(f"{PAGE}?done={'refused' if refused else OVER}")

    def _found(self, name: str) -> tuple[Owner, Waiting, Application] | Answer:
        if not NAME.fullmatch(name):
            return problem_page("not-found", status=404)
        owner = owner_of(self._services, address_of(name))
        if not isinstance(owner, Owner):
            return owner
        with self._core.database.read() as tx:
            found = self._core.approving.approvals.find(tx, owner.account.id, name)
            application = self._application(tx, found) if found is not None else None
        if found is None or application is None:
            # Somebody else's looks the same as none at all.
            return see_other(f"{PAGE}?done={self._said(owner, name)}")
        return owner, found, application

    def _number(self, owner: Owner, name: str) -> str:
        """What to choose on their phone, while it asks them the same."""
        call = self._core.phones.asked(owner.account.id, name[:22])
        return call.number if call and call.standing is Standing.WAITING and call.left else ""

    def _said(self, owner: Owner, name: str) -> str:
        """How one ended that waits no more, as far as their phone tells."""
        call = self._core.phones.asked(owner.account.id, name[:22])
        return SAID.get(call.standing, OVER) if call else OVER

    def _application(self, tx: Tx, waiting: Waiting) -> Application | None:
        found = self._core.applications.load(tx, waiting.application)
        return found if found is not None and found.enabled else None

    def _facts(
        self, owner: Owner, waiting: Waiting, application: Application, number: str
    ) -> dict[str, Any]:
        wished = read(waiting.wished)
        policy = self._steering.policy(application)
        plain = tuple(one for one in wished.scope if one not in wished.details)
        learns = [one["label"] for one in describe(owner.account.person, plain)]
        return {
            "application": application.name,
            "told": waiting.told,
            "asked_at": Stamp(waiting.asked_at),
            "until": Stamp(waiting.expires_at),
            "place": describe_place(waiting.address) or _("Unknown"),
            "strength": shown_level(max(policy.level, wished.level or policy.level)),
            "learns": learns,
            "details": described(wished.details.values()),
            "number": number,
            "url": address_of(waiting.name),
            "agree_url": f"{address_of(waiting.name)}/agree",
            "refuse_url": f"{address_of(waiting.name)}/refuse",
        }


def address_of(name: str) -> str:
    """The page of one; its name is ours."""
    return f"{PAGE}/{quote(name, safe='')}"


def _sentence(word: str) -> str | None:
    sentences = {
        "agreed": _("You have agreed. Go on at the application's screen."),
        "refused": _("You have refused: the application is not let in."),
    }
    return str(sentences[word]) if word in sentences else None
