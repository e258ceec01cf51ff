# SPDX-License-Identifier: Apache-2.0
"""The imaging portal as people run it, over a folder that is there; a double logs people in."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from tests.benchmarks.machine import free_port
from tests.unit.relying_parties.double import Double

SECRET = "a-secret-of-the-benchmark-of-images"
PATIENCE = 60


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, Double]]:
    """Its address, and who logs people in."""
    port = free_port()
    provider = Double(lambda: int(time.time()))
    provider.client_id, provider.client_secret = "imaging", SECRET
    (folder / "secret").write_text(SECRET)
    words = ["-m", "imaging_app", "--data", str(folder), "--port", str(port)]
    words += ["--issuer", provider.issuer, "--client-secret-file", str(folder / "secret")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([sys.executable, *words], stdout=log, stderr=log)
    try:
        url = f"http://localhost:{port}"
        _wait(url)
        yield url, provider
    finally:
        server.terminate()
        server.wait(30)
        provider.close()


def _wait(url: str) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            line = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
            line.request("GET", "/session")
            line.getresponse().read()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return
