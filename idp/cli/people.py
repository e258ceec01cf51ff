# SPDX-License-Identifier: Apache-2.0
"""What the commands on accounts do, each in one transaction with its audit events."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select

from idp.accounts import service
from idp.accounts.service import Duplicate, NotCreated
from idp.accounts.values import Account, Person, State, fold
from idp.audit.record import Event
from idp.cli.place import Place
from idp.cli.program import refuse
from idp.config.checks import check_email
from idp.config.kinds import Invalid
from idp.credentials import throttle
from idp.credentials.models import ThrottleRow
from idp.db import Tx, table_of
from idp.login.leave import Leaving
from idp.oidc.edge import open_edge
from idp.sessions.service import Opened

throttles = table_of(ThrottleRow)
LONGEST_NAME = 128
NATIONAL_ID = re.compile(r"[0-9A-Za-z/]{4,64}", re.ASCII)
# The counters of one account: `account|means|id|where`, for every means and browser.
TRIES = (
    select(throttles)
    .where(throttles.c.key.like(bindparam("pattern"), escape="\\"))
    .order_by(throttles.c.key)
)
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


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong tries counted on one means."""

    means: str
    streak: int
    blocked_until: int


def find(place: Place, who: str) -> Account:
    """The account of an identifier, an e-mail address or an id."""
    with place.core.database.read() as tx:
        account = service.load(tx, service.find(tx, who) or who)
    if account is None:
        refuse(f"There is no account {who!r}: see `sceau accounts list`.")
    return account


def check_person(person: Person) -> None:
    """Refuse what the tables or the pages could not hold."""
    faults = [
        f"{name.replace('_', '-')}: a text of 1 to {LONGEST_NAME} printable characters is expected"
        for name in ("identifier", "first_name", "last_name")
        if not 0 < len(getattr(person, name).strip()) <= LONGEST_NAME
        or not getattr(person, name).isprintable()
    ]
    faults += [
        f"{name.replace('_', '-')}: at most {LONGEST_NAME} printable characters are expected"
        for name in ("civility", "birth_name", "profession", "speciality", "town", "phone")
        if len(getattr(person, name)) > (32 if name == "phone" else LONGEST_NAME)
        or not getattr(person, name).isprintable()
    ]
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
    if faults:
        refuse("\n".join(["The account was not made:", *(f"  {fault}" for fault in faults)]))


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


def add(place: Place, person: Person, communities: Sequence[str], password: str) -> Account:
    """Make the account with its password and communities, or leave no trace."""
    core = place.core
    hashed = core.passwords.hashed(password) if password else ""
    with core.database.write() as tx:
        made = core.accounts.create(tx, person, place.origin)
        if isinstance(made, NotCreated):
            # Ends the command, and with it the transaction, in which nothing stays.
            refuse(f"The account was not made: {TAKEN[made.duplicate]}.")
        if hashed:
            core.passwords.put(tx, made.id, hashed, place.origin)
        for community in communities:
            core.accounts.join(tx, made.id, community, place.origin)
    return made


def set_state(place: Place, account: Account, state: State) -> Ending | None:
    """Change the state; sessions end with anything but an active account. None: no change."""
    core = place.core
    ended: list[tuple[str, list[Opened]]] = []
    with core.database.write() as tx:
        if state is not State.ACTIVE:
            ended = _end_sessions(tx, place, account, f"account-{state}")
        if not core.accounts.set_state(tx, account.id, state, place.origin):
            return None
    return _tell(place, account, ended)


def set_password(place: Place, account: Account, password: str) -> Ending:
    """A new password: whoever was logged in by the old one is out, and tries start anew."""
    core = place.core
    hashed = core.passwords.hashed(password)
    with core.database.write() as tx:
        core.passwords.put(tx, account.id, hashed, place.origin)
        _forget_tries(tx, account.id)
        ended = _end_sessions(tx, place, account, "password-set")
    return _tell(place, account, ended)


def unlock(place: Place, account: Account) -> int:
    """Forget the tries counted on an account; how many counters there were."""
    core = place.core
    with core.database.write() as tx:
        cleared = _forget_tries(tx, account.id)
        event = Event("account.unlocked", account=account.id, detail={"counters": cleared})
        core.audit.record(tx, event, place.origin)
    return cleared


def tries(tx: Tx, account: str) -> list[Tries]:
    """The counters of an account that hold something."""
    rows = tx.execute(TRIES, {"pattern": _counters_of(account)}).all()
    return [
        Tries(row.key.split("|")[1], row.streak, row.blocked_until) for row in rows if row.streak
    ]


def _counters_of(account: str) -> str:
    escaped = re.sub(r"([\\%_])", r"\\\1", account)
    return f"account|%|{escaped}|%"


def _forget_tries(tx: Tx, account: str) -> int:
    from idp.app import KNOWN_MEANS

    counted = len(tries(tx, account))
    for kind in KNOWN_MEANS:
        throttle.clear_means(tx, kind, account)
    return counted


def _end_sessions(
    tx: Tx, place: Place, account: Account, why: str
) -> list[tuple[str, list[Opened]]]:
    sessions = place.core.sessions
    ended = []
    for one in sessions.of_account(tx, account.id, even_idle=True):
        ended.append((one.id, sessions.opened_in(tx, one.id)))
        sessions.end(tx, one.id, why, place.origin)
    return ended


def _tell(place: Place, account: Account, ended: list[tuple[str, list[Opened]]]) -> Ending:
    """Tell every application of the ended sessions, as a logout does."""
    if not ended:
        return Ending()
    core = place.core
    tellers = {"oidc": open_edge(core, place.secrets.pairwise).teller}
    patience = core.settings.outgoing.timeout + 0.5
    leaving = Leaving(core.database, core.sessions, core.applications, tellers, patience)
    try:
        told = [
            (one.application.key, one.reach.value)
            for session, opened in ended
            for one in leaving.tell(account.id, session, opened)
        ]
    finally:
        leaving.close()
    return Ending(len(ended), tuple(told))
