# SPDX-License-Identifier: Apache-2.0
"""Communities: the list, adding, another name, giving one up."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from idp.administration.authority import Denied
from idp.administration.region.networks import UnfitNetwork
from idp.administration.rights import Right
from idp.db import Tx
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.admin.asking import Question, ask
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.typed import done_sentence, read_typed

PATH = "/admin/communities"
_l = lazy_gettext
DONE = {
    "added": _l("The community is there."),
    "kept": _l("The community has its new name."),
    "removed": _l("The community is given up."),
}
FAULTS = {
    "key": _l("Small letters, digits and hyphens, 64 at most: onco-centre."),
    "taken": _l("A community with this key is there already."),
    "name": _l("A name is a text on one line, of 128 characters at most."),
    "members": _l("It has members still. Take them out first."),
    "applications": _l("An application is open to its members alone. Change its policy first."),
}


class CommunityPages:
    """GET and POST /admin/communities…"""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._networks = services.office.networks

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(PATH, "admin-communities", self.every)
        app.page(f"{PATH}/new", "admin-community-new", self.new)
        app.page(f"{PATH}/new", "admin-community-add", self.add, methods=("POST",))
        app.page(f"{PATH}/<key>", "admin-community", self.edit)
        app.page(f"{PATH}/<key>", "admin-community-keep", self.keep, methods=("POST",))
        app.page(f"{PATH}/<key>/remove", "admin-community-ask", self.ask_removal)
        app.page(f"{PATH}/<key>/remove", "admin-community-remove", self.remove, methods=("POST",))

    def every(self) -> Answer:
        """All of them."""
        clerk = clerk_of(self._services, PATH, Right.COMMUNITIES_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._networks.every(tx, clerk.authority)
        if isinstance(found, Denied):
            return refused(found)
        context = {
            "communities": found,
            "may_edit": clerk.authority.may(Right.COMMUNITIES_EDIT),
            "may_count": any(one.members is not None for one in found),
            "may_see_accounts": clerk.authority.may(Right.ACCOUNTS_SEE),
            "done": done_sentence(DONE),
        }
        return show(clerk, "communities", context)

    def new(self) -> Answer:
        """The form of a new one."""
        clerk = clerk_of(self._services, f"{PATH}/new", Right.COMMUNITIES_EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        return _form(clerk, None, {"key": "", "name": "", "to_houses": ""})

    def add(self) -> Answer:
        """Make it."""
        clerk = clerk_of(self._services, f"{PATH}/new", Right.COMMUNITIES_EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        typed = read_typed("key", "name", "to_houses")
        with self._core.database.write() as tx:
            made = self._networks.add(tx, clerk.authority, typed["key"], typed["name"])
            if isinstance(made, str):
                self._open(tx, clerk, made, typed)
        if isinstance(made, Denied):
            return refused(made)
        if isinstance(made, UnfitNetwork):
            field = "name" if made.why == "name" else "key"
            return _form(clerk, None, typed, errors={field: str(FAULTS[made.why])})
        return see_other(f"{PATH}?done=added")

    def edit(self, key: str) -> Answer:
        """The form of one that is there."""
        found = self._load(key)
        if not isinstance(found, tuple):
            return found
        clerk, name, ticked = found
        typed = {"name": name, "to_houses": ticked}
        return _form(clerk, key, typed, seen=name, called=name)

    def keep(self, key: str) -> Answer:
        """Give it another name."""
        found = self._load(key)
        if not isinstance(found, tuple):
            return found
        clerk, name, _ticked = found
        typed = read_typed("name", "seen", "to_houses")
        with self._core.database.write() as tx:
            kept = self._networks.rename(tx, clerk.authority, key, typed["seen"], typed["name"])
            if isinstance(kept, str):
                self._open(tx, clerk, key, typed)
        if isinstance(kept, Denied):
            return refused(kept)
        if isinstance(kept, UnfitNetwork) and kept.why == "stale":
            return _form(clerk, key, typed, stale=name, seen=name, called=name)
        if isinstance(kept, UnfitNetwork):
            errors = {"name": str(FAULTS[kept.why])}
            return _form(clerk, key, typed, errors=errors, seen=typed["seen"], called=name)
        return see_other(f"{PATH}?done=kept")

    def ask_removal(self, key: str) -> Answer:
        """« Give it up? »"""
        found = self._load(key, "/remove")
        if not isinstance(found, tuple):
            return found
        return ask(found[0], _removal(key, found[1]))

    def remove(self, key: str) -> Answer:
        """Give it up, where nothing holds it."""
        found = self._load(key, "/remove")
        if not isinstance(found, tuple):
            return found
        clerk, name, ticked = found
        with self._core.database.write() as tx:
            done = self._networks.remove(tx, clerk.authority, key)
        if isinstance(done, Denied):
            return refused(done)
        if isinstance(done, UnfitNetwork):
            typed = {"name": name, "to_houses": ticked}
            return _form(clerk, key, typed, holding=str(FAULTS[done.why]), called=name)
        return see_other(f"{PATH}?done=removed")

    def _load(self, key: str, page: str = "") -> tuple[Clerk, str, str] | Answer:
        clerk = clerk_of(self._services, f"{PATH}/{key}{page}", Right.COMMUNITIES_EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._networks.every(tx, clerk.authority)
        if isinstance(found, Denied):
            return refused(found)
        known = next((one for one in found if one.key == key), None)
        if known is None:
            return refused(Denied.NOT_FOUND)
        return clerk, known.name, "yes" if known.to_houses else ""

    def _open(self, tx: Tx, clerk: Clerk, key: str, typed: Mapping[str, str]) -> None:
        opened = bool(typed["to_houses"])
        self._networks.open_to_houses(tx, clerk.authority, key, opened=opened)


def _removal(key: str, name: str) -> Question:
    return Question(
        _("Give up %(name)s?", name=name),
        (_("Its key can be given to another community later. This can't be undone."),),
        _("Give it up"),
        f"{PATH}/{key}/remove",
        f"{PATH}/{key}",
        ((_("Communities"), PATH), (name, f"{PATH}/{key}")),
    )


def _form(
    clerk: Clerk,
    key: str | None,
    typed: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    stale: str = "",
    seen: str = "",
    holding: str = "",
    called: str = "",
) -> Answer:
    context = {
        "key": key,
        "called": called,
        "typed": typed,
        "errors": errors or {},
        "changes": [(_("Name"), typed["name"], stale)] if stale else [],
        "seen": seen or typed["name"],
        "holding": holding,
        "action": f"{PATH}/{key}" if key else f"{PATH}/new",
        "back": PATH,
    }
    return show(
        clerk, "community_form", context, 409 if stale or holding else 422 if errors else 200
    )
