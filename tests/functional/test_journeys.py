# SPDX-License-Identifier: Apache-2.0
"""Tabs, back, reload, twice, too late, elsewhere: each ends in a page that helps."""

import threading

import pytest

from tests.cast import PASSWORD
from tests.functional.conftest import twin
from tests.world import Browser, World


def begin(world: World, browser: Browser, key: str = "plain", **changes: str | None) -> str:
    """A journey's address."""
    world.client(key).ask(browser, **changes)
    return browser.form("/password")[0].rsplit("/", 1)[0]


def form_of(browser: Browser) -> tuple[str, dict[str, str]]:
    """The form on the page, filled in."""
    url, fields = browser.form("/password")
    return url, fields | {"identifier": "cdurand", "password": PASSWORD}


def leads_on(browser: Browser, problem: str, status: int) -> list[str]:
    """The page of a problem, complete; answers where it leads."""
    assert browser.last.status_code == status
    assert browser.problem == problem
    assert browser.page.h1.text.strip()
    assert browser.page.select_one("#error .lead").text.strip()
    ways = [one["href"] for one in browser.page.select("#error .actions a")]
    assert ways
    assert browser.last.headers["Cache-Control"] == "no-store"
    return ways


def test_several_journeys_in_several_tabs_end_each_in_its_own_application(world: World):
    browser = world.browser()
    tabs = {}
    for key in ("plain", "dcc", "pairwise", "plain"):
        begin(world, browser, key, state=f"tab-{len(tabs)}")
        tabs[len(tabs)] = (key, form_of(browser))
    for number in (2, 0, 3, 1):
        key, (url, fields) = tabs[number]
        client = world.client(key)
        answer = client.answered(browser.post(url, fields))
        assert answer["state"] == f"tab-{number}"
        assert "code" in answer


def test_the_second_tab_goes_on_with_the_session_of_the_first(quick: World):
    browser = quick.browser()
    first = begin(quick, browser, "plain")
    begin(quick, browser, "dcc")
    browser.log_in()
    session = browser.cookie("session")
    response = browser.get(first)
    assert "code" in quick.client("plain").answered(response)
    assert browser.cookie("session") == session


def test_back_to_the_form_after_the_login_and_sending_it_again(quick: World):
    browser = quick.browser()
    begin(quick, browser, "dcc")
    url, fields = form_of(browser)
    assert browser.post(url, fields).status_code == 303
    session = browser.cookie("session")
    browser.post(url, fields)
    assert leads_on(browser, "journey-finished", 410) == ["https://dcc.example/", "/"]
    assert browser.cookie("session") == session


def test_reload_of_the_form_is_the_same_form(quick: World):
    browser = quick.browser()
    address = begin(quick, browser)
    first = browser.form("/password")
    for _ in range(3):
        browser.get(address)
        assert browser.form("/password") == first
    browser.log_in(password="wrong")
    browser.get(address)
    assert browser.form("/password") == first
    assert browser.log_in().status_code == 303


@pytest.mark.parametrize("ending", ["/password", "/consent", "/cancel", "/anything"])
def test_a_restored_tab_of_a_forms_address_shows_the_journey(quick: World, ending):
    browser = quick.browser()
    address = begin(quick, browser)
    browser.get(address + ending)
    assert browser.last.status_code == 200
    assert browser.form("/password")[0] == address + "/password"


def test_a_double_click_logs_in_once(world: World):
    """The same form sent by two clicks at the same moment: one answer, one helpful page."""
    browser = world.browser()
    begin(world, browser)
    url, fields = form_of(browser)
    answers, start = [], threading.Barrier(4)

    def click():
        start.wait()
        answers.append(twin(browser, "browser").request("POST", url, data=fields))

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = sorted(one.status_code for one in answers)
    assert statuses == [303, 410, 410, 410]
    assert len(world.events("login.admitted")) == 1


def test_a_journey_that_took_too_long_is_expired(quick: World):
    browser = quick.browser()
    address = begin(quick, browser, "dcc")
    url, fields = form_of(browser)
    quick.clock.pass_by(1799)
    browser.get(address)
    assert browser.form("/password")
    quick.clock.pass_by(1)
    browser.get(address)
    assert leads_on(browser, "journey-expired", 410) == ["https://dcc.example/", "/"]
    browser.post(url, fields)
    leads_on(browser, "journey-expired", 410)
    assert browser.cookie("session") == ""


def test_oa_172_a_journey_opened_in_another_browser_leads_nowhere(world: World):
    """Its address sent by somebody else is no way into their login, nor they into ours."""
    begun, victim = world.browser(), world.browser()
    address = begin(world, begun)
    url, fields = form_of(begun)
    victim.get("/login")
    victim.get(address)
    assert leads_on(victim, "journey-other-browser", 410) == ["/"]
    victim.get("/login")
    own = victim.form("/password")[1]
    victim.post(url, fields | {"csrf": own["csrf"]})
    assert victim.problem == "journey-other-browser"
    assert victim.cookie("session") == ""
    fresh = world.browser()
    fresh.get(address)
    assert fresh.problem == "journey-other-browser"


@pytest.mark.parametrize(
    "journey",
    ["unknown", "x" * 22, "x" * 5000, "%00", "%F0%9F%92%A9", "..", "a%0d%0ab", "%ff%fe", "consent"],
)
def test_a_journey_that_never_was(quick: World, journey):
    browser = quick.browser()
    browser.get(f"/login/{journey}")
    assert leads_on(browser, browser.problem, 404) == ["/"]
    assert browser.problem in {"journey-unknown", "not-found"}


def test_a_finished_journey_without_application_leads_to_the_portal(quick: World):
    browser = quick.browser()
    browser.get("/login")
    address = browser.form("/password")[0].rsplit("/", 1)[0]
    browser.log_in()
    browser.get(address)
    assert browser.last.status_code == 200
    assert browser.page.select(".tiles")
    later = twin(browser, "browser")
    later.get(address)
    leads_on(later, "journey-finished", 410)


def test_a_form_without_cookies_is_told_so(quick: World):
    browser = quick.browser()
    begin(quick, browser)
    url, fields = form_of(browser)
    bare = quick.browser()
    bare.post(url, fields)
    assert leads_on(bare, "form-expired", 403) == ["/"]
    assert bare.cookie("session") == ""


def test_a_journey_long_forgotten_is_unknown(quick: World):
    from idp.chores import Chores

    browser = quick.browser()
    address = begin(quick, browser)
    quick.clock.pass_by(1800 + quick.core.settings.journey.keep + 1)
    Chores(quick.core).do()
    browser.get(address)
    leads_on(browser, "journey-unknown", 404)


def test_oa_013_cancelling_tells_the_application_and_nothing_else(world: World):
    browser, dcc = world.browser(), world.client("dcc")
    address = begin(world, browser, "dcc")
    csrf = browser.form("/password")[1]["csrf"]
    answer = dcc.answered(browser.post(f"{address}/cancel", {"csrf": csrf}))
    assert (answer["error"], answer["state"]) == ("access_denied", "state-of-this-tab")
    assert answer["iss"] == world.issuer
    assert browser.cookie("session") == ""
    browser.get(address)
    leads_on(browser, "journey-finished", 410)
    refused = world.events("login.refused")[-1]
    assert (refused.application, refused.outcome) == ("dcc", "refused")


def test_a_session_that_ends_between_two_looks_at_it_leads_to_a_page(quick: World, monkeypatch):
    """The gate looks again, in the transaction that answers: nobody enters on what was."""
    browser = quick.browser()
    first = begin(quick, browser, "plain")
    begin(quick, browser, "dcc")
    browser.log_in()
    steering, sessions = quick.provider.steering, quick.core.sessions
    real = steering.step

    def step(tx, request, application, session):
        found = real(tx, request, application, session)
        sessions.end(tx, session.id, "elsewhere")
        return found

    monkeypatch.setattr(type(steering), "step", lambda _self, *values: step(*values))
    browser.get(first)
    ways = leads_on(browser, "journey-expired", 403)
    assert "error=login_required" in ways[0]


def test_oa_173_what_a_form_says_skips_no_step(quick: World):
    browser = quick.browser()
    address = begin(quick, browser, "outside")
    csrf = browser.form("/password")[1]["csrf"]
    ways = {
        "/password": [{}, {"identifier": "cdurand"}, {"password": PASSWORD}, {"answer": "accept"}],
        "/consent": [{"answer": "accept"}, {"answer": "accept", "ticket": "x"}, {}],
        "/totp": [{"code": "000000"}],
        "/unknown": [{"identifier": "cdurand", "password": PASSWORD}],
        "/Password": [{"identifier": "cdurand", "password": PASSWORD}],
        "/password%00": [{"identifier": "cdurand", "password": PASSWORD}],
    }
    for ending, bodies in ways.items():
        for body in bodies:
            browser.post(address + ending, {"csrf": csrf} | body)
            assert browser.last.status_code == 200, (ending, body)
            assert browser.form("/password")[0] == address + "/password"
            assert browser.cookie("session") == ""
    assert not quick.events("login.admitted")


def test_oa_173_steps_of_a_finished_journey_are_not_repeated(quick: World):
    browser = quick.browser()
    address = begin(quick, browser, "outside")
    url, fields = form_of(browser)
    browser.post(url, fields)
    consent, accepted = browser.form("/consent")
    assert browser.post(consent, accepted | {"answer": "accept"}).status_code == 303
    for target, body in (
        (url, fields),
        (consent, accepted | {"answer": "accept"}),
        (consent, accepted | {"answer": "refuse"}),
        (f"{address}/cancel", fields),
    ):
        browser.post(target, body)
        assert browser.problem == "journey-finished"
    assert len(quick.events("login.admitted")) == 1


def test_oa_180_a_form_from_before_somebody_logged_in_is_judged_for_who_fills_it_in(quick: World):
    """Shown in a second tab before the first logged Claire in, and filled in by another."""
    browser, plain = quick.browser(), quick.client("plain")
    plain.ask(browser)
    url, fields = form_of(browser)
    begin(quick, browser, "dcc")
    browser.log_in()
    session = browser.cookie("session")
    browser.post(url, fields | {"identifier": "gebeaupre", "password": "wrong"})
    assert browser.page.find(id="form-error")
    assert browser.cookie("session") == session
    response = browser.post(url, fields | {"identifier": "gebeaupre"})
    tokens = plain.redeem(plain.answered(response)["code"]).json
    assert plain.userinfo(tokens["access_token"]).json["given_name"] == "Gaëtan"
    assert browser.cookie("session") != session


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "https://sceau.example.evil.example"},
        {"Origin": "http://sceau.example"},
    ],
)
def test_oa_170_a_form_sent_by_another_site_logs_nobody_in(quick: World, headers):
    browser = quick.browser()
    begin(quick, browser)
    url, fields = form_of(browser)
    browser.post(url, fields, headers=headers)
    assert browser.problem == "form-expired"
    assert browser.cookie("session") == ""
    assert browser.post(url, fields, headers={"Origin": quick.issuer}).status_code == 303


def test_oa_170_a_token_of_another_browser_is_worth_nothing(quick: World):
    """The thief's own form, posted by the victim's browser with the thief's password."""
    thief, victim = quick.browser(), quick.browser()
    begin(quick, thief)
    begin(quick, victim)
    url, fields = form_of(victim)
    for forged in (form_of(thief)[1]["csrf"], "", "0" * 40, fields["csrf"].upper() + "0"):
        victim.post(url, fields | {"csrf": forged})
        assert victim.problem == "form-expired"
    assert victim.cookie("session") == ""
    assert victim.post(url, fields).status_code == 303
