# SPDX-License-Identifier: Apache-2.0
"""`python -m idp.demo.sandbox.serve`: the demo's Pro Santé Connect, in a process of its own."""

import argparse
import signal
from pathlib import Path
from types import FrameType

from werkzeug.serving import WSGIRequestHandler, make_server

from idp.clock import MovedClock
from idp.demo.cast_cards import CARDS
from idp.demo.folder import Folder
from idp.demo.register import Listed, Site, listed
from idp.demo.sandbox.app import make_app
from idp.demo.sandbox.people import Place, Professional
from idp.demo.sandbox.provider import PSC_NAME, Client
from idp.demo.wallet import Standing, Wallet

# The e-CPS of one of the cast is still to be activated.
NOT_YET = "899700000047"
# What answers as soon as it serves.
READY = "/"


class Quiet(WSGIRequestHandler):
    """Writes nothing of what was asked: an address may hold a code."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


class DeskReader:
    """The virtual reader of the desk, as this page's own reader."""

    def __init__(self, folder: Folder, clock: MovedClock) -> None:
        self._folder = folder
        self._clock = clock

    def holder(self) -> str:
        """Whose card is in it."""
        inserted = Wallet(self._folder).reader.inserted()
        return next((one.holder for one in CARDS if one.name == inserted), "")

    def read(self, pin: str) -> str | None:
        """The number on it; three wrong codes block it, here as elsewhere."""
        wallet = Wallet(self._folder)
        held = wallet.held(wallet.reader.inserted(), self._clock.now())
        if held is None or held.standing is not Standing.VALID:
            return None
        if pin != held.card.pin:
            wallet.reader.count(held.card.name, held.tries - 1)
            return None
        wallet.reader.unblock(held.card.name)
        return held.card.print.national_id


def everybody() -> tuple[Professional, ...]:
    """The professionals of the demo's register, each with all their places."""
    by_number: dict[str, list[Listed]] = {}
    for one in listed():
        by_number.setdefault(one.national_id, []).append(one)
    return tuple(_professional(lines) for lines in by_number.values())


def _professional(lines: list[Listed]) -> Professional:
    first = lines[0]
    return Professional(
        first.national_id,
        first.first_name,
        first.last_name,
        first.civility,
        first.profession_code,
        first.skill,
        tuple(_place(one.site) for one in lines if one.site),
        mobile=first.national_id != NOT_YET,
    )


def _place(site: Site) -> Place:
    return Place(
        site.name, site.mode, site.sector, site.finess, site.number, site.town, site.post_code
    )


def main() -> None:
    """Serve until SIGTERM."""
    options = argparse.ArgumentParser(prog="idp.demo.sandbox.serve")
    options.add_argument("--folder", type=Path, required=True)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--secret-file", type=Path, required=True)
    options.add_argument("--back", required=True)
    given = options.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    folder = Folder(given.folder)
    clock = MovedClock(folder.clock)
    secret = given.secret_file.read_text("utf-8").strip()
    client = Client(PSC_NAME, "Sceau (démonstration)", secret, (given.back,))
    address = f"http://localhost:{given.port}"
    app = make_app(address, (client,), everybody(), clock.now, DeskReader(folder, clock))
    server = make_server("127.0.0.1", given.port, app, threaded=True, request_handler=Quiet)
    try:
        server.serve_forever()
    finally:
        server.server_close()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
