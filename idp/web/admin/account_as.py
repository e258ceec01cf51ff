# SPDX-License-Identifier: Apache-2.0
"""« View as »: what the person would see. Nobody becomes anybody: no session, no right, no link."""

from functools import cache, partial

from idp.accounts import service as accounts
from idp.administration.authority import Denied
from idp.administration.rights import Right
from idp.applications import logos
from idp.credentials.held import held_by
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer
from idp.login.gate import is_hidden
from idp.sessions.values import Session
from idp.web.account_menu import Holder, menu_for
from idp.web.account_page import shown_population
from idp.web.admin.account_door import PATH, Looking, looking_at
from idp.web.admin.account_sheet import tabs_of, trail_of
from idp.web.admin.entry import refused, show
from idp.web.tiles import Viewer, has_tile, tile_of


class ViewAsPages:
    """GET /admin/accounts/<id>/as."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page(f"{PATH}/<account>/as", "admin-account-as", self.view)

    def view(self, account: str) -> Answer:
        """Their tiles and their account's menu, right after a login that proved nothing yet."""
        looking = looking_at(self._services, account, "/as", Right.MEANS_SEE)
        if not isinstance(looking, Looking):
            return looking
        with self._core.database.write() as tx:
            sheet = self._services.office.people.view_as(tx, looking.clerk.authority, account)
        if isinstance(sheet, Denied):
            return refused(sheet)
        theirs = sheet.account
        with self._core.database.read() as tx:
            applications = self._core.applications.every(tx)
            communities = accounts.community_names(tx)
            pictures = logos.addresses(tx)
            held = held_by(tx, theirs.id)
            linked = len(self._core.provider_links.of_account(tx, theirs.id))
            waiting = len(self._core.approving.approvals.of_account(tx, theirs.id))
            hidden = is_hidden(tx, theirs.id, theirs.person.population.value)
            practises = bool(self._core.activities.of(tx, theirs.id))
        attempts = self._services.attempts
        lacks = cache(partial(attempts.lacks, account=theirs.id))
        # A session that exists nowhere, in which nothing was proved.
        nowhere = Session("", theirs.id, (), 0, 0, 0)
        default = self._core.settings.cards.revocation
        viewer = Viewer(
            theirs, nowhere, attempts.levels, lacks, communities, default, hidden, practises
        )
        issuer = self._core.settings.server.issuer
        tiles = [
            tile_of(viewer, application, pictures.get(application.key), issuer)
            for application in applications
            if has_tile(application)
        ]
        usable = frozenset(kind for kind in attempts.levels if not lacks(kind))
        context = {
            "path": looking.path,
            "name": looking.name,
            "tabs": tabs_of(looking, "as"),
            "back_trail": trail_of(looking),
            "population": shown_population(theirs.person.population),
            "open_account": theirs.state.value == "active",
            "tiles": tiles,
            "menu_shown": menu_for(
                Holder(theirs, held, len(looking.sheet.sessions), usable, linked, waiting)
            ),
        }
        return show(looking.clerk, "account_as", context)
