# SPDX-License-Identifier: Apache-2.0
"""Means of several steps, and means that stand on a password: asked in order, none skipped."""

import pytest

from tests.cast import PASSWORD, PEOPLE
from tests.connectors.doubles import SlipConnector
from tests.functional.conftest import prove, twin
from tests.functional.test_again import claims_of, logged_in, sessions
from tests.world import Browser, RelyingParty, World


def asked(world: World, client: RelyingParty, **changes: str) -> Browser:
    browser = world.browser()
    client.ask(browser, **changes)
    return browser


def give_slip(browser: Browser) -> object:
    browser.submit("/slip", send="1")
    return browser.submit("/slip", code="right")


def redeemed(client: RelyingParty, response: object) -> dict[str, object]:
    answer = client.redeem(client.answered(response)["code"])
    assert answer.status == 200, answer.json
    return claims_of(answer.json["id_token"])


def test_the_password_comes_first_then_the_steps_of_the_second(levels: World):
    client = levels.client("slips")
    browser = asked(levels, client)
    url, _fields = browser.form("/password")
    assert url.endswith("/password?means=slip")
    browser.log_in()
    assert browser.page.select_one("main").get_text().count("Claire")
    claims = redeemed(client, give_slip(browser))
    assert claims["acr"].endswith("2")
    assert set(claims["amr"]) == {"pwd", "otp", "sms"}
    assert [one[2] for one in sessions(levels)] == [2]


def test_oa_173_no_step_is_skipped_or_taken_from_elsewhere(levels: World):
    """The second form before the first, a code before it was sent, another journey's state."""
    client = levels.client("slips")
    browser = asked(levels, client)
    address = browser.form("/password")[0].partition("/password")[0]
    _url, fields = browser.form("/password")
    browser.post(f"{address}/slip", data={"csrf": fields["csrf"], "code": "right"})
    assert browser.form("/password")
    assert sessions(levels) == []
    browser.log_in()
    browser.submit("/slip", code="right")
    assert browser.page.select_one("#form-error").get_text() == "wrong"
    browser.submit("/slip", send="1")
    client.ask(browser)
    browser.submit("/slip", code="right")
    assert browser.page.select_one("#form-error").get_text() == "wrong"
    assert [one[2] for one in sessions(levels)] == [1]


def test_asking_for_a_slip_is_no_try(levels: World):
    client = levels.client("slips")
    browser = asked(levels, client)
    browser.log_in()
    for _ in range(40):
        browser.submit("/slip", send="1")
    assert client.answered(browser.submit("/slip", code="right"))["code"]


def test_a_step_is_remembered_when_the_page_is_loaded_again(levels: World):
    client = levels.client("slips")
    browser = asked(levels, client)
    browser.log_in()
    browser.submit("/slip", send="1")
    browser.get(browser.form("/slip")[0].removesuffix("/slip"))
    assert browser.page.select_one("button[name=send]").get_text() == "read"


def test_a_live_session_is_asked_for_the_second_only(levels: World):
    client = levels.client("slips")
    browser = logged_in(levels)
    client.ask(browser)
    with pytest.raises(LookupError):
        browser.form("/password")
    assert redeemed(client, give_slip(browser))["acr"].endswith("2")


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "0"}, {"max_age": "10"}])
def test_oa_013_a_fresh_login_is_fresh_in_both_halves(levels: World, changes: dict[str, str]):
    client = levels.client("slips")
    browser = asked(levels, client)
    browser.log_in()
    give_slip(browser)
    levels.clock.pass_by(60)
    client.ask(browser, **changes)
    browser.log_in()
    assert browser.form("/slip")
    claims = redeemed(client, give_slip(browser))
    assert claims["auth_time"] == levels.clock.now()


def test_whoever_chooses_the_stronger_way_is_asked_for_it(levels: World):
    """Also where the password alone would do; going back to it is a click."""
    client = levels.client("choice")
    browser = asked(levels, client)
    address = browser.form("/password")[0].removesuffix("/password")
    browser.get(f"{address}?means=slip")
    browser.log_in()
    assert browser.form("/slip")
    assert redeemed(client, give_slip(browser))["acr"].endswith("2")
    other = asked(levels, client)
    address = other.form("/password")[0].partition("/password")[0]
    other.get(f"{address}?means=slip")
    other.log_in()
    response = other.get(f"{address}?means=password")
    assert redeemed(client, response)["acr"].endswith("1")


@pytest.mark.parametrize("key", ["turning", "mixed-choice"])
def test_whoever_turns_to_another_way_of_that_worth_is_asked_no_third_time(levels: World, key: str):
    client = levels.client(key)
    browser = asked(levels, client)
    address = browser.form("/password")[0].partition("/password")[0]
    browser.get(f"{address}?means=slip")
    browser.log_in()
    assert browser.form("/slip")
    browser.get(f"{address}?means=pin")
    prove(browser, levels, "medecin", "pin")
    assert redeemed(client, browser.last)["acr"].endswith("2")


def test_the_means_last_used_comes_first_next_time(levels: World):
    client = levels.client("choice")
    browser = asked(levels, client)
    address = browser.form("/password")[0].removesuffix("/password")
    browser.get(f"{address}?means=slip")
    browser.log_in()
    give_slip(browser)
    later = twin(browser, "browser", "means")
    client.ask(later)
    assert later.form("/password")[0].endswith("?means=slip")


def test_what_somebody_lacks_is_said_and_leads_on(levels: World, monkeypatch: pytest.MonkeyPatch):
    client = levels.client("slips")
    monkeypatch.setattr(SlipConnector, "without", {levels.cast["medecin"].id})
    browser = asked(levels, client)
    browser.log_in()
    assert browser.page.select_one("main .notice-warning")
    assert browser.page.select_one("main a[href='/account']")
    assert not browser.page.select("main form[action$='/slip']")


def test_somebody_else_at_the_first_form_of_an_earlier_page_is_judged(levels: World):
    """OA-180: the session that the first half opened is never lent to another person."""
    client = levels.client("slips")
    browser = asked(levels, client)
    url, fields = browser.form("/password")
    browser.log_in()
    other = PEOPLE["infirmiere"].identifier
    browser.post(url, data=fields | {"identifier": other, "password": PASSWORD})
    assert redeemed(client, give_slip(browser))["sub"]
    assert {one[0] for one in sessions(levels)} == {
        levels.cast["medecin"].id,
        levels.cast["infirmiere"].id,
    }
    assert [one[3] for one in sessions(levels)].count("replaced") == 1


def test_chosen_means_that_do_not_exist_are_no_preference(levels: World):
    client = levels.client("slips")
    browser = asked(levels, client)
    url, fields = browser.form("/password")
    crooked = url.partition("?")[0] + "?means=a%0d%0aSet-Cookie:x=1"
    browser.post(crooked, data=fields | {
        "identifier": PEOPLE["medecin"].identifier, "password": PASSWORD,
    })  # fmt: skip
    assert browser.cookie("means") == "password"
    assert redeemed(client, give_slip(browser))["acr"].endswith("2")
