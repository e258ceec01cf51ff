# SPDX-License-Identifier: Apache-2.0
"""Sealing: bounded, one at a time, in any order of commit, never in the way of a login."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from idp.audit.anchor import Anchor, AnchorUnreadable
from idp.audit.record import Event
from idp.audit.seal import Sealer
from idp.audit.sealer_thread import SealerThread
from tests.databases import open_database
from tests.unit.audit.conftest import KEY, ORIGIN


def sealed_events(trail) -> list[int]:
    return [row[0] for row in trail.rows("SELECT event_id FROM audit_seals ORDER BY seq")]


def test_batches_are_bounded_and_contiguous(trail):
    trail.record(1201)
    assert [trail.seal() for _ in range(4)] == [500, 500, 201, 0]
    batches = trail.rows("SELECT number, first_seq, last_seq FROM audit_batches ORDER BY number")
    assert batches == [(1, 1, 500), (2, 501, 1000), (3, 1001, 1201)]
    assert trail.verify().ok


def test_nothing_to_seal_writes_nothing(trail):
    assert trail.seal() == 0
    assert trail.rows("SELECT count(*) FROM audit_batches") == [(0,)]


def test_ids_committed_out_of_order_get_a_later_place(trail):
    """A transaction that took a low id and committed late, as PostgreSQL allows."""
    if trail.db.is_sqlite:
        pytest.skip("SQLite has one writer: ids are committed in their order")
    trail.record(5)
    trail.sql("UPDATE audit_events SET id = id + 100 WHERE id > 2")
    assert trail.seal() == 5
    trail.record(1)
    trail.sql("UPDATE audit_events SET id = 50 WHERE id NOT IN (1, 2, 103, 104, 105)")
    trail.clock.seconds += 60
    assert trail.seal() == 1
    assert sealed_events(trail) == [1, 2, 103, 104, 105, 50]
    assert trail.verify().ok


def test_a_late_id_is_found_whatever_time_the_sealer_was_away(trail):
    if trail.db.is_sqlite:
        pytest.skip("SQLite has one writer: ids are committed in their order")
    trail.record(5)
    trail.sql("UPDATE audit_events SET id = id + 100 WHERE id > 2")
    assert trail.seal() == 5
    assert trail.seal() == 0
    trail.record(1)
    trail.sql("UPDATE audit_events SET id = 50 WHERE id NOT IN (1, 2, 103, 104, 105)")
    trail.clock.seconds += 10_000
    assert trail.seal() == 1
    assert trail.verify().ok


def test_a_new_process_looks_at_all_of_them(trail):
    if trail.db.is_sqlite:
        pytest.skip("SQLite has one writer: ids are committed in their order")
    trail.record(3)
    trail.sql("UPDATE audit_events SET id = id + 100 WHERE id > 1")
    assert trail.seal() == 3
    for _ in range(3):
        trail.clock.seconds += 1000
        assert trail.seal() == 0
    trail.record(1)
    trail.sql("UPDATE audit_events SET id = 50 WHERE id NOT IN (1, 102, 103)")
    assert trail.seal() == 0  # older than any transaction lives: not looked for any more
    assert trail.verify().unsealed == 1  # but told
    trail.sealer = Sealer(trail.clock, KEY, batch=2)
    assert trail.seal() == 1
    assert trail.verify().unsealed == 0


def test_a_late_commit_on_postgresql(trail):
    if trail.db.is_sqlite:
        pytest.skip("SQLite has one writer: ids are committed in their order")
    with trail.db.engine.connect() as late:
        late.exec_driver_sql("BEGIN")
        trail.audit.record(late, Event("late"), ORIGIN)
        trail.record(2)
        assert trail.seal() == 2
        late.exec_driver_sql("COMMIT")
    assert trail.seal() == 1
    assert sealed_events(trail) == [2, 3, 1]
    assert trail.verify().ok


def test_sealers_of_several_processes_never_seal_twice(trail):
    trail.record(900)
    url = trail.db.engine.url.render_as_string(hide_password=False)
    barrier = threading.Barrier(4)

    def run() -> int:
        db, sealer, done = open_database(url), Sealer(trail.clock, KEY, batch=50), 0
        if db.is_sqlite:
            # Four that never pause keep one another out for longer than requests wait.
            with db.write() as tx:
                tx.exec_driver_sql("PRAGMA busy_timeout=60000")
        barrier.wait(60)
        for _ in range(60):
            done += sealer.run_once(db)
        db.close()
        return done

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(run) for _ in range(4)]
        total = sum(future.result(240) for future in futures)
    while done := trail.seal():
        total += done
    assert total == 900
    verdict = trail.verify()
    assert (verdict.ok, verdict.sealed, verdict.unsealed) == (True, 900, 0)


def test_a_head_that_moved_between_look_and_write_is_left_alone(trail, monkeypatch):
    trail.record(4)
    other = Sealer(trail.clock, KEY, batch=2)
    real = Sealer._write

    def late(self, *arguments):
        monkeypatch.setattr(Sealer, "_write", real)
        assert other.run_once(trail.db) == 2
        return real(self, *arguments)

    monkeypatch.setattr(Sealer, "_write", late)
    assert trail.seal() == 0
    assert trail.seal() == 2
    assert trail.verify().ok


def test_another_node_holding_the_lock_is_not_waited_for(trail):
    if trail.db.is_sqlite:
        pytest.skip("SQLite's write transaction is the lock")
    trail.record(1)
    with trail.db.engine.connect() as other:
        other.exec_driver_sql("BEGIN")
        other.execute(text("SELECT pg_advisory_xact_lock(7216101002)"))
        assert trail.seal() == 0
        other.exec_driver_sql("ROLLBACK")
    assert trail.seal() == 1


def test_a_failed_batch_leaves_nothing(trail, monkeypatch):
    trail.record(3)
    with monkeypatch.context() as patch:
        patch.setattr(
            Sealer, "_close", lambda self, head, *_: {"number": None, "head": b"", "last_seq": 1}
        )
        with pytest.raises(Exception):  # noqa: B017, PT011
            trail.seal()
    assert trail.rows("SELECT count(*) FROM audit_seals") == [(0,)]
    assert trail.seal() == 3
    assert trail.verify().ok


def test_wb_024_each_head_is_told_to_the_log(trail):
    trail.record(2)
    with capture_logs() as logs:
        trail.seal()
    head = trail.rows("SELECT head FROM audit_batches")[0][0].hex()
    assert logs == [
        {"event": "audit.sealed", "log_level": "info", "number": 1, "last_seq": 2, "head": head}
    ]


def test_a_forged_row_is_told_to_the_log_when_sealed(trail):
    trail.record(1)
    trail.sql("UPDATE audit_events SET level = 3")
    with capture_logs() as logs:
        trail.seal()
    assert {"event": "audit.forged", "log_level": "error", "event_id": 1} in logs


def test_the_anchor_follows_and_several_may_share_it(sealed):
    lines = sealed.anchor_path.read_text().splitlines()
    assert [line.split()[:2] for line in lines] == [["1", "4"], ["2", "7"], ["3", "10"]]
    assert sealed.anchor_path.stat().st_mode & 0o777 == 0o600
    sealed.record(1)
    sealed.seal()
    url = sealed.db.engine.url.render_as_string(hide_password=False)

    def follow() -> int:
        db = open_database(url)
        written = Anchor(sealed.anchor_path, KEY).follow(db)
        db.close()
        return written

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(lambda _: follow(), range(3))) == 1
    assert len(sealed.anchor_path.read_text().splitlines()) == 4
    assert sealed.found(anchored=True) == []


def test_an_anchor_cut_by_a_crash_is_completed(sealed):
    whole = sealed.anchor_path.read_text()
    sealed.anchor_path.write_text(whole[:-30])
    assert sealed.anchor() == 1
    assert sealed.anchor_path.read_text() == whole


def test_an_anchor_that_is_not_ours_is_not_continued(sealed):
    sealed.anchor_path.write_text("something else\n")
    with pytest.raises(AnchorUnreadable):
        sealed.anchor()


def test_wb_024_a_database_behind_its_anchor_is_told(sealed):
    sealed.sql("DELETE FROM audit_batches WHERE number = 3")
    with capture_logs() as logs:
        assert sealed.anchor() == 0
    assert logs == [{"event": "audit.behind_anchor", "log_level": "error", "number": 3}]


def test_the_thread_seals_anchors_and_goes_on_after_a_failure(trail, monkeypatch):
    trail.record(3)
    real, calls, done = trail.sealer.run_once, [], threading.Event()

    def flaky(db):
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("select", {}, Exception("gone"))
        sealed = real(db)
        if not sealed:
            done.set()
        return sealed

    monkeypatch.setattr(trail.sealer, "run_once", flaky)
    thread = SealerThread(trail.db, trail.sealer, 0.01, Anchor(trail.anchor_path, KEY))
    with capture_logs() as logs:
        thread.start()
        assert done.wait(60)
        trail.record(2)
        thread.stop()
    assert [log for log in logs if log["event"] == "audit.seal_failed"] == [
        {"event": "audit.seal_failed", "log_level": "error", "error": "OperationalError"}
    ]
    # What came last was sealed before the end.
    verdict = trail.verify(anchored=True)
    assert (verdict.ok, verdict.sealed, verdict.unsealed) == (True, 5, 0)
    assert len(trail.anchor_path.read_text().splitlines()) >= 1


def test_logins_go_on_while_the_sealer_runs(trail):
    thread = SealerThread(trail.db, trail.sealer, 0.001)
    thread.start()
    with ThreadPoolExecutor(4) as pool:

        def work(_):
            for _ in range(25):
                trail.record(2)

        list(pool.map(work, range(4)))
    thread.stop()
    verdict = trail.verify()
    assert (verdict.ok, verdict.sealed, verdict.unsealed) == (True, 200, 0)
