# SPDX-License-Identifier: Apache-2.0
"""The login page: the application it leads to, the means that suit, one form."""

from typing import Any

from flask import request
from flask_babel import gettext as _

from connectors.base import Answer, Ask, Reason, Wait
from connectors.capabilities import BeginsElsewhere, Leads
from connectors.phones import Rings
from idp.credentials.card_desk import KIND as CARD
from idp.http.wire import NO_STORE, Page
from idp.login.attempt import Failed
from idp.login.flow import Choose, Lack, Second, shown_first
from idp.web.account_page import shown_moment
from idp.web.card_words import card_words
from idp.web.hinted import begun_by
from idp.web.means import description_of, folder_of, label_of, sentence_of, steps_of
from idp.web.news import MOST_ON_LOGIN, shown_announcements
from idp.web.offers import offered, offered_while_typing, sites_of
from idp.web.provider_marks import mark_of
from idp.web.stage import Stage
from idp.web.upstream_words import upstream_words

REASONS = {Lack.LEVEL: "step-up", Lack.FORCED: "reauthenticate", Lack.TOO_OLD: "reauthenticate"}
ERRORS = {Reason.LOCKED: "locked", Reason.EXPIRED: "expired"}
REGISTRATION = "/registration"
IDENTITY = "/account/identity"
LAUNCH = "launch"
PASSWORD = "password"


def choosing_page(
    stage: Stage,
    step: Choose | Second,
    kind: str = "",
    outcome: Failed | Ask | Wait | None = None,
    *,
    busy: bool = False,
) -> Page:
    """The page, with the means just tried in front, and what came of it."""
    lacking = _lacking(stage, step)
    current = kind if kind in step.means else _preferred(stage, step, lacking)
    shown = shown_first(current, stage.bases, step, stage.visit.session)
    first = offered(stage, step, current)
    typing = offered_while_typing(stage, step, current, first) if shown == PASSWORD else []
    context: dict[str, Any] = {
        "journey": stage.wished.id,
        "announcements": shown_announcements(stage.services.core, MOST_ON_LOGIN),
        "application": stage.shown_application(),
        "means": [
            {
                "kind": one,
                "label": label_of(one),
                "mark": mark_of(one),
                "description": description_of(one),
                "url": f"{stage.address}?means={one}",
                "current": one == current,
            }
            for one in _offered(stage, step, current)
            if one not in lacking or one == current
        ],
        "offer": first,
        "shown": shown,
        "folder": folder_of(shown),
        "lacking": sentence_of(current, lacking[current]) if current in lacking else None,
        "others_lacking": [sentence_of(*one) for one in lacking.items() if one[0] != current],
        "account_url": "/account",
        "cancel_url": f"{stage.address}/cancel",
        "reason": _reason(stage, step),
        "own_page": "page" in stage.wished.payload and stage.wished.application is None,
        "person_name": _person(stage, step),
        "links": _links(stage, shown),
        "steps": steps_of(current) if current not in lacking else [],
        "form": {"error": None},
    }
    if current not in lacking:
        context["form"] = _form(stage, step, current, shown, outcome, busy=busy)
    context["form"]["offers"] = typing
    context["step_now"] = _step_now(current, shown, context["form"])
    failed = outcome if isinstance(outcome, Failed) else None
    targets = (*_targets(stage, step, shown), *sites_of(stage, [first, *typing]))
    headers = list(NO_STORE)
    if failed is not None and failed.retry_at:
        # RFC 6585 §4: how long to wait, where that is known.
        wait = max(failed.retry_at - stage.services.core.clock.now(), 1)
        headers.append(("Retry-After", str(wait)))
    agents = stage.services.core.settings.cards.agents if shown == CARD else ()
    return Page("login/choose.html", context, _status(failed, busy=busy), targets, headers, agents)


def _targets(stage: Stage, step: Choose | Second, shown: str) -> tuple[str, ...]:
    """Where the form shown may lead to."""
    targets = stage.steering.origins(stage.wished, stage.application)
    leading = stage.services.connectors[shown]
    if isinstance(leading, Leads):
        targets = (*targets, *leading.sites())
    card = stage.services.core.settings.cards.address
    if card and CARD in step.means:
        # The form of a card leads there on its way.
        targets = (*targets, card)
    return targets


def _offered(stage: Stage, step: Choose | Second, current: str = "") -> list[str]:
    """The means that somebody can choose here; what begins elsewhere only where it was tried."""
    connectors = stage.services.connectors
    chosen = [
        one
        for one in step.means
        if one == current or not isinstance(connectors[one], BeginsElsewhere)
    ]
    return chosen or list(step.means)


def _links(stage: Stage, shown: str) -> list[tuple[str, str]]:
    """Where else somebody may have wanted to go (SPEC §1)."""
    found = []
    if "page" not in stage.wished.payload:
        # Whoever is on the way to a page of the account has one, and needs no other way to it.
        if stage.services.core.registration.drafts.open:
            found.append((_("Register"), REGISTRATION))
        found.append((_("Change my account"), IDENTITY))
    if shown != "password":
        # The form of the password has it beside the field.
        found.append((_("Forgotten password?"), f"/password/forgotten?from={stage.wished.id}"))
    return [*found, (_("Toolbox"), "/toolbox")]


def _step_now(current: str, shown: str, form: dict[str, Any]) -> int:
    """The number of the step shown, of those that the means names."""
    if shown != current:
        return 1
    return 3 if form.get("values", {}).get("step") == "code" else 2


def _reason(stage: Stage, step: Choose | Second) -> str | None:
    session = stage.visit.session
    begun = session is not None and any(one.journey == stage.wished.id for one in session.proofs)
    if isinstance(step, Second) and (begun or step.lack is not Lack.LEVEL):
        # The second half of a login just begun: nothing to explain.
        return "second"
    if stage.wished.protocol == LAUNCH and isinstance(step, Choose):
        # Nobody was asked to log in again: their software has opened this.
        return None
    return REASONS.get(Lack.LEVEL if isinstance(step, Second) else step.lack)


def _was_too_little(stage: Stage, kind: str) -> bool:
    """Whether they have come back from this provider already, and are asked for more all the same.

    Without a word they would go there again and again.
    """
    session, journey = stage.visit.session, stage.wished.id
    if session is None or not isinstance(stage.services.connectors[kind], Leads):
        return False
    return any(one.means == kind and one.journey == journey for one in session.proofs)


def _person(stage: Stage, step: Choose | Second) -> str | None:
    """Who is known already."""
    return stage.name_of(step.account) if isinstance(step, Second) else None


def _lacking(stage: Stage, step: Choose | Second) -> dict[str, str]:
    """The means that the person known cannot use yet, with what they lack."""
    if isinstance(step, Choose):
        return {}
    found = {one: stage.services.attempts.lacks(one, step.account) for one in step.means}
    return {one: lack for one, lack in found.items() if lack is not None}


def _status(failed: Failed | None, *, busy: bool) -> int:
    if busy:
        return 503
    return 429 if failed is not None and failed.reason is Reason.LOCKED else 200


def _preferred(stage: Stage, step: Choose | Second, lacking: dict[str, str]) -> str:
    """What was asked for, else the one last used in this browser, else the first usable one."""
    offered = _offered(stage, step)
    usable = [one for one in offered if one not in lacking]
    # Somebody who has just chosen another one is not led away from it.
    chosen = isinstance(step, Second) and step.lack is Lack.NO_SESSION
    habit = "" if chosen else stage.visit.last_means
    for wanted in (request.args.get("means", ""), begun_by(stage, step), habit):
        if wanted in usable or (wanted in offered and not usable):
            return wanted
    return (usable or offered)[0]


def _form(
    stage: Stage,
    step: Choose | Second,
    kind: str,
    shown: str,
    outcome: Failed | Ask | Wait | None,
    *,
    busy: bool,
) -> dict[str, Any]:
    account = step.account if isinstance(step, Second) else None
    answer = outcome if isinstance(outcome, Ask | Wait) else stage.begin(shown, account)
    failed = outcome if isinstance(outcome, Failed) else None
    if outcome is None and _was_too_little(stage, shown):
        failed = Failed(Reason.WEAK)
    error, retry_at = "overloaded" if busy else None, None
    told = None
    if failed is not None:
        kinds = Leads | BeginsElsewhere | Rings
        elsewhere = isinstance(stage.services.connectors[shown], kinds)
        told = upstream_words(shown, failed.reason) if elsewhere else card_words(failed.reason)
        known = "told" if told else ERRORS.get(failed.reason, "wrong")
        error = "exhausted" if failed.exhausted else known
        now = stage.services.core.clock.now()
        retry_at = shown_moment(failed.retry_at, now) if failed.retry_at else None
    suffix = f"?means={kind}" if shown != kind else ""
    return {
        "action": f"{stage.address}/{shown}{suffix}",
        "identifier": request.form.get("identifier", stage.wished.hint)[:256],
        # A password asked of somebody who is known names them, and does not ask who they are.
        "known": stage.name_of(account) if account else None,
        "error": error,
        "told": told,
        "retry_at": retry_at,
        "forgotten_url": f"/password/forgotten?from={stage.wished.id}",
        "passkey": _quiet_passkey(stage, step, shown),
        "values": _values(stage, shown, answer),
    }


def _values(stage: Stage, shown: str, answer: Answer) -> dict[str, Any]:
    values = dict(answer.values) if isinstance(answer, Ask | Wait) else {}
    if shown == CARD:
        values["statement_url"] = f"{stage.address}/{CARD}/statement"
        there = stage.services.core.settings.cards.address
        policy = stage.steering.policy(stage.application)
        by_browser = there and policy.card_presence != "required"
        values["browser_url"] = f"{stage.address}/card" if by_browser else None
    return values


def _quiet_passkey(stage: Stage, step: Choose | Second, shown: str) -> dict[str, str] | None:
    """A passkey to be proposed by the browser where an identifier is asked for."""
    if shown != "password" or "passkey" not in step.means or not isinstance(step, Choose):
        return None
    answer = stage.begin("passkey", None)
    options = answer.values["options"] if isinstance(answer, Ask) else ""
    return {"action": f"{stage.address}/passkey", "options": options}
