# SPDX-License-Identifier: Apache-2.0
"""The decision, pure: named checks in one order, the first that refuses is the answer.

session → consent → block → basis → motive → level → embargo → right
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from imaging_app.access.actions import RIGHTS, Action, Rule
from imaging_app.access.grants import Basis, Ground
from imaging_app.access.motives import Motive
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.settings import Rules


class Reason(StrEnum):
    """Why not; for the trace and the log. What a page may tell is `told`."""

    SESSION = "session"
    KIND = "kind"
    UNKNOWN = "unknown"
    CONSENT = "consent"
    BLOCKED = "blocked"
    BASIS = "basis"
    MOTIVE = "motive"
    LEVEL = "level"
    EMBARGO = "embargo"
    OPPOSED = "opposed"
    DOWNLOAD = "download"
    # Of deeds, beyond the decision.
    PROTECTED = "protected"
    REASON = "reason"
    NO_MATCH = "no_match"
    TOO_MANY = "too_many"
    STATE = "state"

    @property
    def told(self) -> str:
        """What a page may tell: of somebody else's things, nothing; what one can do, all."""
        return "not_yours" if self in NEUTRAL else self.value


# Whether something exists, is shared, or whose door is shut: the same answer.
NEUTRAL = frozenset({
    Reason.KIND, Reason.UNKNOWN, Reason.CONSENT, Reason.BLOCKED, Reason.BASIS, Reason.OPPOSED,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """What is touched, and whose it is."""

    patient: str | None = None
    file: str | None = None
    exam: str | None = None
    establishment: str | None = None
    # Masked: nobody looks at it, neither its patient nor a professional, in no emergency either.
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a decision looks at, besides who asks."""

    target: Target | None
    shares: bool = False
    # Since when it is shared again, where it had been withdrawn.
    shared_since: int = 0
    blocked: bool = False
    own: bool = False
    opposes_emergency: bool = False
    grounds: tuple[Ground, ...] = ()
    motive: Motive | None = None
    told: bool = False
    may_download: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    """What a login must be worth, and how old it may be."""

    level: int
    age: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """No, and why; with what a login would have to be, where that is all that is missing."""

    reason: Reason
    demand: Demand | None = None


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes, on which basis, for which motive, until when at the latest."""

    basis: Basis
    motive: Motive | None = None
    until: int | None = None

    @property
    def emergency(self) -> bool:
        """Whether it is flagged."""
        return self.basis is Basis.EMERGENCY


@dataclass(frozen=True, slots=True)
class Case:
    """One question."""

    visitor: Visitor
    action: Action
    rule: Rule
    facts: Facts
    target: Target
    rules: Rules
    now: int
    ground: Ground | None


# The surest first: what somebody is to a patient, then what they were given.
PREFERRED = (Basis.INVOLVEMENT, Basis.CODE, Basis.FILE, Basis.EMERGENCY)


def decide(
    visitor: Visitor | None, action: Action, facts: Facts, rules: Rules, now: int
) -> Allowed | Refused:
    """Whether somebody may do this."""
    rule = RIGHTS.get(action)
    if visitor is None:
        return Refused(Reason.SESSION)
    if rule is None or visitor.kind not in rule.who:
        return Refused(Reason.KIND)
    if visitor.kind is Kind.PROFESSIONAL and not visitor.rpps:
        return Refused(Reason.KIND)
    if facts.target is None:
        return Refused(Reason.UNKNOWN)
    ground = _ground(visitor, rule, facts, facts.target)
    case = Case(visitor, action, rule, facts, facts.target, rules, now, ground)
    for check in CHECKS:
        refused = check(case)
        if refused is not None:
            return refused
    if ground is None:
        return Refused(Reason.BASIS)
    return Allowed(ground.basis, _motive(case), ground.until)


def _ground(visitor: Visitor, rule: Rule, facts: Facts, target: Target) -> Ground | None:
    if visitor.kind is Kind.PATIENT:
        return Ground(Basis.OWN) if facts.own and not target.hidden else None
    if visitor.kind is Kind.STAFF:
        is_theirs = bool(visitor.establishment) and visitor.establishment == target.establishment
        may = visitor.administers or not rule.administers
        return Ground(Basis.HOUSE) if is_theirs and may else None
    if not rule.basis:
        return Ground(Basis.OPEN)
    if target.hidden:
        return None
    # To open a patient, any ground will do: what is listed there is asked one by one.
    whole = target.exam is None and target.file is None
    reaching = [
        one
        for one in facts.grounds
        if whole or one.covers(target.exam, target.file, target.establishment)
        if one.basis is not Basis.EMERGENCY or not facts.opposes_emergency
        # What a withdrawal has shut, a renewal does not open: whoever must asks again.
        if one.given_at is None or one.given_at >= facts.shared_since
    ]
    if rule.motive and facts.motive is None:
        # Whoever broke in has said why; the surer ground still waits for a motive.
        reaching = [one for one in reaching if one.basis is Basis.EMERGENCY] or reaching
    return min(reaching, key=lambda one: PREFERRED.index(one.basis), default=None)


def check_consent(case: Case) -> Refused | None:
    """Nothing is shared that its patient does not share."""
    is_asked = case.rule.consent
    return Refused(Reason.CONSENT) if is_asked and not case.facts.shares else None


def check_block(case: Case) -> Refused | None:
    """Whoever is kept out is, whatever else they have."""
    is_out = case.visitor.kind is Kind.PROFESSIONAL and case.facts.blocked
    return Refused(Reason.BLOCKED) if is_out else None


def check_basis(case: Case) -> Refused | None:
    """Somebody cares for the patient, was given something, or it is their own."""
    if case.action is Action.PATIENT_EMERGENCY and case.facts.opposes_emergency:
        return Refused(Reason.OPPOSED)
    return Refused(Reason.BASIS) if case.ground is None else None


def check_motive(case: Case) -> Refused | None:
    """A professional says why, once a day."""
    is_asked = case.rule.motive and case.visitor.kind is Kind.PROFESSIONAL
    return Refused(Reason.MOTIVE) if is_asked and _motive(case) is None else None


def check_level(case: Case) -> Refused | None:
    """The login is worth what the deed asks, and for grave ones it is fresh."""
    rules, visitor = case.rules, case.visitor
    if not case.rule.grave:
        demand = Demand(rules.level)
        return Refused(Reason.LEVEL, demand) if visitor.level < rules.level else None
    demand = Demand(max(rules.level, rules.grave_level), rules.grave_age)
    # A login of a time still to come was noted by a clock that is not ours.
    is_fresh = -rules.grave_age <= case.now - visitor.auth_at <= rules.grave_age
    is_enough = visitor.level >= demand.level and is_fresh
    return None if is_enough else Refused(Reason.LEVEL, demand)


def check_embargo(case: Case) -> Refused | None:
    """A patient sees a result once a professional has told it."""
    waits = case.rule.embargo and case.visitor.kind is Kind.PATIENT and not case.facts.told
    return Refused(Reason.EMBARGO) if waits else None


def check_right(case: Case) -> Refused | None:
    """To download, one needs to be permitted."""
    if not case.rule.download:
        return None
    is_patient = case.visitor.kind is Kind.PATIENT
    may = case.rules.patient_downloads if is_patient else case.facts.may_download
    return None if may else Refused(Reason.DOWNLOAD)


CHECKS: tuple[Callable[[Case], Refused | None], ...] = (
    check_consent,
    check_block,
    check_basis,
    check_motive,
    check_level,
    check_embargo,
    check_right,
)


def _motive(case: Case) -> Motive | None:
    """An emergency is its own motive."""
    if case.ground is not None and case.ground.basis is Basis.EMERGENCY:
        return Motive.URGENCE
    if case.action is Action.PATIENT_EMERGENCY:
        return Motive.URGENCE
    return case.facts.motive
