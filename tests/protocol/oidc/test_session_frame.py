# SPDX-License-Identifier: Apache-2.0
"""Session Management 1.0: what an application is told of the session, and what the browser keeps.

What the frame answers in a real browser: tests/browser/test_session_frame.py.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from idp.applications.registration import read_registration
from idp.oidc.client import check_client
from tests.cast import application
from tests.protocol.kit import Guest, parameters_of, register, send, settled
from tests.protocol.oidc.strict import discovery, segment
from tests.protocol.oidc.test_form_post import posted
from tests.protocol.oidc.test_front_channel import NO_CHALLENGE, TYPES, front
from tests.world import Browser, World

FRAME = "/oidc/session-frame"
COOKIE = "__Host-sceau_state"


def watching(world: World, **changes: Any) -> Guest:
    """An application that asks in the frame."""
    return register(world, **{"oidc": {"session_state": True}} | changes)


def is_same(told: str, client: Guest, browser: Browser, origin: str = "") -> bool:
    """What the frame compares (§3.2)."""
    digest, _, salt = told.partition(".")
    site = origin or "/".join(client.redirect_uri.split("/")[:3])
    said = f"{client.key} {site} {browser.cookie('state')} {salt}"
    found = urlsafe_b64encode(hashlib.sha256(said.encode()).digest()).rstrip(b"=").decode()
    return bool(browser.cookie("state")) and found == digest


def enter(client: Guest, browser: Browser, **changes: str | None) -> str:
    """The state that comes with the answer."""
    response = browser.request("GET", client.authorize_url(**changes))
    return parameters_of(response)["session_state"]


def test_discovery_names_the_frame(shared: World) -> None:
    address = discovery(shared)["check_session_iframe"]
    assert address == shared.issuer + FRAME
    response = send(shared, "GET", FRAME)
    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert f'data-cookie="{COOKIE}"' in response.get_data(as_text=True)
    assert "Set-Cookie" not in response.headers
    assert send(shared, "HEAD", FRAME).data == b""
    assert send(shared, "POST", FRAME, form={"a": "b"}).status_code == 405


def test_the_frame_holds_one_script_and_can_do_nothing_else(shared: World) -> None:
    response = send(shared, "GET", FRAME)
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in response.headers["Content-Security-Policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "*",
    }
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    page = response.get_data(as_text=True)
    scripts = re.findall(r'<script src="([^"]+)" defer></script>', page)
    assert len(scripts) == page.count("<script") == 1
    with send(shared, "GET", scripts[0]) as script:
        assert script.status_code == 200


def test_an_answer_tells_the_state_and_the_browser_keeps_it(world: World) -> None:
    client, browser = watching(world), settled(world)
    told = enter(client, browser)
    assert is_same(told, client, browser)
    assert not is_same(told, client, browser, "https://evil.example")
    header = browser.last.headers["Set-Cookie"]
    name, _, attributes = header.partition("=")
    assert name == COOKIE
    assert attributes.partition("; ")[2] == "Path=/; SameSite=None; Secure"
    # Another salt each time, the same state.
    again = enter(client, browser)
    assert again != told
    assert is_same(again, client, browser)


def test_what_the_browser_keeps_is_no_secret_of_the_session(world: World) -> None:
    client, browser = watching(world), settled(world)
    enter(client, browser)
    kept = browser.cookie("state")
    assert kept not in {"", browser.cookie("session")}
    tokens = client.redeem(client.answered(browser.last)["code"]).json
    assert kept != segment(tokens["id_token"], 1)["sid"]
    with world.core.database.read() as tx:
        session = world.core.sessions.find(tx, browser.cookie("session"))
        assert session is not None
        assert session.id not in kept
        assert world.core.sessions.find(tx, kept) is None


@pytest.mark.parametrize("kind", TYPES)
def test_it_comes_with_each_kind_of_answer(shared: World, kind: str) -> None:
    client, browser = front(shared, session_state=True), settled(shared)
    usual = {} if "code" in kind.split() else NO_CHALLENGE
    response = browser.request("GET", client.authorize_url(response_type=kind, **usual))
    fields = dict(parse_qsl(urlsplit(response.headers["Location"]).fragment))
    assert is_same(fields["session_state"], client, browser)


def test_by_form_and_signed(shared: World) -> None:
    client, browser = watching(shared), settled(shared)
    browser.request("GET", client.authorize_url(response_mode="form_post"))
    assert is_same(posted(browser, client.redirect_uri)["session_state"], client, browser)
    answer = browser.request("GET", client.authorize_url(response_mode="jwt"))
    claims = segment(parameters_of(answer)["response"], 1)
    assert is_same(claims["session_state"], client, browser)


def test_nothing_of_it_for_others(shared: World) -> None:
    for client in (register(shared), shared.client("plain")):
        browser = settled(shared)
        response = browser.request("GET", client.authorize_url())
        assert "session_state" not in parameters_of(response)
        assert not browser.cookie("state")
    client = watching(shared, oidc={"session_state": True, "scopes": ["openid", "exams.read"]})
    browser = settled(shared)
    response = browser.request("GET", client.authorize_url(scope="exams.read"))
    assert "session_state" not in parameters_of(response)


def test_each_application_and_each_site_has_its_own(shared: World) -> None:
    browser = settled(shared)
    one, two = watching(shared), watching(shared)
    first, second = enter(one, browser), enter(two, browser)
    assert is_same(first, one, browser)
    assert is_same(second, two, browser)
    assert not is_same(first, two, browser)


def test_a_logout_that_the_application_asks_for_changes_it(world: World) -> None:
    client, browser = watching(world), settled(world)
    told = enter(client, browser)
    tokens = client.redeem(client.answered(browser.last)["code"]).json
    browser.request("GET", "/oidc/logout?" + urlencode({"id_token_hint": tokens["id_token"]}))
    assert not browser.cookie("state")
    assert not is_same(told, client, browser)


def test_a_logout_on_our_own_page_changes_it(world: World) -> None:
    client, browser = watching(world), world.browser()
    client.ask(browser)
    told = client.answered(browser.log_in())["session_state"]
    assert is_same(told, client, browser)
    browser.get("/logout")
    browser.submit("/logout")
    assert not browser.cookie("state")


def test_somebody_else_changes_it(world: World) -> None:
    """Whoever comes next in this browser, by whichever application."""
    client, browser = watching(world), world.browser()
    client.ask(browser)
    told = client.answered(browser.log_in())["session_state"]
    before = browser.cookie("state")
    world.client("plain").ask(browser, prompt="login")
    browser.log_in("infirmiere")
    assert browser.cookie("state") not in {"", before}
    assert not is_same(told, client, browser)
    # The application asks anew in silence, and knows.
    assert is_same(enter(client, browser, prompt="none"), client, browser)


def test_the_same_person_once_more_does_not_change_it(world: World) -> None:
    client, browser = watching(world), world.browser()
    client.ask(browser)
    told = client.answered(browser.log_in())["session_state"]
    client.ask(browser, prompt="login")
    client.answered(browser.log_in())
    assert is_same(told, client, browser)


def test_it_is_a_switch() -> None:
    document = application("guest", oidc={"session_state": "yes"})
    faults = check_client(read_registration(document, frozenset({"password"})))
    assert [one.place for one in faults] == ["oidc.session_state"]
