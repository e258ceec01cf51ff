# SPDX-License-Identifier: Apache-2.0
"""Sessions under attack: their secret, their ends, their level, and who may see them."""

import json
import math
from collections import Counter

import pytest
from sqlalchemy import text
from werkzeug.test import Client

from idp.accounts.values import State
from tests.functional.conftest import make_quick, twin
from tests.world import Browser, World, open_world


@pytest.fixture
def quick(sqlite_world: World) -> World:
    return make_quick(sqlite_world)


def enter(world: World, who: str = "medecin", key: str = "plain") -> Browser:
    browser = world.browser()
    world.client(key).ask(browser)
    browser.log_in(who)
    assert browser.cookie("session")
    return browser


def is_in(browser: Browser) -> bool:
    """Whether our own pages know somebody in this browser."""
    browser.get("/account/sessions")
    return bool(browser.page.select(".entry"))


def with_cookies(world: World, header: str) -> Browser:
    """A browser that sends exactly this header of cookies, whatever it is given."""
    browser = world.browser()
    browser.client = Client(world.provider.web, use_cookies=False)
    real = browser.client.open

    def send(*arguments, **options):
        return real(*arguments, environ_overrides={"HTTP_COOKIE": header}, **options)

    browser.client.open = send
    return browser


def test_se_001_the_secret_has_256_bits_is_stored_hashed_and_is_never_used_again(world: World):
    seen = []
    for _ in range(12):
        browser = enter(world)
        seen.append(browser.cookie("session"))
        browser.get("/logout")
        browser.submit("/logout")
    assert len(set(seen)) == len(seen)
    assert {len(one) for one in seen} == {43}
    letters = Counter("".join(seen))
    bits = -sum(n / 516 * math.log2(n / 516) for n in letters.values())
    assert bits > 5.5
    with world.core.database.read() as tx:
        rows = repr(tx.execute(text("SELECT * FROM sessions")).all())
        hashes = tx.execute(text("SELECT secret_hash FROM sessions")).scalars().all()
    assert not [one for one in seen if one in rows]
    assert {len(bytes(one)) for one in hashes} == {32}


def test_se_001_the_cookie_is_out_of_reach_of_scripts_and_other_sites(quick: World):
    browser = quick.browser()
    quick.client("plain").ask(browser)
    url, fields = browser.form("/password")
    from tests.cast import PASSWORD

    body = fields | {"identifier": "cdurand", "password": PASSWORD}
    answer = browser.request("POST", url, data=body)
    cookies = answer.headers.getlist("Set-Cookie")
    session = next(one for one in cookies if one.startswith("__Host-sceau_session="))
    for attribute in ("Path=/", "HttpOnly", "SameSite=Lax", "Secure"):
        assert attribute in session.split("; ")
    assert "Domain" not in session
    # It ends with the browser.
    assert "Max-Age" not in session
    assert "Expires" not in session


def test_se_001_a_hash_from_the_database_is_no_cookie(quick: World):
    enter(quick)
    with quick.core.database.read() as tx:
        row = tx.execute(text("SELECT id, secret_hash FROM sessions")).one()
    for value in (row.id, row.secret_hash.hex(), row.id + "A" * 20):
        assert not is_in(with_cookies(quick, f"__Host-sceau_session={value}"))


def test_se_002_an_idle_session_ends(world: World):
    idle = world.core.settings.session.idle
    browser = enter(world)
    world.clock.pass_by(idle - 1)
    assert is_in(browser)
    world.clock.pass_by(idle)
    assert not is_in(browser)
    assert world.client("plain").ask(browser).status_code == 200


def test_se_002_use_keeps_a_session_alive_but_not_for_ever(world: World):
    lives = world.core.settings.session
    browser, plain = enter(world), world.client("plain")
    tokens = plain.redeem(plain.answered(plain.ask(browser))["code"]).json
    left = lives.absolute
    while left > 0:
        assert plain.ask(browser).status_code == 303
        world.clock.pass_by(min(lives.idle - lives.touch, left))
        left -= lives.idle - lives.touch
    assert plain.ask(browser).status_code == 200
    assert not is_in(browser)
    # OA-106: what the session had given ends with it.
    assert plain.refresh(tokens["refresh_token"]).status == 400


def test_se_002_our_own_pages_are_use_as_well(quick: World):
    lives = quick.core.settings.session
    browser = enter(quick)
    for _ in range(4):
        quick.clock.pass_by(lives.idle - 1)
        assert is_in(browser)
    for _ in range(4):
        quick.clock.pass_by(lives.idle - 1)
        browser.get("/")
        assert "Claire" in browser.page.text


def test_se_002_a_new_proof_does_not_prolong_the_absolute_end(quick: World):
    lives = quick.core.settings.session
    browser, plain = enter(quick), quick.client("plain")
    for number in range(lives.absolute // 1800):
        quick.clock.pass_by(1800 if number else 1799)
        plain.ask(browser, prompt="login")
        browser.log_in()
        assert is_in(browser)
    quick.clock.pass_by(1)
    assert not is_in(browser)


def test_se_003_a_malformed_cookie_is_nobody(quick: World):
    good = f"__Host-sceau_session={enter(quick).cookie('session')}"
    assert is_in(with_cookies(quick, good))
    value = good.partition("=")[2]
    for header in (
        f"{good}; {good}",
        f"{good}; __Host-sceau_session=x",
        f"__Host-sceau_session=x; {good}",
        f"__Host-sceau_session=; {good}",
        "__Host-sceau_session=",
        "__Host-sceau_session",
        f"__Host-sceau_session={value[:-1]}",
        f"__Host-sceau_session={value}A",
        f'__Host-sceau_session="{value}"',
        f"__Host-sceau_session={value.swapcase()}",
        f"__host-sceau_session={value}",
        f"sceau_session={value}",
        "__Host-sceau_session=" + "A" * 100_000,
        "__Host-sceau_session=\xff\xfe\x00" + "A" * 40,
        "__Host-sceau_session=" + "\xe9" * 43,
        "=; ;;; ==" + ";" * 5000,
    ):
        browser = with_cookies(quick, header)
        assert not is_in(browser), header[:60]
        assert browser.last.status_code < 500
        answer = quick.client("plain").ask(browser)
        assert "code=" not in answer.headers.get("Location", "")
        assert answer.status_code < 500


def test_se_004_a_disabled_account_is_out_at_once_everywhere(world: World, database_url: str):
    """In the next request, in every browser, on every node; so are its tokens."""
    other = open_world(database_url)
    first, second = enter(world), enter(world)
    elsewhere = with_cookies(other, f"__Host-sceau_session={second.cookie('session')}")
    assert is_in(elsewhere)
    plain, there = world.client("plain"), other.client("plain")
    tokens = plain.redeem(plain.answered(plain.ask(first))["code"]).json
    code = plain.answered(plain.ask(first))["code"]
    claire = world.cast["medecin"].id
    with world.core.database.write() as tx:
        world.core.accounts.set_state(tx, claire, State.DISABLED)
    for browser in (first, second, elsewhere):
        assert not is_in(browser)
    for client in (plain, there):
        assert not client.introspect(tokens["access_token"]).json["active"]
        assert client.userinfo(tokens["access_token"]).status == 401
    assert plain.redeem(code).status == 400
    assert plain.refresh(tokens["refresh_token"]).status == 400
    other.provider.close()


def test_se_004_an_account_opened_again_has_none_of_its_old_sessions(world: World):
    """Closed because somebody was inside: opening it again must not let them in again."""
    browser, plain = enter(world), world.client("plain")
    tokens = plain.redeem(plain.answered(plain.ask(browser))["code"]).json
    code = plain.answered(plain.ask(browser))["code"]
    claire = world.cast["medecin"].id
    world.clock.pass_by(5)
    for state in (State.DISABLED, State.ACTIVE):
        with world.core.database.write() as tx:
            world.core.accounts.set_state(tx, claire, state)
    assert not is_in(twin(browser, "session", "browser"))
    assert not plain.introspect(tokens["access_token"]).json["active"]
    assert plain.redeem(code).status == 400
    assert plain.refresh(tokens["refresh_token"]).status == 400
    assert is_in(enter(world))


def test_se_004_who_leaves_a_community_leaves_its_applications(world: World):
    browser, dcc = enter(world, key="dcc"), world.client("dcc")
    tokens = dcc.redeem(dcc.answered(dcc.ask(browser))["code"]).json
    with world.core.database.write() as tx:
        world.core.accounts.leave(tx, world.cast["medecin"].id, "onco-centre")
    dcc.ask(browser)
    assert browser.problem == "community"
    assert dcc.refresh(tokens["refresh_token"]).status == 400
    assert is_in(browser)


def test_se_005_one_sees_ones_own_sessions_and_nobody_elses(quick: World):
    mine, also_mine, other = enter(quick), enter(quick), enter(quick, "patient")
    for browser, number in ((mine, 2), (also_mine, 2), (other, 1)):
        browser.get("/account/sessions")
        rows = browser.page.select(".entry")
        assert len(rows) == number
        assert len([row for row in rows if row.select_one(".badge")]) == 1


def test_se_008_a_session_is_worth_its_proofs_whatever_its_row_says(world: World):
    """Somebody who may write to the table raises the level: nothing comes of it."""
    browser, plain, strong = enter(world), world.client("plain"), world.client("strong")
    with world.core.database.write() as tx:
        tx.execute(text("UPDATE sessions SET level = 3"))
    tokens = plain.redeem(plain.answered(plain.ask(browser))["code"]).json
    assert plain.introspect(tokens["access_token"]).json["acr"] == "urn:sceau:level:1"
    strong.ask(browser)
    assert browser.problem == "level-unreachable"
    with world.core.database.read() as tx:
        proofs = tx.execute(text("SELECT proofs FROM sessions")).scalar()
    assert [proof[:2] for proof in json.loads(str(proofs))] == [["password", 1]]


def test_a_session_ends_once_and_says_why(quick: World):
    enter(quick)
    core = quick.core
    with core.database.read() as tx:
        session = core.sessions.of_account(tx, quick.cast["medecin"].id)[0]
    with core.database.write() as tx:
        assert core.sessions.end(tx, session.id, "person")
        assert not core.sessions.end(tx, session.id, "administrator")
        assert core.sessions.of_account(tx, session.account) == []
    told = quick.events("session.ended")
    assert [json.loads(row.detail) for row in told] == [{"why": "person"}]


def test_a_proof_for_a_session_that_has_ended_opens_a_new_one(quick: World, monkeypatch):
    browser, plain = enter(quick), quick.client("plain")
    plain.ask(browser, prompt="login")
    core = quick.core
    real = core.sessions.prove

    def prove(tx, session, proof):
        core.sessions.end(tx, session.id, "elsewhere")
        return real(tx, session, proof)

    monkeypatch.setattr(type(core.sessions), "prove", lambda _self, *values: prove(*values))
    assert "code" in plain.answered(browser.log_in())
    monkeypatch.undo()
    with core.database.read() as tx:
        assert len(core.sessions.of_account(tx, quick.cast["medecin"].id)) == 1
    assert is_in(browser)
