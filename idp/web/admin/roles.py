# SPDX-License-Identifier: Apache-2.0
"""Who holds which role: one page, from which each account is opened."""

from flask_babel import gettext as _

from idp.administration.authority import Denied
from idp.administration.rights import Right, Role
from idp.administration.role_holders import role_holders
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer
from idp.web.account_page import stamp
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.listing import Filter, read_listing
from idp.web.admin.role_words import ABOUT, shown_role

PATH = "/admin/roles"


class RolePages:
    """GET /admin/roles."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page(PATH, "admin-roles", self.every)

    def every(self) -> Answer:
        """By role and name."""
        clerk = clerk_of(self._services, PATH, Right.ROLES_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        choices = (("", _("All")), *((one.value, shown_role(one)) for one in Role))
        listing = read_listing(PATH, (Filter("role", _("Role"), "choice", choices),))
        authorities = self._services.office.authorities
        wished = Role(listing["role"]) if listing["role"] else None
        with self._core.database.read() as tx:
            found = role_holders(tx, clerk.authority, authorities, wished)
        if isinstance(found, Denied):
            return refused(found)
        holders = [
            {
                "name": one.name,
                "identifier": one.identifier,
                "account": one.account,
                "role": shown_role(one.held.role),
                "about": ABOUT[one.held.role],
                "perimeter": one.establishment or _("The whole region"),
                "since": stamp(one.granted_at),
            }
            for one in found
        ]
        return show(clerk, "roles", {"holders": holders, "listing": listing})
