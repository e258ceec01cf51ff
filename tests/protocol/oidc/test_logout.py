# SPDX-License-Identifier: Apache-2.0
"""RP-initiated logout: to a registered address, for the session that the hint names, else asked."""

from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from tests.protocol.kit import (
    assert_page,
    parameters_of,
    register,
    send,
    session_of,
    set_cookie,
    settled,
)
from tests.protocol.oidc.signing import b64
from tests.protocol.oidc.strict import segment
from tests.world import Browser, World

BYE = "https://plain.example/bye"
YEAR = 366 * 86_400


def entered(world: World, key: str = "plain", who: str = "medecin") -> tuple[Browser, str]:
    """A browser with an application open, and the hint that it holds."""
    browser = settled(world, who)
    return browser, str(world.client(key).tokens(browser)["id_token"])


def leave(browser: Browser, **parameters: str | None) -> TestResponse:
    sent = {name: value for name, value in parameters.items() if value is not None}
    return browser.request("GET", "/oidc/logout?" + urlencode(sent))


def asked(response: TestResponse) -> bool:
    """Whether the person is asked first."""
    text = response.get_data(as_text=True)
    return (
        response.status_code == 200
        and 'name="ticket"' in text
        and "Location" not in response.headers
    )


def opened_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every application could be told and was."""
    teller = world.provider.edge.teller
    monkeypatch.setattr(type(teller), "tell", lambda *_: True)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_hint_of_the_sessions_own_logs_out_at_once(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    opened_alone(sqlite_world, monkeypatch)
    browser, hint = entered(sqlite_world)
    fields = {"id_token_hint": hint, "post_logout_redirect_uri": BYE, "state": 'a"<b>&c d+é'}
    if method == "GET":
        response = leave(browser, **fields)
    else:
        response = browser.request("POST", "/oidc/logout", data=fields)
    assert response.status_code == 303
    assert response.headers["Location"].startswith(BYE + "?state=")
    assert parameters_of(response) == {"state": fields["state"]}
    assert session_of(sqlite_world, browser) is None


WRONG = {
    "unregistered": "https://evil.example/bye",
    "added query": BYE + "?x=1",
    "added slash": BYE + "/",
    "added fragment": BYE + "#x",
    "redirect_uri instead": "https://plain.example/cb",
    "prefix": "https://plain.example.evil.example/bye",
    "user information": "https://plain.example@evil.example/bye",
    "script": "javascript:alert(1)",
    "relative": "//evil.example",
    "line feed": BYE + "\r\nX: y",
    "another application's": "https://dcc.example/bye",
}


@pytest.mark.parametrize("uri", WRONG.values(), ids=list(WRONG))
@pytest.mark.parametrize("known", ["hint", "client_id", "both", "none"])
def test_oa_176_an_address_that_is_not_registered(shared: World, uri: str, known: str) -> None:
    browser, hint = entered(shared)
    response = leave(
        browser,
        post_logout_redirect_uri=uri,
        id_token_hint=hint if known in {"hint", "both"} else None,
        client_id="plain" if known in {"client_id", "both"} else None,
        state="s",
    )
    assert asked(response)
    main = response.get_data(as_text=True).split("<main")[1].split("</main>")[0]
    assert "evil" not in main
    assert session_of(shared, browser) is not None


def test_oa_176_no_hint_and_no_client(shared: World) -> None:
    browser, _ = entered(shared)
    assert asked(leave(browser, post_logout_redirect_uri=BYE))
    assert asked(leave(browser))
    assert session_of(shared, browser) is not None


def test_oa_176_a_client_without_a_hint_is_asked_first(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_alone(sqlite_world, monkeypatch)
    browser, _ = entered(sqlite_world)
    response = leave(browser, client_id="plain", post_logout_redirect_uri=BYE, state="s")
    assert asked(response)
    assert session_of(sqlite_world, browser) is not None
    after = browser.submit("/logout")
    assert after.headers["Location"] == BYE + "?state=s"
    assert session_of(sqlite_world, browser) is None


def tampered(hint: str) -> dict[str, str]:
    header, payload, signature = hint.split(".")
    changed = segment(hint, 1) | {"sid": "x"}
    return {
        "modified": f"{header}.{b64(changed)}.{signature}",
        "without signature": f"{header}.{payload}.",
        "no algorithm": f"{b64(segment(hint, 0) | {'alg': 'none'})}.{payload}.",
        "garbage": "garbage",
        "long": "x" * 20_000,
    }


@pytest.mark.parametrize("name", tampered(f"{b64({})}.{b64({})}."))
def test_oa_176_a_modified_hint(shared: World, name: str) -> None:
    browser, hint = entered(shared)
    wrong = tampered(hint)[name]
    response = leave(browser, id_token_hint=wrong, post_logout_redirect_uri=BYE)
    assert asked(response)
    assert asked(leave(browser, id_token_hint=wrong))
    assert session_of(shared, browser) is not None


def test_oa_176_the_hint_of_another_client(shared: World) -> None:
    browser, _ = entered(shared)
    theirs = str(shared.client("dcc").tokens(browser)["id_token"])
    response = leave(browser, id_token_hint=theirs, client_id="plain", post_logout_redirect_uri=BYE)
    assert asked(response)
    # Without an address: a hint that names another client than the request proves nothing.
    assert asked(leave(browser, id_token_hint=theirs, client_id="plain"))
    assert session_of(shared, browser) is not None


def test_oa_176_an_expired_hint_of_this_session_is_enough(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RP-Initiated Logout §2: the hint of a current session is accepted though it has expired."""
    opened_alone(sqlite_world, monkeypatch)
    browser, hint = entered(sqlite_world)
    sqlite_world.clock.pass_by(601)
    assert leave(browser, id_token_hint=hint, post_logout_redirect_uri=BYE).status_code == 303


@pytest.mark.parametrize("whose", ["an earlier session", "somebody else"])
def test_oa_176_the_hint_of_another_session_asks_first(sqlite_world: World, whose: str) -> None:
    who = "medecin" if whose == "an earlier session" else "infirmiere"
    _, other = entered(sqlite_world, who=who)
    browser, _ = entered(sqlite_world)
    assert asked(leave(browser, id_token_hint=other, post_logout_redirect_uri=BYE))
    assert session_of(sqlite_world, browser) is not None


@pytest.mark.parametrize("name", ["id_token_hint", "post_logout_redirect_uri", "state", "x"])
def test_oa_007_a_parameter_given_twice(shared: World, name: str) -> None:
    browser, _ = entered(shared)
    response = browser.request("GET", f"/oidc/logout?client_id=plain&{name}=1&{name}=2")
    assert_page(response, "request-unreadable")
    assert session_of(shared, browser) is not None


def test_oa_176_a_state_out_of_proportion(shared: World) -> None:
    browser, hint = entered(shared)
    response = leave(browser, id_token_hint=hint, post_logout_redirect_uri=BYE, state="s" * 4097)
    assert asked(response)


@pytest.mark.parametrize("query", ["", "?client_id=plain", "?client_id=nobody", "?ui_locales=fr"])
def test_oa_177_an_image_logs_nobody_out(shared: World, query: str) -> None:
    browser, _ = entered(shared)
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"}
    assert asked(browser.request("GET", "/oidc/logout" + query, headers=headers))
    assert session_of(shared, browser) is not None


def test_oa_177_a_posted_answer_needs_the_page_that_was_shown(sqlite_world: World) -> None:
    browser, _ = entered(sqlite_world)
    leave(browser)
    action, fields = browser.form("/logout")
    for wrong in (
        {},
        {"csrf": fields["csrf"]},
        {"ticket": fields["ticket"]},
        {"csrf": fields["csrf"], "ticket": fields["ticket"] + "x"},
        {"csrf": "x", "ticket": fields["ticket"]},
    ):
        assert browser.post(action, wrong).status_code == 403
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert browser.request("POST", action, data=fields, headers=cross).status_code == 403
    other = sqlite_world.browser()
    assert other.post(action, fields).status_code == 403
    assert session_of(sqlite_world, browser) is not None
    browser.post(action, fields)
    assert session_of(sqlite_world, browser) is None


def test_oa_177_head_asks_nothing_and_ends_nothing(shared: World) -> None:
    browser, hint = entered(shared)
    browser.request("HEAD", "/oidc/logout?" + urlencode({"id_token_hint": hint}))
    assert session_of(shared, browser) is not None


def test_oa_178_after_logout_nothing_of_the_session_works(world: World) -> None:
    client = world.client("dcc")
    browser = settled(world)
    tokens = client.tokens(browser)
    cookie = browser.cookie("session")
    response = leave(browser, id_token_hint=tokens["id_token"])
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    dropped = [one for one in response.headers.getlist("Set-Cookie") if "_session=" in one]
    assert len(dropped) == 1
    assert "Max-Age=0" in dropped[0]
    assert not browser.cookie("session")
    # The old cookie put back: an image of the browser from before.
    set_cookie(world, browser, "session", cookie)
    silent = browser.request("GET", client.authorize_url(prompt="none"))
    assert parameters_of(silent)["error"] == "login_required"
    assert browser.request("GET", "/account").status_code == 303
    assert client.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert client.userinfo(tokens["access_token"]).status == 401
    assert client.introspect(tokens["access_token"]).json == {"active": False}


def test_oa_178_a_code_on_its_way_is_worth_nothing_after_logout(world: World) -> None:
    client = world.client("dcc")
    browser = settled(world)
    hint = client.tokens(browser)["id_token"]
    code = client.code_for(browser)
    leave(browser, id_token_hint=hint)
    assert client.redeem(code).json["error"] == "invalid_grant"


def test_oa_178_pages_of_a_session_are_not_kept(shared: World) -> None:
    browser = settled(shared)
    for path in ("/", "/account", "/logout", "/oidc/logout"):
        assert browser.request("GET", path).headers["Cache-Control"] == "no-store"


def test_without_a_session_there_is_nothing_to_ask(shared: World) -> None:
    _, hint = entered(shared)
    response = leave(shared.browser(), id_token_hint=hint, post_logout_redirect_uri=BYE, state="s")
    assert response.headers["Location"] == BYE + "?state=s"
    nothing = leave(shared.browser())
    assert nothing.status_code == 200
    assert "Location" not in nothing.headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
def test_other_methods(shared: World, method: str) -> None:
    assert send(shared, method, "/oidc/logout").status_code == 405


def test_a_body_that_cannot_be_read(shared: World) -> None:
    for options in ({"body": "x" * 100_000}, {"body": "{}", "content_type": "application/json"}):
        kept: dict[str, Any] = options
        assert_page(send(shared, "POST", "/oidc/logout", **kept), "request-unreadable")


def test_a_registered_address_with_a_query_keeps_it(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_alone(sqlite_world, monkeypatch)
    uri = "https://guest.example/bye?from=sceau"
    client = register(sqlite_world, oidc={"post_logout_redirect_uris": [uri]})
    browser = settled(sqlite_world)
    hint = client.tokens(browser)["id_token"]
    response = leave(browser, id_token_hint=hint, post_logout_redirect_uri=uri, state="s")
    assert response.headers["Location"] == uri + "&state=s"
