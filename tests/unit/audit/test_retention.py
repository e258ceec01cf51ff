# SPDX-License-Identifier: Apache-2.0
"""What is old goes, the chain stays whole, and no cut can be passed off as the retention rule."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from idp.audit import retention
from idp.audit.anchor import AnchorLine
from idp.audit.append_only import append_only_ddl
from idp.audit.models import AuditStartRow
from idp.audit.proof import ProofKeys
from idp.audit.retention import Misremoved, Removed, Retention
from tests.unit.audit.conftest import KEY, Trail

DAY = 86_400
KEEP = 200 * DAY
EVERYTHING = 2**62
KEYS = {"audit_events": "id", "audit_seals": "seq", "audit_batches": "number"}
TABLES = tuple(KEYS)


def rule(trail: Trail, *, keep: int = KEEP, chunk: int = 1000) -> Retention:
    return Retention(trail.db, trail.clock, trail.audit, KEY, keep, chunk=chunk)


def counts(trail: Trail) -> list[int]:
    return [trail.rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES]


def first_seal(trail: Trail) -> int:
    return trail.rows("SELECT min(seq) FROM audit_seals")[0][0]


def live(trail: Trail, days: int, a_day: int = 2) -> None:
    """So many days, with something happening on each."""
    for _day in range(days):
        trail.clock.seconds += DAY
        trail.record(a_day)
        assert trail.seal() >= a_day


@pytest.fixture
def old(trail: Trail) -> Trail:
    """Triggers in place; 20 batches of two, of which 9 are older than the rule on the last day."""
    for statement in append_only_ddl(trail.db.engine.dialect.name):
        trail.sql(statement.replace(":", "\\:"))
    live(trail, 10)
    trail.clock.seconds += KEEP - 10 * DAY
    live(trail, 10)
    trail.anchor()
    return trail


def test_what_is_old_goes_and_the_chain_is_whole(old):
    assert old.verify(anchored=True).sealed == 40
    assert rule(old).run(EVERYTHING) == Removed(18)
    assert counts(old) == [22 + 1, 22, 11]
    assert first_seal(old) == 19
    verdict = old.verify(anchored=True)
    assert (verdict.ok, verdict.sealed, verdict.unsealed) == (True, 22, 1)
    assert (verdict.start.number, verdict.start.last_seq) == (9, 18)
    # It says that it did, in the chain itself.
    kind, detail = old.rows("SELECT kind, detail FROM audit_events ORDER BY id DESC LIMIT 1")[0]
    assert kind == "audit.removed"
    said = json.loads(detail)
    assert (said["number"], said["seal"]) == (18, 18)
    assert old.seal() == 1
    assert old.anchor() == 1
    assert old.found(anchored=True) == []


def test_nothing_more_goes_until_another_day_is_old(old):
    assert rule(old).run(EVERYTHING).events == 18
    old.clock.seconds += DAY // 4
    assert rule(old).run(EVERYTHING) == Removed()
    live(old, 1)
    assert rule(old).run(EVERYTHING).events == 2
    assert old.found(anchored=True) == []
    assert len(old.rows("SELECT number FROM audit_starts")) == 2


def test_nothing_younger_than_the_rule_goes(old):
    oldest_kept = old.rows("SELECT min(sealed_at) FROM audit_batches WHERE number > 9")[0][0]
    rule(old).run(EVERYTHING)
    assert old.rows("SELECT min(sealed_at) FROM audit_batches") == [(oldest_kept,)]
    assert oldest_kept >= (old.clock.seconds - KEEP) // DAY * DAY
    gone = old.rows("SELECT sealed_at FROM audit_starts")[0][0]
    assert gone < (old.clock.seconds - KEEP) // DAY * DAY


def test_no_rule_removes_nothing(old):
    assert rule(old, keep=0).run(EVERYTHING) == Removed()
    assert counts(old) == [40, 40, 20]


def test_it_goes_in_small_parts_of_whole_batches(old):
    # 5 events: two batches of two; a round does twenty parts at most.
    assert rule(old, chunk=5).run(EVERYTHING).events == 18
    assert [n for (n,) in old.rows("SELECT last_seq FROM audit_starts ORDER BY number")] == [
        4, 8, 12, 16, 18,
    ]  # fmt: skip
    assert old.found(anchored=True) == []


def test_a_batch_larger_than_a_part_goes_whole(old):
    assert rule(old, chunk=1).run(EVERYTHING).events == 18
    assert old.found(anchored=True) == []


def test_it_stops_when_it_is_told_to(old):
    assert rule(old, chunk=5).run(EVERYTHING, lambda: True).events == 4
    assert old.found(anchored=True) == []


def test_what_others_have_not_read_stays(old):
    assert rule(old).run(7).events == 6
    assert first_seal(old) == 7
    assert old.found(anchored=True) == []


def test_the_newest_batch_stays_however_old_and_the_chain_goes_on(trail):
    live(trail, 3)
    trail.clock.seconds += KEEP
    for _each in range(3):
        trail.clock.seconds += 2 * DAY
        trail.record()
        trail.seal()
    trail.clock.seconds += 5 * DAY
    shorter = rule(trail, keep=DAY)
    assert shorter.run(EVERYTHING).events == 8
    assert counts(trail)[2] == 1
    assert trail.seal() == 1
    assert trail.found() == []


def test_rl_009_a_clock_that_jumps_removes_nothing(old):
    before = counts(old)
    old.clock.seconds += 365 * DAY
    assert rule(old).run(EVERYTHING) == Removed()
    # Nor once something has happened in that year.
    old.record()
    old.seal()
    assert rule(old).run(EVERYTHING) == Removed()
    assert counts(old) == [before[0] + 1, before[1] + 1, before[2] + 1]
    # Whoever has lived by it for days is believed.
    live(old, 3)
    assert rule(old).run(EVERYTHING).events > 0
    assert old.found(anchored=True) == []


def test_of_two_at_once_one_removes(old):
    gate = threading.Barrier(2)

    def go(_number: int) -> int:
        gate.wait()
        return rule(old).run(EVERYTHING).events

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(go, range(2))) == 18
    assert old.found(anchored=True) == []


def test_what_another_removes_meanwhile_is_no_tampering(old, monkeypatch):
    """Of several servers one may be proving what another one has just removed."""
    real, others = retention.prove_oldest, []

    def proved(*arguments):
        monkeypatch.setattr(retention, "prove_oldest", real)
        others.append(rule(old).run(EVERYTHING))
        return real(*arguments)

    monkeypatch.setattr(retention, "prove_oldest", proved)
    assert rule(old, chunk=10).run(EVERYTHING) == Removed()
    assert others == [Removed(18)]
    assert old.found(anchored=True) == []


def test_a_removal_that_fails_leaves_everything(old, monkeypatch):
    def fail(*_arguments: object) -> None:
        raise Misremoved("stopped")

    monkeypatch.setattr(old.audit, "record", fail)
    with pytest.raises(Misremoved):
        rule(old).run(EVERYTHING)
    assert counts(old) == [40, 40, 20]
    assert old.found(anchored=True) == []


# Evidence stays.


def without_triggers(trail: Trail) -> Trail:
    live(trail, 10)
    trail.clock.seconds += KEEP - 10 * DAY
    live(trail, 10)
    trail.anchor()
    return trail


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_events SET account = 'other' WHERE id = 5",
        "DELETE FROM audit_events WHERE id = 5",
        "DELETE FROM audit_seals WHERE seq = 5",
        "UPDATE audit_batches SET sealed_at = sealed_at - 1 WHERE number = 3",
        "DELETE FROM audit_batches WHERE number = 3",
    ],
)
def test_wb_024_what_does_not_prove_is_kept_and_told(trail, change):
    without_triggers(trail).sql(change)
    seen, left = trail.found(anchored=True), counts(trail)
    done = rule(trail).run(EVERYTHING)
    assert (done.events, done.held is not None) == (0, True)
    assert counts(trail) == left
    assert trail.found(anchored=True) == seen


def test_wb_024_it_goes_up_to_what_does_not_prove(trail):
    without_triggers(trail).sql("UPDATE audit_events SET account = 'other' WHERE id = 11")
    done = rule(trail, chunk=10).run(EVERYTHING)
    assert done.events == 10
    assert (done.held.what.name, done.held.place) == ("EDITED", "seal 11, event 11")
    assert ("EDITED", "seal 11, event 11") in trail.found(anchored=True)


# Nobody without the key can make a cut look like retention.


def removed(trail: Trail) -> Trail:
    without_triggers(trail)
    assert rule(trail, chunk=10).run(EVERYTHING).events == 18
    trail.seal()
    assert trail.found(anchored=True) == []
    return trail


def test_wb_024_a_cut_beyond_the_start_is_seen(trail):
    removed(trail)
    trail.sql("DELETE FROM audit_events WHERE id <= 22")
    trail.sql("DELETE FROM audit_seals WHERE seq <= 22")
    trail.sql("DELETE FROM audit_batches WHERE number <= 11")
    assert ("SEALS_REMOVED", "seal 19-22") in trail.found()
    assert ("BATCH_REMOVED", "batch 10") in trail.found()


def test_wb_024_a_start_that_was_made_elsewhere_is_seen(trail):
    removed(trail)
    head = trail.rows("SELECT head, sealed_at FROM audit_batches WHERE number = 11")[0]
    trail.sql("DELETE FROM audit_events WHERE id <= 22")
    trail.sql("DELETE FROM audit_seals WHERE seq <= 22")
    trail.sql("DELETE FROM audit_batches WHERE number <= 11")
    made = {"number": 11, "last_seq": 22, "head": head[0], "sealed_at": head[1], "removed_at": 1}
    with trail.db.write() as tx:
        tx.execute(insert(AuditStartRow), made | {"mac": bytes(32)})
    found = trail.found()
    assert ("START_CHANGED", "seal 22, batch 11") in found
    assert ("SEALS_REMOVED", "seal 19-22") in found


@pytest.mark.parametrize(
    "change", ["last_seq = last_seq + 2", "sealed_at = 1", "removed_at = 1", "number = 10",
               "head = mac", "mac = head"]
)  # fmt: skip
def test_wb_024_a_start_that_was_changed_is_seen(trail, change):
    removed(trail)
    trail.sql(f"UPDATE audit_starts SET {change} WHERE number = 9")
    assert any(what == "START_CHANGED" for what, _where in trail.found())


def test_wb_024_a_start_that_was_removed_is_seen(trail):
    removed(trail)
    trail.sql("DELETE FROM audit_starts")
    found = trail.found()
    assert ("SEALS_REMOVED", "seal 1-18") in found
    assert ("BATCH_REMOVED", "batch 1") in found


def test_wb_024_what_is_put_back_before_the_start_is_seen(trail):
    without_triggers(trail)
    event = trail.rows("SELECT * FROM audit_events WHERE id = 5")[0]
    seal, batch = (
        trail.rows(f"SELECT * FROM audit_{name} WHERE {key} = 5")[0]
        for name, key in (("seals", "seq"), ("batches", "number"))
    )
    rule(trail).run(EVERYTHING)
    trail.seal()
    for name, row in (("events", event), ("seals", seal), ("batches", batch)):
        values = {f"v{n}": value for n, value in enumerate(row)}
        trail.sql(f"INSERT INTO audit_{name} VALUES (:{', :'.join(values)})", **values)
    assert trail.found(anchored=True) == [
        ("BEFORE_START", "batch 5"),
        ("BEFORE_START", "seal 5, event 5"),
    ]


def test_wb_024_an_older_copy_put_back_is_told_by_the_anchor(trail):
    without_triggers(trail)
    trail.sql("DELETE FROM audit_events WHERE id > 30")
    trail.sql("DELETE FROM audit_seals WHERE seq > 30")
    trail.sql("DELETE FROM audit_batches WHERE number > 15")
    assert trail.found(anchored=True) == [("TRUNCATED", "batch 16")]
    rule(trail, keep=KEEP + 5 * DAY).run(EVERYTHING)
    assert ("TRUNCATED", "batch 16") in trail.found(anchored=True)


# The anchor file.


def test_an_anchor_that_lacks_what_was_removed_goes_on_from_the_start(trail):
    live(trail, 5)
    trail.anchor()
    live(trail, 5)
    trail.clock.seconds += KEEP - 10 * DAY
    live(trail, 10)
    rule(trail).run(EVERYTHING)
    trail.seal()
    assert trail.anchor() == 12
    assert trail.found(anchored=True) == []
    lines = trail.anchor_path.read_text().splitlines(keepends=True)
    # A hole that no start explains is one.
    trail.anchor_path.write_text("".join(lines[:7] + lines[8:]))
    assert trail.found(anchored=True) == [("ANCHOR_CHANGED", "anchor line 8")]


def test_wb_024_an_anchor_of_another_history_is_told(trail):
    removed(trail)
    lines = trail.anchor_path.read_text().splitlines(keepends=True)
    # The line of the start's own batch, as another chain would have it.
    wrong = AnchorLine(9, 18, bytes(32), 5).text(ProofKeys.derive(KEY).anchor)
    trail.anchor_path.write_text("".join([*lines[:8], wrong, *lines[9:]]))
    assert trail.found(anchored=True) == [("ANCHOR_DIFFERS", "batch 9")]


# The triggers.


def test_wb_024_triggers_let_go_only_what_lies_before_the_start(old):
    rule(old, chunk=10).run(EVERYTHING)
    for table, key in (*KEYS.items(), ("audit_starts", "number")):
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET {key} = 1"):
            with pytest.raises(DBAPIError, match="append-only"):
                old.sql(change)
    left = counts(old)
    for table, where in (("events", "id = 19"), ("seals", "seq = 19"), ("batches", "number = 10")):
        with pytest.raises(DBAPIError, match="append-only"):
            old.sql(f"DELETE FROM audit_{table} WHERE {where}")
    assert counts(old) == left
