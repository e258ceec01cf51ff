# SPDX-License-Identifier: Apache-2.0
"""In which of their activities somebody enters: asked once, kept, chosen anew, never another's."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from idp.accounts.values import Account, Person, Population
from tests.activities import BOTH, HOSPITAL, PRACTICE, practises
from tests.directory.kit import NUMBERS, bring, extract, somebody
from tests.protocol.kit import ELSEWHERE, Guest, register
from tests.world import Browser, World

ASKED = {"activity": "chosen"}


def shown(browser: Browser) -> list[str]:
    return [one.get_text() for one in browser.page.select("#activities .way-label")]


def choose(browser: Browser, wanted: int = 0, **more: str):
    mark = str(browser.page.select("#activities button")[wanted]["value"])
    return browser.submit("/activity", **{"activity": mark} | more)


def at_the_question(world: World) -> tuple[Browser, Guest]:
    practises(world, *BOTH)
    client, browser = register(world, policy=ASKED), world.browser()
    client.ask(browser)
    browser.log_in()
    return browser, client


def arrived(browser: Browser, client: Guest) -> bool:
    """Back on the journey's page, which leads on."""
    return "code" in client.answered(browser.last)


def test_somebody_who_practises_in_two_places_says_in_which_they_come(world: World) -> None:
    browser, client = at_the_question(world)
    assert shown(browser) == ["CHU DE TOURS", "CABINET DU DR DURAND"]
    assert "Médecin · Oncologie option médicale · AMBOISE" in browser.page.get_text()
    choose(browser, 1)
    assert arrived(browser, client)
    [told] = world.events("activity.chosen")
    assert json.loads(told.detail) == {"structure": "499700000013008", "profession": "10"}
    # Kept for this application, in any browser; another one asks for itself.
    other = world.browser()
    client.ask(other)
    assert "code" in client.answered(other.log_in())
    second = register(world, "second", policy=ASKED)
    second.ask(other)
    assert len(shown(other)) == 2


def test_it_is_chosen_anew_from_the_account(world: World) -> None:
    browser, client = at_the_question(world)
    choose(browser)
    tokens = client.redeem(client.answered(browser.last)["code"]).json
    browser.get("/account/applications")
    assert "CHU DE TOURS" in browser.page.select_one("#used").get_text()
    browser.submit("/activity")
    assert browser.page.select_one(".notice-success") is not None
    assert "CHU DE TOURS" not in browser.page.get_text()
    # Nothing is given by the door that was open, either: the next login asks.
    assert client.refresh(tokens["refresh_token"]).status == 400
    client.ask(browser)
    choose(browser, 1)
    assert arrived(browser, client)
    # PostgreSQL refuses to look for a NUL: nobody has chosen anything there.
    browser.get("/account/applications")
    action, fields = browser.form("/activity")
    browser.post(action.rpartition("/")[0].rpartition("/")[0] + "/%00/activity", fields)
    assert browser.last.status_code == 200


@pytest.mark.parametrize("known", [(HOSPITAL,), (HOSPITAL, replace(HOSPITAL, phone="02"))])
def test_somebody_of_one_place_is_asked_nothing(sqlite_world: World, known) -> None:
    practises(sqlite_world, *known)
    client, browser = register(sqlite_world, policy=ASKED), sqlite_world.browser()
    client.ask(browser)
    assert "code" in client.answered(browser.log_in())


@pytest.mark.parametrize("lacking", ["profession_code", "speciality_code", "sector", "finess"])
def test_somebody_of_no_place_is_told_so_and_led_on(sqlite_world: World, lacking: str) -> None:
    practises(sqlite_world, replace(HOSPITAL, **{lacking: ""}))
    client = register(sqlite_world, policy=ASKED)
    browser = sqlite_world.browser()
    client.ask(browser)
    browser.log_in()
    assert browser.problem == "no-activity"
    ways = [str(one["href"]) for one in browser.page.select("#error .actions a")]
    assert any(one.startswith(client.redirect_uri) and "access_denied" in one for one in ways)
    browser.get("/")
    assert "cadre d’exercice" in browser.page.get_text()


def test_patients_have_no_activity_and_need_none(sqlite_world: World) -> None:
    client, browser = register(sqlite_world, policy=ASKED), sqlite_world.browser()
    client.ask(browser)
    assert "code" in client.answered(browser.log_in("patient"))


def test_whoever_may_be_shown_nothing_is_asked_nothing(sqlite_world: World) -> None:
    practises(sqlite_world, *BOTH)
    browser = sqlite_world.browser()
    sqlite_world.client("plain").ask(browser)
    browser.log_in()
    client = register(sqlite_world, policy=ASKED)
    assert client.answered(client.ask(browser, prompt="none"))["error"] == "interaction_required"
    practises(sqlite_world)
    assert client.answered(client.ask(browser, prompt="none"))["error"] == "access_denied"


def test_what_was_chosen_and_is_theirs_no_more_is_asked_again(sqlite_world: World) -> None:
    browser, client = at_the_question(sqlite_world)
    choose(browser)
    assert arrived(browser, client)
    elsewhere = replace(HOSPITAL, finess="450000088", structure="CHR D'ORLEANS")
    practises(sqlite_world, elsewhere, PRACTICE)
    client.ask(browser)
    assert shown(browser) == ["CHR D'ORLEANS", "CABINET DU DR DURAND"]


@pytest.mark.parametrize("form", [{"activity": "0" * 32}, {"activity": ""}, {"ticket": "x"}])
def test_oa_171_only_what_was_shown_to_this_person_is_chosen(
    sqlite_world: World, form: dict[str, str]
) -> None:
    browser, _client = at_the_question(sqlite_world)
    choose(browser, **form)
    assert len(shown(browser)) == 2
    assert not sqlite_world.events("activity.chosen")


def test_the_register_tells_what_nobody_wrote(sqlite_world: World, tmp_path: Path) -> None:
    world = sqlite_world
    pharmacist = {"profession": "21", "skill": "", "site": "OFFICINE", "house_id": "1450000104"}
    lines = [
        somebody(site="CHR", finess="450000088", sector="SA01", mode="S", skill="C07"),
        # Of several savoir-faire at one place, the speciality is told.
        somebody(site="CHR", finess="450000088", sector="SA01", mode="S", skill="SM04"),
        somebody(site="CABINET", house_id="499900000011008", sector="SA07", mode="L"),
        # Without a place it is no activity.
        somebody(skill="SM54"),
        somebody(NUMBERS[1], "ROUX", **pharmacist, sector="SA33", section="A"),
        somebody(NUMBERS[2], "ROY", **pharmacist, sector="SA33"),
    ]
    bring(world, extract(tmp_path, lines))
    found = {}
    with world.core.database.write() as tx:
        for number in NUMBERS[:3]:
            person = Person(
                Population.PROFESSIONAL, f"p{number}", "Marie", "Lefèvre", national_id=f"8{number}"
            )
            made = world.core.accounts.create(tx, person, ELSEWHERE)
            assert isinstance(made, Account)
            found[number] = world.core.activities.of(tx, made.id)
    doctor, owner, unknown = found.values()
    assert [(one.structure_id, one.speciality_code) for one in doctor] == [
        ("1450000088", "SM04"),
        ("499900000011008", "SM54"),
    ]
    assert doctor[0].speciality == "Cardiologie et maladies vasculaires"
    assert [(one.structure_id, one.section) for one in owner] == [("1450000104", "A")]
    # A pharmacist of no section is taken by nobody.
    assert unknown == ()
