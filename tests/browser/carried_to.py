# SPDX-License-Identifier: Apache-2.0
"""Applications that only the browser can tell of a logout; some of them answer in frames."""

import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit
from zlib import decompress

from lxml import etree

from idp.clock import SystemClock
from tests.cast import application
from tests.interop.saml_peers import opened
from tests.saml_kit import SamlParty, saml_application
from tests.saml_logout import SLO, by_redirect, logout_response
from tests.servers import Site

# The last one finds nobody in a frame, where its cookies do not come: it answers on a page alone.
NAMES = {"courrier": "Courrier", "planning": "Planning des gardes", "shy": "Réunions"}
LISTENING = "listening"
ARRIVED = b"<!doctype html><html lang=fr><title>arrived</title><main><h1>Arrived</h1></main>"


@dataclass
class CarriedTo:
    """The applications, and how each was asked."""

    site: Site
    port: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)

    def party(self, key: str) -> SamlParty:
        there = f"http://127.0.0.1:{self.port}/{key}"
        slo = [{"url": f"{there}/slo", "binding": "redirect"}]
        acs = [{"url": f"{there}/acs"}]
        settings = {"entity_id": there, "acs": acs, "slo": slo, "idp_initiated": True}
        document = saml_application(key, name=NAMES[key], home_url="", saml=settings)
        world = SimpleNamespace(clock=SystemClock())
        return SamlParty(cast("Any", world), document | {"listed": False})

    @property
    def listening(self) -> dict[str, Any]:
        """One of OpenID Connect, which hears of it in a frame and answers nothing."""
        there = f"http://127.0.0.1:{self.port}/{LISTENING}"
        own = {"pkce": "optional", "frontchannel_logout_uri": f"{there}/over"}
        document = application(LISTENING, site=there, oidc=own)
        return document | {"name": "Dossier", "home_url": "", "listed": False}

    def enter(self) -> str:
        """Where somebody who is logged in enters it."""
        asked = {
            "client_id": LISTENING,
            "redirect_uri": self.listening["oidc"]["redirect_uris"][0],
            "response_type": "code",
            "scope": "openid",
        }
        return "/oidc/authorize?" + urlencode(asked)

    def answer(self, key: str, query: str) -> str:
        """Where the browser goes with the answer to this request."""
        packed = parse_qs(query)["SAMLRequest"][0]
        request = etree.fromstring(decompress(b64decode(packed), -15))
        party, door = self.party(key), f"{self.site.issuer}{SLO}"
        message = logout_response(party, request.get("ID"), Destination=door)
        return self.site.issuer + by_redirect(party, message, "SAMLResponse")


@contextmanager
def carried_to(site: Site) -> Iterator[CarriedTo]:
    """Serve them for a while, registered."""
    found = CarriedTo(site)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.arrive()

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            key, where = parts.path.strip("/").partition("/")[::2]
            how = str(self.headers["Sec-Fetch-Dest"])
            if where == "over":
                found.asked.append((f"{key} {sorted(parse_qs(parts.query))}", how))
            if where != "slo":
                self.arrive()
                return
            found.asked.append((key, how))
            if key == "shy" and how == "iframe":
                self.arrive()
                return
            self.send_response(302)
            self.send_header("Location", found.answer(key, parts.query))
            self.end_headers()

        def arrive(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(ARRIVED)))
            self.end_headers()
            self.wfile.write(ARRIVED)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.port = server.server_port
    with opened(site) as core, core.database.write() as tx:
        for key in NAMES:
            core.applications.register(tx, found.party(key).document)
        core.applications.register(tx, found.listening)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
