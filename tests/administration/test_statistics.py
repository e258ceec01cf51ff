# SPDX-License-Identifier: Apache-2.0
"""Figures: counted from the audit, each event once; told by period."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from idp.administration.authority import Denied
from idp.administration.oversight import counting
from idp.administration.oversight.counting import Counting, days
from idp.administration.oversight.statistics import Line, Numbers, Period, Span, read_day
from idp.audit.record import Event
from idp.audit.seal import Sealer
from tests.administration.kit import Opened

TODAY = date(2026, 9, 21)


def note(office: Opened, *events: Event) -> None:
    """Something happens, and is sealed."""
    core = office.world.core
    with core.database.write() as tx:
        for event in events:
            core.audit.record(tx, event)
    sealer = Sealer(core.clock, office.world.provider.secrets.audit)
    while sealer.run_once(core.database):
        pass


def count(office: Opened) -> int:
    core = office.world.core
    return Counting(core.database, core.clock).run()


def report(office: Opened, span: Span = Span.DAY, day: date | None = None, who: str = "auditrice"):
    service = office.world.provider.services.office.statistics
    with office.world.core.database.read() as tx:
        period = Period.around(span, day or service.today())
        return service.report(tx, office.authority(who), period)


def failed(why: str = "wrong", means: str = "password", application: str = "dcc") -> Event:
    return Event(
        "login.failed", "refused", means=means, application=application, detail={"why": why}
    )


def proved(means: str = "password", application: str | None = "dcc") -> Event:
    return Event("login.proved", means=means, level=1, application=application)


ADMITTED = Event("login.admitted", application="dcc", means="password totp", level=2)
REFUSED = Event("login.refused", "refused", application="dcc", detail={"why": "community"})


def test_what_happened_is_told_by_means_application_reason_and_hour(office: Opened) -> None:
    note(office, proved(), proved("totp", None), failed(), failed("locked"), ADMITTED, REFUSED)
    count(office)
    found = report(office)
    assert found.total == Numbers(proved=2, failed=2, refused=1, admitted=1)
    assert found.means == (
        Line("password", Numbers(proved=1, failed=2)),
        Line("totp", Numbers(proved=1)),
    )
    assert found.applications == (Line("dcc", Numbers(failed=2, refused=1, admitted=1)),)
    assert [(one.why, one.number) for one in found.reasons] == [
        ("locked", 1),
        ("wrong", 1),
        ("community", 1),
    ]
    assert [one.key for one in found.hours if one.numbers.proved] == ["16"]
    assert found.behind == 0


def test_each_event_is_counted_once(office: Opened) -> None:
    note(office, *[proved() for _each in range(5)])
    core = office.world.core
    one, other = Counting(core.database, core.clock), Counting(core.database, core.clock)
    # Batches smaller than what waits: each goes on where the other has stopped.
    while one.step(2) or other.step(3):
        pass
    assert report(office).total.proved == 5
    assert count(office) == 0
    note(office, proved())
    assert count(office) == 1
    assert report(office).total.proved == 6


def test_of_two_that_count_at_once_one_adds_nothing(office: Opened, monkeypatch) -> None:
    note(office, proved(), proved())
    core = office.world.core
    late = Counting(core.database, core.clock)
    counted = counting._counted

    def overtaken(rows, known):
        # Between the look and the write of the first, the second counts it all.
        monkeypatch.setattr(counting, "_counted", counted)
        count(office)
        return counted(rows, known)

    monkeypatch.setattr(counting, "_counted", overtaken)
    assert late.step() == 0
    assert report(office).total.proved == 2


def test_a_count_cut_short_goes_on_where_it_stopped(office: Opened, monkeypatch) -> None:
    note(office, *[proved() for _each in range(4)])
    core = office.world.core
    while Counting(core.database, core.clock).step(1) and report(office).total.proved < 2:
        pass

    def broken(rows, known):
        by_hour, by_day = counted(rows, known)
        return by_hour, [one | {"number": None} for one in by_day]

    counted = counting._counted
    late = Counting(core.database, core.clock)
    with monkeypatch.context() as patch:
        patch.setattr(counting, "_counted", broken)
        with pytest.raises(IntegrityError):
            late.step(1)
    assert report(office).total.proved == 2
    count(office)
    assert report(office).total.proved == 4


def test_wb_023_strangers_make_no_figures(office: Opened) -> None:
    note(office, *[failed("wrong", application=f"made-up-{n}") for n in range(30)])
    note(office, failed("</script> is no word of ours"))
    count(office)
    found = report(office)
    assert [one.key for one in found.applications] == ["?", "dcc"]
    assert [(one.why, one.number) for one in found.reasons] == [("wrong", 30), ("refused", 1)]
    with office.world.core.database.read() as tx:
        rows = select(func.count()).where(days.c.kind == "login.failed")
        assert tx.execute(rows).scalar() == 2


def test_a_period_stands_beside_the_one_before(office: Opened) -> None:
    note(office, proved(), failed())
    office.world.clock.pass_by(7 * 86_400)
    note(office, proved(), proved(), proved())
    count(office)
    found = report(office, Span.WEEK)
    assert (found.total.proved, found.total_before) == (3, Numbers(proved=1, failed=1))
    [(now, before)] = [
        (one.now.proved, one.before.proved) for one in found.columns if one.now.proved
    ]
    assert (now, before) == (3, 1)
    assert report(office, Span.MONTH).total.proved == 4
    # The month before September has a day more than it: nothing falls out of line.
    assert len(report(office, Span.MONTH).columns) == 30


def test_days_are_those_of_the_people_here() -> None:
    spring = Period.around(Span.DAY, date(2026, 3, 29))
    autumn = Period.around(Span.DAY, date(2026, 10, 25))
    assert (len(spring.starts), len(autumn.starts)) == (23, 25)
    week = Period.around(Span.WEEK, date(2026, 3, 29))
    assert (week.first, week.after) == (date(2026, 3, 23), date(2026, 3, 30))
    assert week.until == spring.until
    december = Period.around(Span.MONTH, date(2026, 12, 31))
    assert (december.first, december.after) == (date(2026, 12, 1), date(2027, 1, 1))
    assert december.before.first == date(2026, 11, 1)


@pytest.mark.parametrize("text", ["", "tomorrow", "9999-12-31", "0001-01-01", "2026-02-30"])
def test_a_day_that_is_none_is_today(text: str) -> None:
    assert read_day(text, TODAY) == TODAY
    yesterday = TODAY - timedelta(days=1)
    assert read_day(yesterday.isoformat(), TODAY) == yesterday


def test_figures_are_for_those_who_see_the_whole_region(sqlite_office: Opened) -> None:
    service = sqlite_office.world.provider.services.office.statistics
    period = Period.around(Span.DAY, service.today())
    with sqlite_office.world.core.database.write() as tx:
        for who in ("chu", "clinique", "assistance"):
            mine = sqlite_office.authority(who)
            assert service.report(tx, mine, period) is Denied.NOT_ALLOWED
            assert service.facts(tx, mine, period) is Denied.NOT_ALLOWED
            assert service.waiting(tx, mine) is Denied.NOT_ALLOWED
        assert service.count_anew(tx, sqlite_office.authority("auditrice")) is Denied.NOT_ALLOWED


def test_figures_are_counted_anew(office: Opened) -> None:
    note(office, proved(), proved())
    count(office)
    service = office.world.provider.services.office.statistics
    with office.world.core.database.write() as tx:
        assert service.count_anew(tx, office.authority("regionale")) is None
    assert report(office).total.proved == 0
    count(office)
    assert report(office).total.proved == 2
    assert len(office.world.events("statistics.counted_anew")) == 1
