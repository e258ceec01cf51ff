# SPDX-License-Identifier: Apache-2.0
"""WB-024: whatever somebody who holds the database does to it is seen, and where."""

import pytest
from sqlalchemy.exc import DBAPIError

from idp.audit.verify import verify
from idp.migrations.versions.v0017_audit_starts import append_only_ddl, drop_append_only_ddl
from tests.unit.audit.conftest import KEY

BEYOND = "9223372036854775807"


def test_wb_024_an_honest_audit_is_whole(sealed):
    sealed.record(2)
    verdict = sealed.verify(anchored=True)
    assert (verdict.ok, verdict.sealed, verdict.unsealed) == (True, 10, 2)


def test_an_empty_audit_is_whole(trail):
    assert trail.verify(anchored=True).ok


def test_wb_024_another_key_proves_nothing(sealed):
    assert not verify(sealed.db, bytes(reversed(KEY))).ok


@pytest.mark.parametrize(
    "change",
    [
        "kind = 'login.other'",
        "outcome = 'refused'",
        "account = 'account-other'",
        "account = NULL",
        "application = 'dcc'",
        "session = ''",
        "means = 'card'",
        "level = 3",
        "level = 0",
        "address = '192.0.2.8'",
        "user_agent = 'curl'",
        "request_id = NULL",
        "detail = '{\"number\": 0}'",
        "at = at + 1",
    ],
)
def test_wb_024_each_column_edited_is_seen(sealed, change):
    sealed.sql(f"UPDATE audit_events SET {change} WHERE id = 6")
    assert sealed.found() == [("EDITED", "seal 6, event 6")]


def test_wb_024_two_values_exchanged_between_columns(sealed):
    sealed.sql("UPDATE audit_events SET account = address, address = account WHERE id = 6")
    assert sealed.found() == [("EDITED", "seal 6, event 6")]


def test_wb_024_a_proof_replaced(sealed):
    sealed.sql("UPDATE audit_events SET mac = (SELECT mac FROM audit_events e WHERE e.id = 5) "
               "WHERE id = 6")  # fmt: skip
    assert ("EDITED", "seal 6, event 6") in sealed.found()


def test_wb_024_an_unsealed_row_edited(sealed):
    sealed.record(1)
    sealed.sql("UPDATE audit_events SET level = 3 WHERE id = 11")
    assert sealed.found() == [("INSERTED", "event 11")]
    # Sealing it does not launder it, nor stop the others.
    sealed.record(1)
    assert sealed.seal() == 2
    assert sealed.found() == [("INSERTED", "seal 11, event 11")]


@pytest.mark.parametrize("event", [1, 4, 6, 10])
def test_wb_024_an_event_removed(sealed, event):
    sealed.sql("DELETE FROM audit_events WHERE id = :id", id=event)
    assert sealed.found() == [("EVENT_REMOVED", f"seal {event}, event {event}")]


@pytest.mark.parametrize("seq", [1, 4, 6])
def test_wb_024_a_seal_removed(sealed, seq):
    sealed.sql("DELETE FROM audit_seals WHERE seq = :seq", seq=seq)
    assert sealed.found() == [("SEALS_REMOVED", f"seal {seq}-{seq}")]


def test_wb_024_event_and_seal_removed_in_the_middle(sealed):
    sealed.sql("DELETE FROM audit_seals WHERE seq IN (5, 6)")
    sealed.sql("DELETE FROM audit_events WHERE id IN (5, 6)")
    assert sealed.found() == [("SEALS_REMOVED", "seal 5-6")]


def test_wb_024_removed_and_renumbered(sealed):
    sealed.sql("DELETE FROM audit_seals WHERE seq = 6")
    sealed.sql("DELETE FROM audit_events WHERE id = 6")
    for seq in range(7, 11):
        sealed.sql("UPDATE audit_seals SET seq = seq - 1 WHERE seq = :seq", seq=seq)
    assert sealed.found()[0] == ("MOVED", "seal 6, event 7")


def test_wb_024_two_seals_exchanged(sealed):
    sealed.sql("UPDATE audit_seals SET event_id = 99 WHERE seq = 5")
    sealed.sql("UPDATE audit_seals SET event_id = 5 WHERE seq = 6")
    sealed.sql("UPDATE audit_seals SET event_id = 6 WHERE seq = 5")
    assert ("MOVED", "seal 5, event 6") in sealed.found()


def test_wb_024_two_events_exchanged(sealed):
    for before, after in ((5, 99), (6, 5), (99, 6)):
        sealed.sql("UPDATE audit_events SET id = :after WHERE id = :b", after=after, b=before)
    assert sealed.found()[0] == ("MOVED", "seal 5, event 5")


def test_wb_024_a_hash_changed(sealed):
    sealed.sql("UPDATE audit_seals SET hash = :hash WHERE seq = 5", hash=bytes(32))
    assert sealed.found() == [("MOVED", "seal 5, event 5")]


@pytest.mark.parametrize("cut", [1, 2, 3, 5, 10])
def test_wb_024_the_end_of_seals_cut(sealed, cut):
    sealed.sql("DELETE FROM audit_seals WHERE seq > :left", left=10 - cut)
    assert sealed.found() == [("TRUNCATED", f"seal {11 - cut}-10")]


def test_wb_024_events_and_seals_cut_but_not_batches(sealed):
    sealed.sql("DELETE FROM audit_seals WHERE seq > 8")
    sealed.sql("DELETE FROM audit_events WHERE id > 8")
    assert sealed.found() == [("TRUNCATED", "seal 9-10")]


def test_wb_024_the_end_cut_everywhere_is_told_by_the_anchor(sealed):
    sealed.sql("DELETE FROM audit_seals WHERE seq > 7")
    sealed.sql("DELETE FROM audit_events WHERE id > 7")
    sealed.sql("DELETE FROM audit_batches WHERE number > 2")
    assert sealed.found() == []  # whole in itself: this is why the anchor exists
    assert sealed.found(anchored=True) == [("TRUNCATED", "batch 3")]


def test_wb_024_an_old_backup_that_went_on_is_told_by_the_anchor(sealed):
    sealed.sql("DELETE FROM audit_seals WHERE seq > 7")
    sealed.sql("DELETE FROM audit_events WHERE id > 7")
    sealed.sql("DELETE FROM audit_batches WHERE number > 2")
    sealed.clock.seconds += 60
    sealed.record(3)
    assert sealed.seal() == 3
    assert sealed.found() == []
    assert sealed.found(anchored=True) == [("ANCHOR_DIFFERS", "seal 10, batch 3")]


def test_wb_024_everything_removed(sealed):
    for table in ("audit_seals", "audit_events", "audit_batches"):
        sealed.sql(f"DELETE FROM {table}")
    assert [what for what, _ in sealed.found(anchored=True)] == ["TRUNCATED"]


def test_wb_024_a_batch_removed_in_the_middle(sealed):
    sealed.sql("DELETE FROM audit_batches WHERE number = 2")
    assert sealed.found() == [("BATCH_REMOVED", "batch 2")]


def test_wb_024_the_last_batch_removed(sealed):
    sealed.sql("DELETE FROM audit_batches WHERE number = 3")
    assert sealed.found() == [("UNBATCHED", "seal 8-10")]


@pytest.mark.parametrize(
    "change", ["sealed_at = 1", f"last_seq = {BEYOND}", "first_seq = 1", "last_event = 99",
               "head = mac"]
)  # fmt: skip
def test_wb_024_a_batch_changed(sealed, change):
    sealed.sql(f"UPDATE audit_batches SET {change} WHERE number = 2")
    assert sealed.found() == [("BATCH_CHANGED", "batch 2")]


def test_wb_024_a_row_inserted(sealed):
    columns = "at, kind, outcome, account, mac"
    sealed.sql(
        f"INSERT INTO audit_events (id, {columns}) "
        f"SELECT 50, at + 7, kind, outcome, 'account-x', mac FROM audit_events WHERE id = 3"
    )
    assert sealed.found() == [("INSERTED", "event 50")]


def test_wb_024_a_row_inserted_below_the_first_number(sealed):
    sealed.sql("INSERT INTO audit_events (id, at, kind, outcome, mac) "
               "SELECT -5, at + 7, kind, outcome, mac FROM audit_events WHERE id = 3")  # fmt: skip
    assert ("INSERTED", "event -5") in sealed.found()


def test_wb_024_a_copy_of_our_own_row(sealed):
    names = ("at, kind, outcome, account, application, session, means, level, address, "
             "user_agent, request_id, detail, mac")  # fmt: skip
    sealed.sql(f"INSERT INTO audit_events (id, {names}) "
               f"SELECT 50, {names} FROM audit_events WHERE id = 3")  # fmt: skip
    assert sealed.found() == [("COPIED", "event 50")]
    sealed.seal()
    assert sealed.found() == [("COPIED", "event 50")]


def test_wb_024_a_seal_inserted(sealed):
    sealed.record(1)
    sealed.sql("INSERT INTO audit_seals (seq, event_id, hash) VALUES (11, 11, :h)", h=bytes(32))
    assert sealed.found() == [
        ("MOVED", "seal 11, event 11"),
        ("UNBATCHED", "seal 11-11"),
    ]


def test_wb_024_a_whole_batch_forged_is_not_anchored(sealed):
    sealed.sql("INSERT INTO audit_seals (seq, event_id, hash) VALUES (11, 77, :h)", h=bytes(32))
    sealed.sql(
        "INSERT INTO audit_batches (number, first_seq, last_seq, last_event, head, sealed_at, mac)"
        " VALUES (4, 11, 11, 77, :h, 1, :h)",
        h=bytes(32),
    )
    assert sealed.anchor() == 0
    assert [what for what, _ in sealed.found()] == ["BATCH_CHANGED", "EVENT_REMOVED"]


@pytest.mark.parametrize("table", ["audit_events", "audit_seals", "audit_batches"])
def test_blobs_and_texts_in_the_wrong_columns_are_faults_not_breakdowns(sealed, table):
    if not sealed.db.is_sqlite:
        pytest.skip("PostgreSQL holds only what a column is for")
    change = {
        "audit_events": "mac = 'text', kind = x'00ff', level = 'three', detail = 9e999",
        "audit_seals": "hash = 'text'",
        "audit_batches": "mac = 'text', head = 'text', last_seq = 'many'",
    }[table]
    key = {"audit_events": "id", "audit_seals": "seq", "audit_batches": "number"}[table]
    sealed.sql(f"UPDATE {table} SET {change} WHERE {key} = 2")
    assert sealed.found()
    sealed.record(1)
    sealed.sql("UPDATE audit_events SET mac = 'text', kind = x'00' WHERE id = 11")
    assert sealed.seal() == 1


def test_many_faults_are_counted_and_not_all_listed(trail):
    trail.record(450)
    assert trail.seal() == 450
    trail.sql("UPDATE audit_events SET level = 9")
    verdict = trail.verify()
    assert (len(verdict.faults), verdict.more) == (200, 250)


def test_the_anchor_file_missing_is_told(sealed):
    sealed.anchor_path.unlink()
    assert sealed.found(anchored=True) == [("ANCHOR_MISSING", "")]


def test_lines_of_the_anchor_removed_or_forged(sealed):
    lines = sealed.anchor_path.read_text().splitlines(keepends=True)
    sealed.anchor_path.write_text(lines[0] + lines[2])
    assert sealed.found(anchored=True) == [("ANCHOR_CHANGED", "anchor line 2")]
    sealed.anchor_path.write_text(lines[0] + lines[1].replace(" 7 ", " 6 ") + lines[2])
    assert ("ANCHOR_CHANGED", "anchor line 2") in sealed.found(anchored=True)
    # An older part of it was archived: nothing to complain of.
    sealed.anchor_path.write_text(lines[1] + lines[2])
    assert sealed.found(anchored=True) == []
    # A line cut by a crash, and lines not written yet.
    sealed.anchor_path.write_text(lines[0] + lines[1][:20])
    assert sealed.found(anchored=True) == []


def test_wb_024_triggers_refuse_changes(trail):
    dialect = trail.db.engine.dialect.name
    trail.record(2)
    trail.seal()
    for statement in append_only_ddl(dialect):
        trail.sql(statement.replace(":", "\\:"))
    for table in ("audit_events", "audit_seals", "audit_batches"):
        column = {"audit_events": "kind", "audit_seals": "seq", "audit_batches": "number"}[table]
        for change in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="append-only"):
                trail.sql(change)
    trail.record(1)
    assert trail.seal() == 1
    for statement in drop_append_only_ddl(dialect):
        trail.sql(statement)
    trail.sql("DELETE FROM audit_events")


def test_verification_reads_one_snapshot_while_sealing_goes_on(sealed, monkeypatch):
    from idp.audit import verify as module

    real, done = module.ChainWalk.step, []

    def step(self, *arguments):
        if not done:
            done.append(1)
            sealed.record(3)
            assert sealed.seal() == 3
        real(self, *arguments)

    monkeypatch.setattr(module.ChainWalk, "step", step)
    verdict = sealed.verify(anchored=True)
    assert verdict.ok
    assert verdict.sealed == 10


def test_a_fault_is_told_in_words(sealed):
    sealed.sql("UPDATE audit_events SET level = 9 WHERE id = 6")
    (fault,) = sealed.verify().faults
    assert fault.place == "seal 6, event 6"
    assert "changed" in fault.what.value
