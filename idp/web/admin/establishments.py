# SPDX-License-Identifier: Apache-2.0
"""Establishments: the list, one of them, adding, correcting, closing."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from idp.accounts.establishments import Establishment, Standing
from idp.administration.authority import Denied
from idp.administration.region.houses import House, StaleHouse, UnfitHouse
from idp.administration.rights import Right
from idp.administration.versions import version_of
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.admin.asking import Question, ask
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.listing import Filter, read_listing
from idp.web.admin.statistics import HOUSES
from idp.web.admin.typed import done_sentence, read_typed, said_of

PATH = "/admin/establishments"
FIELDS = ("name", "town", "post_code", "support_email", "support_phone")
_l = lazy_gettext
DONE = {
    "added": _l("The establishment is there."),
    "kept": _l("What you corrected is kept."),
    "closed": _l("The establishment is closed. Its accounts stay as they are."),
    "opened": _l("The establishment takes part again."),
}


class EstablishmentPages:
    """GET and POST /admin/establishments…"""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._houses = services.office.houses

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        one = f"{PATH}/<key>"
        app.page(PATH, "admin-establishments", self.every)
        app.page(f"{PATH}/new", "admin-establishment-new", self.new)
        app.page(f"{PATH}/new", "admin-establishment-add", self.add, methods=("POST",))
        app.page(one, "admin-establishment", self.one)
        app.page(f"{one}/edit", "admin-establishment-edit", self.edit)
        app.page(f"{one}/edit", "admin-establishment-keep", self.keep, methods=("POST",))
        app.page(f"{one}/standing", "admin-establishment-ask", self.ask_standing)
        app.page(
            f"{one}/standing", "admin-establishment-standing", self.set_standing, methods=("POST",)
        )

    def every(self) -> Answer:
        """Those in reach."""
        clerk = clerk_of(self._services, PATH, Right.ESTABLISHMENTS_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        states = (("", _("All")), ("active", _("Taking part")), ("closed", _("Closed")))
        listing = read_listing(
            PATH,
            (
                Filter("text", _("Name, town or number"), "search"),
                Filter("state", _("State"), "choice", states),
            ),
        )
        with self._core.database.read() as tx:
            found = self._houses.every(tx, clerk.authority)
        if isinstance(found, Denied):
            return refused(found)
        text, state = listing["text"].casefold(), listing["state"]
        shown = [
            one
            for one in found
            if (not state or one.state == state)
            and text in f"{one.name} {one.town} {one.key}".casefold()
        ]
        context = {
            "listing": listing,
            "establishments": shown,
            "may_edit": clerk.authority.may(Right.ESTABLISHMENTS_EDIT),
            "done": done_sentence(DONE),
        }
        return show(clerk, "establishments", context)

    def one(self, key: str) -> Answer:
        """What is known of one."""
        found = self._load(key, Right.ESTABLISHMENTS_SEE)
        if not isinstance(found, tuple):
            return found
        clerk, house = found
        context = {
            "house": house,
            "one": house.establishment,
            "may_edit": clerk.authority.may(Right.ESTABLISHMENTS_EDIT),
            "figures_url": f"{HOUSES}/{key}"
            if clerk.authority.reach(Right.STATISTICS_SEE).touches((key,))
            else "",
            "may_see_accounts": clerk.authority.may(Right.ACCOUNTS_SEE),
            "done": done_sentence(DONE),
        }
        return show(clerk, "establishment", context)

    def new(self) -> Answer:
        """The form of a new one."""
        clerk = clerk_of(self._services, f"{PATH}/new", Right.ESTABLISHMENTS_EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        return self._form(clerk, None, dict.fromkeys(("key", *FIELDS), ""))

    def add(self) -> Answer:
        """Make it."""
        clerk = clerk_of(self._services, f"{PATH}/new", Right.ESTABLISHMENTS_EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        typed = read_typed("key", *FIELDS)
        typed["key"] = typed["key"].replace(" ", "").upper()
        with self._core.database.write() as tx:
            made = self._houses.add(tx, clerk.authority, _wished(typed["key"], typed))
        if isinstance(made, Denied):
            return refused(made)
        if isinstance(made, UnfitHouse):
            return self._form(clerk, None, typed, errors=_said(made, typed))
        return see_other(f"{PATH}/{made.key}?done=added")

    def edit(self, key: str) -> Answer:
        """The form of one that is there."""
        found = self._load(key, Right.ESTABLISHMENTS_EDIT, "/edit")
        if not isinstance(found, tuple):
            return found
        clerk, house = found
        one = house.establishment
        return self._form(clerk, one, {name: getattr(one, name) for name in FIELDS})

    def keep(self, key: str) -> Answer:
        """Keep what was corrected."""
        found = self._load(key, Right.ESTABLISHMENTS_EDIT, "/edit")
        if not isinstance(found, tuple):
            return found
        clerk, house = found
        typed = read_typed(*FIELDS)
        seen = read_typed("seen")["seen"]
        with self._core.database.write() as tx:
            kept = self._houses.edit(tx, clerk.authority, seen, _wished(key, typed))
        if isinstance(kept, Denied):
            return refused(kept)
        one = house.establishment
        if isinstance(kept, UnfitHouse):
            return self._form(clerk, one, typed, errors=_said(kept, typed), seen=seen)
        if isinstance(kept, StaleHouse):
            return self._form(clerk, kept.now, typed, stale=True)
        return see_other(f"{PATH}/{key}?done=kept")

    def ask_standing(self, key: str) -> Answer:
        """« Close it? » or « Open it again? »"""
        found = self._load(key, Right.ESTABLISHMENTS_EDIT, "/standing")
        if not isinstance(found, tuple):
            return found
        clerk, house = found
        one = house.establishment
        here, back = f"{PATH}/{one.key}/standing", f"{PATH}/{one.key}"
        trail = ((_("Establishments"), PATH), (one.name, back))
        if one.state is Standing.CLOSED:
            sentence = _("It can be chosen again for new accounts and requests.")
            question = Question(
                _("Open %(name)s again?", name=one.name),
                (sentence,),
                _("Open again"),
                here,
                back,
                trail,
                hidden={"to": "active"},
                look="primary",
            )
        else:
            sentence = _(
                "It can no longer be chosen for new accounts and requests. The accounts that "
                "belong to it stay as they are, and it can be opened again."
            )
            question = Question(
                _("Close %(name)s?", name=one.name),
                (sentence,),
                _("Close the establishment"),
                here,
                back,
                trail,
                hidden={"to": "closed"},
            )
        return ask(clerk, question)

    def set_standing(self, key: str) -> Answer:
        """Close it, or open it again."""
        found = self._load(key, Right.ESTABLISHMENTS_EDIT, "/standing")
        if not isinstance(found, tuple):
            return found
        clerk, _house = found
        to = Standing.CLOSED if read_typed("to")["to"] == "closed" else Standing.ACTIVE
        with self._core.database.write() as tx:
            done = self._houses.set_standing(tx, clerk.authority, key, to)
        if isinstance(done, Denied):
            return refused(done)
        word = "closed" if to is Standing.CLOSED else "opened"
        return see_other(f"{PATH}/{key}?done={word}")

    def _load(self, key: str, right: Right, page: str = "") -> tuple[Clerk, House] | Answer:
        clerk = clerk_of(self._services, f"{PATH}/{key}{page}", right)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._houses.load(tx, clerk.authority, key)
        return refused(found) if isinstance(found, Denied) else (clerk, found)

    def _form(
        self,
        clerk: Clerk,
        one: Establishment | None,
        typed: Mapping[str, str],
        *,
        errors: Mapping[str, str] | None = None,
        stale: bool = False,
        seen: str = "",
    ) -> Answer:
        changes = []
        if stale and one is not None:
            labels = labels_of()
            changes = [
                (labels[name], typed[name], getattr(one, name))
                for name in FIELDS
                if typed[name] != getattr(one, name)
            ]
        context = {
            "one": one,
            "typed": typed,
            "labels": labels_of(),
            "errors": errors or {},
            "stale": stale,
            "changes": changes,
            "seen": seen or (version_of(one) if one else ""),
            "action": f"{PATH}/{one.key}/edit" if one else f"{PATH}/new",
            "back": f"{PATH}/{one.key}" if one else PATH,
        }
        status = 409 if stale else 422 if errors else 200
        return show(clerk, "establishment_form", context, status)


def labels_of() -> dict[str, Any]:
    """The fields as people read them."""
    return {
        "key": _("FINESS number"),
        "name": _("Name"),
        "town": _("Town"),
        "post_code": _("Post code"),
        "support_email": _("E-mail of its support"),
        "support_phone": _("Phone of its support"),
    }


def _wished(key: str, typed: Mapping[str, str]) -> Establishment:
    return Establishment(
        key,
        typed["name"],
        typed["town"],
        typed["post_code"],
        typed["support_email"],
        typed["support_phone"],
    )


def _said(unfit: UnfitHouse, typed: Mapping[str, str]) -> dict[str, str]:
    key = _("A FINESS number has nine characters: 370000481.")
    if unfit.taken:
        key = _("An establishment with this number is there already.")
    return said_of(
        unfit.fields,
        typed,
        key=key,
        support_email=_("This is no e-mail address."),
        support_phone=_("This is no telephone number."),
    )
