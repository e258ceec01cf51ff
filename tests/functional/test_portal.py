# SPDX-License-Identifier: Apache-2.0
"""Our own pages: the portal's tiles, the account, the language, the way out."""

import re

import pytest
from bs4 import Tag

from tests.cast import SECRET, application
from tests.functional.conftest import prove, twin
from tests.world import Browser, World

ENGLISH = {"Accept-Language": "en"}


def enter(world: World, who: str = "medecin", **headers: str) -> Browser:
    """At the portal, logged in."""
    browser = world.browser(**headers)
    browser.get("/login")
    browser.log_in(who)
    assert browser.last.status_code == 200
    return browser


def tiles(browser: Browser) -> dict[str, str]:
    """Each tile's name with what is missing; an open one leads somewhere instead."""
    found = {}
    for tile in browser.page.select(".tile"):
        link, missing = tile.select_one(".tile-name a"), tile.select_one(".tile-missing")
        found[tile.select_one(".tile-name").text] = (
            missing.text.strip() if missing else f"-> {link['href']}"
        )
    return found


def test_the_tiles_say_what_opens_and_what_is_missing(world: World):
    browser = enter(world, **ENGLISH)
    found = tiles(browser)
    assert found["DCC"] == "-> https://dcc.example/"
    assert found["PATIENTS"] == "Not meant for your kind of account."
    assert found["STRONG"] == "Needs a way of logging in that is not available here yet."
    assert found["NOBODY"] == found["STRONG"]
    nurse = tiles(enter(world, "infirmiere", **ENGLISH))
    assert nurse["DCC"] == "For members of: Onco Centre."
    assert tiles(enter(world, "patient", **ENGLISH))["PATIENTS"].startswith("->")


def test_a_tile_tells_the_same_as_the_gate(quick: World):
    """Whatever the portal shows as open lets the person in, and nothing else does."""
    for who in ("medecin", "infirmiere", "patient", "administrateur"):
        browser = enter(quick, who)
        for name, told in tiles(browser).items():
            client = quick.client(name.lower())
            if "authorization_code" not in client.settings["grant_types"]:
                continue
            if name == "OUTSIDE":
                continue
            response = client.ask(browser)
            entered = "code=" in response.headers.get("Location", "")
            assert entered == told.startswith("->"), (who, name)


def test_an_application_that_is_closed_or_unlisted_has_no_tile(quick: World):
    core = quick.core
    with core.database.write() as tx:
        core.applications.set_enabled(tx, "plain", enabled=False)
        core.applications.register(tx, application("dcc", listed=False))
    found = tiles(enter(quick))
    assert not {"PLAIN", "DCC"} & set(found)


def test_a_visitor_sees_the_public_face(quick: World):
    browser = quick.browser()
    browser.get("/")
    assert browser.page.find("a", href="/login")
    assert not browser.page.select(".tile")
    browser.get("/account")
    assert browser.form("/password")


def language(browser: Browser) -> str:
    html = browser.page.html
    assert isinstance(html, Tag)
    return str(html["lang"])


def switch(browser: Browser, locale: str):
    """Press the other language on the page shown."""
    form = browser.page.find("form", action="/language")
    fields = {one["name"]: one["value"] for one in form.find_all("input")}
    return browser.post("/language", fields | {"locale": locale})


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("", "fr"),
        ("en", "en"),
        ("de", "fr"),
        ("de, en;q=0.5", "en"),
        ("fr-CH, en", "fr"),
        (";;,", "fr"),
    ],
)
def test_the_browsers_language_is_followed_and_french_is_the_default(quick: World, wish, expected):
    browser = quick.browser(**{"Accept-Language": wish})
    browser.get("/")
    assert language(browser) == expected


def test_the_language_is_switched_where_one_is_and_kept(quick: World):
    browser = quick.browser()
    quick.client("dcc").ask(browser)
    form = browser.form("/password")[0]
    switch(browser, "en")
    assert browser.form("/password")[0] == form
    assert language(browser) == "en"
    assert "code" in quick.client("dcc").answered(browser.log_in())
    browser.get("/")
    assert language(browser) == "en"
    switch(browser, "fr")
    assert language(browser) == "fr"


def test_the_language_is_switched_after_a_wrong_password_without_losing_the_journey(quick: World):
    browser = quick.browser()
    quick.client("dcc").ask(browser)
    form = browser.form("/password")[0]
    browser.log_in(password="wrong")
    switch(browser, "en")
    assert language(browser) == "en"
    assert browser.form("/password")[0] == form


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "",
        "evil",
        "/é漢\N{GRINNING FACE}?q=é",
        "/\r\nSet-Cookie: a=b",
        "/" + "x" * 5000,
    ],
)
def test_wb_011_the_language_form_leads_nowhere_else(quick: World, target):
    browser = quick.browser()
    browser.get("/")
    form = browser.page.find("form", action="/language")
    fields = {one["name"]: one["value"] for one in form.find_all("input")}
    answer = browser.request("POST", "/language", data=fields | {"locale": "en", "next": target})
    assert answer.status_code == 303
    assert re.fullmatch(r"/([^/\\].*)?", answer.headers["Location"])
    assert "\n" not in answer.headers["Location"]


def test_an_unknown_language_changes_nothing(quick: World):
    browser = quick.browser()
    browser.get("/")
    for locale in ("de", "", "../en", "en\x00"):
        switch(browser, locale)
        assert language(browser) == "fr"
        assert not browser.cookie("lang")


def test_logging_out_from_the_portal_ends_everything_in_this_browser(world: World):
    browser = enter(world)
    dcc = world.client("dcc")
    tokens = dcc.redeem(dcc.answered(dcc.ask(browser))["code"]).json
    kept = twin(browser, "session", "browser")
    browser.get("/")
    browser.get(browser.page.select_one('a[href="/logout"]')["href"])
    answer = browser.submit("/logout")
    # OA-178: nothing of it stays in the browser, nor works any more.
    assert browser.cookie("session") == ""
    assert "cache" in answer.headers["Clear-Site-Data"]
    assert answer.headers["Cache-Control"] == "no-store"
    for page in ("/", "/account"):
        kept.get(page)
        assert "Claire" not in kept.page.text
    assert not dcc.introspect(tokens["access_token"]).json["active"]
    assert dcc.refresh(tokens["refresh_token"]).status == 400
    assert [row.account for row in world.events("session.ended")] == [world.cast["medecin"].id]


def test_oa_177_a_visit_of_the_logout_page_ends_nothing(quick: World):
    browser = enter(quick)
    for method in ("GET", "HEAD"):
        browser.request(method, "/logout")
        browser.request(method, "/oidc/logout")
    browser.get("/account")
    assert "Claire Durand" in browser.page.text


def test_oa_177_a_logout_form_without_its_ticket_ends_nothing(quick: World):
    browser = enter(quick)
    browser.get("/logout")
    url, fields = browser.form("/logout")
    for ticket in ("", "x", fields["ticket"][1:]):
        browser.post(url, fields | {"ticket": ticket})
        assert browser.problem == "form-expired"
    browser.get("/account")
    assert "Claire Durand" in browser.page.text


def test_logging_out_twice_or_without_a_session_is_calm(quick: World):
    browser = enter(quick)
    browser.get("/logout")
    url, fields = browser.form("/logout")
    browser.post(url, fields)
    assert browser.last.status_code == 200
    browser.post(url, fields)
    assert browser.problem == "form-expired"
    browser.get("/logout")
    assert browser.last.status_code == 200
    assert quick.client("dcc").ask(browser).status_code == 200
    assert SECRET not in browser.page.text


def test_a_tile_says_which_proof_will_be_asked(levels: World):
    browser = enter(levels, **ENGLISH)
    found = {
        tile.select_one(".tile-name").text: more.text.strip()
        for tile in browser.page.select(".tile")
        if (more := tile.select_one(".tile-more"))
    }
    # Level 3 by the badge alone; level 2 by the pin alone; what a password opens asks nothing.
    assert found == {
        "TWO": "Asks for one more proof: pin.",
        "CARD": "Asks for one more proof: badge.",
        "STEPS": "Asks for one more proof: pin.",
        "SLIPS": "Asks for one more proof: slip.",
        "TURNING": "Asks for one more proof: slip or pin.",
    }
    levels.client("two").ask(browser)
    prove(browser, levels)
    browser.get("/")
    left = {one.text.strip() for one in browser.page.select(".tile-more")}
    assert left == {found["CARD"], found["SLIPS"]}


def test_a_tile_says_what_has_to_be_set_up_first(levels: World, monkeypatch: pytest.MonkeyPatch):
    browser = enter(levels, **ENGLISH)
    slips = next(tile for tile in browser.page.select(".tile") if "SLIPS" in tile.text)
    assert slips.select_one(".tile-more").text.strip() == "Asks for one more proof: slip."
    without = {levels.cast["medecin"].id}
    monkeypatch.setattr("tests.connectors.doubles.SlipConnector.without", without)
    browser.get("/")
    slips = next(tile for tile in browser.page.select(".tile") if "SLIPS" in tile.text)
    assert slips.select_one(".tile-missing").text.strip() == "Opens with: slip."
    assert [one["href"] for one in slips.select("a")] == ["/account"]


def test_of_several_missing_means_a_tile_names_those_one_can_set_up(quick: World):
    policies = {"codes": ["otp"], "either": ["otp", "totp"], "keys": ["totp", "passkey"]}
    with quick.core.database.write() as tx:
        for key, means in policies.items():
            document = application(key, policy={"means": means, "level": 2})
            quick.core.applications.register(tx, document)
    found = tiles(enter(quick, "infirmiere", **ENGLISH))
    # A card comes first for a professional's codes: that is nothing to set up.
    assert found["CODES"].startswith("One-time")
    assert found["EITHER"] == "Opens with: Authenticator app."
    assert found["KEYS"] == "Opens with: Authenticator app or Passkey."
