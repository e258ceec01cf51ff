# SPDX-License-Identifier: Apache-2.0
"""Logins of a browser with a session, by calls within this process: what `before` compares.

    python tests/benchmarks/straight.py FOLDER

It runs by its path, upon whichever tree of the project PYTHONPATH names, and keeps its database in
the folder. For each number on a line of its own that it reads, it makes as many logins twice, first
to be warm, and answers with the CPU seconds that each request took the second time, as JSON.
"""

import gc
import json
import re
import sys
import time
from collections.abc import Iterable
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote_plus, unquote, urlsplit

from idp.app import create_provider
from tests.benchmarks import scenarios
from tests.benchmarks.population import PASSWORD, populate
from tests.benchmarks.servers import environment, settings_of
from tests.benchmarks.steps import Step

PORT = 8000
HOST = f"127.0.0.1:{PORT}"
CLIENT = "es"
FORM = re.compile(r'name="csrf" value="([^"]+)"')
VALUE = re.compile(r"\$\{(?:\w:)?(\w+)\}")


class Straight:
    """A browser and an application, and the provider that both call."""

    def __init__(self, folder: Path) -> None:
        url = f"sqlite:///{folder / 'straight.db'}"
        settings = settings_of(environment(PORT, url))
        populate(settings)
        self._serve: Any = create_provider(settings).web
        self._cookies: dict[str, str] = {}
        self._numbers = count()
        self._enter = scenarios.enter(CLIENT)
        self._redeem = scenarios.redeem(CLIENT)
        self._userinfo = scenarios.userinfo()
        self.seconds = [0.0, 0.0, 0.0]

    def log_in(self) -> None:
        """By password, once."""
        asked, page, form = scenarios.log_in(CLIENT)
        values = {"seq": "first", "user": "person1", "password": quote_plus(PASSWORD)}
        values["loc"] = urlsplit(self._call(asked, values)[0]).path
        found = FORM.search(self._call(page, values)[1])
        if found is None:
            raise SystemExit("no form")
        self._call(form, values | {"csrf": found[1]})

    def flow(self) -> None:
        """One login: authorize, token, userinfo."""
        values = {"seq": str(next(self._numbers))}
        address = urlsplit(self._timed(0, self._enter, values)[0])
        values["code"] = parse_qs(address.query)["code"][0]
        tokens = json.loads(self._timed(1, self._redeem, values)[1])
        self._timed(2, self._userinfo, values | {"access_token": tokens["access_token"]})

    def _timed(self, which: int, step: Step, values: dict[str, str]) -> tuple[str, str]:
        address, body, spent = self._called(step, values)
        self.seconds[which] += spent
        return address, body

    def _call(self, step: Step, values: dict[str, str]) -> tuple[str, str]:
        address, body, _ = self._called(step, values)
        return address, body

    def _called(self, step: Step, values: dict[str, str]) -> tuple[str, str, float]:
        """Where it leads, what it says, and the CPU seconds that it took."""
        environ, answered = self._environ(step, values), []

        def start(status: str, headers: list[tuple[str, str]]) -> None:
            answered.append((int(status[:3]), headers))

        began = time.thread_time()
        pieces: Iterable[bytes] = self._serve(environ, start)
        body = b"".join(pieces)
        spent = time.thread_time() - began
        status, headers = answered[0]
        if status not in step.statuses:
            raise SystemExit(f"{step.name}: {status} {body[:200]!r}")
        for name, value in headers:
            if name.lower() == "set-cookie":
                cookie, _, rest = value.partition("=")
                self._cookies[cookie] = rest.partition(";")[0]
        location = next((value for name, value in headers if name.lower() == "location"), "")
        return location, body.decode(), spent

    def _environ(self, step: Step, values: dict[str, str]) -> dict[str, Any]:
        path, headers, body = (
            VALUE.sub(lambda found: values[found[1]], text)
            for text in (step.path, step.headers, step.body)
        )
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": step.method,
            "PATH_INFO": unquote(path),
            "QUERY_STRING": query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(PORT),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": HOST,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body.encode()),
            "wsgi.errors": sys.stderr,
        }
        for line in filter(None, headers.split("\r\n")):
            name, _, value = line.partition(": ")
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        if step.cookies:
            environ["HTTP_COOKIE"] = "; ".join(f"{k}={v}" for k, v in self._cookies.items())
        return environ


def main() -> None:
    """Until nothing more is asked."""
    straight = Straight(Path(sys.argv[1]))
    straight.log_in()
    # Garbage of the start is nobody's login.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        for _ in range(2):
            straight.seconds = [0.0, 0.0, 0.0]
            for _ in range(int(line)):
                straight.flow()
        sys.stdout.write(json.dumps(straight.seconds) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
