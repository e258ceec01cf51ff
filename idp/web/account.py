# SPDX-License-Identifier: Apache-2.0
"""« My account »: who one is, where one is logged in, what one has opened."""

from datetime import UTC, datetime
from typing import Any

from flask_babel import format_datetime
from flask_babel import gettext as _

from idp.accounts import service as accounts
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.sessions.values import Session
from idp.web.choosing import SHOWN_ZONE
from idp.web.devices import describe_device
from idp.web.visit import Visit


class AccountPages:
    """GET /account."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page("/account", "account", self.home)

    def home(self) -> Answer:
        """The page, for somebody who is logged in."""
        visit = Visit(self._services)
        visit.touch()
        session = visit.session
        if session is None:
            return see_other("/login")
        core = self._core
        with core.database.read() as tx:
            account = accounts.load(tx, session.account)
            sessions = core.sessions.of_account(tx, session.account)
            opened = {one.id: core.sessions.opened_in(tx, one.id) for one in sessions}
            names = {one.key: one.name for one in core.applications.every(tx)}
        if account is None:
            return see_other("/login")
        last_used: dict[str, int] = {}
        for entries in opened.values():
            for entry in entries:
                name = names.get(entry.application, entry.application)
                last_used[name] = max(entry.first_at, last_used.get(name, 0))
        rows = [
            self._row(one, [names.get(each.application, "") for each in opened[one.id]], session)
            for one in sessions
        ]
        context = {
            "account": {
                "name": account.person.display_name,
                "identifier": account.person.identifier,
                "email": account.person.email or None,
                "sessions": rows,
                "applications": [
                    {"name": name, "last_used": shown_moment(at)}
                    for name, at in sorted(last_used.items())
                ],
                "portal_url": "/",
            }
        }
        return Page("account/home.html", context, headers=list(NO_STORE))

    def _row(self, one: Session, names: list[str], current: Session) -> dict[str, Any]:
        return {
            "device": describe_device(one.user_agent),
            "place": one.address or _("Unknown"),
            "since": shown_moment(one.created_at),
            "applications": names,
            "current": one.id == current.id,
        }


def shown_moment(moment: int) -> str:
    """A date and time as people read it."""
    local = datetime.fromtimestamp(moment, UTC).astimezone(SHOWN_ZONE)
    return str(format_datetime(local, "d MMMM y, HH:mm", rebase=False))
