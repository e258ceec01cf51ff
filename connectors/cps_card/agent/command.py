# SPDX-License-Identifier: Apache-2.0
"""The command `sceau-agent`: reads its options, puts the parts together, runs until stopped."""

import argparse
import logging
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event

from connectors.cps_card.agent.cards import Cards
from connectors.cps_card.agent.limits import Rate
from connectors.cps_card.agent.peers import is_mine
from connectors.cps_card.agent.posting import post
from connectors.cps_card.agent.presence import Presence
from connectors.cps_card.agent.server import Door, Listening
from connectors.cps_card.agent.settings import A_MINUTE, PLACES, PORT, Fault, Settings, settle
from connectors.cps_card.agent.signing import Signer
from connectors.cps_card.agent.software import SoftwareCards, always_in, virtual_reader
from connectors.cps_card.agent.version import AGENT
from connectors.cps_card.agent.window import Window

LOG = logging.getLogger("sceau-agent")

ABOUT = """\
Reads the CPS card in this workstation's reader and signs logins with it, for the servers named
here and for nobody else. The PIN is asked in a window of its own, or typed on the reader."""
MORE = f"""\
What is not given as an option is looked for in {" or ".join(str(each) for each in PLACES)}
(origins, port, module, per_minute, language). A private authority's certificates are named by
the environment variable SSL_CERT_FILE."""


def options() -> argparse.ArgumentParser:
    """What can be said on the command line."""
    parser = argparse.ArgumentParser(
        "sceau-agent",
        description=ABOUT,
        epilog=MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "--origin",
        action="append",
        dest="origins",
        metavar="URL",
        help="a server whose login page may call, as its address bar shows it (repeatable)",
    )
    add("--port", type=int, help=f"where to listen, on this machine alone (default {PORT})")
    add("--module", metavar="PATH", help="the PKCS#11 library of the card's middleware")
    add(
        "--per-minute",
        type=int,
        metavar="N",
        help=f"how often a minute the window may be shown (default {A_MINUTE})",
    )
    add("--language", choices=("fr", "en"), help="of the window (default: the workstation's)")
    add("--config", type=Path, metavar="FILE", help="read this file instead of the usual ones")
    add("--version", action="version", version=f"sceau-agent {AGENT}")
    trial = parser.add_argument_group("to try it without a card")
    trial.add_argument(
        "--software-card",
        "--software-cards",
        action="append",
        dest="software_cards",
        type=Path,
        nargs="?",
        metavar="FILE.p12",
        help="a card in software, or a folder of them, instead of the readers (repeatable)",
    )
    trial.add_argument(
        "--reader-folder",
        type=Path,
        metavar="DIR",
        help="with --software-cards: a virtual reader and window, driven by the files of a folder",
    )
    return parser


def cards_for(settings: Settings) -> Cards:
    """The readers that were chosen; Fault where there is no way to them."""
    if settings.reader is not None:
        return SoftwareCards(virtual_reader(settings.reader))
    if settings.software:
        return SoftwareCards(always_in(list(settings.software)))
    # Compiled parts, and not needed for cards in software.
    try:
        from connectors.cps_card.agent.hardware import open_hardware
    except ImportError as fault:
        raise Fault("To read cards, install sceau[agent] (python-pkcs11, pyscard).") from fault
    return open_hardware(settings.module)


def window_for(settings: Settings) -> Window:
    """The window that was chosen."""
    if settings.reader is not None:
        from connectors.cps_card.agent.file_window import FileWindow

        return FileWindow(settings.reader)
    from connectors.cps_card.agent.tk_window import TkWindow

    return TkWindow(settings.language)


class Agent:
    """All parts, put together."""

    def __init__(self, settings: Settings, cards: Cards, window: Window) -> None:
        self._cards = cards
        self.presence = Presence(cards, post)
        rate = Rate(settings.per_minute, time.monotonic)
        signer = Signer(settings.origins, cards, window, self.presence, rate)
        self._door = Listening(settings.port, Door(settings.origins, cards, signer, is_mine))
        self.port = self._door.port

    def start(self) -> None:
        self._door.start()

    def close(self) -> None:
        self._door.close()
        self.presence.close()
        self._cards.close()


def leave_no_dump() -> None:
    """A crash writes nothing of the memory down: a PIN passes through it."""
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def complain(sentence: str) -> None:
    """To whoever started it; a program without a console on Windows has nobody to tell."""
    if sys.stderr is not None:
        sys.stderr.write(f"sceau-agent: {sentence}\n")


def set_up_log() -> None:
    """Short lines to standard error; a service manager adds the time and keeps them."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("sceau-agent %(levelname)s %(message)s"))
    LOG.handlers[:] = [handler]
    LOG.setLevel(logging.INFO)
    LOG.propagate = False


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until it is stopped; 2 for options that cannot be."""
    given = options().parse_args(arguments)
    leave_no_dump()
    set_up_log()
    try:
        settings = settle(given)
        cards = cards_for(settings)
    except Fault as fault:
        complain(str(fault))
        return 2
    try:
        agent = Agent(settings, cards, window_for(settings))
    except OSError as fault:
        cards.close()
        complain(
            f"port {settings.port} is not free ({fault.strerror}): another agent, or another"
            " person's on this machine? Stop it, or choose --port."
        )
        return 2
    return run(agent)


def run(agent: Agent) -> int:
    """Until a signal comes."""
    stop = Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())
    agent.start()
    LOG.info("ready port=%d", agent.port)
    # In small steps: Windows delivers Ctrl+C only between them.
    while not stop.wait(0.5):
        pass
    LOG.info("stopping")
    agent.close()
    return 0
