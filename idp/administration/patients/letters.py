# SPDX-License-Identifier: Apache-2.0
"""Letters to patients: a new temporary password for each print, and the proof of hand-over.

The letter itself is kept nowhere. Whoever prints one may touch the whole account: a password opens
all of it, whichever establishment it was printed at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Final

from sqlalchemy import bindparam, insert, select, update

from idp.accounts import establishments
from idp.accounts import service as accounts
from idp.accounts.establishments import Establishment
from idp.accounts.values import Account, Population, State
from idp.administration.authority import Authority, Denied
from idp.administration.models import PatientLetterRow
from idp.administration.patients.consents import standing
from idp.administration.rights import Right
from idp.audit.record import Audit
from idp.clock import Clock, Entropy
from idp.credentials.passwords import Reason
from idp.db import Found, Tx, part, table_of
from idp.login.renewal import Renewal
from idp.sessions.service import Ended

# Each costs a hash that is slow on purpose; somebody waits for all of them.
MOST: Final = 100
DAY: Final = 86_400
table = table_of(PatientLetterRow)
ADD = insert(table)
LOAD = select(table).where(table.c.id == bindparam("letter"))
OF_ACCOUNT = select(table).where(table.c.account_id == bindparam("account"))
HAND = (
    update(table)
    .where(table.c.id == bindparam("letter"), table.c.handed_at.is_(None))
    .values(handed_on=bindparam("day"), handed_by=bindparam("by_"), handed_at=bindparam("now"))
    .returning(table.c.id)
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One that was printed: by whom, and whether the patient has it."""

    id: str
    account: str
    establishment: str
    printed_at: int
    printed_by: str
    handed_on: str = ""
    handed_by: str = ""
    handed_at: int | None = None


@dataclass(frozen=True, slots=True)
class Printed:
    """A letter is to be printed now: in whose name, for whom, and until when its password lives."""

    letter: str
    account: Account
    establishment: Establishment | None
    until: int
    ended: tuple[Ended, ...] = ()


class NotPrinted(Enum):
    """Why there is no letter, or no hand-over of it."""

    # The account is closed, or awaits a consent.
    CLOSED = "closed"
    TOO_MANY = "too-many"
    # A day that is to come, or before it was printed.
    DAY = "day"


class Letters:
    """The verbs; each takes the caller's transaction."""

    def __init__(
        self, clock: Clock, entropy: Entropy, audit: Audit, renewal: Renewal, life: int
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._audit = audit
        self._renewal = renewal
        self._life = life

    def prepare(
        self, tx: Tx, authority: Authority, account_ids: Sequence[str]
    ) -> Denied | NotPrinted | list[Account]:
        """Those for whom letters may be printed: all of them, or nobody's.

        Asked before the passwords are hashed, which no transaction waits for.
        """
        if denied := authority.refuses(Right.LETTERS_PRINT):
            return denied
        if len(account_ids) > MOST:
            return NotPrinted.TOO_MANY
        found = []
        for one in dict.fromkeys(account_ids):
            account = self._patient(tx, authority, one)
            if isinstance(account, Denied):
                return account
            if account.state is not State.ACTIVE:
                return NotPrinted.CLOSED
            found.append(account)
        return found

    def print(
        self, tx: Tx, authority: Authority, account_id: str, hashed: str, establishment: str = ""
    ) -> Denied | NotPrinted | Printed:
        """Put the password of a letter in force; the one before ends, and so do its sessions."""
        account = self._patient(tx, authority, account_id)
        if isinstance(account, Denied):
            return account
        if account.state is not State.ACTIVE:
            return NotPrinted.CLOSED
        origin, now = authority.origin, self._clock.now()
        renewed = self._renewal.give_temporary(tx, account, hashed, Reason.TEMPORARY, origin)
        house = self._house(tx, account_id, establishment)
        name = house.key if house else ""
        row = {
            "id": self._entropy.token(16),
            "account_id": account_id,
            "establishment": name,
            "printed_at": now,
            "printed_by": authority.actor,
            "mark": renewed.mark,
            "handed_on": "",
            "handed_by": "",
            "handed_at": None,
        }
        tx.execute(ADD, row)
        event = authority.event(
            "letter.printed", account=account_id, letter=str(row["id"]), establishment=name
        )
        self._audit.record(tx, event, origin)
        return Printed(str(row["id"]), account, house, now + self._life, renewed.ended)

    def print_all(
        self,
        tx: Tx,
        authority: Authority,
        hashed: Sequence[tuple[str, str]],
        establishment: str = "",
    ) -> Denied | NotPrinted | list[Printed]:
        """The letters of several accounts, each with its hash; refused for one, nobody's.

        A password is in force only with the paper that it stands on.
        """
        done = {}
        with part(tx) as own:
            # In one order, so that no two desks wait for each other.
            for account_id, one in sorted(hashed):
                printed = self.print(tx, authority, account_id, one, establishment)
                if not isinstance(printed, Printed):
                    own.give_up()
                    return printed
                done[account_id] = printed
        return [done[account_id] for account_id, _one in hashed]

    def hand_over(
        self, tx: Tx, authority: Authority, letter_id: str, day: str
    ) -> Denied | NotPrinted | bool:
        """Note that the patient was given a letter on a day; False where that is known already."""
        row = tx.execute(LOAD, {"letter": letter_id}).first()
        if row is None:
            return authority.refuses(Right.LETTERS_PRINT) or Denied.NOT_FOUND
        account = self._patient(tx, authority, row.account_id)
        if isinstance(account, Denied):
            return account
        if not authority.reach(Right.LETTERS_PRINT).touches((row.establishment,)):
            return Denied.NOT_FOUND
        now = self._clock.now()
        if not _is_between(day, row.printed_at, now):
            return NotPrinted.DAY
        known = {"letter": letter_id, "day": day, "by_": authority.actor, "now": now}
        if tx.execute(HAND, known).first() is None:
            return False
        event = authority.event(
            "letter.handed", account=row.account_id, letter=letter_id, handed_on=day
        )
        self._audit.record(tx, event, authority.origin)
        return True

    def of_account(self, tx: Tx, authority: Authority, account_id: str) -> Denied | list[Letter]:
        """The letters of a patient, the latest first.

        Those of establishments out of reach are left out: where somebody was treated is health
        data (WB-015).
        """
        belongs = establishments.of_account(tx, account_id)
        if denied := authority.refuses_in(Right.PATIENTS_ENROL, belongs, seeing=True):
            return denied
        rows = tx.execute(OF_ACCOUNT, {"account": account_id}).all()
        reach = authority.reach(Right.PATIENTS_ENROL)
        found = [_read(row) for row in rows if reach.touches((row.establishment,))]
        return sorted(found, key=lambda one: (-one.printed_at, one.id))

    def _patient(self, tx: Tx, authority: Authority, account_id: str) -> Denied | Account:
        belongs = establishments.of_account(tx, account_id)
        if denied := authority.refuses_in(Right.LETTERS_PRINT, belongs):
            return denied
        account = accounts.load(tx, account_id)
        is_one = account is not None and account.person.population is Population.PATIENT
        return account if account is not None and is_one else Denied.NOT_FOUND

    def _house(self, tx: Tx, account_id: str, wanted: str) -> Establishment | None:
        """In whose name: the establishment asked for, where it has a consent, else one that has."""
        given = standing(tx, account_id) or establishments.of_account(tx, account_id)
        if not given:
            return None
        return establishments.load(tx, wanted if wanted in given else min(given))


def _is_between(day: str, earliest: int, latest: int) -> bool:
    try:
        handed = date.fromisoformat(day)
    except ValueError:
        return False
    # A day of somewhere: at most one off ours.
    first, last = (datetime.fromtimestamp(at, UTC).date() for at in (earliest - DAY, latest + DAY))
    return first <= handed <= last


def _read(row: Found) -> Letter:
    return Letter(
        row.id,
        row.account_id,
        row.establishment,
        row.printed_at,
        row.printed_by,
        row.handed_on,
        row.handed_by,
        row.handed_at,
    )
