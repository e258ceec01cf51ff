# SPDX-License-Identifier: Apache-2.0
"""`sceau card-door`: serves the card's own address, until SIGINT or SIGTERM.

By gunicorn, since the server of the main address does not show client certificates. It ends every
connection after one answer, and refuses what could be read in two ways: header names with
underscores, folded lines, lengths that contradict each other (XC-020, XC-022).
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from idp.cli.door_tls import Anchors, Contexts
from idp.cli.findings import State, look_around
from idp.cli.orphans import end_with_parent
from idp.cli.output import plain
from idp.cli.place import settings
from idp.cli.program import Command, refuse
from idp.config import Settings
from idp.logs import configure, get

# A certificate of 16 kB in base64, each of its line breaks escaped.
LARGEST_HEADER = 32_768
STOP_SECONDS = 5
# Each waits for a browser, or for the person at it: a thread that waits costs nearly nothing.
THREADS = 256
log = get("card")


@click.command("card-door", cls=Command)
@click.option("--leash", type=int, hidden=True, help="End with the process of this number.")
def card_door(leash: int | None) -> None:
    """Serve the card's own address apart; `sceau run` serves it otherwise, where it has a port."""
    if leash is not None:
        end_with_parent(leash)
    found = settings()
    if not found.cards.port:
        refuse("cards.port is not set: the card has no address on this machine.")
    faults = [one for one in look_around(found) if one.state is State.FAULT]
    if faults:
        told = [f"  {one.subject}: {plain(one.text)}" for one in faults]
        refuse("\n".join(["The card's address is not served:", *told]))
    serve(found)


def serve(found: Settings) -> None:
    """Run the workers; comes back when a signal has stopped them."""
    configure(found.log)
    Gunicorn(found).run()


class Quiet(Logger):  # type: ignore[misc]
    """What gunicorn says, in our own log, and without the addresses that it would quote."""

    def setup(self, cfg: Any) -> None:
        """Nothing of its own."""

    def critical(self, msg: Any, *_args: Any, **_options: Any) -> None:
        log.error("server", said=str(msg)[:80])

    def error(self, msg: Any, *_args: Any, **_options: Any) -> None:
        log.error("server", said=str(msg)[:80])

    def exception(self, _msg: Any, *_args: Any, **_options: Any) -> None:
        fault = sys.exc_info()[1]
        if not isinstance(fault, TimeoutError):
            log.error("server", fault=type(fault).__name__)

    def warning(self, *_arguments: Any, **_options: Any) -> None:
        """Requests that make no sense: they are answered, and told to nobody."""

    def info(self, *_arguments: Any, **_options: Any) -> None:
        """Its comings and goings."""

    def debug(self, *_arguments: Any, **_options: Any) -> None:
        """Nor this."""

    def access(self, *_arguments: Any, **_options: Any) -> None:
        """Addresses hold handles."""

    def reopen_files(self) -> None:
        """It has none."""

    def close_on_exec(self) -> None:
        """It has none."""


class Gunicorn(BaseApplication):  # type: ignore[misc]
    """The server, set up in one place and by nothing in its surroundings."""

    def __init__(self, found: Settings) -> None:
        self._found = found
        self._contexts: Contexts | None = None
        super().__init__(prog="sceau card-door")

    def load_config(self) -> None:
        """Everything that is not as gunicorn would have it."""
        for name, value in (self._common() | self._tls()).items():
            self.cfg.set(name, value)

    def _common(self) -> dict[str, Any]:
        cards = self._found.cards
        bind = "127.0.0.1" if cards.bind == "localhost" else cards.bind
        host = f"[{bind}]" if ":" in bind else bind
        return {
            "bind": f"{host}:{cards.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": THREADS,
            # XC-024: one request a connection, so that a certificate is that of its request.
            "keepalive": 0,
            "limit_request_field_size": LARGEST_HEADER,
            # XC-020: `Client_Cert` is the same variable as `Client-Cert`, and a forger's.
            "header_map": "refuse",
            "forwarder_headers": "",
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "http_parser": "python",
            "http_protocols": "h1",
            "graceful_timeout": STOP_SECONDS,
            "control_socket_disable": True,
            "logger_class": Quiet,
            "post_fork": _leave_with_the_arbiter,
        }

    def _tls(self) -> dict[str, Any]:
        cards = self._found.cards
        if cards.proxy_header != "none":
            return {}
        return {
            "certfile": cards.tls_certificate,
            "keyfile": cards.tls_key,
            "ssl_context": lambda _conf, _default: self.contexts().new(),
        }

    def contexts(self) -> Contexts:
        """Made in the worker, where its door is open."""
        if self._contexts is None:
            raise RuntimeError("the door is not open yet")
        return self._contexts

    def load(self) -> Callable[..., Any]:
        """What a worker process serves."""
        # Here, so that `--help` doesn't wait for the whole program to load.
        from idp.door import anchors_of, open_door

        door = open_door(self._found)
        anchors: Anchors = anchors_of(door.core)
        cards = self._found.cards
        self._contexts = Contexts(Path(cards.tls_certificate), Path(cards.tls_key), anchors)
        return door.app


def _leave_with_the_arbiter(arbiter: Any, _worker: Any) -> None:
    end_with_parent(arbiter.pid)
