# SPDX-License-Identifier: Apache-2.0
"""The audit in the console: searched a page at a time, taken away, proved."""

import pytest
from sqlalchemy import text

from idp.administration.authority import Denied
from idp.administration.oversight import audit_desk, verifying
from idp.audit import pages
from idp.audit.pages import Place, Wanted, read_place
from idp.audit.record import Event
from idp.audit.seal import Sealer
from idp.migrations.versions.v0017_audit_starts import drop_append_only_ddl
from idp.origin import Origin
from tests.administration.kit import Opened

ELSEWHERE = Origin("203.0.113.9", "Firefox", "request-9")


def note(office: Opened, *events: Event, origin: Origin | None = None) -> None:
    core = office.world.core
    with core.database.write() as tx:
        for event in events:
            core.audit.record(tx, event, origin)


def find(office: Opened, before: Place | None = None, **wanted: object):
    desk = office.world.provider.services.office.audit
    with office.world.core.database.read() as tx:
        return desk.search(tx, office.authority("auditrice"), Wanted(**wanted), before)


def seal(office: Opened) -> None:
    core = office.world.core
    sealer = Sealer(core.clock, office.world.provider.secrets.audit)
    while sealer.run_once(core.database):
        pass


def ask(office: Opened, who: str = "auditrice") -> str | None:
    desk = office.world.provider.services.office.verifying
    with office.world.core.database.write() as tx:
        return desk.ask(tx, office.authority(who))


def verdicts(office: Opened):
    desk = office.world.provider.services.office.verifying
    with office.world.core.database.read() as tx:
        return desk.listed(tx, office.authority("auditrice"))


def test_every_condition_finds_its_events(office: Opened) -> None:
    medecin = office["medecin"].id
    one = Event("test.one", "refused", account=medecin, means="cps", detail={"why": "Été 100%"})
    note(office, one, origin=ELSEWHERE)
    note(office, Event("test.two", application="dcc"))
    assert [each.kind for each in find(office, kind="test.one").events] == ["test.one"]
    for wanted in (
        {"account": medecin, "means": "cps"},
        {"address": ELSEWHERE.address},
        {"request_id": ELSEWHERE.request_id},
        {"kind": "test.one", "outcome": "refused"},
        {"refused": True, "means": "cps"},
        {"text": "100%"},
        {"text": "été 1"},
    ):
        assert "test.one" in [each.kind for each in find(office, **wanted).events], wanted
    assert find(office, application="dcc", text="").events[0].kind == "test.two"
    for wanted in ({"text": "1%0"}, {"text": "_"}, {"kind": "test.one", "means": "otp"}):
        assert "test.one" not in [each.kind for each in find(office, **wanted).events], wanted
    moment = find(office, kind="test.two").events[0].at
    assert not find(office, kind="test.two", until=moment).events
    assert find(office, kind="test.two", since=moment).events


def test_pages_follow_one_another_without_gap_or_repetition(office: Opened, monkeypatch) -> None:
    monkeypatch.setattr(audit_desk, "SIZE", 4)
    note(office, *[Event("test.many", detail={"n": n}) for n in range(10)])
    seen, place = [], None
    for _page in range(5):
        found = find(office, place, kind="test.many")
        seen += [one.id for one in found.events]
        place = found.next
        if place is None:
            break
        # What happens meanwhile moves nothing.
        note(office, Event("test.other"))
    assert len(seen) == len(set(seen)) == 10
    assert seen == sorted(seen, reverse=True)


def test_events_of_one_microsecond_are_all_shown(office: Opened, monkeypatch) -> None:
    monkeypatch.setattr(audit_desk, "SIZE", 2)
    note(office, *[Event("test.twin") for _each in range(5)])
    with office.world.core.database.write() as tx:
        for statement in drop_append_only_ddl(tx.dialect.name):
            tx.exec_driver_sql(statement)
        tx.execute(text("UPDATE audit_events SET at = 5 WHERE kind = 'test.twin'"))
    first = find(office, kind="test.twin")
    second = find(office, first.next, kind="test.twin")
    third = find(office, second.next, kind="test.twin")
    assert [len(one.events) for one in (first, second, third)] == [2, 2, 1]
    assert third.next is None


def test_a_look_ends_after_so_many_events_and_goes_on_from_there(
    office: Opened, monkeypatch
) -> None:
    note(office, Event("test.rare", means="cps"))
    note(office, *[Event("test.common") for _each in range(30)])
    monkeypatch.setattr(pages, "LOOKED_AT", 10)
    looks, place, found = 0, None, find(office, means="cps")
    while not found.events and found.next is not None:
        assert found.looked_back_to is not None
        looks += 1
        place = found.next
        found = find(office, place, means="cps")
    assert [one.kind for one in found.events] == ["test.rare"]
    assert 1 <= looks <= 4


@pytest.mark.parametrize(
    "text", ["", "1", "-", "1-", "-1", "1-1-1", "١-١", "1;2", "9" * 30 + "-1", "1-" + "9" * 30]
)
def test_wb_009_a_place_is_two_numbers(text: str) -> None:
    assert read_place(text) is None
    assert read_place(str(Place(7, 9))) == Place(7, 9)


def test_the_audit_is_for_those_who_may_see_all_of_it(sqlite_office: Opened) -> None:
    desk = sqlite_office.world.provider.services.office
    with sqlite_office.world.core.database.write() as tx:
        for who in ("chu", "assistance"):
            mine = sqlite_office.authority(who)
            assert desk.audit.search(tx, mine, Wanted()) is Denied.NOT_ALLOWED
            assert desk.audit.one(tx, mine, 1) is Denied.NOT_ALLOWED
            assert desk.audit.begin_export(tx, mine, Wanted(), "csv") is Denied.NOT_ALLOWED
            assert desk.verifying.ask(tx, mine) is Denied.NOT_ALLOWED
            assert desk.verifying.listed(tx, mine) is Denied.NOT_ALLOWED
        seen = desk.audit.one(tx, sqlite_office.authority("auditrice"), 999_999)
        assert seen is Denied.NOT_FOUND


def test_what_is_taken_away_is_bounded_and_recorded(office: Opened, monkeypatch) -> None:
    monkeypatch.setattr(audit_desk, "MOST", 7)
    monkeypatch.setattr(audit_desk, "BATCH", 3)
    note(office, *[Event("test.many") for _each in range(20)])
    desk, core = office.world.provider.services.office.audit, office.world.core
    asked = Wanted(kind="test.many", text="n")
    with core.database.write() as tx:
        assert desk.begin_export(tx, office.authority("auditrice"), asked, "csv") is None
    assert [len(one) for one in desk.exported(Wanted(kind="test.many"))] == [3, 3, 1]
    [event] = office.world.events("audit.exported")
    assert '"filters":"kind text"' in event.detail


def test_the_audit_is_proved_in_the_background(office: Opened, monkeypatch) -> None:
    monkeypatch.setattr(verifying, "TELL_EVERY", 1)
    seal(office)
    asked = ask(office)
    assert asked is not None
    assert ask(office) is None, "one at a time"
    assert verdicts(office)[0].verdict == ""
    desk = office.world.provider.services.office.verifying
    desk.start(asked)
    desk.wait()
    [found] = verdicts(office)
    assert (found.verdict, found.faults, found.percent) == ("whole", (), 100)
    assert found.done == found.total > 0
    assert len(office.world.events("audit.verification_asked")) == 1


def test_wb_024_what_was_changed_is_told_with_its_place(office: Opened) -> None:
    seal(office)
    with office.world.core.database.write() as tx:
        for statement in drop_append_only_ddl(tx.dialect.name):
            tx.exec_driver_sql(statement)
        tx.execute(text("UPDATE audit_events SET outcome = 'ok', means = 'cps' WHERE id = 2"))
    asked = ask(office)
    assert asked is not None
    office.world.provider.services.office.verifying.prove(asked)
    [found] = verdicts(office)
    assert found.verdict == "broken"
    assert [what for _where, what in found.faults] == ["edited"]


def test_a_proof_whose_process_died_is_given_up(office: Opened) -> None:
    assert ask(office) is not None
    office.world.clock.pass_by(verifying.SILENT + 1)
    assert verdicts(office)[0].given_up
    assert ask(office) is not None


def test_a_proof_that_fails_says_so(sqlite_office: Opened, monkeypatch) -> None:
    asked = ask(sqlite_office)

    def broken(*_given):
        raise OSError

    monkeypatch.setattr(verifying, "verify", broken)
    sqlite_office.world.provider.services.office.verifying.prove(asked)
    [found] = verdicts(sqlite_office)
    assert (found.verdict, found.ended_at is not None) == ("failed", True)
