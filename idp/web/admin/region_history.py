# SPDX-License-Identifier: Apache-2.0
"""What was changed of an establishment, a community or password rules, and taking it back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.accounts import service as accounts
from idp.accounts.values import Population
from idp.administration.authority import Denied
from idp.administration.changes import PAGE, Change
from idp.administration.rights import Right
from idp.db import Tx
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.account_page import stamp
from idp.web.admin import communities, establishments, launcher_words, launchers, policies
from idp.web.admin.account_words import shown_actor
from idp.web.admin.application_access import population_words
from idp.web.admin.deciding import denied_answer
from idp.web.admin.entry import Clerk, clerk_of, proved_clerk, refused, show
from idp.web.admin.listing import LONGEST_CURSOR


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing that has a history: where it is, who may see and change it, its words."""

    path: str
    see: Right
    edit: Right
    service: Any
    # The title of its list, a field's label and value, and the name of the thing.
    title: Callable[[], str]
    label: Callable[[str], str]
    value: Callable[[str, Any], str]
    called: Callable[[Tx, Clerk, str], str]
    # The key as the service takes it; None where it is none.
    key: Callable[[str], Any]
    # Whether what is undone is sensitive enough to prove oneself.
    proved: bool = False


class RegionHistoryPages:
    """GET /admin/<kind>/<key>/history, and undoing from there."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        for name, kind in self._kinds().items():
            path = f"{kind.path}/<key>/history"
            page = _Page(self._services, kind)
            app.page(path, f"admin-{name}-history", page.listed)
            app.page(f"{path}/<change>/undo", f"admin-{name}-undo", page.undo, methods=("POST",))

    def _kinds(self) -> dict[str, Kind]:
        office = self._services.office
        return {
            "establishment": Kind(
                establishments.PATH,
                Right.ESTABLISHMENTS_SEE,
                Right.ESTABLISHMENTS_EDIT,
                office.houses,
                lambda: _("Establishments"),
                lambda name: str(establishments.labels_of().get(name, _("State"))),
                lambda name, one: shown_standing(one) if name == "state" else str(one or "–"),
                self._house,
                str,
            ),
            "community": Kind(
                communities.PATH,
                Right.COMMUNITIES_SEE,
                Right.COMMUNITIES_EDIT,
                office.networks,
                lambda: _("Communities"),
                lambda name: _("Name") if name == "name" else _("Open to establishments"),
                _shown,
                lambda tx, _clerk, key: accounts.community_names(tx).get(key, key),
                str,
            ),
            "launcher": Kind(
                launchers.PATH,
                Right.APPLICATIONS_SEE,
                Right.APPLICATIONS_EDIT,
                office.launchers,
                lambda: _("Establishments’ software"),
                launcher_words.label_of,
                lambda _name, one: str(one or "–"),
                self._software,
                str,
                proved=True,
            ),
            "policy": Kind(
                policies.HERE,
                Right.POLICIES_SEE,
                Right.POLICIES_EDIT,
                office.passwords,
                lambda: _("Policies"),
                lambda name: _("Set here") if name == "own" else policies.rule_words(name),
                _shown,
                lambda _tx, _clerk, key: population_words(key),
                lambda key: Population(key) if key in set(Population) else None,
                proved=True,
            ),
        }

    def _software(self, tx: Tx, clerk: Clerk, key: str) -> str:
        found = self._services.office.launchers.load(tx, clerk.authority, key)
        return key if isinstance(found, Denied) else found.source.name

    def _house(self, tx: Tx, clerk: Clerk, key: str) -> str:
        found = self._services.office.houses.load(tx, clerk.authority, key)
        return key if isinstance(found, Denied) else found.establishment.name


class _Page:
    """The history of one kind of thing."""

    def __init__(self, services: Services, kind: Kind) -> None:
        self._services = services
        self._core = services.core
        self._kind = kind

    def listed(self, key: str) -> Answer:
        """The newest first."""
        clerk = clerk_of(self._services, f"{self._kind.path}/{key}/history", self._kind.see)
        return self._show(clerk, key) if isinstance(clerk, Clerk) else clerk

    def undo(self, key: str, change: str) -> Answer:
        """Take it back, where nothing else came since."""
        kind, here = self._kind, f"{self._kind.path}/{key}/history"
        door = proved_clerk if kind.proved else clerk_of
        clerk = door(self._services, here, kind.edit)
        if not isinstance(clerk, Clerk):
            return clerk
        named = kind.key(key)
        if named is None:
            return refused(Denied.NOT_FOUND)
        with self._core.database.write() as tx:
            done = kind.service.undo(tx, clerk.authority, named, change)
            undone = self._is_undone(tx, clerk, named, change)
        if isinstance(done, Denied):
            return denied_answer(done, kind.path)
        if not undone:
            return self._show(clerk, key, stale=True)
        return see_other(f"{here}?done=undone")

    def _is_undone(self, tx: Tx, clerk: Clerk, key: Any, change: str) -> bool:
        found = self._kind.service.history(tx, clerk.authority, key)
        return not isinstance(found, Denied) and any(
            one.id == change and one.undone for one in found
        )

    def _show(self, clerk: Clerk, key: str, *, stale: bool = False) -> Answer:
        kind, named = self._kind, self._kind.key(key)
        if named is None:
            return refused(Denied.NOT_FOUND)
        after = request.args.get("after", "")[:LONGEST_CURSOR]
        with self._core.database.read() as tx:
            found = kind.service.history(tx, clerk.authority, named, after)
            if isinstance(found, Denied):
                return refused(found)
            names = names_of_actors(tx, found)
            called = kind.called(tx, clerk, key)
        here = f"{kind.path}/{key}/history"
        may_edit = clerk.authority.may(kind.edit)
        context = {
            "name": called,
            "here": here,
            "back_trail": [(kind.title(), kind.path)]
            + ([(called, f"{kind.path}/{key}")] if clerk.authority.may(kind.edit) else []),
            "changes": [self._told(one, names, undoable=may_edit and not after) for one in found],
            "older": f"{here}?after={found[-1].cursor}" if len(found) == PAGE else "",
            "newest": here if after else "",
            "stale_now": stale,
            "done": _("The change is undone.") if request.args.get("done") == "undone" else None,
        }
        return show(clerk, "region_history", context, 409 if stale else 200)

    def _told(self, one: Change, names: Mapping[str, str], *, undoable: bool) -> dict[str, Any]:
        kind, what, who = self._kind, kind_words(one.kind), shown_actor(one.by, dict(names))
        return {
            "id": one.id,
            "what": what,
            "by": who,
            "at": stamp(one.at),
            "reason": one.reason,
            "fields": [
                (
                    kind.label(name),
                    kind.value(name, one.before.get(name)),
                    kind.value(name, one.after.get(name)),
                )
                for name in {**one.before, **one.after}
            ],
            "undone": one.undone,
            "undoable": undoable and one.undoable,
            "about": _("%(what)s, by %(who)s", what=what, who=who),
        }


def names_of_actors(tx: Tx, changes: list[Change]) -> dict[str, str]:
    """Administrators are named to one another: they answer for what they did."""
    found = {}
    for actor in {one.by for one in changes}:
        who = accounts.load(tx, actor)
        if who is not None:
            found[actor] = who.person.display_name
    return found


def kind_words(kind: str) -> str:
    """What was done, in words."""
    words = {"created": _("Made"), "edited": _("Changed"), "removed": _("Given up")}
    return str(words.get(kind, kind))


def shown_standing(state: str | None) -> str:
    """Whether an establishment takes part."""
    words = {"active": _("Taking part"), "closed": _("Closed")}
    return str(words.get(state or "", "–"))


def _shown(_name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return "–" if value is None or value == "" else str(value)
