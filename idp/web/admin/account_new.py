# SPDX-License-Identifier: Apache-2.0
"""Making an account for a professional or somebody of the staff. Patients: where they consent."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from idp.accounts.particulars import Particulars
from idp.accounts.service import NotCreated
from idp.accounts.values import Account, Population
from idp.administration.authority import Authority, Denied
from idp.administration.outcomes import Sent, Unfit
from idp.administration.people.edit import New
from idp.administration.rights import Right
from idp.db import Tx
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.admin.account_door import PATH, denied
from idp.web.admin.account_fields import (
    blank,
    choices,
    chosen,
    faults_said,
    labels,
    number_said,
    particulars_from,
    person_from,
    read_form,
    typed_of,
)
from idp.web.admin.entry import Clerk, clerk_of, show
from idp.web.admin.typed import read_typed

HERE = f"{PATH}/new"


class AccountNewPages:
    """GET and POST /admin/accounts/new."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._office = services.office

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page(HERE, "admin-account-new", self.form)
        app.page(HERE, "admin-account-create", self.create, methods=("POST",))

    def form(self) -> Answer:
        """The form."""
        clerk = clerk_of(self._services, HERE, Right.ACCOUNTS_CREATE)
        if not isinstance(clerk, Clerk):
            return clerk
        typed = typed_of(blank(Population.PROFESSIONAL), Particulars())
        return self._show(clerk, typed | {"population": "professional"}, {})

    def create(self) -> Answer:
        """Make it, and send its owner the way to a first password."""
        clerk = clerk_of(self._services, HERE, Right.ACCOUNTS_CREATE)
        if not isinstance(clerk, Clerk):
            return clerk
        typed = read_form() | read_typed("population", "send")
        staff = typed["population"] == Population.STAFF
        population = Population.STAFF if staff else Population.PROFESSIONAL
        new = New(
            person_from(typed, blank(population)),
            particulars_from(typed),
            chosen("establishments"),
            chosen("communities"),
        )
        with self._core.database.write() as tx:
            made = self._office.people.create(tx, clerk.authority, new)
            word = "created"
            if isinstance(made, Account) and typed["send"]:
                word = self._send(tx, clerk.authority, made)
        if isinstance(made, Denied):
            if not new.establishments and clerk.authority.may(Right.ACCOUNTS_CREATE):
                needed = {"establishments": _("Choose an establishment of yours.")}
                return self._show(clerk, typed, needed, new)
            return denied(made)
        if isinstance(made, Unfit):
            return self._show(clerk, typed, number_said(), new)
        if isinstance(made, NotCreated):
            fields = (made.duplicate.value,) if made.duplicate else made.unfit
            errors = faults_said(fields, typed, taken=made.duplicate is not None)
            return self._show(clerk, typed, errors, new)
        return see_other(f"{PATH}/{made.id}?done={word}")

    def _send(self, tx: Tx, authority: Authority, made: Account) -> str:
        sent = self._office.people.reset(tx, authority, made.id, "link")
        return "created-sent" if isinstance(sent, Sent) else "created-unsent"

    def _show(
        self,
        clerk: Clerk,
        typed: Mapping[str, str],
        errors: Mapping[str, str],
        new: New | None = None,
    ) -> Answer:
        with self._core.database.read() as tx:
            places = self._places(tx, clerk.authority)
        context: dict[str, Any] = {
            "title": _("Create an account"),
            "back_trail": [(_("Accounts"), PATH)],
            "typed": typed,
            "labels": labels(),
            "choices": choices(typed),
            "population": typed["population"],
            "profession": "",
            "errors": errors,
            "stale_now": False,
            "changes": [],
            "seen": 0,
            "action": HERE,
            "back": PATH,
            "new": places
            | {
                "in_houses": new.establishments if new else (),
                "in_communities": new.communities if new else (),
                "send": new is None or bool(typed.get("send")),
            },
        }
        return show(clerk, "account_form", context, 422 if errors else 200)

    def _places(self, tx: Tx, authority: Authority) -> dict[str, Any]:
        houses = self._office.houses.every(tx, authority)
        networks = self._office.networks.every(tx, authority)
        reach = authority.reach(Right.ACCOUNTS_CREATE)
        open_houses = [
            (one.key, one.name, one.town)
            for one in ([] if isinstance(houses, Denied) else houses)
            if one.state == "active" and reach.touches((one.key,))
        ]
        everywhere = authority.reach(Right.MEMBERS_EDIT).everywhere
        joins = authority.may(Right.MEMBERS_EDIT) and not isinstance(networks, Denied)
        open_networks = (
            [(one.key, one.name) for one in networks if everywhere or one.to_houses]
            if joins and not isinstance(networks, Denied)
            else []
        )
        return {"houses": open_houses, "communities": open_networks}
