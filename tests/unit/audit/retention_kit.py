# SPDX-License-Identifier: Apache-2.0
"""An audit that is old enough for the retention rule."""

from sqlalchemy import insert

from idp.audit.models import AuditStartRow
from idp.audit.retention import Retention
from tests.unit.audit.conftest import DAY, KEEP, KEY, Trail


def everything(_tx: object) -> int:
    """Everybody else has read all of it."""
    return 2**62


KEYS = {"audit_events": "id", "audit_seals": "seq", "audit_batches": "number"}
TABLES = tuple(KEYS)


def rule(trail: Trail, *, keep: int = KEEP, chunk: int = 1000) -> Retention:
    return Retention(trail.db, trail.clock, trail.audit, KEY, keep, chunk=chunk)


def counts(trail: Trail) -> list[int]:
    return [trail.rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES]


def first_seal(trail: Trail) -> int:
    return trail.rows("SELECT min(seq) FROM audit_seals")[0][0]


def without_triggers(trail: Trail) -> Trail:
    trail.live(10)
    trail.clock.seconds += KEEP - 10 * DAY
    trail.live(10)
    trail.anchor()
    return trail


def removed(trail: Trail) -> Trail:
    without_triggers(trail)
    assert rule(trail, chunk=10).run(everything).events == 18
    trail.seal()
    assert trail.found(anchored=True) == []
    return trail


def forge_start(trail: Trail, number: int, last_seq: int) -> None:
    made = {"number": number, "last_seq": last_seq, "head": bytes(32), "mac": bytes(32)}
    with trail.db.write() as tx:
        tx.execute(insert(AuditStartRow), made | {"sealed_at": 1, "limit_at": 1, "removed_at": 1})
