# SPDX-License-Identifier: Apache-2.0
"""`python -m idp.demo.pki_serve`: the demo's revocation lists and OCSP, in a process of its own."""

import argparse
import signal
from pathlib import Path
from types import FrameType

from idp.clock import MovedClock
from idp.demo.pki import load
from idp.demo.pki_service import PkiService

# What answers as soon as it serves.
READY = "/AC/ACR-FO.cer"


def main() -> None:
    """Serve until SIGTERM."""
    options = argparse.ArgumentParser(prog="idp.demo.pki_serve")
    options.add_argument("--folder", type=Path, required=True)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--clock-file", type=Path, required=True)
    given = options.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    service = PkiService(MovedClock(given.clock_file).now, given.port)
    service.show(load(given.folder, service.address))
    try:
        service.serve_forever()
    finally:
        service.close()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
