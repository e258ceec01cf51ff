# SPDX-License-Identifier: Apache-2.0
"""Consent: exactly what would be released is shown, and exactly that is agreed to."""

from collections.abc import Iterable
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from idp.accounts import service as accounts
from idp.accounts.activities import Activity
from idp.accounts.establishments import Establishment
from idp.accounts.values import Account, Person, Population
from idp.administration.belonging import NOWHERE, Belonging, Belongings
from idp.applications.values import administers
from idp.db import Tx
from idp.grants.lasting import SCOPE as LASTING
from idp.http.services import Services
from idp.http.wire import NO_STORE, Page
from idp.login.flow import accepted_proofs
from idp.login.request import DETAIL, LoginRequest
from idp.sessions.values import Session
from idp.web.account_page import Stamp, shown_date
from idp.web.activity import place_of
from idp.web.detailed import described, kind_of
from idp.web.device_asked import shown_device
from idp.web.stage import Stage
from idp.web.visit import Visit

CONSENT = "consent"
POPULATIONS = {
    Population.PROFESSIONAL: later("Professional"),
    Population.PATIENT: later("Patient"),
    Population.STAFF: later("Staff"),
}


def consent_page(stage: Stage, session: Session, scope: tuple[str, ...]) -> Page:
    """What the application will learn about this person."""
    core = stage.services.core
    application = stage.application
    with core.database.read() as tx:
        account = accounts.load(tx, session.account)
        known = core.activities.of(tx, session.account) if "activity" in scope else ()
        entered_as = (
            core.activities.entered_as(tx, session.account, application.key, known)
            if application
            else None
        )
        belonging = _belonging(stage, tx, account, session) if "affiliation" in scope else NOWHERE
    details = stage.wished.details
    plain = tuple(one for one in scope if one not in details and one != LASTING)
    claims = described(details[one] for one in scope if one in details)
    if account is not None and (plain or not details):
        claims = [*describe(account.person, plain, entered_as, belonging), *claims]
    # OA-171: what was shown is bound to the journey, the session and the browser.
    shown = {"journey": stage.wished.id, "session": session.id, "scope": list(scope)}
    ticket = core.tickets.issue(CONSENT, stage.visit.browser, shown)
    context: dict[str, Any] = {
        "consent": {
            "application": stage.shown_application(),
            "action": f"{stage.address}/consent",
            "fields": {"ticket": ticket},
            "claims": claims,
            "lasting": _lasting(stage) if LASTING in scope else None,
        }
    }
    targets = stage.steering.origins(stage.wished, stage.application)
    if stage.wished.device:
        context["device"] = shown_device(stage.visit, stage.wished)
        return Page("login/device.html", context, 200, targets, list(NO_STORE))
    return Page("login/consent.html", context, 200, targets, list(NO_STORE))


def _lasting(stage: Stage) -> Stamp | None:
    """Until when it is let in while they are away, if it is used all the time."""
    life = stage.wished.lasting
    return Stamp(stage.services.core.clock.now() + life) if life else None


def _belonging(stage: Stage, tx: Tx, account: Account | None, session: Session) -> Belonging:
    if account is None:
        return NOWHERE
    belongings = Belongings(stage.services.office.authorities)
    application, proofs = stage.application, session.proofs
    if application is not None:
        # Nothing is told by what this application does not take.
        policy = stage.steering.policy(application)
        proofs = accepted_proofs(policy, session, application.key)
    return belongings.of(tx, account.id, account.person.population, proofs)


def describe(
    person: Person,
    scope: tuple[str, ...],
    entered_as: Activity | None = None,
    belonging: Belonging = NOWHERE,
) -> list[dict[str, str]]:
    """Each group of details by its name, with this person's own."""
    missing = _("Not given")
    details = {
        "profile": [
            (_("Name"), person.display_name),
            (_("Identifier"), person.identifier),
            (_("Date of birth"), shown_date(person.birth_date)),
        ],
        "email": [(_("E-mail"), person.email)],
        "phone": [(_("Phone"), person.phone)],
        "health_professional": [
            (_("Professional identifier"), person.national_id or ""),
            (_("Profession"), person.profession),
            (_("Speciality"), person.speciality),
        ],
        "affiliation": [
            (_("What you are here"), str(POPULATIONS[person.population])),
            *_belonging_told(person, belonging),
        ],
        "activity": [(_("Where you practise"), place_of(entered_as) if entered_as else "")],
    }
    shown = []
    for name in scope:
        if name.startswith(DETAIL):
            shown.append({"label": kind_of(name), "value": ""})
            continue
        if administers(name):
            shown.append({"label": _("To administer in your name"), "value": name})
            continue
        for label, value in details.get(name, [(name, "")]):
            shown.append({"label": label, "value": value or missing})
    return shown or [{"label": _("That you have logged in"), "value": _("and nothing else")}]


def _belonging_told(person: Person, belonging: Belonging) -> list[tuple[str, str]]:
    if person.population is Population.PATIENT:
        # No application is told where they were treated.
        return []
    return [
        (_("Establishments where you work"), _names(belonging.works_for)),
        (_("Establishments that you administer"), _names(belonging.administers)),
    ]


def _names(houses: Iterable[Establishment]) -> str:
    return ", ".join(one.name for one in houses)


def agreed_scope(
    services: Services, visit: Visit, wished: LoginRequest, session: Session
) -> tuple[str, ...] | None:
    """What the form was shown for, where it was this journey and session (OA-174)."""
    ticket = request.form.get("ticket", "")
    shown = services.core.tickets.read(CONSENT, visit.browser, ticket)
    if shown is None or shown.get("journey") != wished.id or shown.get("session") != session.id:
        return None
    return tuple(shown["scope"])
