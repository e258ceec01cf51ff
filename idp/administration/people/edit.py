# SPDX-License-Identifier: Apache-2.0
"""Making accounts, and correcting what is known of people. Nobody proves an address for another."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.exc import IntegrityError

from idp.accounts import contact, establishments, national_ids, particulars, words
from idp.accounts import service as accounts
from idp.accounts.establishments import Standing
from idp.accounts.identifiers import make_identifier
from idp.accounts.particulars import Particulars
from idp.accounts.service import PERSON_FIELDS, NotCreated, unused_name
from idp.accounts.values import Account, Person, fold, sort_name
from idp.accounts.versions import NEXT
from idp.administration.authority import COMMAND_LINE, Authority
from idp.administration.ground import Ground
from idp.administration.outcomes import Stale, Unfit
from idp.administration.people.faults import faults_of
from idp.administration.region.networks import given_by
from idp.administration.rights import Right
from idp.administration.target import Target
from idp.credentials.one_time_codes import Purpose
from idp.db import Tx, part
from idp.messages.numbers import canonical_number

table = accounts.accounts
# What `national_ids` and nobody else writes, and what never changes.
NOT_HERE = frozenset({"population", "national_id"})
WRITTEN = tuple(name for name in PERSON_FIELDS if name not in NOT_HERE)
WRITE = (
    update(table)
    .where(table.c.id == bindparam("account"), table.c.updated_at == bindparam("seen"))
    .values(
        updated_at=NEXT,
        email_changed_at=bindparam("email_at"),
        phone_changed_at=bindparam("phone_at"),
        sort_name=bindparam("stands_at"),
        **{name: bindparam(f"{name}_") for name in WRITTEN},
    )
    .returning(table.c.id)
)
KEEP_NAMES = (
    update(accounts.names)
    .where(accounts.names.c.account_id == bindparam("account"))
    .where(accounts.names.c.kind == "identifier")
    .values(kind="former")
)
FLAGS = ("email_verified", "phone_verified")


@dataclass(frozen=True, slots=True)
class New:
    """Somebody to make an account for; without an identifier one is made from the name."""

    person: Person
    particulars: Particulars = Particulars()  # noqa: RUF009 - frozen
    establishments: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()


def create(tx: Tx, ground: Ground, authority: Authority, new: New) -> Unfit | NotCreated | Account:
    """Make an account with all that belongs to it, or leave no trace."""
    person = _unproved(tx, ground, authority, new.person)
    if person.national_id and not gives_numbers(authority, Right.ACCOUNTS_CREATE):
        return Unfit("number", ("national_id",))
    if unfit := faults_of(person, new.particulars):
        return NotCreated(None, unfit)
    if strange := _strange(tx, authority, new):
        return NotCreated(None, strange)
    with part(tx) as own:
        made = ground.accounts.create(tx, person, authority.origin)
        if isinstance(made, NotCreated):
            own.give_up()
            return made
        particulars.put(tx, made.id, new.particulars)
        for house in new.establishments:
            ground.establishments.join(tx, made.id, house, authority.origin)
        for community in new.communities:
            ground.accounts.join(tx, made.id, community, authority.origin)
    return replace(made, communities=frozenset(new.communities))


def gives_numbers(authority: Authority, right: Right) -> bool:
    """Whether somebody who does this may give a national identifier on the way.

    A card opens the account of the number in it: whoever gives numbers decides who gets in, and in
    whose name applications hear of it.
    """
    return authority.reach(right).everywhere


def _unproved(tx: Tx, ground: Ground, authority: Authority, person: Person) -> Person:
    """CR-046: what somebody else typed proves nothing; the command line speaks for the place."""
    known = authority.actor == COMMAND_LINE
    identifier = person.identifier.strip() or make_identifier(
        person.first_name,
        person.last_name,
        ground.identifiers,
        lambda one: not unused_name(tx, one),
    )
    return replace(
        person,
        identifier=identifier,
        email_verified=known and person.email_verified,
        phone=canonical_number(person.phone) or person.phone,
        phone_verified=known and person.phone_verified,
        national_id=person.national_id or None,
    )


def _strange(tx: Tx, authority: Authority, new: New) -> tuple[str, ...]:
    found = []
    houses = [establishments.load(tx, one) for one in new.establishments]
    if any(one is None or one.state is not Standing.ACTIVE for one in houses):
        found.append("establishments")
    if not given_by(tx, authority, Right.MEMBERS_EDIT) >= set(new.communities):
        found.append("communities")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit came to: the account as it is now, and what was touched, before and after."""

    account: Account
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def edit(
    tx: Tx,
    ground: Ground,
    authority: Authority,
    target: Target,
    seen_at: int,
    person: Person,
    more: Particulars,
) -> Stale | Unfit | Edited:
    """Keep what somebody corrected; all of it or nothing."""
    old, old_more = target.account, particulars.load(tx, target.id)
    person = _as_known(old.person, person)
    if person.population is not old.person.population:
        return Unfit("unfit", ("population",))
    if refused := _refuses_number(authority, old.person, person):
        return refused
    before, after = differences(old.person, old_more, person, more)
    # What was there before was taken in by other rules, and is nobody's fault here.
    if unfit := tuple(one for one in faults_of(person, more) if one in after):
        return Unfit("unfit", unfit)
    if not after:
        return Edited(old, {}, {})
    if old.updated_at != seen_at:
        return Stale(old, old_more)
    with part(tx) as own:
        written = _write(tx, ground, old, person)
        if written is not True:
            own.give_up()
            return written or Stale(old, old_more)
    particulars.put(tx, old.id, more)
    words.keep(tx, old.id)
    _follow(tx, ground, old, person)
    what = ",".join(sorted(after))
    event = authority.event("account.edited", account=old.id, what=what)
    ground.audit.record(tx, event, authority.origin)
    now = accounts.load(tx, old.id)
    return Edited(now or old, before, after)


def _refuses_number(authority: Authority, old: Person, person: Person) -> Unfit | None:
    if person.national_id == old.national_id:
        return None
    if not person.national_id:
        return Unfit("kept", ("national_id",))
    gives = gives_numbers(authority, Right.ACCOUNTS_EDIT)
    return None if gives else Unfit("number", ("national_id",))


def _as_known(old: Person, person: Person) -> Person:
    """CR-046: an address is verified where it was, and where it is the same one still."""
    phone = canonical_number(person.phone) or person.phone
    return replace(
        person,
        national_id=person.national_id or None,
        email_verified=old.email_verified and fold(person.email) == fold(old.email),
        phone=phone,
        phone_verified=old.phone_verified and phone == old.phone,
    )


def differences(
    old: Person, old_more: Particulars, person: Person, more: Particulars
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that are not the same: as they were, and as they are."""
    before, after = {}, {}
    for was, now in ((old, person), (old_more, more)):
        for one in fields(was):
            if getattr(was, one.name) != getattr(now, one.name):
                before[one.name] = getattr(was, one.name)
                after[one.name] = getattr(now, one.name)
    return before, after


def _write(tx: Tx, ground: Ground, old: Account, person: Person) -> Unfit | bool:
    """Write the person; False where somebody was faster."""
    now = ground.clock.now()
    if not put_person(tx, old, person, now):
        return False
    if unfit := _rename(tx, old, person):
        return unfit
    number = person.national_id or ""
    if number in {"", old.person.national_id} or _renumber(tx, old.id, number, now):
        return True
    return Unfit("taken", ("national_id",))


def put_person(tx: Tx, old: Account, person: Person, now: int) -> bool:
    """The columns alone, where nobody has changed them since; False where somebody has."""
    changed = accounts.addresses_changed_at(tx, old.id)
    values = {f"{name}_": getattr(person, name) for name in WRITTEN}
    values |= {f"{name}_": int(getattr(person, name)) for name in FLAGS}
    # CR-047: what has just changed renews no forgotten password for a while.
    same_email = fold(person.email) == fold(old.person.email)
    known = {
        "account": old.id,
        "seen": old.updated_at,
        "now": now,
        "stands_at": sort_name(person.last_name, person.first_name, old.id),
        "email_at": changed["email"] if same_email else now,
        "phone_at": changed["sms"] if person.phone == old.person.phone else now,
    }
    return tx.execute(WRITE, known | values).first() is not None


def _renumber(tx: Tx, account: str, number: str, now: int) -> bool:
    try:
        return national_ids.replace(tx, account, number, now) is None
    except IntegrityError:
        # Somebody got it at the same moment.
        return False


def _rename(tx: Tx, old: Account, person: Person) -> Unfit | None:
    """The names to log in by. An identifier of before goes on leading here, and to nobody else."""
    if fold(person.identifier) != fold(old.person.identifier):
        tx.execute(KEEP_NAMES, {"account": old.id})
        if not _claim(tx, old.id, person.identifier, "identifier"):
            return Unfit("taken", ("identifier",))
    if fold(person.email) != fold(old.person.email):
        tx.execute(contact.DROP_OTHERS, {"account": old.id, "kept": fold(person.email)})
        if person.email and not _claim(tx, old.id, person.email, "email"):
            return Unfit("taken", ("email",))
    return None


def _claim(tx: Tx, account: str, name: str, kind: str) -> bool:
    row = {"folded": fold(name), "account_id": account, "kind": kind}
    return (
        tx.execute(accounts.ADD_NAME, row).first() is not None or accounts.find(tx, name) == account
    )


def _follow(tx: Tx, ground: Ground, old: Account, person: Person) -> None:
    """End what was under way to an address given up; tell the person at both (ASVS 6.3.7)."""
    moved = []
    if fold(person.email) != fold(old.person.email):
        moved.append(("email", old.person.email, person.email))
    if person.phone != old.person.phone:
        moved.append(("phone", old.person.phone, person.phone))
    for kind, was, now in moved:
        ground.otp.codes.end(tx, old.id, Purpose.LOGIN)
        ground.reset_links.void(tx, old.id)
        ground.alerts.address_changed(tx, old, kind, was, now)
    if not moved:
        ground.alerts.account_changed(tx, old, "identity")
