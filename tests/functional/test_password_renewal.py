# SPDX-License-Identifier: Apache-2.0
"""A password that must be replaced: asked for at the login, and nothing opens before that."""

import pytest

from idp.credentials.passwords import Reason
from tests.cast import PASSWORD, PEOPLE
from tests.functional.conftest import twin
from tests.functional.test_again import sessions
from tests.world import Browser, World

FRESH = "corbeau-lanterne-7294"
OTHER = "brouette-nuage-5518"
THIRD = "sabot-horizon-3306"
DAY = 86_400


def give_temporary(world: World, who: str = "medecin", reason: Reason = Reason.FIRST) -> str:
    temporary = "tempo-rivage-4821"
    hashed = world.core.passwords.hashed(temporary)
    with world.core.database.write() as tx:
        world.core.passwords.set_temporary(tx, world.cast[who].id, hashed, reason)
    return temporary


def log_in(world: World, password: str, who: str = "medecin") -> tuple[Browser, object]:
    browser, client = world.browser(), world.client("plain")
    client.ask(browser)
    return browser, (client, browser.log_in(who, password))


def replace(browser: Browser, password: str, again: str | None = None) -> object:
    return browser.submit("/renew", password=password, again=password if again is None else again)


def arrives(client: object, response: object) -> bool:
    return "code" in client.answered(response)


@pytest.mark.parametrize("reason", list(Reason))
def test_cr_049_a_temporary_password_is_replaced_before_anything_opens(
    quick_world: World, reason: Reason
):
    temporary = give_temporary(quick_world, reason=reason)
    browser, (client, _page) = log_in(quick_world, temporary)
    assert browser.form("/renew")
    assert sessions(quick_world) == []
    assert arrives(client, replace(browser, FRESH))
    assert [one[2] for one in sessions(quick_world)] == [1]
    _browser, (client, response) = log_in(quick_world, FRESH)
    assert arrives(client, response)
    browser, (client, _response) = log_in(quick_world, temporary)
    assert browser.form("/password")


def test_the_fourth_month_asks_for_a_new_one(quick_world: World):
    quick_world.clock.pass_by(121 * DAY)
    _browser, (client, response) = log_in(quick_world, PASSWORD)
    assert arrives(client, response)
    quick_world.clock.pass_by(2 * DAY)
    browser, (client, _page) = log_in(quick_world, PASSWORD)
    replace(browser, PASSWORD)
    assert browser.page.select_one("[data-rule=history]")["data-state"] == "unmet"
    assert arrives(client, replace(browser, FRESH))


def test_a_b_c_a_is_accepted_and_a_b_a_is_not(quick: World):
    """SPEC §2.1: one turns over three passwords."""
    passwords = [PASSWORD, FRESH, OTHER]
    for before, after in zip(passwords, [*passwords[1:], PASSWORD], strict=True):
        quick.clock.pass_by(123 * DAY)
        browser, (client, _page) = log_in(quick, before)
        if after == OTHER:
            replace(browser, PASSWORD)
            assert browser.page.select_one("[data-rule=history]")["data-state"] == "unmet"
        assert arrives(client, replace(browser, after)), (before, after)


def test_what_does_not_do_is_said_and_nothing_is_lost(quick: World):
    browser, (client, _page) = log_in(quick, give_temporary(quick))
    replace(browser, "court")
    assert browser.page.select_one("[data-rule=length]")["data-state"] == "unmet"
    replace(browser, FRESH, again="another")
    assert browser.page.select_one("#form-error")
    assert FRESH not in browser.last.get_data(as_text=True)
    assert arrives(client, replace(browser, FRESH))


def test_oa_173_nobody_comes_to_the_form_without_a_right_password(quick: World):
    browser = quick.browser()
    quick.client("plain").ask(browser)
    url, fields = browser.form("/password")
    address = url.removesuffix("/password")
    browser.get(f"{address}/renew")
    assert browser.form("/password")
    browser.post(f"{address}/renew", data={"csrf": fields["csrf"], "password": FRESH,
                                           "again": FRESH})  # fmt: skip
    assert browser.form("/password")
    _browser, (client, response) = log_in(quick, PASSWORD)
    assert arrives(client, response)


def test_another_browser_cannot_take_the_form_over(quick: World):
    browser, (_client, _page) = log_in(quick, give_temporary(quick))
    url, fields = browser.form("/renew")
    thief = quick.browser("192.0.2.66")
    response = thief.post(url, data=fields | {"password": FRESH, "again": FRESH})
    assert response.status_code in {403, 410}
    assert sessions(quick) == []


def test_the_form_waits_a_quarter_of_an_hour_and_no_longer(quick: World):
    browser, (_client, _page) = log_in(quick, give_temporary(quick))
    quick.clock.pass_by(901)
    replace(browser, FRESH)
    assert browser.form("/password")
    assert sessions(quick) == []


def test_two_answers_to_one_form_are_one_change(quick_world: World):
    browser, (client, _page) = log_in(quick_world, give_temporary(quick_world))
    url, fields = browser.form("/renew")
    second = twin(browser, "browser")
    assert arrives(client, replace(browser, FRESH))
    second.post(url, data=fields | {"password": OTHER, "again": OTHER})
    _browser, (client, response) = log_in(quick_world, FRESH)
    assert arrives(client, response)
    assert len(quick_world.events("password.renewed")) == 1


def test_a_live_session_goes_on_when_the_password_ends(quick: World):
    quick.clock.pass_by(122 * DAY - 60)
    browser, (client, response) = log_in(quick, PASSWORD)
    assert arrives(client, response)
    quick.clock.pass_by(300)
    assert arrives(client, client.ask(browser))


def test_the_choice_of_a_stronger_means_survives_the_change(levels: World):
    temporary = give_temporary(levels)
    browser, client = levels.browser(), levels.client("choice")
    client.ask(browser)
    browser.get(browser.form("/password")[0].removesuffix("/password") + "?means=slip")
    browser.log_in("medecin", temporary)
    replace(browser, FRESH)
    assert browser.form("/slip")


def test_cr_038_what_was_open_elsewhere_ends_with_the_old_one(quick_world: World):
    other, (client, response) = log_in(quick_world, PASSWORD)
    tokens = client.redeem(client.answered(response)["code"]).json
    browser, (_client, _page) = log_in(quick_world, give_temporary(quick_world))
    replace(browser, FRESH)
    assert client.userinfo(tokens["access_token"]).status == 401
    assert client.refresh(tokens["refresh_token"]).status == 400
    client.ask(other)
    assert other.form("/password")
    assert PEOPLE["medecin"].identifier
