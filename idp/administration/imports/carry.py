# SPDX-License-Identifier: Apache-2.0
"""Carrying out one line of an import, and taking it back."""

from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, bindparam, delete, func, select

from idp.accounts import particulars
from idp.accounts import service as accounts
from idp.accounts.models import AccountRow
from idp.accounts.service import NotCreated
from idp.accounts.values import Account, Person
from idp.administration.authority import Authority, Denied
from idp.administration.imports.plan import (
    CHANGE,
    CREATE,
    FAULT,
    Terms,
    Verdict,
    Wanted,
    plan_account,
    plan_patient,
)
from idp.administration.imports.store import Line
from idp.administration.models import AccountChangeRow, PatientConsentRow
from idp.administration.outcomes import Unfit
from idp.administration.patients.enrolment import Enrolled, Faulty, Patients
from idp.administration.patients.values import NewPatient
from idp.administration.people.desk import People
from idp.administration.rights import Right
from idp.administration.target import Target, Targets
from idp.audit.record import Audit
from idp.credentials.models import PasswordRow
from idp.credentials.passwords import Passwords, Reason
from idp.db import Base, Tx, part, table_of

table = table_of(AccountRow)
changes = table_of(AccountChangeRow)
consents = table_of(PatientConsentRow)
passwords = table_of(PasswordRow)
# What comes into being with an account, and goes with it.
WITH_IT: Final = frozenset(
    {
        "account_names",
        "account_words",
        "account_communities",
        "account_establishments",
        "account_particulars",
        "account_listings",
        "account_changes",
        "patient_consents",
        "passwords",
    }
)
# A password that is not the one that the account was made with.
CHOSEN: Final = (
    select(passwords.c.account_id)
    .where(passwords.c.account_id == bindparam("account"))
    .where(passwords.c.mark != bindparam("brought"))
)
MADE: Final = "made"
CHANGED: Final = "changed"
FAILED: Final = "failed"
KEPT: Final = "kept"
UNDONE: Final = "undone"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line."""

    kind: str
    why: str = ""
    account: str | None = None
    change: str = ""


class Carrier:
    """Does it by the same verbs as the console's pages."""

    def __init__(
        self,
        people: People,
        patients: Patients,
        targets: Targets,
        audit: Audit,
        passwords: Passwords,
    ) -> None:
        self._people = people
        self._passwords = passwords
        self._patients = patients
        self._targets = targets
        self._audit = audit

    def plan(self, tx: Tx, authority: Authority, terms: Terms, values: dict[str, str]) -> Verdict:
        """What a row would come to."""
        if terms.kind == "patients":
            return plan_patient(tx, self._patients, authority, terms, values)
        return plan_account(tx, authority, terms, values)[0]

    def carry(
        self, tx: Tx, authority: Authority, terms: Terms, line: Line, values: dict[str, str]
    ) -> Outcome:
        """Do what was planned, as things are by now; all of the line, or nothing of it."""
        with part(tx) as own:
            done = (
                self._patient(tx, authority, terms, values)
                if terms.kind == "patients"
                else self._account(tx, authority, terms, line, values)
            )
            if done.kind == FAILED:
                own.give_up()
        return done

    def undo(self, tx: Tx, authority: Authority, line: Line) -> Outcome:
        """Take a line back, where nothing else came since."""
        if line.account is None:
            return Outcome(KEPT, ":gone")
        if line.outcome == CHANGED:
            return self._revert(tx, authority, line)
        target = self._targets.changed(tx, authority, Right.ACCOUNTS_STATE, line.account)
        if isinstance(target, Denied):
            return Outcome(KEPT, ":not-yours", line.account)
        if in_use(tx, line.account, line.change):
            return Outcome(KEPT, ":used", line.account)
        self._remove(tx, authority, target)
        return Outcome(UNDONE)

    def _patient(
        self, tx: Tx, authority: Authority, terms: Terms, values: dict[str, str]
    ) -> Outcome:
        new = NewPatient(**values)
        new = replace(new, locale=new.locale or "fr")
        made = self._patients.enrol(tx, authority, terms.establishment, new, planned=True)
        if isinstance(made, Enrolled):
            return Outcome(MADE, account=made.account.id)
        if isinstance(made, Faulty):
            why = " ".join(f"{name}:{word}" for name, word in made.fields.items())
            return Outcome(FAILED, why[:300])
        if isinstance(made, NotCreated):
            return Outcome(FAILED, _why_not(made))
        return Outcome(FAILED, ":not-yours" if isinstance(made, Denied) else "last_name:exists")

    def _account(
        self, tx: Tx, authority: Authority, terms: Terms, line: Line, values: dict[str, str]
    ) -> Outcome:
        verdict, wanted = plan_account(tx, authority, terms, values)
        if verdict.kind == FAULT:
            return Outcome(FAILED, verdict.why)
        if verdict.kind == CREATE and wanted.new is not None:
            made = self._people.create(tx, authority, wanted.new)
            if isinstance(made, Account):
                mark = self._bring_password(tx, authority, made, wanted)
                return Outcome(MADE, account=made.id, change=mark)
            if isinstance(made, Unfit):
                return Outcome(FAILED, "national_id:region")
            why = _why_not(made) if isinstance(made, NotCreated) else ":not-yours"
            return Outcome(FAILED, why)
        if verdict.kind == CHANGE and wanted.account is not None and wanted.person is not None:
            return self._change(tx, authority, wanted.account, wanted.person, wanted)
        return Outcome("", account=verdict.account or line.account)

    def _bring_password(self, tx: Tx, authority: Authority, made: Account, wanted: Wanted) -> str:
        """The mark of the password that somebody had before, or nothing."""
        if not wanted.hashed:
            return ""
        must_change = Reason.FIRST.value if wanted.must_change else ""
        origin = authority.origin
        return self._passwords.put(tx, made.id, wanted.hashed, origin, must_change=must_change)

    def _change(
        self,
        tx: Tx,
        authority: Authority,
        there: Account,
        person: Person,
        wanted: Wanted,
    ) -> Outcome:
        changes = []
        before = particulars.load(tx, there.id)
        more = wanted.particulars or before
        if (person, more) != (there.person, before):
            done = self._people.edit(tx, authority, there.id, there.updated_at, person, more)
            if not isinstance(done, Account):
                fields = " ".join(f"{name}:unfit" for name in getattr(done, "fields", ()))
                return Outcome(FAILED, fields or ":not-yours", there.id)
            changes.append(self._latest(tx, authority, there.id))
        changes += [
            self._latest(tx, authority, there.id)
            for community in wanted.joins
            if self._people.join(tx, authority, there.id, community) is True
        ]
        return Outcome(CHANGED, account=there.id, change=" ".join(changes))

    def _latest(self, tx: Tx, authority: Authority, account: str) -> str:
        history = self._people.history(tx, authority, account)
        return "" if isinstance(history, Denied) or not history else history[0].id

    def _revert(self, tx: Tx, authority: Authority, line: Line) -> Outcome:
        with part(tx) as own:
            for change in reversed(line.change.split()):
                done = self._people.undo(tx, authority, change)
                if not isinstance(done, Account):
                    own.give_up()
                    why = ":not-yours" if isinstance(done, Denied) else ":changed-since"
                    return Outcome(KEPT, why, line.account)
        return Outcome(UNDONE, account=line.account)

    def _remove(self, tx: Tx, authority: Authority, target: Target) -> None:
        """An account that nobody ever used leaves nothing behind but the audit's word of it."""
        for one in referring():
            if one.name in WITH_IT:
                tx.execute(delete(one).where(_holder(one) == target.id))
        tx.execute(delete(table).where(table.c.id == target.id))
        event = authority.event("account.removed", account=target.id, why="import-undone")
        self._audit.record(tx, event, authority.origin)


def in_use(tx: Tx, account: str, brought: str = "") -> bool:
    """Whether anything hangs on an account beside what it was made with: then it stays.

    `brought` marks the password that came with it, where one did.
    """
    for one in referring():
        if one.name in WITH_IT:
            continue
        if tx.execute(select(_holder(one)).where(_holder(one) == account).limit(1)).first():
            return True
    if tx.execute(CHOSEN, {"account": account, "brought": brought}).first() is not None:
        return True
    touched = select(changes.c.id).where(
        changes.c.account_id == account, changes.c.kind != "created"
    )
    if tx.execute(touched.limit(1)).first():
        return True
    # The one it was made with goes with it; another's, or one that ended, is a proof.
    given = select(func.count(), func.count(consents.c.withdrawn_at))
    kept, ended = tx.execute(given.where(consents.c.account_id == account)).one()
    if kept > 1 or ended:
        return True
    return bool(accounts.last_login_at(tx, account))


def referring() -> list[Table]:
    """Every table with rows of accounts, those that refer to others first."""
    return [
        one
        for one in reversed(Base.metadata.sorted_tables)
        if any(key.column.table is table for key in one.foreign_keys)
    ]


def _holder(one: Table) -> ColumnElement[Any]:
    return next(key.parent for key in one.foreign_keys if key.column.table is table)


def _why_not(refused: NotCreated) -> str:
    if refused.duplicate is not None:
        return f"{refused.duplicate.value}:taken"
    return " ".join(f"{name}:unfit" for name in refused.unfit)[:300]
