# SPDX-License-Identifier: Apache-2.0
"""`python -m relying_parties.hospital --issuer … --data … --person NUMBER FIRST LAST`."""

import argparse
import sys
from functools import partial
from pathlib import Path

from flask import Flask

from relying_parties.clock import MovedClock, system_time
from relying_parties.hospital.app import Hospital, create_app
from relying_parties.hospital.launches import Person, Signer, load_key
from relying_parties.serve import check_port, serve

PORT = 8009


def main() -> int:
    """Start it; returns once SIGTERM or SIGINT stopped it."""
    options = read_options()
    try:
        options.data.mkdir(parents=True, exist_ok=True)
        load_key(options.data / "key.json")
        check_port(options.address, options.port)
    except OSError as fault:
        sys.stderr.write(f"hospital: {fault}\n")
        return 2
    serve("hospital", options, partial(load, options))
    return 0


def load(options: argparse.Namespace) -> Flask:
    """The application, in the process that serves it."""
    issuer = options.url or f"http://localhost:{options.port}"
    key = load_key(options.data / "key.json")
    signer = Signer(issuer, options.issuer, options.application, key)
    people = tuple(Person(*one) for one in options.person)
    now = MovedClock(options.clock_file) if options.clock_file else system_time
    return create_app(Hospital(signer, people, now))


def read_options() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        prog="python -m relying_parties.hospital", description="Hôpital Manager, an example"
    )
    parser.add_argument("--address", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=PORT, help="port to listen on")
    parser.add_argument("--url", help="its name in launches, when not localhost and the port")
    parser.add_argument("--issuer", default="http://localhost:8000", help="the login server")
    parser.add_argument("--application", default="dcc", help="what it opens")
    parser.add_argument("--data", type=Path, required=True, help="folder for its key")
    parser.add_argument("--clock-file", type=Path, help="by how many seconds the clock is ahead")
    parser.add_argument(
        "--person",
        nargs=3,
        action="append",
        required=True,
        metavar=("NUMBER", "FIRST", "LAST"),
        help="somebody who works in it; may be given again",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
