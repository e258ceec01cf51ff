# SPDX-License-Identifier: Apache-2.0
"""The trace: chained, never changed, verified, and read by those it concerns."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from imaging_app.crypto import Keys
from imaging_app.trace.reading import PAGE, Wanted, csv_of, history_of, page_of
from imaging_app.trace.record import Actor, Deed, Trace, table, truncated
from imaging_app.trace.verify import Fault, NotWhole, What, anchor_head, verify
from tests.imaging.cast import SORBIER, TILLEULS, VAL
from tests.races import at_once

WHO = Actor("professional", "sub-1", SORBIER, "Élise Sorbier", "10", "SM44", TILLEULS, "s1",
            "192.0.2.77", "r1")  # fmt: skip
DEED = Deed("exam.images", patient="p1", exam="e1", establishment=TILLEULS, shown=True)


@pytest.fixture
def trace(keys, time):
    return Trace(keys, time)


def record(db, trace, *deeds):
    with db.write() as tx:
        return [trace.record(tx, WHO, deed) for deed in deeds]


@pytest.fixture
def ten(portal_db, trace):
    record(portal_db, trace, *(replace(DEED, detail={"n": number}) for number in range(10)))
    return portal_db


def disarm(db):
    """What an owner of the database can do."""
    with db.write() as tx:
        if db.is_sqlite:
            tx.exec_driver_sql("DROP TRIGGER trace_no_update")
            tx.exec_driver_sql("DROP TRIGGER trace_no_delete")
        else:
            tx.exec_driver_sql("DROP TRIGGER trace_append_only ON trace")


def test_rows_are_numbered_and_the_chain_is_whole(ten, keys):
    verdict = verify(ten, keys)
    assert (verdict.rows, verdict.is_whole) == (10, True)
    with ten.read() as tx:
        assert tx.execute(select(table.c.seq).order_by(table.c.seq)).scalars().all() == list(
            range(1, 11)
        )


def test_an_empty_trace_is_whole(portal_db, keys, tmp_path):
    assert verify(portal_db, keys).is_whole
    assert anchor_head(portal_db, keys, tmp_path / "anchor") is None


def test_a_row_goes_with_what_it_tells_of(portal_db, trace, keys):
    def fails():
        with portal_db.write() as tx:
            trace.record(tx, WHO, DEED)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    record(portal_db, trace, DEED)
    assert verify(portal_db, keys) == verify(portal_db, keys)
    assert verify(portal_db, keys).rows == 1


@pytest.mark.parametrize(
    "deed",
    ["UPDATE trace SET motive = 'x'", "DELETE FROM trace", "DELETE FROM trace WHERE seq = 10"],
)
def test_nothing_is_changed_or_removed(ten, keys, deed):
    with pytest.raises(DBAPIError), ten.write() as tx:
        tx.exec_driver_sql(deed)
    assert verify(ten, keys).is_whole


def test_nothing_is_truncated(ten, keys):
    if not ten.is_sqlite:
        with pytest.raises(DBAPIError), ten.write() as tx:
            tx.exec_driver_sql("TRUNCATE trace")
    assert verify(ten, keys).rows == 10


@pytest.mark.parametrize("column", [one.name for one in table.columns if one.name != "seq"])
def test_a_change_of_any_column_is_seen_where_it_is(ten, keys, column):
    kind = table.c[column].type.python_type
    other = {int: 7, bool: True, bytes: b"x" * 32, str: "other"}[kind]
    if column == "shown":
        other = False
    disarm(ten)
    with ten.write() as tx:
        tx.execute(update(table).where(table.c.seq == 4).values({column: other}))
    faults = verify(ten, keys).faults
    assert faults[0].seq == 4
    assert {fault.seq for fault in faults} <= {4, 5}


def test_a_row_that_is_gone_is_a_gap(ten, keys):
    disarm(ten)
    with ten.write() as tx:
        tx.exec_driver_sql("DELETE FROM trace WHERE seq = 4")
    assert Fault(What.GAP, 4) in verify(ten, keys).faults


def test_two_rows_that_changed_places_are_seen(ten, keys):
    disarm(ten)
    with ten.write() as tx:
        for step in ("seq = 99 WHERE seq = 4", "seq = 4 WHERE seq = 5", "seq = 5 WHERE seq = 99"):
            tx.exec_driver_sql(f"UPDATE trace SET {step}")
    assert {one.seq for one in verify(ten, keys).faults} >= {4, 5}


def test_a_row_from_without_the_key_is_seen(ten, keys, time):
    forged = Trace(Keys({"new": bytes(range(9, 41))}), time)
    record(ten, forged, DEED)
    assert verify(ten, keys).faults == (Fault(What.CHANGED, 11),)
    other = Trace(Keys({"thief": bytes(range(9, 41))}), time)
    record(ten, other, DEED)
    assert Fault(What.KEY_GONE, 12) in verify(ten, keys).faults


def test_the_chain_goes_on_after_a_change_of_keys(portal_db, time):
    old, new = bytes(range(1, 33)), bytes(range(32))
    record(portal_db, Trace(Keys({"old": old}), time), DEED, DEED)
    after = Keys({"new": new, "old": old})
    record(portal_db, Trace(after, time), DEED)
    assert verify(portal_db, after).is_whole
    assert verify(portal_db, Keys({"new": new})).faults[0].what is What.KEY_GONE


def test_a_cut_end_is_told_by_the_anchor_alone(ten, keys, tmp_path):
    anchor = tmp_path / "anchor"
    assert anchor_head(ten, keys, anchor).seq == 10
    assert verify(ten, keys, anchor).is_whole
    disarm(ten)
    with ten.write() as tx:
        tx.exec_driver_sql("DELETE FROM trace WHERE seq > 8")
    assert verify(ten, keys).is_whole
    assert verify(ten, keys, anchor).faults == (Fault(What.CUT_OFF, 10),)


def test_an_end_that_was_written_anew_is_told_by_the_anchor(ten, keys, time, trace, tmp_path):
    anchor = tmp_path / "anchor"
    anchor_head(ten, keys, anchor)
    disarm(ten)
    with ten.write() as tx:
        tx.exec_driver_sql("DELETE FROM trace WHERE seq > 9")
    record(ten, trace, replace(DEED, motive="other"))
    assert verify(ten, keys).is_whole
    assert verify(ten, keys, anchor).faults == (Fault(What.CHANGED, 10),)


def test_a_chain_that_was_cut_and_has_grown_anew_is_not_anchored(ten, keys, trace, tmp_path):
    anchor, second = tmp_path / "anchor", tmp_path / "second"
    anchor_head(ten, keys, anchor)
    disarm(ten)
    with ten.write() as tx:
        tx.exec_driver_sql("DELETE FROM trace WHERE seq > 9")
    record(ten, trace, replace(DEED, motive="other"))
    before = anchor.read_text()
    with pytest.raises(NotWhole) as told:
        anchor_head(ten, keys, anchor)
    assert told.value.verdict.faults == (Fault(What.CHANGED, 10),)
    assert anchor.read_text() == before
    # Nor does a line that was signed elsewhere stand above the one that is there.
    anchor_head(ten, keys, second)
    anchor.write_text(before + second.read_text())
    assert Fault(What.CHANGED, 10) in verify(ten, keys, anchor).faults


def test_no_row_is_replaced(ten, keys):
    same = "INTO trace SELECT * FROM trace WHERE seq = 4"
    replace_it = f"INSERT OR REPLACE {same}"
    if not ten.is_sqlite:
        replace_it = f"INSERT {same} ON CONFLICT (seq) DO UPDATE SET at = 0"
    with pytest.raises(DBAPIError, match="append-only"), ten.write() as tx:
        tx.exec_driver_sql(replace_it)
    assert verify(ten, keys).is_whole


def test_a_line_of_the_anchor_that_is_none_of_ours_is_seen(ten, keys, tmp_path):
    anchor = tmp_path / "anchor"
    anchor_head(ten, keys, anchor)
    text = anchor.read_text()
    anchor.write_text(text.replace("10 ", "11 ", 1) + "nonsense\n" + text)
    assert verify(ten, keys, anchor).faults == (
        Fault(What.NOT_OURS, 1),
        Fault(What.NOT_OURS, 2),
    )


def test_of_many_at_once_each_has_its_place(portal_db, trace, keys):
    def one(_number):
        try:
            return record(portal_db, trace, DEED, DEED)
        finally:
            portal_db.forget()

    places = [place for pair in at_once(one, range(8)) for place in pair]
    assert sorted(places) == list(range(1, 17))
    assert verify(portal_db, keys).is_whole


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("unix", ""),
        ("", ""),
    ],
)
def test_an_address_is_kept_as_its_network(address, kept):
    assert truncated(address) == kept


@given(st.text(max_size=40))
def test_any_text_is_no_address(text):
    assert truncated(text) == "" or "/" in truncated(text)


def test_what_somebody_sends_forges_no_line(portal_db, trace, keys):
    who = replace(WHO, name="=cmd()\n;x" + "y" * 400, request_id="\x00\r\n")
    with portal_db.write() as tx:
        trace.record(tx, who, DEED)
    assert verify(portal_db, keys).is_whole
    lines = exported(portal_db)
    rows = list(csv.reader(io.StringIO("".join(lines)), delimiter=";"))
    assert len(rows) == 2
    assert rows[1][rows[0].index("actor_name")].startswith("'=cmd()\ufffd;x")


def exported(portal_db, **more):
    return list(csv_of(portal_db, Wanted(establishment=TILLEULS, **more)))


def test_an_establishment_reads_its_own_by_whom_and_whose(portal_db, trace):
    """Newest first; fifty a page; nothing of another's."""
    record(portal_db, trace, *(replace(DEED, establishment=TILLEULS) for _ in range(51)))
    rare = replace(DEED, establishment=TILLEULS, patient="p9", emergency=True)
    record(portal_db, trace, rare, replace(rare, establishment=VAL))
    with portal_db.read() as tx:
        here = Wanted(establishment=TILLEULS)
        rows, more = page_of(tx, here)
        assert ([one.seq for one in rows], more) == (list(range(52, 2, -1)), True)
        assert [one.seq for one in page_of(tx, here, 2)[0]] == [2, 1]
        for wanted in (replace(here, patient="p9"), replace(here, emergencies=True)):
            assert [one.seq for one in page_of(tx, wanted)[0]] == [52]
        assert page_of(tx, replace(here, rpps="nobody")) == ([], False)


def test_an_establishment_exports_its_own_in_a_time(portal_db, trace, time):
    for establishment in (TILLEULS, VAL, TILLEULS):
        record(portal_db, trace, replace(DEED, establishment=establishment))
        time.pass_by(100)
    all_of_them = exported(portal_db, until=time())
    first = exported(portal_db, until=time() - 100)
    none = exported(portal_db, since=time())
    assert [len(one) for one in (all_of_them, first, none)] == [3, 2, 1]
    assert all_of_them[1].startswith("1;2026-11-24T09:00:00+00:00;exam.images;allowed;")
    assert "s1" not in all_of_them[1].split(";")


def test_a_patient_reads_five_at_a_time_the_newest_first(portal_db, trace, time):
    for number in range(7):
        record(portal_db, trace, replace(DEED, exam=f"e{number}", motive="consultation"))
        time.pass_by(1)
    record(portal_db, trace, replace(DEED, patient="p2"), replace(DEED, shown=False))
    with portal_db.read() as tx:
        first, second = history_of(tx, "p1"), history_of(tx, "p1", 2)
        beyond, nobody = history_of(tx, "p1", 99), history_of(tx, "p3")
    assert [one.exam for one in first.accesses] == ["e6", "e5", "e4", "e3", "e2"]
    assert [one.exam for one in second.accesses] == ["e1", "e0"]
    assert (first.pages, beyond) == (2, second)
    assert (nobody.accesses, nobody.pages) == ((), 1)
    assert len(first.accesses) == PAGE
    newest = first.accesses[0]
    assert (newest.name, newest.profession, newest.speciality) == ("Élise Sorbier", "10", "SM44")
    assert (newest.motive, newest.emergency, newest.at) == ("consultation", False, time() - 1)
