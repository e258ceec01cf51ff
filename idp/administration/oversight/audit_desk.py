# SPDX-License-Identifier: Apache-2.0
"""The audit as administrators read it: searched, one event whole, taken away as a file."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Final

from sqlalchemy import bindparam, select

from idp.accounts.models import AccountRow
from idp.administration.authority import Authority, Denied
from idp.administration.rights import Right
from idp.audit import pages
from idp.audit.pages import END, Place, Results, Wanted
from idp.audit.record import Audit
from idp.audit.search import Found
from idp.db import Database, Tx, table_of

SIZE: Final = 50
# One file holds no more; whoever needs all of it has the command line.
MOST: Final = 100_000
BATCH: Final = 1000
accounts = table_of(AccountRow)
NAMES = select(accounts.c.id, accounts.c.first_name, accounts.c.last_name).where(
    accounts.c.id.in_(bindparam("accounts", expanding=True))
)


class AuditDesk:
    """The verbs; each asks the authority first."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def search(
        self, tx: Tx, authority: Authority, wanted: Wanted, before: Place | None = None
    ) -> Denied | Results:
        """A page of events, newest first."""
        return authority.refuses(Right.AUDIT_SEE) or pages.find(tx, wanted, SIZE, before)

    def one(self, tx: Tx, authority: Authority, number: int) -> Denied | Found:
        """One event."""
        if denied := authority.refuses(Right.AUDIT_SEE):
            return denied
        return pages.load(tx, number) or Denied.NOT_FOUND

    def begin_export(
        self, tx: Tx, authority: Authority, wanted: Wanted, form: str
    ) -> Denied | None:
        """Note that somebody takes these events away, before any of them leaves."""
        if denied := authority.refuses(Right.AUDIT_EXPORT):
            return denied
        asked = {name: one for name, one in asdict(wanted).items() if one and one != END}
        # Which filters, not what was looked for: that may be anything that somebody typed.
        event = authority.event("audit.exported", form=form, filters=" ".join(sorted(asked)))
        self._audit.record(tx, event, authority.origin)
        return None

    def exported(self, wanted: Wanted) -> Iterator[list[Found]]:
        """The events of a file, in batches; never more than `MOST`, each look a short one.

        From the newest backwards: what happens meanwhile is not in it.
        """
        place: Place | None = None
        left = MOST
        while left > 0:
            with self._database.read() as tx:
                found = pages.find(tx, wanted, min(BATCH, left), place)
            if found.events:
                yield list(found.events)
            left -= len(found.events)
            if found.next is None:
                return
            place = found.next


def names_of(tx: Tx, found: Iterable[Found]) -> Mapping[str, str]:
    """What the people of these events are called, by the id of their accounts."""
    wanted = sorted({one.account for one in found if one.account})
    if not wanted:
        return {}
    rows = tx.execute(NAMES, {"accounts": wanted}).all()
    return {row.id: f"{row.first_name} {row.last_name}".strip() for row in rows}
