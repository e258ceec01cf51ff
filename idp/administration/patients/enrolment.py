# SPDX-License-Identifier: Apache-2.0
"""Patients at an establishment: enrolled with their consent, found again, withdrawn, renewed.

Nobody has two accounts. Where one exists already the establishment is told no more than that: the
patient shows who they are by the identifier of their letter and their birth date, and only then
the consent is added to what another establishment began (WB-015).
"""

from dataclasses import dataclass
from enum import Enum

from sqlalchemy import bindparam, select

from idp.accounts import establishments
from idp.accounts import service as accounts
from idp.accounts.establishments import Standing
from idp.accounts.identifiers import letters_of, make_identifier
from idp.accounts.models import AccountRow
from idp.accounts.service import Accounts, NotCreated
from idp.accounts.values import Account, Person, Population, State
from idp.administration.authority import Authority, Denied
from idp.administration.patients.consents import By, PatientConsents, Withdrawn, is_here
from idp.administration.patients.values import NewPatient, iso_day, same_person
from idp.administration.rights import Right
from idp.audit.record import Audit
from idp.clock import Clock
from idp.credentials import throttle
from idp.credentials.throttle import DAY, Limits, Verdict
from idp.db import Tx, part, table_of
from idp.login.alerts import Alerts

table = table_of(AccountRow)
BORN_ON = select(table.c.id).where(
    table.c.birth_date == bindparam("day"), table.c.population == Population.PATIENT.value
)
# Whoever collects consents may mistype; whoever looks for strangers' birth dates is stopped.
SHOWING = Limits(free_tries=10, first_delay=60, max_delay=3600, per_day=50, disable_after=10**6)
# Patients who have an account come to any desk; whoever asks who has one is stopped.
MET = Limits(
    free_tries=30, first_delay=60, max_delay=3600, per_day=100, disable_after=10**6, window=DAY
)
# A file of a day may hold many of them.
MET_IN_FILES = Limits(
    free_tries=10**6, first_delay=0, max_delay=0, per_day=1000, disable_after=10**6
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the installation says of patients."""

    pattern: str
    countries: tuple[str, ...]
    consent_version: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The patient's account, with their consent. `known`: it was there before."""

    account: Account
    known: bool = False


@dataclass(frozen=True, slots=True)
class Faulty:
    """What was told can't be kept: a word for each field."""

    fields: dict[str, str]


class Exists(Enum):
    """Somebody has an account already; whose, and where they belong, is not told."""

    # By the same national health identity: it can't be another person.
    IDENTITY = "identity"
    # By the same names and birth date: it may be.
    NAMES = "names"


class NotShown(Enum):
    """Why a consent was not added to an account that exists."""

    # No account of a patient has this identifier and this birth date.
    NO_MATCH = "no-match"
    # It stands already.
    STANDS = "stands"
    # Closed for good.
    CLOSED = "closed"
    TOO_OFTEN = "too-often"
    # The patient has left: only they themselves come back.
    NEEDED = "needed"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a patient shows of themselves: their letter, and when they were born."""

    identifier: str
    birth_date: str
    # What whoever asks knows them by, where that is told: a stranger's letter is no proof then.
    names: tuple[str, ...] = ()
    first_names: tuple[str, ...] = ()


class Patients:
    """The verbs; each takes the caller's transaction."""

    def __init__(
        self,
        clock: Clock,
        audit: Audit,
        made: Accounts,
        consents: PatientConsents,
        alerts: Alerts,
        rules: Rules,
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._accounts = made
        self._consents = consents
        self._alerts = alerts
        self._rules = rules

    def enrol(
        self,
        tx: Tx,
        authority: Authority,
        establishment: str,
        new: NewPatient,
        *,
        another: bool = False,
        planned: bool = False,
    ) -> Denied | Faulty | Exists | NotCreated | NotShown | Enrolled:
        """Make a patient's account at consent; `another`: a namesake, as the desk has checked.

        Being told that somebody has an account counts; `planned`: a dry run has counted it.
        """
        if denied := self._refuses(tx, authority, establishment):
            return denied
        new = new.tidied()
        if faults := self.faults_of(new):
            return Faulty(faults)
        tried = None
        if not planned and not authority.reach(Right.PATIENTS_ENROL).everywhere:
            key = _key("patients-met", authority, establishment)
            tried = throttle.reserve(tx, key, MET, self._clock.now())
            if tried.ruling.verdict is not Verdict.FREE:
                return NotShown.TOO_OFTEN
        found, _whose = self._found(tx, new)
        if found is Exists.IDENTITY or (found is Exists.NAMES and not another):
            return found
        with part(tx) as own:
            made = self._accounts.create(tx, new.person(self._name(tx, new)), authority.origin)
            if isinstance(made, NotCreated):
                own.give_up()
                return made
        if tried is not None:
            throttle.give_back(tx, tried)
        self._consents.give(tx, made, establishment, self._rules.consent_version, by_of(authority))
        event = authority.event("patient.enrolled", account=made.id, establishment=establishment)
        self._audit.record(tx, event, authority.origin)
        return Enrolled(made)

    def collect(
        self, tx: Tx, authority: Authority, establishment: str, shown: Shown
    ) -> Denied | NotShown | Enrolled:
        """Add a consent to an account that exists, whose owner is there and shows who they are."""
        if denied := self._refuses(tx, authority, establishment):
            return denied
        account = self._tried(tx, authority, establishment, shown)
        if isinstance(account, NotShown):
            return account
        return self._renew(tx, authority, account, establishment)

    def renew(
        self,
        tx: Tx,
        authority: Authority,
        account_id: str,
        establishment: str,
        shown: Shown | None = None,
    ) -> Denied | NotShown | Enrolled:
        """Collect anew what a patient had given to this establishment, and withdrawn.

        Once they belong to nothing within reach, they must show who they are: nobody lets
        themselves in again by a consent that was withdrawn (WB-015).
        """
        if denied := self._refuses(tx, authority, establishment):
            return denied
        account = self._patient(tx, account_id)
        given = self._consents.given_to(tx, account_id, establishment)
        if account is None or not given:
            return Denied.NOT_FOUND
        if not is_here(tx, account_id, authority.reach(Right.PATIENTS_ENROL)):
            if shown is None:
                return NotShown.NEEDED
            found = self._tried(tx, authority, establishment, shown, account_id)
            if isinstance(found, NotShown):
                return found
        return self._renew(tx, authority, account, establishment)

    def withdraw(
        self, tx: Tx, authority: Authority, account_id: str, establishment: str
    ) -> Denied | Withdrawn:
        """Take note that a patient withdraws what they gave to this establishment."""
        if denied := authority.refuses_in(Right.PATIENTS_ENROL, {establishment}):
            return denied
        account = self._patient(tx, account_id)
        done = account and self._consents.withdraw(tx, account, establishment, by_of(authority))
        return done or Denied.NOT_FOUND

    def faults_of(self, new: NewPatient) -> dict[str, str]:
        """What of a tidied one can't be kept."""
        return new.faults(self._clock.now(), self._rules.countries)

    def known_at(
        self, tx: Tx, new: NewPatient, establishment: str
    ) -> tuple[Exists | None, str | None]:
        """Whether somebody has an account; whose, where their consent stands here already."""
        found, account_id = self._found(tx, new)
        if account_id is None:
            return found, None
        here = any(one.stands for one in self._consents.given_to(tx, account_id, establishment))
        return found, account_id if here else None

    def may_tell(self, tx: Tx, authority: Authority, *, met: bool) -> bool:
        """Whether a dry run may still say who has an account and who has none."""
        if authority.reach(Right.PATIENTS_ENROL).everywhere:
            # The region finds everybody by searching.
            return True
        key, now = throttle.name_key("patients-in-files", authority.actor), self._clock.now()
        if met:
            ruling = throttle.reserve(tx, key, MET_IN_FILES, now).ruling
        else:
            ruling = throttle.look(tx, key, MET_IN_FILES, now)
        return ruling.verdict is Verdict.FREE

    def _renew(
        self, tx: Tx, authority: Authority, account: Account, establishment: str
    ) -> NotShown | Enrolled:
        if account.state is State.CLOSED:
            return NotShown.CLOSED
        version = self._rules.consent_version
        if not self._consents.give(tx, account, establishment, version, by_of(authority)):
            return NotShown.STANDS
        house = establishments.load(tx, establishment)
        name = house.name if house else establishment
        # Whoever did not give it must learn of it.
        self._alerts.account_changed(tx, account, "patient-consent", name)
        return Enrolled(accounts.load(tx, account.id) or account, known=True)

    def _refuses(self, tx: Tx, authority: Authority, establishment: str) -> Denied | None:
        if denied := authority.refuses_in(Right.PATIENTS_ENROL, {establishment}):
            return denied
        house = establishments.load(tx, establishment)
        return None if house and house.state is Standing.ACTIVE else Denied.NOT_FOUND

    def _found(self, tx: Tx, new: NewPatient) -> tuple[Exists | None, str | None]:
        if new.ins and (holder := accounts.by_national_id(tx, new.ins)):
            return Exists.IDENTITY, holder
        born = tx.execute(BORN_ON, {"day": new.birth_date}).scalars()
        for account_id in list(born):
            known = accounts.load(tx, account_id)
            if known and known.state is not State.CLOSED and same_person(known.person, new):
                return Exists.NAMES, account_id
        return None, None

    def _tried(
        self, tx: Tx, authority: Authority, establishment: str, shown: Shown, wanted: str = ""
    ) -> NotShown | Account:
        """Whom this shows, where it is who is wanted; each wrong try counts."""
        key = _key("patients", authority, establishment)
        tried = throttle.reserve(tx, key, SHOWING, self._clock.now())
        if tried.ruling.verdict is not Verdict.FREE:
            return NotShown.TOO_OFTEN
        account = self._shown(tx, shown)
        if account is None or (wanted and account.id != wanted):
            event = authority.event("patient.unmatched", "refused", establishment=establishment)
            self._audit.record(tx, event, authority.origin)
            return NotShown.NO_MATCH
        throttle.give_back(tx, tried)
        return account

    def _shown(self, tx: Tx, shown: Shown) -> Account | None:
        account = self._patient(tx, accounts.find(tx, shown.identifier) or "")
        typed = iso_day(shown.birth_date.strip())
        fits = account is not None and typed == account.person.birth_date
        if account is None or not (typed and fits) or not is_called(account.person, shown):
            return None
        return account

    def _patient(self, tx: Tx, account_id: str) -> Account | None:
        account = accounts.load(tx, account_id)
        is_one = account is not None and account.person.population is Population.PATIENT
        return account if is_one else None

    def _name(self, tx: Tx, new: NewPatient) -> str:
        pattern = self._rules.pattern
        return make_identifier(
            new.first_name,
            new.last_name,
            pattern,
            lambda name: not accounts.unused_name(tx, name),
        )


def _key(kind: str, authority: Authority, establishment: str) -> str:
    """One program may be the desk of many establishments: what one mistypes stops no other."""
    return throttle.name_key(kind, f"{authority.actor}|{establishment}")


def is_called(person: Person, shown: Shown) -> bool:
    """Whether they bear one of the names that are told, and one of the first names."""
    told = (
        (shown.names, (person.last_name, person.birth_name)),
        (shown.first_names, (person.first_name,)),
    )
    return all(
        not {letters_of(one) for one in ours if one}.isdisjoint(letters_of(one) for one in theirs)
        for theirs, ours in told
        if theirs
    )


def by_of(authority: Authority) -> By:
    """The same, as consents keep it."""
    return By(authority.actor, authority.origin, authority.session)
