# SPDX-License-Identifier: Apache-2.0
"""Applications that a person lets in while they are away: until when, and ending it."""

from typing import Any
from urllib.parse import quote

from flask_babel import gettext as _

from connectors.base import Level
from idp.db import Tx
from idp.grants.lasting import SCOPE
from idp.http.flask_app import PageServer
from idp.http.services import Core, Services
from idp.http.wire import Answer, see_other
from idp.web.account_page import Stamp
from idp.web.account_parts import Owner, Question, ask, names_of, owner_of
from idp.web.fresh import fresh_proof

LIST = "/account/applications"
PERSON = "person"


class LastingPages:
    """GET and POST /account/lasting/<application>/end."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        one = "/account/lasting/<application>/end"
        app.page(one, "ask_end_lasting", self.ask)
        app.page(one, "end_lasting", self.end, methods=["POST"])

    def ask(self, application: str) -> Answer:
        """The question, for somebody who comes back from proving who they are."""
        owner = self._giver(application)
        if not isinstance(owner, Owner):
            return owner
        name = names_of(self._core).get(application, application)
        sentence = _(
            "It does nothing more in your name while you are away, and asks you again before it "
            "does. You can go on opening it."
        )
        return ask(
            Question(
                title=_("End the access of %(name)s while you are away?", name=name),
                sentences=(sentence,),
                button=_("End the access"),
                action=address_of(application),
                back=LIST,
                back_label=_("Change nothing"),
            )
        )

    def end(self, application: str) -> Answer:
        """End it; the application asks anew."""
        owner = self._giver(application)
        if not isinstance(owner, Owner):
            return owner
        with self._core.database.write() as tx:
            ended = end_lasting(self._core, tx, owner, application)
        return see_other(f"{LIST}?done=lasting" if ended else LIST)

    def _giver(self, application: str) -> Owner | Answer:
        """Who lets this application in, and has just proved who they are."""
        owner = owner_of(self._services, LIST)
        if not isinstance(owner, Owner):
            return owner
        with self._core.database.read() as tx:
            kept = self._core.lasting.of_account(tx, owner.account.id)
        if application not in {one.application for one in kept}:
            return see_other(LIST)
        page = address_of(application)
        return fresh_proof(self._services, owner.visit, page, Level.PASSWORD) or owner


def end_lasting(core: Core, tx: Tx, owner: Owner, application: str) -> int:
    """Both what it has, and the consent by which it would have it again unasked."""
    account, origin = owner.account.id, owner.visit.call.origin
    core.consents.take_out(tx, account, application, SCOPE)
    return core.lasting.end(tx, account, application, PERSON, origin)


def address_of(application: str) -> str:
    """The address that ends it; the key is one of ours."""
    return f"/account/lasting/{quote(application, safe='')}/end"


def lasting_facts(core: Core, account: str) -> list[dict[str, Any]]:
    """What a person lets in while they are away, the latest first."""
    names = names_of(core)
    with core.database.read() as tx:
        kept = core.lasting.of_account(tx, account)
    return [
        {
            "key": one.application,
            "application": names.get(one.application, one.application),
            "since": Stamp(one.since),
            "until": Stamp(one.until),
            "at_latest": Stamp(one.at_latest),
        }
        for one in kept
    ]
