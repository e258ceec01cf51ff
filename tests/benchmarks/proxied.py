# SPDX-License-Identifier: Apache-2.0
"""The question of a proxy as load: an application known by headers, and visitors who are in."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from idp.headers.edge import CHECK, FORWARD
from idp.headers.site import BACK
from idp.http.cookies import CookieJar
from tests.benchmarks.population import SECRET, person
from tests.benchmarks.steps import Step, Take

KEY = "headers"
HOST = "old.example"
NAMES = {
    "X-Remote-User": "identifier",
    "X-Remote-Name": "name",
    "X-Remote-Email": "email",
    "X-Remote-Level": "level",
}
STAY = CookieJar(secure=True).name(f"stay_{sha256(KEY.encode()).hexdigest()[:8]}")


def document() -> dict[str, Any]:
    """Its registration."""
    return {
        "key": KEY,
        "name": KEY,
        "protocol": "headers",
        "home_url": f"https://{HOST}/",
        "policy": {"means": ["password"], "level": 1, "consent": False},
        "headers": {"origins": [f"https://{HOST}"], "names": NAMES},
    }


def question(uri: str) -> str:
    """What the proxy writes, about a request for a page."""
    pair = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    return (
        f"Authorization: Basic {pair}\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: {HOST}\r\n"
        f"X-Forwarded-Uri: {uri}\r\nX-Forwarded-Method: GET\r\nAccept: text/html\r\n"
    )


def arrive() -> list[Step]:
    """The way in of a browser that has a session: to our address, and back with a stay."""
    back = question(f"{BACK}?handle=${{handle}}")
    handle, stay = Take("handle", "loc", "handle=", "&"), Take("stay", "cookie", STAY)
    return [
        Step("ask", "GET", FORWARD, question("/"), statuses=(303,), cookies=True),
        Step("enter", "GET", "${loc}", statuses=(303,), cookies=True, takes=(handle,)),
        Step("back", "GET", FORWARD, back, statuses=(303,), cookies=True, takes=(stay,)),
    ]


def check() -> Step:
    """One question about somebody who is there; the browser brings that site's cookie alone."""
    told = (Take("told", "head", "X-Remote-User"), Take("name", "head", "X-Remote-Name"))
    asked = question("/results?page=2") + f"Cookie: {STAY}=${{stay}}\r\n"
    return Step("check", "GET", CHECK, asked, takes=told)


@dataclass(frozen=True)
class Visitors:
    """Says whether each was taken for who they are."""

    keeps = ("user", "told", "name")

    def fault(self, _base: str, kept: Sequence[Sequence[str]]) -> str | None:
        """The first answer about somebody else."""
        for user, told, name in kept:
            known = person(int(user.removeprefix("person")))
            if (told, name) != (user, known.display_name):
                return f"asked for {user}, told {told!r}, {name!r}"
        return None
