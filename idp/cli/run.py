# SPDX-License-Identifier: Apache-2.0
"""`sceau run`: looks first, then serves until SIGINT or SIGTERM."""

import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from email.utils import formatdate
from functools import lru_cache, partial
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

import click
from granian.constants import HTTPModes, Interfaces
from granian.server import Server

from idp.cli.findings import Finding, State, look_around
from idp.cli.keeper import Keeper
from idp.cli.orphans import end_with_parent
from idp.cli.output import plain
from idp.cli.place import config_file, settings
from idp.cli.program import Command, refuse
from idp.config import Settings
from idp.config.sources import CONFIG_VARIABLE

TARGET = "idp.wsgi:app"
BACKLOG = 1024
# Longer than the slowest request that is allowed: a logout that is told to applications.
STOP_SECONDS = 8

Loader = Callable[[], Callable[..., Any]]
"""Called in a worker process: what it serves."""


@click.command("run", cls=Command)
@click.option("--without-card-door", is_flag=True, help="The card's address is served apart.")
def run(without_card_door: bool) -> None:  # noqa: FBT001 - click's way
    """Serve. Refuses to start on any fault that `sceau check` finds."""
    start(card_door=not without_card_door)


def start(load: Loader | None = None, *, card_door: bool = True) -> None:
    """Look, then serve with the configuration of this command."""
    found = settings()
    faults = [one for one in look_around(found) if one.state is State.FAULT]
    listened = [(found.server.bind, found.server.port)]
    card_door = card_door and found.cards.port > 0
    if card_door:
        listened.append((found.cards.bind, found.cards.port))
    faults += [
        Finding(State.FAULT, "port", why)
        for bind, port in listened
        for why in port_faults(numeric(bind), port)
    ]
    if faults:
        told = [f"  {one.subject}: {plain(one.text)}" for one in faults]
        refuse("\n".join(["Sceau does not start:", *told]))
    file = config_file()
    if file is not None:
        # The workers read the configuration themselves.
        os.environ[CONFIG_VARIABLE] = str(file.resolve())
    with Keeper("card-door", door_words(file)) if card_door else nullcontext():
        serve(found, load)


def door_words(file: Path | None) -> list[str]:
    """The words that start the card's address beside this process, to end with it."""
    words = [sys.executable, "-m", "idp", "card-door", "--leash", str(os.getpid())]
    return [*words, "--config", str(file)] if file else words


def serve(found: Settings, load: Loader | None = None) -> None:
    """Run the workers; comes back when a signal has stopped them."""
    server = found.server
    Server(
        TARGET,
        address=address_of(found),
        port=server.port,
        interface=Interfaces.WSGI,
        workers=server.workers,
        blocking_threads=server.threads,
        backlog=BACKLOG,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    ).serve(target_loader=load or load_application, wrap_loader=False)


def load_application() -> Callable[..., Any]:
    """What a worker process serves."""
    # A worker without its master would keep the port and never be told to stop.
    end_with_parent()
    from idp import wsgi

    # A forked worker runs no atexit: without this the last events would wait to be sealed.
    Finalize(None, wsgi.background.stop, exitpriority=1)
    return completed(wsgi.app, time.time)


def completed(application: Callable[..., Any], now: Callable[[], float]) -> Callable[..., Any]:
    """What Granian leaves to the application: the bytes of its headers, and the time.

    PEP 3333: each character of a header is one byte, and Granian writes them as UTF-8 instead.
    RFC 9110 §6.6.1: a server that has a clock says when it answered.
    """
    written = lru_cache(maxsize=2)(partial(formatdate, usegmt=True))

    def served(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            told = [(name, v if v.isascii() else _as_text(v)) for name, v in headers]
            if all(name.lower() != "date" for name, _ in told):
                told.append(("Date", written(int(now()))))
            return start_response(status, told, *rest)

        return application(environ, start)

    return served


def _as_text(value: str) -> str:
    """The text whose UTF-8 is these bytes."""
    return value.encode("latin-1", "replace").decode("utf-8", "replace")


def address_of(found: Settings) -> str:
    """The address to bind, as the server wants it."""
    return numeric(found.server.bind)


def numeric(bind: str) -> str:
    """An address to bind, in numbers."""
    return "127.0.0.1" if bind == "localhost" else bind


def port_faults(address: str, port: int) -> list[str]:
    """Why this port can't be listened on; nothing where it can."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        # A connection that is still closing does not make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as fault:
            return [f"{address} port {port}: {fault.strerror}. {who_has(port)}"]
    return []


def who_has(port: int) -> str:
    """How to find out who listens."""
    return f"To see who has it: ss -ltnp 'sport = :{port}'"
