# SPDX-License-Identifier: Apache-2.0
"""Server processes for races: each opens its own provider over one database and fires threads."""

import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from tests.protocol.kit import at_once, send
from tests.world import open_world

# Not fork: a child must not inherit the parent's threads and connections. It is born of a process
# that has none, and has imported everything once for all of them.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])
Call = tuple[str, dict[str, str], dict[str, str]]
"""A path, a form, headers."""
Answered = tuple[int, dict[str, Any]]
# Long enough that every process has read its order before the moment comes.
HEADSTART = 0.1


@dataclass
class ServerProcess:
    """The parent's end of a server process."""

    process: BaseProcess
    pipe: Connection

    def ask(self, *words: Any) -> None:
        """Send an order."""
        self.pipe.send(words)

    def answer(self) -> Any:
        """What came back; a fault there is a fault here."""
        if not self.pipe.poll(120):
            raise TimeoutError("a server process does not answer")
        found = self.pipe.recv()
        if isinstance(found, Exception):
            raise found
        return found


def start_servers(count: int) -> list[ServerProcess]:
    """Start so many; they wait for orders."""
    started = []
    for _ in range(count):
        ours, theirs = CONTEXT.Pipe()
        process = CONTEXT.Process(target=serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        started.append(ServerProcess(process, ours))
    return started


def stop_servers(servers: list[ServerProcess]) -> None:
    """End them."""
    for one in servers:
        one.ask("stop")
    for one in servers:
        one.process.join(timeout=60)
        if one.process.is_alive():
            one.process.kill()
            one.process.join()
        one.process.close()
        one.pipe.close()


def fire(servers: list[ServerProcess], url: str, calls: list[Call], threads: int) -> list[Answered]:
    """Send each server every call from so many threads, all at one moment; all the answers."""
    return everywhere(servers, url, threads, _post, *calls)


def everywhere(
    servers: list[ServerProcess], url: str, threads: int, deed: Callable[..., Any], *words: Any
) -> list[Any]:
    """`deed(world, number, *words)` in so many threads of each server, all at one moment."""
    for one in servers:
        one.ask("open", url)
    for one in servers:
        one.answer()
    moment = time.time() + HEADSTART
    for one in servers:
        one.ask("do", deed, words, threads, moment)
    answers = [found for one in servers for found in one.answer()]
    for one in servers:
        one.ask("close")
    for one in servers:
        one.answer()
    return answers


def serve(pipe: Connection) -> None:
    """The life of a server process."""
    world: Any = None
    while True:
        words = pipe.recv()
        try:
            match words:
                case ("open", url):
                    world = open_world(url)
                    pipe.send("ready")
                case ("do", deed, words, threads, moment):
                    time.sleep(max(0.0, moment - time.time()))
                    pipe.send(at_once(threads, partial(_one_of, deed, world, words)))
                case ("close",):
                    world.provider.close()
                    pipe.send("closed")
                case _:
                    # Without the interpreter's farewell: nothing here is worth keeping.
                    os._exit(0)
        except Exception as fault:  # noqa: BLE001 - told to the parent
            pipe.send(RuntimeError(repr(fault)))


def _one_of(deed: Callable[..., Any], world: Any, words: tuple[Any, ...], number: int) -> Any:
    return deed(world, number, *words)


def _post(world: Any, number: int, *calls: Call) -> Answered:
    path, form, headers = calls[number % len(calls)]
    response = send(world, "POST", path, form=form, headers=headers)
    return response.status_code, response.get_json(silent=True) or {}
