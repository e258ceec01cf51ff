# SPDX-License-Identifier: Apache-2.0
"""What was changed, and by whom: before and after, sealed, so that it can be undone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Table, and_, bindparam, func, insert, or_, select, update

from idp.administration.documents import Documents
from idp.administration.models import AccountChangeRow, RegionChangeRow
from idp.clock import Clock, Entropy
from idp.crypto import KeyRing
from idp.db import Found, Tx, table_of
from idp.places import place_after, read_place

PAGE: Final = 25
END: Final = 2**62
MICROSECONDS: Final = 1_000_000


class Ledger:
    """The statements of one table of changes; `subject` is the column that tells what changed."""

    def __init__(self, table: Table, subject: str) -> None:
        self.name = table.name
        self.subject = subject
        of = table.c[subject] == bindparam("subject_")
        self.add = insert(table)
        self.load = select(table).where(table.c.id == bindparam("change"))
        self.listed = (
            select(table)
            .where(
                of,
                table.c.at <= bindparam("before_at"),
                or_(
                    table.c.at < bindparam("before_at"),
                    and_(table.c.at == bindparam("before_at"), table.c.id < bindparam("before_id")),
                ),
            )
            .order_by(table.c.at.desc(), table.c.id.desc())
            .limit(bindparam("most"))
        )
        self.newest = select(func.max(table.c.at)).where(of)
        self.since = select(table).where(of, table.c.at >= bindparam("since"))
        # Of two that undo the same change, one does.
        self.undo = (
            update(table)
            .where(table.c.id == bindparam("change"), table.c.undone_at.is_(None))
            .values(undone_at=bindparam("now"))
            .returning(table.c.id)
        )


table = table_of(AccountChangeRow)
OF_ACCOUNTS: Final = Ledger(table, "account_id")
OF_REGION: Final = Ledger(table_of(RegionChangeRow), "subject")
UNDOABLE: Final = frozenset(
    {"edited", "state", "affiliated", "unaffiliated", "joined", "left", "activities"}
)


@dataclass(frozen=True, slots=True)
class Change:
    """One change; `before` and `after` hold the fields that were touched."""

    id: str
    # The account, or what of the region it is.
    subject: str
    # Seconds.
    at: int
    # Who: an account's id, `application:` and its key, or the command line.
    by: str
    # edited, state, affiliated, unaffiliated, joined, left, activities, merged or absorbed.
    kind: str
    before: Mapping[str, Any] = field(repr=False)
    after: Mapping[str, Any] = field(repr=False)
    reason: str = field(repr=False, default="")
    undone: bool = False
    # Where the next page of a history begins.
    cursor: str = ""

    @property
    def undoable(self) -> bool:
        """Whether it can be undone, as long as nothing else changed since."""
        return not self.undone and self.kind in UNDOABLE


class Changes:
    """Keeps them and tells them; the verbs of people undo them."""

    def __init__(
        self, clock: Clock, entropy: Entropy, ring: KeyRing, ledger: Ledger = OF_ACCOUNTS
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._ledger = ledger
        self._documents = Documents(ring, ledger.name)

    def keep(
        self,
        tx: Tx,
        subject: str,
        by: str,
        kind: str,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        reason: str = "",
    ) -> str:
        """Keep one, in the transaction that makes it."""
        name = self._entropy.token(16)
        last = tx.execute(self._ledger.newest, {"subject_": subject}).scalar() or 0
        row = {
            "id": name,
            self._ledger.subject: subject,
            # In order, also of two in the same moment.
            "at": max(self._clock.micros(), last + 1),
            "by": by,
            "kind": kind,
            "document": self._documents.seal(
                name, {"before": dict(before), "after": dict(after), "reason": reason}
            ),
            "undone_at": None,
        }
        tx.execute(self._ledger.add, row)
        return name

    def load(self, tx: Tx, change: str) -> Change | None:
        """One change by its id."""
        row = tx.execute(self._ledger.load, {"change": change}).first()
        return self._read(row) if row else None

    def listed(
        self,
        tx: Tx,
        subject: str,
        after: str = "",
        most: int = PAGE,
        shown: Callable[[Change], bool] = lambda _one: True,
    ) -> list[Change]:
        """What was changed of it, the newest first: fewer than `most` only at the end."""
        found: list[Change] = []
        while len(found) < most:
            at, name = read_place(after) or (END, "")
            known = {"subject_": subject, "before_at": at, "before_id": name, "most": most}
            read = [self._read(row) for row in tx.execute(self._ledger.listed, known).all()]
            found += [one for one in read if shown(one)]
            if len(read) < most:
                break
            after = read[-1].cursor
        return found[:most]

    def touched_since(self, tx: Tx, account: str, since: int) -> tuple[str, ...]:
        """The fields that were edited from a second on."""
        known = {"subject_": account, "since": since * MICROSECONDS}
        found = [self._read(row) for row in tx.execute(self._ledger.since, known).all()]
        return tuple(sorted({name for one in found if one.kind == "edited" for name in one.after}))

    def maker(self, tx: Tx, account: str) -> str:
        """Who made an account among administrators; nothing where it came otherwise."""
        known = {"subject_": account, "since": 0}
        found = [
            row.by for row in tx.execute(self._ledger.since, known).all() if row.kind == "created"
        ]
        return found[0] if found else ""

    def editors(self, tx: Tx, account: str, name: str) -> frozenset[str]:
        """Who ever edited this field of an account."""
        known = {"subject_": account, "since": 0}
        found = [self._read(row) for row in tx.execute(self._ledger.since, known).all()]
        return frozenset(one.by for one in found if one.kind == "edited" and name in one.after)

    def mark_undone(self, tx: Tx, change: str) -> bool:
        """True for the one who undoes it."""
        known = {"change": change, "now": self._clock.now()}
        return tx.execute(self._ledger.undo, known).first() is not None

    def _read(self, row: Found) -> Change:
        known = self._documents.open(row.id, row.document)
        return Change(
            row.id,
            getattr(row, self._ledger.subject),
            row.at // MICROSECONDS,
            row.by,
            row.kind,
            known["before"],
            known["after"],
            known["reason"],
            row.undone_at is not None,
            place_after(row.at, row.id),
        )
