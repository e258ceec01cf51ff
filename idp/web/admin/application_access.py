# SPDX-License-Identifier: Apache-2.0
"""Who could enter an application, and by what; and going there oneself, with nothing issued."""

import json
from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _

from connectors.base import Level
from idp.accounts import service as accounts
from idp.accounts.values import Account
from idp.administration.authority import Denied
from idp.administration.rights import Right
from idp.administration.rules.applications import Sheet
from idp.audit.record import Audit, Event
from idp.db import Tx
from idp.grants.admission import Admission
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer
from idp.login.answers import Handover
from idp.login.flow import Refusal
from idp.login.gate import Wanted
from idp.login.request import TRIAL, LoginRequest
from idp.login.trial import Judged, Trial
from idp.origin import Origin
from idp.web.admin.applications import HERE, address_of
from idp.web.admin.audit_words import reason_words
from idp.web.admin.charts import grouped
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.fresh import begin_journey
from idp.web.means import label_of, sentence_of

SEE, EDIT = Right.APPLICATIONS_SEE, Right.APPLICATIONS_EDIT


class AccessPages:
    """/admin/applications/<key>/access and /trial."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._desk = services.office.applications
        attempts = services.attempts
        self._trial = Trial(services.core.gate, attempts.levels, attempts.bases, attempts.lacks)

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(f"{HERE}/<key>/access", "admin_application_access", self.access)
        app.page(f"{HERE}/<key>/trial", "admin_application_trial", self.shown)
        app.page(f"{HERE}/<key>/trial", "admin_application_try", self.go, methods=["POST"])

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

    def go(self, key: str) -> Answer:
        """A journey like that of any person, to a page of ours."""
        clerk = clerk_of(self._services, address_of(key, "trial"), EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            sheet = self._desk.one(tx, clerk.authority, key)
        if isinstance(sheet, Denied):
            return refused(sheet)
        core = self._core
        wished = LoginRequest(
            core.entropy.token(16), TRIAL, key, core.clock.now(), account=clerk.authority.account
        )
        return begin_journey(self._services, clerk.visit, wished)

    def shown(self, key: str) -> Answer:
        """What the application would have been told; or why it stays closed."""
        clerk = clerk_of(self._services, address_of(key, "trial"), EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        session = clerk.visit.session
        with self._core.database.read() as tx:
            sheet = self._desk.one(tx, clerk.authority, key)
            if isinstance(sheet, Denied) or session is None:
                return refused(sheet if isinstance(sheet, Denied) else Denied.NOT_ALLOWED)
            entered = self._core.gate.admit(tx, sheet.application, session.id, Wanted())
            account = accounts.load(tx, session.account)
        told: list[tuple[str, list[tuple[str, str]]]] = []
        if isinstance(entered, Admission) and account is not None:
            speaks = self._desk.speaks(sheet.application)
            released = speaks.released(sheet.application, account, entered)
            told = [(place, _facts(claims)) for place, claims in released.items()]
        context = {
            "application": sheet.application,
            "base": address_of(key),
            "refusal": reason_words(entered.value) if isinstance(entered, Refusal) else "",
            "level": int(entered.level) if isinstance(entered, Admission) else None,
            "means": ", ".join(label_of(one) for one in entered.means)
            if isinstance(entered, Admission)
            else "",
            "consent": sheet.application.policy.consent,
            "told": told,
            "been": request.args.get("been", "") == "yes",
        }
        return show(clerk, "application_trial", context)


class TrialResponder:
    """Takes a trial's end: back to the console, with nothing issued."""

    def __init__(self, issuer: str, audit: Audit) -> None:
        self._issuer = issuer
        self._audit = audit

    def admitted(
        self, tx: Tx, request: LoginRequest, admission: Admission, origin: Origin
    ) -> Handover:
        """To the page that shows what would have been told."""
        event = Event(
            "application.tried",
            account=admission.account,
            application=admission.application.key,
            session=admission.session,
            means=" ".join(admission.means),
            level=int(admission.level),
        )
        self._audit.record(tx, event, origin)
        return Handover(self._issuer + f"{address_of(admission.application.key, 'trial')}?been=yes")

    def refused(self, request: LoginRequest, refusal: Refusal) -> Handover | None:
        """To the same page: the gate says there why."""
        return Handover(self._issuer + f"{address_of(request.application or '', 'trial')}?been=yes")

    def origins(self, request: LoginRequest) -> tuple[str, ...]:
        """It stays here."""
        return ()


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


def _facts(claims: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in claims.items()
    ]
