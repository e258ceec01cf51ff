# SPDX-License-Identifier: Apache-2.0
"""The accounts of a list, as a table to take away."""

from typing import Any

from idp.administration.authority import Denied
from idp.administration.csv_out import MEDIA_TYPE, export
from idp.administration.people.csv_accounts import HEADER
from idp.administration.people.search import Query
from idp.administration.rights import Right
from idp.http.downloads import download
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.web.admin.account_door import PATH
from idp.web.admin.entry import Clerk, proved_clerk, refused
from idp.web.admin.typed import read_typed

DAY = 86_400
FILTERS = ("text", "population", "state", "establishment", "community", "role")


class AccountExportPages:
    """POST /admin/accounts/export, with the filters of the list."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._clock = services.core.clock
        self._export = services.office.account_export

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page(f"{PATH}/export", "admin_accounts_export", self.take, methods=("POST",))

    def take(self) -> Any:
        """The table, streamed."""
        clerk = proved_clerk(self._services, PATH, Right.ACCOUNTS_EXPORT)
        if not isinstance(clerk, Clerk):
            return clerk
        typed = read_typed(*FILTERS, "idle", longest=200)
        idle = typed.pop("idle")
        days = int(idle) if idle.isascii() and idle.isdigit() and len(idle) < 6 else 0
        since = self._clock.now() - days * DAY if days else None
        found = self._export.rows(clerk.authority, query_of(typed, since))
        if isinstance(found, Denied):
            return refused(found)
        return download("accounts.csv", MEDIA_TYPE, export(HEADER, found))


def query_of(typed: dict[str, str], since: int | None) -> Query:
    """What the list was asked for."""
    return Query(
        text=typed["text"],
        population=typed["population"],
        state=typed["state"],
        establishment=typed["establishment"],
        community=typed["community"],
        role=typed["role"],
        without_login_since=since,
    )
