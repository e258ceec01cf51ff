# SPDX-License-Identifier: Apache-2.0
"""Passkeys under attack: many at once, a second factor skipped, counters of other means."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from connectors.base import Attempt, Evidence, Verified
from idp.login.freshness import FRESH_FOR
from tests.authenticator import Authenticator, to_text
from tests.functional.conftest import make_quick, twin
from tests.functional.passkeys import (
    NEW,
    arrive,
    bring_keys,
    client_of,
    enrol,
    entered,
    failures,
    journey_of,
    log_in_with,
    options,
    owner,
    visit,
)
from tests.protocol.kit import at_once
from tests.world import Browser, World


@pytest.fixture
def keyed(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    return bring_keys(make_quick(sqlite_world), monkeypatch)


@pytest.fixture
def keyed_world(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    return bring_keys(make_quick(world), monkeypatch)


def held(world: World, who: str = "medecin") -> int:
    return len(world.core.passkeys.of(world.cast[who].id))


def sessions(world: World) -> int:
    with world.core.database.read() as tx:
        return int(tx.execute(text("SELECT count(*) FROM sessions")).scalar_one())


@pytest.mark.parametrize("step", [0, 1], ids=["no counter", "a counter"])
def test_cr_003_of_fifty_at_once_one_wins(keyed_world: World, step: int):
    """The same right answer, judged fifty times at the same moment."""
    device = owner(keyed_world, step=step)
    connector = keyed_world.provider.services.connectors["passkey"]
    attempt = Attempt("a-journey", None, "")
    asked = connector.begin(attempt).values["options"]
    evidence = Evidence(form={"credential": device.sign(asked)})
    answers = at_once(50, lambda _number: connector.resume(attempt, evidence))
    assert len([one for one in answers if isinstance(one, Verified)]) == 1
    assert keyed_world.events("passkey.cloned") == []


def test_cr_003_one_form_sent_by_many_tabs_opens_one_session(keyed_world: World):
    device = owner(keyed_world)
    before = sessions(keyed_world)
    browser = arrive(keyed_world)
    url, fields = browser.form("/passkey")
    fields["credential"] = device.sign(options(browser))
    tabs = [twin(browser, "browser") for _ in range(8)]
    statuses = at_once(8, lambda number: tabs[number].request("POST", url, data=fields).status_code)
    assert statuses.count(303) == 1
    assert sessions(keyed_world) == before + 1


def test_cr_003_one_new_passkey_sent_many_times_is_there_once(keyed_world: World):
    claire = entered(keyed_world)
    claire.get(NEW)
    url, fields = claire.form(NEW)
    fields["credential"] = Authenticator().make(options(claire, "create"))
    tabs = [twin(claire, "browser", "session") for _ in range(6)]
    at_once(6, lambda number: tabs[number].request("POST", url, data=fields).status_code)
    assert held(keyed_world) == 1
    assert len(keyed_world.events("means.added")) == 1


def test_of_many_added_at_once_ten_are_kept(keyed_world: World):
    account = keyed_world.cast["medecin"].id
    core = keyed_world.core
    connector = keyed_world.provider.services.connectors["passkey"]

    def add(number: int) -> Any:
        binding = f"enrol|s|{number}"
        asked = json.dumps(connector.invite(binding, account, "c", "C"))
        made = connector.judge(binding, Authenticator().make(asked))
        with core.database.write() as tx:
            return core.passkeys.add(tx, account, made, "x", None)

    at_once(14, add)
    assert held(keyed_world) == 10


def test_cr_009_a_second_factor_cannot_be_skipped(keyed: World):
    """By the address of the consent, the application's request again, or an empty answer."""
    owner(keyed)
    browser = entered(keyed)
    firm = client_of(keyed, "firm")
    firm.ask(browser)
    address = journey_of(browser)
    url, fields = browser.form("/passkey")
    for path, data in (
        (f"{address}/consent", fields | {"answer": "accept"}),
        (f"{address}/password", fields | {"identifier": "cdurand", "password": "x"}),
        (url, fields),
        (url, fields | {"credential": "{}"}),
    ):
        browser.post(path, data)
        assert browser.last.status_code in {200, 404, 405}
    firm.ask(browser)
    assert options(browser)
    assert keyed.events("login.admitted") == []


def test_cr_009_a_second_passkey_needs_the_first(keyed_world: World):
    """With the password alone nobody adds a means of their own to somebody else's account."""
    owner(keyed_world)
    thief = entered(keyed_world, address="203.0.113.5")
    thief.get(NEW)
    assert thief.page.find("form", attrs={"data-passkey": "create"}) is None
    # Not by sending the form itself either, with all that the session and the browser hold.
    session, core = thief.cookie("session"), keyed_world.core
    with core.database.read() as tx:
        own = core.sessions.find(tx, session)
    connector = keyed_world.provider.services.connectors["passkey"]
    binding = f"enrol|{own.id}|{thief.cookie('browser')}"
    asked = json.dumps(connector.invite(binding, own.account, "c", "C"))
    thief.get("/account")
    csrf = thief.page.find("input", attrs={"name": "csrf"})["value"]
    data = {"csrf": csrf, "credential": Authenticator().make(asked), "name": "Mine"}
    thief.post(NEW, data)
    assert held(keyed_world) == 1


def test_cr_009_nor_by_a_proof_of_long_ago(keyed: World):
    claire = entered(keyed)
    claire.get(NEW)
    url, fields = claire.form(NEW)
    fields["credential"] = Authenticator().make(options(claire, "create"))
    keyed.clock.pass_by(FRESH_FOR + 1)
    claire.post(url, fields)
    assert claire.form("/password")
    assert held(keyed) == 0


def test_cr_009_a_login_is_no_enrolment_and_the_other_way_round(keyed: World):
    """A challenge signed for one purpose serves no other."""
    claire = entered(keyed)
    device = enrol(claire)
    visit(claire, NEW, device)
    challenge = json.loads(options(claire, "create"))["challenge"]
    browser = arrive(keyed)
    log_in_with(browser, device, challenge=challenge)
    assert browser.page.select_one("#form-error")
    login = json.loads(options(arrive(keyed)))["challenge"]
    credential = Authenticator().make(options(claire, "create"), challenge=login)
    claire.submit(NEW, credential=credential)
    assert claire.page.select_one(".notice-warning")
    assert held(keyed) == 1


def streaks(world: World) -> dict[str, int]:
    account = world.cast["medecin"].id
    with world.core.database.read() as tx:
        rows = tx.execute(text("SELECT key, streak FROM throttles WHERE streak > 0")).all()
    return {row.key.split("|")[1]: row.streak for row in rows if account in row.key}


def test_cr_015_success_with_a_passkey_leaves_the_passwords_counter(keyed: World):
    device = owner(keyed)
    browser = keyed.browser("203.0.113.9")
    client_of(keyed, "either").ask(browser)
    for _try in range(3):
        browser.log_in(password="wrong")
    assert streaks(keyed) == {"password": 3}
    log_in_with(arrive(keyed), device)
    assert streaks(keyed) == {"password": 3}


def test_cr_015_success_with_a_password_leaves_the_passkeys_counter(keyed: World):
    device = owner(keyed)
    browser = arrive(keyed)
    for _try in range(3):
        log_in_with(browser, device, spoilt=True)
    assert streaks(keyed) == {"passkey": 3}
    entered(keyed)
    assert streaks(keyed) == {"passkey": 3}
    log_in_with(arrive(keyed), device)
    assert streaks(keyed) == {}


def test_cr_014_wrong_answers_are_counted_and_paused(keyed: World):
    device = owner(keyed)
    browser = arrive(keyed)
    for _try in range(8):
        log_in_with(browser, device, spoilt=True)
    log_in_with(browser, device)
    assert browser.last.status_code == 429
    assert browser.page.select_one("#form-error.notice-warning")
    assert failures(keyed)[-1] == "blocked"


def test_cr_012_unknown_passkeys_pause_nobody(keyed: World):
    """Whoever makes up names of passkeys locks neither an account nor the means."""
    device = owner(keyed)
    noise = Authenticator(handle=b"x" * 32)
    for number in range(12):
        browser = arrive_from(keyed, f"203.0.113.{number}")
        log_in_with(browser, noise)
    assert "code=" in log_in_with(arrive(keyed), device).headers["Location"]


def arrive_from(world: World, address: str) -> Browser:
    browser = world.browser(address)
    client_of(world, "either").ask(browser)
    browser.get(journey_of(browser) + "?means=passkey")
    return browser


def test_wb_050_the_database_holds_nothing_to_log_in_with(keyed: World):
    device = owner(keyed)
    secret = device.key.private_numbers().private_value.to_bytes(32, "big")
    with keyed.core.database.read() as tx:
        [row] = tx.execute(text("SELECT * FROM passkeys")).all()
    assert all(secret not in value for value in row if isinstance(value, bytes))
    assert to_text(device.handle) not in str(row)
