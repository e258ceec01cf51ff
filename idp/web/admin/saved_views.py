# SPDX-License-Identifier: Apache-2.0
"""Searches that one keeps by a name, on every list that has filters; theirs alone."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from flask_babel import lazy_gettext

from idp.administration.authority import Authority, Denied
from idp.administration.outcomes import Unfit
from idp.administration.rights import Right
from idp.db import Tx
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.admin.entry import Clerk, clerk_of, refused
from idp.web.admin.typed import read_typed

LONGEST: Final = 200
_l = lazy_gettext
DONE: Final = {
    "view": _l("The search is kept under its name."),
    "view-unfit": _l("The search was not kept: give it a name, or give another one up first."),
    "view-dropped": _l("The search is given up."),
}


@dataclass(frozen=True, slots=True)
class Searched:
    """A list with filters: what it is called, who sees it, by what it is searched."""

    name: str
    right: Right
    filters: tuple[str, ...]

    @property
    def path(self) -> str:
        """Its address."""
        return f"/admin/{self.name}"


ACCOUNTS: Final = Searched(
    "accounts",
    Right.ACCOUNTS_SEE,
    ("text", "population", "state", "establishment", "community", "role", "idle"),
)
REQUESTS: Final = Searched(
    "requests",
    Right.REQUESTS_SEE,
    ("text", "waiting", "assigned", "profession", "establishment", "stage", "order"),
)
PATIENTS: Final = Searched("patients", Right.PATIENTS_ENROL, ("text", "state", "establishment"))
MESSAGES: Final = Searched("messages", Right.MESSAGES_SEE, ("account", "state", "channel"))
AUDIT: Final = Searched(
    "audit",
    Right.AUDIT_SEE,
    (
        *("text", "account", "kind", "outcome", "application", "means", "address"),
        *("reference", "since", "until"),
    ),
)
LISTS: Final = (ACCOUNTS, REQUESTS, PATIENTS, MESSAGES, AUDIT)


class SavedViewPages:
    """POST /admin/<list>/views and /admin/<list>/views/<view>/drop."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._views = services.office.views

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        for one in LISTS:
            keep, drop = partial(self.keep, one), partial(self.drop, one)
            path, name, post = f"{one.path}/views", f"admin-{one.name}-view", ("POST",)
            app.page(path, f"{name}-keep", keep, methods=post)
            app.page(f"{path}/<view>/drop", f"{name}-drop", drop, methods=post)

    def keep(self, searched: Searched) -> Answer:
        """Keep the search that was asked for."""
        clerk = clerk_of(self._services, searched.path, searched.right)
        if not isinstance(clerk, Clerk):
            return clerk
        typed = read_typed(*searched.filters, longest=LONGEST)
        fields = {name: one for name, one in typed.items() if one}
        with self._core.database.write() as tx:
            name = read_typed("name")["name"]
            kept = self._views.keep(tx, clerk.authority, searched.name, name, fields)
        if isinstance(kept, Denied):
            return refused(kept)
        word = "view-unfit" if isinstance(kept, Unfit) else "view"
        return see_other(f"{searched.path}?{urlencode(fields | {'done': word})}")

    def drop(self, searched: Searched, view: str) -> Answer:
        """Give one up."""
        clerk = clerk_of(self._services, searched.path, searched.right)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.write() as tx:
            dropped = self._views.drop(tx, clerk.authority, view)
        if isinstance(dropped, Denied):
            return refused(dropped)
        return see_other(f"{searched.path}?done=view-dropped")


def views_of(
    tx: Tx, services: Services, authority: Authority, searched: Searched
) -> list[dict[str, Any]]:
    """One's own searches in a list, for its page."""
    found = services.office.views.listed(tx, authority, searched.name)
    return [
        {
            "name": one.name,
            "url": f"{searched.path}?{urlencode(dict(one.fields))}",
            "drop_url": f"{searched.path}/views/{one.id}/drop",
        }
        for one in (() if isinstance(found, Denied) else found)
    ]
