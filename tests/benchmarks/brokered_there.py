# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.benchmarks.brokered_there PORT BACK SECRET`: a provider that counts its time."""

import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.serving import make_server

from idp.demo.sandbox.app import make_app
from idp.demo.sandbox.people import Professional
from idp.demo.sandbox.provider import PROTOCOL, Client
from tests.benchmarks.phones_there import CLIENT, Quiet, national_id

PEOPLE = 20
SPENT = "/spent"


class AnyCard:
    """A reader that reads whatever is typed as the code: the identifier itself."""

    def holder(self) -> str:
        return "anybody"

    def read(self, pin: str) -> str | None:
        return pin


class Counted:
    """The seconds that it took to answer our server, and nobody's browser."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._seconds = 0.0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == SPENT:
            start("200 OK", [("Content-Type", "text/plain")])
            return [str(self._seconds).encode()]
        began = time.perf_counter()
        answer = list(self._app(environ, start))
        if path.startswith(PROTOCOL):
            with self._lock:
                self._seconds += time.perf_counter() - began
        return answer


def main() -> None:
    """Serve until it is ended."""
    port, back, secret = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    known = tuple(
        Professional(national_id(one), "Claire", f"Durand {one}") for one in range(PEOPLE)
    )
    clients = (Client(CLIENT, "Sceau", secret, (back,)),)
    address = f"http://127.0.0.1:{port}"
    app = make_app(address, clients, known, lambda: int(time.time()), AnyCard())
    server = make_server(
        "127.0.0.1", port, Counted(app.wsgi_app), threaded=True, request_handler=Quiet
    )
    server.serve_forever()


if __name__ == "__main__":
    main()
