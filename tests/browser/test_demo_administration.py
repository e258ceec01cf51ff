# SPDX-License-Identifier: Apache-2.0
"""Issue 5 in `sceau demo`: registered, decided on, enrolled, kept apart; by what anybody sees."""

import base64
import csv
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, expect

from tests.browser.applicants import Applicant, Clerk, number_of
from tests.browser.cards_desk import CardDesk, Opener, ask_card, at_meetings
from tests.browser.conftest import visiting
from tests.browser.figures import behind, drawn, fits, plain
from tests.browser.paper import A4, Letter, read_letter
from tests.browser.programs import Program, program_of, terminal
from tests.browser.renewal import choose
from tests.browser.test_card_story import pin_of
from tests.browser.test_demo_story import Desk, log_in
from tests.demo.opened import Demo, demo, entry

FRESH, OTHER, THIRD = "Corbeau-lanterne-7294", "Brouette-nuage-5518", "Sabot-horizon-3306"
HOSPITAL, CLINIC = "0B0057881", "0B0062154"
FILES = ("dcc", "/dossiers")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, as one command starts it."""
    with demo(tmp_path_factory.mktemp("administration") / "data") as made:
        yield made


@pytest.fixture(scope="module")
def visit(chromium: Browser, opened: Demo) -> Iterator[Opener]:
    """Browsers on it; those of administrators stay open from test to test."""
    with visiting(chromium, opened.site) as browsers:
        yield browsers


@pytest.fixture(scope="module")
def desk(visit: Opener) -> Desk:
    """The desk, in a window beside all others."""
    return Desk(visit())


@pytest.fixture(scope="module")
def region(visit: Opener, desk: Desk) -> Clerk:
    """Who decides everywhere."""
    return Clerk(visit()).enter(desk, "admin.region")


@pytest.fixture(scope="module")
def house(visit: Opener, desk: Desk) -> Clerk:
    """Who decides at the hospital."""
    return Clerk(visit()).enter(desk, "admin.chu")


def applicant(visit: Opener, desk: Desk, name: str, **more: object) -> Applicant:
    return Applicant(visit(**more), desk, f"{name}@cabinet.example")


def test_somebody_without_a_card_registers_is_approved_and_logs_in(visit, desk, region) -> None:
    bastien = applicant(visit, desk, "bastien.morvan")
    bastien.send(number_of(desk, "Bastien Morvan"), "onco-centre")
    region.open_request("Morvan")
    # The register agrees, and says so beside what was typed.
    expect(region.visit.main.locator(".pill-good")).not_to_have_count(0)
    region.decide("approve", way="link")
    bastien.follow_letter("/activate")
    choose(bastien.visit, FRESH)
    bastien.visit.open_example(*FILES)
    log_in(bastien.visit, "bmorvan", FRESH)
    bastien.visit.expect_application("dcc")
    expect(bastien.visit.page.locator(".person-name")).to_contain_text("Morvan")


def test_somebody_with_the_virtual_card_registers_is_approved_and_logs_in_by_it(
    visit, desk, region, opened
) -> None:
    ines, reader = applicant(visit, desk, "ines.garnier"), CardDesk(visit())
    pin = pin_of(opened, "inconnue")
    ines.begin(card=True)
    ines.show_card(reader, "inconnue", pin)
    # What the card says is filled in, and its number can't be replaced.
    expect(ines.page.locator("#number")).to_have_attribute("readonly", "")
    expect(ines.page.locator("#number")).to_have_value("99700000096")
    ines.fill_in(establishment=CLINIC)
    ines.wish("onco-centre")
    ines.finish()
    ines.confirm()
    region.open_request("Garnier")
    expect(region.visit.main).to_contain_text("2600000015")
    region.decide("approve", way="password")
    letter = ines.letter("igarnier")
    reader.have_meetings_ask(3)
    by_card = visit()
    at_meetings(by_card)
    ask_card(by_card)
    reader.type_pin(pin)
    by_card.expect_application("rcp")
    expect(by_card.page.locator(".person-name")).to_contain_text("Garnier")
    # It is the account that was approved: its temporary password opens it, too.
    temporary = desk.word(letter)
    ines.visit.open_example(*FILES)
    log_in(ines.visit, "igarnier", temporary)
    choose(ines.visit, FRESH)
    ines.visit.expect_application("dcc")


def test_who_is_asked_for_more_completes_their_request_and_is_approved(visit, desk, region) -> None:
    awa = applicant(visit, desk, "awa.diallo", width=390, height=844)
    awa.send(number_of(desk, "Awa Diallo"))
    asked = "Merci d’ajouter un numéro de mobile."
    region.open_request("Diallo")
    region.decide("ask", asked=asked)
    expect(awa.letter(asked)).to_be_attached()
    awa.follow_letter("/registration/resume")
    awa.press("/registration/resume")
    # What is asked for stands where it is to be done, and nothing that was typed is lost.
    expect(awa.page).to_contain_text(asked)
    awa.visit.follow(awa.page.locator("a[href='/registration/details']").first)
    expect(awa.page).to_contain_text(asked)
    expect(awa.page.locator("#street")).to_have_value("3 rue du Change")
    awa.fill_in(mobile="06 39 98 01 12")
    awa.wish()
    awa.finish()
    region.open_request("Diallo")
    expect(region.visit.main).to_contain_text(asked)
    region.decide("approve", way="link")
    awa.follow_letter("/activate")
    choose(awa.visit, FRESH)
    awa.visit.open("/account")
    log_in(awa.visit, "adiallo", FRESH)
    expect(awa.visit.page.locator("a[href='/account/identity']").first).to_be_visible()


def test_who_is_refused_reads_why_and_may_ask_again(visit, desk, region) -> None:
    chloe = applicant(visit, desk, "chloe.lebihan")
    chloe.send(number_of(desk, "Chloé Le Bihan"))
    reason = "Votre établissement ne fait pas partie de la région."
    region.open_request("Bihan")
    region.decide("refuse", reason=reason)
    expect(chloe.letter("pas été acceptée")).to_contain_text(reason)
    chloe.visit.open("/registration/status")
    expect(chloe.page).to_contain_text(reason)
    chloe.visit.follow(chloe.page.locator("a[href='/registration']"))
    expect(chloe.page.locator("#terms")).to_be_visible()


def print_letter(house: Clerk, folder: Path) -> Letter:
    """« Imprimer la lettre », on the page of the patient."""
    with house.visit.page.expect_download() as waiting:
        house.visit.main.locator("form[action$='/letter'] button").click()
    file = folder / "letter.pdf"
    waiting.value.save_as(file)
    house.visit.page.reload()
    return read_letter(file)


def test_a_patients_letter_is_printed_logged_in_with_and_reprinted(visit, house, tmp_path) -> None:
    clerk = house.visit
    clerk.open("/admin/patients")
    clerk.follow(clerk.main.locator("a[href='/admin/patients/new']"))
    typed = {"last_name": "Lœuvre", "first_name": "Zoé", "birth_date": "29/02/1984"}
    address = {"email": "zoe.loeuvre@courriel.example"}
    for name, text in (typed | address | {"email_again": address["email"]}).items():
        clerk.page.locator(f"#{name}").fill(text)
    clerk.page.locator("#consent").check()
    clerk.follow(clerk.page.locator("main form:has(#consent) button[type=submit]"))
    first = print_letter(house, tmp_path)
    assert first.size == pytest.approx(A4, abs=1)
    assert 0.005 < first.ink < 0.2
    assert "Zoé" in first.text
    assert "CHU de démonstration" in first.text
    zoe = visit(width=390, height=844)
    zoe.open("/account")
    log_in(zoe, first.identifier, first.password)
    choose(zoe, FRESH)
    expect(zoe.page.locator(".top-person")).to_be_visible()
    second = print_letter(house, tmp_path)
    assert second.identifier == first.identifier
    for over in (first.password, FRESH):
        other = visit()
        other.open("/account")
        log_in(other, first.identifier, over)
        expect(other.page.get_by_role("alert")).to_be_visible()
    zoe = visit()
    zoe.open("/account")
    log_in(zoe, second.identifier, second.password)
    choose(zoe, OTHER)
    expect(zoe.page.locator(".top-person")).to_be_visible()


@pytest.fixture(scope="module")
def program(opened: Demo, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A program of the hospital."""
    return program_of(opened, HOSPITAL, tmp_path_factory.mktemp("program"))


@pytest.fixture(scope="module")
def outside(region: Clerk, opened: Demo) -> str:
    """The id of somebody of the clinic, found by whoever may find them."""
    page = region.visit.page
    region.visit.open(f"/admin/accounts?text={identifier_in(opened, 'infirmiere')}")
    return str(page.locator("[data-row] a").first.get_attribute("href")).rpartition("/")[2]


def identifier_in(opened: Demo, who: str) -> str:
    return str(entry(opened.cast["people"], who)["identifier"])


def listed_by(clerk: Clerk, folder: Path) -> set[str]:
    """The identifiers in the file of accounts that somebody takes away."""
    clerk.visit.open("/admin/accounts")
    with clerk.visit.page.expect_download() as waiting:
        clerk.visit.main.locator("form[action='/admin/accounts/export'] button").click()
    file = folder / "accounts.csv"
    waiting.value.save_as(file)
    rows = csv.DictReader(file.read_text("utf-8-sig").splitlines(), delimiter=";")
    return {one["identifier"] for one in rows}


def test_of_the_clinic_the_hospital_sees_no_page_and_no_file(
    visit, desk, region, house, opened, outside, tmp_path
) -> None:
    asks = applicant(visit, desk, "yann.kervella")
    name = {"last_name": "Kervella", "first_name": "Yann", "civility": "M", "profession": "60"}
    asks.send("", establishment=CLINIC, **name)
    region.open_request("Kervella")
    request = region.visit.path
    region.visit.open("/admin/patients")
    patient = region.visit.main.locator("[data-row]", has_text="Aubigné").locator("a").first
    sheet = f"/admin/accounts/{outside}"
    pages = [sheet, f"{sheet}/edit", f"{sheet}/state?to=disabled", f"{sheet}/history", request]
    pages.append(str(patient.get_attribute("href")))
    for page in pages:
        # What one of them is shown, the other one is told does not exist.
        region.visit.open(page)
        expect(region.visit.page.locator("main#error")).to_have_count(0)
        house.visit.open(page)
        expect(house.visit.page.locator("main#error")).to_have_count(1)
    for page, hidden in (
        ("/admin/accounts?text=villeneuve", "Villeneuve"),
        ("/admin/requests", "Kervella"),
        ("/admin/patients", "Aubigné"),
        ("/admin/establishments", "Clinique"),
    ):
        region.visit.open(page)
        expect(region.visit.main).to_contain_text(hidden)
        house.visit.open(page)
        expect(house.visit.main).not_to_contain_text(hidden)
    nurse, doctor = (identifier_in(opened, who) for who in ("infirmiere", "medecin"))
    assert {nurse, doctor} <= listed_by(region, tmp_path)
    mine = listed_by(house, tmp_path)
    assert doctor in mine
    assert nurse not in mine


def test_of_the_clinic_the_hospital_touches_nothing_by_a_form(house, outside) -> None:
    clerk = house.visit
    clerk.open("/admin/accounts")
    csrf = clerk.page.locator("input[name=csrf]").first.get_attribute("value")
    typed = {"csrf": str(csrf), "to": "disabled", "reason": "Parti"}
    for act in ("state", "reset", "sessions", "unlock", "edit"):
        url = f"{clerk.site.issuer}/admin/accounts/{outside}/{act}"
        answer = clerk.context.request.post(url, form=typed, headers={"Origin": clerk.site.issuer})
        assert answer.status == 404, act


def test_of_the_clinic_a_program_of_the_hospital_reads_and_writes_nothing(
    visit, desk, opened, program, outside
) -> None:
    nurse, doctor = (identifier_in(opened, who) for who in ("infirmiere", "medecin"))
    found = program.call("GET", "/accounts?size=100").json()
    seen = {one["identifier"] for one in found["items"]}
    assert doctor in seen
    assert nurse not in seen
    one, state = f"/accounts/{outside}", {"state": "disabled", "reason": "Parti"}
    answers = [
        program.call("GET", one),
        program.call("PATCH", one, {"town": "Tours"}, If_Match='"1"'),
        program.call("PUT", f"{one}/state", state),
        program.call("POST", f"{one}/unlock"),
        program.call("DELETE", f"{one}/sessions"),
    ]
    assert {one.status_code for one in answers} == {404}
    # The same by SCIM.
    scim, user = "/scim/v2", f"/Users/{outside}"
    asked = f'/Users?filter=userName eq "{nurse}"'
    assert program.call("GET", asked, prefix=scim).json()["totalResults"] == 0
    patch = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": False}],
    }
    for method, body in (("GET", None), ("PATCH", patch), ("DELETE", None)):
        assert program.call(method, user, body, prefix=scim).status_code == 404
    # Whom all of this was about goes on as before.
    somebody = visit()
    somebody.open_example(*FILES)
    log_in(somebody, nurse, desk.password_of(nurse))
    somebody.expect_application("dcc")


def test_a_command_is_for_who_holds_the_keys_of_the_installation(opened) -> None:
    nurse, doctor = (identifier_in(opened, who) for who in ("infirmiere", "medecin"))
    words = ("accounts", "search", "--establishment", HOSPITAL, "--json")
    found = {one["identifier"] for one in json.loads(terminal(opened).did(*words))}
    assert doctor in found
    assert nurse not in found
    # The file of the database opens nothing by itself.
    without_keys = terminal(
        opened,
        SCEAU_SERVER_ISSUER=opened.address("sceau"),
        SCEAU_DATABASE_URL=f"sqlite:///{opened.folder / 'sceau.sqlite3'}",
        SCEAU_SECRETS_KEYS="own:" + base64.b64encode(secrets.token_bytes(32)).decode(),
    )
    for verb in ("show", "disable"):
        told = without_keys.refused("accounts", verb, nurse)
        assert "key" in told
        assert nurse not in told


def test_the_api_is_there_to_read(visit, opened) -> None:
    somebody = visit(javascript=False)
    somebody.open("/api")
    expect(somebody.page.get_by_role("heading", level=1)).to_be_visible()
    described = requests.get(opened.address("sceau") + "/api/openapi.json", timeout=60).json()
    assert described["openapi"].startswith("3.1")
    paths = {path.removeprefix("/api/v1") for path in described["paths"]}
    shown = somebody.page.locator("summary code").all_text_contents()
    assert paths == set(shown)
    # One operation unfolds, with its parameters and a call to copy.
    answer = somebody.page.locator("#listAccounts")
    expect(answer).to_be_hidden()
    somebody.page.locator(
        "summary", has=somebody.page.locator("h3", has_text="/accounts")
    ).first.click()
    expect(answer.locator("table")).to_be_visible()
    expect(answer.locator(".sample")).to_contain_text("curl")
    reader = visit()
    reader.open("/api")
    for one in ("listAccounts", "editAccount"):
        reader.page.locator("details", has=reader.page.locator(f"#{one}")).locator(
            "summary"
        ).click()
    assert fits(reader, "/api") == []


def test_the_charts_of_the_month_say_what_their_tables_say(region) -> None:
    somebody, page = region.visit, region.visit.page
    # The month that holds most of the days told of: on its first days, it is the one before.
    day = datetime.now(UTC).date() - timedelta(days=15)
    # The tables are behind; each opens.
    somebody.open(f"/admin/statistics?span=month&day={day}")
    somebody.follow(page.locator("a[rel=prev]"))
    somebody.follow(page.locator("a[rel=next]"))
    figures = page.locator(".figures-row .figure-value").all_text_contents()
    columns = page.locator("figure.chart-columns")
    expect(columns).to_have_count(2)
    for chart in columns.all():
        assert drawn(chart)
        assert drawn(chart) == behind(chart)
        expect(chart.locator("table")).to_be_hidden()
        chart.locator("summary").click()
        expect(chart.locator("table")).to_be_visible()
    opened = sum(
        int(figure)
        for (_day, measure), figure in behind(columns.first).items()
        if measure == "Applications ouvertes"
    )
    assert opened > 100
    assert plain(figures[0]) == opened
    applications = page.locator("figure.chart-ranking", has_text="Par application")
    ranked = applications.locator("td .figures").all_text_contents()
    assert sum(map(plain, ranked)) == opened
    lines = page.locator("figure.chart-lines")
    points = [
        one.get_attribute("d").count("L") + 1
        for one in lines.locator("svg.chart-drawing path.line").all()
    ]
    assert points[1] == lines.locator("tbody tr").count() >= points[0]
    assert fits(somebody, somebody.path) == []
    somebody.open("/admin")
    assert fits(somebody, "/admin") == []
