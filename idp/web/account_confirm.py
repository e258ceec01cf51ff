# SPDX-License-Identifier: Apache-2.0
"""« Confirm that it is you »: a code to a known address, where there is no second factor yet."""

import re
from typing import Final
from urllib.parse import quote

from flask import request
from flask_babel import gettext as _

from connectors.base import Level
from idp.credentials.addresses import Proved
from idp.credentials.beside import Beside, Later, Way
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Core, Services
from idp.http.wire import Answer, Page, see_other
from idp.login.freshness import holds_fresh
from idp.sessions.values import Session
from idp.web.account_page import shown_moment
from idp.web.account_parts import Owner, proved_owner, show

HERE: Final = "/account/confirm"
ROOT: Final = "/account/"
# A page of the account, and nothing else.
PAGE = re.compile(r"[a-z]+(?:/[a-z]+)*")


def proved_beside(services: Services, page: str) -> Owner | Answer:
    """As `proved_owner`; and something beside the password of whoever has nothing but that.

    CR-009: for what decides who holds the account: its factors, its addresses, all its data.
    """
    owner = proved_owner(services, page)
    if not isinstance(owner, Owner):
        return owner
    core, session = services.core, owner.session
    if _is_confirmed(core, session):
        return owner
    with core.database.read() as tx:
        if core.beside.holds(tx, session.account, session.id):
            return owner
    return see_other(_address(page.removeprefix(ROOT)))


class ConfirmPages:
    """GET and POST /account/confirm."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._beside: Beside = services.core.beside

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page(HERE, "account_confirm", self.show, methods=["GET", "POST"])

    def show(self) -> Answer:
        """The button that sends a code, then the field for it, then the page that asked."""
        wanted = request.args.get("for", "")
        if not PAGE.fullmatch(wanted):
            wanted = ""
        here = _address(wanted)
        owner = proved_owner(self._services, here, Level.PASSWORD)
        if not isinstance(owner, Owner):
            return owner
        with self._core.database.read() as tx:
            way = self._beside.way(tx, owner.account)
            done = self._beside.holds(tx, owner.account.id, owner.session.id)
        if done or _is_confirmed(self._core, owner.session):
            return see_other((ROOT + wanted).removesuffix("/"))
        if not isinstance(way, Way):
            return _no_way(owner, way)
        if request.method != "POST":
            return self._page(owner, way, here)
        return self._take(owner, way, here, wanted)

    def _take(self, owner: Owner, way: Way, here: str, wanted: str) -> Answer:
        account, session = owner.account.id, owner.session.id
        if request.form.get("channel"):
            posted = self._beside.ask(account, session, owner.visit.call.origin)
            return self._page(owner, way, here, posted=posted)
        proved = self._beside.prove(account, session, request.form.get("code", ""))
        if proved is Proved.DONE:
            return see_other((ROOT + wanted).removesuffix("/"))
        return self._page(owner, way, here, wrong=proved is Proved.WRONG)

    def _page(
        self, owner: Owner, way: Way, here: str, *, posted: str = "", wrong: bool = False
    ) -> Page:
        sent = self._beside.sent(owner.account.id, owner.session.id)
        context = {
            "action": here,
            "way": {"channel": way.channel, "shown": way.shown},
            "sent": sent,
            "posted": posted,
            "wrong": wrong,
        }
        return show("confirm", context)


def _address(wanted: str) -> str:
    return f"{HERE}?for={quote(wanted)}" if wanted else HERE


def _is_confirmed(core: Core, session: Session) -> bool:
    revocation = core.settings.cards.revocation
    return holds_fresh(session, Level.TWO_FACTORS, core.clock.now(), revocation)


def _no_way(owner: Owner, later: Later | None) -> Page:
    """Nothing proves anything now: when it will, or where to turn."""
    if later is not None:
        names = shown_moment(later.until)
        return problem_page("address-too-new", status=403, names=names)
    actions = []
    if owner.account.person.email:
        # A code to the address that is on file gives nobody else a way in.
        actions = [(_("Verify my e-mail address"), "/account/contact/email?verify=yes", True)]
    return problem_page("no-verified-address", status=403, actions=actions)
