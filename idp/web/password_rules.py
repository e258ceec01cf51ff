# SPDX-License-Identifier: Apache-2.0
"""A new password on a form: the rules in words, and judging what came back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext

from idp.accounts.values import Account
from idp.credentials.policy import RuleResult, requirements
from idp.errors import Overloaded
from idp.http.services import Core
from idp.http.wire import NO_STORE, Page, Reply, json_reply

STATES = {True: "met", False: "unmet", None: "open"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A password that may be put in force; only its hash goes on."""

    hashed: str


@dataclass(frozen=True, slots=True)
class Unfit:
    """What stands against it: rules not met, or a word on what went wrong."""

    results: tuple[RuleResult, ...] = ()
    # "", "differ", "later" or "busy".
    fault: str = ""
    retry_after: int = 0


def new_password_page(
    template: str, context: dict[str, Any], unfit: Unfit | None, targets: tuple[str, ...] = ()
) -> Page:
    """The page of a form for a new password; 503 where too many are being checked."""
    headers = list(NO_STORE)
    busy = unfit is not None and unfit.fault == "busy"
    if unfit is not None and busy:
        headers.append(("Retry-After", str(unfit.retry_after)))
    return Page(template, context, 503 if busy else 200, targets, headers)


def read_new_password(core: Core, account: Account) -> Chosen | Unfit:
    """Judge the two fields of the form; the server decides, whatever the page showed."""
    typed, again = request.form.get("password", ""), request.form.get("again", "")
    try:
        judged = core.renewal.judge(account, typed)
        if judged.try_later:
            return Unfit(judged.results, "later")
        if not judged.accepted:
            return Unfit(judged.results)
        if typed != again:
            return Unfit(judged.results, "differ")
        return Chosen(core.passwords.hashed(typed))
    except Overloaded as fault:
        return Unfit(fault="busy", retry_after=fault.retry_after)


def tell_rules(core: Core, account: Account) -> Reply:
    """What the page shows while somebody types; nothing is kept, and nothing is decided."""
    try:
        found = core.rules_met.look(account.person, request.form.get("password", ""))
    except Overloaded as fault:
        again = [*NO_STORE, ("Retry-After", str(fault.retry_after))]
        return json_reply({"error": "busy"}, 503, again)
    states = {one.key: STATES[one.met] for one in found.results}
    return json_reply({"rules": states, "strength": found.strength})


def nobody_there() -> Reply:
    """The page of the form has ended meanwhile: what it would say is said when it is sent."""
    return json_reply({"error": "over"}, 403)


def rules_of(
    core: Core, account: Account, action: str, unfit: Unfit | None = None
) -> dict[str, Any]:
    """What the form shows: each rule with its sentence and whether it is met."""
    results = (
        unfit.results if unfit and unfit.results else requirements(core.renewal.policy(account))
    )
    return {
        "rules": [
            {
                "key": one.key,
                "needed": one.needed,
                "state": STATES[one.met],
                "text": sentence(one),
            }
            for one in results
        ],
        "fault": fault_of(unfit, results),
        "differ": unfit is not None and unfit.fault == "differ",
        # Asked while somebody types; the page does without it where it can't.
        "look_url": f"{action}/rules",
        "identifier": account.person.identifier,
    }


def fault_of(unfit: Unfit | None, results: Iterable[RuleResult]) -> str | None:
    """The sentence above the form."""
    if unfit is None:
        return None
    told = {
        "differ": _("The two entries are not the same."),
        "later": _("It cannot be checked right now. Try again in a few minutes."),
        "busy": _("Many people are logging in right now. Wait a few seconds, then try again."),
    }
    if unfit.fault:
        return str(told[unfit.fault])
    missing = sum(one.met is False for one in results)
    return str(ngettext("One rule is not met yet.", "%(num)d rules are not met yet.", missing))


def sentence(rule: RuleResult) -> str:
    """A rule in words."""
    counted = _counted(rule.key, rule.needed)
    if counted is not None:
        return counted
    sentences = {
        "strength": _("Hard to guess: several unrelated words do well"),
        "own-words": _("Without your name, identifier or e-mail address"),
        "known": _("Not among the passwords that everybody tries first"),
        "history": _history(rule.needed),
        "text": _("Made of characters that can be typed"),
    }
    return str(sentences[rule.key])


def _counted(key: str, needed: int) -> str | None:
    """The rules that count something."""
    counts = {
        "length": ngettext("%(num)d character at least", "%(num)d characters at least", needed),
        "longest": ngettext("%(num)d character at most", "%(num)d characters at most", needed),
        "digit": ngettext("%(num)d digit", "%(num)d digits", needed),
        "lower": ngettext("%(num)d small letter", "%(num)d small letters", needed),
        "upper": ngettext("%(num)d capital letter", "%(num)d capital letters", needed),
        "other": ngettext(
            "%(num)d character that is neither letter nor digit",
            "%(num)d characters that are neither letters nor digits",
            needed,
        ),
    }
    found = counts.get(key)
    return None if found is None else str(found)


def _history(needed: int) -> str:
    if needed < 2:
        return str(_("Not the one you have now"))
    return str(
        ngettext(
            "Different from your last password",
            "Different from your last %(num)d passwords",
            needed,
        )
    )
