# SPDX-License-Identifier: Apache-2.0
"""Real server processes that die when told to: forked from one that has imported everything.

`python -m tests.reliability.nursery` reads a database's address a line, with settings of its own,
and answers with the pid and port of a server over it. A request that carries `X-Die: before 2`
kills its server, as by `kill -9`, before the second COMMIT from there on; `after 2`, once it was
done.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from werkzeug.test import Client

from idp.app import create_provider
from tests.compiled_pages import compile_once
from tests.reliability.faults import Blow, Fuse, put_in
from tests.world import ISSUER, START, StandingClock, settings_for

HEADER = "HTTP_X_DIE"
ROOT = Path(__file__).parents[2]
HOST = ISSUER.partition("://")[2]
# What the threads of a server do beside serving.
WORK = "/-/work/"
WORKERS: dict[str, Callable[[Any, str], object]] = {
    "imports": lambda services, run: services.office.import_work.advance(run),
    "directory": lambda services, number: services.core.importer.run(int(number), None),
}
# Pages that most of them show.
USUAL = {"base.html", "connectors", "errors", "login", "logout", "parts", "password"}
OWN = {"host", "connection", "content-length", "content-type"}


class Server(ThreadingMixIn, WSGIServer):
    """A thread a request, so that writers meet."""

    daemon_threads = True
    request_queue_size = 64


class Quiet(WSGIRequestHandler):
    """Says nothing."""

    def log_message(self, *_arguments: Any) -> None:
        """Nothing."""


def die() -> None:
    """As a machine that loses its power, as far as a process can."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def deadly(provider: Any, fuse: Fuse) -> Any:
    """The provider, but for requests that kill, and those that ask for work in the background."""

    def work(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        name, given = environ["PATH_INFO"].removeprefix(WORK).split("/", 1)
        WORKERS[name](provider.services, given)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    def served(environ: dict[str, Any], start_response: Any) -> Any:
        wish = environ.pop(HEADER, "")
        stay: list[str] = []
        if wish:
            when, number, *stay = wish.split()
            fuse.at, fuse.only, fuse.instead = int(number), "COMMIT", die
            fuse.how = Blow.UNTOLD if when == "after" else Blow.OUTAGE
            fuse.passed, fuse.armed = [], True
        environ["HTTP_HOST"] = HOST
        try:
            if environ["PATH_INFO"].startswith(WORK):
                return work(environ, start_response)
            return provider.web(environ, start_response)
        finally:
            # `after 3 stay`: the third commit of whomsoever.
            fuse.armed = fuse.armed and (not wish or bool(stay))

    return served


def serve(url: str, changes: dict[str, str], pipe: int) -> None:
    """One server process, until it is killed."""
    parent = os.getppid()
    # Its log goes nowhere: what this process writes is read by whoever asked for servers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    provider = create_provider(settings_for(url, **changes), StandingClock(START))
    fuse = put_in(provider.services.core.database)
    server = make_server("127.0.0.1", 0, deadly(provider, fuse), Server, Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.write(pipe, f"{server.server_port}\n".encode())
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(0)


def warm_up(url: str, changes: dict[str, str]) -> None:
    """What every server compiles is compiled before the first of them is forked."""
    compile_once()
    provider = create_provider(settings_for(url, **changes), StandingClock(START))
    pages = provider.web.jinja_env
    for name in pages.list_templates():
        if name.partition("/")[0] in USUAL:
            pages.get_template(name)
    # Addresses are put in order by the first request.
    Client(provider.web).get("/login", base_url=ISSUER)
    provider.close()
    # What is there already is no garbage: a child that looked through it would copy all of it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)


def main() -> None:
    """Fork a server for each line, and bury those that died."""
    children: list[int] = []
    is_warm = False
    for line in sys.stdin:
        if not is_warm:
            warm_up(*json.loads(line))
            is_warm = True
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            try:
                serve(*json.loads(line), writing)
            finally:
                os._exit(1)
        os.close(writing)
        children.append(pid)
        with os.fdopen(reading) as told:
            port = told.readline().strip()
        sys.stdout.write(json.dumps([pid, int(port or 0)]) + "\n")
        sys.stdout.flush()
        for child in list(children):
            if os.waitpid(child, os.WNOHANG) != (0, 0):
                children.remove(child)
    for child in children:
        os.kill(child, signal.SIGKILL)


@dataclass
class Life:
    """A server process, and the way to it."""

    pid: int
    port: int

    def end(self) -> None:
        """Nobody needs it any more."""
        os.kill(self.pid, signal.SIGKILL)
        assert self.is_over()

    def is_over(self) -> bool:
        """Whether it has died, or does soon."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.is_gone():
                return True
            time.sleep(0.01)
        return False

    def is_gone(self) -> bool:
        """Whether it has died."""
        try:
            state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        return state == "Z"


@dataclass
class Nursery:
    """The process that makes servers."""

    process: subprocess.Popen[str]

    def bear(self, url: str, **changes: str) -> Life:
        """A new server over this database; `changes` are settings of its own."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([url, changes]) + "\n")
        self.process.stdin.flush()
        pid, port = json.loads(self.process.stdout.readline())
        assert port, "the server did not start"
        return Life(pid, port)


@contextmanager
def running_nursery() -> Iterator[Nursery]:
    """A nursery, and none of its servers left afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.nursery"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        yield Nursery(process)
    finally:
        process.communicate()


class Unacknowledged(Exception):
    """The server died before it had answered."""


@dataclass
class Wire:
    """Stands in the place of the provider in this process, and asks the server instead."""

    life: Life
    die: str = ""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """One request over a socket."""
        query = environ.get("QUERY_STRING")
        path = environ["PATH_INFO"] + (f"?{query}" if query else "")
        headers = {
            name[5:].replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_") and name[5:].lower() not in OWN
        }
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            if environ.get(name):
                headers[name.replace("_", "-")] = environ[name]
        if self.die:
            headers["X-Die"] = self.die
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        connection = HTTPConnection("127.0.0.1", self.life.port, timeout=60)
        try:
            connection.request(environ["REQUEST_METHOD"], path, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException) as fault:
            raise Unacknowledged from fault
        finally:
            connection.close()
        if "Content-Length" not in answer.headers:
            # It is written line by line: this one was cut before its last header.
            raise Unacknowledged
        start_response(f"{answer.status} {answer.reason}", list(answer.headers.items()))
        return [content]


if __name__ == "__main__":
    main()
