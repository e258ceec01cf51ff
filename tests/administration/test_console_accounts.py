# SPDX-License-Identifier: Apache-2.0
"""Accounts in the console: looked for, made, corrected, undone, within the perimeter."""

import pytest

from idp.accounts import service as accounts
from tests.administration.console_kit import csrf, form_to, news, send, texts
from tests.administration.kit import CHU, CLINIC, Opened

PATH = "/admin/accounts"
NEW = {
    "first_name": "Zoé <b>",
    "last_name": "O’Neill",
    "email": "zoe@chu.example",
    "establishments": [CHU],
    "send": "",
}


def sheet(office: Opened, who: str) -> str:
    """The address of somebody's sheet."""
    return f"{PATH}/{office[who].id}"


def person(office: Opened, who: str):
    """Somebody as they are now."""
    with office.world.core.database.read() as tx:
        found = accounts.load(tx, office[who].id)
    assert found is not None
    return found


def test_people_are_looked_for_and_filtered(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(PATH)
    everybody = texts(browser, ".row-link")
    assert len(everybody) > 5
    browser.get(f"{PATH}?text=leroy")
    assert texts(browser, ".row-link") == ["Leroy Jade"]
    assert [one.endswith("leroy") for one in texts(browser, ".chip")] == [True]
    browser.get(f"{PATH}?establishment={CLINIC}")
    nurse = sqlite_office["infirmiere"].person
    assert texts(browser, ".row-link") == [f"{nurse.last_name} {nurse.first_name}"]
    browser.get(f"{PATH}?population=patient&state=active")
    assert len(texts(browser, ".row-link")) < len(everybody)
    assert len(texts(browser, ".chip")) == 2
    browser.get(f"{PATH}?text=nobody-is-called-so")
    assert texts(browser, ".empty-title")


def test_wb_015_nobody_outside_of_the_perimeter_is_found_or_opened(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("chu")
    browser.get(PATH)
    assert len(texts(browser, ".row-link")) == 2
    browser.get(f"{PATH}?establishment={CLINIC}")
    # Not a filter that exists for them: the list is their own.
    assert len(texts(browser, ".row-link")) == 2
    outside = sheet(sqlite_office, "infirmiere")
    for ending in ("", "/edit", "/history", "/roles", "/as", "/reset", "/sessions", "/state"):
        answer = browser.get(outside + ending).status_code
        assert answer in {403, 404}, ending
        assert "Infirm" not in browser.last.get_data(as_text=True)
    assert browser.get(outside).status_code == 404
    browser.get(PATH)
    token = csrf(browser)
    for ending in ("/state", "/unlock", "/sessions", "/reset", "/means", "/places", "/edit"):
        answer = browser.post(outside + ending, {"csrf": token, "to": "disabled"})
        assert answer.status_code in {403, 404}, ending


def test_a_search_is_kept_by_its_name_and_given_up(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{PATH}?population=patient")
    assert send(browser, "/views", name="Mes <b>patients") == 200
    assert texts(browser, ".view") == ["Mes <b>patients"]
    other = sqlite_office.enter("administrateur")
    other.get(PATH)
    assert texts(other, ".view") == []
    [link] = [str(one["href"]) for one in browser.page.select(".view")]
    browser.get(link)
    assert len(texts(browser, ".chip")) == 1
    assert send(browser, "/drop") == 200
    assert texts(browser, ".view") == []


def test_an_account_is_made_where_one_may(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("chu")
    browser.get(f"{PATH}/new")
    assert [one["value"] for one in browser.page.select("[name=establishments]")] == [CHU]
    assert send(browser, "/new", **NEW) == 200
    assert news(browser)
    assert browser.page.select_one("h1 b") is None  # WB-007
    assert "Zoé <b> O’Neill" in texts(browser, "h1")


@pytest.mark.parametrize(
    ("field", "value"),
    [("last_name", ""), ("email", "nowhere"), ("email", "jade@audit.example"), ("phone", "12")],
)
def test_an_account_that_cannot_be_made_keeps_what_was_typed(
    sqlite_office: Opened, field: str, value: str
) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{PATH}/new")
    assert send(browser, "/new", **(NEW | {field: value})) == 422
    assert browser.page.select_one(f"#{field}-error") is not None
    assert browser.page.select_one("#first_name")["value"] == NEW["first_name"]
    assert browser.page.select_one(f"[name=establishments][value='{CHU}'][checked]") is not None


def test_wb_016_no_other_establishment_and_no_patient_by_this_form(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("chu")
    browser.get(f"{PATH}/new")
    assert send(browser, "/new", **(NEW | {"establishments": [CLINIC]})) in {403, 404}
    browser.get(f"{PATH}/new")
    assert send(browser, "/new", **(NEW | {"establishments": []})) == 422
    browser.get(f"{PATH}/new")
    send(browser, "/new", **(NEW | {"population": "patient", "state": "closed"}))
    made = browser.last.request.path.rpartition("/")[2]
    with sqlite_office.world.core.database.read() as tx:
        account = accounts.load(tx, made)
    assert account is not None
    assert (account.person.population, account.state) == ("professional", "active")


def test_what_is_known_is_corrected_and_the_correction_undone(office: Opened) -> None:
    browser = office.enter("chu")
    before = person(office, "medecin").person.town
    browser.get(sheet(office, "medecin") + "/edit")
    assert send(browser, "/edit", town="Loches", street="1 rue <i>Haute") == 200
    assert person(office, "medecin").person.town == "Loches"
    browser.get(sheet(office, "medecin") + "/history")
    assert "Loches" in " ".join(texts(browser, ".change"))
    assert "Paul Aubry" in " ".join(texts(browser, "tbody tr"))
    assert send(browser, "/undo") == 200
    assert person(office, "medecin").person.town == before
    assert news(browser)


def test_a_change_that_was_built_upon_is_not_undone(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("chu")
    for town in ("Loches", "Amboise"):
        browser.get(sheet(sqlite_office, "medecin") + "/edit")
        send(browser, "/edit", town=town)
    browser.get(sheet(sqlite_office, "medecin") + "/history")
    forms = browser.page.select("main form[action$='/undo']")
    answer = browser.post(str(forms[-1]["action"]), {"csrf": csrf(browser)})
    assert answer.status_code == 409
    assert person(sqlite_office, "medecin").person.town == "Amboise"


def test_a_stale_form_tells_what_changed_and_loses_nothing(office: Opened) -> None:
    first, second = office.enter("chu"), office.enter("regionale")
    address = sheet(office, "medecin") + "/edit"
    for browser in (first, second):
        browser.get(address)
    assert send(first, "/edit", town="Loches") == 200
    assert send(second, "/edit", birth_name="Martin <b>") == 409
    assert "Loches" in " ".join(texts(second, ".stale-changes"))
    assert second.page.select_one("#birth_name")["value"] == "Martin <b>"
    assert person(office, "medecin").person.birth_name != "Martin <b>"
    second.get(address)
    assert send(second, "/edit", birth_name="Martin") == 200
    assert person(office, "medecin").person.town == "Loches"


def test_wb_016_fields_that_the_form_has_not_are_not_kept(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("chu")
    browser.get(sheet(sqlite_office, "medecin") + "/edit")
    more = {"population": "staff", "email_verified": "1", "state": "closed", "id": "x"}
    assert send(browser, "/edit", email="new@chu.example", **more) == 200
    now = person(sqlite_office, "medecin")
    assert now.person.population == "professional"
    assert not now.person.email_verified
    assert now.state == "active"


def test_places_are_given_and_taken(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(sheet(sqlite_office, "medecin"))
    browser.post(
        sheet(sqlite_office, "medecin") + "/places",
        {"csrf": csrf(browser), "act": "affiliate", "key": CLINIC},
    )
    assert "Clinique des Ormes" in " ".join(texts(browser, ".belongs li"))
    form = form_to(browser, "/places")
    assert form.select_one("[name=act]")["value"] == "unaffiliate"
    assert send(browser, "/places") == 200
    browser.get(sheet(sqlite_office, "medecin"))
    assert (
        browser.post(
            sheet(sqlite_office, "medecin") + "/places",
            {"csrf": csrf(browser), "act": "x", "key": CHU},
        ).status_code
        == 404
    )


def test_wb_015_a_change_is_undone_from_its_own_account_alone(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("chu")
    before = person(sqlite_office, "medecin").person.town
    browser.get(sheet(sqlite_office, "medecin") + "/edit")
    send(browser, "/edit", town="Loches")
    browser.get(sheet(sqlite_office, "medecin") + "/history")
    address = str(form_to(browser, "/undo")["action"])
    token, mine = csrf(browser), sqlite_office["medecin"].id
    wrong = address.replace(mine, sqlite_office["patient"].id)
    assert browser.post(wrong, {"csrf": token}).status_code == 404
    other = sqlite_office.enter("clinique")
    other.get("/admin")
    assert other.post(address, {"csrf": csrf(other)}).status_code == 404
    assert person(sqlite_office, "medecin").person.town == "Loches" != before
