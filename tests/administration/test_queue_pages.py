# SPDX-License-Identifier: Apache-2.0
"""The queue's pages: from the list to a decision, and on to the next one."""

from idp.accounts import service as accounts
from idp.accounts.values import Person, Population
from idp.administration.requests.batch import Picked, picked_from
from idp.registration.values import Stage
from tests.administration.console_kit import csrf, form_to, news, send, texts
from tests.administration.kit import CHU, CLINIC, DESK, Opened
from tests.administration.requests_kit import CARD, NUMBER, ask, do, someone
from tests.cast import PEOPLE
from tests.outbox import waiting

PATH = "/admin/requests"


def stage_of(office: Opened, request: str) -> Stage:
    with office.world.core.database.read() as tx:
        found = office.world.core.requests.load(tx, request)
    assert found is not None
    return found.stage


def test_one_decides_after_the_other(sqlite_office: Opened) -> None:
    core = sqlite_office.world.core
    first = ask(core, card=CARD, communities=("onco-centre",))
    sqlite_office.world.clock.pass_by(60)
    second = ask(core, **someone(1))
    ask(core, **someone(2, establishment=CLINIC))
    browser = sqlite_office.enter("chu")
    browser.get(PATH)
    assert texts(browser, ".row-link") == ["Lefèvre Élodie", "Person001 Alix"]
    assert "Person002" not in browser.last.get_data(as_text=True)
    browser.get(f"{PATH}/{first.id}")
    assert send(browser, "/claim") == 200
    assert news(browser)
    assert send(browser, "/approve") == 200
    # The next one is there at once; what was done is told with whose request it was.
    assert browser.last.request.path == f"{PATH}/{second.id}"
    assert "Lefèvre Élodie" in news(browser)
    assert stage_of(sqlite_office, first.id) is Stage.APPROVED
    assert len(waiting(sqlite_office.world, "request-approved")) == 1
    # A reason is needed, and what was typed elsewhere is kept.
    assert send(browser, "/refuse", reason=" ") == 422
    assert send(browser, "/refuse", reason="Numéro inconnu.") == 200
    assert browser.last.request.path == PATH
    [letter] = waiting(sqlite_office.world, "request-refused")
    assert letter.values["reason"] == "Numéro inconnu."
    browser.get(f"{PATH}/{second.id}")
    assert "Numéro inconnu." in " ".join(texts(browser, "section"))
    assert send(browser, "/reopen") == 200
    assert send(browser, "/ask", asked="Une copie du diplôme.") == 200
    assert stage_of(sqlite_office, second.id) is Stage.RETURNED
    [letter] = waiting(sqlite_office.world, "request-returned")
    assert letter.values["link"].startswith("https://sceau.example/registration/resume/")


def test_whoever_is_slower_loses_nothing_that_they_typed(sqlite_office: Opened) -> None:
    request = ask(sqlite_office.world.core)
    browser = sqlite_office.enter("chu")
    browser.get(f"{PATH}/{request.id}")
    do(sqlite_office, "note", "regionale", request.id, "Rappeler lundi")
    assert send(browser, "/refuse", reason="Numéro inconnu.") == 409
    page = " ".join(texts(browser, "#form-error"))
    assert "Rappeler lundi" in page
    assert "Rose Garnier" in page
    assert form_to(browser, "/refuse").textarea.get_text().strip() == "Numéro inconnu."
    assert stage_of(sqlite_office, request.id) is Stage.PENDING
    assert send(browser, "/refuse") == 200
    assert stage_of(sqlite_office, request.id) is Stage.REFUSED


def test_cr_045_the_temporary_password_is_on_no_page(sqlite_office: Opened) -> None:
    request = ask(sqlite_office.world.core)
    browser = sqlite_office.enter("chu")
    browser.get(f"{PATH}/{request.id}")
    assert send(browser, "/approve", way="password") == 200
    [letter] = waiting(sqlite_office.world, "request-approved-password")
    assert letter.values["password"] not in browser.last.get_data(as_text=True)


def test_somebody_who_is_there_is_compared_and_given_what_was_asked(sqlite_office: Opened) -> None:
    core = sqlite_office.world.core
    with core.database.write() as tx:
        person = Person(
            Population.PROFESSIONAL, "elodie", "Elodie", "Lefevre", national_id=f"8{NUMBER}"
        )
        there = core.accounts.create(tx, person)
        core.establishments.join(tx, there.id, CHU, DESK)
    request = ask(core)
    browser = sqlite_office.enter("chu")
    browser.get(f"{PATH}/{request.id}")
    assert not browser.page.select("form[action$='/approve']")
    browser.get(f"{PATH}/{request.id}/compare/{there.id}")
    assert len(browser.page.select("tr.compared-close")) == 2
    assert send(browser, "/attach") == 200
    with core.database.read() as tx:
        found = core.requests.load(tx, request.id)
    assert found is not None
    assert found.account_id == there.id


def test_several_at_once_each_with_its_outcome(sqlite_office: Opened) -> None:
    core = sqlite_office.world.core
    mine = [ask(core, **someone(number)) for number in range(2)]
    known = ask(core, **someone(2, email=PEOPLE["medecin"].email))
    foreign = ask(core, **someone(3, establishment=CLINIC))
    browser = sqlite_office.enter("chu")
    browser.get(PATH)
    picks = [f"{one.id}.1" for one in (*mine, known, foreign)]
    do(sqlite_office, "claim", "chu", mine[1].id, 1)
    data = {"csrf": csrf(browser), "act": "approve", "pick": picks}
    assert browser.post(f"{PATH}/batch", data).status_code == 200
    assert send(browser, "/batch/done") == 200
    rows = texts(browser, "tbody tr")
    assert len(rows) == 4
    assert rows[0].startswith("Person000")
    assert foreign.content.details.last_name not in " ".join(rows)
    stages = [stage_of(sqlite_office, one.id) for one in (*mine, known, foreign)]
    assert stages[0] is Stage.APPROVED
    assert stages[1:] == [Stage.PENDING] * 3
    # Begun again, nothing happens twice.
    browser.post(f"{PATH}/batch", data)
    assert send(browser, "/batch/done") == 200
    assert len(waiting(sqlite_office.world, "request-approved")) == 1


def test_what_is_picked_is_read_strictly() -> None:
    texts_ = ["a.1", "a.2", "b", ".3", "c.x", "d.\u0661", "x" * 23 + ".1", "e.4"]
    assert picked_from(texts_) == [Picked("a", 1), Picked("e", 4)]
    assert len(picked_from(f"{number}.1" for number in range(900))) == 200


def test_how_long_people_wait_is_a_page(sqlite_office: Opened) -> None:
    ask(sqlite_office.world.core)
    browser = sqlite_office.enter("chu")
    assert browser.get(f"{PATH}/figures").status_code == 200
    assert len(browser.page.select("main .figure")) == 4


def test_wb_014_the_pages_are_closed_to_others(sqlite_office: Opened) -> None:
    request = ask(sqlite_office.world.core)
    for who, status in (("assistance", 403), ("clinique", 404)):
        browser = sqlite_office.enter(who)
        assert browser.get(f"{PATH}/{request.id}").status_code == status
        assert "Lef" not in browser.last.get_data(as_text=True)
    browser = sqlite_office.enter("auditrice")
    assert browser.get(f"{PATH}/{request.id}").status_code == 200
    assert not [
        one for one in browser.page.select("main form[method=post]") if PATH in str(one["action"])
    ]


def test_nobody_is_shown_what_no_account_is(sqlite_office: Opened) -> None:
    request = ask(sqlite_office.world.core)
    browser = sqlite_office.enter("chu")
    with sqlite_office.world.core.database.read() as tx:
        other = accounts.find(tx, "infirmiere@clinique.example") or "nobody"
    assert browser.get(f"{PATH}/{request.id}/compare/{other}").status_code == 404


def test_the_letter_that_asks_for_more_leads_back_to_the_form(sqlite_office: Opened) -> None:
    request = ask(sqlite_office.world.core)
    do(sqlite_office, "ask_more", "chu", request.id, 1, "Une copie du diplôme.")
    [letter] = waiting(sqlite_office.world, "request-returned")
    somebody = sqlite_office.world.browser()
    somebody.get(str(letter.values["link"]))
    if somebody.page.select("form[action*='/registration/resume']"):
        somebody.submit("/registration/resume")
    assert somebody.last.status_code == 200
    somebody.get("/registration/details")
    assert somebody.page.select_one("input[name=last_name]")["value"] == "Lefèvre"
