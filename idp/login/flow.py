# SPDX-License-Identifier: Apache-2.0
"""The only decision of a login: what comes next. Pure: values in, a value out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from connectors.base import Level
from idp.accounts.activities import Activity
from idp.applications.values import Policy, administers
from idp.credentials.card_desk import KIND as CARD
from idp.launches.sources import MEANS as LAUNCH
from idp.login.freshness import age_of
from idp.login.request import LoginRequest
from idp.sessions.values import Proof, Session

# No means stands on another one.
ALONE: Mapping[str, str] = MappingProxyType({})
# What nobody can begin on a page of ours.
BEGUN_ELSEWHERE = frozenset({LAUNCH})


class Lack(Enum):
    """Why the session doesn't suffice, in the order they are looked at."""

    NO_SESSION = "no-session"
    FORCED = "forced"
    TOO_OLD = "too-old"
    LEVEL = "level"


class Refusal(Enum):
    """Why a login can't go on."""

    LOGIN_REQUIRED = "login-required"
    INTERACTION_REQUIRED = "interaction-required"
    CONSENT_REQUIRED = "consent-required"
    OTHER_PERSON = "other-person"
    LEVEL_UNREACHABLE = "level-unreachable"
    CANCELLED = "cancelled"
    CONSENT_REFUSED = "consent-refused"
    ACCOUNT_CLOSED = "account-closed"
    APPLICATION_CLOSED = "application-closed"
    POPULATION = "population"
    COMMUNITY = "community"
    # Its people must be found in the directory, and this person hides.
    HIDDEN = "directory-hidden"
    # Its people come in one of their activities, and nobody knows of any of this person's.
    NO_ACTIVITY = "no-activity"
    # What they chose is theirs no more: they choose anew.
    ACTIVITY_REQUIRED = "activity-required"


@dataclass(frozen=True, slots=True)
class Choose:
    """Nobody is logged in, or must do so anew: offer these means."""

    means: tuple[str, ...]
    lack: Lack


@dataclass(frozen=True, slots=True)
class Second:
    """The person is known; ask only for a means that lifts the session to the level."""

    means: tuple[str, ...]
    account: str
    level: Level
    # Anything but LEVEL: the first factor was given anew, the second must be too.
    lack: Lack = Lack.LEVEL


@dataclass(frozen=True, slots=True)
class ChooseActivity:
    """The person practises in several places: ask in which of them they come."""

    among: tuple[Activity, ...]


@dataclass(frozen=True, slots=True)
class Consent:
    """Show what would be released, and ask."""

    scope: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """All is there: go through the gate."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """It ends here."""

    refusal: Refusal


Step = Choose | Second | ChooseActivity | Consent | Finish | Refuse
# Nothing is left to prove.
Proved = ChooseActivity | Consent | Finish


@dataclass(frozen=True, slots=True)
class Practice:
    """What somebody practises, and in which of it they enter; of those who are asked for one."""

    known: tuple[Activity, ...]
    entered_as: Activity | None


def next_step(
    request: LoginRequest,
    policy: Policy,
    means: Mapping[str, Level],
    session: Session | None,
    consented: Collection[str],
    now: int,
    bases: Mapping[str, str] = ALONE,
    practice: Practice | None = None,
) -> Step:
    """What comes next for this request, under this policy, with this session.

    `bases` names, for a means that stands on another one, that other one; `practice` is None
    where nobody is asked in which activity they come.
    """
    level = required_level(request, policy, means)
    offered = offered_means(policy, means, level)
    if not offered:
        return Refuse(Refusal.LEVEL_UNREACHABLE)
    lack = first_lack(request, policy, session, level, now)
    if lack is not None or session is None:
        return _ask(request, offered, session, level, lack or Lack.NO_SESSION, bases)
    if request.account is not None and session.account != request.account:
        return Refuse(Refusal.OTHER_PERSON)
    if practice is not None and practice.entered_as is None:
        return _ask_activity(request, practice)
    if needs_consent(request, policy, consented):
        if request.silent:
            return Refuse(Refusal.CONSENT_REQUIRED)
        return Consent(request.scope)
    return Finish()


def _ask_activity(request: LoginRequest, practice: Practice) -> Step:
    if not practice.known:
        return Refuse(Refusal.NO_ACTIVITY)
    if request.silent:
        return Refuse(Refusal.ACTIVITY_REQUIRED)
    return ChooseActivity(practice.known)


def _ask(
    request: LoginRequest,
    offered: tuple[str, ...],
    session: Session | None,
    level: Level,
    lack: Lack,
    bases: Mapping[str, str],
) -> Step:
    if request.silent:
        stepping_up = session is not None and lack is Lack.LEVEL
        return Refuse(Refusal.INTERACTION_REQUIRED if stepping_up else Refusal.LOGIN_REQUIRED)
    if session is not None and lack is Lack.LEVEL:
        return Second(offered, session.account, level)
    if session is not None:
        begun = tuple(kind for kind in offered if is_begun(kind, bases, request, session))
        if begun:
            return Second(begun, session.account, level, lack)
    return Choose(offered, lack)


def is_begun(kind: str, bases: Mapping[str, str], request: LoginRequest, session: Session) -> bool:
    """Whether what this means stands on was proved in this very journey."""
    base = bases.get(kind)
    return base is not None and any(
        proof.means == base and proof.journey == request.id for proof in session.proofs
    )


def shown_first(
    kind: str, bases: Mapping[str, str], step: Choose | Second, session: Session | None
) -> str:
    """The means to show now for this one: itself, or what has to be proved before it."""
    base = bases.get(kind)
    if base is None:
        return kind
    if isinstance(step, Choose) or session is None:
        return base
    return kind if any(proof.means == base for proof in session.proofs) else base


def may_be_tried(
    kind: str, bases: Mapping[str, str], step: Choose | Second, session: Session | None
) -> bool:
    """Whether a form of this means may be judged now: it is offered, or leads to one that is.

    CR-009: a means that stands on another one is not judged before that one was proved.
    """
    if shown_first(kind, bases, step, session) != kind:
        return False
    return kind in step.means or any(bases.get(one) == kind for one in step.means)


def required_level(request: LoginRequest, policy: Policy, means: Mapping[str, Level]) -> Level:
    """The registered minimum always holds; a wish above it holds where it can be met here.

    A level that the application declared essential holds even where nothing reaches it.
    """
    wished = request.level
    if wished is None or wished <= policy.level:
        return policy.level
    reachable = set(offered_means(policy, means, wished)) - BEGUN_ELSEWHERE
    if request.level_required or reachable:
        return wished
    return policy.level


def offered_means(policy: Policy, means: Mapping[str, Level], level: Level) -> tuple[str, ...]:
    """The means that the policy allows, that this server has, and that reach the level."""
    return tuple(
        kind
        for kind in policy.means
        if policy.allows(kind) and kind in means and means[kind] >= level
    )


def accepted_proofs(policy: Policy, session: Session, application: str | None) -> tuple[Proof, ...]:
    """The session's proofs by means that this application allows, in the way that it asks for."""
    return tuple(proof for proof in session.proofs if is_accepted(policy, proof, application))


def is_accepted(policy: Policy, proof: Proof, application: str | None) -> bool:
    """Whether an application allows what was proved; a card that nobody watches may not do.

    XC-015: nor one of which nobody could tell, that only another application's policy let pass.
    Nor what was vouched for other applications alone.
    """
    unwatched = policy.card_presence == "required" and proof.means == CARD and not proof.watched
    good = proof.stands(policy.card_revocation)
    opens = policy.allows(proof.means) and proof.opens(application)
    return opens and good and not unwatched and not _is_too_weak(policy, proof)


def _is_too_weak(policy: Policy, proof: Proof) -> bool:
    """Whether what others are to believe is not what it was, or never was two factors."""
    # A card that was taken out is worth less than a card, and was not proved by who is there now.
    least = Level.CARD if proof.means == CARD else Level.TWO_FACTORS
    return policy.local_provider and (proof.lapsed or proof.level < least)


def first_lack(
    request: LoginRequest, policy: Policy, session: Session | None, level: Level, now: int
) -> Lack | None:
    """The first check that the session fails, in order."""
    if session is None:
        return Lack.NO_SESSION
    accepted = accepted_proofs(policy, session, request.application)
    # Freshness is asked of the proofs that reach the level: a password just typed does not make
    # a card that was read this morning any fresher.
    proofs = tuple(proof for proof in accepted if proof.level >= level) or accepted
    fresh = any(proof.journey == request.id for proof in proofs)
    # OIDC Core §3.1.2.1: a forced login means one made in this very journey (OA-013).
    if request.force and not fresh:
        return Lack.FORCED
    times = [proof.at for proof in proofs] or [session.authenticated_at]
    ages = [age for age in (age_of(at, now) for at in times) if age is not None]
    if not fresh and _is_too_old(ages, request.max_age, policy.session_max_age):
        return Lack.TOO_OLD
    if not any(proof.level >= level for proof in proofs):
        return Lack.LEVEL
    return None


def _is_too_old(ages: list[int], *limits: int | None) -> bool:
    # OIDC Core §3.1.2.1: max_age=0 asks for a login whatever the age. A proof from the future
    # has no age: the clock was set back since, and nothing says how old it is (RL-09).
    return any(
        limit is not None and (limit == 0 or min(ages, default=limit + 1) > limit)
        for limit in limits
    )


def asks_consent(request: LoginRequest, policy: Policy) -> bool:
    """Whether nothing is released without the person's own word."""
    # Their rights here are lent to nobody behind their back, whatever the policy says (WB-016);
    # and neither what is asked in detail nor what goes on while they are away is anything that an
    # administrator could have agreed to for them.
    theirs = bool(request.details) or bool(request.lasting)
    return policy.consent or theirs or any(administers(one) for one in request.scope)


def needs_consent(request: LoginRequest, policy: Policy, consented: Collection[str]) -> bool:
    """Whether the person must be asked before anything is released."""
    if request.ask_consent:
        return True
    return asks_consent(request, policy) and not set(request.scope) <= set(consented)


def is_agreed_still(request: LoginRequest, policy: Policy, consented: Collection[str]) -> bool:
    """Whether what was agreed to for this request has not been taken back since.

    What is asked in detail is agreed to one by one, each in place of the one before (`Consents`):
    somebody who agrees to another takes nothing back.
    """
    if not request.scope or not asks_consent(request, policy):
        return True
    return bool(consented) and set(request.scope) - set(request.details) <= set(consented)
