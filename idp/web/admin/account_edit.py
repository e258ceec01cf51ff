# SPDX-License-Identifier: Apache-2.0
"""Correcting what is known of somebody. A stale form tells what changed, and loses nothing."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from idp.administration.authority import Denied
from idp.administration.outcomes import Stale, Unfit
from idp.administration.rights import Right
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.admin.account_door import PATH, Looking, denied, looking_at
from idp.web.admin.account_fields import (
    choices,
    faults_said,
    labels,
    number_said,
    particulars_from,
    person_from,
    read_form,
    stale_changes,
    typed_of,
)
from idp.web.admin.account_sheet import trail_of
from idp.web.admin.entry import show
from idp.web.admin.typed import read_typed


class AccountEditPages:
    """GET and POST /admin/accounts/<id>/edit."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The address."""
        path = f"{PATH}/<account>/edit"
        app.page(path, "admin-account-edit", self.form)
        app.page(path, "admin-account-keep", self.keep, methods=("POST",))

    def form(self, account: str) -> Answer:
        """The form."""
        looking = looking_at(self._services, account, "/edit", Right.ACCOUNTS_EDIT)
        if not isinstance(looking, Looking):
            return looking
        sheet = looking.sheet
        typed = typed_of(sheet.account.person, sheet.particulars)
        return _show(looking, typed, seen=sheet.account.updated_at)

    def keep(self, account: str) -> Answer:
        """Keep what was corrected."""
        looking = looking_at(self._services, account, "/edit", Right.ACCOUNTS_EDIT)
        if not isinstance(looking, Looking):
            return looking
        typed, sheet = read_form(), looking.sheet
        said = read_typed("seen", longest=18)["seen"]
        seen = int(said) if said.isascii() and said.isdigit() else 0
        person = person_from(typed, sheet.account.person)
        with self._core.database.write() as tx:
            people, authority = self._services.office.people, looking.clerk.authority
            done = people.edit(tx, authority, account, seen, person, particulars_from(typed))
        if isinstance(done, Denied):
            return denied(done)
        if isinstance(done, Unfit):
            errors = faults_said(done.fields, typed, taken=done.why == "taken")
            if done.why == "kept":
                errors = {"national_id": _("A number that is known is replaced, never taken away.")}
            elif done.why == "number":
                errors = number_said()
            return _show(looking, typed, seen=seen, errors=errors)
        if isinstance(done, Stale):
            now = looking_at(self._services, account, "/edit", Right.ACCOUNTS_EDIT)
            if not isinstance(now, Looking):
                return now
            changes = stale_changes(typed, now.sheet, done.fields)
            return _show(now, typed, seen=done.account.updated_at, changes=changes)
        same = done.updated_at == sheet.account.updated_at
        return see_other(f"{looking.path}?done={'nothing' if same else 'kept'}")


def _show(
    looking: Looking,
    typed: Mapping[str, str],
    *,
    seen: int,
    errors: Mapping[str, str] | None = None,
    changes: list[Any] | None = None,
) -> Answer:
    person = looking.sheet.account.person
    context = {
        "title": _("Correct the account of %(name)s", name=looking.name),
        "back_trail": trail_of(looking),
        "typed": typed,
        "labels": labels(),
        "choices": choices(typed),
        "population": person.population.value,
        "profession": person.profession,
        "errors": errors or {},
        "stale_now": changes is not None,
        "changes": changes or [],
        "seen": seen,
        "action": f"{looking.path}/edit",
        "back": looking.path,
        "new": None,
    }
    status = 409 if changes is not None else 422 if errors else 200
    return show(looking.clerk, "account_form", context, status)
