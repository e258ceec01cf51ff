# SPDX-License-Identifier: Apache-2.0
"""`python -m relying_parties.legacy --port 8003 --client-secret-file …`."""

import argparse
import sys
import tomllib
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from relying_parties.legacy.app import Shown, create_app
from relying_parties.legacy.doorkeeper import Doorkeeper, Sceau
from relying_parties.paths import REGISTRATIONS
from relying_parties.serve import check_port, serve

KEY = "legacy"


def main() -> int:
    """Start both; returns once SIGTERM or SIGINT stopped them."""
    registration = tomllib.loads((REGISTRATIONS / f"{KEY}.toml").read_text("utf-8"))
    options = read_options(registration)
    try:
        secret = options.client_secret_file.read_text("utf-8").strip()
        check_port(options.address, options.port)
    except OSError as fault:
        sys.stderr.write(f"{KEY}: {fault}\n")
        return 2
    load = partial(load_application, registration, options, secret)
    serve(KEY, options, load)
    return 0


def load_application(
    registration: dict[str, Any], options: argparse.Namespace, secret: str
) -> Doorkeeper:
    """The application behind its proxy."""
    headers = registration["headers"]
    names = (*headers["names"], headers["signed_header"])
    shown = Shown(
        registration["name"],
        registration["long_name"],
        registration["support_email"],
        headers["logout_path"],
        options.other_url,
        names,
    )
    url = options.url or f"http://localhost:{options.port}"
    sceau = Sceau(options.issuer, options.client_id, secret, url, names)
    return Doorkeeper(create_app(shown).wsgi_app, sceau)


def read_options(registration: dict[str, Any]) -> argparse.Namespace:
    """The options: those of every example application."""
    port = urlsplit(registration["home_url"]).port or 443
    parser = argparse.ArgumentParser(
        prog=f"python -m relying_parties.{KEY}", description=registration["long_name"]
    )
    parser.add_argument("--address", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=port, help="port to listen on")
    parser.add_argument("--url", help="address that browsers use, when not localhost and the port")
    parser.add_argument("--issuer", default="http://localhost:8000", help="the login server")
    parser.add_argument("--client-id", default=KEY, help="as registered")
    parser.add_argument(
        "--client-secret-file", type=Path, required=True, help="file that holds the secret"
    )
    parser.add_argument("--data", type=Path, help="not needed: it keeps nothing")
    parser.add_argument("--clock-file", type=Path, help="not needed: it looks at no clock")
    parser.add_argument("--other-url", default="", help="address of another example application")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
