# SPDX-License-Identifier: Apache-2.0
"""A proxy in miniature: asks the login server at each request, and writes who is there in headers.

What nginx, Traefik or Caddy do before a real application (docs/headers.md), for any WSGI one.
"""

import base64
import http.client
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]
Headers = list[tuple[str, str]]

ASK = "/headers/forward"
PUBLIC = "/static/"
# What the login server decides by; the body never leaves.
ASKED_WITH = (
    *("Accept", "Accept-Language", "Cookie", "Upgrade", "User-Agent", "X-Requested-With"),
    *("Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site"),
)
# What its answer to a visitor is made of.
PASSED_ON = frozenset({"location", "set-cookie", "www-authenticate", "cache-control"})
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Sceau:
    """The login server, and what this application's proxy says to it."""

    issuer: str
    key: str
    secret: str = field(repr=False)
    # The application's own address, and the headers that it reads.
    url: str
    names: tuple[str, ...]


class Doorkeeper:
    """The proxy."""

    def __init__(self, application: Wsgi, sceau: Sceau) -> None:
        self._application = application
        self._sceau = sceau

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """One request: to the application with headers of ours, or answered here."""
        # Row WB-031: whatever a visitor calls themselves is gone before anything else happens.
        for name in self._sceau.names:
            environ.pop(in_environ(name), None)
        if environ.get("PATH_INFO", "").startswith(PUBLIC):
            return self._application(environ, start_response)
        try:
            status, headers = self._ask(environ)
        except (OSError, http.client.HTTPException):
            # Closed where nobody can say who is there.
            start_response("503 Service Unavailable", [("Retry-After", "5")])
            return [b"503\n"]
        if status == http.client.OK:
            found = {name.lower(): value for name, value in headers}
            for name in self._sceau.names:
                environ[in_environ(name)] = found.get(name.lower(), "")
            return self._application(environ, start_response)
        shown = [one for one in headers if one[0].lower() in PASSED_ON]
        start_response(f"{status} {http.client.responses.get(status, '')}", shown)
        return [] if status in {303, 204} else [f"{status}\n".encode()]

    def _ask(self, environ: Environ) -> tuple[int, Headers]:
        server = urlsplit(self._sceau.issuer)
        kind = http.client.HTTPSConnection if server.scheme == "https" else _plain
        connection = kind(server.netloc, timeout=PATIENCE)
        try:
            connection.request("GET", ASK, headers=dict(self._question(environ)))
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.getheaders()
        finally:
            connection.close()

    def _question(self, environ: Environ) -> Mapping[str, str]:
        sceau = self._sceau
        visited = {
            name: environ[in_environ(name)] for name in ASKED_WITH if in_environ(name) in environ
        }
        pair = base64.b64encode(f"{sceau.key}:{sceau.secret}".encode()).decode()
        path = quote(environ.get("PATH_INFO", "/").encode("latin-1"), safe="/%:@!$&'()*+,;=~")
        query = environ.get("QUERY_STRING", "")
        return visited | {
            "Authorization": f"Basic {pair}",
            "X-Forwarded-Proto": urlsplit(sceau.url).scheme,
            "X-Forwarded-Host": environ.get("HTTP_HOST", ""),
            "X-Forwarded-Uri": path + (f"?{query}" if query else ""),
            "X-Forwarded-Method": environ["REQUEST_METHOD"],
            "X-Forwarded-For": environ.get("REMOTE_ADDR", ""),
        }


_plain = http.client.HTTPConnection


def in_environ(name: str) -> str:
    """A header's name as WSGI has it; one with underscores is the same there."""
    return "HTTP_" + name.upper().replace("-", "_")
