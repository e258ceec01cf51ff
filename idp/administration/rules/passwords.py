# SPDX-License-Identifier: Apache-2.0
"""What passwords must be, seen and set by administrators; where wished, two must agree."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import bindparam, select

from idp.accounts.values import Population
from idp.administration.authority import Authority, Denied
from idp.administration.changes import PAGE, Change
from idp.administration.history import History
from idp.administration.outcomes import Unfit
from idp.administration.proposals import Facts, Proposals
from idp.administration.rights import Right
from idp.credentials.models import PolicyRow
from idp.credentials.policies import Policies, faults
from idp.credentials.policy import PROFILES, Policy
from idp.db import Tx, table_of

table = table_of(PolicyRow)
WHEN = select(table.c.updated_at).where(table.c.population == bindparam("population_"))


@dataclass(frozen=True, slots=True)
class Rules:
    """The policy of a population; `seen` names the one that a form was made from."""

    population: Population
    policy: Policy
    # Whether an administrator has set it, and what holds where none has.
    own: bool
    shipped: str
    seen: int


@dataclass(frozen=True, slots=True)
class Faulty:
    """Sentences, each begun by the name of its rule."""

    faults: tuple[str, ...]


class PasswordRules:
    """The verbs; each takes the caller's transaction and authority."""

    def __init__(self, policies: Policies, proposals: Proposals, history: History) -> None:
        self._policies = policies
        self._history = history
        self._proposals = proposals
        proposals.carries("policy.set", Right.POLICIES_EDIT, self._carry)

    def listed(self, tx: Tx, authority: Authority) -> Denied | tuple[Rules, ...]:
        """Every population's."""
        if denied := authority.refuses(Right.POLICIES_SEE):
            return denied
        return tuple(self._of(tx, one) for one in Population)

    def one(self, tx: Tx, authority: Authority, population: Population) -> Denied | Rules:
        """One population's."""
        return authority.refuses(Right.POLICIES_SEE) or self._of(tx, population)

    def set(
        self,
        tx: Tx,
        authority: Authority,
        population: Population,
        values: Mapping[str, int | bool],
        seen: int | None = None,
    ) -> Denied | Faulty | Rules | Unfit:
        """Put rules in force; `seen` is what the form was made from, where it was a form."""
        if denied := authority.refuses(Right.POLICIES_EDIT):
            return denied
        rules = self._of(tx, population)
        if seen is not None and rules.seen != seen:
            return Unfit("stale")
        policy = replace(rules.policy, **values)  # type: ignore[arg-type]
        if found := faults(policy):
            return Faulty(tuple(found))
        if self._proposals.asks(authority, Right.POLICIES_EDIT):
            facts = {"population": population.value, "values": json.dumps(asdict(policy))}
            return self._proposals.put(tx, authority, "policy.set", facts)
        if policy != rules.policy or not rules.own:
            self._policies.set(tx, population, policy, authority.origin)
            self._keep(tx, authority, rules)
        return self._of(tx, population)

    def reset(self, tx: Tx, authority: Authority, population: Population) -> Denied | Rules:
        """Back to what the configuration ships."""
        if denied := authority.refuses(Right.POLICIES_EDIT):
            return denied
        if self._proposals.asks(authority, Right.POLICIES_EDIT):
            facts = {"population": population.value, "values": ""}
            return self._proposals.put(tx, authority, "policy.set", facts)
        rules = self._of(tx, population)
        self._policies.reset(tx, population, authority.origin)
        self._keep(tx, authority, rules)
        return self._of(tx, population)

    def history(
        self,
        tx: Tx,
        authority: Authority,
        population: Population,
        after: str = "",
        most: int = PAGE,
    ) -> Denied | list[Change]:
        """What administrators changed of them, the newest first, a page at a time."""
        if denied := authority.refuses(Right.POLICIES_SEE):
            return denied
        return self._history.listed(tx, population.value, after, most)

    def undo(
        self, tx: Tx, authority: Authority, population: Population, change: str
    ) -> Denied | Faulty | Rules | Unfit:
        """Take a change back, where nothing else came since; two agree where that is wished."""
        if denied := authority.refuses(Right.POLICIES_EDIT):
            return denied
        rules, found = self._of(tx, population), self._history.load(tx, population.value, change)
        if found is None:
            return Denied.NOT_FOUND
        now = asdict(rules.policy) | _own(rules)
        if not self._history.stands(found, now):
            return Unfit("stale")
        if self._proposals.asks(authority, Right.POLICIES_EDIT):
            # Once somebody agrees this verb is asked again, and looks again at what came since.
            wished = {**now, **found.before}
            own = wished.pop("own")
            values = json.dumps(wished) if own else ""
            facts = {"population": population.value, "values": values, "undoes": found.id}
            return self._proposals.put(tx, authority, "policy.set", facts)
        if not self._history.begin_undo(tx, found, now):
            return Unfit("stale")
        return self._back(tx, authority, rules, found)

    def _back(
        self, tx: Tx, authority: Authority, rules: Rules, change: Change
    ) -> Denied | Faulty | Rules | Unfit:
        before = dict(change.before)
        if not before.pop("own", rules.own):
            return self.reset(tx, authority, rules.population)
        return self.set(tx, authority, rules.population, before)

    def _keep(self, tx: Tx, authority: Authority, before: Rules) -> None:
        after = self._of(tx, before.population)
        self._history.keep(
            tx,
            authority,
            before.population.value,
            asdict(before.policy) | _own(before),
            asdict(after.policy) | _own(after),
        )

    def _carry(self, tx: Tx, authority: Authority, facts: Facts) -> Any:
        population = Population(str(facts["population"]))
        if change := facts.get("undoes"):
            return self.undo(tx, authority, population, str(change))
        if not facts["values"]:
            return self.reset(tx, authority, population)
        return self.set(tx, authority, population, json.loads(str(facts["values"])))

    def profile(self, name: str) -> Policy | None:
        """A shipped profile, to begin from."""
        return PROFILES.get(name)

    def _of(self, tx: Tx, population: Population) -> Rules:
        stored = self._policies.stored(tx, population)
        seen = tx.execute(WHEN, {"population_": population.value}).scalar() or 0
        policy = stored or self._policies.of(tx, population)
        return Rules(
            population, policy, stored is not None, self._policies.shipped(population), seen
        )


def _own(rules: Rules) -> dict[str, bool]:
    """Whether they were set here, or are those of the configuration."""
    return {"own": rules.own}
