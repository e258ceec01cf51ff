# SPDX-License-Identifier: Apache-2.0
"""An application behind a proxy, by hand: what the proxy asks, what its visitor's browser does."""

import base64
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import Client, TestResponse

from tests.cast import SECRET
from tests.protocol.kit import settled, store
from tests.world import Browser, World

SITE = "https://old.example"
PAGE = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"}
SCRIPT = {"Accept": "application/json", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
NAMES = {
    "X-Remote-User": "identifier",
    "X-Remote-Name": "name",
    "X-Remote-Level": "level",
    "X-Remote-Email": "email",
}


def document(key: str = "old", **changes: Any) -> dict[str, Any]:
    """A registration with sensible values; `policy` and `headers` are merged."""
    policy = {"means": ["password"], "level": 1, "consent": False}
    headers = {"origins": [SITE], "names": NAMES}
    return {
        "key": key,
        "name": key.upper(),
        "protocol": "headers",
        "home_url": f"{SITE}/",
        "policy": policy | changes.pop("policy", {}),
        "headers": headers | changes.pop("headers", {}),
    } | changes


def register(world: World, key: str = "old", **changes: Any) -> dict[str, Any]:
    """Register one, with the secret of its proxy."""
    made = document(key, **changes)
    store(world, made)
    with world.core.database.write() as tx:
        world.core.applications.set_secret(tx, key, SECRET)
    return made


def basic(pair: str) -> str:
    """A proxy's credential, as its header holds it."""
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def question(key: str, site: str, uri: str = "/", method: str = "GET") -> dict[str, str]:
    """What a proxy writes beside its visitor's own headers."""
    scheme, _, host = site.partition("://")
    return {
        "Authorization": basic(f"{key}:{SECRET}"),
        "X-Forwarded-Proto": scheme,
        "X-Forwarded-Host": host,
        "X-Forwarded-Uri": uri,
        "X-Forwarded-Method": method,
    }


@dataclass
class Visitor:
    """A browser at the application's address, and the proxy that stands there."""

    world: World
    browser: Browser
    key: str = "old"
    site: str = SITE
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(
        self,
        uri: str = "/",
        *,
        door: str = "forward",
        method: str = "GET",
        changes: dict[str, str] | None = None,
        kind: dict[str, str] | None = None,
    ) -> TestResponse:
        """What the proxy asks about one request; a change to nothing leaves a header out."""
        headers = {
            **question(self.key, self.site, uri, method),
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **(PAGE if kind is None else kind),
        } | (changes or {})
        client = Client(self.world.provider.web, use_cookies=False)
        answer = client.get(
            f"/headers/{door}",
            base_url=self.world.issuer,
            headers={name: value for name, value in headers.items() if value},
        )
        for header in answer.headers.getlist("Set-Cookie"):
            name, _, rest = header.partition("=")
            value = rest.partition(";")[0]
            self.cookies[name] = value
            if not value:
                del self.cookies[name]
        return answer

    def go(self, uri: str = "/") -> TestResponse:
        """Open a page there, and follow wherever it leads, up to an answer or a page of ours."""
        return self.follow(self.ask(uri))

    def follow(self, answer: TestResponse) -> TestResponse:
        """Follow redirects between the two addresses."""
        for _hop in range(8):
            leads_to = answer.headers.get("Location", "")
            if leads_to.startswith(f"{self.world.issuer}/"):
                answer = self.browser.get(leads_to)
            elif leads_to.startswith(f"{self.site}/"):
                answer = self.ask(leads_to.removeprefix(self.site))
            else:
                return answer
        raise RuntimeError("too many redirects")

    def log_in(self, uri: str = "/", who: str = "medecin") -> TestResponse:
        """Open a page there and fill in the password on the way."""
        self.go(uri)
        return self.follow(self.browser.log_in(who))

    def handle(self, uri: str = "/") -> str:
        """The way back with its one-time handle, not yet gone, in a browser that is logged in."""
        answer = self.browser.get(self.ask(uri).headers["Location"])
        back: str = answer.headers["Location"]
        assert back.startswith(f"{self.site}/.sceau/back?handle="), back
        return back.removeprefix(self.site)

    def check(self, uri: str = "/", **options: Any) -> TestResponse:
        """The question of a proxy that does no more than ask."""
        return self.ask(uri, door="check", **options)


def arrived(world: World, who: str = "medecin", **changes: Any) -> Visitor:
    """A visitor who is logged in already, and has entered the application."""
    visitor = Visitor(world, settled(world, who, **changes))
    assert visitor.go().status_code == 200
    return visitor
