# SPDX-License-Identifier: Apache-2.0
"""A recorded and sealed audit to tamper with."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from idp.audit.anchor import Anchor
from idp.audit.record import Audit, Event
from idp.audit.seal import Sealer
from idp.audit.verify import Verdict, verify
from idp.db import Database
from idp.migrations.versions.v0017_audit_starts import append_only_ddl
from idp.origin import Origin

KEY = bytes(range(32))
DAY = 86_400
KEEP = 200 * DAY
ORIGIN = Origin("192.0.2.7", "Mozilla/5.0", "req-1")


@dataclass
class HeldClock:
    """A clock that moves when told."""

    seconds: int = 1_800_000_000

    def now(self) -> int:
        return self.seconds

    def micros(self) -> int:
        return self.seconds * 1_000_000

    def monotonic(self) -> float:
        return float(self.seconds)


@dataclass
class Trail:
    """An audit with its sealer, and the hand of somebody who holds the database."""

    db: Database
    folder: Path
    clock: HeldClock = field(default_factory=HeldClock)

    def __post_init__(self):
        self.audit = Audit(self.clock, KEY)
        self.sealer = Sealer(self.clock, KEY)
        self.anchor_path = self.folder / "anchor"

    def record(self, count: int = 1, kind: str = "login.password") -> None:
        with self.db.write() as tx:
            for number in range(count):
                event = Event(kind, account=f"account-{number}", detail={"number": number})
                self.audit.record(tx, event, ORIGIN)

    def live(self, days: int, a_day: int = 2) -> None:
        """So many days, with something happening on each."""
        for _day in range(days):
            self.clock.seconds += DAY
            self.record(a_day)
            assert self.seal() >= a_day

    def seal(self) -> int:
        return self.sealer.run_once(self.db)

    def anchor(self) -> int:
        return Anchor(self.anchor_path, KEY).follow(self.db)

    def verify(self, *, anchored: bool = False) -> Verdict:
        return verify(self.db, KEY, self.anchor_path if anchored else None)

    def sql(self, statement: str, **values: object) -> None:
        with self.db.write() as tx:
            tx.execute(text(statement), values)

    def rows(self, statement: str) -> list[tuple]:
        with self.db.read() as tx:
            return [tuple(row) for row in tx.execute(text(statement)).all()]

    def found(self, *, anchored: bool = False) -> list[tuple[str, str]]:
        """What is wrong and where, shortly."""
        verdict = self.verify(anchored=anchored)
        assert verdict.ok is (not verdict.faults)
        return [(fault.what.name, fault.place) for fault in verdict.faults]


@pytest.fixture
def trail(database, tmp_path):
    return Trail(database, tmp_path)


@pytest.fixture
def sealed(trail):
    """Ten events in batches of 4, 3 and 3, all sealed and anchored."""
    for count in (4, 3, 3):
        trail.clock.seconds += 1
        trail.record(count)
        assert trail.seal() == count
    assert trail.anchor() == 3
    return trail


@pytest.fixture
def old(trail):
    """Triggers in place; 20 batches of two, of which 9 are older than the rule on the last day."""
    for statement in append_only_ddl(trail.db.engine.dialect.name):
        trail.sql(statement.replace(":", "\\:"))
    trail.live(10)
    trail.clock.seconds += KEEP - 10 * DAY
    trail.live(10)
    trail.anchor()
    return trail
