# SPDX-License-Identifier: Apache-2.0
"""Parameters of the authorization request: read once, bounded, echoed exactly or refused."""

import re
from urllib.parse import urlencode

import pytest

from tests.protocol.kit import assert_page, cancel, parameters_of, register, send, settled
from tests.world import World

STATES = {
    "one": "s",
    "sixty-four": "s" * 64,
    "five hundred and twelve": "s" * 512,
    "four thousand and ninety-six": "s" * 4096,
    "quotes": "\"'`",
    "markup": "<script>alert(1)</script>&amp;&lt;",
    "plus and spaces": "a+b c%20d%2B",
    "address": "https://evil.example/?a=b&c=d#e",
    "unicode": "é à 漢字 🩺 \u200f\u2028",
    "percent": "%0d%0aSet-Cookie: a=b",
    "leading and trailing space": " s ",
}


@pytest.mark.parametrize("mode", ["query", "form_post"])
@pytest.mark.parametrize("state", STATES.values(), ids=list(STATES))
def test_oa_010_a_state_comes_back_byte_for_byte(shared: World, state: str, mode: str) -> None:
    client = shared.client("plain")
    for changes in ({}, {"scope": "nothing"}):
        browser = settled(shared)
        response = browser.request(
            "GET", client.authorize_url(state=state, response_mode=mode, **changes)
        )
        if mode == "query":
            answered = parameters_of(response)
        else:
            inputs = browser.page.find("form", id="post").find_all("input")
            answered = {one["name"]: one["value"] for one in inputs}
        assert answered["state"] == state
        assert ("code" in answered) is not changes


@pytest.mark.parametrize("state", ["", None])
def test_oa_010_no_state_gets_no_state(shared: World, state: str | None) -> None:
    client = shared.client("plain")
    response = settled(shared).request("GET", client.authorize_url(state=state))
    assert set(parameters_of(response)) == {"code", "iss"}


@pytest.mark.parametrize(
    "state", ["s" * 4097, "a\r\nb", "a\nSet-Cookie: x=y", "\x00", "\x1b[0m", "a\x7fb", "\t"]
)
def test_oa_010_a_state_that_is_not_echoed(shared: World, state: str) -> None:
    client = shared.client("plain")
    response = settled(shared).request("GET", client.authorize_url(state=state))
    answered = parameters_of(response)
    assert answered["error"] == "invalid_request"
    # Exactly or not at all: a cut state would be another state.
    assert "state" not in answered
    assert "Set-Cookie" not in dict(response.headers)


NAMES = [
    *("state", "scope", "client_id", "code_challenge", "code_challenge_method", "nonce"),
    *("response_type", "prompt", "max_age", "acr_values", "claims", "ui_locales"),
    *("login_hint", "id_token_hint", "response_mode", "display", "anything"),
]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", NAMES)
def test_oa_007_a_parameter_given_twice(shared: World, name: str, method: str) -> None:
    client = shared.client("plain")
    url = client.authorize_url()
    more = [] if f"{name}=" in url else [(name, "1")]
    path, _, query = (url + "&" + urlencode([*more, (name, "2")])).partition("?")
    browser = settled(shared)
    if method == "GET":
        response = browser.request("GET", f"{path}?{query}")
    else:
        response = browser.request("POST", path, data=query, content_type=FORM)
    if name == "client_id":
        assert_page(response, "application-unknown")
        return
    answered = parameters_of(response)
    assert answered["error"] == "invalid_request"
    assert "given more than once" in answered["error_description"]
    assert "code" not in answered
    # Which of two states was meant nobody knows.
    assert answered.get("state") == (None if name == "state" else "state-of-this-tab")


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("name", ["scope", "state", "code_challenge", "client_id"])
def test_oa_007_a_parameter_split_over_query_and_body(shared: World, name: str) -> None:
    client = shared.client("plain")
    path, _, query = client.authorize_url().partition("?")
    browser = settled(shared)
    response = browser.request("POST", f"{path}?{name}=x", data=query, content_type=FORM)
    if name == "client_id":
        assert_page(response, "application-unknown")
    else:
        assert parameters_of(response)["error"] == "invalid_request"


def test_oa_007_empty_values_count_as_absent_but_not_twice(shared: World) -> None:
    client = shared.client("plain")
    url = client.authorize_url(prompt="", max_age="", acr_values="", display="", claims="")
    assert "code" in parameters_of(settled(shared).request("GET", url))
    answered = parameters_of(settled(shared).request("GET", url + "&prompt=none"))
    assert answered["error"] == "invalid_request"


@pytest.mark.parametrize(
    "kind", ["token", "id_token", "id_token token", "code token", "code id_token", "none", "Code"]
)
def test_oa_006_only_the_code_flow_where_no_other_is_registered(shared: World, kind: str) -> None:
    client = shared.client("plain")
    response = settled(shared).request("GET", client.authorize_url(response_type=kind))
    answered = parameters_of(response)
    assert answered["error"] == "unsupported_response_type"
    assert "#" not in response.headers["Location"]
    assert not {"access_token", "id_token", "code"} & set(answered)


def test_oa_006_a_missing_response_type(shared: World) -> None:
    response = settled(shared).request(
        "GET", shared.client("plain").authorize_url(response_type=None)
    )
    assert parameters_of(response)["error"] == "invalid_request"


@pytest.mark.parametrize("mode", ["web_message", "okta", "QUERY", "fragment.JWT", "query fragment"])
def test_oa_011_a_response_mode_that_is_not_offered(shared: World, mode: str) -> None:
    client = shared.client("plain")
    response = settled(shared).request("GET", client.authorize_url(response_mode=mode))
    assert parameters_of(response)["error"] == "invalid_request"
    assert "#" not in response.headers["Location"]


@pytest.mark.parametrize("changes", [{}, {"scope": "nothing"}, {"prompt": "none"}], ids=str)
def test_oa_009_the_issuer_is_named_in_success_and_error(
    shared: World, changes: dict[str, str]
) -> None:
    client = shared.client("plain")
    known = parameters_of(settled(shared).request("GET", client.authorize_url(**changes)))
    assert known["iss"] == shared.issuer == "https://sceau.example"
    silent = client.authorize_url(prompt="none")
    unknown = parameters_of(shared.browser().request("GET", silent))
    assert (unknown["error"], unknown["iss"]) == ("login_required", shared.issuer)


def test_oa_009_the_issuer_is_named_when_the_person_cancels(sqlite_world: World) -> None:
    client = sqlite_world.client("plain")
    browser = sqlite_world.browser()
    client.ask(browser)
    answered = client.answered(cancel(browser))
    assert answered == {
        "error": "access_denied",
        "state": "state-of-this-tab",
        "iss": sqlite_world.issuer,
    }


HOSTILE = {
    "markup": "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "traversal": "../../../etc/passwd",
    "template": "{{ 7*7 }}{% raw %}",
    "long": "x" * 10_000,
    "nul": "a\x00b",
    "number": "1e999",
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize("name", ["login_hint", "ui_locales", "display", "acr_values"])
def test_oa_017_hints_are_escaped_capped_or_ignored(shared: World, name: str, value: str) -> None:
    client = shared.client("plain")
    browser = shared.browser()
    response = client.ask(browser, **{name: value})
    text = response.get_data(as_text=True)
    assert response.status_code in {200, 400}
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    # 7 * 7; the reference of the request may hold these figures by chance.
    shown = re.sub(r"[0-9a-f]{18}", "", browser.page.get_text())
    assert "49" not in shown or "{{" in text
    if response.status_code == 400:
        assert browser.problem == "application-request"
        assert name in {"login_hint", "ui_locales"}


def test_oa_017_a_login_hint_fills_in_the_form(shared: World) -> None:
    browser = shared.browser()
    shared.client("plain").ask(browser, login_hint='c"<durand>')
    assert browser.page.find("input", attrs={"name": "identifier"})["value"] == 'c"<durand>'


@pytest.mark.parametrize(
    ("wished", "shown"),
    [("en", "en"), ("fr", "fr"), ("en-GB fr", "en"), ("de en", "en"), ("xx", "fr"), ("", "fr")],
)
def test_ui_locales_choose_among_the_languages_offered(
    shared: World, wished: str, shown: str
) -> None:
    browser = shared.browser()
    shared.client("plain").ask(browser, ui_locales=wished)
    assert browser.page.html["lang"] == shown


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused_at_the_authorization_endpoint(
    shared: World, method: str
) -> None:
    response = send(shared, method, shared.client("plain").authorize_url())
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, POST"


def test_a_request_by_form_from_another_site_keeps_the_session(shared: World) -> None:
    """SameSite=Lax cookies are not sent with it: the same request comes again by GET."""
    client = shared.client("plain")
    path, _, query = client.authorize_url().partition("?")
    crossing = send(shared, "POST", path, body=query)
    assert crossing.status_code == 303
    assert crossing.headers["Location"].startswith("/oidc/authorize?")
    response = settled(shared).request("GET", crossing.headers["Location"])
    assert parameters_of(response)["state"] == "state-of-this-tab"
    assert "code" in parameters_of(response)


IGNORED = (
    {"foo": "bar", "vtr": "C1.P1"},
    {"display": "page"},
    {"display": "popup"},
    {"claims_locales": "se fr-CA"},
)


@pytest.mark.parametrize("more", IGNORED, ids=str)
def test_unknown_parameters_are_ignored(shared: World, more: dict[str, str | None]) -> None:
    client = register(shared)
    response = settled(shared).request("GET", client.authorize_url(**more))
    assert set(parameters_of(response)) == {"code", "state", "iss"}
