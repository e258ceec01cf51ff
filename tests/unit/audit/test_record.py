# SPDX-License-Identifier: Apache-2.0
"""Recording: with what it tells of, without secrets, whatever the request brings."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from idp.audit.models import AuditEventRow
from idp.audit.proof import WeakAuditKey
from idp.audit.record import Audit, Event, ForbiddenDetail, clean
from idp.audit.search import search
from idp.crypto import CryptoError
from idp.origin import Origin
from tests.unit.audit.conftest import KEY, ORIGIN


def test_wb_026_who_what_when_where_and_result_are_held(trail):
    event = Event(
        "login.password",
        "refused",
        account="a1",
        application="dcc",
        session="s1",
        means="password",
        level=1,
        detail={"reason": "locked", "tries": 5},
    )
    with trail.db.write() as tx:
        trail.audit.record(tx, event, ORIGIN)
    with trail.db.read() as tx:
        (row,) = tx.execute(select(AuditEventRow.__table__)).mappings().all()
    assert row["at"] == trail.clock.micros()
    assert (row["kind"], row["outcome"], row["level"]) == ("login.password", "refused", 1)
    assert (row["account"], row["application"], row["session"]) == ("a1", "dcc", "s1")
    assert (row["address"], row["user_agent"], row["request_id"]) == (
        "192.0.2.7",
        "Mozilla/5.0",
        "req-1",
    )
    assert json.loads(row["detail"]) == {"reason": "locked", "tries": 5}
    assert trail.verify().ok


def test_wb_025_an_event_goes_with_what_it_tells_of(trail):
    class Failed(Exception):
        pass

    def create():
        with trail.db.write() as tx:
            trail.audit.record(tx, Event("account.created"))
            raise Failed

    with pytest.raises(Failed):
        create()
    with trail.db.read() as tx:
        assert search(tx) == []


@pytest.mark.parametrize(
    "name",
    ["password", "new_password", "code", "access_token", "client_secret", "cookie", "otp",
     "Reason", "a b", "", "reason\n", "_reason", "reason_", "réason"],
)  # fmt: skip
def test_wb_026_no_secret_in_the_detail(trail, name):
    with trail.db.write() as tx, pytest.raises(ForbiddenDetail):
        trail.audit.record(tx, Event("x", detail={name: "v"}))


@pytest.mark.parametrize("name", ["reason", "tries", "passkey", "tokenless", "encoded", "a_1"])
def test_ordinary_details_are_held(trail, name):
    with trail.db.write() as tx:
        trail.audit.record(tx, Event("x", detail={name: 1}))
    assert trail.verify().unsealed == 1


@pytest.mark.parametrize(
    "agent",
    ["\x00", "a\nb", "\ud800", "\u202etxt", "x" * 10_000, "é" * 300, "\U0001f600", "\x1b[31m", ""],
)
def test_any_user_agent_is_recorded_and_proved(trail, agent):
    with trail.db.write() as tx:
        trail.audit.record(
            tx, Event("x", account=agent, detail={"reason": agent}), Origin(agent, agent, agent)
        )
    assert trail.seal() == 1
    assert trail.verify().ok
    with trail.db.read() as tx:
        (found,) = search(tx)
    assert found.user_agent.isprintable()
    assert len(found.user_agent) <= 256


@given(st.text(), st.integers(0, 50))
def test_clean_text_is_printable_and_bounded(text, size):
    cleaned = clean(text, size)
    assert len(cleaned) <= size
    assert cleaned.isprintable()
    assert clean(cleaned, size) == cleaned


@pytest.mark.parametrize("size", [0, 1, 31])
def test_oa_072_a_weak_key_is_refused(trail, size):
    with pytest.raises((WeakAuditKey, CryptoError)):
        Audit(trail.clock, b"k" * size)


def test_two_equal_events_in_one_microsecond_are_two_rows(trail):
    with trail.db.write() as tx:
        for _ in range(3):
            trail.audit.record(tx, Event("x"), ORIGIN)
    trail.seal()
    assert trail.verify().ok
    assert len(set(trail.rows("SELECT mac FROM audit_events"))) == 3


def test_search_is_newest_first_and_filters(trail):
    with trail.db.write() as tx:
        for number in range(6):
            trail.clock.seconds += 1
            kind = "login" if number % 2 else "logout"
            trail.audit.record(tx, Event(kind, account=f"a{number // 2}"))
    begin = trail.clock.micros() - 5_000_000
    with trail.db.read() as tx:
        assert [f.id for f in search(tx)] == [6, 5, 4, 3, 2, 1]
        assert [f.id for f in search(tx, limit=2)] == [6, 5]
        assert [f.id for f in search(tx, account="a1")] == [4, 3]
        assert [f.id for f in search(tx, account="a1", kind="login")] == [4]
        assert [f.id for f in search(tx, since=begin + 1_000_000, until=begin + 3_000_000)] == [
            3,
            2,
        ]
        assert search(tx, account="A1") == []
        assert search(tx, limit=-1) == []


def test_a_key_derives_into_different_proofs(trail):
    other = Audit(trail.clock, bytes(reversed(KEY)))
    with trail.db.write() as tx:
        other.record(tx, Event("x"))
    assert trail.found() == [("INSERTED", "event 1")]
