# SPDX-License-Identifier: Apache-2.0
"""Applications that only the person's browser can tell: one after the other, and back."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.protocol.kit import session_of, settled
from tests.saml_kit import NS, SamlParty
from tests.saml_logout import (
    Known,
    answer_of,
    ask,
    by_redirect,
    enter,
    logout_request,
    logout_response,
    party_with_slo,
    redirected,
)
from tests.world import ISSUER, Browser, World

FRAME = {"Sec-Fetch-Dest": "iframe"}


def parties(world: World, *keys: str) -> list[SamlParty]:
    """Of one second: they are shown by their keys."""
    return [party_with_slo(world, key=key) for key in keys]


def farewell_of(browser: Browser) -> str:
    """The address of the page, opened."""
    where = browser.last.headers["Location"]
    assert re.fullmatch(re.escape(ISSUER) + "/logout/[A-Za-z0-9_-]{43}", where), where
    browser.request("GET", where)
    return where


def log_out(party: SamlParty, browser: Browser, known: Known) -> str:
    ask(party, browser, logout_request(party, known.name, known.index))
    return farewell_of(browser)


def frames(browser: Browser) -> list[str]:
    return [str(one["src"]) for one in browser.page.find_all("iframe")]


def states(browser: Browser, where: str) -> dict[str, str]:
    found: dict[str, str] = browser.request("GET", f"{where}/state").get_json()
    return dict(sorted(found["states"].items())) if isinstance(found["states"], dict) else {}


def shown(browser: Browser) -> list[tuple[str, str]]:
    """Name and state of each application on the page."""
    return [
        (one.find(class_="reached-name").text, one["class"][0].removeprefix("reached-"))
        for one in browser.page.select(".reached li")
    ]


def carried(party: SamlParty, browser: Browser, frame: str) -> Any:
    """What the application reads of the request that a frame brings it."""
    response = browser.request("GET", frame, headers=FRAME)
    document, url, _relay = redirected(party, response.headers["Location"], "SAMLRequest")
    assert url == f"https://{party.key}.example/slo/redirect"
    return document


def answered(party: SamlParty, browser: Browser, request: Any, status: str = "Success") -> Any:
    message = logout_response(party, request.get("ID"), status)
    return browser.request("GET", by_redirect(party, message, "SAMLResponse"), headers=FRAME)


def test_each_is_told_by_the_browser_and_whoever_asked_hears_that_all_were(world: World) -> None:
    asking, other, third = parties(world, "asking", "other", "third")
    browser = settled(world)
    known = enter(asking, browser)
    theirs = {one.key: enter(one, browser) for one in (other, third)}
    where = log_out(asking, browser, known)
    # Over before anybody is told.
    assert session_of(world, browser) is None
    assert shown(browser) == [(one.key.upper(), "waiting") for one in (other, third)]
    policy = browser.last.headers["Content-Security-Policy"]
    sites = " ".join(sorted(f"https://{one.key}.example" for one in (other, third)))
    assert f"frame-src 'self' {sites}" in policy
    assert "frame-ancestors 'none'" in policy
    for party, frame in zip((other, third), frames(browser), strict=True):
        request = carried(party, browser, frame)
        name = request.find("saml:NameID", NS)
        index = request.findtext("samlp:SessionIndex", None, NS)
        assert (name.text, index) == (theirs[party.key].name, theirs[party.key].index)
        assert answered(party, browser, request).status_code == 204
    assert set(states(browser, where).values()) == {"reached"}
    browser.request("GET", where)
    done = answer_of(asking, browser)
    assert (done.codes, done.relay) == (["Success"], "their-own")


def test_who_did_not_answer_is_shown_and_whoever_asked_hears_of_it(sqlite_world: World) -> None:
    asking, failing, silent = parties(sqlite_world, "asking", "failing", "silent")
    browser = settled(sqlite_world)
    known = enter(asking, browser)
    for one in (silent, failing):
        enter(one, browser)
    where = log_out(asking, browser, known)
    first, second = frames(browser)
    answered(failing, browser, carried(failing, browser, first), "Responder")
    carried(silent, browser, second)
    assert sorted(states(browser, where).values()) == ["failed", "waiting"]
    # Shown again meanwhile: nobody is asked twice.
    browser.request("GET", where)
    assert frames(browser) == []
    sqlite_world.clock.pass_by(6)
    browser.request("GET", where)
    assert shown(browser) == [("FAILING", "failed"), ("SILENT", "failed")]
    browser.request("GET", f"{where}/on")
    assert answer_of(asking, browser).codes == ["Success", "PartialLogout"]


def test_once_more_in_a_page_of_its_own(sqlite_world: World) -> None:
    """Third-party cookies are blocked in frames; on a page of its own they come along."""
    asking, other = (party_with_slo(sqlite_world) for _ in range(2))
    browser = settled(sqlite_world)
    known = enter(asking, browser)
    enter(other, browser)
    where = log_out(asking, browser, known)
    first = carried(other, browser, frames(browser)[0])
    sqlite_world.clock.pass_by(6)
    browser.request("GET", where)
    (again,) = browser.page.select("a.reached-again")
    second = carried(other, browser, str(again["href"]))
    # An answer to what was asked before counts no more.
    assert answered(other, browser, first).status_code == 400
    message = logout_response(other, second.get("ID"))
    back = browser.request("GET", by_redirect(other, message, "SAMLResponse"))
    assert back.headers["Location"] == where
    browser.request("GET", where)
    assert answer_of(asking, browser).codes == ["Success"]


def test_nobody_is_asked_without_end(sqlite_world: World) -> None:
    asking, other = parties(sqlite_world, "asking", "other")
    browser = settled(sqlite_world)
    known = enter(asking, browser)
    enter(other, browser)
    where = log_out(asking, browser, known)
    (frame,) = frames(browser)
    led = [browser.request("GET", frame).headers["Location"] for _time in range(6)]
    assert [one.startswith("https://other.example/") for one in led] == [True] * 5 + [False]
    assert led[-1] == where


def test_openid_connect_leads_by_the_same_page(sqlite_world: World) -> None:
    party = party_with_slo(sqlite_world)
    browser = settled(sqlite_world)
    enter(party, browser)
    hint = sqlite_world.client("plain").tokens(browser)["id_token"]
    bye = "https://plain.example/bye"
    query = urlencode({"id_token_hint": hint, "post_logout_redirect_uri": bye, "state": "s"})
    browser.request("GET", f"/oidc/logout?{query}")
    where = farewell_of(browser)
    answered(party, browser, carried(party, browser, frames(browser)[0]))
    assert browser.request("GET", where).headers["Location"] == f"{bye}?state=s"


def test_our_own_page_leads_by_the_same(sqlite_world: World) -> None:
    party = party_with_slo(sqlite_world)
    browser = settled(sqlite_world)
    enter(party, browser)
    browser.get("/logout")
    action, fields = browser.form("/logout")
    browser.request("POST", action, data=fields)
    where = farewell_of(browser)
    answered(party, browser, carried(party, browser, frames(browser)[0]))
    browser.request("GET", where)
    assert shown(browser) == [(party.key.upper(), "reached")]
    assert browser.page.find("h1").text == "Vous êtes déconnecté"


def test_by_post_where_there_is_no_other_address(sqlite_world: World) -> None:
    party = party_with_slo(sqlite_world, "post")
    asking = party_with_slo(sqlite_world)
    browser = settled(sqlite_world)
    known = enter(asking, browser)
    enter(party, browser)
    log_out(asking, browser, known)
    response = browser.request("GET", frames(browser)[0], headers=FRAME)
    assert browser.page.find("form", id="post")["action"] == f"https://{party.key}.example/slo/post"
    # In a frame of ours, and of nobody else.
    assert "frame-ancestors 'self'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_an_application_that_cannot_be_told_makes_it_partial(sqlite_world: World) -> None:
    asking, mute = party_with_slo(sqlite_world), party_with_slo(sqlite_world, slo=[])
    browser = settled(sqlite_world)
    known = enter(asking, browser)
    enter(mute, browser)
    where = log_out(asking, browser, known)
    assert shown(browser) == [(mute.key.upper(), "untold")]
    assert frames(browser) == []
    browser.request("GET", f"{where}/on")
    assert answer_of(asking, browser).codes == ["Success", "PartialLogout"]


def test_the_page_works_without_a_script(sqlite_world: World) -> None:
    asking, other = (party_with_slo(sqlite_world) for _ in range(2))
    browser = settled(sqlite_world)
    known = enter(asking, browser)
    enter(other, browser)
    where = log_out(asking, browser, known)
    refresh = browser.page.select_one("noscript meta[http-equiv=refresh]")
    assert refresh["content"] == f"7; url={where}"
    browser.request("GET", f"{where}?now=1")
    assert shown(browser) == [(other.key.upper(), "failed")]


@pytest.mark.parametrize("path", ["", "/state", "/on", "/ask/{call}"])
def test_it_is_shown_to_the_browser_that_left_alone(sqlite_world: World, path: str) -> None:
    asking, other = (party_with_slo(sqlite_world) for _ in range(2))
    browser = settled(sqlite_world)
    known = enter(asking, browser)
    enter(other, browser)
    where = log_out(asking, browser, known)
    call = frames(browser)[0].rpartition("/")[2]
    stranger = sqlite_world.browser("192.0.2.99")
    stranger.get("/login")
    response = stranger.request("GET", where + path.format(call=call))
    assert response.status_code == 404
    assert other.key.upper() not in response.get_data(as_text=True)
    # Nor after a while.
    sqlite_world.clock.pass_by(900)
    assert browser.request("GET", where + path.format(call=call)).status_code == 404


def test_old_ones_are_forgotten(world: World) -> None:
    asking, other = (party_with_slo(world) for _ in range(2))
    browser = settled(world)
    known = enter(asking, browser)
    enter(other, browser)
    log_out(asking, browser, known)
    with world.core.database.write() as tx:
        world.core.farewells.forget_old(tx, world.clock.now() + 901)
        left = [
            tx.exec_driver_sql(f"SELECT count(*) FROM {one}").scalar_one()
            for one in ("farewells", "farewell_calls")
        ]
    assert left == [0, 0]


def test_wb_012_a_name_with_a_nul_is_nobodys(world: World) -> None:
    """PostgreSQL refuses to look for one."""
    asking, other = (party_with_slo(world) for _ in range(2))
    browser = settled(world)
    for path in ("/logout/%00", "/logout/%00/state", "/logout/%00/ask/x", "/logout/%00/on"):
        assert browser.request("GET", path).status_code == 404
    known = enter(asking, browser)
    enter(other, browser)
    where = log_out(asking, browser, known)
    assert browser.request("GET", f"{where}/ask/%00").headers["Location"] == where
