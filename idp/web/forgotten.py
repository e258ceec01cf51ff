# SPDX-License-Identifier: Apache-2.0
"""A forgotten password: asking for help, and the link that leads to a new one."""

import re

from flask import request
from flask_babel import get_locale
from flask_babel import gettext as _

from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.login.renewal import Why
from idp.web.password_links import Link, PasswordLinkPages
from idp.web.visit import Visit

LONGEST_NAME = 256
JOURNEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
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


def reset_pages(services: Services) -> PasswordLinkPages:
    """The link of the letter."""
    links = services.core.reset_links
    return PasswordLinkPages(
        services,
        Link(
            name="reset",
            letter="/password/reset",
            page=CHOOSE,
            find=links.find,
            use=links.use,
            why=Why.RESET,
            form="password/new.html",
            done="password/done.html",
            over="reset-over",
            ways=_ways,
        ),
    )


def _ways() -> list[tuple[str, str, bool]]:
    return [(str(_("Ask for another link")), "/password/forgotten", True)]


def known_journey(text: str) -> str:
    """The journey that somebody came from, where it may be one."""
    return text if JOURNEY.fullmatch(text) else ""


def back_to(text: str) -> str:
    """The way back to the login."""
    journey = known_journey(text)
    return f"/login/{journey}" if journey else "/login"
