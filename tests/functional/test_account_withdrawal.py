# SPDX-License-Identifier: Apache-2.0
"""A patient withdraws the consent that the account stands on: closed, here and everywhere."""

import json

import pytest

from idp.accounts import service as accounts
from idp.accounts.values import State
from idp.login.freshness import FRESH_FOR
from idp.messages.sent import sent_to
from tests.functional.account_kit import agree, alive, enter, is_in, token_of
from tests.world import Browser, World

HERE = "/account/withdraw"


def state(world: World, who: str = "patient") -> State:
    with world.core.database.read() as tx:
        account = accounts.load(tx, world.cast[who].id)
    assert account is not None
    return account.state


def withdraw(browser: Browser) -> None:
    browser.get(HERE)
    browser.submit(HERE, understood="yes")


def test_the_account_is_closed_everywhere_at_once(quick_world: World):
    gaetan, phone = enter(quick_world, "patient"), enter(quick_world, "patient", "198.51.100.77")
    client, tokens = agree(quick_world, gaetan, "patient")
    plain = quick_world.client("plain")
    others = plain.redeem(plain.answered(plain.ask(phone))["code"]).json
    withdraw(gaetan)
    assert gaetan.last.request.path == "/account/withdrawn"
    assert "Your account is closed" in gaetan.page.h1.text
    assert "collects your consent anew" in gaetan.page.main.text
    assert state(quick_world) is State.DISABLED
    assert not is_in(gaetan)
    assert not is_in(phone)
    assert alive(client, tokens) == alive(plain, others) == set()
    assert not gaetan.cookie("session")
    whys = {json.loads(one.detail)["why"] for one in quick_world.events("session.ended")}
    assert whys == {"withdrawn"}
    account = quick_world.cast["patient"].id
    with quick_world.core.database.read() as tx:
        purposes = [one.purpose for one in sent_to(tx, account)]
        assert not quick_world.core.consents.listed(tx, account)
    assert purposes.count("account-disabled") == 1
    assert [one.account for one in quick_world.events("account.withdrawn")] == [account]


def test_nobody_logs_in_any_more_until_it_is_opened_anew(quick_world: World):
    gaetan = enter(quick_world, "patient")
    withdraw(gaetan)
    gaetan.get("/login")
    gaetan.log_in("patient")
    assert gaetan.problem == "account-closed"
    with quick_world.core.database.write() as tx:
        quick_world.core.accounts.set_state(tx, quick_world.cast["patient"].id, State.ACTIVE)
    assert is_in(enter(quick_world, "patient"))


def test_it_is_asked_with_a_tick_and_the_way_back(quick_world: World):
    gaetan = enter(quick_world, "patient")
    gaetan.get(HERE)
    assert gaetan.page.find("a", href="/account")
    url, fields = gaetan.form(HERE)
    gaetan.post(url, {"csrf": fields["csrf"]})
    assert gaetan.last.status_code == 422
    assert gaetan.page.find(id="understood-error")
    assert state(quick_world) is State.ACTIVE
    assert is_in(gaetan)


def test_se_006_an_old_login_withdraws_nothing(quick_world: World):
    gaetan = enter(quick_world, "patient")
    gaetan.get(HERE)
    url, fields = gaetan.form(HERE)
    quick_world.clock.pass_by(FRESH_FOR + 1)
    gaetan.post(url, fields | {"understood": "yes"})
    assert state(quick_world) is State.ACTIVE
    gaetan.log_in("patient")
    assert gaetan.last.request.path == HERE
    gaetan.submit(HERE, understood="yes")
    assert state(quick_world) is State.DISABLED


@pytest.mark.parametrize("who", ["medecin", "administrateur"])
def test_an_account_that_stands_on_no_consent_can_not_be_withdrawn(quick_world: World, who: str):
    browser = enter(quick_world, who)
    browser.get("/account/profile")
    browser.post(HERE, {"csrf": token_of(browser), "understood": "yes"})
    assert browser.last.request.path == "/account"
    assert state(quick_world, who) is State.ACTIVE
    assert not quick_world.events("account.withdrawn")
