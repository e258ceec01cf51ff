# SPDX-License-Identifier: Apache-2.0
"""nginx by the file of the docs: who is there is asked at each request, and nobody is believed."""

from collections.abc import Iterator

import pytest

from tests.interop.header_proxies import PAGE, SIGNED, Proxied, running_nginx, told

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    with running_nginx(tmp_path_factory.mktemp("nginx")) as proxied:
        yield proxied


@pytest.fixture
def nginx(started: Proxied) -> Iterator[Proxied]:
    """nginx; what all servers wrote is shown where the test fails."""
    yield started
    started.site.show_news()


def test_a_login_on_the_way_ends_on_the_page_asked_for(nginx: Proxied) -> None:
    visitor = nginx.visitor()
    wanted = f"{nginx.url}/patients?page=2&name=%C3%A9"
    visitor.get(wanted)
    assert visitor.log_in() == wanted
    reached = told(visitor.response)
    assert reached["x-remote-user"] == ["cdurand"]
    assert reached["x-remote-name"] == ["Claire Durand"]
    assert reached["x-remote-level"] == ["1"]
    assert len(reached[SIGNED.lower()]) == 1
    assert visitor.response.json()["path"] == "/patients?page=2&name=%C3%A9"


def test_a_name_with_accents_arrives_as_utf_8(nginx: Proxied) -> None:
    visitor = nginx.visitor()
    visitor.get(f"{nginx.url}/")
    visitor.log_in("patient")
    (name,) = told(visitor.response)["x-remote-name"]
    assert name.encode("latin-1").decode() == "Gaëtan Ébeaupré"


def test_wb_031_what_a_visitor_calls_themselves_never_arrives(nginx: Proxied) -> None:
    forged = {
        "X-Remote-User": "admin.region",
        "x-remote-level": "3",
        "X_Remote_User": "admin.region",
        SIGNED: "forged",
        "Authorization": "Basic b2xkOmd1ZXNzZWQ=",
    }
    stranger = nginx.visitor().session.get(nginx.url, headers=forged, allow_redirects=False)
    assert stranger.status_code == 303
    visitor = nginx.entered()
    reached = told(visitor.session.get(nginx.url, headers=forged))
    assert reached["x-remote-user"] == ["cdurand"]
    assert reached["x-remote-level"] == ["1"]
    assert reached[SIGNED.lower()] != ["forged"]
    assert not {"x_remote_user"} & set(reached)


def test_wb_031_nobody_asks_through_the_proxy(nginx: Proxied) -> None:
    """The question's own address is nginx's alone; what a visitor adds to it is not believed."""
    session = nginx.entered().session
    direct = session.get(f"{nginx.url}/.sceau/check", allow_redirects=False)
    assert direct.status_code in {404, 500}
    assert "x-remote-user" not in direct.headers
    elsewhere = {"X-Forwarded-Uri": "/x", "X-Forwarded-Host": "evil.example"}
    assert told(session.get(nginx.url, headers=elsewhere))["x-remote-user"] == ["cdurand"]


def test_a_large_body_arrives_whole_and_only_with_a_session(nginx: Proxied) -> None:
    body = b"x" * 900_000
    sent = nginx.entered().session.post(f"{nginx.url}/order", data=body)
    assert (sent.json()["method"], sent.json()["received"]) == ("POST", len(body))
    lost = nginx.visitor()
    answer = lost.session.post(f"{nginx.url}/order", data=body, allow_redirects=False)
    assert answer.status_code == 303
    lost.get(answer.headers["Location"])
    assert lost.problem == "headers-not-sent"


def test_scripts_and_sockets_are_told_no(nginx: Proxied) -> None:
    for kind in (
        {"Sec-Fetch-Mode": "cors", "Accept": "application/json"},
        {"Sec-Fetch-Mode": "websocket", "Upgrade": "websocket", "Connection": "Upgrade"},
    ):
        session = nginx.visitor().session
        answer = session.get(f"{nginx.url}/api", headers=PAGE | kind, allow_redirects=False)
        assert answer.status_code == 401
        assert "Location" not in answer.headers


def test_a_head_is_answered_as_a_get(nginx: Proxied) -> None:
    assert nginx.entered().session.head(nginx.url).status_code == 200
    answer = nginx.visitor().session.head(nginx.url, allow_redirects=False)
    assert answer.status_code == 303


def test_a_no_of_the_application_stays_its_own(nginx: Proxied) -> None:
    answer = nginx.entered().session.get(f"{nginx.url}/no", allow_redirects=False)
    assert answer.status_code == 401
    assert answer.json()["path"] == "/no"


def test_a_foreign_host_leads_nowhere(nginx: Proxied) -> None:
    session = nginx.visitor().session
    answer = session.get(nginx.url, headers={"Host": "evil.example"}, allow_redirects=False)
    assert answer.status_code == 403
    assert "Location" not in answer.headers


def test_logout_there_and_the_session_is_over(nginx: Proxied) -> None:
    visitor = nginx.entered()
    landed = visitor.get(f"{nginx.url}/.sceau/logout")
    assert landed.startswith(f"{nginx.site.issuer}/headers/leave")
    visitor.get(f"{nginx.url}/")
    assert visitor.form("/password"), "the provider's session should be over as well"
