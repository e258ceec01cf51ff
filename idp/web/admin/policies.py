# SPDX-License-Identifier: Apache-2.0
"""« Policies »: what passwords must be, for each population; what else the server goes by."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.accounts.values import Population
from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.rights import Right
from idp.administration.rules.passwords import Faulty, Rules
from idp.administration.rules.settings_desk import InForce, Line, Means
from idp.credentials.policies import RANGES
from idp.credentials.policy import PROFILES, Policy
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, Page, see_other
from idp.web.account_page import shown_level
from idp.web.admin.application_access import population_words
from idp.web.admin.asking import Question, ask
from idp.web.admin.charts import grouped
from idp.web.admin.deciding import WAITS, denied_answer, waits_words
from idp.web.admin.entry import Clerk, clerk_of, proved_clerk, refused, show
from idp.web.admin.setting_words import GROUPS, NAMES, value_words
from idp.web.means import label_of

HERE = "/admin/policies"
SEE, EDIT = Right.POLICIES_SEE, Right.POLICIES_EDIT
SWITCHES = ("breaches", "common", "own_words")
NUMBERS = tuple(RANGES)


class PolicyPages:
    """/admin/policies and /admin/policies/<population>."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._rules = services.office.passwords

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        one = f"{HERE}/<population>"
        app.page(HERE, "admin_policies", self.listed)
        app.page(one, "admin_policy", self.edit)
        app.page(one, "admin_policy_save", self.save, methods=["POST"])
        app.page(f"{one}/reset", "admin_policy_reset", self.ask_reset)
        app.page(f"{one}/reset", "admin_policy_reset_do", self.reset, methods=["POST"])

    def listed(self) -> Answer:
        """Each population's, in a few words; below, what the configuration holds."""
        clerk = clerk_of(self._services, HERE, SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._rules.listed(tx, clerk.authority)
            held = self._services.office.settings.listed(tx, clerk.authority)
        if isinstance(found, Denied):
            return refused(found)
        if isinstance(held, Denied):
            return refused(held)
        news = {
            "saved": _("The rules are saved. They hold from the next change of a password."),
            "reset": _("The rules of the configuration are in force again."),
            WAITS: waits_words(),
        }
        context = {
            "policies": [_line(one) for one in found],
            "means": [_means(one, held.applications) for one in held.means],
            "groups": _groups(held),
            "may_edit": clerk.authority.may(EDIT),
            "done": news.get(request.args.get("done", "")),
        }
        return show(clerk, "policies", context)

    def edit(self, population: str) -> Answer:
        """The rules of one population."""
        if population not in set(Population):
            return refused(Denied.NOT_FOUND)
        clerk = proved_clerk(self._services, f"{HERE}/{population}", EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._rules.one(tx, clerk.authority, Population(population))
        if isinstance(found, Denied):
            return refused(found)
        profile = self._rules.profile(request.args.get("profile", ""))
        values = {name: str(one) for name, one in asdict(profile or found.policy).items()}
        return self._form(clerk, found, values)

    def save(self, population: str) -> Answer:
        """Put them in force."""
        if population not in set(Population):
            return refused(Denied.NOT_FOUND)
        clerk = proved_clerk(self._services, f"{HERE}/{population}", EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        seen = request.form.get("seen", "")
        if set(request.form) - {"csrf", "seen", *NUMBERS, *SWITCHES} or not _is_number(seen):
            return problem_page("bad-request", status=400)
        whose = Population(population)
        values = {name: request.form.get(name, "").strip()[:12] for name in NUMBERS}
        values |= {name: str(name in request.form) for name in SWITCHES}
        errors = {name: _range(name) for name in NUMBERS if not _is_number(values[name])}
        with self._core.database.write() as tx:
            found = self._rules.one(tx, clerk.authority, whose)
            if isinstance(found, Denied):
                return refused(found)
            if errors:
                return self._form(clerk, found, values, errors)
            meant = _meant(values)
            done = self._rules.set(tx, clerk.authority, whose, meant, int(seen))
        if isinstance(done, Denied):
            return denied_answer(done, HERE)
        if isinstance(done, Faulty):
            return self._form(clerk, found, values, _errors(done))
        if isinstance(done, Unfit):
            return self._form(clerk, found, values, changes=_changes(values, found.policy))
        return see_other(f"{HERE}?done=saved")

    def _form(
        self,
        clerk: Clerk,
        rules: Rules,
        values: Mapping[str, str],
        errors: Mapping[str, str] | None = None,
        changes: list[tuple[str, str, str]] | None = None,
    ) -> Page:
        context = {
            "title": population_words(rules.population.value),
            "population": rules.population.value,
            "numbers": [(name, rule_words(name), _range(name)) for name in NUMBERS],
            "switches": [(name, rule_words(name)) for name in SWITCHES],
            "values": values,
            "errors": errors or {},
            "changes": changes,
            "seen": rules.seen,
            "profiles": list(PROFILES),
            "own": rules.own,
            "action": f"{HERE}/{rules.population.value}",
            "back_url": HERE,
        }
        status = 409 if changes is not None else 422 if errors else 200
        return show(clerk, "policy", context, status)

    def ask_reset(self, population: str) -> Answer:
        """What going back does."""
        if population not in set(Population):
            return refused(Denied.NOT_FOUND)
        page = f"{HERE}/{population}/reset"
        clerk = proved_clerk(self._services, page, EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        question = Question(
            _("Back to the rules of the configuration"),
            (_("What was set here for this population is given up."),),
            _("Put them back"),
            page,
            HERE,
            trail=((_("Policies"), HERE),),
            facts=((_("Population"), population_words(population)),),
        )
        return ask(clerk, question)

    def reset(self, population: str) -> Answer:
        """Back to what the configuration ships."""
        if population not in set(Population):
            return refused(Denied.NOT_FOUND)
        clerk = proved_clerk(self._services, f"{HERE}/{population}/reset", EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.write() as tx:
            done = self._rules.reset(tx, clerk.authority, Population(population))
        return (
            denied_answer(done, HERE)
            if isinstance(done, Denied)
            else see_other(f"{HERE}?done=reset")
        )


def rule_words(name: str) -> str:
    """A rule, as people read it."""
    words = {
        "length": _("Fewest characters"),
        "longest": _("Most characters"),
        "digits": _("Fewest digits"),
        "lower": _("Fewest lower-case letters"),
        "upper": _("Fewest upper-case letters"),
        "other": _("Fewest other signs"),
        "history": _("Different passwords in a row"),
        "valid_days": _("Days until it must be replaced (0: never)"),
        "minimum_age": _("Seconds before it may be changed again"),
        "strength": _("Strength asked for, of 4"),
        "breaches": _("Refuse passwords that are known to attackers"),
        "common": _("Refuse words that everybody guesses first"),
        "own_words": _("Refuse the person’s and the site’s names"),
    }
    return str(words[name])


def _line(rules: Rules) -> dict[str, Any]:
    policy = rules.policy
    asks = [_("%(number)s characters", number=policy.length)]
    if policy.strength:
        asks.append(_("strength %(number)s of 4", number=policy.strength))
    if policy.history:
        asks.append(_("%(number)s different ones in a row", number=policy.history))
    if policy.valid_days:
        asks.append(_("replaced after %(number)s days", number=policy.valid_days))
    return {
        "name": population_words(rules.population.value),
        "url": f"{HERE}/{rules.population.value}",
        "asks": ", ".join(asks),
        "own": rules.own,
    }


def _means(one: Means, applications: int) -> dict[str, str]:
    offered = _("%(some)s of %(all)s", some=grouped(one.applications), all=grouped(applications))
    return {
        "name": label_of(one.kind),
        "level": shown_level(one.level),
        "applications": offered,
        "populations": ", ".join(population_words(name) for name in one.populations),
    }


def _groups(held: InForce) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "title": title,
            "about": about,
            "lines": [_setting(one) for one in held.lines if one.group == name],
        }
        for name, (title, about) in GROUPS.items()
    ]


def _setting(one: Line) -> dict[str, Any]:
    return {
        "name": one.name,
        "label": NAMES[one.name],
        "value": value_words(one.name, one.value, one.unit),
        "default": value_words(one.name, one.default, one.unit),
        "changed": one.changed,
    }


def _range(name: str) -> str:
    least, most = RANGES[name]
    return str(_("From %(least)s to %(most)s.", least=least, most=most))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12


def _meant(values: Mapping[str, str]) -> dict[str, int | bool]:
    numbers: dict[str, int | bool] = {name: int(values[name]) for name in NUMBERS}
    return numbers | {name: values[name] == "True" for name in SWITCHES}


def _errors(faulty: Faulty) -> dict[str, str]:
    named = {one.partition(":")[0] for one in faulty.faults}
    words = {
        "length": _("It cannot be less than the characters of each kind together."),
        "minimum_age": _("It must end before the password does."),
    }
    ranges = {one.partition(":")[0] for one in faulty.faults if "a number from" in one}
    return {name: _range(name) if name in ranges else str(words[name]) for name in named}


def _changes(values: Mapping[str, str], policy: Policy) -> list[tuple[str, str, str]]:
    stands = {name: str(one) for name, one in asdict(policy).items()}
    return [
        (rule_words(name), values[name], stands[name])
        for name in (*NUMBERS, *SWITCHES)
        if values[name] != stands[name]
    ]
