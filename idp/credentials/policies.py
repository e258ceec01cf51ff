# SPDX-License-Identifier: Apache-2.0
"""The policy of each population: as an administrator set it, or a shipped one."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts.values import Population
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.credentials.models import PolicyRow
from idp.credentials.policy import DAY, PROFILES, Policy
from idp.db import Tx, table_of
from idp.errors import Breakdown
from idp.origin import Origin

table = table_of(PolicyRow)
LOAD = select(table.c.document).where(table.c.population == bindparam("population_"))
NEW = upsert(table)
SET = NEW.on_conflict_do_update(
    index_elements=["population"],
    set_={name: NEW.excluded[name] for name in ("document", "updated_at")},
)
RESET = (
    delete(table)
    .where(table.c.population == bindparam("population_"))
    .returning(table.c.population)
)
NAMES = tuple(one.name for one in fields(Policy))
KINDS = ("digits", "lower", "upper", "other")
# What an administrator may ask for, and no less than the portal's floor.
RANGES: Mapping[str, tuple[int, int]] = {
    "length": (6, 64),
    "longest": (64, 4096),
    **dict.fromkeys(KINDS, (0, 4)),
    "history": (0, 24),
    "valid_days": (0, 3650),
    "minimum_age": (0, 30 * DAY),
    "strength": (0, 4),
}


class BrokenPolicy(Breakdown):
    """A stored policy that can't be read: nobody falls back to a weaker one unseen."""


@dataclass(frozen=True, slots=True)
class Configured:
    """What the configuration asks for: a shipped profile, or one with rules of its own."""

    profile: str
    policy: Policy

    @property
    def name(self) -> str:
        """As administrators know it."""
        own = self.policy != PROFILES[self.profile]
        return f"profile {self.profile}{', with rules of the configuration' if own else ''}"


def configured(population: str, profile: str, own: Mapping[str, int | None]) -> Configured:
    """A profile with the configuration's own rules; these may not contradict the others."""
    given = {name: value for name, value in own.items() if value is not None}
    policy = replace(PROFILES[profile], **given)  # type: ignore[arg-type]
    if found := faults(policy):
        told = "; ".join(found)
        raise BrokenPolicy(f"[policy_{population}] with policies.{population} = {profile}: {told}")
    return Configured(profile, policy)


class Policies:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, audit: Audit, shipped: Mapping[str, Configured]) -> None:
        self._clock = clock
        self._audit = audit
        self._shipped = dict(shipped)

    def shipped(self, population: Population) -> str:
        """The name of what holds where nobody has set a policy."""
        return self._shipped[population].name

    def stored(self, tx: Tx, population: Population) -> Policy | None:
        """The policy that an administrator set."""
        document = tx.execute(LOAD, {"population_": population.value}).scalar()
        return read(document) if document is not None else None

    def of(self, tx: Tx, population: Population) -> Policy:
        """The policy in force."""
        return self.stored(tx, population) or self._shipped[population].policy

    def set(
        self, tx: Tx, population: Population, policy: Policy, origin: Origin | None = None
    ) -> None:
        """Put a policy without faults in force."""
        if found := faults(policy):
            raise BrokenPolicy("; ".join(found))
        document = json.dumps(asdict(policy), separators=(",", ":"))
        row = {
            "population": population.value,
            "document": document,
            "updated_at": self._clock.now(),
        }
        tx.execute(SET, row)
        self._record(tx, "policy.set", population, _told(policy), origin)

    def reset(self, tx: Tx, population: Population, origin: Origin | None = None) -> bool:
        """Go back to the shipped profile; False where it was in force already."""
        if tx.execute(RESET, {"population_": population.value}).first() is None:
            return False
        self._record(
            tx, "policy.reset", population, {"profile": self._shipped[population].profile}, origin
        )
        return True

    def _record(
        self,
        tx: Tx,
        kind: str,
        population: Population,
        detail: Mapping[str, str | int],
        origin: Origin | None,
    ) -> None:
        self._audit.record(
            tx, Event(kind, detail={"population": population.value, **detail}), origin
        )


def _told(policy: Policy) -> dict[str, str | int]:
    return {name: int(value) for name, value in asdict(policy).items()}


def faults(policy: Policy) -> list[str]:
    """What can't be asked of people, every fault at once."""
    found = [
        f"{name}: a number from {least} to {most} is expected"
        for name, (least, most) in RANGES.items()
        if not least <= getattr(policy, name) <= most
    ]
    if sum(getattr(policy, kind) for kind in KINDS) > policy.length:
        found.append("length: it is less than the characters of each kind together")
    if policy.valid_days and policy.minimum_age >= policy.valid_days * DAY:
        found.append("minimum_age: it must end before the password does")
    return found


def read(document: str) -> Policy:
    """A policy as stored; members of a newer version are left alone."""
    try:
        values = json.loads(document)
        policy = Policy(**{name: values[name] for name in NAMES if name in values})
        broken = faults(policy)
    except (ValueError, TypeError, KeyError) as fault:
        raise BrokenPolicy("password policy: not readable") from fault
    if broken:
        raise BrokenPolicy(f"password policy: {'; '.join(broken)}")
    return policy
