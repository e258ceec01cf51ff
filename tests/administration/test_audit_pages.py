# SPDX-License-Identifier: Apache-2.0
"""The pages of the audit: who may open them, what they show, what they give away."""

import csv
import io
import json

import pytest

from idp.administration.oversight.counting import Counting
from idp.audit.record import Event
from idp.audit.seal import Sealer
from idp.origin import Origin
from tests.administration.kit import Opened

PAGES = ("/admin/audit", "/admin/audit/1", "/admin/audit/verification", "/admin/statistics")
DAY = 86_400
ELSEWHERE = Origin("203.0.113.9", "Mozilla/5.0 Firefox/140.0", "request-9")


def note(office: Opened, *events: Event) -> None:
    with office.world.core.database.write() as tx:
        for event in events:
            office.world.core.audit.record(tx, event, ELSEWHERE)


@pytest.mark.parametrize("page", PAGES)
def test_wb_014_who_may_open_it(sqlite_office: Opened, page: str) -> None:
    # An establishment has figures of its own, and no audit.
    chu = 200 if page == "/admin/statistics" else 403
    for who, status in (("auditrice", 200), ("assistance", 403), ("chu", chu)):
        assert sqlite_office.enter(who).get(page).status_code == status, who


def test_events_are_searched_and_opened(office: Opened) -> None:
    note(office, Event("card.added", account=office["medecin"].id, detail={"serial": "<i>28</i>"}))
    browser = office.enter("auditrice")
    browser.get("/admin/audit?kind=card.added")
    [row] = browser.page.select("tbody tr")
    assert office["medecin"].person.last_name in row.get_text()
    assert "203.0.113.9" in row.get_text()
    browser.get(row.select_one("a")["href"])
    # What an event holds is text, whatever it looks like (WB-007).
    assert "<i>28</i>" in browser.page.get_text()
    assert not browser.page.select("main i")
    assert browser.get("/admin/audit/99999999").status_code == 404


def test_filters_narrow_the_search(office: Opened) -> None:
    note(office, Event("card.added", detail={"serial": "2800-A"}), Event("card.revoked"))
    browser = office.enter("auditrice")
    for query, seen in (
        ("text=2800-a", 1),
        ("text=2800-b", 0),
        ("address=203.0.113.9", 2),
        ("reference=request-9&outcome=ok", 2),
        ("reference=request-9&outcome=-ok", 0),
        ("reference=request-9&until=2020-01-01", 0),
        ("reference=request-9&since=9999-12-31&until=9999-12-31", 0),
        ("reference=request-9&since=nonsense&after=nonsense&kind=nonsense", 2),
    ):
        browser.get(f"/admin/audit?{query}")
        assert len(browser.page.select("tbody tr")) == seen, query


def test_a_search_is_taken_away_as_a_file(office: Opened) -> None:
    note(office, Event("card.added", detail={"serial": "=1+1", "n": 5}), Event("card.revoked"))
    browser = office.enter("auditrice")
    browser.get("/admin/audit?kind=card.added")
    answer = browser.submit("/export", form="csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True)), delimiter=";"))
    assert [row[2] for row in rows[1:]] == ["card.added"]
    browser.get("/admin/audit?kind=card.added")
    answer = browser.submit("/export", form="jsonl")
    [line] = [json.loads(one) for one in answer.get_data(as_text=True).splitlines()]
    assert line["detail"] == {"serial": "=1+1", "n": "5"}
    # Before anything leaves: who took what.
    events = office.world.events("audit.exported")
    assert [json.loads(one.detail)["form"] for one in events] == ["csv", "jsonl"]
    assert json.loads(events[0].detail)["by"] == office["auditrice"].id


def test_a_proof_is_asked_for_and_told(sqlite_office: Opened) -> None:
    office = sqlite_office
    core = office.world.core
    sealer = Sealer(core.clock, office.world.provider.secrets.audit)
    while sealer.run_once(core.database):
        pass
    browser = office.enter("auditrice")
    browser.get("/admin/audit/verification")
    browser.submit("/verification")
    office.world.provider.services.office.verifying.wait()
    browser.get("/admin/audit/verification")
    assert browser.page.select_one(".pill-good")
    assert not browser.page.select("progress")


def test_for_how_long_events_are_kept_is_told(sqlite_office: Opened) -> None:
    office, core = sqlite_office, sqlite_office.world.core
    browser = office.enter("auditrice")
    for page in ("/admin/audit", "/admin/audit/verification"):
        browser.get(page)
        told = browser.page.main.text
        assert "1\N{NARROW NO-BREAK SPACE}095" in told
        assert "Ce qui s’est passé avant" not in told
    sealer = Sealer(core.clock, office.world.provider.secrets.audit)
    now = core.clock.now()
    for days in (1100, 5, 4, 3, 2):
        office.world.clock.at = now - days * DAY
        note(office, Event("test.event"))
        while sealer.run_once(core.database):
            pass
    office.world.clock.at = now
    assert core.retention.run(lambda _tx: 2**62).events
    for page in ("/admin/audit", "/admin/audit/verification"):
        browser.get(page)
        assert "Ce qui s’est passé avant" in browser.page.main.text


def test_figures_are_shown_with_their_tables(sqlite_office: Opened) -> None:
    office, core = sqlite_office, sqlite_office.world.core
    browser = office.enter("regionale")
    note(office, Event("login.admitted", application="dcc", means="totp", level=2))
    sealer = Sealer(core.clock, office.world.provider.secrets.audit)
    while sealer.run_once(core.database):
        pass
    Counting(core.database, core.clock).run()
    for span in ("day", "week", "month", "century"):
        assert browser.get(f"/admin/statistics?span={span}").status_code == 200
        charts = browser.page.select("figure.chart")
        assert len(charts) == 6
        assert all(one.select_one("table, .chart-empty") for one in charts)
    answer = browser.get("/admin/statistics/export?span=week")
    assert '"login.admitted"' in answer.get_data(as_text=True)
    browser.get("/admin/statistics/anew")
    browser.submit("/anew")
    assert len(office.world.events("statistics.counted_anew")) == 1


def test_only_who_sets_rules_counts_anew(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("auditrice")
    browser.get("/admin/statistics")
    assert not browser.page.select("a[href='/admin/statistics/anew']")
    assert browser.get("/admin/statistics/anew").status_code == 403
