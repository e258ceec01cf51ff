# SPDX-License-Identifier: Apache-2.0
"""Step 1 of a registration without a card: told by Pro Santé Connect, where the person logs in."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.accounts.establishments import Establishment
from idp.registration.values import Stage
from tests.errands import APPLYING, HOUSE, applicant_leaving, leave_again, whys
from tests.prosante import BACK, Sandbox, known, running_sandbox
from tests.protocol.kit import ELSEWHERE
from tests.registration_kit import EMAIL, NUMBER, Applicant, faults_of, link_of
from tests.world import StandingClock, World, open_world


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def there(clock) -> Iterator[Sandbox]:
    with running_sandbox(clock, APPLYING, known("medecin")) as sandbox:
        yield sandbox


@pytest.fixture
def here(there, clock, database_url) -> Iterator[World]:
    opened = open_world(database_url, clock, **there.changes())
    yield opened
    opened.close()


def test_who_comes_back_has_the_form_filled_in_and_is_logged_in_nowhere(here, there):
    with here.core.database.write() as tx:
        here.core.establishments.put(tx, Establishment(HOUSE, "CHU"), ELSEWHERE)
    applicant, url = applicant_leaving(here)
    asked = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(there.address + "/auth?")
    # A login of this moment: a workstation may be shared.
    assert (asked["redirect_uri"], asked["max_age"]) == (BACK, "0")
    browser = applicant.browser
    browser.get(there.log_in(url, APPLYING))
    assert browser.last.request.path == "/registration/details"
    assert "code" not in browser.last.request.args
    number = browser.page.find(id="number")
    assert (number["value"], number.has_attr("readonly")) == (NUMBER, True)
    assert browser.page.find(id="last_name")["value"] == "Lefevre"
    assert browser.page.find(id="first_name")["value"] == "Elodie"
    assert browser.page.select_one("#profession option[selected]")["value"] == "10"
    assert browser.page.select_one("#establishment option[selected]")["value"] == HOUSE
    assert browser.page.find(id="post_code")["value"] == "37000"
    assert not browser.cookie("session")
    assert not here.events("login.proved")
    [event] = here.events("registration.introduced")
    assert event.means == "psc"
    introduced = applicant.request.content.introduced
    assert (introduced.national_id, introduced.means) == (f"8{NUMBER}", "psc")


def told_by_it(here, there) -> Applicant:
    applicant, url = applicant_leaving(here)
    applicant.browser.get(there.log_in(url, APPLYING))
    return applicant


def test_what_it_told_is_not_taken_from_a_form_and_goes_with_the_request(here, there):
    applicant = told_by_it(here, there)
    applicant.fill(last_name="Martin")
    assert "last_name" in faults_of(applicant.browser)
    applicant.fill(number="10100000009")
    applicant.wish()
    applicant.browser.get("/registration/summary")
    assert NUMBER in applicant.browser.page.find("main").get_text()
    applicant.finish()
    applicant.confirm()
    request = applicant.request
    assert (request.stage, request.national_id) == (Stage.PENDING, f"8{NUMBER}")
    assert request.content.details.number == NUMBER
    assert request.content.card is None


def test_whoever_goes_on_without_it_says_who_they_are_themselves(here, there):
    applicant = told_by_it(here, there)
    applicant.browser.get("/registration/card")
    assert applicant.browser.page.find(id="introduced")
    applicant.say_no_card()
    assert applicant.request.content.introduced is None
    applicant.browser.get("/registration/details")
    assert not applicant.browser.page.find(id="number").has_attr("readonly")


def test_somebody_known_is_told_so_with_the_way_in(here, there):
    applicant, url = applicant_leaving(here)
    browser = applicant.browser
    browser.get(there.log_in(url, known("medecin")))
    assert browser.last.request.path == "/registration/card"
    assert browser.page.find(id="form-error")
    assert browser.page.find("main").find("a", href="/login")
    assert applicant.request.content.introduced is None
    assert not browser.cookie("session")
    assert not here.events("registration.introduced")


def test_whoever_turns_back_is_where_they_were(here, there):
    applicant, url = applicant_leaving(here)
    browser = applicant.browser
    browser.get(there.turn_back(url))
    assert browser.last.request.path == "/registration/card"
    assert whys(here) == ["cancelled"]
    browser.get(there.log_in(leave_again(browser), APPLYING))
    assert browser.last.request.path == "/registration/details"


def test_taken_up_by_mail_it_is_to_be_told_anew(here, there):
    """XC-010: as a card, it vouched for whoever sat at the other browser."""
    applicant = told_by_it(here, there)
    applicant.fill()
    other = here.browser()
    other.get("/registration/back")
    other.submit("/registration/back", email=EMAIL)
    other.get(link_of(here, "registration-resume"))
    other.submit("/registration/resume")
    again = Applicant(other)
    assert again.request.content.introduced is None
    assert again.request.content.has_card is None
    assert again.request.national_id == ""


def test_where_it_is_not_set_up_nothing_of_it_is_shown(sqlite_world):
    applicant = Applicant(sqlite_world.browser())
    applicant.begin()
    browser = applicant.browser
    url, fields = browser.form("/registration/card")
    assert not browser.page.select("form[action$='/elsewhere']")
    browser.post("/registration/card/elsewhere", {"csrf": fields["csrf"]})
    assert browser.last.request.path == url == "/registration/card"
