# SPDX-License-Identifier: Apache-2.0
"""A patient's consents: one for each establishment that collected it, kept as a proof.

The account stands on them (SPEC §3, §4). Where a patient belongs follows the consents that stand;
with the last one the account is disabled, until an establishment collects a new one. Who may
collect and withdraw is asked before; a patient withdraws their own.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts import establishments as houses
from idp.accounts import national_ids
from idp.accounts.establishments import Establishments
from idp.accounts.service import Accounts
from idp.accounts.values import Account, State
from idp.administration.authority import Reach
from idp.administration.models import PatientConsentRow
from idp.audit.record import Audit, Event
from idp.clock import Clock, Entropy
from idp.db import Found, Tx, table_of
from idp.login.alerts import Alerts
from idp.login.withdrawal import Withdrawal
from idp.origin import Origin
from idp.sessions.service import Ended

table = table_of(PatientConsentRow)
ADD = upsert(table).on_conflict_do_nothing().returning(table.c.id)
OF_ACCOUNT = select(table).where(table.c.account_id == bindparam("account"))
END = (
    update(table)
    .where(
        table.c.account_id == bindparam("account"),
        table.c.establishment == bindparam("establishment_"),
        table.c.stands == 1,
    )
    .values(stands=None, withdrawn_at=bindparam("now"), withdrawn_by=bindparam("by_"))
    .returning(table.c.id)
)
MARK_CLOSED = (
    update(table)
    .where(table.c.account_id == bindparam("account"), table.c.id == bindparam("consent"))
    .values(closed_account=1)
)
REOPEN = (
    update(table)
    .where(table.c.account_id == bindparam("account"), table.c.closed_account == 1)
    .values(closed_account=0)
    .returning(table.c.id)
)


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent: to whom, when, and whether it still stands."""

    id: str
    account: str
    establishment: str
    given_at: int
    given_by: str
    text_version: str
    withdrawn_at: int | None = None
    withdrawn_by: str = ""

    @property
    def stands(self) -> bool:
        """Whether it was not withdrawn."""
        return self.withdrawn_at is None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A consent was withdrawn; with the last one the account, and these sessions."""

    closed: bool = False
    ended: tuple[Ended, ...] = ()


@dataclass(frozen=True, slots=True)
class By:
    """Who does it, and from where."""

    actor: str
    origin: Origin
    session: str | None = None


class PatientConsents:
    """The verbs; each takes the caller's transaction."""

    def __init__(
        self,
        clock: Clock,
        entropy: Entropy,
        audit: Audit,
        accounts: Accounts,
        establishments: Establishments,
        withdrawal: Withdrawal,
        alerts: Alerts,
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._audit = audit
        self._accounts = accounts
        self._establishments = establishments
        self._withdrawal = withdrawal
        self._alerts = alerts

    def give(self, tx: Tx, account: Account, establishment: str, version: str, by: By) -> bool:
        """A consent was collected; False where one stands already. It opens what the last one
        that was withdrawn had closed.
        """
        national_ids.hold(tx, account.id)
        if not self._add(tx, account.id, establishment, version, by.actor):
            return False
        self._establishments.join(tx, account.id, establishment, by.origin)
        self._note(tx, "patient.consented", account.id, by, establishment, version=version)
        # Closed by somebody for another reason, it stays so.
        if tx.execute(REOPEN, {"account": account.id}).first() is not None:
            self._accounts.set_state(tx, account.id, State.ACTIVE, by.origin)
        return True

    def withdraw(self, tx: Tx, account: Account, establishment: str, by: By) -> Withdrawn | None:
        """The consent given to one establishment; None where none stands."""
        # Two that withdraw the last two at once come one after the other.
        national_ids.hold(tx, account.id)
        known = {
            "account": account.id,
            "establishment_": establishment,
            "now": self._clock.now(),
            "by_": by.actor,
        }
        if establishment in houses.of_account(tx, account.id):
            # Somebody who was brought in by a file: what is withdrawn is noted all the same.
            self._add(tx, account.id, establishment, "", "")
        ended = tx.execute(END, known).first()
        if ended is None:
            return None
        self._establishments.leave(tx, account.id, establishment, by.origin)
        self._note(tx, "patient.withdrew", account.id, by, establishment)
        if standing(tx, account.id):
            self._alerts.account_changed(
                tx, account, "patient-withdrawal", _name_of(tx, establishment)
            )
            return Withdrawn()
        return self._close(tx, account, by, ended.id)

    def withdraw_all(self, tx: Tx, account: Account, by: By) -> Withdrawn | None:
        """Everything at once; also for an account that no consent was noted of."""
        done: Withdrawn | None = None
        belongs = standing(tx, account.id) | houses.of_account(tx, account.id)
        for establishment in sorted(belongs):
            done = self.withdraw(tx, account, establishment, by) or done
        return done or self._close(tx, account, by, "")

    def given_to(self, tx: Tx, account: str, establishment: str) -> list[Consent]:
        """What one establishment was ever given by somebody, the latest first."""
        return [one for one in of_account(tx, account) if one.establishment == establishment]

    def _add(self, tx: Tx, account: str, establishment: str, version: str, actor: str) -> bool:
        row = {
            "id": self._entropy.token(16),
            "account_id": account,
            "establishment": establishment,
            "given_at": self._clock.now(),
            "given_by": actor,
            "text_version": version,
            "stands": 1,
            "withdrawn_at": None,
            "withdrawn_by": "",
            "closed_account": 0,
        }
        return tx.execute(ADD, row).first() is not None

    def _close(self, tx: Tx, account: Account, by: By, consent: str) -> Withdrawn | None:
        ended = self._withdrawal.close(tx, account, by.origin)
        if ended is None:
            # Somebody had closed it before, for a reason of their own.
            return Withdrawn() if consent else None
        tx.execute(MARK_CLOSED, {"account": account.id, "consent": consent})
        return Withdrawn(closed=True, ended=ended)

    def _note(
        self, tx: Tx, kind: str, account: str, by: By, establishment: str, **more: str
    ) -> None:
        detail = {"by": by.actor, "establishment": establishment, **more}
        event = Event(kind, account=account, session=by.session, detail=detail)
        self._audit.record(tx, event, by.origin)


def of_account(tx: Tx, account: str) -> list[Consent]:
    """All consents of somebody, the latest first."""
    found = [_read(row) for row in tx.execute(OF_ACCOUNT, {"account": account}).all()]
    return sorted(found, key=lambda one: (-one.given_at, one.id))


def standing(tx: Tx, account: str) -> frozenset[str]:
    """The establishments whose consent stands."""
    return frozenset(one.establishment for one in of_account(tx, account) if one.stands)


def is_here(tx: Tx, account: str, reach: Reach) -> bool:
    """Whether somebody sees a patient as they are now: what was withdrawn shows only itself."""
    return reach.touches(houses.of_account(tx, account) | standing(tx, account))


def awaits_consent(tx: Tx, account: str) -> bool:
    """Whether an account was closed with its last consent: only a new one opens it."""
    rows = tx.execute(OF_ACCOUNT, {"account": account}).all()
    return any(row.closed_account for row in rows)


def _name_of(tx: Tx, key: str) -> str:
    found = houses.load(tx, key)
    return found.name if found else key


def _read(row: Found) -> Consent:
    return Consent(**{name: getattr(row, _COLUMNS.get(name, name)) for name in _NAMES})


_NAMES = tuple(Consent.__dataclass_fields__)
_COLUMNS = {"account": "account_id"}
