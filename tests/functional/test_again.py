# SPDX-License-Identifier: Apache-2.0
"""Asked to log in again; one more proof; another person: what the session becomes."""

import base64
import json

import pytest
from sqlalchemy import text

from tests.cast import PASSWORD
from tests.connectors.doubles import code_of
from tests.functional.conftest import prove, twin
from tests.world import Browser, World


def claims_of(token: str) -> dict[str, object]:
    """What an ID token says; its signature is tested elsewhere."""
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def logged_in(world: World, key: str = "plain", who: str = "medecin") -> Browser:
    browser = world.browser()
    world.client(key).ask(browser)
    browser.log_in(who)
    assert browser.cookie("session")
    return browser


def sessions(world: World) -> list[tuple[str, str, int, str | None]]:
    """Account, id, level and end of every session, oldest first."""
    columns = "account_id, id, level, ended_why"
    with world.core.database.read() as tx:
        rows = tx.execute(text(f"SELECT {columns} FROM sessions ORDER BY created_at, id")).all()
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "0"}, {"max_age": "10"}])
def test_oa_013_a_fresh_login_is_really_made(world: World, changes):
    browser, plain = logged_in(world), world.client("plain")
    world.clock.pass_by(60)
    plain.ask(browser, **changes)
    response = browser.log_in()
    claims = claims_of(plain.redeem(plain.answered(response)["code"]).json["id_token"])
    assert claims["auth_time"] == world.clock.now()


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "10"}])
def test_oa_013_turning_back_upgrades_nothing(world: World, changes):
    """Cancel, back, an old tab, a wrong password: the old login stays as old as it is."""
    browser, plain = logged_in(world), world.client("plain")
    before, began = browser.cookie("session"), world.clock.now()
    world.clock.pass_by(60)
    plain.ask(browser, **changes)
    url, fields = browser.form("/password")
    address = url.removesuffix("/password")

    browser.log_in(password="wrong")
    for _ in range(2):
        browser.get(address)
        assert browser.form("/password")
    plain.ask(browser, **changes)
    assert browser.form("/password")
    answer = plain.answered(browser.post(f"{address}/cancel", fields))
    assert answer["error"] == "access_denied"
    browser.get(address)
    assert browser.problem == "journey-finished"

    assert browser.cookie("session") == before
    response = plain.ask(browser)
    claims = claims_of(plain.redeem(plain.answered(response)["code"]).json["id_token"])
    assert claims["auth_time"] == began


def test_oa_013_a_fresh_login_serves_its_own_journey_only(quick: World):
    browser, plain = logged_in(quick), quick.client("plain")
    plain.ask(browser, prompt="login")
    first = browser.form("/password")[0].removesuffix("/password")
    plain.ask(browser, prompt="login")
    assert "code" in plain.answered(browser.log_in())
    browser.get(first)
    assert browser.form("/password")


def test_oa_172_the_cookie_changes_at_each_login(world: World):
    browser = logged_in(world)
    seen = [browser.cookie("session")]
    for _ in range(3):
        world.client("plain").ask(browser, prompt="login")
        thief = twin(browser, "session", "browser")
        assert browser.log_in().status_code == 303
        seen.append(browser.cookie("session"))
        # Whoever held the cookie of before holds nothing.
        world.client("plain").ask(thief)
        assert thief.form("/password")
    assert len(set(seen)) == 4
    assert len(sessions(world)) == 1


def test_oa_172_a_session_cookie_set_before_the_login_is_not_taken_over(quick: World):
    for planted in ("planted-" + "x" * 35, "A" * 43, quick.core.entropy.token()):
        browser = quick.browser()
        browser.client.set_cookie(
            "__Host-sceau_session", planted, domain="sceau.example", secure=True
        )
        quick.client("plain").ask(browser)
        browser.log_in()
        assert browser.cookie("session") != planted
        thief = quick.browser()
        thief.client.set_cookie(
            "__Host-sceau_session", planted, domain="sceau.example", secure=True
        )
        thief.get("/account")
        assert thief.form("/password")


def test_oa_172_a_planted_session_of_the_thief_does_not_become_the_victims(world: World):
    """Logged in as the thief by a planted cookie, the victim logs in: two sessions, apart."""
    thief = logged_in(world, who="patient")
    victim = twin(thief, "session")
    world.client("plain").ask(victim, prompt="login")
    victim.log_in("medecin")
    thief.get("/account")
    assert "Claire" not in thief.page.text
    victim.get("/account")
    assert "Claire Durand" in victim.page.text
    assert "ébeaupré" not in victim.page.text.lower()


def test_step_up_asks_only_for_what_lifts(levels: World):
    browser = logged_in(levels)
    before = browser.cookie("session")
    two = levels.client("two")
    two.ask(browser)
    assert browser.form("/pin")
    assert "authentification plus forte" in browser.page.text
    thief = twin(browser, "session", "browser")
    browser.submit("/pin", code="wrong")
    assert browser.page.find(id="form-error").text == "wrong"
    assert browser.cookie("session") == before
    prove(browser, levels)
    answer = two.answered(browser.last)
    claims = claims_of(two.redeem(answer["code"]).json["id_token"])
    assert (claims["acr"], claims["amr"]) == ("urn:sceau:level:2", ["otp"])
    # OA-172: another privilege, another cookie; the session itself goes on.
    assert browser.cookie("session") != before
    thief.get("/account")
    assert thief.form("/password")
    assert [row[2:] for row in sessions(levels)] == [(2, None)]


def test_step_up_says_what_each_application_may_know(levels: World):
    browser = logged_in(levels)
    levels.client("two").ask(browser)
    prove(browser, levels)
    mixed, plain = levels.client("mixed"), levels.client("plain")
    for client, level, methods in ((mixed, "2", ["pwd", "otp"]), (plain, "1", ["pwd"])):
        response = client.ask(browser)
        claims = claims_of(client.redeem(client.answered(response)["code"]).json["id_token"])
        assert (claims["acr"], claims["amr"]) == (f"urn:sceau:level:{level}", methods)


def test_oa_173_a_lower_means_does_not_answer_for_a_higher(levels: World):
    browser = levels.browser()
    levels.client("card").ask(browser)
    url, fields = browser.form("/badge")
    claire = levels.cast["medecin"].id
    right = {"identifier": "cdurand", "password": PASSWORD, "account": claire}
    for kind in ("password", "pin"):
        browser.post(url.replace("/badge", f"/{kind}"), fields | right | {"code": code_of(claire)})
        assert browser.form("/badge")
        assert browser.cookie("session") == ""
    assert not levels.events("login.proved")


def test_oa_015_an_essential_level_is_reached_or_refused(levels: World):
    essential = json.dumps(
        {"id_token": {"acr": {"essential": True, "values": ["urn:sceau:level:3"]}}}
    )
    browser, mixed = logged_in(levels), levels.client("mixed")
    silent = mixed.answered(mixed.ask(browser, claims=essential, prompt="none"))
    assert silent["error"] == "interaction_required"
    mixed.ask(browser, claims=essential)
    assert browser.form("/badge")
    prove(browser, levels, kind="badge")
    claims = claims_of(mixed.redeem(mixed.answered(browser.last)["code"]).json["id_token"])
    assert claims["acr"] == "urn:sceau:level:3"
    plain = levels.client("plain")
    plain.ask(browser, claims=essential)
    assert browser.problem == "level-unreachable"
    assert "unmet_authentication_requirements" in browser.page.find(id="error").a["href"]


def test_oa_180_a_second_factor_of_somebody_else_lifts_nobody(levels: World):
    browser = logged_in(levels)
    before = sessions(levels)
    levels.client("card").ask(browser)
    for who in ("patient", "infirmiere"):
        prove(browser, levels, who, "badge")
        assert browser.page.find(id="form-error").text == "wrong"
    assert sessions(levels) == before
    prove(browser, levels, "medecin", "badge")
    assert "code" in levels.client("card").answered(browser.last)


def test_oa_180_two_people_in_one_browser_never_share_a_session(world: World):
    browser = logged_in(world)
    dcc, plain, other = world.client("dcc"), world.client("plain"), world.client("pairwise")
    hers = dcc.redeem(dcc.answered(dcc.ask(browser))["code"]).json
    plain.ask(browser, prompt="login")
    his = plain.redeem(plain.answered(browser.log_in("patient"))["code"]).json
    others = other.redeem(other.answered(other.ask(browser))["code"]).json

    claire, gaetan = world.cast["medecin"].id, world.cast["patient"].id
    assert sorted((row[0], row[3]) for row in sessions(world)) == sorted(
        [(claire, "replaced"), (gaetan, None)]
    )
    # Her applications lost their session with hers; his know him and nobody else.
    assert not dcc.introspect(hers["access_token"]).json["active"]
    assert dcc.refresh(hers["refresh_token"]).status == 400
    for client, given in ((plain, his), (other, others)):
        assert client.userinfo(given["access_token"]).json["given_name"] == "Gaëtan"
    seen = {claims_of(one["id_token"])["sid"] for one in (hers, his, others)}
    assert len(seen) == 3
    assert len({claims_of(one["id_token"])["sub"] for one in (hers, his, others)}) == 3


def test_oa_180_a_logout_page_from_before_is_not_for_who_came_after(world: World):
    browser, plain = logged_in(world), world.client("plain")
    browser.get("/logout")
    url, fields = browser.form("/logout")
    plain.ask(browser, prompt="login")
    his = plain.redeem(plain.answered(browser.log_in("patient"))["code"]).json
    browser.post(url, fields)
    # Asked again, for the session that there is: nobody is told that it has ended while it lives.
    assert browser.form("/logout")[1]["ticket"] != fields["ticket"]
    assert plain.introspect(his["access_token"]).json["active"]
    browser.submit("/logout")
    assert not plain.introspect(his["access_token"]).json["active"]


def test_the_person_an_application_expects(quick: World):
    browser, plain = logged_in(quick), quick.client("plain")
    hint = plain.redeem(plain.answered(plain.ask(browser))["code"]).json["id_token"]
    plain.ask(browser, prompt="login")
    browser.log_in("patient")
    plain.ask(browser, id_token_hint=hint)
    assert browser.problem == "other-person"
    silent = plain.answered(plain.ask(browser, id_token_hint=hint, prompt="none"))
    assert silent["error"] == "login_required"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_proof_of_an_account_closed_meanwhile_opens_nothing(quick: World, when):
    from idp.accounts.values import State

    browser = quick.browser()
    quick.client("plain").ask(browser)
    real = quick.provider.services.finalizer.keep

    def keep(tx, *values):
        quick.core.accounts.set_state(tx, quick.cast["medecin"].id, State.CLOSED)
        return real(tx, *values)

    if when == "before":
        with quick.core.database.write() as tx:
            quick.core.accounts.set_state(tx, quick.cast["medecin"].id, State.CLOSED)
    else:
        type(quick.provider.services.finalizer).keep, kept = (
            lambda _self, *values: keep(*values),
            type(quick.provider.services.finalizer).keep,
        )
    try:
        browser.log_in()
    finally:
        if when == "after":
            type(quick.provider.services.finalizer).keep = kept
    assert browser.problem == "account-closed"
    assert sessions(quick) == []
