# SPDX-License-Identifier: Apache-2.0
"""npm's oidc-provider, running on loopback, as a provider that people come from."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import requests

from tests.interop.node import node_command, plain_environment

CLIENT, SECRET = "sceau", "a secret: with + and / and =, long enough for anybody"
HOPS = 12


@dataclass(frozen=True)
class Upstream:
    """One that runs."""

    issuer: str
    # What it signs by, for us.
    algorithm: str

    def log_in(self, url: str, who: str) -> str:
        """Follow it there, log in as somebody; where the browser is sent back to."""
        session = requests.Session()
        answer = session.get(url, timeout=30, allow_redirects=False)
        for _hop in range(HOPS):
            location = answer.headers.get("Location", "")
            if location and not urljoin(answer.url, location).startswith(self.issuer):
                return location
            if location:
                answer = session.get(
                    urljoin(answer.url, location), timeout=30, allow_redirects=False
                )
            else:
                assert answer.text == "who?", answer.text
                answer = session.get(f"{answer.url}/{who}", timeout=30, allow_redirects=False)
        raise AssertionError("it leads nowhere")

    def phones(self) -> list[dict[str, Any]]:
        """What lies on somebody's phone there: `id`, `accountId`, and the `params` asked with."""
        return self._do("phone").json()  # type: ignore[no-any-return]

    def answer(self, asked: str, *, yes: bool) -> None:
        """What somebody does on their phone."""
        self._do(f"phone/{asked}/{'yes' if yes else 'no'}")

    def later(self, seconds: int) -> None:
        """Its time passes."""
        self._do(f"later/{seconds}")

    def _do(self, path: str) -> requests.Response:
        answer = requests.get(f"{self.issuer}/{path}", timeout=30)
        answer.raise_for_status()
        return answer


@contextmanager
def running_upstream(back: str, **more: Any) -> Iterator[Upstream]:
    """On a port of its own; `more` goes into what it knows of us.

    `professionals` makes it one that tells of these, by name, and asks their phones; `acr` is what
    it says of every login.
    """
    people = {name: more.pop(name) for name in ("professionals", "acr") if name in more}
    algorithm = more.pop("algorithm", "ES256")
    key = more.pop("key")
    given = {
        "client": {"id": CLIENT, "secret": SECRET, "back": back},
        "algorithm": algorithm,
        "jwks": {"keys": [key]},
        "more": more,
    } | people
    with subprocess.Popen(
        [*node_command("upstream.mjs"), json.dumps(given)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=plain_environment(),
    ) as process:
        assert process.stdout is not None
        try:
            issuer = process.stdout.readline().strip()
            assert issuer.startswith("http://"), "oidc-provider did not start"
            yield Upstream(issuer, algorithm)
        finally:
            process.kill()
