# SPDX-License-Identifier: Apache-2.0
"""« Directory and address »: who finds a professional, and where they are reached.

It is theirs to say, with a card or without one: a fresh proof is enough. Who they are is another
page, which takes a card (SPEC §3).
"""

from dataclasses import asdict, replace
from typing import Any

from flask import request

from idp.accounts import particulars
from idp.accounts.particulars import Particulars, Visibility, unfit_texts
from idp.accounts.profile import LONGEST, PLACE, Profiles, details_of
from idp.accounts.values import Population
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, Page, see_other
from idp.web.account_page import visibilities
from idp.web.account_parts import Owner, owner_of, proved_owner, show
from idp.web.admin.account_words import shown_field

HERE = "/account/directory"


class AccountDirectoryPages:
    """GET and POST /account/directory."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._profiles = Profiles(services.core.clock, services.core.audit)

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page(HERE, "account_directory", self.form)
        app.page(HERE, "account_locate", self.keep, methods=["POST"])

    def form(self) -> Answer:
        """What is known."""
        owner = self._owner()
        if not isinstance(owner, Owner):
            return owner
        return _form(self._known(owner), owner.account.person.town, ())

    def keep(self) -> Answer:
        """The form came back."""
        owner = self._owner()
        if not isinstance(owner, Owner):
            return owner
        place = _read(self._known(owner))
        details = details_of(owner.account.person)
        details = replace(details, town=request.form.get("town", details.town).strip())
        wrong = [one for one in details.faults() if one == "town"]
        if faults := (*wrong, *unfit_texts(place)):
            return _form(place, details.town, faults)
        with self._core.database.write() as tx:
            place = _read(particulars.load(tx, owner.account.id))
            if self._profiles.correct(
                tx, owner.account.id, details, place, owner.visit.call.origin
            ):
                self._core.alerts.account_changed(tx, owner.account, "identity")
        return see_other("/account/profile?done=identity")

    def _owner(self) -> Owner | Answer:
        """A professional who has just proved who they are; nobody else stands in the directory."""
        owner = owner_of(self._services, HERE)
        if isinstance(owner, Owner):
            if owner.account.person.population is not Population.PROFESSIONAL:
                return see_other("/account/profile")
            return proved_owner(self._services, HERE)
        return owner

    def _known(self, owner: Owner) -> Particulars:
        with self._core.database.read() as tx:
            return particulars.load(tx, owner.account.id)


def _form(place: Particulars, town: str, faults: tuple[str, ...]) -> Page:
    context = {
        "place": {
            "visibilities": list(visibilities().items()),
            "fields": [(name, shown_field(name)) for name in ("town", *PLACE[1:])],
            "typed": asdict(place) | {"town": town},
            "faults": faults,
            "longest": particulars.LONGEST | {"town": LONGEST},
        }
    }
    return show("directory", context, 422 if faults else 200)


def _read(old: Particulars) -> Particulars:
    """What was typed, over what the form did not hold; no choice that does not exist is taken."""
    typed: dict[str, Any] = {
        name: request.form[name].strip() for name in PLACE if name in request.form
    }
    seen = typed.pop("visibility", "")
    visibility = Visibility(seen) if seen in set(Visibility) else old.visibility
    return replace(old, visibility=visibility, **typed)
