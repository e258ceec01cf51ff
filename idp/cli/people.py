# SPDX-License-Identifier: Apache-2.0
"""What the commands on accounts do, each in one transaction with its audit events."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

from idp.accounts import establishments, service
from idp.accounts.establishments import Standing
from idp.accounts.identifiers import make_identifier
from idp.accounts.national_ids import NotSet
from idp.accounts.service import Duplicate, NotCreated, unused_name
from idp.accounts.values import (
    LONGEST_TEXTS,
    NEEDED_TEXTS,
    Account,
    Person,
    State,
    fold,
    unfit_texts,
)
from idp.administration.authority import Denied
from idp.administration.outcomes import Changed, Unfit
from idp.administration.people.edit import New
from idp.administration.people.view import Sheet
from idp.cli.desk import desk_of
from idp.cli.place import Place
from idp.cli.program import refuse
from idp.config.checks import check_email
from idp.config.kinds import Invalid
from idp.credentials.passwords import Reason
from idp.credentials.tries import forget_tries
from idp.login.leave import Leaving
from idp.post_office import open_tellers, patience
from idp.sessions.service import Ended

# Of names made at the same moment by somebody else.
MOST_ATTEMPTS = 5
NATIONAL_ID = re.compile(r"[0-9A-Za-z/]{4,64}", re.ASCII)
TAKEN = {
    Duplicate.IDENTIFIER: "this identifier is taken",
    Duplicate.EMAIL: "this e-mail address is taken",
    Duplicate.NATIONAL_ID: "this national identifier has an account: never two for one person",
}


@dataclass(frozen=True, slots=True)
class Ending:
    """Sessions that were ended, and what became of the notices to their applications."""

    sessions: int = 0
    told: tuple[tuple[str, str], ...] = ()


def find(place: Place, who: str) -> Account:
    """The account of an identifier, an e-mail address or an id."""
    with place.core.database.read() as tx:
        account = service.load(tx, service.find(tx, who) or who)
    if account is None:
        refuse(f"There is no account {who!r}: see `sceau accounts list`.")
    return account


def check_person(person: Person) -> None:
    """Refuse what the tables or the pages could not hold."""
    if faults := person_faults(person):
        refuse("\n".join(["The account was not made:", *(f"  {fault}" for fault in faults)]))


def person_faults(person: Person) -> list[str]:
    """Why somebody can't be given an account, all at once."""
    faults = [f"{shown(name)}: {_expected(name)}" for name in unfit_texts(person)]
    if fold(person.identifier) != person.identifier.casefold().strip():
        faults.append("identifier: it holds characters that look like others")
    try:
        check_email(person.email)
    except Invalid as why:
        faults.append(f"email: {why}")
    if person.national_id is not None and not NATIONAL_ID.fullmatch(person.national_id):
        faults.append("national-id: digits, with their prefix digit, are expected")
    if person.birth_date and not _is_date(person.birth_date):
        faults.append("birth-date: a date as 1975-04-12 is expected")
    return faults


def shown(name: str) -> str:
    """The name of a text, as options and columns spell it."""
    return name.replace("_", "-")


def _expected(name: str) -> str:
    most = f"{LONGEST_TEXTS[name]} printable characters"
    return f"a text of 1 to {most} is expected" if name in NEEDED_TEXTS else f"at most {most}"


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def check_communities(place: Place, wanted: Iterable[str]) -> None:
    """Refuse communities that nobody made."""
    with place.core.database.read() as tx:
        known = service.community_names(tx)
    strange = [key for key in wanted if key not in known]
    if strange:
        told = ", ".join(sorted(known)) or "none yet (`sceau communities add` makes one)"
        refuse(f"There is no community {', '.join(strange)}. Known: {told}.")


def check_establishments(place: Place, wanted: Iterable[str]) -> None:
    """Refuse establishments that nobody made, and closed ones."""
    with place.core.database.read() as tx:
        known = {key: establishments.load(tx, key) for key in wanted}
    for key, house in known.items():
        if house is None:
            refuse(f"There is no establishment {key}: see `sceau establishments list`.")
        if house.state is not Standing.ACTIVE:
            refuse(f"{house.name} ({key}) is closed.")


def add(
    place: Place,
    person: Person,
    password: str,
    communities: Sequence[str] = (),
    houses: Sequence[str] = (),
) -> Account:
    """Make the account with its password, communities and establishments, or leave no trace.

    Without an identifier one is made from the name. A password given here must be replaced at
    the first login: nobody but its owner knows the one that lasts (CR-045).
    """
    hashed = place.core.passwords.hashed(password) if password else ""
    new = New(person, establishments=tuple(houses), communities=tuple(communities))
    attempts = MOST_ATTEMPTS
    while True:
        made = _add(place, replace(new, person=with_identifier(place, person)), hashed)
        if isinstance(made, Account):
            return made
        attempts -= 1
        # Somebody took the name just made: another one is made.
        if person.identifier or made.duplicate is not Duplicate.IDENTIFIER or not attempts:
            refuse(f"The account was not made: {why_not(made)}.")


def renumber(place: Place, account: Account, national_id: str) -> NotSet | None:
    """Give somebody another national identifier, or leave no trace."""
    person = replace(account.person, national_id=national_id)
    if person == account.person:
        return NotSet.SAME
    desk, known = desk_of(place), sheet(place, account)
    with place.core.database.write() as tx:
        done = desk.office.people.edit(
            tx, desk.authority, account.id, known.account.updated_at, person, known.particulars
        )
    return None if isinstance(done, Account) else NotSet.TAKEN


def sheet(place: Place, account: Account) -> Sheet:
    """Everything about an account that exists."""
    desk = desk_of(place)
    with place.core.database.read() as tx:
        found = desk.office.people.sheet(tx, desk.authority, account.id)
    if isinstance(found, Denied):
        refuse(f"There is no account {account.id!r}: see `sceau accounts list`.")
    return found


def sheet_facts(found: Sheet) -> dict[str, object]:
    """The same for machines."""
    known = asdict(found)
    known["communities"] = dict(found.communities)
    known["may"] = sorted(found.may)
    account = known.pop("account")
    account["communities"] = sorted(found.account.communities)
    return {"account": account, **known}


def join(place: Place, account: Account, community: str) -> bool:
    """Put somebody into a community; False where they are in it."""
    desk = desk_of(place)
    with place.core.database.write() as tx:
        return desk.office.people.join(tx, desk.authority, account.id, community) is True


def leave(place: Place, account: Account, community: str) -> bool:
    """Take somebody out of a community; False where they are not in it."""
    desk = desk_of(place)
    with place.core.database.write() as tx:
        return desk.office.people.leave(tx, desk.authority, account.id, community) is True


def affiliate(place: Place, account: Account, establishment: str) -> bool:
    """Put somebody into an establishment; False where they are in it."""
    desk = desk_of(place)
    with place.core.database.write() as tx:
        return desk.office.people.affiliate(tx, desk.authority, account.id, establishment) is True


def unaffiliate(place: Place, account: Account, establishment: str) -> bool:
    """Take somebody out of an establishment; False where they are not in it."""
    desk = desk_of(place)
    with place.core.database.write() as tx:
        done = desk.office.people.unaffiliate(tx, desk.authority, account.id, establishment)
    return done is True


def _add(place: Place, new: New, hashed: str) -> Account | NotCreated:
    desk, core = desk_of(place), place.core
    with core.database.write() as tx:
        made = desk.office.people.create(tx, desk.authority, new)
        if hashed and isinstance(made, Account):
            core.passwords.set_temporary(tx, made.id, hashed, Reason.FIRST, place.origin)
    # The command line may do all of it.
    return made if isinstance(made, Account | NotCreated) else NotCreated(None)


def why_not(refused: NotCreated) -> str:
    """Why an account was not made, in a few words."""
    if refused.duplicate is None:
        return ", ".join(f"{shown(name)} is unfit" for name in refused.unfit)
    return TAKEN[refused.duplicate]


def with_identifier(place: Place, person: Person) -> Person:
    """The person with an identifier that is free now, where they have none."""
    if person.identifier:
        return person
    pattern = place.core.settings.identifiers.pattern
    with place.core.database.read() as tx:
        name = make_identifier(
            person.first_name, person.last_name, pattern, lambda one: not unused_name(tx, one)
        )
    return replace(person, identifier=name)


def set_state(place: Place, account: Account, state: State) -> Ending | None:
    """Change the state; sessions end with anything but an active account. None: no change."""
    desk = desk_of(place)
    with place.core.database.write() as tx:
        done = desk.office.people.set_state(tx, desk.authority, account.id, state)
    if isinstance(done, Unfit) and done.why == "consent":
        refuse("A new consent opens this account, and nothing else.")
    if not isinstance(done, Changed) or not done.changed:
        return None
    return tell(place, account, done.ended)


def set_password(place: Place, account: Account, password: str) -> Ending:
    """A password that somebody else has chosen: it opens one login, and is replaced there.

    Whoever was logged in by the old one is out, and tries start anew.
    """
    core = place.core
    hashed = core.passwords.hashed(password)
    with core.database.write() as tx:
        renewed = core.renewal.give_temporary(tx, account, hashed, Reason.RESET, place.origin)
        forget_tries(tx, account.id)
    return tell(place, account, renewed.ended)


def reset_password(place: Place, account: Account) -> tuple[str, Ending]:
    """A fresh temporary password, told once."""
    password = place.core.renewal.temporary(account)
    return password, set_password(place, account, password)


def unlock(place: Place, account: Account) -> int:
    """Forget the tries counted on an account; how many counters there were."""
    desk = desk_of(place)
    with place.core.database.write() as tx:
        cleared = desk.office.people.unlock(tx, desk.authority, account.id)
    return 0 if isinstance(cleared, Denied) else cleared


def tell(place: Place, account: Account, ended: tuple[Ended, ...]) -> Ending:
    """Tell every application of the ended sessions, as a logout does."""
    if not ended:
        return Ending()
    core = place.core
    tellers = open_tellers(core, place.secrets.pairwise)
    waits = patience(core.settings)
    leaving = Leaving(core.database, core.sessions, core.applications, tellers, core.ties, waits)
    try:
        told = [
            (one.application.key, one.reach.value) for one in leaving.tell_all(account.id, ended)
        ]
    finally:
        leaving.close()
    return Ending(len(ended), tuple(told))
