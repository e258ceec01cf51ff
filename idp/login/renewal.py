# SPDX-License-Identifier: Apache-2.0
"""A new password and everything that follows from it, the same whoever gave it (CR-038).

The way: `judge`, then hash, then `change` in one transaction, then tell the applications of the
sessions that have ended.
"""

from dataclasses import dataclass
from enum import StrEnum

from idp.accounts.values import Account, Person
from idp.audit.record import Audit, Event
from idp.clock import Clock, Entropy
from idp.credentials import resets
from idp.credentials.breaches import Breaches
from idp.credentials.hashing import normalise
from idp.credentials.passwords import Passwords, Reason
from idp.credentials.policies import Policies
from idp.credentials.policy import Context, Judgement, Policy, RuleResult, is_text, judge
from idp.credentials.reset_links import ResetLinks
from idp.credentials.temporary import make_temporary
from idp.db import Database, Tx
from idp.login.elsewhere import NOWHERE, Elsewhere, Here
from idp.messages.outbox import Message, Outbox
from idp.messages.shown import shown_moment
from idp.origin import Origin
from idp.sessions.service import Ended

DAY = 86_400
# Queued messages that a new password makes untrue.
OVERTAKEN = ("reset-link", "temporary-password", "password-expiry")


class Why(StrEnum):
    """Where a new password comes from."""

    # The person wished it.
    CHANGED = "changed"
    # It was asked of them at a login.
    DUE = "due"
    # The first one, by the link of an approval.
    FIRST = "first"
    # By the link of a forgotten one.
    RESET = "reset"
    # By somebody at the command line or the console.
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Renewed:
    """The password is changed; these sessions ended with the old one."""

    ended: tuple[Ended, ...] = ()
    # Of the new password.
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Who gives it had the right to, and has no more: their password or session was ended."""


@dataclass(frozen=True, slots=True)
class TooSoon:
    """The last change is too recent for another one that the person starts."""

    until: int


@dataclass(frozen=True, slots=True)
class Site:
    """What the rules know of the place."""

    names: tuple[str, ...]
    longest_bytes: int


class Renewal:
    """Judges new passwords and puts them in force."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        entropy: Entropy,
        audit: Audit,
        passwords: Passwords,
        policies: Policies,
        breaches: Breaches,
        links: ResetLinks,
        elsewhere: Elsewhere,
        outbox: Outbox,
        site: Site,
    ) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._audit = audit
        self._passwords = passwords
        self._policies = policies
        self._breaches = breaches
        self._links = links
        self._elsewhere = elsewhere
        self._outbox = outbox
        self._site = site

    def policy(self, account: Account) -> Policy:
        """The policy for an account."""
        with self._database.read() as tx:
            return self._policies.of(tx, account.person.population)

    def judge(self, account: Account, candidate: str) -> Judgement:
        """Whether a password may become the account's. No transaction is open meanwhile."""
        judged = self.judge_first(account.person, candidate)
        if not judged.accepted:
            return judged
        # As slow as so many logins: only for what would do otherwise.
        used = self._passwords.was_used(account.id, candidate)
        last = RuleResult("history", not used, self.policy(account).history)
        return Judgement((*judged.results, last))

    def judge_first(self, person: Person, candidate: str) -> Judgement:
        """The same for somebody who has had no password yet."""
        with self._database.read() as tx:
            policy = self._policies.of(tx, person.population)
        breached: bool | None = False
        if policy.breaches and self._is_looked_at(candidate):
            breached = self._breaches.holds(normalise(candidate))
        context = Context(self._site.names, breached, longest_bytes=self._site.longest_bytes)
        return Judgement(judge(policy, candidate, person, context), try_later=breached is None)

    def _is_looked_at(self, candidate: str) -> bool:
        return is_text(candidate) and len(candidate.encode()) <= self._site.longest_bytes

    def temporary(self, account: Account) -> str:
        """A fresh temporary password that fits the account's policy."""
        return self.temporary_for(account.person)

    def temporary_for(self, person: Person) -> str:
        """The same for somebody who has no account yet."""
        with self._database.read() as tx:
            policy = self._policies.of(tx, person.population)
        return make_temporary(self._entropy, policy)

    def may_start(self, account: Account) -> int:
        """From when the person may start a change; 0 where they may now (CR-036)."""
        with self._database.read() as tx:
            standing = self._passwords.standing(tx, account.id, account.person.population)
            if standing is None or self._passwords.due(tx, account.id, account.person.population):
                return 0
            return self._wait(tx, account, standing.changed_at)

    def _wait(self, tx: Tx, account: Account, changed_at: int) -> int:
        now, policy = self._clock.now(), self._policies.of(tx, account.person.population)
        # A clock set back counts as no time at all, not as years to wait.
        until = min(changed_at, now) + policy.minimum_age
        return until if until > now else 0

    def change(
        self,
        tx: Tx,
        account: Account,
        hashed: str,
        why: Why,
        origin: Origin,
        here: Here = NOWHERE,
        *,
        proved: str | None = None,
    ) -> Renewed | TooSoon | Overtaken:
        """Put a password that was judged in force, with all that follows, in one transaction.

        The minimum age holds for what the person starts, never for what is asked of them, nor for
        a reset after something went wrong (CR-036). `proved` is the mark of the password by which
        somebody may give this one: a form that waited does not undo a change made meanwhile.
        """
        held = self._passwords.hold(tx, account.id)
        if proved is not None and (held is None or held.mark != proved):
            return Overtaken()
        if not self._elsewhere.leaves(tx, account.id, here):
            return Overtaken()
        asked = why in {Why.FIRST, Why.RESET, Why.ADMINISTRATOR} or self._is_due(tx, account)
        if held is not None and not asked:
            until = self._wait(tx, account, held.changed_at)
            if until:
                return TooSoon(until)
        mark = self._passwords.put(tx, account.id, hashed, origin)
        if why is Why.RESET:
            # Links go by e-mail alone.
            resets.note(tx, account.id, "email", self._clock.now())
        if why is not Why.FIRST:
            self._tell(tx, account, origin)
        return Renewed(self._clean_up(tx, account, here, why, origin), mark)

    def give_temporary(
        self, tx: Tx, account: Account, hashed: str, reason: Reason, origin: Origin
    ) -> Renewed:
        """Put a password in force that must be replaced at the next login (CR-045, CR-049)."""
        mark = self._passwords.set_temporary(tx, account.id, hashed, reason, origin)
        return Renewed(self._clean_up(tx, account, NOWHERE, Why.ADMINISTRATOR, origin), mark)

    def _is_due(self, tx: Tx, account: Account) -> bool:
        return self._passwords.due(tx, account.id, account.person.population) is not None

    def _clean_up(
        self, tx: Tx, account: Account, here: Here, why: Why, origin: Origin
    ) -> tuple[Ended, ...]:
        self._links.void(tx, account.id)
        for purpose in OVERTAKEN:
            self._outbox.withdraw(tx, account.id, purpose)
        ended = self._elsewhere.end(tx, account.id, here, f"password-{why}", origin)
        event = Event(
            "password.renewed",
            account=account.id,
            session=here.session,
            detail={"why": why.value, "sessions": len(ended)},
        )
        self._audit.record(tx, event, origin)
        return ended

    def _tell(self, tx: Tx, account: Account, origin: Origin) -> None:
        """Tell the owner: whoever did not do it themselves must learn of it (ASVS 6.3.7)."""
        person = account.person
        if not person.email:
            return
        values = {
            "name": person.display_name,
            "at": shown_moment(self._clock.now(), person.locale),
            "place": origin.address,
        }
        self._outbox.put(
            tx,
            Message(
                "email", "password-changed", person.email, account.id, person.locale, DAY, values
            ),
        )
