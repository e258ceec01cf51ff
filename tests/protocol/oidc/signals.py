# SPDX-License-Identifier: Apache-2.0
"""An application that has signals, by hand, and its receiver, which verifies what it is sent."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from werkzeug.test import TestResponse

from idp.messages.delivery import Delivery
from idp.post_office import open_delivery, tellers_of
from tests.messages.kit import work
from tests.protocol.kit import Guest, bearer, register, send
from tests.protocol.oidc.strict import verify
from tests.world import World

PUSH, POLL = "urn:ietf:rfc:8935", "urn:ietf:rfc:8936"
CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
SSF = "https://schemas.openid.net/secevent/ssf/event-type/"
SESSION, CREDENTIAL = CAEP + "session-revoked", CAEP + "credential-change"
TRIAL, STREAM = SSF + "verification", SSF + "stream-updated"
# RFC 8417 §2.2, Shared Signals §4.1: these, and neither sub nor exp.
MEMBERS = {"iss", "aud", "iat", "jti", "txn", "sub_id", "events"}


@dataclass
class Heard:
    """A security event token, verified."""

    claims: dict[str, Any]

    @property
    def event(self) -> str:
        (found,) = self.claims["events"]
        return str(found)

    @property
    def payload(self) -> dict[str, Any]:
        found: dict[str, Any] = self.claims["events"][self.event]
        return found


def verified(world: World, application: str, token: str) -> Heard:
    """All that a strict receiver asks of one."""
    found = verify(world, token, "secevent+jwt").claims
    assert set(found) == MEMBERS
    assert (found["iss"], found["aud"]) == (world.issuer, application)
    assert type(found["iat"]) is int
    assert len(found["jti"]) >= 16
    assert len(found["events"]) == 1
    heard = Heard(found)
    if heard.event.startswith(CAEP):
        assert type(heard.payload["event_timestamp"]) is int
        assert heard.payload["initiating_entity"] in {"admin", "user", "policy", "system"}
    return heard


@dataclass
class Party:
    """The application's own server, towards the provider."""

    world: World
    client: Guest
    token: str = ""
    stream: str = ""

    @property
    def key(self) -> str:
        return self.client.key

    def fetch_token(self, scope: str = "ssf.manage") -> str:
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        answer = self.client.post("/oidc/token", form)
        assert answer.status == 200, answer
        return str(answer.json["access_token"])

    def call(
        self, method: str, path: str, document: Any = None, query: str = "", **headers: str
    ) -> TestResponse:
        self.token = self.token or self.fetch_token()
        body = None if document is None else json.dumps(document)
        return send(
            self.world,
            method,
            path,
            body=body,
            query=query,
            content_type="application/json",
            headers=bearer(self.token) | headers,
        )

    def open(self, **wish: Any) -> dict[str, Any]:
        """Make its stream."""
        answer = self.call("POST", "/ssf/stream", wish)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        document: dict[str, Any] = answer.get_json()
        self.stream = document["stream_id"]
        return document

    def push_to(self, address: str, secret: str = "Bearer of-the-receiver") -> dict[str, Any]:
        way = {"method": PUSH, "endpoint_url": address, "authorization_header": secret}
        return self.open(delivery=way)

    def poll(self, **asked: Any) -> dict[str, str]:
        """What waits, by its name; nothing is acknowledged unless told."""
        answer = self.call("POST", "/ssf/poll", asked)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        sets: dict[str, str] = answer.get_json()["sets"]
        return sets

    def heard(self, **asked: Any) -> list[Heard]:
        """The same, each verified."""
        found = [verified(self.world, self.key, one) for one in self.poll(**asked).values()]
        return sorted(found, key=lambda one: one.event)

    def state(self, status: str, reason: str = "") -> TestResponse:
        said = {"stream_id": self.stream, "status": status}
        return self.call("POST", "/ssf/status", said | ({"reason": reason} if reason else {}))

    @property
    def status(self) -> dict[str, str]:
        found: dict[str, str] = self.call(
            "GET", "/ssf/status", query=f"stream_id={self.stream}"
        ).get_json()
        return found


def party(world: World, **oidc: Any) -> Party:
    """An application that may have signals, and enters people."""
    grants = ["authorization_code", "refresh_token", "client_credentials"]
    settings = {"grant_types": grants, "shared_signals": True} | oidc
    return Party(world, register(world, oidc=settings))


def worker_of(world: World) -> Delivery:
    """What delivers, when told to."""
    provider = world.provider
    return open_delivery(world.core, tellers_of(provider.edge.teller, provider.saml.teller))


def deliver(world: World) -> int:
    """All that is due, once."""
    return work(worker_of(world))


@dataclass
class Receiver:
    """Takes what is pushed, and answers by path as badly as it is told to."""

    port: int = 0
    told: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    # Status and document by path; 202 otherwise.
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def tokens(self) -> list[str]:
        return [body for _path, _headers, body in self.told]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found.told.append((self.path, dict(self.headers), body))
            if self.path == "/slow":
                found.closing.wait(120)
                return
            status, document = found.answers.get(self.path, (202, None))
            sent = b"" if document is None else json.dumps(document).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", found.url("/followed"))
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        found.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
