# SPDX-License-Identifier: Apache-2.0
"""Proving the audit whole from the console: in the background, with its progress and its result.

One at a time. Whoever proves it says now and then that they are still at it; after a process has
died, nobody says so any more, and another may begin.
"""

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import bindparam, func, insert, select, update

from idp.administration.authority import Authority, Denied
from idp.administration.models import VerificationRow
from idp.administration.rights import Right
from idp.audit.models import AuditSealRow
from idp.audit.record import Audit
from idp.audit.start import latest_start
from idp.audit.verify import Verdict, verify
from idp.clock import Clock, Entropy
from idp.db import Database, Found, Tx, table_of
from idp.logs import get

# Seconds without a word after which it is given up.
SILENT: Final = 120
TELL_EVERY: Final = 20_000
LISTED: Final = 50
KEPT: Final = 20
table = table_of(VerificationRow)
COLUMNS = tuple(table.c)
NEW = insert(table)
LATEST = select(*COLUMNS).order_by(table.c.asked_at.desc(), table.c.id).limit(KEPT)
RUNNING = select(table.c.id).where(
    table.c.ended_at.is_(None), table.c.seen_at > bindparam("heard_since")
)
TELL = (
    update(table)
    .where(table.c.id == bindparam("which"))
    .values(done=bindparam("done_"), seen_at=bindparam("now"))
    .returning(table.c.id)
)
END = (
    update(table)
    .where(table.c.id == bindparam("which"))
    .values(
        done=bindparam("done_"),
        ended_at=bindparam("now"),
        seen_at=bindparam("now"),
        verdict=bindparam("verdict_"),
        unsealed=bindparam("unsealed_"),
        faults=bindparam("faults_"),
        more=bindparam("more_"),
    )
    .returning(table.c.id)
)
LAST = select(func.max(table_of(AuditSealRow).c.seq))
log = get("audit")


@dataclass(frozen=True, slots=True)
class Verification:
    """One proof: going on while `verdict` is empty; then whole, broken, or failed."""

    id: str
    asked_by: str
    asked_at: int
    done: int
    total: int
    ended_at: int | None
    verdict: str
    unsealed: int
    # Where, and what.
    faults: tuple[tuple[str, str], ...]
    more: int
    # Nobody has heard of it for long: its process has died.
    given_up: bool = False

    @property
    def state(self) -> str:
        """whole, broken or failed; given-up or running where nothing was found yet."""
        return self.verdict or ("given-up" if self.given_up else "running")

    @property
    def percent(self) -> int:
        """How much is done."""
        return min(100 * self.done // self.total, 100) if self.total else 100


class Verifying:
    """The verbs, and the one thread that proves."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        entropy: Entropy,
        audit: Audit,
        key: bytes,
        anchor: Path | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._audit = audit
        self._key = key
        self._anchor = anchor
        self._thread: threading.Thread | None = None

    def listed(self, tx: Tx, authority: Authority) -> Denied | tuple[Verification, ...]:
        """The last ones, the newest first."""
        if denied := authority.refuses(Right.AUDIT_SEE):
            return denied
        now = self._clock.now()
        return tuple(_read(row, now) for row in tx.execute(LATEST, {}).all())

    def ask(self, tx: Tx, authority: Authority) -> Denied | str | None:
        """Note that the audit is to be proved; its id, or None where that is going on already."""
        if denied := authority.refuses(Right.AUDIT_SEE):
            return denied
        now = self._clock.now()
        if tx.execute(RUNNING, {"heard_since": now - SILENT}).first() is not None:
            return None
        asked = self._entropy.token(16)
        row = {"id": asked, "asked_by": authority.actor, "asked_at": now, "seen_at": now}
        total = (tx.execute(LAST, {}).scalar() or 0) - latest_start(tx).last_seq
        row |= {"done": 0, "total": total, "ended_at": None}
        tx.execute(NEW, row | {"verdict": "", "unsealed": 0, "faults": "[]", "more": 0})
        self._audit.record(tx, authority.event("audit.verification_asked"), authority.origin)
        return asked

    def start(self, asked: str) -> None:
        """Prove it, beside everything else; call it after what `ask` wrote is durable."""
        self._thread = threading.Thread(
            target=self._run, args=(asked,), name="audit-verification", daemon=True
        )
        self._thread.start()

    def wait(self, seconds: float = 30.0) -> None:
        """Until the one that was started here has ended."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self, asked: str) -> None:
        try:
            self.prove(asked)
        finally:
            self._database.forget()

    def prove(self, asked: str) -> None:
        """Prove it here and now, and note what was found."""
        told = 0

        def tell(done: int) -> None:
            nonlocal told
            if done - told >= TELL_EVERY:
                told = done
                self._note(TELL, {"which": asked, "done_": done})

        try:
            verdict = verify(self._database, self._key, self._anchor, tell)
        except Exception as fault:  # noqa: BLE001 - whoever asked must learn that it did not end well
            log.warning("verification failed", why=type(fault).__name__)
            empty = {"verdict_": "failed", "unsealed_": 0, "faults_": "[]", "more_": 0}
            self._note(END, {"which": asked, "done_": told, **empty})
            return
        self._note(END, {"which": asked, **_told(verdict)})

    def _note(self, statement: object, values: dict[str, object]) -> None:
        with self._database.write() as tx:
            tx.execute(statement, values | {"now": self._clock.now()})  # type: ignore[call-overload]


def _told(verdict: Verdict) -> dict[str, object]:
    faults = [(one.place, one.what.name.lower()) for one in verdict.faults[:LISTED]]
    return {
        "done_": verdict.sealed,
        "verdict_": "whole" if verdict.ok else "broken",
        "unsealed_": verdict.unsealed,
        "faults_": json.dumps(faults),
        "more_": verdict.more + max(len(verdict.faults) - LISTED, 0),
    }


def _read(row: Found, now: int) -> Verification:
    return Verification(
        id=row.id,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        done=row.done,
        total=row.total,
        ended_at=row.ended_at,
        verdict=row.verdict,
        unsealed=row.unsealed,
        faults=tuple((str(where), str(what)) for where, what in json.loads(row.faults)),
        more=row.more,
        given_up=row.ended_at is None and row.seen_at <= now - SILENT,
    )
