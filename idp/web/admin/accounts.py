# SPDX-License-Identifier: Apache-2.0
"""Accounts: search, filters, pages by cursor."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from idp.accounts import service as accounts
from idp.accounts.values import Population, State
from idp.administration.authority import Authority, Denied
from idp.administration.people.lines import Line
from idp.administration.people.search import Query, Results
from idp.administration.rights import Right, Role
from idp.db import Tx
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer
from idp.web.account_page import shown_moment, shown_population
from idp.web.admin.account_door import PATH
from idp.web.admin.account_words import shown_state
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.listing import Filter, Listing, read_listing
from idp.web.admin.role_words import shown_role
from idp.web.admin.saved_views import ACCOUNTS, DONE, views_of
from idp.web.admin.typed import done_sentence

DAY = 86_400
IDLE = (30, 90, 180, 365)


class AccountListPages:
    """GET /admin/accounts."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._office = services.office

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page(PATH, "admin-accounts", self.every)

    def every(self) -> Answer:
        """A page of those in reach."""
        clerk = clerk_of(self._services, PATH, Right.ACCOUNTS_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        authority = clerk.authority
        with self._core.database.read() as tx:
            houses = self._houses(tx, authority)
            listing = read_listing(PATH, self._filters(tx, authority, houses))
            found = self._office.people.search(tx, authority, self._query(listing))
            views = views_of(tx, self._services, authority, ACCOUNTS)
        if isinstance(found, Denied):
            return refused(found)
        listing = listing.leading_to(found.next)
        context = {
            "listing": listing,
            "lines": [_line(one, houses, self._core.clock.now()) for one in found.lines],
            "said": _said(found),
            "views": views,
            "may_create": authority.may(Right.ACCOUNTS_CREATE),
            "may_export": authority.may(Right.ACCOUNTS_EXPORT),
            "done": done_sentence(DONE),
        }
        return show(clerk, "accounts", context)

    def _houses(self, tx: Tx, authority: Authority) -> dict[str, str]:
        found = self._office.houses.every(tx, authority)
        return {} if isinstance(found, Denied) else {one.key: one.name for one in found}

    def _filters(self, tx: Tx, authority: Authority, houses: dict[str, str]) -> list[Filter]:
        every = ("", _("All"))
        populations = [(one.value, shown_population(one)) for one in Population]
        states = [(one.value, shown_state(one.value)[0]) for one in State]
        names = sorted(accounts.community_names(tx).items(), key=lambda one: one[1].casefold())
        idle = [(str(days), _("%(days)s days", days=days)) for days in IDLE]
        found = [
            Filter("text", _("Name, identifier, e-mail, number"), "search"),
            Filter("population", _("Kind of account"), "choice", (every, *populations)),
            Filter("state", _("State"), "choice", (every, *states)),
            Filter("establishment", _("Establishment"), "choice", (every, *houses.items())),
            Filter("community", _("Community"), "choice", (every, *names)),
        ]
        if authority.may(Right.ROLES_SEE):
            roles = [(one.value, shown_role(one)) for one in Role]
            found.append(Filter("role", _("Role"), "choice", (every, *roles)))
        return [*found, Filter("idle", _("No login for"), "choice", (every, *idle))]

    def _query(self, listing: Listing) -> Query:
        idle = listing["idle"]
        return Query(
            text=listing["text"],
            population=listing["population"],
            state=listing["state"],
            establishment=listing["establishment"],
            community=listing["community"],
            role=listing["role"],
            without_login_since=self._core.clock.now() - int(idle) * DAY if idle else None,
            after=listing.after,
        )


def _line(one: Line, houses: dict[str, str], now: int) -> dict[str, Any]:
    word, tone = shown_state(one.state)
    return {
        "url": f"{PATH}/{one.id}",
        "name": f"{one.last_name} {one.first_name}".strip(),
        "identifier": one.identifier,
        "kind": one.profession or shown_population(Population(one.population)),
        "town": one.town,
        "houses": " · ".join(houses.get(key, key) for key in one.establishments),
        "state": word,
        "tone": tone,
        "last": shown_moment(one.last_login_at, now) if one.last_login_at else _("Never"),
    }


def _said(found: Results) -> str:
    if found.total is None:
        return str(_("More than a thousand accounts"))
    return str(ngettext("%(num)d account", "%(num)d accounts", found.total))
