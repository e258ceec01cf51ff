# SPDX-License-Identifier: Apache-2.0
"""The portal: the public face, and after a login the applications one may open."""

from typing import Any

from flask_babel import gettext as _

from idp.accounts import service as accounts
from idp.accounts.values import Account
from idp.applications import logos
from idp.applications.values import Application
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page
from idp.login.flow import offered_means
from idp.web.visit import Visit


class PortalPages:
    """GET /."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page("/", "portal", self.home)

    def home(self) -> Answer:
        """The tiles, or the public page for a visitor without a session."""
        visit = Visit(self._services)
        visit.touch()
        session = visit.session
        if session is None:
            return Page("portal/welcome.html", {"login_url": "/login"}, headers=list(NO_STORE))
        with self._core.database.read() as tx:
            account = accounts.load(tx, session.account)
            applications = self._core.applications.every(tx)
            communities = accounts.community_names(tx)
            pictures = logos.addresses(tx)
        if account is None:
            return Page("portal/welcome.html", {"login_url": "/login"}, headers=list(NO_STORE))
        tiles = [
            self._tile(application, account, communities)
            | {"logo_url": pictures.get(application.key)}
            for application in applications
            if application.enabled and application.listed and application.home_url
        ]
        context = {
            "person": account.person,
            "applications": tiles,
            "announcements": [],
            "account_url": "/account",
            "logout_url": "/logout",
        }
        return Page("portal/home.html", context, headers=list(NO_STORE))

    def _tile(
        self, application: Application, account: Account, communities: dict[str, str]
    ) -> dict[str, Any]:
        return {
            "name": application.name,
            "description": application.description,
            "url": application.home_url,
            "missing": self._missing(application, account, communities),
        }

    def _missing(
        self, application: Application, account: Account, communities: dict[str, str]
    ) -> str | None:
        """What keeps this person out, in a sentence; nothing where they may enter."""
        policy = application.policy
        if account.person.population not in policy.populations:
            return str(_("Not meant for your kind of account."))
        if policy.communities and not account.communities & set(policy.communities):
            names = ", ".join(communities.get(key, key) for key in policy.communities)
            return str(_("For members of: %(names)s.", names=names))
        if not offered_means(policy, self._services.attempts.levels, policy.level):
            return str(_("Needs a way of logging in that is not available here yet."))
        return None
