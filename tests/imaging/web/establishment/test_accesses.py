# SPDX-License-Identifier: Apache-2.0
"""What was done is read by who administers the establishment, after a fresh login, and exported."""

import csv
import io

from imaging_app.access.actions import Action, exam
from imaging_app.access.doors import Passage
from imaging_app.access.grants import Basis
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.demo.cast import CLINIC, HOSPITAL
from imaging_app.exams.index import Wanted
from imaging_app.limits.streams import EACH, STREAMS
from imaging_app.sharing.codes import Scope
from tests.imaging.web.establishment.kit import (
    CAMILLE,
    GAETAN,
    HERE,
    deeds,
    file_of,
    send,
    soup,
    wrong_fields,
)

ACCESSES, FILE, DOWNLOADS = f"{HERE}/accesses", f"{HERE}/accesses.csv", f"{HERE}/downloads"
LATER = 301


def lines(answer) -> list[dict[str, str]]:
    assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.text
    return list(csv.DictReader(io.StringIO(answer.text), delimiter=";"))


def shown(browser, query: str = "") -> list[str]:
    return [one["data-action"] for one in browser.page(ACCESSES + query).select("tbody tr")]


def test_only_who_administers_it_reads_it_and_after_a_fresh_login(filled):
    told = filled.inside("secretary").get(ACCESSES)
    assert (told.status_code, soup(told).select_one("#error")["data-error"]) == (403, "not_yours")
    browser = filled.inside("manager")
    assert browser.page(ACCESSES).select_one("#accesses")
    filled.time.pass_by(LATER)
    for path in (ACCESSES, FILE, DOWNLOADS):
        answer = browser.get(path)
        assert answer.status_code == 303, path
        assert "max_age=300" in answer.headers["Location"]
    # A form can't be sent through a login: who sent it is told, and goes by a link.
    assert send(browser, DOWNLOADS, {"rpps": "10101234567", "may": "1"}).status_code == 403
    assert deeds(filled, "house.downloads")[-1] == ("house.downloads", "level")


def test_it_is_narrowed_to_days_people_files_and_emergencies(filled):
    secretary = filled.inside("secretary")
    for number in (GAETAN, CAMILLE):
        secretary.page(f"{HERE}/files/{file_of(filled, number)}")
    browser = filled.inside("manager")
    assert shown(browser)[0] == "house.trace"
    assert shown(browser, f"?number={CAMILLE}") == ["file.desk"]
    assert shown(browser, "?number=unknown") == []
    assert shown(browser, "?rpps=10101234567") == []
    assert shown(browser, "?until=01/01/2020") == []
    assert shown(browser, "?since=01/01/2020")
    assert shown(browser, "?emergencies=1") == []
    page = browser.page(f"{ACCESSES}?since=31/31/2020")
    assert page.select_one("#f-since")["aria-invalid"] == "true"
    # Of another establishment nothing is here.
    assert browser.get(f"/establishment/{CLINIC[0]}/accesses").status_code == 403


def test_it_is_taken_as_a_file_that_holds_up_nobody(filled):
    browser, secretary = filled.inside("manager"), filled.inside("secretary")
    secretary.page(f"{HERE}/files/{file_of(filled)}")
    filled.rooms.streams.size = 0
    answer = browser.client.get(FILE, base_url=filled.home)
    taken = answer.iter_encoded()
    first = next(taken)
    # While it is taken, others write.
    secretary.page(f"{HERE}/files/{file_of(filled, CAMILLE)}")
    text = (first + b"".join(taken)).decode()
    answer.close()
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert {"house.trace", "file.desk"} <= {one["action"] for one in rows}
    assert {one["actor_establishment"] for one in rows} == {HOSPITAL[0]}
    # The same filters hold.
    assert {one["action"] for one in lines(browser.get(f"{FILE}?number={CAMILLE}"))} == {
        "file.desk"
    }
    assert deeds(filled, "house.trace") == [("house.trace", "allowed")] * 2


def test_so_many_files_are_on_their_way_and_no_more(filled):
    browser, streams = filled.inside("manager"), filled.rooms.streams
    own = [streams.begin("sub-manager", EACH) for _ in range(EACH)]
    answer = browser.get(FILE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    page = soup(answer)
    assert page.select_one("[data-error]")["data-error"] == "busy-own"
    assert page.select_one(f'a[href="{ACCESSES}"]')
    for one in own:
        one.end()
    others = [streams.begin(str(number), 1) for number in range(STREAMS)]
    assert browser.get(FILE).status_code == 503
    # Whoever waits has taken nothing; the page is there meanwhile.
    assert deeds(filled, "house.trace") == []
    browser.page(ACCESSES)
    for one in others:
        one.end()
    for _time in range(EACH + 1):
        assert browser.get(FILE).status_code == 200
    filled.time.pass_by(LATER)
    for _time in range(EACH + 1):
        assert browser.get(FILE).status_code == 303
    assert not streams._of


def test_one_that_breaks_before_it_goes_out_keeps_no_turn(filled, monkeypatch):
    browser = filled.inside("manager")

    def breaks(*_asked, **_how):
        raise OSError

    filled.app.config["PROPAGATE_EXCEPTIONS"] = False
    with monkeypatch.context() as broken:
        broken.setattr(filled.rooms.access.desk, "read_trace", breaks)
        for _time in range(EACH):
            assert browser.get(FILE).status_code == 500
    assert not filled.rooms.streams._of
    assert browser.get(FILE).status_code == 200


def test_pages_go_on_where_the_last_one_ended(filled):
    secretary, file = filled.inside("secretary"), file_of(filled)
    for _time in range(55):
        secretary.get(f"{HERE}/files/{file}")
    browser = filled.inside("manager")
    query = f"?number={GAETAN}"
    first = browser.page(ACCESSES + query)
    assert len(first.select("tbody tr")) == 50
    further = first.select_one("[rel=next]")["href"]
    assert len(browser.page(further).select("tbody tr")) == 5


def test_an_emergency_is_flagged_and_found(filled):
    rooms, access = filled.rooms, filled.rooms.access
    visitor = Visitor(
        kind=Kind.PROFESSIONAL, subject="sub-midwife", session="s", name="Zoé N’Guessan",
        rpps="10101234570", level=2, auth_at=rooms.now(),
    )  # fmt: skip
    with rooms.database.write() as tx:
        file = access.files.find(tx, HOSPITAL[0], GAETAN)
        [one], _more = rooms.exams.index.exams(tx, Wanted(file=file.id))
        until, scope = rooms.now() + 3600, Scope(file.patient)
        access.grants.make(tx, visitor.rpps, scope, Basis.EMERGENCY, until, reason="Coma")
        assert isinstance(access.doors.open(tx, visitor, exam(one.id), Action.EXAM_OPEN), Passage)
    browser = filled.inside("manager")
    [row] = browser.page(f"{ACCESSES}?emergencies=1").select("tbody tr")
    assert (row["data-action"], row["class"]) == ("exam.open", ["emergency"])
    assert "ÉBEAUPRÉ Gaëtan" in row.text
    [line] = lines(browser.get(f"{FILE}?emergencies=1"))
    assert (line["rpps"], line["emergency"], line["motive"]) == ("10101234570", "True", "urgence")


def test_another_time_than_the_one_that_was_meant_is_not_exported(filled):
    browser = filled.inside("manager")
    for field in ("since", "until"):
        answer = browser.get(f"{FILE}?{field}=31/02/2026")
        assert (answer.status_code, answer.mimetype) == (422, "text/html")
        assert soup(answer).select_one(f"#f-{field}[aria-invalid]")
    assert filled.inside("secretary").get(f"{FILE}?since=x").status_code == 403


def test_an_emergency_is_told_with_its_reason_even_where_nothing_was_opened(filled):
    rooms, access = filled.rooms, filled.rooms.access
    visitor = Visitor(
        kind=Kind.PROFESSIONAL, subject="sub-midwife", session="s", name="Zoé N’Guessan",
        rpps="10101234570", level=2, auth_at=rooms.now(),
    )  # fmt: skip
    why = "Trouvée inconsciente, recherche de contre-indications"
    with rooms.database.write() as tx:
        file = access.files.find(tx, HOSPITAL[0], GAETAN)
        assert isinstance(access.finding.break_in(tx, visitor, file.patient, why), str)
    secretary, browser = filled.inside("secretary"), filled.inside("manager")
    for one in (secretary, browser):
        page = one.page(HERE)
        notices = page.select("#notices li")
        assert [(it["data-notice"], it["data-read"]) for it in notices] == [("emergency", "no")]
        # Neither who, nor to whom, nor why stands before the door.
        assert not any(word in page.text for word in ("Guessan", "BEAUPR", why))
    assert not secretary.page(HERE).select("#notices a, #notices form")
    review = browser.page(HERE).select_one("#notices a")["href"]
    [row] = browser.page(review).select("tbody tr")
    assert row["data-action"] == "emergency.told"
    assert why in row.text
    assert send(secretary, f"{HERE}/notices", {"until": rooms.now()}).status_code == 403
    assert browser.page(HERE).select("#notices [data-read=no]")
    filled.time.pass_by(LATER)
    assert send(browser, f"{HERE}/notices", {"until": rooms.now()}).status_code == 403
    browser = filled.inside("manager")
    assert send(browser, f"{HERE}/notices", {"until": rooms.now()}).status_code == 303
    assert browser.page(HERE).select("#notices [data-read=yes]")


def test_downloads_are_permitted_and_forbidden_by_number(filled):
    browser = filled.inside("manager")
    before = [one["data-rpps"] for one in browser.page(DOWNLOADS).select("#permitted li")]
    assert before == ["10101234567"]
    for number in ("", "123", "1010123457x"):
        assert wrong_fields(send(browser, DOWNLOADS, {"rpps": number, "may": "1"})) == {"rpps"}
    new = {"rpps": "10101234572"}
    asked = send(browser, DOWNLOADS, new | {"may": "1"})
    assert (asked.status_code, bool(soup(asked).select_one("#sure"))) == (200, True)
    assert len(browser.page(DOWNLOADS).select("#permitted li")) == 1
    new |= {"sure": "10101234572"}
    for may, done in (
        ("1", "permitted"),
        ("1", "unchanged"),
        ("0", "forbidden"),
        ("0", "unchanged"),
    ):
        answer = send(browser, DOWNLOADS, new | {"may": may})
        assert answer.headers["Location"].endswith(f"?done={done}")
    assert send(filled.inside("secretary"), DOWNLOADS, new | {"may": "1"}).status_code == 403
