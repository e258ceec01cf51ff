# SPDX-License-Identifier: Apache-2.0
"""« Codes »: their state, what narrows the list, and the way from a code to its exams."""

import pytest

from imaging_app.clock import DAY
from imaging_app.sharing.codes import USE, Scope
from imaging_app.sharing.lists import PAGE
from tests.imaging.web.professional.conftest import (
    CLINIC_ID,
    HOSPITAL_ID,
    MIDWIFE,
    say_motive,
    submit,
)

LIST = "/professional/codes"


@pytest.fixture
def three(desk):
    """Codes of two patients, and one that is over."""
    gaetan, therese = desk.patient("patient"), desk.patient("other")
    long = desk.issue(Scope(gaetan, HOSPITAL_ID), days=60, comment="RCP de pneumologie")
    short = desk.issue(Scope(therese, CLINIC_ID), days=1)
    gone = desk.issue(Scope(gaetan, CLINIC_ID), days=60)
    midwife = desk.scene.inside("midwife")
    for code, born, name in (
        (long, "30/11/1948", "Gaëtan"),
        (short, "28/02/1939", "Thérèse"),
        (gone, "30/11/1948", "Gaëtan"),
    ):
        desk.scene.time.pass_by(1)
        fields = {"code": code.code, "birth_date": born, "first_name": name}
        assert submit(midwife, f"{LIST}/new", **fields).status_code == 303
    desk.scene.time.pass_by(DAY)
    desk.revoke(gone, gaetan)
    return long, short, gone


def listed(browser, query=""):
    rows = browser.page(f"{LIST}?{query}").select("[data-code]")
    return {row["data-code"]: row.select_one(".state")["class"][-1] for row in rows}


def test_states_and_what_narrows_them(desk, three):
    long, short, gone = (one.code[-4:] for one in three)
    midwife = desk.scene.inside("midwife")
    everything = {gone: "state-revoked", short: "state-expired", long: "state-valid"}
    assert listed(midwife) == everything
    for query, tails in (
        ("valid=1", {long}),
        (f"tail={three[1].code}", {short}),
        ("name=lhu", {short}),
        ("first_name=gaetan", {long, gone}),
        ("sex=F", {short}),
        ("sex=M&valid=1", {long}),
        ("birth_date=28-2-1939", {short}),
        ("birth_date=hier", set()),
        (f"establishment={HOSPITAL_ID}", {long}),
        ("name=%25", set()),
        ("tail=%25", set()),
    ):
        assert set(listed(midwife, query)) == tails, query
    page = midwife.page(f"{LIST}?name=lhu")
    assert page.select_one("details")["open"] == ""
    assert page.select_one("#name")["value"] == "lhu"


def test_only_a_code_that_holds_leads_to_exams(desk, three):
    midwife, gaetan = desk.scene.inside("midwife"), desk.patient("patient")
    ways = [row.select_one("a") for row in midwife.page(LIST).select("[data-code]")]
    [way] = [one["href"] for one in ways if one]
    say_motive(midwife, gaetan)
    page = midwife.page(way)
    hospital = [one for one in desk.exams(gaetan).values() if one.establishment == HOSPITAL_ID]
    assert [one["data-exam"] for one in page.select("[data-exam]")] == [one.id for one in hospital]
    # The page narrows by kind and keeps the code.
    kept = page.select_one("#exams form input[name=code]")["value"]
    assert kept == three[0].id


def test_a_code_is_of_who_entered_it(desk, three):
    gaetan = desk.patient("patient")
    nurse = desk.scene.inside("nurse")
    say_motive(nurse, gaetan)
    assert listed(nurse) == {}
    pages = [
        nurse.page(f"/professional/patients/{gaetan}?code={code}")
        for code in (three[0].id, "nothing")
    ]
    # Neither narrows the list, nor tells of a code that there is.
    exams = [[one["data-exam"] for one in page.select("[data-exam]")] for page in pages]
    assert exams[0] == exams[1] == [one.id for one in desk.exams(gaetan).values()]
    assert not any(page.select("#by-code") for page in pages)


def test_who_is_kept_out_has_no_codes(desk, three):
    desk.block(desk.patient("patient"), MIDWIFE)
    assert set(listed(desk.scene.inside("midwife"))) == {three[1].code[-4:]}


def test_a_long_list_has_pages_that_keep_what_narrows_it(desk):
    gaetan, midwife = desk.patient("patient"), desk.scene.inside("midwife")
    with desk.rooms.database.write() as tx:
        for _one in range(PAGE + 1):
            issued = desk.rooms.access.codes.issue(tx, Scope(gaetan, HOSPITAL_ID), by="desk")
            desk.scene.time.pass_by(1)
            use = {"rpps": MIDWIFE, "code": issued.id, "first_at": 1, "last_at": desk.scene.time()}
            tx.execute(USE, use)
    page = midwife.page(f"{LIST}?valid=1&name=%C3%A9b")
    assert len(page.select("[data-code]")) == PAGE
    onward = page.select_one(".pager a[rel=next]")["href"]
    last = midwife.page(onward)
    assert len(last.select("[data-code]")) == 1
    assert last.select_one("#name")["value"] == "éb"
    assert last.select_one("input[name=valid][checked]")
