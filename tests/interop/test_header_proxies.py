# SPDX-License-Identifier: Apache-2.0
"""nginx and Caddy by the files of the docs: who is there is asked each time, nobody is believed."""

import sys
from collections.abc import Iterator

import pytest

from tests.interop.header_proxies import PAGE, SIGNED, Proxied, running_proxy, told

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def started(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxied]:
    with running_proxy(request.param, tmp_path_factory.mktemp(request.param)) as proxied:
        yield proxied


@pytest.fixture
def proxied(started: Proxied) -> Iterator[Proxied]:
    """The proxy; what all servers wrote is shown where the test fails."""
    yield started
    started.site.show_news()
    sys.stdout.write(started.process.news())


def test_a_login_on_the_way_ends_on_the_page_asked_for(proxied: Proxied) -> None:
    visitor = proxied.visitor()
    wanted = f"{proxied.url}/patients?page=2&name=%C3%A9"
    visitor.get(wanted)
    assert visitor.log_in() == wanted
    reached = told(visitor.response)
    assert reached["x-remote-user"] == ["cdurand"]
    assert reached["x-remote-name"] == ["Claire Durand"]
    assert reached["x-remote-level"] == ["1"]
    assert len(reached[SIGNED.lower()]) == 1
    assert visitor.response.json()["path"] == "/patients?page=2&name=%C3%A9"


def test_a_name_with_accents_arrives_as_utf_8(proxied: Proxied) -> None:
    visitor = proxied.visitor()
    visitor.get(f"{proxied.url}/")
    visitor.log_in("patient")
    (name,) = told(visitor.response)["x-remote-name"]
    assert name.encode("latin-1").decode() == "Gaëtan Ébeaupré"


def test_wb_031_what_a_visitor_calls_themselves_never_arrives(proxied: Proxied) -> None:
    forged = {
        "X-Remote-User": "admin.region",
        "x-remote-level": "3",
        "X_Remote_User": "admin.region",
        "X-Remote_User": "admin.region",
        "X_Remote-Level": "3",
        SIGNED: "forged",
        "Authorization": "Basic b2xkOmd1ZXNzZWQ=",
    }
    stranger = proxied.visitor().session.get(proxied.url, headers=forged, allow_redirects=False)
    assert stranger.status_code == 303
    visitor = proxied.entered()
    reached = told(visitor.session.get(proxied.url, headers=forged))
    assert reached["x-remote-user"] == ["cdurand"]
    assert reached["x-remote-level"] == ["1"]
    assert reached[SIGNED.lower()] != ["forged"]
    # CGI and WSGI know them by one name.
    read_as = [name.replace("_", "-") for name in reached]
    assert [read_as.count(f"x-remote-{what}") for what in ("user", "name", "level")] == [1, 1, 1]


def test_wb_031_nobody_asks_through_the_proxy(proxied: Proxied) -> None:
    """nginx has an address for the question, which is its own; Caddy has none.

    What a visitor adds to it is not believed.
    """
    session = proxied.entered().session
    direct = session.get(f"{proxied.url}/.sceau/check", allow_redirects=False)
    assert direct.status_code in ({404, 500} if proxied.name == "nginx" else {200})
    assert "x-remote-user" not in direct.headers
    elsewhere = {"X-Forwarded-Uri": "/x", "X-Forwarded-Host": "evil.example"}
    assert told(session.get(proxied.url, headers=elsewhere))["x-remote-user"] == ["cdurand"]


def test_a_large_body_arrives_whole_and_only_with_a_session(proxied: Proxied) -> None:
    body = b"x" * 900_000
    sent = proxied.entered().session.post(f"{proxied.url}/order", data=body)
    assert (sent.json()["method"], sent.json()["received"]) == ("POST", len(body))
    lost = proxied.visitor()
    answer = lost.session.post(f"{proxied.url}/order", data=body, allow_redirects=False)
    assert answer.status_code == 303
    lost.get(answer.headers["Location"])
    assert lost.problem == "headers-not-sent"


def test_scripts_and_sockets_are_told_no(proxied: Proxied) -> None:
    for kind in (
        {"Sec-Fetch-Mode": "cors", "Accept": "application/json"},
        {"Sec-Fetch-Mode": "websocket", "Upgrade": "websocket", "Connection": "Upgrade"},
    ):
        session = proxied.visitor().session
        answer = session.get(f"{proxied.url}/api", headers=PAGE | kind, allow_redirects=False)
        assert answer.status_code == 401
        assert "Location" not in answer.headers


def test_a_head_is_answered_as_a_get(proxied: Proxied) -> None:
    assert proxied.entered().session.head(proxied.url).status_code == 200
    answer = proxied.visitor().session.head(proxied.url, allow_redirects=False)
    assert answer.status_code == 303


def test_a_no_of_the_application_stays_its_own(proxied: Proxied) -> None:
    answer = proxied.entered().session.get(f"{proxied.url}/no", allow_redirects=False)
    assert answer.status_code == 401
    assert answer.json()["path"] == "/no"


def test_a_foreign_host_leads_nowhere(proxied: Proxied) -> None:
    session = proxied.visitor().session
    answer = session.get(proxied.url, headers={"Host": "evil.example"}, allow_redirects=False)
    # Caddy knows no such host, and says nothing at all.
    assert (answer.status_code, answer.text) == (200, "") or answer.status_code == 403
    assert "Location" not in answer.headers


def test_logout_there_and_the_session_is_over(proxied: Proxied) -> None:
    visitor = proxied.entered()
    landed = visitor.get(f"{proxied.url}/.sceau/logout")
    assert landed.startswith(f"{proxied.site.issuer}/headers/leave")
    visitor.get(f"{proxied.url}/")
    assert visitor.form("/password"), "the provider's session should be over as well"
