# SPDX-License-Identifier: Apache-2.0
"""The page of a device's code (OA-150 to OA-152): guesses, what is shown, who decides."""

import json
import math
from typing import Any

import pytest

from idp.grants.device_requests import (
    GRACE,
    LENGTH,
    LETTERS,
    LIFE,
    LONGEST_PAUSE,
    PAUSE,
    SLOWER,
    DeviceRequests,
)
from idp.lookup import Lookup
from tests.protocol.kit import (
    at_once,
    cancel,
    set_cookie,
    settled,
)
from tests.protocol.oidc.devices import (
    approve,
    asked,
    decide,
    error,
    poll,
    television,
    type_code,
)
from tests.world import World


@pytest.mark.parametrize(
    "how", [str.lower, lambda one: one.replace("-", ""), lambda one: f" {one[:2]} {one[2:]} "]
)
def test_a_code_is_typed_as_people_type(sqlite_world: World, how: Any) -> None:
    browser = settled(sqlite_world)
    type_code(browser, how(asked(television(sqlite_world))["user_code"]))
    assert browser.page.find(id="device-code") is not None


def test_oa_150_the_letters_are_drawn_evenly_from_enough(sqlite_world: World) -> None:
    core = sqlite_world.core
    made = DeviceRequests(core.clock, core.entropy, Lookup(b"x" * 32))
    drawn = "".join(made._letters() for _ in range(2000))
    assert set(drawn) == set(LETTERS)
    assert not set("AEIOUY") & set(LETTERS)
    # 16,000 letters: 800 of each, and one in a million strays further than this.
    assert all(650 < drawn.count(one) < 950 for one in LETTERS)
    # OA-150: five guesses at one code.
    assert 5 / math.pow(len(LETTERS), LENGTH) < math.pow(2, -32)


def test_oa_150_five_wrong_codes_and_the_sixth_is_not_judged(world: World) -> None:
    client, browser = television(world), world.browser()
    for guess in ("BBBB-BBBB", "BBBB-BBBC", "BBBB-BBBD", "BBBB-BBBF", "BBBB-BBBG"):
        assert type_code(browser, guess).status_code == 422
    given = asked(client)
    response = type_code(browser, given["user_code"])
    assert response.status_code == 429
    assert browser.problem == "too-many"
    assert int(response.headers["Retry-After"]) > 0
    # Another browser at the same address is no way round it; a slip of the hand counted nothing.
    assert type_code(world.browser(), given["user_code"]).status_code == 429
    assert [one.kind for one in world.events("device.failed")] == ["device.failed"] * 7
    elsewhere = world.browser("203.0.113.9")
    assert "/login/" in type_code(elsewhere, given["user_code"]).request.path
    world.clock.pass_by(60)
    assert "/login/" in type_code(browser, given["user_code"]).request.path


def test_oa_150_a_session_that_walks_about_is_counted_too(world: World) -> None:
    browser = settled(world)
    for number, letter in enumerate("BCDFG"):
        browser.address = f"203.0.{number}.9"
        assert type_code(browser, "BBBB-BBB" + letter).status_code == 422
    browser.address = "203.0.99.9"
    assert type_code(browser, asked(television(world))["user_code"]).status_code == 429


def test_oa_150_codes_of_ones_own_give_no_further_guesses(world: World) -> None:
    client, browser = television(world), world.browser()
    for guess in ("BBBB-BBBB", "BBBB-BBBC", "BBBB-BBBD", "BBBB-BBBF", "BBBB-BBBG"):
        assert "/login/" in type_code(browser, asked(client)["user_code"]).request.path
        assert type_code(browser, guess).status_code == 422
    assert type_code(browser, asked(client)["user_code"]).status_code == 429


@pytest.mark.parametrize(
    "typed", ["", "BCDF", "BCDFGHJKL", "ABCD-EFGH", "BCDF-GHJ1", "é" * 8, "B" * 5000]
)
def test_what_can_be_no_code_is_a_slip(sqlite_world: World, typed: str) -> None:
    browser = sqlite_world.browser()
    for _ in range(7):
        assert type_code(browser, typed).status_code == 422
    assert browser.page.find(id="user_code-error") is not None


def test_oa_151_an_address_with_the_code_approves_nothing(world: World) -> None:
    client, browser = television(world), settled(world)
    given = asked(client)
    browser.get(given["verification_uri_complete"])
    _action, fields = browser.form("/device")
    assert fields["user_code"] == given["user_code"]
    assert error(poll(client, given)) == "authorization_pending"
    browser.submit("/device")
    # What they agree to is shown: the code, the application, from where and when, what it gets.
    page = browser.page
    assert page.find(id="device-code").get_text(strip=True) == given["user_code"]
    main = page.main.get_text()
    assert client.document["name"] in main
    assert "198.51.100.7" in main
    assert page.find("time")["datetime"].startswith("2026-")
    assert len(page.main.select(".facts dt")) > 3
    world.clock.pass_by(5)
    assert error(poll(client, given)) == "authorization_pending"


def test_oa_151_nothing_is_approved_without_the_form(world: World) -> None:
    client, browser = television(world), settled(world)
    given = asked(client)
    type_code(browser, given["user_code"])
    action, fields = browser.form("/consent")
    forged = (
        {"answer": "accept"},
        {"answer": "accept", "csrf": fields["csrf"]},
        {"answer": "accept", "ticket": fields["ticket"]},
        {"answer": "accept", "csrf": "x", "ticket": fields["ticket"]},
    )
    for form in forged:
        browser.post(action, form)
        assert error(poll(client, given)) in {"authorization_pending", "slow_down"}
    # Nor by another browser that somebody sent the address of the journey to.
    other = settled(world)
    other.get(action.removesuffix("/consent"))
    assert other.problem == "journey-other-browser"
    # Nor by a form from another site.
    browser.request(
        "POST", action, data=fields | {"answer": "accept"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert error(poll(client, given)) in {"authorization_pending", "slow_down"}


@pytest.mark.parametrize("end", ["refuse", "cancel"])
def test_oa_152_a_refusal_reaches_the_device(world: World, end: str) -> None:
    client, browser = television(world), settled(world)
    given = asked(client)
    if end == "refuse":
        type_code(browser, given["user_code"])
        response = decide(browser, "refuse")
    else:
        browser = world.browser()
        type_code(browser, given["user_code"])
        response = cancel(browser)
    assert response.request.path == "/device/refused"
    assert error(poll(client, given)) == "access_denied"
    # For good: nobody agrees to it any more.
    assert type_code(settled(world), given["user_code"]).status_code == 422
    assert world.events("device.refused")


def test_oa_152_asking_too_fast_makes_it_slower_and_stays_so(world: World) -> None:
    client = television(world)
    given = asked(client)
    assert error(poll(client, given)) == "authorization_pending"
    assert error(poll(client, given)) == "slow_down"
    world.clock.pass_by(6)
    assert error(poll(client, given)) == "slow_down"
    world.clock.pass_by(15)
    assert error(poll(client, given)) == "authorization_pending"
    world.clock.pass_by(13)
    assert error(poll(client, given)) == "slow_down"


def test_oa_152_a_code_runs_out_before_and_after_it_was_approved(world: World) -> None:
    client, browser = television(world), settled(world)
    late, left = asked(client), asked(client)
    approve(browser, left)
    world.clock.pass_by(599)
    assert error(poll(client, late)) == "authorization_pending"
    world.clock.pass_by(1)
    assert error(poll(client, late)) == "expired_token"
    assert error(poll(client, left)) == "expired_token"
    assert type_code(settled(world), late["user_code"]).status_code == 422


def test_oa_152_who_agreed_at_the_last_moment_is_waited_for(world: World) -> None:
    client, browser = television(world), settled(world)
    taken, left = asked(client), asked(client)
    world.clock.pass_by(LIFE - 1)
    approve(browser, taken)
    approve(browser, left)
    world.clock.pass_by(GRACE)
    assert poll(client, taken).status == 200
    world.clock.pass_by(PAUSE)
    assert error(poll(client, left)) == "expired_token"


def test_oa_152_a_device_that_was_slowed_down_is_waited_for_as_long(world: World) -> None:
    client, browser = television(world), settled(world)
    given = asked(client)
    world.clock.pass_by(LIFE - 1)
    for _ in range(LONGEST_PAUSE // SLOWER):
        poll(client, given)
    approve(browser, given)
    world.clock.pass_by(LONGEST_PAUSE)
    assert poll(client, given).status == 200


def test_oa_152_it_runs_out_while_the_page_is_open(world: World) -> None:
    client, browser = television(world), settled(world)
    given = asked(client)
    type_code(browser, given["user_code"])
    world.clock.pass_by(600)
    assert decide(browser).request.path == "/device/over"
    assert error(poll(client, given)) == "expired_token"


def test_oa_152_of_two_people_the_first_counts(world: World) -> None:
    client = television(world)
    given = asked(client)
    first, second = settled(world), settled(world, "infirmiere")
    for one in (first, second):
        type_code(one, given["user_code"])
    assert decide(first).request.path == "/device/done"
    assert decide(second).request.path == "/device/over"
    assert poll(client, given).status == 200
    (approved,) = world.events("device.approved")
    assert approved.account == world.cast["medecin"].id


def test_oa_152_two_people_at_the_same_moment(world: World) -> None:
    client = television(world)
    given = asked(client)
    those = [settled(world, who) for who in ("medecin", "infirmiere") * 3]
    for one in those:
        type_code(one, given["user_code"])
    ends = at_once(len(those), lambda number: decide(those[number]).request.path)
    assert sorted(ends) == ["/device/done"] + ["/device/over"] * (len(those) - 1)
    assert len(world.events("device.approved")) == 1


def test_oa_152_whom_the_application_does_not_admit(world: World) -> None:
    """CVE-2024-38371: its policy holds here as everywhere."""
    client = television(world, policy={"populations": ["patient"]})
    given, browser = asked(client), settled(world)
    type_code(browser, given["user_code"])
    if browser.page.find(id="device-code") is not None:
        decide(browser)
    assert browser.problem == "population"
    assert error(poll(client, given)) == "access_denied"


def test_oa_152_a_closed_account_logs_in_for_a_device(world: World) -> None:
    client, browser = television(world), world.browser()
    given = asked(client)
    type_code(browser, given["user_code"])
    assert browser.log_in("ancienne").status_code == 403
    assert browser.problem == "account-closed"
    assert error(poll(client, given)) == "access_denied"
    (failed,) = world.events("login.failed")
    assert (failed.account, json.loads(failed.detail)) == (
        world.cast["ancienne"].id,
        {"why": "account_closed"},
    )
    (refused,) = world.events("device.refused")
    assert json.loads(refused.detail) == {"why": "account-closed"}


def test_oa_171_the_code_survives_no_change_of_session(world: World) -> None:
    """OA-171: the page that was shown to one session is worth nothing in another."""
    client, browser = television(world), settled(world)
    given = asked(client)
    type_code(browser, given["user_code"])
    set_cookie(world, browser, "session", settled(world, "infirmiere").cookie("session"))
    decide(browser)
    assert error(poll(client, given)) == "authorization_pending"
