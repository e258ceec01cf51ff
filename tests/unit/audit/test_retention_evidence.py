# SPDX-License-Identifier: Apache-2.0
"""WB-024: evidence stays, and no cut can be passed off as the retention rule."""

import json

import pytest
from sqlalchemy.exc import DBAPIError

from idp.audit import verify
from idp.audit.anchor import AnchorLine
from idp.audit.proof import ProofKeys
from idp.audit.seal import Sealer
from tests.unit.audit.conftest import KEY, ORIGIN, Trail
from tests.unit.audit.retention_kit import (
    DAY,
    KEEP,
    KEYS,
    counts,
    everything,
    forge_start,
    removed,
    rule,
    without_triggers,
)

# Evidence stays.


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
    done = rule(trail).run(everything)
    assert (done.events, done.held is not None) == (0, True)
    assert counts(trail) == left
    assert trail.found(anchored=True) == seen


def test_wb_024_it_goes_up_to_what_does_not_prove(trail):
    without_triggers(trail).sql("UPDATE audit_events SET account = 'other' WHERE id = 11")
    done = rule(trail, chunk=10).run(everything)
    assert done.events == 10
    assert (done.held.what.name, done.held.place) == ("EDITED", "seal 11, event 11")
    assert ("EDITED", "seal 11, event 11") in trail.found(anchored=True)


FIVE, SEVEN = "seal 5, event 5", "seal 7, event 7"


def test_wb_024_somebody_says_what_was_looked_into(trail):
    """Whoever may insert alone must not end the rule for good."""
    without_triggers(trail)
    trail.sql("UPDATE audit_events SET account = 'other' WHERE id = 5")
    trail.sql("DELETE FROM audit_events WHERE id = 7")
    assert rule(trail).run(everything, past=(FIVE,)).held.place == SEVEN
    assert rule(trail).run(everything, past=(SEVEN,)).held.place == FIVE
    done = rule(trail).run(everything, past=(FIVE, SEVEN), origin=ORIGIN)
    assert (done.events, done.held) == (17, None)
    told = trail.rows("SELECT detail, address FROM audit_events ORDER BY id DESC LIMIT 1")[0]
    assert json.loads(told[0])["faults"] == 2
    assert told[1] == ORIGIN.address
    assert trail.found(anchored=True) == []


def test_wb_024_a_start_of_somebody_else_s_is_not_built_upon(trail):
    """What does not prove would be gone, and a good start lie over the forged one."""
    without_triggers(trail)
    trail.sql("UPDATE audit_events SET account = 'other' WHERE id = 5")
    forge_start(trail, 5, 10)
    for table, key, last in (("events", "id", 10), ("seals", "seq", 10), ("batches", "number", 5)):
        trail.sql(f"DELETE FROM audit_{table} WHERE {key} <= {last}")
    done = rule(trail).run(everything)
    assert (done.events, done.held.what.name) == (0, "START_CHANGED")
    assert ("START_CHANGED", "seal 10, batch 5") in trail.found(anchored=True)


def test_wb_024_a_start_in_the_far_future_is_told(old):
    forge_start(old, 10**9, 10**9)
    done = rule(old).run(everything)
    assert (done.events, done.held.what.name) == (0, "START_CHANGED")
    # Once it was looked into, the chain goes on from the last start that is ours.
    assert rule(old, chunk=8).run(everything, past=(done.held.place,)).events == 18
    assert [what for what, _where in old.found(anchored=True)] == ["START_CHANGED"]


def test_wb_024_a_batch_of_somebody_else_s_is_passed_when_they_say_so(trail):
    """The sealer goes on behind it: nobody could remove what comes after."""
    trail.live(9)
    trail.sql(
        "INSERT INTO audit_batches (number, first_seq, last_seq, last_event, head, sealed_at, mac)"
        " VALUES (10, 18, 18, 18, :head, :now, :head)",
        head=bytes(32),
        now=trail.clock.seconds,
    )
    fresh = Sealer(trail.clock, KEY)
    trail.record(2)
    fresh.run_once(trail.db)
    trail.clock.seconds += KEEP
    trail.live(6)
    done = rule(trail).run(everything)
    assert (done.events, done.held.what.name) == (0, "BATCH_CHANGED")
    seen = [where for _what, where in trail.found()]
    assert rule(trail).run(everything, past=seen).events == 20
    trail.seal()
    assert trail.found() == []


def test_wb_024_no_more_is_passed_than_was_told(trail):
    trail.live(10, 30)
    trail.clock.seconds += KEEP - 10 * DAY
    trail.live(10)
    trail.sql("UPDATE audit_events SET account = 'other' WHERE id <= 250")
    told = [where for _what, where in trail.found()]
    assert len(told) == 200
    done = rule(trail).run(everything, past=told)
    assert (done.events, done.held is not None) == (0, True)


# Nobody without the key can make a cut look like retention.


def test_wb_024_a_cut_beyond_the_start_is_seen(trail):
    removed(trail)
    trail.sql("DELETE FROM audit_events WHERE id <= 22")
    trail.sql("DELETE FROM audit_seals WHERE seq <= 22")
    trail.sql("DELETE FROM audit_batches WHERE number <= 11")
    assert ("SEALS_REMOVED", "seal 19-22") in trail.found()
    assert ("BATCH_REMOVED", "batch 10") in trail.found()


def test_wb_024_a_start_that_was_made_elsewhere_is_seen(trail):
    removed(trail)
    trail.sql("DELETE FROM audit_events WHERE id <= 22")
    trail.sql("DELETE FROM audit_seals WHERE seq <= 22")
    trail.sql("DELETE FROM audit_batches WHERE number <= 11")
    forge_start(trail, 11, 22)
    found = trail.found()
    assert ("START_CHANGED", "seal 22, batch 11") in found
    assert ("SEALS_REMOVED", "seal 19-22") in found


def test_wb_024_a_forged_start_hides_no_missing_anchor(trail):
    removed(trail)
    forge_start(trail, 11, 22)
    trail.anchor_path.unlink()
    assert ("ANCHOR_MISSING", "") in trail.found(anchored=True)


@pytest.mark.parametrize(
    "change",
    [
        "last_seq = last_seq + 2",
        "sealed_at = 1",
        "removed_at = 1",
        "limit_at = 1",
        "number = 10",
        "head = mac",
        "mac = head",
    ],
)
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
    rule(trail).run(everything)
    trail.seal()
    for name, row in (("events", event), ("seals", seal), ("batches", batch)):
        values = {f"v{n}": value for n, value in enumerate(row)}
        trail.sql(f"INSERT INTO audit_{name} VALUES (:{', :'.join(values)})", **values)
    assert trail.found(anchored=True) == [
        ("BEFORE_START", "batch 5"),
        ("BEFORE_START", "seal 5, event 5"),
    ]


@pytest.mark.parametrize(("number", "sealed"), [(5, False), (10**6, False), (10**6, True)])
def test_wb_024_an_event_that_went_does_not_come_back_as_a_new_one(trail, number, sealed):
    """Its proof is good, and there is no original left to compare it with."""
    without_triggers(trail)
    event = trail.rows("SELECT * FROM audit_events WHERE id = 5")[0]
    rule(trail).run(everything)
    trail.seal()
    values = {f"v{n}": value for n, value in enumerate((number, *event[1:]))}
    trail.sql(f"INSERT INTO audit_events VALUES (:{', :'.join(values)})", **values)
    if sealed:
        fresh = Sealer(trail.clock, KEY)
        while fresh.run_once(trail.db):
            pass
    assert [what for what, _where in trail.found()] == ["OUT_OF_TIME"]


def test_what_was_sealed_long_after_it_happened_is_no_copy(trail):
    """A server that was away with events that nobody had sealed."""
    trail.live(3)
    trail.record(2)
    trail.clock.seconds += 100 * DAY
    trail.live(10)
    trail.clock.seconds += KEEP - 50 * DAY
    trail.live(10)
    assert rule(trail).run(everything).events == 6
    assert trail.found() == []


def test_a_clock_that_was_wrong_at_the_start_of_a_server_holds_nothing_up(trail):
    """1970 until the time is fetched: sealed after it, and told for as long as it is there."""
    without_triggers(trail)
    rule(trail).run(everything)
    now = trail.clock.seconds
    trail.clock.seconds = 1000
    Trail(trail.db, trail.folder, trail.clock).record()
    trail.clock.seconds = now
    while trail.seal():
        pass
    assert [what for what, _where in trail.found()] == ["OUT_OF_TIME"]
    trail.clock.seconds += KEEP
    trail.live(6)
    assert rule(trail).run(everything).held is None
    trail.seal()
    assert trail.found() == []


def test_a_backlog_of_several_batches_is_no_copy(trail):
    """A server that sealed nothing for days, or was off, with more than one batch waiting."""
    trail.live(3)
    for _day in range(5):
        trail.clock.seconds += DAY
        trail.record(4)
    trail.clock.seconds += DAY
    small = Sealer(trail.clock, KEY, batch=3)
    while small.run_once(trail.db):
        pass
    trail.clock.seconds += KEEP - 8 * DAY
    trail.live(5)
    assert rule(trail).run(everything).events == 6
    while trail.seal():
        pass
    assert trail.found() == []


def test_wb_024_what_went_put_back_without_its_start_is_seen(trail):
    """All of it, as an old copy holds it: only what the chain says of the removal tells."""
    without_triggers(trail)
    kept = {
        table: trail.rows(f"SELECT * FROM {table} WHERE {key} <= {last}")
        for (table, key), last in zip(KEYS.items(), (18, 18, 9), strict=True)
    }
    rule(trail).run(everything)
    trail.seal()
    trail.anchor()
    trail.sql("DELETE FROM audit_starts")
    for table, rows in kept.items():
        for row in rows:
            values = {f"v{n}": value for n, value in enumerate(row)}
            trail.sql(f"INSERT INTO {table} VALUES (:{', :'.join(values)})", **values)
    assert trail.found(anchored=True) == [("START_REMOVED", "seal 18")]


def test_wb_024_an_older_copy_put_back_is_told_by_the_anchor(trail):
    without_triggers(trail)
    trail.sql("DELETE FROM audit_events WHERE id > 30")
    trail.sql("DELETE FROM audit_seals WHERE seq > 30")
    trail.sql("DELETE FROM audit_batches WHERE number > 15")
    assert trail.found(anchored=True) == [("TRUNCATED", "batch 16")]
    rule(trail, keep=KEEP + 5 * DAY).run(everything)
    assert ("TRUNCATED", "batch 16") in trail.found(anchored=True)


# The anchor file.


def test_an_anchor_that_lacks_what_was_removed_goes_on_from_the_start(trail):
    trail.live(5)
    trail.anchor()
    trail.live(5)
    trail.clock.seconds += KEEP - 10 * DAY
    trail.live(10)
    rule(trail).run(everything)
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


def test_what_is_anchored_while_it_is_verified_is_no_fault(sealed, monkeypatch):
    real = verify.proven_starts

    def meanwhile(*arguments):
        monkeypatch.setattr(verify, "proven_starts", real)
        found = real(*arguments)
        sealed.record(3)
        sealed.seal()
        assert sealed.anchor() == 1
        return found

    monkeypatch.setattr(verify, "proven_starts", meanwhile)
    assert sealed.found(anchored=True) == []
    assert sealed.verify(anchored=True).sealed == 13


# The triggers.


def test_wb_024_triggers_let_go_only_what_lies_before_the_start(old):
    rule(old, chunk=10).run(everything)
    for table, key in (*KEYS.items(), ("audit_starts", "number")):
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET {key} = 1"):
            with pytest.raises(DBAPIError, match="append-only"):
                old.sql(change)
    left = counts(old)
    for table, where in (("events", "id = 19"), ("seals", "seq = 19"), ("batches", "number = 10")):
        with pytest.raises(DBAPIError, match="append-only"):
            old.sql(f"DELETE FROM audit_{table} WHERE {where}")
    assert counts(old) == left


def test_wb_024_a_table_of_one_s_own_does_not_open_the_triggers(old):
    """On PostgreSQL temporary tables are found first by their bare name."""
    if old.db.is_sqlite:
        pytest.skip("SQLite's triggers see the tables of their own file alone")
    with old.db.write() as tx:
        tx.exec_driver_sql("CREATE TEMP TABLE audit_starts (number bigint, last_seq bigint)")
        tx.exec_driver_sql("INSERT INTO audit_starts VALUES (1000000, 1000000)")
        with pytest.raises(DBAPIError, match="append-only"):
            tx.exec_driver_sql("DELETE FROM audit_events WHERE id > 30")
        tx.exec_driver_sql("ROLLBACK")
