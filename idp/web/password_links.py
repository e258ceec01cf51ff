# SPDX-License-Identifier: Apache-2.0
"""The link of a letter that leads to a new password: of a forgotten one, or of a new account's."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from idp.accounts import service as accounts
from idp.accounts.values import Account, State
from idp.db import Tx
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

SECRET = re.compile(r"[A-Za-z0-9_-]{1,128}")
# What a page of a problem leads to: a label, an address, whether it is the first choice.
Ways = Callable[[], list[tuple[str, str, bool]]]


@dataclass(frozen=True, slots=True)
class Link:
    """One kind of link."""

    # Its views begin with this; so do its cookie and what its templates read.
    name: str
    # The address in the letter, without the secret, and that of the form.
    letter: str
    page: str
    find: Callable[[Tx, str], str | None]
    use: Callable[[Tx, str], str | None]
    why: Why
    form: str
    done: str
    over: str
    ways: Ways


class PasswordLinkPages:
    """The letter's address, the form, and what comes after."""

    def __init__(self, services: Services, link: Link) -> None:
        self._services = services
        self._core = services.core
        self._link = link

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        link = self._link
        app.page(f"{link.letter}/<secret>", f"{link.name}_link", self.follow)
        app.page(link.page, f"{link.name}_form", self.show)
        app.page(link.page, f"{link.name}_chosen", self.choose, methods=["POST"])
        app.page(f"{link.page}/rules", f"{link.name}_rules", self.look, methods=["POST"])

    def follow(self, secret: str) -> Answer:
        """CR-043: out of the address at once, and into a cookie; looking uses nothing up."""
        reply = see_other(self._link.page)
        if SECRET.fullmatch(secret):
            reply.headers.append(self._core.jar.set(self._link.name, secret, LINK_LIFE))
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
        """Once, void after any password (CR-041, CR-049); nobody is logged in by it (CR-044)."""
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
            if self._link.use(tx, secret) != account.id:
                return self._over()
            changed = core.renewal.change(tx, account, chosen.hashed, self._link.why, origin)
        if isinstance(changed, Renewed):
            self._services.leaving.tell_all(account.id, changed.ended)
        known = {"identifier": account.person.identifier, "login_url": "/login"}
        page = Page(self._link.done, self._told(known), headers=list(NO_STORE))
        page.headers.append(core.jar.drop(self._link.name))
        return page

    def _open(self, visit: Visit) -> tuple[str, Account] | None:
        """The link's secret and its account, while both are good."""
        core = self._core
        secret = visit.call.cookie(core.jar.name(self._link.name))
        with core.database.read() as tx:
            found = self._link.find(tx, secret) if secret else None
            account = accounts.load(tx, found) if found else None
        if account is None or account.state is not State.ACTIVE:
            return None
        return secret, account

    def _page(self, account: Account, unfit: Unfit | None = None) -> Page:
        page = self._link.page
        new = rules_of(self._core, account, page, unfit)
        known = {"action": page, "new": new, "name": account.person.display_name}
        return new_password_page(self._link.form, self._told(known), unfit)

    def _over(self) -> Page:
        page = problem_page(self._link.over, status=410, actions=self._link.ways())
        page.headers.append(self._core.jar.drop(self._link.name))
        return page

    def _told(self, known: dict[str, Any]) -> dict[str, Any]:
        return {self._link.name: known}
