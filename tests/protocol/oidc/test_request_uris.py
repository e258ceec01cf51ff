# SPDX-License-Identifier: Apache-2.0
"""Requests that lie at an address (OIDC Core §6.2): a registered one, with what its hash says."""

import threading
from hashlib import sha256
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest

from idp.applications.registration import read_registration
from idp.http.parameters import Parameters
from idp.oidc import request_uris
from idp.oidc.client import check_client
from idp.outgoing import Fetched, Unreachable
from tests.cast import application
from tests.protocol.kit import Guest, at_once, parameters_of, register, settled
from tests.protocol.oidc.signing import DROP, Key, b64, new_key, public
from tests.protocol.oidc.test_request_objects import claims, signed
from tests.world import World

URI = "https://guest.example/request.jwt"


class Shelf:
    """What lies at addresses, and who asked for it."""

    def __init__(self) -> None:
        self.held: dict[str, bytes | None] = {}
        self.statuses: dict[str, int] = {}
        self.asked: list[str] = []

    def fetch(self, method: str, url: str) -> Fetched | Unreachable:
        assert method == "GET"
        self.asked.append(url)
        body = self.held.get(url)
        if body is None:
            return Unreachable("nothing lies there")
        return Fetched(self.statuses.get(url, 200), {}, body)


@pytest.fixture
def shelf(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    made = Shelf()
    monkeypatch.setattr(sqlite_world.core.fetcher, "fetch", made.fetch)
    return made


def naming(world: World, key: Key, *uris: str) -> Guest:
    return register(
        world, oidc={"jwks": {"keys": [public(key)]}, "request_uris": list(uris or (URI,))}
    )


def bring(client: Guest, uri: str, **more: str) -> dict[str, str]:
    query = {"client_id": client.key, "request_uri": uri, "redirect_uri": client.redirect_uri}
    response = settled(client.world).request("GET", f"/oidc/authorize?{urlencode(query | more)}")
    return parameters_of(response)


def test_a_request_that_lies_at_a_registered_address(sqlite_world: World, shelf: Shelf) -> None:
    key = new_key("ES256")
    client = naming(sqlite_world, key)
    # Such a one may lie there for long: it need not end, and leads to many logins.
    shelf.held[URI] = (signed(client, key, exp=DROP, jti="one") + "\n").encode()
    for _ in range(2):
        answered = bring(client, URI)
        assert (answered["state"], "code" in answered) == ("state-within", True)
    # Fetched once in a while.
    assert shelf.asked == [URI]
    sqlite_world.clock.pass_by(10)
    bring(client, URI)
    assert shelf.asked == [URI, URI]


def test_oa_090_no_other_address_is_asked(
    sqlite_world: World, shelf: Shelf, no_sockets: list[Any]
) -> None:
    client = naming(sqlite_world, new_key("ES256"))
    for uri in (
        "https://guest.example/request.jwt?x",
        "https://guest.example/request.jw",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "https://guest.example/" + "a" * 600,
        "https://GUEST.example/request.jwt",
    ):
        assert bring(client, uri)["error"] == "invalid_request_uri"
    assert (shelf.asked, no_sockets) == ([], [])


def test_oa_090_a_registered_address_within_is_not_reached(sqlite_world: World) -> None:
    # The guard of all fetches: a registration opens no way to what is private.
    for uri in ("https://10.0.0.1/r", "https://169.254.169.254/r", "https://[::1]/r"):
        client = naming(sqlite_world, new_key("ES256"), uri)
        assert bring(client, uri)["error"] == "invalid_request_uri"


def test_a_hash_in_the_fragment_is_kept_to(sqlite_world: World, shelf: Shelf) -> None:
    key = new_key("ES256")
    client = naming(sqlite_world, key, URI, f"{URI}#v2")
    body = signed(client, key).encode()
    shelf.held[URI] = body
    right = b64(sha256(body).digest())
    assert "code" in bring(client, f"{URI}#{right}")
    assert bring(client, f"{URI}#{b64(sha256(b'other').digest())}")["error"] == (
        "invalid_request_uri"
    )
    # Any other fragment says which version it is, and nothing of what lies there.
    assert "code" in bring(client, f"{URI}#v2")
    assert set(shelf.asked) == {URI}


def test_oa_092_what_lies_there_must_be_signed(sqlite_world: World, shelf: Shelf) -> None:
    client = naming(sqlite_world, new_key("ES256"))
    bodies = [
        f"{b64({'alg': 'none'})}.{b64(claims(client))}.".encode(),
        signed(client, new_key("ES256")).encode(),
        b"\xff\xfe",
        b"",
    ]
    for missing in (None, b"x" * 20_000):
        shelf.held[URI] = missing
        assert bring(client, URI)["error"] == "invalid_request_uri"
        sqlite_world.clock.pass_by(10)
    for body in bodies:
        shelf.held[URI] = body
        assert bring(client, URI)["error"] == "invalid_request_object"
        sqlite_world.clock.pass_by(10)


def hashed(body: bytes) -> str:
    return f"{URI}#{b64(sha256(body).digest())}"


def test_what_was_changed_just_now_is_fetched_for_its_hash(
    sqlite_world: World, shelf: Shelf
) -> None:
    key = new_key("ES256")
    client = naming(sqlite_world, key)
    old, new = [signed(client, key, state=state).encode() for state in ("old", "new")]
    shelf.held[URI] = old
    assert bring(client, hashed(old))["state"] == "old"
    shelf.held[URI] = new
    assert bring(client, hashed(new))["state"] == "new"
    assert bring(client, URI)["state"] == "new"
    assert shelf.asked == [URI] * 2
    # A hash asks once, and those that somebody makes up a few times between two looks.
    for number in range(30):
        wrong = hashed(b"%d" % (number // 2))
        assert bring(client, wrong)["error"] == "invalid_request_uri"
    assert len(shelf.asked) == request_uris.MOST_AGAIN
    assert bring(client, hashed(new))["state"] == "new"
    sqlite_world.clock.pass_by(10)
    shelf.held[URI] = old
    assert bring(client, hashed(old))["state"] == "old"


def test_a_site_that_does_not_answer_for_a_while(sqlite_world: World, shelf: Shelf) -> None:
    key = new_key("ES256")
    client = naming(sqlite_world, key)
    # A first look that failed stands in nobody's way for long.
    assert bring(client, URI)["error"] == "invalid_request_uri"
    assert bring(client, URI)["error"] == "invalid_request_uri"
    assert shelf.asked == [URI]
    shelf.held[URI] = signed(client, key, exp=DROP).encode()
    sqlite_world.clock.pass_by(request_uris.RETRY_EVERY)
    assert "code" in bring(client, URI)
    # What came last is good for a while, and not for ever.
    shelf.held[URI] = None
    sqlite_world.clock.pass_by(request_uris.KEPT - 1)
    assert "code" in bring(client, URI)
    sqlite_world.clock.pass_by(1)
    assert bring(client, URI)["error"] == "invalid_request_uri"


def test_what_was_taken_away_is_gone(sqlite_world: World, shelf: Shelf) -> None:
    key = new_key("ES256")
    client = naming(sqlite_world, key)
    shelf.held[URI] = signed(client, key).encode()
    assert "code" in bring(client, URI)
    shelf.statuses[URI] = 404
    sqlite_world.clock.pass_by(10)
    assert bring(client, URI)["error"] == "invalid_request_uri"


class Door(threading.Event):
    """A place to wait in, which opens what it is told to as soon as somebody waits there."""

    def acquire(self, *, blocking: bool) -> bool:
        assert not blocking
        self.set()
        return True

    def release(self) -> None:
        """Nobody counts here."""


def test_whoever_comes_while_it_is_first_fetched_waits_for_it(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    come, second = threading.Event(), Door()
    asked = []

    def fetch(method: str, url: str) -> Fetched:
        asked.append(f"{method} {url}")
        come.set()
        # Until the other waits, or was refused.
        second.wait(30)
        return Fetched(200, {}, b"what lies there")

    monkeypatch.setattr(sqlite_world.core.fetcher, "fetch", fetch)
    objects: Any = SimpleNamespace(read=lambda _client, token, _outer, **_how: token)
    client: Any = SimpleNamespace(asking=SimpleNamespace(request_uris=(URI,)))
    uris = request_uris.RequestUris(sqlite_world.core, objects)
    monkeypatch.setattr(uris, "_waiting", second, raising=False)

    def go(number: int) -> object:
        if number:
            assert come.wait(30)
        try:
            return uris.read(client, URI, Parameters({}))
        finally:
            second.set()

    assert at_once(2, go) == ["what lies there"] * 2
    assert asked == [f"GET {URI}"]


def test_oa_093_who_must_push_brings_no_address(sqlite_world: World, shelf: Shelf) -> None:
    key = new_key("ES256")
    settings = {
        "jwks": {"keys": [public(key)]},
        "request_uris": [URI],
        "require_pushed_authorization_requests": True,
    }
    client = register(sqlite_world, oidc=settings)
    shelf.held[URI] = signed(client, key).encode()
    assert bring(client, URI)["error"] == "invalid_request"
    assert shelf.asked == []


UNFIT: dict[str, dict[str, Any]] = {
    "http": {"request_uris": ["http://guest.example/r"]},
    "no list": {"request_uris": "https://guest.example/r"},
    "no address": {"request_uris": ["x"]},
    "a strange fragment": {"request_uris": ["https://guest.example/r#a b"]},
    "too many": {"request_uris": [f"https://guest.example/{one}" for one in range(51)]},
    "no keys": {"request_uris": ["https://guest.example/r"], "jwks": None},
    "signed, without keys": {"require_signed_request_object": True, "jwks": None},
    "an algorithm, without keys": {"request_object_signing_alg": "ES256", "jwks": None},
    "RS256": {"request_object_signing_alg": "RS256"},
    "none": {"request_object_signing_alg": "none"},
    "a switch of text": {"require_signed_request_object": "yes"},
    "another switch of text": {"require_pushed_authorization_requests": 1},
    "a type with spaces": {"authorization_details_types": ["a b"]},
    "types that are none": {"authorization_details_types": [1]},
}


@pytest.mark.parametrize("name", UNFIT)
def test_what_cannot_be_registered(name: str) -> None:
    oidc = {"jwks": {"keys": [public(new_key("ES256"))]}} | UNFIT[name]
    if oidc["jwks"] is None:
        del oidc["jwks"]
    document = application("guest", oidc=oidc)
    assert check_client(read_registration(document, frozenset({"password"})))
