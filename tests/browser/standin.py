# SPDX-License-Identifier: Apache-2.0
"""A site that stands in for applications of the cast: takes any answer, and remembers it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.cast import application
from tests.protocol.oidc.devices import GRANT as DEVICE

PAGE = b"<!doctype html><html lang=fr><title>arrived</title><main><h1>Arrived</h1></main>"
# key: what is particular to the application.
KINDS: dict[str, dict[str, Any]] = {
    # Can't be told of a logout.
    "untold": {},
    # Can be told, and does not answer.
    "deaf": {"oidc": {"backchannel_logout_uri": "{nobody}/backchannel-logout"}},
    # Asks consent; and one with a name as long as real ones are.
    "asking": {"name": "Messagerie", "policy": {"consent": True}},
    # Of a device without a browser.
    "screen": {
        "name": "Écran du bloc",
        "oidc": {
            "grant_types": ["authorization_code", "refresh_token", DEVICE],
            "token_endpoint_auth_method": "none",
        },
    },
    # Works while nobody is there.
    "night": {
        "name": "Agenda synchronisé",
        "policy": {"consent": True},
        "oidc": {"refresh": "lasting"},
    },
    # Asks in which of their activities people come.
    "practised": {"name": "Dossier partagé", "policy": {"activity": "chosen"}},
    # Asks for a code of an authenticator app.
    "timed": {"policy": {"means": ["totp"], "level": 2}},
    "long": {
        "name": "Réunions de concertation pluridisciplinaire en pneumologie interrégionale",
        "policy": {"consent": True},
    },
    # Open to passkeys; and one that asks for two factors, as RCP does.
    "either": {"name": "Agenda", "policy": {"means": ["password", "passkey"]}},
    # By one-time code only.
    "mailed": {"name": "Dossier", "policy": {"means": ["otp"], "level": 2}},
    "firm": {"name": "Réunions", "policy": {"means": ["password", "passkey"], "level": 2}},
}


def documents() -> list[dict[str, Any]]:
    """Their registrations; `{standin}` becomes the site's address."""
    return [
        application(key, site=f"{{standin}}/{key}", **kind) | {"listed": False}
        for key, kind in KINDS.items()
    ]


@dataclass
class StandIn:
    """The site, and what it was asked: method, path, parameters."""

    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def last(self, key: str) -> tuple[str, dict[str, str]]:
        """Method and parameters of the last answer to an application."""
        found = [one for one in self.asked if one[1].startswith(f"/{key}/")]
        return found[-1][0], found[-1][2]


@contextmanager
def standing_in(port: int) -> Iterator[StandIn]:
    """Serve for a while."""
    site = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.take("")

        def do_POST(self) -> None:
            self.take(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def take(self, body: str) -> None:
            parts = urlsplit(self.path)
            fields = dict(parse_qsl(body or parts.query))
            # A browser asks for the picture of a site whenever it likes.
            if parts.path != "/favicon.ico":
                site.asked.append((self.command, parts.path, fields))
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
