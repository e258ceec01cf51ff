# SPDX-License-Identifier: Apache-2.0
"""What administrators changed of an account, and taking a change back."""

from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.administration.authority import Denied
from idp.administration.changes import PAGE, Change
from idp.administration.outcomes import Stale
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.account_page import stamp
from idp.web.admin.account_door import PATH, Looking, denied, looking_at
from idp.web.admin.account_sheet import tabs_of, trail_of
from idp.web.admin.account_words import shown_actor, shown_change, shown_field, shown_value
from idp.web.admin.entry import refused, show
from idp.web.admin.listing import LONGEST_CURSOR
from idp.web.admin.region_history import names_of_actors


class AccountChangePages:
    """GET /admin/accounts/<id>/history, and undoing from there."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._people = services.office.people

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        path = f"{PATH}/<account>/history"
        app.page(path, "admin-account-history", self.listed)
        app.page(f"{path}/<change>/undo", "admin-account-undo", self.undo, methods=("POST",))

    def listed(self, account: str) -> Answer:
        """The newest first."""
        return self._show(account)

    def undo(self, account: str, change: str) -> Answer:
        """Take it back, where nothing else came since."""
        looking = looking_at(self._services, account)
        if not isinstance(looking, Looking):
            return looking
        with self._core.database.read() as tx:
            known = self._people.history(tx, looking.clerk.authority, account)
        # A change of somebody else is none of this address.
        if isinstance(known, Denied) or change not in {one.id for one in known}:
            return refused(Denied.NOT_FOUND)
        with self._core.database.write() as tx:
            done = self._people.undo(tx, looking.clerk.authority, change)
        if isinstance(done, Denied):
            return denied(done)
        if isinstance(done, Stale):
            return self._show(account, stale=True)
        return see_other(f"{looking.path}?done=undone")

    def _show(self, account: str, *, stale: bool = False) -> Answer:
        looking = looking_at(self._services, account, "/history")
        if not isinstance(looking, Looking):
            return looking
        after = request.args.get("after", "")[:LONGEST_CURSOR]
        authority = looking.clerk.authority
        with self._core.database.read() as tx:
            found = self._people.history(tx, authority, account, after)
            changes = [] if isinstance(found, Denied) else found
            names = names_of_actors(tx, changes)
        if isinstance(found, Denied):
            return refused(found)
        context = {
            "path": looking.path,
            "name": looking.name,
            "tabs": tabs_of(looking, "history"),
            "back_trail": trail_of(looking),
            "changes": [_told(one, names, undoable=not after) for one in changes],
            "older": f"{looking.path}/history?after={found[-1].cursor}"
            if len(found) == PAGE
            else "",
            "newest": f"{looking.path}/history" if after else "",
            "stale_now": stale,
        }
        return show(looking.clerk, "account_history", context, 409 if stale else 200)


def _told(one: Change, names: dict[str, str], *, undoable: bool) -> dict[str, Any]:
    fields = [name for name in {**one.before, **one.after} if not name.endswith("_verified")]
    return {
        "id": one.id,
        "what": shown_change(one.kind),
        "by": shown_actor(one.by, names),
        "at": stamp(one.at),
        "reason": one.reason,
        "fields": [
            (
                shown_field(name),
                shown_value(name, one.before.get(name)),
                shown_value(name, one.after.get(name)),
            )
            for name in fields
        ],
        "undone": one.undone,
        "undoable": undoable and one.undoable,
        "about": _(
            "%(what)s, by %(who)s", what=shown_change(one.kind), who=shown_actor(one.by, names)
        ),
    }
