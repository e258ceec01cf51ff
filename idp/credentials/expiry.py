# SPDX-License-Identifier: Apache-2.0
"""Whose password ends soon, and who was not told of it yet: 15, 7 and 1 days before."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import bindparam, or_, select, update

from idp.accounts.models import AccountRow
from idp.accounts.values import Population
from idp.credentials.models import PasswordRow
from idp.credentials.policies import Policies
from idp.credentials.policy import DAY
from idp.db import Tx, table_of

THRESHOLDS = (1, 7, 15)
table = table_of(PasswordRow)
accounts = table_of(AccountRow)
UNTOLD = or_(table.c.warned == 0, table.c.warned > bindparam("threshold"))
NEXT = (
    select(table.c.account_id)
    .join(accounts, accounts.c.id == table.c.account_id)
    .where(
        table.c.changed_at > bindparam("after"),
        table.c.changed_at <= bindparam("until"),
        table.c.must_change == "",
        UNTOLD,
        accounts.c.state == "active",
        accounts.c.population == bindparam("population_"),
    )
    .limit(bindparam("most"))
)
# Marked in the statement that finds them: of two servers one tells a person, once.
MARK = (
    update(table)
    .where(table.c.account_id.in_(NEXT), UNTOLD)
    .values(warned=bindparam("threshold"))
    .returning(table.c.account_id, table.c.changed_at)
)


@dataclass(frozen=True, slots=True)
class Ending:
    """A password that ends soon."""

    account: str
    ends_at: int

    def days_left(self, now: int) -> int:
        """Whole days, the one begun included."""
        return max(-(-(self.ends_at - now) // DAY), 1)


def expiring(tx: Tx, policies: Policies, now: int, most: int) -> Iterator[Ending]:
    """Passwords whose owners are to be told now, at most so many; they are marked as told."""
    for population in Population:
        days = policies.of(tx, population).valid_days
        for threshold in (one for one in THRESHOLDS if one < days):
            if most <= 0:
                return
            known = {
                "threshold": threshold,
                # What has ended is no news: the login says so.
                "after": now - days * DAY,
                "until": now - (days - threshold) * DAY,
                "population_": population.value,
                "most": most,
            }
            for row in tx.execute(MARK, known).all():
                most -= 1
                yield Ending(row.account_id, row.changed_at + days * DAY)
