# SPDX-License-Identifier: Apache-2.0
"""Who could enter an application, and by what."""

from typing import Any

from flask import request
from flask_babel import gettext as _

from connectors.base import Level
from idp.accounts import service as accounts
from idp.accounts.values import Account
from idp.administration.authority import Denied
from idp.administration.rights import Right
from idp.administration.rules.applications import Sheet
from idp.db import Tx
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer
from idp.login.trial import Judged, Trial
from idp.web.admin.applications import HERE, address_of
from idp.web.admin.audit_words import reason_words
from idp.web.admin.charts import grouped
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.means import label_of, sentence_of

SEE, EDIT = Right.APPLICATIONS_SEE, Right.APPLICATIONS_EDIT


class AccessPages:
    """/admin/applications/<key>/access."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._desk = services.office.applications
        attempts = services.attempts
        self._trial = Trial(services.core.gate, attempts.levels, attempts.bases, attempts.lacks)

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(f"{HERE}/<key>/access", "admin_application_access", self.access)

    def access(self, key: str) -> Answer:
        """In figures; and somebody by name, where one is named."""
        clerk = clerk_of(self._services, address_of(key, "access"), SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        who = " ".join(request.args.get("who", "").split())[:200]
        with self._core.database.read() as tx:
            sheet = self._desk.one(tx, clerk.authority, key)
            if isinstance(sheet, Denied):
                return refused(sheet)
            policy = sheet.application.policy
            offered = self._trial.offered(policy)
            figures = self._services.office.access.of(tx, clerk.authority, policy, offered)
            if isinstance(figures, Denied):
                return refused(figures)
            judged = self._try(tx, sheet, who) if who else None
        context = {
            "application": sheet.application,
            "base": address_of(key),
            "populations": [
                (population_words(one.name), grouped(one.active), grouped(one.meant))
                for one in figures.populations
            ],
            "means": [(label_of(kind), grouped(number)) for kind, number in figures.means],
            "meant": grouped(figures.meant),
            "able": grouped(figures.able),
            "who": who,
            "judged": judged,
        }
        return show(clerk, "application_access", context)

    def _try(self, tx: Tx, sheet: Sheet, who: str) -> dict[str, Any]:
        found = accounts.find(tx, who)
        account = accounts.load(tx, found or who) if found or len(who) <= 43 else None
        if account is None:
            return {"known": False, "enters": False, "ways": [], "why": "", "name": ""}
        judged = self._trial.judge(tx, sheet.application, account, self._core.clock.now())
        return _told(account, judged)


def population_words(name: str) -> str:
    """A population, as people read it."""
    words = {
        "professional": _("Professionals"),
        "patient": _("Patients"),
        "staff": _("Staff"),
    }
    return str(words.get(name, name))


def _told(account: Account, judged: Judged) -> dict[str, Any]:
    return {
        "known": True,
        "name": account.person.display_name,
        "enters": judged.enters,
        "why": reason_words(judged.refusal.value) if judged.refusal else "",
        "ways": [
            {
                "name": label_of(one.means),
                "level": int(Level(one.level)),
                "open": not one.lack,
                "lack": sentence_of(one.means, one.lack) if one.lack else "",
            }
            for one in judged.ways
        ],
    }
