# SPDX-License-Identifier: Apache-2.0
"""What a person agreed that an application may read."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Tx, table_of
from idp.grants.lasting import SCOPE as LASTING
from idp.grants.models import ConsentRow
from idp.origin import Origin

table = table_of(ConsentRow)
LOAD = select(table.c.scope, table.c.given_at).where(
    table.c.account_id == bindparam("account"), table.c.application == bindparam("application_")
)
# FOR SHARE: who takes it back waits for what is being given on it, and ends that too (OA-175).
HOLD = LOAD.with_for_update(read=True)
# Whoever agrees anew meanwhile waits: what they agree to is not overwritten by what was before.
SEIZE = LOAD.with_for_update()
LISTED = select(table.c.application, table.c.scope, table.c.given_at).where(
    table.c.account_id == bindparam("account")
)
NEW = upsert(table)
GIVE = NEW.on_conflict_do_update(
    index_elements=["account_id", "application"],
    set_={name: NEW.excluded[name] for name in ("scope", "given_at")},
)
NARROW = (
    update(table)
    .where(
        table.c.account_id == bindparam("account"),
        table.c.application == bindparam("application_"),
    )
    .values(scope=bindparam("left"))
)
WITHDRAW = (
    delete(table)
    .where(
        table.c.account_id == bindparam("account"),
        table.c.application == bindparam("application_"),
    )
    .returning(table.c.scope)
)


@dataclass(frozen=True, slots=True)
class Given:
    """What one application may read, and since when."""

    application: str
    scope: tuple[str, ...]
    at: int


class Consents:
    """The verbs of consent."""

    def __init__(self, clock: Clock, audit: Audit) -> None:
        self._clock = clock
        self._audit = audit

    def given(self, tx: Tx, account: str, application: str, *, lasting: int = 0) -> frozenset[str]:
        """What the person agreed to so far.

        `lasting`: so long they let it in while they are away, as they were told; no longer.
        """
        known = {"account": account, "application_": application}
        row = tx.execute(LOAD, known).first()
        given = frozenset(row.scope.split()) if row else frozenset()
        is_over = row is not None and lasting and row.given_at + lasting <= self._clock.now()
        return given - {LASTING} if is_over else given

    def left(self, tx: Tx, account: str, application: str, lasting: int) -> int:
        """How much of that time is left by now; held until the end of the transaction."""
        known = {"account": account, "application_": application}
        row = tx.execute(HOLD, known).first()
        if row is None or LASTING not in row.scope.split():
            return 0
        left: int = row.given_at + lasting - self._clock.now()
        return max(0, min(left, lasting))

    def listed(self, tx: Tx, account: str) -> list[Given]:
        """Everything the person agreed to, the latest first."""
        rows = tx.execute(LISTED, {"account": account}).all()
        found = [Given(row.application, tuple(row.scope.split()), row.given_at) for row in rows]
        return sorted(found, key=lambda one: (-one.at, one.application))

    def give(
        self, tx: Tx, account: str, application: str, scope: tuple[str, ...], origin: Origin
    ) -> None:
        """The person agrees to exactly what was shown, in place of what was agreed before."""
        row = {
            "account_id": account,
            "application": application,
            "scope": " ".join(scope),
            "given_at": self._clock.now(),
        }
        tx.execute(GIVE, row)
        event = Event(
            "consent.given",
            account=account,
            application=application,
            detail={"scope": " ".join(scope)},
        )
        self._audit.record(tx, event, origin)

    def take_out(self, tx: Tx, account: str, application: str, word: str) -> None:
        """One part of what was agreed to counts no more; the caller says why."""
        known = {"account": account, "application_": application}
        given = (tx.execute(SEIZE, known).scalar() or "").split()
        if word in given:
            left = " ".join(one for one in given if one != word)
            tx.execute(NARROW, {**known, "left": left})

    def withdraw(self, tx: Tx, account: str, application: str, origin: Origin) -> bool:
        """The person takes it back; the caller ends the application's tokens."""
        known = {"account": account, "application_": application}
        if tx.execute(WITHDRAW, known).first() is None:
            return False
        event = Event("consent.withdrawn", account=account, application=application)
        self._audit.record(tx, event, origin)
        return True
