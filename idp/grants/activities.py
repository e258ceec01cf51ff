# SPDX-License-Identifier: Apache-2.0
"""In which of their activities a person enters an application: chosen once, and kept in mind.

What somebody practises is asked of the registers each time: who left a structure yesterday does not
enter as one of its people today.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts.activities import Activity, marked, whole, written
from idp.accounts.models import AccountRow
from idp.accounts.sources import told_of
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Tx, table_of
from idp.directory.service import Directory
from idp.grants.models import ChosenActivityRow
from idp.origin import Origin

HERE: Final = "here"
REGISTER: Final = "register"

accounts = table_of(AccountRow)
table = table_of(ChosenActivityRow)
WHO = select(accounts.c.national_id).where(accounts.c.id == bindparam("account"))
LOAD = select(table.c.mark).where(
    table.c.account_id == bindparam("account"), table.c.application == bindparam("application_")
)
LISTED = select(table.c.application, table.c.mark).where(table.c.account_id == bindparam("account"))
NEW = upsert(table)
CHOOSE = NEW.on_conflict_do_update(
    index_elements=["account_id", "application"],
    set_={name: NEW.excluded[name] for name in ("mark", "chosen_at")},
)
FORGET = (
    delete(table)
    .where(
        table.c.account_id == bindparam("account"), table.c.application == bindparam("application_")
    )
    .returning(table.c.mark)
)


@dataclass(frozen=True, slots=True)
class Sourced:
    """An activity, and who says that it is one."""

    activity: Activity
    # Written here, in the national register, or told by a means: its kind.
    source: str


class Activities:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, audit: Audit, directory: Directory) -> None:
        self._clock = clock
        self._audit = audit
        self._directory = directory

    def of(self, tx: Tx, account: str) -> tuple[Activity, ...]:
        """All that somebody practises, with everything that services ask of an activity."""
        return tuple(one.activity for one in self.sourced(tx, account))

    def sourced(self, tx: Tx, account: str) -> tuple[Sourced, ...]:
        """The same, with who says so: the first of those who say it.

        First what administrators wrote; then the national register, by the person's number; then
        those by whom they logged in. The same place and work counts once.
        """
        national_id = tx.execute(WHO, {"account": account}).scalar()
        known = self._directory.by_number(tx, national_id) if national_id else None
        own = written(tx, account)
        marks = {one.mark for one in own}
        found = [
            Sourced(one, HERE if one.mark in marks else REGISTER)
            for one in whole((*own, *(known.activities if known else ())))
        ]
        for source, told in told_of(tx, account).items():
            for one in told.activities:
                if not any(one.marks & each.activity.marks for each in found):
                    found.append(Sourced(one, source))
        return tuple(found)

    def entered_as(
        self, tx: Tx, account: str, application: str, known: tuple[Activity, ...]
    ) -> Activity | None:
        """The one chosen for an application, while it is still theirs; or the only one there is."""
        if len(known) == 1:
            return known[0]
        mark = tx.execute(LOAD, {"account": account, "application_": application}).scalar()
        return marked(known, mark) if mark else None

    def choose(
        self, tx: Tx, account: str, application: str, activity: Activity, origin: Origin
    ) -> None:
        """From now on they enter this application so, until they choose anew."""
        row = {
            "account_id": account,
            "application": application,
            "mark": activity.mark,
            "chosen_at": self._clock.now(),
        }
        tx.execute(CHOOSE, row)
        detail = {"structure": activity.structure_id, "profession": activity.profession_code}
        event = Event("activity.chosen", account=account, application=application, detail=detail)
        self._audit.record(tx, event, origin)

    def chosen(self, tx: Tx, account: str) -> Mapping[str, str]:
        """The marks of what was chosen, by application."""
        rows = tx.execute(LISTED, {"account": account}).all()
        return {row.application: row.mark for row in rows}

    def forget(self, tx: Tx, account: str, application: str, origin: Origin) -> bool:
        """The next login asks anew."""
        if "\x00" in application:
            return False
        known = {"account": account, "application_": application}
        if tx.execute(FORGET, known).first() is None:
            return False
        event = Event("activity.forgotten", account=account, application=application)
        self._audit.record(tx, event, origin)
        return True
