# SPDX-License-Identifier: Apache-2.0
"""Logging in with a passkey: alone, as second factor, from the password's form; and refused."""

import json

import pytest

from idp.accounts.values import State
from idp.origin import Origin
from tests.authenticator import BACKED_UP, MAY_BACK_UP, SOUND, Authenticator, to_text
from tests.functional.conftest import twin
from tests.functional.passkeys import (
    arrive,
    client_of,
    enrol,
    entered,
    failures,
    journey_of,
    log_in_with,
    options,
    owner,
)
from tests.functional.test_again import claims_of, sessions
from tests.protocol.oidc.devices import asked, error, poll, television, type_code
from tests.world import World

ORIGIN = Origin("192.0.2.1", "", "r")


def claims(world: World, key: str, response):
    client = client_of(world, key)
    answer = client.redeem(client.answered(response)["code"])
    assert answer.status == 200, answer.json
    return claims_of(answer.json["id_token"])


def test_alone_a_passkey_is_two_factors(keyed_world: World):
    device = owner(keyed_world)
    browser = arrive(keyed_world)
    found = claims(keyed_world, "either", log_in_with(browser, device))
    assert found["acr"].endswith("2")
    assert found["amr"] == ["hwk", "user", "mfa"]
    [used] = [one for one in keyed_world.events("login.proved") if one.means == "passkey"]
    assert (used.account, used.level) == (keyed_world.cast["medecin"].id, 2)


def test_a_synchronised_one_says_so(keyed: World):
    device = owner(keyed)
    flags = SOUND | MAY_BACK_UP | BACKED_UP
    found = claims(keyed, "either", log_in_with(arrive(keyed), device, flags=flags))
    assert found["amr"] == ["swk", "user", "mfa"]


def test_it_lifts_a_password_where_two_factors_are_asked(keyed_world: World):
    device = owner(keyed_world)
    browser = entered(keyed_world)
    client_of(keyed_world, "firm").ask(browser)
    [held] = json.loads(options(browser))["allowCredentials"]
    assert held["id"] == to_text(device.credential)
    found = claims(keyed_world, "firm", log_in_with(browser, device))
    assert found["acr"].endswith("2")
    assert set(found["amr"]) == {"pwd", "hwk", "user", "mfa"}


def test_the_passwords_form_proposes_it_quietly(keyed: World):
    device = owner(keyed)
    browser = arrive(keyed, means="password")
    field = browser.page.find(id="identifier")
    assert field["autocomplete"] == "username webauthn"
    assert json.loads(options(browser, "quiet"))["allowCredentials"] == []
    assert claims(keyed, "either", log_in_with(browser, device))["acr"].endswith("2")


def test_where_no_passkey_opens_the_application_none_is_proposed(keyed: World):
    browser = arrive(keyed, key="plain", means="password")
    assert browser.page.find(id="identifier")["autocomplete"] == "username"
    assert browser.page.find("form", attrs={"data-passkey": True}) is None


def test_showing_the_page_writes_nothing_more(keyed: World, monkeypatch: pytest.MonkeyPatch):
    browser = arrive(keyed)
    address = journey_of(browser)
    first = options(browser)

    def refuse():
        raise AssertionError("a page view that writes")

    monkeypatch.setattr(keyed.core.database, "write", refuse)
    browser.get(f"{address}?means=passkey")
    assert options(browser) != first
    browser.get(f"{address}?means=password")
    assert options(browser, "quiet")


def test_oa_180_another_persons_passkey_does_not_lift_mine(keyed: World):
    owner(keyed)
    other = owner(keyed, "infirmiere")
    browser = entered(keyed)
    client_of(keyed, "firm").ask(browser)
    log_in_with(browser, other)
    assert browser.page.select_one("#form-error")
    assert failures(keyed) == ["wrong"]
    assert {one[2] for one in sessions(keyed)} == {1}


def test_oa_180_not_even_a_connector_that_says_yes_lends_it(
    keyed: World, monkeypatch: pytest.MonkeyPatch
):
    owner(keyed)
    other = owner(keyed, "infirmiere")
    connector = keyed.provider.services.connectors["passkey"]
    monkeypatch.setattr(connector, "_is_theirs", lambda *_all: True)
    browser = entered(keyed)
    client_of(keyed, "firm").ask(browser)
    log_in_with(browser, other)
    assert browser.page.select_one("#form-error")
    assert failures(keyed) == ["other_person"]


def test_whoever_has_none_is_told_and_led_on(keyed: World):
    browser = entered(keyed, "infirmiere")
    client_of(keyed, "firm").ask(browser)
    assert browser.page.select_one("main .notice-warning")
    assert browser.page.select_one("main a[href='/account']")
    assert browser.page.find("form", attrs={"data-passkey": True}) is None


def test_an_answer_is_taken_once(keyed_world: World):
    device = owner(keyed_world)
    browser = arrive(keyed_world)
    url, fields = browser.form("/passkey")
    fields["credential"] = device.sign(options(browser))
    other = twin(browser, "browser")
    assert "code=" in browser.post(url, fields).headers["Location"]
    # The journey is over as well: what is tried here is the answer, in a journey still open.
    with keyed_world.core.database.write() as tx:
        tx.exec_driver_sql("UPDATE journeys SET finished_at = NULL")
    other.post(url, fields)
    assert other.page.select_one("#form-error")
    assert failures(keyed_world) == ["wrong"]


def test_the_same_journey_may_be_answered_anew(keyed: World):
    """A challenge that was used up is no dead end: the next page has another."""
    device = owner(keyed)
    browser = arrive(keyed)
    log_in_with(browser, device, spoilt=True)
    assert browser.page.select_one("#form-error.notice-error")
    assert claims(keyed, "either", log_in_with(browser, device))["acr"].endswith("2")


def test_a_challenge_of_another_journey_or_time_is_refused(keyed: World):
    device = owner(keyed)
    other = arrive(keyed)
    foreign = json.loads(options(other))["challenge"]
    browser = arrive(keyed)
    log_in_with(browser, device, challenge=foreign)
    assert browser.page.select_one("#form-error.notice-warning")
    assert failures(keyed) == ["expired"]
    challenges, now = keyed.core.challenges, keyed.clock
    issued = challenges.issue("login|x")
    now.pass_by(keyed.core.settings.journey.lifetime)
    assert challenges.is_ours("login|x", issued)
    now.pass_by(1)
    assert not challenges.is_ours("login|x", issued)


def test_rl_009_a_challenge_from_the_future_is_refused(keyed: World):
    challenges = keyed.core.challenges
    issued = challenges.issue("login|x")
    keyed.clock.pass_by(-120)
    assert challenges.is_ours("login|x", issued)
    keyed.clock.pass_by(-1)
    assert not challenges.is_ours("login|x", issued)


@pytest.mark.parametrize("forged", [b"", b".", b"a.b.c", b"\xff\xfe", b"x" * 5000])
def test_a_challenge_made_up_is_none_of_ours(keyed: World, forged: bytes):
    challenges = keyed.core.challenges
    assert not challenges.is_ours("login|x", forged)
    issued = challenges.issue("login|x")
    nonce, at, seal = issued.split(b".")
    assert not challenges.is_ours("login|x", b".".join((nonce, str(int(at) + 1).encode(), seal)))
    assert not challenges.is_ours("login|y", issued)


def test_a_counter_goes_on(keyed_world: World):
    device = owner(keyed_world, counter=5, step=1)
    for _login in range(2):
        assert "code=" in log_in_with(arrive(keyed_world), device).headers["Location"]
    assert keyed_world.events("passkey.cloned") == []


@pytest.mark.parametrize("back", [0, -1, -7])
def test_a_counter_that_does_not_go_on_betrays_a_copy(keyed_world: World, back: int):
    device = owner(keyed_world, counter=5, step=1)
    copy = device.copy()
    log_in_with(arrive(keyed_world), device)
    copy.counter = device.counter + back - 1
    browser = arrive(keyed_world)
    if back == -7:
        # An authenticator that has counted does not forget how.
        copy.counter, copy.step = 0, 0
    log_in_with(browser, copy)
    assert browser.page.select_one("#form-error")
    [cloned] = keyed_world.events("passkey.cloned")
    assert (cloned.account, cloned.outcome) == (keyed_world.cast["medecin"].id, "refused")
    detail = json.loads(cloned.detail)
    assert (detail["stored"], detail["shown"]) == (6, copy.counter)
    assert failures(keyed_world) == ["wrong"]


def test_a_removed_passkey_opens_nothing(keyed: World):
    browser = entered(keyed)
    device = enrol(browser)
    later = arrive(keyed)
    [held] = keyed.core.passkeys.of(keyed.cast["medecin"].id)
    with keyed.core.database.write() as tx:
        keyed.core.passkeys.remove(tx, held.subject, held.id, ORIGIN)
    log_in_with(later, device)
    assert later.page.select_one("#form-error")
    assert failures(keyed) == ["unknown"]


def test_removed_while_it_answers_it_opens_nothing(keyed: World):
    device = owner(keyed)
    [held] = keyed.core.passkeys.of(keyed.cast["medecin"].id)
    with keyed.core.database.write() as tx:
        keyed.core.passkeys.remove(tx, held.subject, held.id, ORIGIN)
    assert not keyed.core.passkeys.use(held, b"fresh", device.counter, backed_up=False)
    assert keyed.events("passkey.cloned") == []


def test_a_closed_account_is_closed_to_its_passkey(keyed: World):
    device = owner(keyed)
    with keyed.core.database.write() as tx:
        keyed.core.accounts.set_state(tx, keyed.cast["medecin"].id, State.DISABLED)
    browser = arrive(keyed)
    log_in_with(browser, device)
    assert browser.problem == "account-closed"


def test_oa_152_a_closed_account_is_closed_to_its_passkey_for_a_device(keyed_world: World):
    device = owner(keyed_world)
    client = television(keyed_world, policy={"means": ["password", "passkey"]})
    with keyed_world.core.database.write() as tx:
        keyed_world.core.accounts.set_state(tx, keyed_world.cast["medecin"].id, State.DISABLED)
    given, browser = asked(client), keyed_world.browser()
    type_code(browser, given["user_code"])
    browser.get(journey_of(browser) + "?means=passkey")
    log_in_with(browser, device)
    assert browser.problem == "account-closed"
    assert error(poll(client, given)) == "access_denied"
    assert failures(keyed_world) == ["account_closed"]


def test_a_stranger_device_is_unknown(keyed: World):
    device = Authenticator(handle=b"x" * 32)
    browser = arrive(keyed)
    log_in_with(browser, device)
    assert browser.page.select_one("#form-error")
    assert failures(keyed) == ["unknown"]


def test_one_asked_for_a_fresh_login_gives_it_by_passkey(keyed: World):
    device = owner(keyed)
    browser = arrive(keyed)
    log_in_with(browser, device)
    keyed.clock.pass_by(60)
    client_of(keyed, "either").ask(browser, prompt="login")
    if not browser.page.find("form", attrs={"data-passkey": "get"}):
        browser.get(journey_of(browser) + "?means=passkey")
    found = claims(keyed, "either", log_in_with(browser, device))
    assert found["auth_time"] == keyed.clock.now()
