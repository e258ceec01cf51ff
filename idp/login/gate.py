# SPDX-License-Identifier: Apache-2.0
"""The gate. Codes, tokens and assertions are issued from what it returns and nothing weaker.

Every issuing path comes through here at issuance time, also long after the login: refresh and
its like re-enter by `readmit`. A check added here is added for all of them.
"""

from dataclasses import dataclass, replace

from connectors.base import Level
from idp.accounts import particulars
from idp.accounts import service as accounts
from idp.accounts.activities import Activity
from idp.accounts.particulars import Visibility
from idp.accounts.service import communities_of
from idp.accounts.values import Account, Population, State
from idp.applications.values import Application, Policy
from idp.clock import Clock
from idp.db import Tx
from idp.grants.activities import Activities
from idp.grants.admission import Admission, ApplicationAdmission
from idp.grants.codes import Grant
from idp.grants.lasting import LastingGrants
from idp.login.flow import Practice, Refusal, is_accepted
from idp.providers.service import Providers
from idp.providers.values import alias_of
from idp.sessions.standing import Standing, standing_of
from idp.sessions.values import Proof, is_unused, lapse, restore, trust


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the entry must satisfy beyond the registered policy."""

    level: Level | None = None
    # When the application was opened in this session, of whoever comes back by that.
    opened_at: int | None = None


NOTHING_MORE = Wanted()


@dataclass(frozen=True, slots=True)
class _Passed:
    """Everything holds: of this session, by these proofs, up to this level."""

    standing: Standing
    level: Level
    proofs: tuple[Proof, ...]
    activity: Activity | None


class Gate:
    """Admits, or says why not."""

    def __init__(
        self,
        clock: Clock,
        activities: Activities,
        providers: Providers,
        lasting: LastingGrants,
        card_idle: int,
        card_revocation: str,
    ) -> None:
        self._lasting = lasting
        self._clock = clock
        self._activities = activities
        self._providers = providers
        self._card_idle = card_idle
        self._card_revocation = card_revocation

    def admit(
        self, tx: Tx, application: Application, session: str, wanted: Wanted
    ) -> Admission | Refusal:
        """This session's person into this application, as things stand now."""
        standing = standing_of(tx, session, self._clock.now())
        return self.admit_standing(tx, application, standing, wanted)

    def admit_standing(
        self, tx: Tx, application: Application, standing: Standing | None, wanted: Wanted
    ) -> Admission | Refusal:
        """The same, where how the session stands was just read along with something else."""
        passed = self._admit(tx, application, standing, wanted, again=False)
        return passed if isinstance(passed, Refusal) else _admission(application, passed)

    def _admit(
        self,
        tx: Tx,
        application: Application,
        standing: Standing | None,
        wanted: Wanted,
        *,
        again: bool,
    ) -> _Passed | Refusal:
        if not application.enabled:
            return Refusal.APPLICATION_CLOSED
        if wanted.opened_at is not None and wanted.opened_at < application.open_since:
            return Refusal.LOGIN_REQUIRED
        if standing is None:
            return Refusal.LOGIN_REQUIRED
        if standing.state != "active":
            return Refusal.ACCOUNT_CLOSED
        policy = application.policy.under(self._card_revocation)
        closed = self._closed_to(tx, policy, standing.account, standing.population)
        if closed is not None:
            return closed
        given = standing.proofs
        if again:
            # What was opened by a card stays open; it is the next door that asks for it anew.
            given = trust(restore(given))
        elif is_unused(standing.seen_at, self._clock.now(), self._card_idle):
            given = lapse(given)
        policy = self._without_closed(tx, policy, given)
        proofs = tuple(one for one in given if is_accepted(policy, one, application.key))
        reached = max((proof.level for proof in proofs), default=None)
        if reached is None or reached < max(policy.level, wanted.level or policy.level):
            return Refusal.LEVEL_UNREACHABLE
        activity = self._activity(tx, application, standing.account, standing.population)
        if isinstance(activity, Refusal):
            return activity
        return _Passed(standing, reached, proofs, activity)

    def _without_closed(self, tx: Tx, policy: Policy, given: tuple[Proof, ...]) -> Policy:
        """BR-012: by whom nobody logs in any more, nobody enters, whatever was proved by then."""
        named = {one.means: alias_of(one.means) for one in given if one.means in policy.means}
        asked = frozenset(alias for alias in named.values() if alias)
        closed = self._providers.closed(tx, asked) if asked else frozenset()
        if not closed:
            return policy
        open_ = tuple(one for one in policy.means if alias_of(one) not in closed)
        return replace(policy, means=open_)

    def practice(
        self, tx: Tx, application: Application, account: str, population: str
    ) -> Practice | None:
        """In which activity somebody enters an application; None where none is asked of them."""
        if application.policy.activity != "chosen" or population != Population.PROFESSIONAL.value:
            return None
        known = self._activities.of(tx, account)
        return Practice(known, self._activities.entered_as(tx, account, application.key, known))

    def _activity(
        self, tx: Tx, application: Application, account: str, population: str
    ) -> Activity | Refusal | None:
        """The one they come in, theirs at this moment; None where none is asked of them."""
        practice = self.practice(tx, application, account, population)
        if practice is None:
            return None
        if not practice.known:
            return Refusal.NO_ACTIVITY
        return practice.entered_as or Refusal.ACTIVITY_REQUIRED

    def closed_to(self, tx: Tx, application: Application, account: Account) -> Refusal | None:
        """Why an application is closed to somebody whatever they prove; None where it is not."""
        population = account.person.population.value
        return self._closed_to(tx, application.policy, account.id, population)

    def _closed_to(self, tx: Tx, policy: Policy, account: str, population: str) -> Refusal | None:
        if population not in policy.populations:
            return Refusal.POPULATION
        if policy.communities and not communities_of(tx, account) & set(policy.communities):
            return Refusal.COMMUNITY
        if policy.directory == "visible" and is_hidden(tx, account, population):
            return Refusal.HIDDEN
        return None

    def readmit(self, tx: Tx, application: Application, grant: Grant) -> Admission | Refusal:
        """The person of an earlier grant, once more; never above what was proved then."""
        if grant.lasting_until is not None:
            return self._readmit_lasting(tx, application, grant, grant.lasting_until)
        standing = standing_of(tx, grant.session, self._clock.now())
        return self.readmit_standing(tx, application, grant, standing)

    def readmit_standing(
        self, tx: Tx, application: Application, grant: Grant, standing: Standing | None
    ) -> Admission | Refusal:
        """The same, where how its session stands was just read along with the grant."""
        if not self._is_of(application, grant):
            return Refusal.LOGIN_REQUIRED
        return self._as_then(tx, application, grant, standing)

    def _is_of(self, application: Application, grant: Grant) -> bool:
        """Whether it was given to this application, since it was opened, and is not over."""
        if grant.application != application.key or grant.expires_at <= self._clock.now():
            return False
        return grant.created_at >= application.open_since

    def _readmit_lasting(
        self, tx: Tx, application: Application, grant: Grant, until: int
    ) -> Admission | Refusal:
        """The same, where the person is away: as long as both they and the operator let it last."""
        lasting, now = self._lasting.of(application), self._clock.now()
        if not self._is_of(application, grant) or lasting is None:
            return Refusal.LOGIN_REQUIRED
        if until <= now or grant.created_at + lasting.life <= now:
            return Refusal.LOGIN_REQUIRED
        return self._as_away(tx, application, grant)

    def admit_further(self, tx: Tx, application: Application, grant: Grant) -> Admission | Refusal:
        """The person of an earlier grant into another application, by what was proved then."""
        if grant.expires_at <= self._clock.now():
            return Refusal.LOGIN_REQUIRED
        if grant.lasting_until is not None:
            return self._as_away(tx, application, grant)
        standing = standing_of(tx, grant.session, self._clock.now())
        return self._as_then(tx, application, grant, standing)

    def _as_then(
        self, tx: Tx, application: Application, grant: Grant, standing: Standing | None
    ) -> Admission | Refusal:
        passed = self._admit(tx, application, standing, NOTHING_MORE, again=True)
        if isinstance(passed, Refusal):
            return passed
        if passed.standing.session != grant.session:
            return Refusal.LOGIN_REQUIRED
        if self._is_by_closed(tx, grant):
            return Refusal.LOGIN_REQUIRED
        below = grant.level < application.policy.level
        if passed.standing.account != grant.account or below or not _allows(application, grant):
            return Refusal.LEVEL_UNREACHABLE
        # What was proved since says nothing of how they came then.
        proofs = tuple(
            one
            for one in passed.proofs
            if one.means in grant.means and one.at <= grant.authenticated_at
        )
        return _as_given(application, grant, proofs, passed.activity)

    def _is_by_closed(self, tx: Tx, grant: Grant) -> bool:
        """BR-012: what would be told of them is what that provider said."""
        named = frozenset(filter(None, map(alias_of, grant.means)))
        return bool(named) and bool(self._providers.closed(tx, named))

    def _as_away(self, tx: Tx, application: Application, grant: Grant) -> Admission | Refusal:
        """Somebody who let an application in while they are away, by what they proved then.

        Their session is not asked. All else is, of this moment: who they are, whether their
        account stayed open, and what the application asks of whoever enters it.
        """
        if not application.enabled:
            return Refusal.APPLICATION_CLOSED
        population = accounts.open_population(tx, grant.account, grant.created_at)
        if population is None:
            return Refusal.ACCOUNT_CLOSED
        closed = self._closed_to(tx, application.policy, grant.account, population)
        if closed is not None:
            return closed
        if self._is_by_closed(tx, grant):
            return Refusal.LOGIN_REQUIRED
        if not _allows(application, grant) or _worth(application, grant) < application.policy.level:
            return Refusal.LEVEL_UNREACHABLE
        activity = self._activity(tx, application, grant.account, population)
        if isinstance(activity, Refusal):
            return activity
        # Who is away proves nothing: no right is read from it.
        return _as_given(application, grant, (), activity)

    def admit_vouched(
        self, tx: Tx, application: Application, account: str, level: Level
    ) -> Admission | Refusal:
        """Somebody for whom others vouch, where no session is; never above what their word counts.

        What the application asks of people holds all the same: who they are, and how sure that is.
        """
        if not application.enabled:
            return Refusal.APPLICATION_CLOSED
        found = accounts.load(tx, account)
        if found is None or found.state is not State.ACTIVE:
            return Refusal.ACCOUNT_CLOSED
        population = found.person.population.value
        closed = self._closed_to(tx, application.policy, account, population)
        if closed is not None:
            return closed
        if level < application.policy.level:
            return Refusal.LEVEL_UNREACHABLE
        activity = self._activity(tx, application, account, population)
        if isinstance(activity, Refusal):
            return activity
        now = self._clock.now()
        return Admission(application, account, "", level, (), (), now, (), activity)

    def admit_application(self, application: Application) -> ApplicationAdmission | Refusal:
        """An application in its own name, where no person is present."""
        if not application.enabled:
            return Refusal.APPLICATION_CLOSED
        return ApplicationAdmission(application)


def is_hidden(tx: Tx, account: str, population: str) -> bool:
    """Whether somebody who could be in the directory is not; others are in none (SPEC §7)."""
    if population != Population.PROFESSIONAL.value:
        return False
    return particulars.load(tx, account).visibility is Visibility.HIDDEN


def _admission(application: Application, passed: _Passed) -> Admission:
    standing, proofs = passed.standing, passed.proofs
    return Admission(
        application=application,
        account=standing.account,
        session=standing.session,
        level=passed.level,
        means=tuple(dict.fromkeys(proof.means for proof in proofs)),
        methods=tuple(dict.fromkeys(name for proof in proofs for name in proof.methods)),
        authenticated_at=max(proof.at for proof in proofs),
        proofs=proofs,
        activity=passed.activity,
    )


def _as_given(
    application: Application, grant: Grant, proofs: tuple[Proof, ...], activity: Activity | None
) -> Admission:
    """By what a grant was given for, and no more than that."""
    return Admission(
        application=application,
        account=grant.account,
        session=grant.session,
        level=grant.level,
        means=grant.means,
        methods=grant.methods,
        authenticated_at=grant.authenticated_at,
        proofs=proofs,
        activity=activity,
    )


def _allows(application: Application, grant: Grant) -> bool:
    """Whether a means that the grant was given for is still allowed."""
    return any(map(application.policy.allows, grant.means))


def _worth(application: Application, grant: Grant) -> Level:
    """What they proved then, by the means that are allowed now.

    Which of several was worth so much is not kept: without one of them it is worth the least.
    """
    return grant.level if all(map(application.policy.allows, grant.means)) else Level.PASSWORD
