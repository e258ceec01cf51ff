# SPDX-License-Identifier: Apache-2.0
"""What an application is told: as registered, of a person, of whoever tries it."""

from typing import Any

from flask import request

from idp.accounts import service as accounts
from idp.accounts.activities import Activity
from idp.accounts.values import Account
from idp.administration.authority import Denied
from idp.administration.people.view import Sheet as Person
from idp.administration.rights import Right
from idp.administration.rules.applications import Sheet
from idp.administration.rules.protocols import Told
from idp.applications.values import Application
from idp.audit.record import Audit, Event
from idp.db import Tx
from idp.grants.admission import Admission
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer
from idp.login.answers import Handover
from idp.login.flow import Practice, Refusal
from idp.login.gate import Wanted
from idp.login.request import TRIAL, LoginRequest
from idp.origin import Origin
from idp.web.activity import place_of
from idp.web.admin.application_words import registered_words, sections_of, told_context
from idp.web.admin.applications import HERE, address_of
from idp.web.admin.audit_words import reason_words
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.fresh import begin_journey
from idp.web.means import label_of

SEE, EDIT = Right.APPLICATIONS_SEE, Right.APPLICATIONS_EDIT
LONGEST_ID = 43


class ToldPages:
    """/admin/applications/<key>/told and /trial."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._desk = services.office.applications

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(f"{HERE}/<key>/told", "admin_application_told", self.preview)
        app.page(f"{HERE}/<key>/trial", "admin_application_trial", self.shown)
        app.page(f"{HERE}/<key>/trial", "admin_application_try", self.go, methods=["POST"])

    def preview(self, key: str) -> Answer:
        """As registered; and of somebody within reach, where one is named."""
        clerk = clerk_of(self._services, address_of(key, "told"), SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        who = " ".join(request.args.get("who", "").split())[:200]
        with self._core.database.read() as tx:
            sheet = self._desk.one(tx, clerk.authority, key)
            named = _named(tx, who) if who else None
        if isinstance(sheet, Denied):
            return refused(sheet)
        speaks, person = self._desk.speaks(sheet.application), None
        faulty = bool(speaks.faults(sheet.application))
        context: dict[str, Any] = {
            "told": []
            if faulty
            else sections_of(registered_words(speaks.registered(sheet.application))),
            "complaints": [],
            **_practised(None),
        }
        if named is not None and not faulty:
            person = self._looked_at(clerk, named, key)
        if person is not None:
            practice = self._practice(sheet.application, person.account)
            told = speaks.told(sheet.application, person.account, None, _entered_in(practice))
            context = told_context(told) | _practised(practice)
        context |= {
            "application": sheet.application,
            "base": address_of(key),
            "who": who,
            "name": person.account.person.display_name if person else "",
            "may_try": clerk.authority.may(EDIT),
        }
        return show(clerk, "application_told", context)

    def _looked_at(self, clerk: Clerk, account: str, application: str) -> Person | None:
        """WB-015: whom one may look at as they see themselves, and nobody else; it is kept."""
        with self._core.database.write() as tx:
            people = self._services.office.people
            found = people.view_as(tx, clerk.authority, account, application)
        seen = not isinstance(found, Denied) and Right.ACCOUNTS_SEE in found.may
        return found if seen and not isinstance(found, Denied) else None

    def _practice(self, application: Application, account: Account) -> Practice | None:
        """In which of their activities they would come; None where nobody is asked."""
        population = account.person.population.value
        with self._core.database.read() as tx:
            return self._core.gate.practice(tx, application, account.id, population)

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
        context = _entered(sheet, entered, account, self._told(sheet, entered, account))
        return show(clerk, "application_trial", context)

    def _told(self, sheet: Sheet, entered: Admission | Refusal, account: Account | None) -> Told:
        if not isinstance(entered, Admission) or account is None:
            return Told({})
        return self._desk.speaks(sheet.application).told(sheet.application, account, entered)


def _entered_in(practice: Practice | None) -> tuple[Activity, ...]:
    """The activity that they come in; each of them, as long as none was chosen."""
    if practice is None:
        return ()
    return (practice.entered_as,) if practice.entered_as else practice.known


def _practised(practice: Practice | None) -> dict[str, Any]:
    """What the page says of it."""
    entered_as = practice.entered_as if practice else None
    asked = practice.known if practice and entered_as is None else ()
    return {
        "activity": place_of(entered_as) if entered_as else "",
        "asked": [place_of(one) for one in asked],
        "closed": practice is not None and not practice.known,
    }


def _entered(
    sheet: Sheet, entered: Admission | Refusal, account: Account | None, told: Told
) -> dict[str, Any]:
    open_to = entered if isinstance(entered, Admission) and account is not None else None
    return {
        **told_context(told),
        "application": sheet.application,
        "base": address_of(sheet.application.key),
        "refusal": reason_words(entered.value) if isinstance(entered, Refusal) else "",
        "level": int(open_to.level) if open_to else None,
        "means": ", ".join(label_of(one) for one in open_to.means) if open_to else "",
        "consent": sheet.application.policy.consent,
        "been": request.args.get("been", "") == "yes",
    }


def _named(tx: Tx, typed: str) -> str | None:
    """The account that was meant."""
    return accounts.find(tx, typed) or (typed if len(typed) <= LONGEST_ID else None)


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
