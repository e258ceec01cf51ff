# SPDX-License-Identifier: Apache-2.0
"""The audit: nothing is acknowledged that it does not tell of, and what it tells."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from idp.audit.record import SECRET_WORDS
from tests.reliability import (
    approvals,
    away,
    calculette,
    cards,
    devices,
    further,
    registration,
    requests,
)
from tests.reliability.operations import OPERATIONS as ORDINARY
from tests.reliability.oracle import find_halves, rows_of, verify_audit
from tests.security.crawl import visit_everything
from tests.world import START, World

OPERATIONS = (
    ORDINARY
    | cards.OPERATIONS
    | devices.OPERATIONS
    | further.OPERATIONS
    | away.OPERATIONS
    | approvals.OPERATIONS
    | registration.OPERATIONS
    | requests.OPERATIONS
    | {"calculette": calculette.OPERATIONS["calculette"]}
)
# What each action must be recorded as; those that change or open nothing are not here.
RECORDED = {
    "login": {"login.proved", "login.admitted"},
    "take over": {"session.ended", "login.proved", "login.admitted"},
    "wrong password": {"login.failed"},
    "cancel": {"login.refused"},
    "single sign-on": {"login.admitted"},
    "consent": {"consent.given", "login.admitted"},
    "no consent": {"login.refused"},
    "code": {"token.given"},
    "code again": {"code.replayed", "grant.revoked"},
    "refresh": {"token.given"},
    "refresh again": {"grant.revoked"},
    "own name": {"token.given"},
    "let in while away": {"token.given", "lasting.given"},
    "refreshed while away": {"token.given"},
    "wrong secret": {"client.failed"},
    "revoke": {"token.revoked"},
    "revoke family": {"token.revoked", "grant.revoked"},
    "logout": {"session.ended"},
    "application's logout": {"session.ended"},
    "passkey added": {"means.added"},
    "passkey removed": {"means.removed"},
    "session ended": {"session.ended"},
    "copy of one's data": {"account.exported"},
    "withdrawal": {"account.state", "account.withdrawn", "session.ended"},
    "passkey login": {"login.proved"},
    "card login": {"card.added", "login.proved", "login.admitted"},
    "arrival": {"account.created", "card.added", "login.proved", "login.admitted"},
    "calculette": {"login.proved"},
    "device connected": {"consent.given", "login.admitted", "device.approved"},
    "device redeemed": {"token.given"},
    "token exchanged": {"token.given", "token.exchanged"},
    "word of others": {"token.given", "assertion.taken"},
    "asked elsewhere": {"approval.asked"},
    "agreed elsewhere": {"approval.given"},
    "refused elsewhere": {"approval.refused"},
    "taken elsewhere": {"token.given", "login.admitted"},
    "request sent": {"registration.sent"},
    "address confirmed": {"registration.confirmed"},
    "request taken back": {"registration.resumed"},
    "approval": {"registration.approved", "account.created", "account.affiliated"},
    "refusal": {"registration.refused"},
    "request for more": {"registration.returned"},
    "request given up": {"registration.withdrawn"},
    "activation": {"password.set", "password.renewed"},
}

# What is signed or answered counts as used before the session opens: after a fault it is made anew.
USED_UP_FIRST = {"passkey login", "calculette", *cards.OPERATIONS}


def stop_audit(world: World) -> None:
    """From now on no event can be written: a full disk, a broken table."""
    with world.core.database.write() as tx:
        if world.core.database.is_sqlite:
            tx.exec_driver_sql(
                "CREATE TRIGGER stop BEFORE INSERT ON audit_events "
                "BEGIN SELECT RAISE(ABORT, 'stopped'); END"
            )
            return
        tx.exec_driver_sql(
            "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'stopped'; END $$"
        )
        tx.exec_driver_sql(
            "CREATE TRIGGER stop BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION stop()"
        )


def resume_audit(world: World) -> None:
    """Events can be written again."""
    with world.core.database.write() as tx:
        if world.core.database.is_sqlite:
            tx.exec_driver_sql("DROP TRIGGER stop")
        else:
            tx.exec_driver_sql("DROP TRIGGER stop ON audit_events")
            tx.exec_driver_sql("DROP FUNCTION stop()")


pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture(autouse=True)
def _fresh_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.reliability.operations.sessions", {})


def test_wb_025_nothing_is_acknowledged_that_is_not_recorded(world: World) -> None:
    for name in RECORDED:
        operation = OPERATIONS[name]
        ready = operation.prepare(world)
        before = rows_of(world)
        stop_audit(world)
        answer = operation.act(ready)
        resume_audit(world)
        assert answer.status_code == 500, name
        told = answer.get_data(as_text=True)
        assert "access_token" not in told, name
        assert "Location" not in answer.headers, name
        assert not any("session=" in one for one in answer.headers.getlist("Set-Cookie")), name
        if name in USED_UP_FIRST:
            continue
        assert rows_of(world) == before, name
        # It works as soon as the audit does: nothing was used up meanwhile.
        assert operation.done(operation.act(ready)), name
        assert find_halves(world) == [], name
    assert verify_audit(world).ok


def test_wb_025_the_other_actions_need_no_record(world: World) -> None:
    """The list above is whole: what goes on without the audit changes nothing that matters."""
    for name in OPERATIONS.keys() - RECORDED.keys():
        operation = OPERATIONS[name]
        ready = operation.prepare(world)
        before = rows_of(world)
        stop_audit(world)
        answer = operation.act(ready)
        resume_audit(world)
        assert operation.done(answer), name
        assert rows_of(world) == before, name


@pytest.mark.parametrize("name", RECORDED)
def test_wb_026_each_action_is_told_with_who_what_when_and_where(
    sqlite_world: World, name: str
) -> None:
    operation = OPERATIONS[name]
    ready = operation.prepare(sqlite_world)
    known = {row.id for row in sqlite_world.events()}
    sqlite_world.clock.pass_by(7)
    operation.act(ready)
    events = [row for row in sqlite_world.events() if row.id not in known]
    # The tests' applications say the same nonce each time, which is remarked upon.
    assert {row.kind for row in events} - {"request.repeated"} == RECORDED[name]
    for row in events:
        check_event(sqlite_world, row)
    requests = {row.request_id for row in events}
    assert len(requests) == 1, "all of one request carry its number"


def check_event(world: World, row: Any) -> None:
    """What every event of a request says."""
    # When: UTC, in microseconds.
    assert (START + 7) * 1_000_000 <= row.at < (START + 8) * 1_000_000
    # Where from.
    assert row.address, row
    assert row.user_agent is not None, row
    assert row.request_id, row
    # With which result.
    assert row.outcome in {"ok", "refused", "flagged"}, row
    if row.kind.startswith(("login.", "session.", "consent.", "grant.", "code.")):
        named = row.account or (json.loads(row.detail or "{}").get("why") == "wrong")
        assert named or row.kind in {"login.refused", "login.failed"}, row
    if row.kind.startswith(("token.", "client.", "consent.", "code.", "login.admitted")):
        known = {
            "plain",
            "outside",
            "robot",
            "calling",
            devices.KEY,
            away.KEY,
            *further.APPLICATIONS,
        }
        known |= cards.APPLICATIONS.keys()
        assert row.application in known, row
    if row.kind in {"login.proved", "login.admitted"}:
        assert row.level == {"password": 1, "passkey": 2, "cps": 3, "calculette": 3}[row.means]
        assert row.session
        there = {one.id for one in world.cast.accounts.values()}
        assert row.account in there or row.application == "newcomers"


def test_wb_026_the_detail_holds_small_facts_and_no_secret(sqlite_world: World) -> None:
    visit_everything(sqlite_world)
    details = [json.loads(row.detail) for row in sqlite_world.events() if row.detail]
    assert len(details) > 30
    for detail in details:
        for name, value in detail.items():
            assert SECRET_WORDS.isdisjoint(name.split("_")), name
            assert isinstance(value, str | int), name
            assert len(str(value)) <= 300, name


def test_wb_021_the_audit_takes_hostile_text_on_one_line(world: World) -> None:
    """Names and agents of a megabyte, with line breaks and marks, are cut and cleaned."""
    agent = "Mozilla\r\n\x1b[31m\u2028" + "x" * 100_000
    wire = agent.encode().decode("latin-1")
    browser = world.browser()
    world.client("plain").ask(browser)
    action, fields = browser.form("/password")
    browser.request(
        "POST",
        action,
        data=fields | {"identifier": agent[:2000], "password": "x"},
        environ_overrides={"HTTP_USER_AGENT": wire},
    )
    row = world.events("login.failed")[-1]
    assert row.user_agent.isprintable()
    assert len(row.user_agent) <= 256
    with world.core.database.read() as tx:
        stored = tx.execute(text("SELECT detail FROM audit_events")).scalars().all()
    assert all("\n" not in one for one in stored if one)
    assert verify_audit(world).ok
