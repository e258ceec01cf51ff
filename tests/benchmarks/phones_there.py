# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.benchmarks.phones_there PORT PEOPLE SECRET`: phones that nobody answers."""

import sys
import time

from werkzeug.serving import WSGIRequestHandler, make_server

from idp.demo.sandbox.app import make_app
from idp.demo.sandbox.people import Professional
from idp.demo.sandbox.provider import Client
from idp.directory.numbers import luhn

CLIENT = "bench"


def national_id(number: int) -> str:
    """One of many, with the right key."""
    start = f"{9_990_000_000 + number:010d}"
    return "8" + start + next(digit for digit in "0123456789" if luhn(start + digit))


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    # Whoever asks again uses the same connection, as at the agency.
    protocol_version = "HTTP/1.1"

    def log(self, *_args: object, **_named: object) -> None:
        """Nothing."""


class NoReader:
    """Nobody's card."""

    def holder(self) -> str:
        return ""

    def read(self, _pin: str) -> str | None:
        return None


def main() -> None:
    """Serve until it is ended."""
    port, people, secret = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    known = tuple(
        Professional(national_id(one), "Claire", f"Durand {one}") for one in range(people)
    )
    clients = (Client(CLIENT, "Sceau", secret, ("http://127.0.0.1/back",)),)
    app = make_app(f"http://127.0.0.1:{port}", clients, known, lambda: int(time.time()), NoReader())
    make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet).serve_forever()


if __name__ == "__main__":
    main()
