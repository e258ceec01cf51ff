# SPDX-License-Identifier: Apache-2.0
"""What one row of an import comes to: somebody to make, a change, nothing, or a fault."""

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from idp.accounts import establishments, national_ids, particulars
from idp.accounts import service as accounts
from idp.accounts.establishments import Standing
from idp.accounts.particulars import Particulars, Visibility
from idp.accounts.service import unused_name
from idp.accounts.values import Account, Person, Population, fold, sort_key
from idp.administration.authority import COMMAND_LINE, Authority
from idp.administration.imports.fields import BY_COMMAND
from idp.administration.patients.enrolment import Exists, Patients
from idp.administration.patients.values import LOCALES, NewPatient, iso_day
from idp.administration.people.edit import New, gives_numbers
from idp.administration.people.faults import faults_of
from idp.administration.region.networks import given_by
from idp.administration.rights import Right
from idp.credentials.foreign_hashes import fault_of
from idp.db import Tx
from idp.directory.nomenclature import title_of
from idp.directory.numbers import adeli_fault, national_id_of, rpps_fault
from idp.messages.numbers import canonical_number

CREATE: Final = "create"
CHANGE: Final = "change"
UNCHANGED: Final = "unchanged"
FAULT: Final = "fault"
# What a row may correct of somebody who is there.
CORRECTED: Final = (
    "civility",
    "birth_name",
    "birth_date",
    "email",
    "phone",
    "profession",
    "speciality",
    "town",
)


# As this program writes them, and as the pages say them.
VISIBILITIES: Final = {
    "": Visibility.HIDDEN,
    "public": Visibility.PUBLIC,
    "professionals": Visibility.PROFESSIONALS,
    "professionnels": Visibility.PROFESSIONALS,
    "accès réservé aux professionnels": Visibility.PROFESSIONALS,
    "hidden": Visibility.HIDDEN,
    "caché": Visibility.HIDDEN,
}


POPULATIONS: Final = frozenset(one.value for one in Population)
SWITCHES: Final = ("email_verified", "phone_verified", "must_change")
YES: Final = frozenset({"yes", "oui", "true", "1"})
NO: Final = frozenset({"no", "non", "false", "0", ""})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a row comes to."""

    kind: str
    # Fields with words: `email:address phone:number`.
    why: str = ""
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row as it is to be carried out."""

    new: New | None = None
    # Of somebody who is there: how they would be.
    account: Account | None = None
    person: Person | None = None
    particulars: Particulars | None = None
    joins: tuple[str, ...] = ()
    # Of somebody new: the password that they had before, and whether they replace it.
    hashed: str = ""
    must_change: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a whole file."""

    kind: str
    establishment: str
    population: Population
    countries: tuple[str, ...]


class Claims:
    """The names that rows of one file have claimed, outside of memory: there may be millions."""

    def __init__(self) -> None:
        # No name: a file of SQLite's own, private, gone with the connection.
        self._base = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._base.execute("CREATE TABLE claims (name TEXT PRIMARY KEY, line INTEGER NOT NULL)")

    def claim(self, name: str, line: int) -> int:
        """The line that claimed a name first: this one, where nobody had."""
        self._base.execute("INSERT OR IGNORE INTO claims VALUES (?, ?)", (name, line))
        row = self._base.execute("SELECT line FROM claims WHERE name = ?", (name,)).fetchone()
        return int(row[0])

    def close(self) -> None:
        """Let go of them."""
        self._base.close()


def fault(*faults: tuple[str, str]) -> Verdict:
    """A verdict with what is wrong."""
    return Verdict(FAULT, " ".join(f"{name}:{why}" for name, why in faults)[:300])


def plan_patient(
    tx: Tx, patients: Patients, authority: Authority, terms: Terms, values: Mapping[str, str]
) -> Verdict:
    """A patient of a file: somebody who has an account elsewhere comes to the desk."""
    new = NewPatient(**values).tidied()
    new = replace(new, locale=new.locale or "fr")
    if faults := patients.faults_of(new):
        return fault(*faults.items())
    if authority.refuses_in(Right.PATIENTS_ENROL, {terms.establishment}):
        return fault(("establishment", "unknown"))
    found, account = patients.known_at(tx, new, terms.establishment)
    if account is not None:
        return Verdict(UNCHANGED, account=account)
    verdict = Verdict(CREATE)
    if found is not None:
        verdict = fault(("ins" if found is Exists.IDENTITY else "last_name", "exists"))
    elif new.email and not unused_name(tx, new.email):
        verdict = fault(("email", "taken"))
    # Neither word, so that the silence of the one does not say the other.
    may_tell = patients.may_tell(tx, authority, met=verdict.kind == FAULT)
    return verdict if may_tell else fault(("", "too-often"))


def plan_account(
    tx: Tx, authority: Authority, terms: Terms, values: Mapping[str, str]
) -> tuple[Verdict, Wanted]:
    """A professional or a member of staff."""
    person, joins = person_of(terms, values), _words(values.get("communities", ""))
    house = re.sub(r"\s", "", values.get("establishment", "")).upper() or terms.establishment
    faults = [(name, "unfit") for name in _unfit(person)]
    faults += _row_faults(tx, authority, values, house, joins)
    if faults:
        return fault(*faults), Wanted()
    known = known_accounts(tx, person)
    if not known:
        if person.national_id and not gives_numbers(authority, Right.ACCOUNTS_IMPORT):
            return fault(("national_id", "region")), Wanted()
        houses = (house,) if house else ()
        more = _more(Particulars(), values)
        new = New(person, more, houses, joins)
        must_change = _says_yes(values, "must_change")
        hashed = values.get("password_hash", "")
        return Verdict(CREATE), Wanted(new, hashed=hashed, must_change=must_change)
    if len(known) > 1:
        return fault(("identifier", "several")), Wanted()
    return _compared(tx, authority, known[0], person, values, joins)


def person_of(terms: Terms, values: Mapping[str, str]) -> Person:
    """The person of a row; what is not given is empty."""
    phone, number = values.get("phone", ""), values.get("national_id", "")
    population = values.get("population", "").lower()
    return Person(
        population=Population(population) if population in POPULATIONS else terms.population,
        identifier=values.get("identifier", ""),
        first_name=values.get("first_name", ""),
        last_name=values.get("last_name", ""),
        civility=values.get("civility", ""),
        birth_name=values.get("birth_name", ""),
        birth_date=iso_day(values.get("birth_date", "")),
        email=values.get("email", ""),
        phone=canonical_number(phone) or phone,
        national_id=_national(number) or None,
        profession=values.get("profession", ""),
        speciality=values.get("speciality", ""),
        town=values.get("town", ""),
        locale=values.get("locale", "") or "fr",
        email_verified=_says_yes(values, "email_verified"),
        phone_verified=_says_yes(values, "phone_verified"),
    )


def keys_of(person: Person) -> list[str]:
    """By what a person is known again, in a file and in the database."""
    found = [fold(one) for one in (person.identifier, person.email) if one]
    if person.national_id:
        found.append(f"national id {person.national_id}")
    return list(dict.fromkeys(found))


def known_accounts(tx: Tx, person: Person) -> list[Account]:
    """The accounts that bear one of the person's names already."""
    names = [one for one in (person.identifier, person.email) if one]
    found = {accounts.find(tx, name) for name in names}
    if person.national_id:
        found |= national_ids.holders(tx, person.national_id)
    loaded = (accounts.load(tx, one) for one in sorted(filter(None, found)))
    return [one for one in loaded if one is not None]


def is_other(person: Person, theirs: Person) -> bool:
    """Whether an account that bears such a name is somebody else's."""
    if person.national_id and theirs.national_id == person.national_id:
        return False
    if person.national_id and theirs.national_id:
        return True
    return _names(person) != _names(theirs)


def _compared(
    tx: Tx,
    authority: Authority,
    there: Account,
    person: Person,
    values: Mapping[str, str],
    joins: tuple[str, ...],
) -> tuple[Verdict, Wanted]:
    belongs = establishments.of_account(tx, there.id)
    if authority.refuses_in(Right.ACCOUNTS_SEE, belongs, seeing=True):
        # WB-015: somebody of elsewhere is not told of, only that a name is not free.
        return fault(("identifier", "taken")), Wanted()
    if is_other(person, there.person) or there.person.population is not person.population:
        return fault(("last_name", "other-person")), Wanted()
    given = {name: getattr(person, name) for name in CORRECTED if values.get(name)}
    wished = replace(there.person, **given)
    before = particulars.load(tx, there.id)
    more = _more(before, values)
    new_joins = tuple(one for one in joins if one not in there.communities)
    if (wished, more) == (there.person, before) and not new_joins:
        return Verdict(UNCHANGED, account=there.id), Wanted()
    if authority.refuses_in(Right.ACCOUNTS_EDIT, belongs):
        return fault(("last_name", "not-yours")), Wanted()
    return (
        Verdict(CHANGE, account=there.id),
        Wanted(None, there, wished, more, new_joins),
    )


def _row_faults(
    tx: Tx, authority: Authority, values: Mapping[str, str], house: str, joins: tuple[str, ...]
) -> list[tuple[str, str]]:
    found = []
    if not (values.get("identifier") or values.get("national_id") or values.get("email")):
        # By one of them a second import knows this person again.
        found.append(("identifier", "key-needed"))
    if values.get("locale", "") not in {*LOCALES, ""}:
        found.append(("locale", "choice"))
    if _visibility(values) not in VISIBILITIES:
        found.append(("visibility", "choice"))
    if title_of(values.get("title", "")) is None:
        found.append(("title", "choice"))
    found += _commanded_faults(authority, values)
    number = values.get("national_id", "")
    if number and not _national(number):
        found.append(("national_id", "check"))
    if (house or not authority.reach(Right.ACCOUNTS_IMPORT).everywhere) and not _is_open(
        tx, authority, house
    ):
        found.append(("establishment", "unknown"))
    if not set(joins) <= accounts.community_names(tx).keys():
        found.append(("communities", "unknown"))
    elif joins and (
        authority.refuses(Right.MEMBERS_EDIT)
        or not given_by(tx, authority, Right.MEMBERS_EDIT) >= set(joins)
    ):
        found.append(("communities", "region"))
    return found


def _commanded_faults(authority: Authority, values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Of what the command line alone may say."""
    said = [name for name in BY_COMMAND if values.get(name)]
    if said and authority.actor != COMMAND_LINE:
        return [(name, "command-line") for name in said]
    found = [(name, "choice") for name in SWITCHES if values.get(name, "").lower() not in YES | NO]
    if values.get("population", "").lower() not in {*POPULATIONS, ""}:
        found.append(("population", "choice"))
    if (hashed := values.get("password_hash", "")) and fault_of(hashed):
        found.append(("password_hash", "hash"))
    return found


def _says_yes(values: Mapping[str, str], name: str) -> bool:
    return values.get(name, "").lower() in YES


def _is_open(tx: Tx, authority: Authority, house: str) -> bool:
    if authority.refuses_in(Right.ACCOUNTS_IMPORT, {house}):
        return False
    known = establishments.load(tx, house)
    return known is not None and known.state is Standing.ACTIVE


def _more(before: Particulars, values: Mapping[str, str]) -> Particulars:
    """With what the row says; what it does not say stays."""
    seen = VISIBILITIES[_visibility(values)] if _visibility(values) else before.visibility
    title = title_of(values.get("title", "")) or before.title
    return replace(before, visibility=seen, title=title)


def _visibility(values: Mapping[str, str]) -> str:
    return values.get("visibility", "").casefold()


def _unfit(person: Person) -> tuple[str, ...]:
    # One made from the name has no fault; until then any will do.
    named = person if person.identifier else replace(person, identifier="x")
    return faults_of(named, particulars.Particulars())


def _national(number: str) -> str:
    """With the digit of its kind: RPPS and ADELI as people know them, others as they are."""
    plain = re.sub(r"[\s.\-]", "", number)
    if len(plain) in {9, 11}:
        return national_id_of(plain)
    if plain[:1] in {"8", "0"} and len(plain) in {10, 12}:
        fault_of = rpps_fault if plain[0] == "8" else adeli_fault
        return "" if fault_of(plain[1:]) else plain
    return plain


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(re.split(r"[\s,;|]+", text.strip()))) if text.strip() else ()


def _names(person: Person) -> tuple[str, str]:
    return sort_key(person.first_name)[0], sort_key(person.last_name)[0]
