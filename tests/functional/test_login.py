# SPDX-License-Identifier: Apache-2.0
"""The first story: into DCC by password, into another application without a page, out of both."""

import pytest
from sqlalchemy import text

from tests.cast import PASSWORD
from tests.world import Browser, World


def test_a_doctor_logs_in_opens_a_second_application_without_a_page_and_logs_out(world: World):
    browser, dcc, other = world.browser(), world.client("dcc"), world.client("pairwise")
    assert dcc.ask(browser).status_code == 200
    assert "DCC" in browser.page.h1.text
    response = browser.log_in()
    assert response.status_code == 303
    answer = dcc.answered(response)
    assert (answer["state"], answer["iss"]) == ("state-of-this-tab", world.issuer)
    tokens = dcc.redeem(answer["code"]).json
    assert dcc.userinfo(tokens["access_token"]).json["family_name"] == "Durand"

    second = other.ask(browser)
    assert second.status_code == 303
    others = other.redeem(other.answered(second)["code"]).json
    assert other.introspect(others["access_token"]).json["active"]

    browser.get("/logout")
    names = [one.text for one in browser.page.select(".plain-list li")]
    assert names == ["DCC", "PAIRWISE"]
    browser.submit("/logout")
    assert browser.last.status_code == 200
    for client, given in ((dcc, tokens), (other, others)):
        assert not client.introspect(given["access_token"]).json["active"]
        assert client.refresh(given["refresh_token"]).status == 400
    assert dcc.ask(browser).status_code == 200
    assert browser.form("/password")


def test_the_story_is_in_the_audit(world: World):
    browser = world.browser()
    world.client("dcc").tokens(browser)
    browser.get("/logout")
    browser.submit("/logout")
    claire = world.cast["medecin"].id
    told = [row for row in world.events() if row.account == claire and row.request_id]
    kinds = [row.kind for row in told]
    assert kinds == ["login.proved", "login.admitted", "token.given", "session.ended"]
    proved, admitted = told[0], told[1]
    assert (proved.means, proved.level, proved.address) == ("password", 1, "192.0.2.10")
    assert (admitted.application, admitted.session) == ("dcc", proved.session)


def test_a_login_is_the_same_by_e_mail_in_any_case(world: World):
    browser, dcc = world.browser(), world.client("dcc")
    dcc.ask(browser)
    typed = " Claire.DURAND@chu.example "
    response = browser.submit("/password", identifier=typed, password=PASSWORD)
    assert "code" in dcc.answered(response)


def test_oa_008_a_posted_password_is_followed_by_303(quick: World):
    browser = quick.browser()
    quick.client("plain").ask(browser)
    url, fields = browser.form("/password")
    fields |= {"identifier": "cdurand", "password": PASSWORD}
    answer = browser.request("POST", url, data=fields)
    assert answer.status_code == 303
    assert PASSWORD.encode() not in answer.get_data()


def test_without_an_application_a_login_leads_to_the_portal(quick: World):
    browser = quick.browser()
    browser.get("/login")
    browser.log_in("patient")
    assert browser.last.status_code == 200
    assert "Gaëtan" in browser.page.h1.text


def test_who_may_not_enter_is_told_why_and_led_on(quick: World):
    for who, key, problem in (
        ("infirmiere", "dcc", "community"),
        ("medecin", "patients", "population"),
        ("medecin", "nobody", "level-unreachable"),
        ("medecin", "strong", "level-unreachable"),
    ):
        browser = quick.browser()
        response = quick.client(key).ask(browser)
        if response.status_code == 200:
            response = browser.log_in(who)
        assert response.status_code == 403
        assert browser.problem == problem
        ways = [one["href"] for one in browser.page.select("#error .actions a")]
        assert ways[0].startswith(quick.client(key).redirect_uri)
        assert "error=" in ways[0]
        assert ways[-1] == "/"
    assert "Onco Centre" not in browser.page.text


def test_the_community_that_opens_an_application_is_named(quick: World):
    browser = quick.browser()
    quick.client("dcc").ask(browser)
    browser.log_in("infirmiere")
    assert "Onco Centre" in browser.page.text


def test_a_closed_account_learns_it_only_with_the_right_password(world: World):
    browser = world.browser()
    world.client("dcc").ask(browser)
    browser.log_in("ancienne", "wrong")
    assert browser.last.status_code == 200
    assert browser.page.find(id="form-error")
    browser.log_in("ancienne")
    assert browser.problem == "account-closed"
    assert browser.cookie("session") == ""
    with world.core.database.read() as tx:
        assert tx.execute(text("SELECT count(*) FROM sessions")).scalar() == 0


def test_a_closed_application_is_told(quick: World):
    browser = quick.browser()
    quick.client("plain").ask(browser)
    with quick.core.database.write() as tx:
        quick.core.applications.set_enabled(tx, "plain", enabled=False)
    browser.log_in()
    assert browser.problem == "application-closed"


def links_of(browser: Browser) -> dict[str, str]:
    """Where else the login page leads."""
    return {one["href"]: " ".join(one.text.split()) for one in browser.page.select(".door-links a")}


@pytest.mark.parametrize("who", ["medecin", "patient"])
def test_modifiez_votre_compte_leads_through_the_login_to_what_can_be_changed(
    quick_world: World, who: str
):
    """SPEC §1, §3: a professional is told of the card, a patient of who keeps the details."""
    browser = quick_world.browser()
    quick_world.client("plain").ask(browser)
    found = links_of(browser)
    assert found["/account/identity"] == "Modifiez votre compte"
    assert list(found) == ["/registration", "/account/identity", "/toolbox"]
    browser.get("/account/identity")
    # On the way there already.
    assert "/account/identity" not in links_of(browser)
    browser.log_in(who)
    # Her password is not enough: the page asks for the card.
    ends = {"medecin": "/login", "patient": "/account/profile"}
    assert browser.last.request.path.startswith(ends[who])
    browser.get("/account")
    inside = bool(browser.page.main.find("a", href="/account/identity"))
    assert inside is (who == "medecin")
