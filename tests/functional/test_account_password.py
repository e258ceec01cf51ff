# SPDX-License-Identifier: Apache-2.0
"""« Changez votre mot de passe », by the person."""

from tests.cast import PASSWORD
from tests.functional.test_again import sessions
from tests.functional.test_password_renewal import DAY, FRESH, OTHER, arrives, log_in
from tests.outbox import waiting
from tests.world import World


def test_cr_037_a_session_is_not_enough(quick: World):
    browser, _ = log_in(quick, PASSWORD)
    quick.clock.pass_by(2 * DAY)
    browser, _ = log_in(quick, PASSWORD)
    quick.clock.pass_by(301)
    browser.get("/account/password")
    assert browser.form("/password")[0].startswith("/login/")
    browser.log_in()
    assert browser.form("/account/password")


def test_the_other_sessions_end_and_this_one_goes_on(quick_world: World):
    quick_world.clock.pass_by(2 * DAY)
    other, (client, response) = log_in(quick_world, PASSWORD)
    assert arrives(client, response)
    browser, (client, response) = log_in(quick_world, PASSWORD)
    browser.get("/account/password")
    browser.submit("/account/password", password=FRESH, again=FRESH)
    assert browser.page.select_one(".notice-success")
    assert sorted(one[3] or "" for one in sessions(quick_world)) == ["", "password-changed"]
    client.ask(other)
    assert other.form("/password")
    assert len(waiting(quick_world, "password-changed")) == 1
    _browser, (client, response) = log_in(quick_world, FRESH)
    assert arrives(client, response)


def test_cr_036_not_twice_a_day(quick: World):
    quick.clock.pass_by(2 * DAY)
    browser, _ = log_in(quick, PASSWORD)
    browser.get("/account/password")
    url, fields = browser.form("/account/password")
    browser.submit("/account/password", password=FRESH, again=FRESH)
    browser.get("/account/password")
    assert not browser.page.select("input[name=password]")
    assert browser.page.select_one("a[href='/password/forgotten']")
    browser.post(url, data=fields | {"password": OTHER, "again": OTHER})
    _browser, (client, response) = log_in(quick, FRESH)
    assert arrives(client, response)
