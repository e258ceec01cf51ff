# SPDX-License-Identifier: Apache-2.0
"""BR rows for launches under way: other browsers, other people, sources closed meanwhile."""

import json

import pytest
from sqlalchemy import text as sql

from connectors.base import Level
from idp.accounts.establishments import Establishment
from idp.accounts.establishments import Standing as HouseStanding
from idp.accounts.values import State
from idp.launches.sources import State as Standing
from idp.origin import Origin
from tests.launching import HOSPITAL, PATIENT, handed, why
from tests.security.launch_scene import refused
from tests.world import ISSUER


def test_br_001_the_question_is_that_browser_s_alone(region, software):
    browser, elsewhere = region.browser(), region.browser()
    region.client("plain").code_for(browser, "infirmiere")
    browser.get(software.pushed())
    question = browser.last.request.path
    elsewhere.get(question)
    assert elsewhere.problem == "journey-other-browser"
    assert not [one for one in region.events("login.proved") if one.means == "launch"]


def test_br_001_another_site_s_form_swaps_nobody(region, software):
    """Login CSRF: an attacker's own launch, posted into somebody's browser."""
    browser = region.browser()
    region.client("plain").code_for(browser, "infirmiere")
    before = browser.cookie("session")
    browser.post(
        "/launch", {"launch": software.token()}, headers={"Origin": "https://evil.example"}
    )
    assert browser.page.find(id="launch-question") is not None
    assert browser.cookie("session") == before
    assert not region.events("session.ended")


def test_br_012_a_closed_source_sends_nothing(region, software):
    token = software.token()
    software.register(state=Standing.DISABLED)
    refused(region, software, token, "disabled")


@pytest.mark.parametrize("change", ["disabled", "narrowed"])
def test_br_012_a_launch_under_way_ends_with_its_source(region, software, change):
    closed = {"state": Standing.DISABLED} if change == "disabled" else {"applications": ("homely",)}
    browser = region.browser()
    address = software.pushed()
    software.register(**closed)
    browser.get(address)
    assert browser.problem == "launch-over"
    # While somebody else is being asked.
    software.register()
    region.client("plain").code_for(browser, "infirmiere")
    browser.get(software.pushed())
    software.register(**closed)
    browser.submit("/launch")
    assert not [one for one in region.events("login.proved") if one.means == "launch"]
    # Between the door and the application.
    software.register()
    fresh = region.browser()
    handle = handed(fresh.get(software.pushed()))["launch"]
    software.register(**closed)
    client = region.client("file")
    told = client.redeem(client.answered(client.ask(fresh, launch=handle))["code"]).json
    assert "launch_context" not in told
    assert why(region) == "handle"


def test_br_012_an_establishment_that_left_sends_nobody(region, software):
    address = software.pushed()
    with region.core.database.write() as tx:
        gone = Establishment(HOSPITAL, "CHU des Deux-Rives", state=HouseStanding.CLOSED)
        region.core.establishments.put(tx, gone, Origin("", "", "test"))
    browser = region.browser()
    browser.get(address)
    assert browser.problem == "launch-over"
    refused(region, software, software.token(), "disabled")


def test_br_012_a_closed_application_is_not_opened(region, software):
    address = software.pushed()
    with region.core.database.write() as tx:
        region.core.applications.set_enabled(tx, "file", enabled=False)
    browser = region.browser()
    browser.get(address)
    assert browser.problem == "launch-over"
    refused(region, software, software.token(), "application")


def test_br_010_a_closed_account_is_let_in_nowhere(region, software):
    with region.core.database.write() as tx:
        origin = Origin("", "", "test")
        region.core.accounts.set_state(tx, region.cast["medecin"].id, State.DISABLED, origin)
    browser = region.browser()
    browser.get(software.pushed())
    assert browser.page.find(id="form-error") is not None
    assert not browser.cookie("session")
    assert json.loads(region.events("login.failed")[-1].detail)["why"] == "account-closed"


def test_br_013_it_is_worth_what_the_source_is_trusted_for(region, software):
    for level in Level:
        software.register(level=level)
        region.browser().get(software.pushed())
        assert region.events("login.proved")[-1].level == level
    software.register(level=Level.TWO_FACTORS, applications=("strong",))
    browser = region.browser()
    browser.get(software.pushed(application="strong"))
    assert not [one for one in region.events("launch.handed") if one.application == "strong"]


def test_oa_180_a_handle_is_for_one_person_session_and_application(region, software):
    mine, theirs = region.browser(), region.browser()
    handle = handed(mine.get(software.pushed()))["launch"]
    client, other = region.client("file"), region.client("filemaker")
    for browser, application in ((theirs, client), (mine, other)):
        if browser is theirs:
            region.client("plain").code_for(browser, "infirmiere")
        answer = application.answered(application.ask(browser, launch=handle))
        assert "launch_context" not in application.redeem(answer["code"]).json
        assert why(region) == "handle"
    # Which uses it up for nobody.
    told = client.redeem(client.answered(client.ask(mine, launch=handle))["code"]).json
    assert told["launch_context"]["patient"] == PATIENT
    again = client.redeem(client.answered(client.ask(mine, launch=handle))["code"]).json
    assert "launch_context" not in again
    assert "launch_context" not in client.refresh(told["refresh_token"]).json


def test_oa_180_a_handle_is_short_lived(region, software):
    browser = region.browser()
    handle = handed(browser.get(software.pushed()))["launch"]
    region.clock.pass_by(301)
    client = region.client("file")
    told = client.redeem(client.answered(client.ask(browser, launch=handle))["code"]).json
    assert "launch_context" not in told


def test_oa_180_who_finishes_the_journey_by_other_means_gets_no_file(region, software):
    """Another person types their password where a launch of somebody else was asked about."""
    browser = region.browser()
    region.client("plain").code_for(browser, "infirmiere")
    browser.get(software.pushed())
    journey = browser.last.request.path.removesuffix("/launch")
    browser.get(f"{journey}?means=password")
    answer = browser.log_in("infirmiere")
    assert handed(answer) == {"iss": ISSUER}


def test_wb_at_rest_nobody_reads_who_was_launched(region, software):
    software.pushed()
    with region.core.database.read() as tx:
        rows = repr(tx.execute(sql("SELECT * FROM launches")).all())
    assert "810101234567" not in rows
    assert "0417" not in rows


def test_a_journey_of_another_kind_has_no_launch(region, software):
    """The means' own form, posted in a journey that no launch leads to."""
    browser = region.browser()
    region.client("file").ask(browser)
    url, fields = browser.form("/login/")
    journey = url.rsplit("/", 1)[0]
    browser.post(f"{journey}/launch", fields)
    assert not region.events("login.proved")


def test_br_012_it_opens_no_application_that_its_source_may_not(region, software):
    """Another source is trusted for that one: its means is allowed there."""
    software.register(applications=("file",))
    browser = region.browser()
    handed(browser.get(software.pushed()))
    region.client("filemaker").ask(browser)
    assert browser.last.status_code == 200
    assert browser.page.select_one("form[action$='/password']") is not None
    client = region.client("file")
    assert "code" in client.answered(client.ask(browser))


def test_wb_016_nobody_becomes_an_administrator_by_it(region, software):
    """Whoever registers software speaks through it for anybody, and not to the console."""
    software.register(level=Level.CARD)
    browser = region.browser()
    handed(browser.get(software.pushed()))
    session = browser.cookie("session")
    with region.core.database.read() as tx:
        found = region.core.sessions.find(tx, session)
    assert region.provider.services.office.authorities.level_of(found.proofs) is None
    browser.get("/account/password")
    assert browser.page.select_one("form[action$='/password']") is not None
    assert browser.last.request.path.startswith("/login/")


@pytest.mark.parametrize(
    "page",
    ["", "/profile", "/contact", "/history", "/sessions", "/applications", "/data"],
)
def test_br_013_it_opens_no_page_of_the_account(region, software, page):
    software.register(level=Level.CARD)
    browser = region.browser()
    handed(browser.get(software.pushed()))
    browser.get(f"/account{page}")
    assert browser.last.request.path.startswith("/login/")
    # They prove it otherwise, and are there.
    browser.log_in("medecin")
    assert browser.last.request.path == f"/account{page}"
