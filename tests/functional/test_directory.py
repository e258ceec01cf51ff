# SPDX-License-Identifier: Apache-2.0
"""« Annuaire »: its pages, who sees what on them, and how often."""

from dataclasses import replace

import pytest

from idp.accounts import particulars
from idp.accounts.establishments import Establishment, Standing
from idp.accounts.particulars import Particulars, Visibility
from tests.directory.kit import ORIGIN
from tests.world import World

CHU = "370000481"
PHONE = "0247474747"


def show(world: World, who: str, visibility: str) -> None:
    with world.core.database.write() as tx:
        wished = Particulars(Visibility(visibility), landline=PHONE, street="2 bd Tonnellé")
        particulars.put(tx, world.cast.accounts[who].id, wished)


@pytest.fixture
def world(sqlite_world: World) -> World:
    """The doctor shows herself to everybody, the nurse to professionals."""
    with sqlite_world.core.database.write() as tx:
        houses = sqlite_world.core.establishments
        houses.put(tx, Establishment(CHU, "CHU de Tours", "Tours", "37000"), ORIGIN)
        houses.put(tx, Establishment("360000012", "Closed", "Tours", state=Standing.CLOSED), ORIGIN)
        for who in ("medecin", "infirmiere", "patient"):
            houses.join(tx, sqlite_world.cast.accounts[who].id, CHU, ORIGIN)
    show(sqlite_world, "medecin", "public")
    show(sqlite_world, "infirmiere", "professionals")
    show(sqlite_world, "patient", "public")
    return sqlite_world


def test_a_title_of_practice_stands_before_the_name(world):
    with world.core.database.write() as tx:
        account = world.cast.accounts["medecin"].id
        titled = replace(particulars.load(tx, account), title="DR")
        particulars.put(tx, account, titled)
    browser = world.browser()
    browser.get("/directory?name=durand")
    assert texts(browser, ".finder-name") == ["Dr Claire Durand"]
    browser.get(browser.page.select_one(".finder-name a")["href"])
    assert texts(browser, "h1") == ["Dr Claire Durand"]


def texts(browser, selector: str) -> list[str]:
    return [one.get_text(" ", strip=True) for one in browser.page.select(selector)]


def test_a_visitor_searches_and_opens_a_person(world):
    browser = world.browser()
    browser.get("/directory")
    assert browser.last.status_code == 200
    browser.get("/directory?name=durand&town=tours&profession=M%C3%A9decin")
    assert texts(browser, ".finder-name") == ["Mme Claire Durand"]
    assert texts(browser, ".finder-where") == ["CHU de Tours · Tours"]
    assert PHONE in texts(browser, ".finder-phone")
    browser.get("/directory?profession=M%C3%A9decin")
    assert texts(browser, ".finder-name") == ["Mme Claire Durand"]
    browser.get(browser.page.select_one(".finder-name a")["href"])
    assert "Claire Durand" in texts(browser, "h1")[0]
    assert "2 bd Tonnellé" not in browser.last.get_data(as_text=True)
    assert world.cast.accounts["medecin"].id not in browser.last.get_data(as_text=True)


def test_professionals_see_more_and_patients_do_not(world):
    seen = {}
    for who in ("", "medecin", "patient"):
        browser = world.browser()
        if who:
            browser.get("/login")
            browser.log_in(who)
        browser.get(f"/directory/structures/{CHU}")
        seen[who] = texts(browser, ".finder-name")
    assert seen[""] == seen["patient"] == ["Mme Claire Durand"]
    assert len(seen["medecin"]) == 2


def test_wb_015_who_may_not_be_seen_has_the_page_of_nobody(world):
    professional = world.browser()
    professional.get("/login")
    professional.log_in("medecin")
    professional.get("/directory?name=rochefoucauld")
    reserved = professional.page.select_one(".finder-name a")["href"]
    assert professional.get(reserved).status_code == 200
    visitor = world.browser()
    assert visitor.get(reserved).status_code == 404
    first = visitor.page.select_one("main").get_text(" ", strip=True).split("Reference")[0]
    visitor.get("/directory/people/AAAAAAAAAAAAAAAAAAAAAA")
    second = visitor.page.select_one("main").get_text(" ", strip=True).split("Reference")[0]
    assert first[:60] == second[:60]


def test_empty_states_say_what_to_do(world):
    browser = world.browser()
    for query, title in (("name=d", 1), ("name=nobody", 1), ("town=x", 1), ("speciality=c", 1)):
        browser.get(f"/directory?{query}")
        assert len(texts(browser, ".empty-title")) == title
        assert texts(browser, ".finder-name") == []


def test_structures_by_name_and_town(world):
    browser = world.browser()
    browser.get("/directory/structures?name=chu")
    assert texts(browser, ".finder-name") == ["CHU de Tours"]
    browser.get("/directory/structures?town=tours")
    assert texts(browser, ".finder-name") == ["CHU de Tours"]
    assert browser.get("/directory/structures/360000012").status_code == 404
    assert browser.get("/directory/structures/%27").status_code == 404


def test_names_are_text(world):
    with world.core.database.write() as tx:
        houses = world.core.establishments
        houses.put(tx, Establishment("750712184", "<b>{{7*7}}</b> Clinic", "Paris"), ORIGIN)
    browser = world.browser()
    browser.get("/directory/structures?name=clinic")
    assert texts(browser, ".finder-name") == ["<b>{{7*7}}</b> Clinic"]
    browser.get("/directory?name=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in browser.last.get_data(as_text=True)


def test_wb_032_the_list_can_not_be_copied(world):
    browser = world.browser("192.0.2.99")
    most = world.core.settings.directory.searches
    for _turn in range(most):
        assert browser.get("/directory?name=durand").status_code == 200
    assert browser.get("/directory?name=durand").status_code == 429
    assert browser.problem == "directory-too-often"
    # The form itself stays open, and so does everything to others.
    assert browser.get("/directory").status_code == 200
    assert world.browser("192.0.2.100").get("/directory?name=durand").status_code == 200
    world.clock.pass_by(3600)
    assert browser.get("/directory?name=durand").status_code == 200


def test_an_address_block_counts_as_one(world):
    most = world.core.settings.directory.searches
    for turn in range(most):
        world.browser(f"2001:db8::{turn:x}").get("/directory?name=durand")
    assert world.browser("2001:db8::ffff").get("/directory?name=durand").status_code == 429
    assert world.browser("2001:db8:0:1::1").get("/directory?name=durand").status_code == 200
