# SPDX-License-Identifier: Apache-2.0
"""CR-044: what gave a password back is no second factor beside it."""

from collections.abc import Iterator

import pytest

from connectors.ports import Judged, Posting
from idp.credentials.resets import HOLDS
from tests.codes import EMAIL, give_addresses, last_code, messages, open_post_office
from tests.functional.conftest import make_quick
from tests.functional.test_forgotten import PORTAL_FRESH, ask, follow, work
from tests.functional.test_password_renewal import FRESH, log_in, replace
from tests.outbox import waiting
from tests.world import Browser, World

AUTHENTICATOR = "/account/authenticator/new"


@pytest.fixture
def office(database_url: str) -> Iterator[World]:
    world = make_quick(open_post_office(database_url))
    yield world
    world.provider.close()


def reset(world: World, who: str) -> str:
    """Somebody renews a forgotten password by what they receive; the new one."""
    ask(
        world, {"medecin": "cdurand", "patient": "gebeaupre", "administrateur": "admin.region"}[who]
    )
    work(world)
    (message,) = [*waiting(world, "reset-link"), *waiting(world, "temporary-password")]
    if message.purpose == "reset-link":
        browser = follow(world, message.values["link"])
        browser.submit("/password/new", password=FRESH, again=FRESH)
        return FRESH
    browser, _answer = log_in(world, message.values["password"], who)
    replace(browser, PORTAL_FRESH)
    return PORTAL_FRESH


def at_codes(world: World, who: str) -> Browser:
    """Logged in by the new password, at a page that wants a second factor."""
    password = reset(world, who)
    browser = world.browser()
    browser.reads_mail = False
    browser.get("/login?means=password")
    browser.log_in(who, password)
    browser.get(AUTHENTICATOR)
    return browser


def offered(browser: Browser) -> list[str]:
    return [str(one["value"]) for one in browser.page.select("button[name=channel]")]


@pytest.mark.parametrize(("who", "left"), [("medecin", "sms"), ("patient", "email")])
def test_cr_044_codes_go_the_other_way_than_the_new_password(office: World, who: str, left: str):
    """A professional's link came by mail, a patient's password by SMS."""
    browser = at_codes(office, who)
    assert offered(browser) == [left]
    desk = office.provider.services.attempts._connectors["otp"]._desk
    account = office.cast[who].id
    other = "email" if left == "sms" else "sms"
    sent = desk.send(account, "some-journey", other, None, "192.0.2.10")
    assert sent is Posting.NO_WAY
    browser.submit("/otp", channel=left)
    browser.submit("/otp", code=last_code(office))
    assert browser.last.request.path == AUTHENTICATOR
    office.clock.pass_by(HOLDS)
    assert {one.channel for one in desk.ways(account)} == {"sms", "email"}


def test_cr_044_a_code_sent_before_the_reset_ends_with_it(office: World):
    desk = office.provider.services.attempts._connectors["otp"]._desk
    account = office.cast["medecin"].id
    desk.send(account, "some-journey", "email", None, "192.0.2.10")
    code = last_code(office)
    reset(office, "medecin")
    assert desk.judge(account, "some-journey", code) == (Judged.OVER, "")


@pytest.mark.parametrize("who", ["medecin", "administrateur"])
def test_cr_044_the_only_way_of_a_code_waits_a_day(office: World, who: str):
    """One mailbox is not two factors; the page says until when, or asks for the card there is."""
    give_addresses(office, who, email=EMAIL)
    account = office.cast[who].id
    with office.core.database.write() as tx:
        office.core.otp.enable(tx, account)
    browser = at_codes(office, who)
    assert offered(browser) == []
    if who == "medecin":
        assert browser.page.select_one("form[action$='/cps']")
    else:
        assert browser.problem == "means-blocked"
        assert "22 septembre 2026" in browser.page.select_one("p.lead").get_text()
    attempts = office.provider.services.attempts
    lack = attempts.lacks("otp", account)
    assert lack == f"spent-until-{office.clock.now() + HOLDS}"
    office.clock.pass_by(HOLDS - 1)
    assert attempts.lacks("otp", account) == lack
    office.clock.pass_by(1)
    assert attempts.lacks("otp", account) is None


def test_cr_044_a_change_of_password_afterwards_takes_nothing_from_it(office: World):
    give_addresses(office, "medecin", email=EMAIL)
    reset(office, "medecin")
    core, account = office.core, office.cast["medecin"].id
    with core.database.write() as tx:
        core.passwords.put(tx, account, core.passwords.hashed("another"))
    assert office.provider.services.attempts.lacks("otp", account)


def test_a_patient_with_one_address_is_not_shut_out(office: World):
    give_addresses(office, "patient", email="gaetan@courriel.example")
    browser = at_codes(office, "patient")
    assert offered(browser) == ["email"]
    browser.submit("/otp", channel="email")
    browser.submit("/otp", code=last_code(office))
    assert browser.last.request.path == AUTHENTICATOR


def test_cr_044_a_patient_with_another_factor_uses_that(office: World):
    give_addresses(office, "patient", email="gaetan@courriel.example")
    account = office.cast["patient"].id
    with office.core.database.write() as tx:
        office.core.authenticators.put(tx, account, "JBSWY3DPEHPK3PXP", "Mobile", 0)
    browser = at_codes(office, "patient")
    assert not offered(browser)
    assert browser.form("/totp")
    assert [one for one in messages(office) if one["purpose"] == "login-code"] == []


def test_rl_009_a_reset_of_the_future_counts_from_now(office: World):
    give_addresses(office, "medecin", email=EMAIL)
    reset(office, "medecin")
    office.clock.pass_by(-7200)
    lack = office.provider.services.attempts.lacks("otp", office.cast["medecin"].id)
    assert lack == f"spent-until-{office.clock.now() + HOLDS}"
