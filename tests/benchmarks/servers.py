# SPDX-License-Identifier: Apache-2.0
"""The servers measured: each alone on its port, started as `sceau run` starts one."""

import base64
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from idp.config import Settings, load
from idp.oidc.edge import WELL_KNOWN
from tests.benchmarks.machine import Cores, family
from tests.benchmarks.scenarios import BARE

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0


@dataclass
class Served:
    """A server under measurement."""

    name: str
    port: int
    start_time: float
    process: subprocess.Popen[bytes]
    log: Path
    # Processes that are as much of the server as the first.
    beside: tuple[subprocess.Popen[bytes], ...] = ()
    # Processes that work for it and are counted apart: the database's.
    helper: int | None = None
    sessions: dict[str, Path] = field(default_factory=dict)
    # Workloads whose answers were found right once.
    judged: set[str] = field(default_factory=set)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pids(self) -> list[int]:
        return [pid for one in (self.process, *self.beside) for pid in family(one.pid)]

    @property
    def helpers(self) -> list[int]:
        return family(self.helper) if self.helper is not None else []


def environment(port: int, database: str) -> dict[str, str]:
    """The configuration of a provider under measurement: what ships, but for lives."""
    ring = "bench:" + base64.b64encode(secrets.token_bytes(32)).decode()
    return {
        "SCEAU_SERVER_ISSUER": f"http://127.0.0.1:{port}",
        "SCEAU_SERVER_PORT": str(port),
        "SCEAU_DATABASE_URL": database,
        "SCEAU_SECRETS_KEYS": ring,
        # A round may come long after the tokens it presents.
        "SCEAU_TOKENS_ACCESS": "3600",
        "SCEAU_LOG_LEVEL": "warning",
    }


def settings_of(environ: Mapping[str, str]) -> Settings:
    """The same as typed settings."""
    return load(None, environ)


@dataclass(frozen=True)
class Program:
    """What is started: `probe` is the address whose first 200 ends the start."""

    name: str
    command: tuple[str, ...]
    probe: str
    port: int
    environ: Mapping[str, str]


def provider(name: str, port: int, environ: Mapping[str, str]) -> Program:
    """The provider as an operator starts it."""
    return Program(name, ("-m", "idp", "run"), WELL_KNOWN, port, environ)


def bare(port: int, environ: Mapping[str, str]) -> Program:
    """The yardstick under the same server."""
    return Program("bare", ("-m", "tests.benchmarks.bare"), BARE, port, environ)


def spawn(
    name: str, command: list[str], environ: Mapping[str, str], cores: Cores, folder: Path
) -> tuple[subprocess.Popen[bytes], Path]:
    """A process on the server's core, and its log."""
    log = folder / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            cores.pin_server(command),
            cwd=ROOT,
            env=os.environ | environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return process, log


def launch(program: Program, cores: Cores, folder: Path) -> Served:
    """Start a server and wait for its first 200."""
    began = time.perf_counter()
    command = [sys.executable, *program.command]
    process, log = spawn(program.name, command, program.environ, cores, folder)
    url = f"http://127.0.0.1:{program.port}{program.probe}"
    try:
        wait_for(url, process, log)
    except BaseException:
        stop(process)
        raise
    return Served(program.name, program.port, time.perf_counter() - began, process, log)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with (
            suppress(urllib.error.URLError, ConnectionError, TimeoutError),
            urllib.request.urlopen(url, timeout=5) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.005)
    raise RuntimeError(f"no answer at {url}:\n{log.read_text(errors='replace')[-2000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and whatever it started."""
    members = family(process.pid)
    for how, patience in ((signal.SIGTERM, 8), (signal.SIGKILL, 5)):
        for pid in members:
            with suppress(ProcessLookupError):
                os.kill(pid, how)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return
