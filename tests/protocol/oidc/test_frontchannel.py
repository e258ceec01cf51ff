# SPDX-License-Identifier: Apache-2.0
"""Front-channel logout: each application hears in a frame that the session is over, and which."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.applications.registration import read_registration
from idp.oidc.client import check_client
from tests.cast import application
from tests.protocol.kit import Guest, register, session_of, settled
from tests.protocol.oidc.strict import segment
from tests.protocol.oidc.test_logout import leave
from tests.world import ISSUER, Browser, World

FRAME = {"Sec-Fetch-Dest": "iframe"}


def listening(world: World, key: str = "", **oidc: object) -> Guest:
    """An application that only the browser can tell."""
    client = register(world, key)
    home = "https://" + urlsplit(client.redirect_uri).netloc
    settings = {
        "frontchannel_logout_uri": f"{home}/over?kept=1",
        "post_logout_redirect_uris": [f"{home}/bye"],
        **oidc,
    }
    return register(world, client.key, oidc=settings)


def entered(world: World, *clients: Guest) -> tuple[Browser, list[str]]:
    """Somebody inside of these; the hints that they hold."""
    browser = settled(world)
    return browser, [str(one.tokens(browser)["id_token"]) for one in clients]


def frames(browser: Browser) -> list[str]:
    return [str(one["src"]) for one in browser.page.find_all("iframe")]


def led(browser: Browser, frame: str) -> tuple[str, str]:
    """Where a frame leads, and by which address it says that it was there."""
    response = browser.request("GET", frame, headers=FRAME)
    assert response.status_code == 200
    policy = response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    card = browser.page.find(attrs={"data-whisper": True})
    site = str(browser.page.select("noscript iframe")[0]["src"])
    assert f"frame-src 'self' https://{urlsplit(site).netloc};" in f"{policy};"
    return site, str(card["data-told"])


def states(browser: Browser, where: str) -> list[str]:
    return list(browser.request("GET", f"{where}/state").get_json()["states"].values())


def test_each_hears_which_session_is_over_and_the_browser_goes_on(world: World) -> None:
    asking, other = listening(world), listening(world)
    browser, hints = entered(world, asking, other)
    bye = f"https://{urlsplit(asking.redirect_uri).netloc}/bye"
    response = leave(browser, id_token_hint=hints[0], post_logout_redirect_uri=bye, state="a state")
    where = response.headers["Location"]
    assert re.fullmatch(re.escape(ISSUER) + "/logout/[A-Za-z0-9_-]{43}", where)
    # Over before anybody is told.
    assert session_of(world, browser) is None
    browser.request("GET", where)
    told = {}
    addresses = frames(browser)
    assert len(addresses) == 2
    for frame in addresses:
        site, noted = led(browser, frame)
        told[urlsplit(site).netloc] = parse_qs(urlsplit(site).query)
        assert "waiting" in states(browser, where)
        assert browser.request("GET", noted, headers=FRAME).status_code == 204
    for client, hint in zip((asking, other), hints, strict=True):
        said = told[urlsplit(client.redirect_uri).netloc]
        sid = segment(hint, 1)["sid"]
        assert said == {"kept": ["1"], "iss": [ISSUER], "sid": [sid]}
    assert states(browser, where) == ["asked", "asked"]
    assert browser.request("GET", where).headers["Location"] == f"{bye}?state=a+state"


def test_whoever_was_told_by_the_back_channel_is_not_asked_in_a_frame(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = listening(sqlite_world)
    browser, hints = entered(sqlite_world, client)
    teller = sqlite_world.provider.edge.teller
    monkeypatch.setattr(type(teller), "tell", lambda *_: True)
    response = leave(browser, id_token_hint=hints[0])
    assert "/logout/" not in response.headers.get("Location", "")


def test_another_browser_notes_nothing(world: World) -> None:
    client = listening(world)
    browser, hints = entered(world, client)
    where = leave(browser, id_token_hint=hints[0]).headers["Location"]
    browser.request("GET", where)
    _site, noted = led(browser, frames(browser)[0])
    assert settled(world).request("GET", noted, headers=FRAME).status_code == 404
    for wrong in ("x" * 41, "%00", "é" * 300):
        address = f"{noted.rpartition('/')[0]}/{wrong}"
        assert browser.request("GET", address, headers=FRAME).status_code in {204, 404}
    assert states(browser, where) == ["waiting"]
    # On a page of its own, it leads back.
    assert browser.request("GET", noted).headers["Location"] == where
    assert states(browser, where) == ["asked"]


def test_nobody_says_of_one_that_was_asked_that_it_is_logged_out(world: World) -> None:
    """What a frame shows, an error too, says nothing: it can be opened in a page of its own."""
    client = listening(world)
    browser, hints = entered(world, client)
    where = leave(browser, id_token_hint=hints[0]).headers["Location"]
    browser.request("GET", where)
    _site, noted = led(browser, frames(browser)[0])
    browser.request("GET", noted, headers=FRAME)
    browser.request("GET", where)
    assert browser.page.select_one("[data-ended]")["data-ended"] == "some"
    assert len(browser.page.select(".reached-asked")) == 1
    again = str(browser.page.select_one("a.reached-again")["href"])
    alone = browser.request("GET", again, headers={"Sec-Fetch-Dest": "document"})
    assert alone.headers["Location"].startswith(client.document["oidc"]["frontchannel_logout_uri"])
    assert states(browser, where) == ["asked"]


def test_one_whose_frame_never_came_is_said_not_to_know(world: World) -> None:
    client = listening(world)
    browser, hints = entered(world, client)
    where = leave(browser, id_token_hint=hints[0]).headers["Location"]
    browser.request("GET", where)
    world.clock.pass_by(60)
    browser.request("GET", where)
    assert len(browser.page.select(".reached-failed")) == 1


@pytest.mark.parametrize(
    "uri",
    [
        "https://other.example/over",
        "https://guest.example:8443/over",
        "http://guest.example/over",
        "https://guest.example/over#x",
        "https://guest.example.evil.example/over",
    ],
)
def test_it_is_on_a_site_of_the_application(uri: str) -> None:
    document = application("guest", oidc={"frontchannel_logout_uri": uri})
    known = {"redirect_uris": ["https://guest.example/callback"]}
    document["oidc"] |= known
    assert check_client(read_registration(document, frozenset({"password"})))
    document["oidc"]["frontchannel_logout_uri"] = "https://guest.example/over"
    assert check_client(read_registration(document, frozenset({"password"}))) == []
