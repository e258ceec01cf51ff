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


@contextmanager
def running_upstream(back: str, **more: Any) -> Iterator[Upstream]:
    """On a port of its own; `more` goes into what it knows of us."""
    algorithm = more.pop("algorithm", "ES256")
    key = more.pop("key")
    given = {
        "client": {"id": CLIENT, "secret": SECRET, "back": back},
        "algorithm": algorithm,
        "jwks": {"keys": [key]},
        "more": more,
    }
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
