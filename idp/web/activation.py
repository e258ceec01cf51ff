# SPDX-License-Identifier: Apache-2.0
"""The link of an approval: somebody opens their account by choosing its first password."""

import re

from flask_babel import gettext as _

from idp.accounts import service as accounts
from idp.accounts.values import Account, State
from idp.http.cookies import LINK_LIFE
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.login.renewal import Renewed, Why
from idp.web.password_rules import (
    Unfit,
    new_password_page,
    nobody_there,
    read_new_password,
    rules_of,
    tell_rules,
)
from idp.web.visit import Visit

COOKIE = "activation"
PAGE = "/activate"
SECRET = re.compile(r"[A-Za-z0-9_-]{1,128}")


class ActivationPages:
    """Under /activate."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(f"{PAGE}/<secret>", "activation_link", self.follow)
        app.page(PAGE, "activation", self.show)
        app.page(PAGE, "activated", self.choose, methods=["POST"])
        app.page(f"{PAGE}/rules", "activation_rules", self.look, methods=["POST"])

    def follow(self, secret: str) -> Answer:
        """CR-043: out of the address at once, and into a cookie; looking uses nothing up."""
        reply = see_other(PAGE)
        if SECRET.fullmatch(secret):
            reply.headers.append(self._core.jar.set(COOKIE, secret, LINK_LIFE))
        return reply

    def show(self) -> Answer:
        """The form, for the holder of a live link."""
        opened = self._open(Visit(self._services))
        return self._page(opened[1]) if opened else self._over()

    def look(self) -> Answer:
        """The rules met so far, for the holder of a live link; it uses nothing up."""
        opened = self._open(Visit(self._services))
        return tell_rules(self._core, opened[1]) if opened else nobody_there()

    def choose(self) -> Answer:
        """CR-049: once, and void after any password. Nobody is logged in by it (CR-044)."""
        visit = Visit(self._services)
        opened = self._open(visit)
        if opened is None:
            return self._over()
        secret, account = opened
        chosen = read_new_password(self._core, account)
        if isinstance(chosen, Unfit):
            return self._page(account, chosen)
        core, origin = self._core, visit.call.origin
        with core.database.write() as tx:
            if core.reset_links.use_activation(tx, secret) != account.id:
                return self._over()
            changed = core.renewal.change(tx, account, chosen.hashed, Why.FIRST, origin)
        if isinstance(changed, Renewed):
            self._services.leaving.tell_all(account.id, changed.ended)
        context = {"activation": {"identifier": account.person.identifier, "login_url": "/login"}}
        page = Page("password/activated.html", context, headers=list(NO_STORE))
        page.headers.append(core.jar.drop(COOKIE))
        return page

    def _open(self, visit: Visit) -> tuple[str, Account] | None:
        """The link's secret and its account, while both are good."""
        core = self._core
        secret = visit.call.cookie(core.jar.name(COOKIE))
        with core.database.read() as tx:
            found = core.reset_links.find_activation(tx, secret) if secret else None
            account = accounts.load(tx, found) if found else None
        if account is None or account.state is not State.ACTIVE:
            return None
        return secret, account

    def _page(self, account: Account, unfit: Unfit | None = None) -> Page:
        new = rules_of(self._core, account, PAGE, unfit)
        context = {"activation": {"action": PAGE, "new": new, "name": account.person.display_name}}
        return new_password_page("password/activate.html", context, unfit)

    def _over(self) -> Page:
        page = problem_page(
            "activation-over",
            status=410,
            actions=[
                (_("Ask for another link"), "/password/forgotten", True),
                (_("Log in"), "/login", False),
            ],
        )
        page.headers.append(self._core.jar.drop(COOKIE))
        return page
