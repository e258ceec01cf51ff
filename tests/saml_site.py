# SPDX-License-Identifier: Apache-2.0
"""A provider that speaks SAML, at an address of its own: its page has one button."""

import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from idp.saml.names import REDIRECT, SAMLP, saml
from idp.saml.wire import read_query
from idp.saml.writing import moment
from idp.saml.xml import parse
from tests.protocol.saml.messages import signed
from tests.saml_upstream import assertion, metadata, response

DAY = 86_400
MAIL = (
    '<saml:Attribute Name="mail"><saml:AttributeValue>claire@chu.example</saml:AttributeValue>'
    "</saml:Attribute>"
)
PAGE = """<!doctype html><html lang="en"><title>The hospital</title><h1>The hospital</h1>
<form method="post" action="{acs}"><input type="hidden" name="SAMLResponse" value="{answer}">
<input type="hidden" name="RelayState" value="{relay}"><button>Log in as Claire</button></form>"""


class Door(BaseHTTPRequestHandler):
    """GET /metadata and /sso."""

    def do_GET(self) -> None:
        """One of the two."""
        url = urlsplit(self.path)
        body = self._metadata() if url.path == "/metadata" else self._page(url.query)
        self.send_response(200)
        kind = "application/samlmetadata+xml" if url.path == "/metadata" else "text/html"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_given: object) -> None:
        """Nothing."""

    def _metadata(self) -> bytes:
        login = f"http://{self.headers['Host']}/sso"
        service = f'<md:SingleSignOnService Binding="{REDIRECT}" Location="{login}"/>'
        until = f'validUntil="{moment(int(time.time()) + DAY)}"'
        return signed(metadata(login=service, until=until), name="saml other")

    def _page(self, query: str) -> bytes:
        root = parse(read_query(query).message, f"{{{SAMLP}}}AuthnRequest")
        acs, us = root.get("AssertionConsumerServiceURL"), root.find(saml("Issuer")).text
        request, now = root.get("ID"), int(time.time())
        about = assertion(
            issued=moment(now),
            name="claire",
            recipient=acs,
            request=request,
            until=moment(now + 300),
            since=moment(now - 60),
            over=moment(now + 300),
            audience=f"<saml:Audience>{us}</saml:Audience>",
            at=moment(now),
            attributes=MAIL,
        )
        whole = response(
            about,
            issued=f'IssueInstant="{moment(now)}"',
            request=f'InResponseTo="{request}"',
            destination=f'Destination="{acs}"',
        )
        answer = b64encode(signed(whole, saml("Assertion"))).decode()
        relay = parse_qs(query)["RelayState"][0]
        return PAGE.format(acs=escape(acs), answer=answer, relay=escape(relay)).encode()


@contextmanager
def running_saml() -> Iterator[str]:
    """Its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
