# SPDX-License-Identifier: Apache-2.0
"""Back-channel logout: one signed notice to each application of the session, through one door."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from idp.oidc.client import check_client
from tests.protocol.kit import register, session_of, settled
from tests.protocol.oidc.strict import segment, verify
from tests.world import Browser, RelyingParty, World, open_world

STATUS = {"/204": 204, "/500": 500, "/away": 302, "/400": 400, "/401": 401, "/403": 403}
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass
class Receiver:
    """An application's server: what it was told, and how it answers by path."""

    port: int = 0
    told: list[tuple[str, dict[str, str], dict[str, list[str]]]] = field(default_factory=list)
    # Lets those answer that are as slow as can be.
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found.told.append((self.path, dict(self.headers), parse_qs(body)))
            if self.path == "/slow":
                found.closing.wait(120)
                return
            status = STATUS.get(self.path, 200)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", found.url("/followed"))
            more = b'{"error": "nobody reads this"}' if self.path == "/body" else b""
            self.send_header("Content-Length", str(len(more)))
            self.end_headers()
            self.wfile.write(more)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    found.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def told_world(sqlite_url: str, receiver: Receiver) -> Iterator[World]:
    """A provider that may reach the receiver, and has patience: the machine may be busy."""
    opened = open_world(
        sqlite_url, OUTGOING_ALLOW=f"127.0.0.1:{receiver.port}", OUTGOING_TIMEOUT="30"
    )
    yield opened
    opened.provider.close()


@pytest.fixture
def hasty_world(sqlite_url: str, receiver: Receiver) -> Iterator[World]:
    """The same with little patience: enough for whoever answers, even on a busy machine."""
    opened = open_world(
        sqlite_url, OUTGOING_ALLOW=f"127.0.0.1:{receiver.port}", OUTGOING_TIMEOUT="3"
    )
    yield opened
    opened.provider.close()


def listening(world: World, receiver: Receiver, path: str, **oidc: Any) -> RelyingParty:
    return register(world, oidc={"backchannel_logout_uri": receiver.url(path)} | oidc)


def log_out(browser: Browser, hint: str) -> Any:
    return browser.request("GET", f"/oidc/logout?id_token_hint={hint}")


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
def test_oa_179_the_notice(told_world: World, receiver: Receiver, algorithm: str) -> None:
    world = told_world
    client = listening(world, receiver, "/bcl", id_token_signed_response_alg=algorithm)
    browser = settled(world)
    hint = client.tokens(browser)["id_token"]
    identity = segment(hint, 1)
    log_out(browser, hint)
    assert len(receiver.told) == 1
    path, headers, form = receiver.told[0]
    assert path == "/bcl"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert set(form) == {"logout_token"}
    found = verify(world, form["logout_token"][0], "logout+jwt")
    assert found.header["alg"] == algorithm
    now = world.clock.now()
    # Back-Channel Logout §2.4: these members; a nonce is forbidden.
    assert set(found.claims) == {"iss", "aud", "sub", "sid", "iat", "exp", "jti", "events"}
    assert found.claims["events"] == {EVENT: {}}
    assert found.claims["iss"] == world.issuer
    assert found.claims["aud"] == client.key
    assert found.claims["iat"] == now
    assert now < found.claims["exp"] <= now + 120
    assert len(found.claims["jti"]) >= 16
    assert (found.claims["sub"], found.claims["sid"]) == (identity["sub"], identity["sid"])


def test_oa_179_each_application_of_the_session_in_its_own_words(
    told_world: World, receiver: Receiver
) -> None:
    world = told_world
    clients = [listening(world, receiver, f"/{name}", subject_type="pairwise") for name in "abc"]
    stranger = listening(world, receiver, "/stranger")
    browser = settled(world)
    tokens = [client.tokens(browser) for client in clients]
    stranger.tokens(settled(world))
    log_out(browser, tokens[0]["id_token"])
    assert {path for path, _, _ in receiver.told} == {"/a", "/b", "/c"}
    claims = [segment(form["logout_token"][0], 1) for _, _, form in receiver.told]
    assert len({one["jti"] for one in claims}) == 3
    for name in ("sub", "sid", "aud"):
        assert len({one[name] for one in claims}) == 3
    told = {one["aud"]: (one["sub"], one["sid"]) for one in claims}
    for client, one in zip(clients, tokens, strict=True):
        identity = segment(one["id_token"], 1)
        assert told[client.key] == (identity["sub"], identity["sid"])


def test_oa_179_the_session_is_over_before_anybody_is_told(
    told_world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = told_world
    client = listening(world, receiver, "/bcl")
    browser = settled(world)
    hint = client.tokens(browser)["id_token"]
    alive = []
    teller = type(world.provider.edge.teller)
    real = teller.tell

    def watched(self: Any, *args: Any) -> Any:
        alive.append(session_of(world, browser))
        return real(self, *args)

    monkeypatch.setattr(teller, "tell", watched)
    log_out(browser, hint)
    assert alive == [None]


@pytest.mark.parametrize(
    ("path", "reached"),
    [("/200", True), ("/204", True), ("/500", False), ("/400", False), ("/away", False)],
)
def test_oa_179_what_the_person_is_told(
    told_world: World, receiver: Receiver, path: str, reached: bool
) -> None:
    client = listening(told_world, receiver, path)
    browser = settled(told_world)
    client.tokens(browser)
    # Another application asks; it knows already, whether or not it can be told.
    asking = told_world.client("plain")
    hint = asking.tokens(browser)["id_token"]
    bye = asking.settings["post_logout_redirect_uris"][0]
    url = f"/oidc/logout?id_token_hint={hint}&post_logout_redirect_uri={bye}"
    response = browser.request("GET", url)
    # A redirect is not followed, nothing is tried twice.
    assert [told[0] for told in receiver.told] == [path]
    if reached:
        assert response.headers["Location"] == bye
    else:
        assert response.status_code == 200
        assert "reached-failed" in response.get_data(as_text=True)
        assert bye in response.get_data(as_text=True)


def test_the_application_that_asks_gets_its_answer_though_it_cannot_be_told(
    told_world: World, receiver: Receiver
) -> None:
    client = listening(told_world, receiver, "/500")
    browser = settled(told_world)
    hint = client.tokens(browser)["id_token"]
    bye = f"https://{client.key}.example/bye"
    response = browser.request(
        "GET", f"/oidc/logout?id_token_hint={hint}&post_logout_redirect_uri={bye}"
    )
    assert response.headers["Location"] == bye


def test_oa_179_a_slow_application_holds_nobody_up(hasty_world: World, receiver: Receiver) -> None:
    clients = [listening(hasty_world, receiver, path) for path in ("/slow", "/quick", "/slow")]
    browser = settled(hasty_world)
    hints = [client.tokens(browser)["id_token"] for client in clients]
    response = log_out(browser, hints[1])
    assert len(receiver.told) == 3
    text = response.get_data(as_text=True)
    assert text.count("reached-failed") == 2
    assert text.count("reached-reached") == 1


@pytest.mark.parametrize(
    "uri",
    [
        "http://169.254.169.254/",
        "https://10.0.0.1/bcl",
        "https://[::1]/bcl",
        "http://evil.example/bcl",
        "file:///etc/passwd",
        "https://rp.example/bcl#x",
        "https://user@rp.example/bcl",
    ],
)
def test_oa_179_an_address_inside_is_not_reached(
    sqlite_world: World, uri: str, no_sockets: list[Any]
) -> None:
    """Refused at registration, or at the door."""
    world = sqlite_world
    client = register(world, oidc={"backchannel_logout_uri": uri})
    with world.core.database.read() as tx:
        application = world.core.applications.load(tx, client.key)
    assert application is not None
    told = None if check_client(application) else False
    account = world.cast["medecin"].id
    assert world.provider.edge.teller.tell(client.key, account, "session", "label") is told
    assert no_sockets == []


def test_an_application_without_an_address_cannot_be_told(sqlite_world: World) -> None:
    client = sqlite_world.client("plain")
    browser = settled(sqlite_world)
    hint = client.tokens(browser)["id_token"]
    assert "reached-untold" in log_out(browser, hint).get_data(as_text=True)


def test_somebody_else_logging_in_tells_the_applications_of_who_was_there(
    told_world: World, receiver: Receiver
) -> None:
    client = listening(told_world, receiver, "/bcl")
    browser = settled(told_world)
    before = segment(client.tokens(browser)["id_token"], 1)
    told_world.client("plain").ask(browser, prompt="login")
    browser.log_in("infirmiere")
    assert [segment(form["logout_token"][0], 1)["sid"] for _, _, form in receiver.told] == [
        before["sid"]
    ]
