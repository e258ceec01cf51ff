# SPDX-License-Identifier: Apache-2.0
"""Step 2 filled in from the national register, on the first pass too."""

import pytest

from tests.directory.kit import bring, extract, somebody
from tests.registration_kit import EMAIL, NUMBER, Applicant, faults_of


def test_the_national_register_fills_in_what_is_empty(sqlite_world, tmp_path):
    bring(sqlite_world, extract(tmp_path, [somebody(NUMBER, "LEFEVRE", "ELODIE", town="TOURS")]))
    applicant = Applicant(sqlite_world.browser())
    applicant.begin()
    applicant.say_no_card()
    browser = applicant.browser
    # On the first pass, before anything is kept.
    browser.get("/registration/details")
    assert browser.page.find("button", attrs={"name": "fill"})
    applicant.post_details(fill="yes", last_name="", first_name="Élodie", profession="", city="")
    assert browser.last.status_code == 200
    assert browser.page.find(id="street")["value"] == "2 boulevard Tonnellé"
    assert browser.page.find(id="email_again")["value"] == EMAIL
    shown = {name: browser.page.find(id=name)["value"] for name in ("last_name", "first_name")}
    assert shown == {"last_name": "Lefevre", "first_name": "Élodie"}
    details = applicant.request.content.details
    assert (details.profession, details.city) == ("10", "Tours")


@pytest.mark.parametrize(
    ("number", "status", "faults"),
    [(NUMBER, 200, set()), ("10003456787", 422, {"number"}), ("", 422, {"number"})],
)
def test_a_number_that_the_register_does_not_know_is_told(sqlite_world, number, status, faults):
    applicant = Applicant(sqlite_world.browser())
    applicant.begin()
    applicant.say_no_card()
    browser = applicant.browser
    browser.get("/registration/details")
    applicant.post_details(fill="yes", number=number, last_name="Lefèvre")
    assert (browser.last.status_code, faults_of(browser)) == (status, faults)
    told = "ne connaît personne" in browser.page.find("main").get_text()
    assert told is not bool(faults)
    # Nothing that was typed is lost.
    assert browser.page.find(id="last_name")["value"] == "Lefèvre"
    assert applicant.request.content.details.street == "2 boulevard Tonnellé"
    # And nobody is kept from going on by hand.
    applicant.post_details(number="")
    assert browser.last.request.path == "/registration/wishes"
