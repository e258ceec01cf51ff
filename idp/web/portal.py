# SPDX-License-Identifier: Apache-2.0
"""The portal: the public face, and after a login the applications one may open."""

from functools import cache, partial

from idp.accounts import service as accounts
from idp.applications import logos
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page
from idp.login.gate import is_hidden
from idp.web.news import shown_announcements
from idp.web.tiles import Viewer, has_tile, tile_of
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
            return self._welcome()
        with self._core.database.read() as tx:
            account = accounts.load(tx, session.account)
            applications = self._core.applications.every(tx)
            communities = accounts.community_names(tx)
            pictures = logos.addresses(tx)
            hidden = account is not None and is_hidden(
                tx, account.id, account.person.population.value
            )
            practises = account is not None and bool(self._core.activities.of(tx, account.id))
            held = self._services.office.authorities.held_by(tx, session.account)
        if account is None:
            return self._welcome()
        attempts = self._services.attempts
        # Several applications ask for the same means: each is looked at once.
        lacks = cache(partial(attempts.lacks, account=account.id))
        default = self._core.settings.cards.revocation
        viewer = Viewer(
            account, session, attempts.levels, lacks, communities, default, hidden, practises
        )
        issuer = self._core.settings.server.issuer
        tiles = [
            tile_of(viewer, application, pictures.get(application.key), issuer)
            for application in applications
            if has_tile(application)
        ]
        context = {
            "person": account.person,
            "applications": tiles,
            "announcements": shown_announcements(self._core),
            "account_url": "/account",
            "console_url": "/admin" if held else None,
            "logout_url": "/logout",
        }
        return Page("portal/home.html", context, headers=list(NO_STORE))

    def _welcome(self) -> Page:
        news = shown_announcements(self._core)
        offered = self._core.registration.drafts.open
        context = {
            "login_url": "/login",
            "register_url": "/registration" if offered else "",
            "announcements": news,
        }
        return Page("portal/welcome.html", context, headers=list(NO_STORE))
