# SPDX-License-Identifier: Apache-2.0
"""A forgotten password: asking for help, and the link that leads to a new one."""

import re

from flask import request
from flask_babel import get_locale
from flask_babel import gettext as _

from idp.accounts import service as accounts
from idp.accounts.values import Account, State
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

LONGEST_NAME = 256
JOURNEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
COOKIE = "reset"
CHOOSE = "/password/new"


class ForgottenPages:
    """Under /password."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page("/password/forgotten", "forgotten", self.ask)
        app.page("/password/forgotten", "forgotten_asked", self.take, methods=["POST"])
        app.page("/password/sent", "forgotten_sent", self.sent)
        app.page("/password/reset/<secret>", "reset_link", self.follow)
        app.page(CHOOSE, "new_password", self.show)
        app.page(CHOOSE, "new_password_chosen", self.replace, methods=["POST"])
        app.page(f"{CHOOSE}/rules", "new_password_rules", self.look, methods=["POST"])

    def ask(self) -> Answer:
        """Who forgot it?"""
        return self._form("", None)

    def _form(self, typed: str, error: str | None, status: int = 200) -> Page:
        context = {
            "forgotten": {
                "action": "/password/forgotten",
                "identifier": typed[:LONGEST_NAME],
                "error": error,
                "back_url": back_to(request.values.get("from", "")),
                "journey": known_journey(request.values.get("from", "")),
            }
        }
        return Page("password/forgotten.html", context, status, headers=list(NO_STORE))

    def take(self) -> Answer:
        """The same answer for everybody, known or not, at the same cost (CR-030, CR-031)."""
        visit = Visit(self._services)
        typed = request.form.get("identifier", "").strip()
        if not typed:
            return self._form("", _("Type your identifier or your e-mail address."))
        if len(typed) > LONGEST_NAME or "\x00" in typed:
            return self._form("", _("This is too long to be an identifier or an e-mail address."))
        with self._core.database.write() as tx:
            self._core.forgotten.ask(tx, typed, self._locale(), visit.call.origin)
        journey = known_journey(request.form.get("from", ""))
        return see_other("/password/sent" + (f"?from={journey}" if journey else ""))

    def _locale(self) -> str:
        return str(get_locale() or self._core.settings.locale.default)

    def sent(self) -> Answer:
        """What happens now, and what to do when nothing comes."""
        rules = self._core.settings.policies
        context = {
            "forgotten": {
                "minutes": rules.reset_life // 60,
                "temporary_minutes": rules.forgotten_life // 60,
                "back_url": back_to(request.args.get("from", "")),
                "again_url": "/password/forgotten",
            }
        }
        return Page("password/sent.html", context, headers=list(NO_STORE))

    def follow(self, secret: str) -> Answer:
        """CR-043: out of the address at once, and into a cookie; looking uses nothing up."""
        reply = see_other(CHOOSE)
        if len(secret) <= 128 and re.fullmatch(r"[A-Za-z0-9_-]+", secret):
            life = self._core.settings.policies.reset_life
            reply.headers.append(self._core.jar.set(COOKIE, secret, life))
        return reply

    def _open(self, visit: Visit) -> tuple[str, Account] | None:
        """The link's secret and its account, while both are good."""
        core = self._core
        secret = visit.call.cookie(core.jar.name(COOKIE))
        with core.database.read() as tx:
            found = core.reset_links.find(tx, secret) if secret else None
            account = accounts.load(tx, found) if found else None
        if account is None or account.state is not State.ACTIVE:
            return None
        return secret, account

    def show(self) -> Answer:
        """The form, for the holder of a live link."""
        opened = self._open(Visit(self._services))
        return self._page(opened[1]) if opened else self._over()

    def _page(self, account: Account, unfit: Unfit | None = None) -> Page:
        context = {"reset": {"action": CHOOSE, "new": rules_of(self._core, account, CHOOSE, unfit)}}
        return new_password_page("password/new.html", context, unfit)

    def look(self) -> Answer:
        """The rules met so far, for the holder of a live link; it uses nothing up."""
        opened = self._open(Visit(self._services))
        return tell_rules(self._core, opened[1]) if opened else nobody_there()

    def _over(self) -> Page:
        page = problem_page(
            "reset-over",
            status=410,
            actions=[(_("Ask for another link"), "/password/forgotten", True)],
        )
        page.headers.append(self._core.jar.drop(COOKIE))
        return page

    def replace(self) -> Answer:
        """CR-041: once, and void after any change. Nobody is logged in by it (CR-044)."""
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
            if core.reset_links.use(tx, secret) != account.id:
                return self._over()
            changed = core.renewal.change(tx, account, chosen.hashed, Why.RESET, origin)
        if isinstance(changed, Renewed):
            self._services.leaving.tell_all(account.id, changed.ended)
        page = Page(
            "password/done.html",
            {"reset": {"login_url": "/login"}},
            headers=list(NO_STORE),
        )
        page.headers.append(core.jar.drop(COOKIE))
        return page


def known_journey(text: str) -> str:
    """The journey that somebody came from, where it may be one."""
    return text if JOURNEY.fullmatch(text) else ""


def back_to(text: str) -> str:
    """The way back to the login."""
    journey = known_journey(text)
    return f"/login/{journey}" if journey else "/login"
