# SPDX-License-Identifier: Apache-2.0
"""Taking a change back: the same verbs, the other way round, where nothing else came since."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Protocol

from idp.accounts import activities, particulars
from idp.accounts import service as accounts
from idp.accounts.activities import Activity
from idp.accounts.particulars import Particulars, Visibility
from idp.accounts.values import Account, Person, Population, State
from idp.administration.authority import Authority, Denied
from idp.administration.changes import Change, Changes
from idp.administration.outcomes import Changed, Stale, Unfit
from idp.administration.people.practising import KIND, kept_of
from idp.administration.target import Target
from idp.db import Tx, part


class Writes(Protocol):
    """By what it is written where and as what somebody practises."""

    def write(
        self, tx: Tx, authority: Authority, account: str, wanted: Sequence[Activity]
    ) -> Denied | Unfit | bool: ...


class Verbs(Protocol):
    """What a change is made by, and undone by: whoever undoes it needs the right to make it."""

    @property
    def practising(self) -> Writes: ...

    def edit(
        self,
        tx: Tx,
        authority: Authority,
        account_id: str,
        seen_at: int,
        person: Person,
        particulars: Particulars,
    ) -> Denied | Stale | Unfit | Account: ...

    def set_state(
        self, tx: Tx, authority: Authority, account_id: str, state: State, reason: str = ""
    ) -> Denied | Unfit | Changed: ...

    def affiliate(
        self, tx: Tx, authority: Authority, account_id: str, establishment: str
    ) -> Denied | bool: ...

    def unaffiliate(
        self, tx: Tx, authority: Authority, account_id: str, establishment: str
    ) -> Denied | bool: ...

    def join(
        self, tx: Tx, authority: Authority, account_id: str, community: str
    ) -> Denied | bool: ...

    def leave(
        self, tx: Tx, authority: Authority, account_id: str, community: str
    ) -> Denied | bool: ...


def house_of(change: Change) -> str:
    """The establishment that a change is about, or nothing."""
    return str({**change.before, **change.after}.get("establishment", ""))


def undo(
    tx: Tx, verbs: Verbs, changes: Changes, authority: Authority, target: Target, change: Change
) -> Denied | Stale | Account:
    """Once, by one; all of it or nothing."""
    more = particulars.load(tx, target.id)
    if not change.undoable:
        return Stale(target.account, more)
    with part(tx) as own:
        done = _back(tx, verbs, authority, target, change)
        if done is True and changes.mark_undone(tx, change.id):
            return accounts.load(tx, target.id) or target.account
        own.give_up()
    if isinstance(done, Denied):
        return done
    return done if isinstance(done, Stale) else Stale(target.account, more)


def _back(
    tx: Tx, verbs: Verbs, authority: Authority, target: Target, change: Change
) -> Denied | Stale | bool:
    name = target.id
    if change.kind == "edited":
        return _edit_back(tx, verbs, authority, target, change)
    if change.kind == "state":
        if target.account.state.value != change.after["state"]:
            return False
        done = verbs.set_state(tx, authority, name, State(change.before["state"]))
        if isinstance(done, Denied):
            return done
        return isinstance(done, Changed) and done.changed
    if change.kind == KIND:
        return _unwrite(tx, verbs.practising, authority, target, change)
    known = {**change.before, **change.after}
    if change.kind == "affiliated":
        return verbs.unaffiliate(tx, authority, name, known["establishment"])
    if change.kind == "unaffiliated":
        return verbs.affiliate(tx, authority, name, known["establishment"])
    if change.kind == "joined":
        return verbs.leave(tx, authority, name, known["community"])
    return verbs.join(tx, authority, name, known["community"])


def _edit_back(
    tx: Tx, verbs: Verbs, authority: Authority, target: Target, change: Change
) -> Denied | Stale | bool:
    person, more = target.account.person, particulars.load(tx, target.id)
    now = {one.name: getattr(person, one.name) for one in fields(person)}
    now |= {one.name: getattr(more, one.name) for one in fields(more)}
    touched = tuple(sorted(name for name in change.after if now[name] != change.after[name]))
    if touched:
        return Stale(target.account, more, touched)
    old_person = replace(person, **_of(Person, change.before))
    old_more = replace(more, **_of(Particulars, change.before))
    seen_at = target.account.updated_at
    done = verbs.edit(tx, authority, target.id, seen_at, old_person, old_more)
    if isinstance(done, Unfit):
        return Stale(target.account, more, done.fields)
    return done if isinstance(done, Denied | Stale) else True


def _unwrite(
    tx: Tx, practising: Writes, authority: Authority, target: Target, change: Change
) -> Denied | Stale | bool:
    activities.hold(tx, target.id)
    if kept_of(activities.written(tx, target.id)) != change.after[KIND]:
        return Stale(target.account, particulars.load(tx, target.id), (KIND,))
    before = [Activity(**one) for one in change.before[KIND]]
    done = practising.write(tx, authority, target.id, before)
    return False if isinstance(done, Unfit) else done


def _of(kind: type[Person | Particulars], known: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a value that were kept, with the types they had."""
    typed = {"population": Population, "visibility": Visibility}
    return {
        one.name: typed.get(one.name, lambda same: same)(known[one.name])
        for one in fields(kind)
        if one.name in known
    }
