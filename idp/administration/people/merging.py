# SPDX-License-Identifier: Apache-2.0
"""Two accounts of one person become one: what led to either leads to the one that is kept."""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from sqlalchemy import bindparam, select, update

from idp.accounts import national_ids, particulars, words
from idp.accounts import service as accounts
from idp.accounts.particulars import Particulars
from idp.accounts.values import Account, Person, State, fold
from idp.administration.authority import Authority, Denied
from idp.administration.changes import Changes
from idp.administration.ground import Ground
from idp.administration.outcomes import Unfit
from idp.administration.people import edit, merging_candidates, merging_moves, view
from idp.administration.people.merging_candidates import Candidate, Pairs, Place
from idp.administration.people.view import Sheet
from idp.administration.rights import Right
from idp.administration.target import Target, Targets
from idp.credentials import cards
from idp.db import Tx
from idp.login.elsewhere import NOWHERE

table, names = accounts.accounts, accounts.names
# What may be taken from the account that is given up. Whose an address is goes with the address.
FIELDS: Final = tuple(
    one.name
    for one in (*fields(Person), *fields(Particulars))
    if one.name not in {"population", "identifier", "email_verified", "phone_verified"}
)
# FOR UPDATE, in one order: two merges of the same accounts come one after the other.
HOLD = (
    select(table.c.id)
    .where(table.c.id.in_([bindparam("one"), bindparam("other")]))
    .order_by(table.c.id)
    .with_for_update()
)
MERGED = select(table.c.merged_into).where(table.c.id.in_([bindparam("one"), bindparam("other")]))
CLOSE = (
    update(table).where(table.c.id == bindparam("given_up")).values(merged_into=bindparam("kept"))
)
NAMES_OVER = (
    update(names)
    .where(names.c.account_id == bindparam("given_up"))
    .values(account_id=bindparam("kept"), kind="former")
)
NAMES_BEFORE = (
    update(names)
    .where(names.c.account_id == bindparam("kept"), names.c.kind == "email")
    .values(kind="former")
)
NAME_NOW = (
    update(names)
    .where(names.c.folded == bindparam("name"), names.c.kind == "former")
    .values(kind="email")
)


@dataclass(frozen=True, slots=True)
class Pair:
    """One field of both accounts."""

    name: str
    left: Any
    right: Any


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two accounts side by side, and why they can't be merged, if so."""

    left: Sheet
    right: Sheet
    pairs: tuple[Pair, ...]
    # same, population, role, merged, closed or other-family; empty where nothing stands against it.
    obstacle: str


class Merging:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._targets = Targets(ground.authorities)
        self._changes = Changes(ground.clock, ground.entropy, ground.ring)

    def candidates(
        self, tx: Tx, authority: Authority, account_id: str
    ) -> Denied | tuple[Candidate, ...]:
        """Accounts that may be the same person's, the likeliest first."""
        target = self._targets.seen(tx, authority, Right.ACCOUNTS_MERGE, account_id)
        if isinstance(target, Denied):
            return target
        return merging_candidates.of(tx, authority, target.account)

    def probable(
        self, tx: Tx, authority: Authority, size: int, place: Place, reason: str = ""
    ) -> Denied | Pairs:
        """Who may be here twice in the whole region, a part of it at a time."""
        if denied := authority.refuses(Right.ACCOUNTS_MERGE):
            return denied
        return merging_candidates.all_of(tx, authority, size, place, reason)

    def compare(self, tx: Tx, authority: Authority, left: str, right: str) -> Denied | Comparison:
        """Both, side by side, field by field."""
        found = self._both(tx, authority, left, right, seeing=True)
        if isinstance(found, Denied):
            return found
        sheets = [view.draw(tx, self._ground, self._targets, authority, one) for one in found]
        pairs = tuple(
            Pair(name, _value(sheets[0], name), _value(sheets[1], name)) for name in FIELDS
        )
        return Comparison(sheets[0], sheets[1], pairs, _obstacle(tx, *found))

    def merge(
        self,
        tx: Tx,
        authority: Authority,
        keep: str,
        give_up: str,
        chosen_fields: Collection[str] = (),
    ) -> Denied | Unfit | Account:
        """Keep one account, with these fields of the other, which is closed for good.

        Names, numbers, cards, passkeys, communities, establishments and consents go over to the one
        that is kept; the sessions and tokens of the other end.
        """
        tx.execute(HOLD, {"one": keep, "other": give_up})
        found = self._both(tx, authority, keep, give_up)
        if isinstance(found, Denied):
            return found
        kept, other = found
        if obstacle := _obstacle(tx, kept, other):
            return Unfit(obstacle)
        if strange := set(chosen_fields) - set(FIELDS):
            return Unfit("unfit", tuple(sorted(strange)))
        self._end(tx, authority, other)
        before, after = self._take_over(tx, kept, other, frozenset(chosen_fields))
        for one, kind, event in (
            (kept, "merged", authority.event("account.merged", account=keep, gave_up=give_up)),
            (other, "absorbed", authority.event("account.absorbed", account=give_up, into=keep)),
        ):
            partner = other if one is kept else kept
            facts = after if one is kept else {}
            was = before if one is kept else {}
            self._changes.keep(
                tx, one.id, authority.actor, kind, was, {**facts, "account": partner.id}
            )
            self._ground.audit.record(tx, event, authority.origin)
        self._ground.alerts.account_changed(tx, kept.account, "identity")
        return accounts.load(tx, keep) or kept.account

    def _both(
        self, tx: Tx, authority: Authority, left: str, right: str, *, seeing: bool = False
    ) -> Denied | tuple[Target, Target]:
        found = []
        for account in (left, right):
            look = self._targets.seen if seeing else self._targets.changed
            target = look(tx, authority, Right.ACCOUNTS_MERGE, account)
            if isinstance(target, Denied):
                return target
            found.append(target)
        return found[0], found[1]

    def _end(self, tx: Tx, authority: Authority, other: Target) -> None:
        """First: an account that is closed has no live session to be found."""
        ground, origin = self._ground, authority.origin
        ground.elsewhere.end(tx, other.id, NOWHERE, "account-merged", origin)
        ground.reset_links.void(tx, other.id)
        ground.accounts.set_state(tx, other.id, State.CLOSED, origin)

    def _take_over(
        self, tx: Tx, kept: Target, other: Target, chosen: frozenset[str]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        now, known = self._ground.clock.now(), {"kept": kept.id, "given_up": other.id}
        tx.execute(CLOSE, known)
        tx.execute(NAMES_OVER, known)
        merging_moves.move_all(tx, other.id, kept.id)
        old, old_more = kept.account.person, particulars.load(tx, kept.id)
        person = _with(old, other.account.person, chosen - {"national_id"})
        more = _with(old_more, particulars.load(tx, other.id), chosen)
        edit.put_person(tx, kept.account, person, now)
        particulars.put(tx, kept.id, more)
        if fold(person.email) != fold(old.email):
            tx.execute(NAMES_BEFORE, {"kept": kept.id})
            tx.execute(NAME_NOW, {"name": fold(person.email)})
        current = "national_id" in chosen
        national_ids.hand_over(tx, other.id, kept.id, now, current=current)
        for account in (kept.id, other.id):
            words.keep(tx, account)
        return edit.differences(old, old_more, person, more)


def _with(kept: Any, other: Any, chosen: frozenset[str]) -> Any:
    taken = {one.name for one in fields(kept)} & chosen
    taken |= {f"{name}_verified" for name in taken & {"email", "phone"}}
    return replace(kept, **{name: getattr(other, name) for name in taken})


def _value(sheet: Sheet, name: str) -> Any:
    person = sheet.account.person
    return getattr(person if hasattr(person, name) else sheet.particulars, name)


def _obstacle(tx: Tx, kept: Target, other: Target) -> str:
    """Why these two are never one."""
    if kept.id == other.id:
        return "same"
    if kept.account.person.population is not other.account.person.population:
        return "population"
    if kept.roles or other.roles:
        return "role"
    if any(tx.execute(MERGED, {"one": kept.id, "other": other.id}).scalars()):
        return "merged"
    if kept.account.state is State.CLOSED:
        return "closed"
    # XC-010: one number in two families is not one person.
    held = (*cards.of_account(tx, kept.id), *cards.of_account(tx, other.id))
    families = {one.family for one in held if one.family}
    return "other-family" if len(families) > 1 else ""
