# SPDX-License-Identifier: Apache-2.0
"""A login by one-time code, from the password to the application."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.codes import (
    EMAIL,
    PHONE,
    coded,
    give_addresses,
    give_card,
    last_code,
    messages,
    open_post_office,
    other_than,
)
from tests.functional.conftest import make_quick
from tests.functional.test_again import claims_of, sessions
from tests.world import Browser, RelyingParty, World


@pytest.fixture
def office(database_url: str) -> Iterator[World]:
    """A provider that can send, on each database."""
    world = make_quick(open_post_office(database_url))
    yield world
    world.provider.close()


@pytest.fixture
def quick_office(sqlite_url: str) -> Iterator[World]:
    """The same on SQLite alone."""
    world = make_quick(open_post_office(sqlite_url))
    yield world
    world.provider.close()


def at_the_choice(world: World, who: str = "medecin") -> tuple[Browser, RelyingParty]:
    client, browser = coded(world), world.browser()
    client.ask(browser)
    browser.log_in(who)
    return browser, client


def shown(browser: Browser) -> str:
    """The text of the page, in one line."""
    return " ".join(browser.page.select_one("main").get_text(" ").split())


def ways(browser: Browser) -> list[str]:
    return [str(one["value"]) for one in browser.page.select("button[name=channel]")]


@pytest.mark.parametrize(
    ("channel", "recipient", "methods"),
    [("sms", PHONE, {"pwd", "otp", "sms", "mfa"}), ("email", EMAIL, {"pwd", "otp", "mfa"})],
)
def test_a_login_by_code(office: World, channel: str, recipient: str, methods: set[str]):
    browser, client = at_the_choice(office)
    assert ways(browser) == ["sms", "email"]
    # Enough of where it goes to recognise it, and no more.
    assert PHONE not in shown(browser)
    assert EMAIL not in shown(browser)
    assert messages(office) == []
    browser.submit("/otp", channel=channel)
    field = browser.page.select_one("input[name=code]")
    assert (field["inputmode"], field["autocomplete"]) == ("numeric", "one-time-code")
    (message,) = messages(office)
    assert (message["channel"], message["recipient"]) == (channel, recipient)
    assert (message["purpose"], message["values"]["minutes"]) == ("login-code", 5)
    assert message["values"]["application"] == "CODED"
    # Straight into the application, without another question.
    answer = client.answered(browser.submit("/otp", code=f" {last_code(office)}\t"))
    claims = claims_of(client.redeem(answer["code"]).json["id_token"])
    assert claims["acr"].endswith("2")
    assert set(claims["amr"]) == methods
    assert [one[2] for one in sessions(office)] == [2]
    events = office.events("otp.sent")
    assert [(one.means, one.address) for one in events] == [("otp", browser.address)]


def test_the_three_steps_are_shown(quick_office: World):
    browser = quick_office.browser()
    coded(quick_office).ask(browser)
    now = [browser.page.select_one(".step-now .step-label").get_text()]
    browser.log_in()
    now.append(browser.page.select_one(".step-now .step-label").get_text())
    browser.submit("/otp", channel="sms")
    now.append(browser.page.select_one(".step-now .step-label").get_text())
    assert now == [one.get_text() for one in browser.page.select(".step-label")]


def test_a_patient_needs_a_verified_address_and_nothing_else(quick_office: World):
    browser, client = at_the_choice(quick_office, "patient")
    browser.submit("/otp", channel="email")
    (message,) = messages(quick_office)
    assert message["values"]["minutes"] == 15
    assert client.answered(browser.submit("/otp", code=last_code(quick_office)))["code"]


def test_the_page_says_what_is_missing_and_sends_nothing(quick_office: World):
    """No card, one never used, one that ran out, one revoked, not switched on, no address."""
    world = quick_office
    core, nurse = world.core, world.cast["infirmiere"].id
    give_addresses(world, "infirmiere", email="mf.villeneuve@clinique.example")
    browser, _client = at_the_choice(world, "infirmiere")
    address = browser.last.request.path
    csrf = browser.form("/cancel")[1]["csrf"]

    def told() -> str:
        browser.post(f"{address.rpartition('/')[0]}/otp", {"csrf": csrf, "channel": "email"})
        browser.get(address.rpartition("/")[0])
        assert messages(world) == []
        return str(browser.page.select_one(".notice-warning").get_text())

    said = [told()]
    give_card(world, "infirmiere", used=False)
    assert told() == said[0]
    give_card(world, "infirmiere", days=-1)
    said.append(told())
    serial = give_card(world, "infirmiere", days=10)
    said.append(told())
    with core.database.write() as tx:
        core.otp.enable(tx, nurse)
    give_addresses(world, "infirmiere")
    said.append(told())
    with core.database.write() as tx:
        core.cards.revoke(tx, serial)
        tx.execute(text("UPDATE cards SET revoked_at = 1 WHERE first_used_at IS NOT NULL"))
    said.append(told())
    assert len(set(said)) == 5


def test_only_verified_addresses_are_offered(quick_office: World):
    give_addresses(quick_office, "medecin", phone=PHONE)
    browser, _client = at_the_choice(quick_office)
    assert ways(browser) == ["sms"]
    browser.submit("/otp", channel="email")
    assert messages(quick_office) == []
    assert "No e-mail can be sent" in shown(browser) or browser.page.select_one("#form-error")


def test_cr_007_a_new_code_ends_the_one_before(office: World):
    browser, client = at_the_choice(office)
    browser.submit("/otp", channel="sms")
    first = last_code(office)
    browser.submit("/otp", channel="email")
    # The first one had not left yet: it never will.
    (message,) = messages(office)
    assert message["channel"] == "email"
    if last_code(office) != first:
        browser.submit("/otp", code=first)
        assert browser.page.select_one("#code-error")
    assert client.answered(browser.submit("/otp", code=last_code(office)))["code"]


def test_asking_again_too_early_leaves_the_code_alone(quick_office: World):
    browser, client = at_the_choice(quick_office)
    browser.submit("/otp", channel="sms")
    code = last_code(quick_office)
    for _ in range(3):
        browser.submit("/otp", channel="sms")
        assert browser.page.select_one("#too-early")
        assert browser.page.select_one("input[name=code]")
    assert last_code(quick_office) == code
    quick_office.clock.pass_by(29)
    browser.submit("/otp", channel="sms")
    assert browser.page.select_one("#too-early")
    quick_office.clock.pass_by(1)
    browser.submit("/otp", channel="sms")
    assert not browser.page.select_one("#too-early")
    assert client.answered(browser.submit("/otp", code=last_code(quick_office)))["code"]


def test_cr_006_a_code_lives_so_long_and_not_a_second_more(office: World):
    browser, client = at_the_choice(office)
    browser.submit("/otp", channel="sms")
    office.clock.pass_by(300)
    browser.submit("/otp", code=last_code(office))
    # It is said, and another one is offered.
    assert browser.page.select_one("#form-error")
    assert ways(browser) == ["sms", "email"]
    # RL-09: seen to be over, it does not come back when the clock is set back.
    office.clock.pass_by(-200)
    browser.submit("/otp", code=last_code(office))
    assert ways(browser) == ["sms", "email"]
    browser.submit("/otp", channel="sms")
    office.clock.pass_by(299)
    assert client.answered(browser.submit("/otp", code=last_code(office)))["code"]


def test_a_page_loaded_again_asks_for_the_code_that_was_sent(quick_office: World):
    browser, client = at_the_choice(quick_office)
    browser.submit("/otp", channel="sms")
    url, _fields = browser.form("/otp")
    browser.get(url.removesuffix("/otp"))
    assert client.answered(browser.submit("/otp", code=last_code(quick_office)))["code"]


def test_a_carrier_that_is_down_is_said_and_the_other_one_offered(quick_office: World, monkeypatch):
    down = {"sms"}
    monkeypatch.setattr(quick_office.core.post, "is_up", lambda one: one not in down)
    browser, _client = at_the_choice(quick_office)
    assert ways(browser) == ["email"]
    assert "SMS" in shown(browser)
    # It went down after the page was shown.
    browser.submit("/otp", channel="sms")
    assert ways(browser) == ["email"]
    assert browser.page.select_one("#form-error")
    assert messages(quick_office) == []
    down.add("email")
    browser.submit("/otp", channel="email")
    assert ways(browser) == []
    # No dead end: the way to try again, and support.
    assert browser.page.select(".form-actions a")
    down.clear()
    browser.get(str(browser.page.select_one(".form-actions a")["href"]))
    assert ways(browser) == ["sms", "email"]


def test_too_many_codes_to_one_number_leave_the_mail(quick_office: World):
    browser, client = at_the_choice(quick_office)
    for _ in range(3):
        browser.submit("/otp", channel="sms")
        quick_office.clock.pass_by(31)
    code = last_code(quick_office)
    browser.submit("/otp", channel="sms")
    assert browser.page.select_one("#form-error")
    # What was sent stays good, and the other way is open.
    assert last_code(quick_office) == code
    assert "email" in ways(browser)
    refused = quick_office.events("otp.not_sent")
    assert [one.outcome for one in refused] == ["refused"]
    assert client.answered(browser.submit("/otp", code=code))["code"]


def test_a_wrong_code_is_told_and_the_right_one_still_works(quick_office: World):
    browser, client = at_the_choice(quick_office)
    browser.submit("/otp", channel="sms")
    code = last_code(quick_office)
    browser.submit("/otp", code=other_than(code))
    assert browser.page.select_one("#code")["aria-invalid"] == "true"
    assert client.answered(browser.submit("/otp", code=code))["code"]


def test_a_right_code_during_a_pause_is_told_and_good_after_it(quick_office: World):
    browser, client = at_the_choice(quick_office)
    for wrong_tries in (4, 1):
        browser.submit("/otp", channel="sms")
        code = last_code(quick_office)
        for _ in range(wrong_tries):
            browser.submit("/otp", code=other_than(code))
        quick_office.clock.pass_by(31)
    assert browser.submit("/otp", code=code).status_code == 429
    quick_office.clock.pass_by(31)
    assert client.answered(browser.submit("/otp", code=code))["code"]


def test_no_code_is_sent_before_the_password(quick_office: World):
    """CR-021, OA-173: the second form before the first one, or for an account that nobody has."""
    client, browser = coded(quick_office), quick_office.browser()
    client.ask(browser)
    url, fields = browser.form("/password")
    address = url.partition("/password")[0]
    for _ in range(2):
        for form in ({"channel": "sms"}, {"channel": "email"}, {"code": "000000"}, {}):
            browser.post(f"{address}/otp?means=otp", {"csrf": fields["csrf"], **form})
            assert browser.form("/password")
        browser.submit("/password", identifier="nobody", password="wrong")
    assert messages(quick_office) == []
    assert sessions(quick_office) == []


def test_oa_173_a_code_is_no_password(quick_office: World):
    """A session by another means of level 1 or more has no password for the code to stand on."""
    from connectors.base import Level
    from tests.protocol.kit import seed_session

    world = quick_office
    client, browser = coded(world, level=2), world.browser()
    seed_session(world, browser, means="launch", level=Level.PASSWORD)
    client.ask(browser)
    url, fields = browser.form("/password")
    address = url.partition("/password")[0]
    browser.post(f"{address}/otp", {"csrf": fields["csrf"], "channel": "sms"})
    assert messages(world) == []
    assert browser.form("/password")


def test_one_address_for_a_whole_hospital_keeps_nobody_out_of_their_own_browser(database_url: str):
    """The first codes that leave it are counted; who is known in their browser is not."""
    world = make_quick(open_post_office(database_url, SMS_PER_ADDRESS="1"))
    browser, client = at_the_choice(world)
    browser.submit("/otp", channel="sms")
    client.answered(browser.submit("/otp", code=last_code(world)))
    beside, _client = at_the_choice(world, "patient")
    beside.submit("/otp", channel="sms")
    assert beside.page.select_one("#form-error")
    assert ways(beside) == ["sms", "email"]
    client.ask(browser, prompt="login")
    browser.log_in()
    browser.submit("/otp", channel="sms")
    (event, again) = world.events("otp.sent")
    # Known or not, the audit says from where.
    assert (event.address, again.address) == (browser.address, browser.address)
    client.answered(browser.submit("/otp", code=last_code(world)))
    world.provider.close()
