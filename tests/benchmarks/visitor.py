# SPDX-License-Identifier: Apache-2.0
"""A browser without a screen, for what is measured one visitor at a time."""

import re
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

CSRF = re.compile(r'name="csrf" value="([^"]+)"')
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Page:
    """An answer, and when it was asked for and had come whole."""

    status: int
    location: str
    body: str
    asked_at: float
    came_at: float

    @property
    def seconds(self) -> float:
        return self.came_at - self.asked_at


@dataclass
class Visitor:
    """Cookies, forms, and an address that the proxy in front tells."""

    connection: HTTPConnection
    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""
    # The path of the last page.
    at: str = ""

    def get(self, path: str) -> Page:
        """GET, and where it leads while it stays here."""
        page = self._request("GET", path)
        while page.status == 303:
            page = self._request("GET", page.location)
        return page

    def follow_once(self, path: str) -> Page:
        """GET, and no further."""
        return self._request("GET", path)

    def post(self, path: str, **fields: str) -> Page:
        """One form; what it leads to is not followed."""
        return self._request("POST", path, urlencode({"csrf": self.csrf, **fields}))

    def _request(self, method: str, path: str, body: str | None = None) -> Page:
        headers = {"X-Forwarded-For": self.address}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.at = path
        asked_at = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        came_at = time.perf_counter()
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        if found := CSRF.search(text):
            self.csrf = found[1]
        where = urlsplit(answer.headers.get("Location", ""))
        location = where.path + (f"?{where.query}" if where.query else "")
        return Page(answer.status, location, text, asked_at, came_at)


def connect(port: int) -> HTTPConnection:
    """A connection that is kept open."""
    return HTTPConnection("127.0.0.1", port, timeout=PATIENCE)


def address_of(number: int) -> str:
    """One of many visitors' addresses (RFC 2544's range), each in a network of its own."""
    return f"198.{18 + (number >> 16 & 1)}.{number >> 8 & 255}.{number & 255}"
