# SPDX-License-Identifier: Apache-2.0
"""People, as administrators see and change them: the verbs that console, API and commands call.

Each asks first what whoever calls it may do; how it is done stands in the files beside this one.
"""

from collections.abc import Mapping
from typing import Literal

from idp.accounts import establishments
from idp.accounts import service as accounts
from idp.accounts.particulars import Particulars
from idp.accounts.service import NotCreated
from idp.accounts.values import Account, Person, Population, State
from idp.administration.authority import Authority, Denied
from idp.administration.changes import PAGE, Change, Changes
from idp.administration.ground import Ground
from idp.administration.outcomes import Changed, Sent, Stale, Unfit, Unreachable
from idp.administration.people import access, edit, means, undo, view
from idp.administration.people.edit import New
from idp.administration.people.practising import Practising
from idp.administration.people.search import Query, Results, Search
from idp.administration.people.view import Sheet
from idp.administration.region.networks import given_by
from idp.administration.rights import Right
from idp.administration.target import Target, Targets
from idp.db import Tx
from idp.sessions.service import Ended

Way = Literal["link", "sms"]


class People:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, ground: Ground, practising: Practising) -> None:
        self.ground = ground
        self.practising = practising
        self._targets = Targets(ground.authorities)
        self._changes = Changes(ground.clock, ground.entropy, ground.ring)
        self.searching = Search(ground)

    def search(self, tx: Tx, authority: Authority, query: Query) -> Denied | Results:
        """A page of the accounts in reach."""
        if denied := authority.refuses(Right.ACCOUNTS_SEE):
            return denied
        return self.searching.page(tx, authority, query)

    def sheet(self, tx: Tx, authority: Authority, account_id: str) -> Denied | Sheet:
        """Everything about one account that may be seen."""
        target = self._targets.seen(tx, authority, Right.ACCOUNTS_SEE, account_id)
        if isinstance(target, Denied):
            return target
        return view.draw(tx, self.ground, self._targets, authority, target)

    def view_as(
        self, tx: Tx, authority: Authority, account_id: str, application: str | None = None
    ) -> Denied | Sheet:
        """The same for whoever looks at what the person sees; that they did is kept.

        Or at what an application would be told of them.
        """
        target = self._targets.seen(tx, authority, Right.MEANS_SEE, account_id)
        if isinstance(target, Denied):
            return target
        event = authority.event("account.viewed", account=target.id, application=application)
        self.ground.audit.record(tx, event, authority.origin)
        return view.draw(tx, self.ground, self._targets, authority, target)

    def create(
        self, tx: Tx, authority: Authority, new: New
    ) -> Denied | Unfit | NotCreated | Account:
        """Make an account; a password is not given here, but sent for by `reset` (CR-045)."""
        if denied := self._refuses_new(authority, new):
            return denied
        made = edit.create(tx, self.ground, authority, new)
        if isinstance(made, Account):
            self._changes.keep(tx, made.id, authority.actor, "created", {}, {})
        return made

    def edit(
        self,
        tx: Tx,
        authority: Authority,
        account_id: str,
        seen_at: int,
        person: Person,
        particulars: Particulars,
    ) -> Denied | Stale | Unfit | Account:
        """Keep corrections made from the account as it was at `seen_at` (its `updated_at`).

        Whether an address is verified is not written here, whatever `person` says (CR-046).
        """
        target = self._targets.changed(tx, authority, Right.ACCOUNTS_EDIT, account_id)
        if isinstance(target, Denied):
            return target
        done = edit.edit(tx, self.ground, authority, target, seen_at, person, particulars)
        if isinstance(done, Stale):
            touched = self._changes.touched_since(tx, target.id, seen_at)
            return Stale(done.account, done.particulars, touched)
        if isinstance(done, Unfit):
            return done
        if done.after:
            self._keep(tx, authority, target, "edited", done.before, done.after)
        return done.account

    def set_state(
        self, tx: Tx, authority: Authority, account_id: str, state: State, reason: str = ""
    ) -> Denied | Unfit | Changed:
        """Open, disable or close an account; sessions and tokens end with anything but open."""
        target = self._targets.changed(tx, authority, Right.ACCOUNTS_STATE, account_id)
        if isinstance(target, Denied):
            return target
        if target.id == authority.actor:
            return Denied.NOT_ALLOWED
        done = access.set_state(tx, self.ground, authority, target, state)
        if isinstance(done, Changed) and done.changed:
            before = {"state": target.account.state.value}
            self._keep(tx, authority, target, "state", before, {"state": state.value}, reason)
        return done

    def unlock(self, tx: Tx, authority: Authority, account_id: str) -> Denied | int:
        """Forget the wrong tries counted; how many counters there were."""
        target = self._targets.changed(tx, authority, Right.ACCOUNTS_UNLOCK, account_id)
        if isinstance(target, Denied):
            return target
        return access.unlock(tx, self.ground, authority, target)

    def reset(
        self, tx: Tx, authority: Authority, account_id: str, way: Way
    ) -> Denied | Sent | Unreachable:
        """Send its owner a way to a new password; whoever asks sees nothing of it (CR-045)."""
        target = self._targets.changed(tx, authority, Right.ACCOUNTS_RESET, account_id)
        if isinstance(target, Denied):
            return target
        return access.reset(tx, self.ground, self._changes, authority, target, way)

    def end_sessions(
        self, tx: Tx, authority: Authority, account_id: str, session: str | None = None
    ) -> Denied | tuple[Ended, ...]:
        """End one session, or all of them and every token (SE-005)."""
        target = self._targets.changed(tx, authority, Right.SESSIONS_END, account_id)
        if isinstance(target, Denied):
            return target
        return access.end_sessions(tx, self.ground, authority, target, session)

    def end_lasting(
        self, tx: Tx, authority: Authority, account_id: str, application: str
    ) -> Denied | bool:
        """End what one application has while they are away; False where it has nothing."""
        target = self._targets.changed(tx, authority, Right.SESSIONS_END, account_id)
        if isinstance(target, Denied):
            return target
        return access.end_lasting(tx, self.ground, authority, target, application)

    def remove_means(
        self, tx: Tx, authority: Authority, account_id: str, kind: str, key: str
    ) -> Denied | bool:
        """Take a means away, with what goes on by it; False where the account has no such one."""
        target = self._targets.changed(tx, authority, Right.MEANS_REMOVE, account_id)
        if isinstance(target, Denied):
            return target
        return means.take(tx, self.ground, target.account, kind, key, authority.origin)

    def unlink(self, tx: Tx, authority: Authority, account_id: str, provider: str) -> Denied | bool:
        """Forget who they are at a provider; False where they are nobody there.

        The help desk does it as it resets a password: it opens nothing to whoever asks.
        """
        target = self._targets.changed(tx, authority, Right.ACCOUNTS_RESET, account_id)
        if isinstance(target, Denied):
            return target
        return means.unlink(tx, self.ground, authority, target.account, provider)

    def affiliate(
        self, tx: Tx, authority: Authority, account_id: str, establishment: str
    ) -> Denied | bool:
        """Put a professional into an establishment; False where they are there already.

        A patient belongs where their consent was collected, and nobody moves them.
        """
        target = self._targets.changed(tx, authority, Right.ACCOUNTS_EDIT, account_id)
        if isinstance(target, Denied):
            return target
        if denied := self._refuses_house(authority, target, establishment):
            return denied
        if establishments.load(tx, establishment) is None:
            return Denied.NOT_FOUND
        noun = self.ground.establishments
        if not noun.join(tx, target.id, establishment, authority.origin):
            return False
        self._keep(tx, authority, target, "affiliated", {}, {"establishment": establishment})
        return True

    def unaffiliate(
        self, tx: Tx, authority: Authority, account_id: str, establishment: str
    ) -> Denied | bool:
        """Take somebody out of an establishment: whoever administers it decides that alone."""
        right = Right.ACCOUNTS_EDIT
        target = self._targets.part(tx, authority, right, account_id, establishment)
        if isinstance(target, Denied):
            return target
        if denied := self._refuses_house(authority, target, establishment):
            return denied
        noun = self.ground.establishments
        if not noun.leave(tx, target.id, establishment, authority.origin):
            return False
        self._keep(tx, authority, target, "unaffiliated", {"establishment": establishment}, {})
        return True

    def join(self, tx: Tx, authority: Authority, account_id: str, community: str) -> Denied | bool:
        """Put somebody into a community; False where they are in it already."""
        target = self._targets.changed(tx, authority, Right.MEMBERS_EDIT, account_id)
        if isinstance(target, Denied):
            return target
        if community not in accounts.community_names(tx):
            return Denied.NOT_FOUND
        if community not in given_by(tx, authority, Right.MEMBERS_EDIT):
            return Denied.NOT_ALLOWED
        if not self.ground.accounts.join(tx, target.id, community, authority.origin):
            return False
        self._keep(tx, authority, target, "joined", {}, {"community": community})
        return True

    def leave(self, tx: Tx, authority: Authority, account_id: str, community: str) -> Denied | bool:
        """Take somebody out of a community; False where they were not in it."""
        target = self._targets.changed(tx, authority, Right.MEMBERS_EDIT, account_id)
        if isinstance(target, Denied):
            return target
        if not self.ground.accounts.leave(tx, target.id, community, authority.origin):
            return False
        self._keep(tx, authority, target, "left", {"community": community}, {})
        return True

    def history(
        self, tx: Tx, authority: Authority, account_id: str, after: str = "", most: int = PAGE
    ) -> Denied | list[Change]:
        """What administrators changed of an account, the newest first.

        The next page begins after the `cursor` of the last one.
        """
        target = self._targets.seen(tx, authority, Right.ACCOUNTS_SEE, account_id)
        if isinstance(target, Denied):
            return target
        reach = authority.reach(Right.ACCOUNTS_SEE)

        def shown(one: Change) -> bool:
            house = undo.house_of(one)
            return not house or reach.touches((house,))

        return self._changes.listed(tx, target.id, after, most, shown)

    def undo(self, tx: Tx, authority: Authority, change_id: str) -> Denied | Stale | Account:
        """Take a change back, where what it touched is as it left it."""
        change = self._changes.load(tx, change_id)
        if change is None:
            may = authority.may(Right.ACCOUNTS_SEE)
            return Denied.NOT_FOUND if may else Denied.NOT_ALLOWED
        target = self._targets.seen(tx, authority, Right.ACCOUNTS_SEE, change.subject)
        if isinstance(target, Denied):
            return target
        return undo.undo(tx, self, self._changes, authority, target, change)

    def _refuses_new(self, authority: Authority, new: New) -> Denied | None:
        reach = authority.reach(Right.ACCOUNTS_CREATE)
        if new.communities and not authority.may(Right.MEMBERS_EDIT):
            return Denied.NOT_ALLOWED
        if reach.everywhere:
            return None
        # A patient's account stands on a consent: whoever collects it makes the account.
        if not new.establishments or new.person.population is Population.PATIENT:
            return Denied.NOT_ALLOWED
        return authority.refuses_in(Right.ACCOUNTS_CREATE, new.establishments)

    def _refuses_house(
        self, authority: Authority, target: Target, establishment: str
    ) -> Denied | None:
        if denied := authority.refuses_in(Right.ACCOUNTS_EDIT, (establishment,)):
            return denied
        patient = target.account.person.population is Population.PATIENT
        everywhere = authority.reach(Right.ACCOUNTS_EDIT).everywhere
        return Denied.NOT_ALLOWED if patient and not everywhere else None

    def _keep(
        self,
        tx: Tx,
        authority: Authority,
        target: Target,
        kind: str,
        before: Mapping[str, object],
        after: Mapping[str, object],
        reason: str = "",
    ) -> None:
        self._changes.keep(tx, target.id, authority.actor, kind, before, after, reason)
