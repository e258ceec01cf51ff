# SPDX-License-Identifier: Apache-2.0
"""What the machine offers: cores to pin to, a compiler, free ports, what a process weighs."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("oload.c")


class Missing(Exception):
    """Something that the benchmark needs is not on this machine; the text says what to do."""


@dataclass(frozen=True)
class Cores:
    """Where the server and the generator run; None where they must share one core."""

    server: int | None
    generator: int | None

    def pin_server(self, command: list[str]) -> list[str]:
        return _pinned(self.server, command)

    def pin_generator(self, command: list[str]) -> list[str]:
        return _pinned(self.generator, command)

    @contextmanager
    def beside(self) -> Iterator[None]:
        """This process, and what it starts, on the generator's core meanwhile."""
        if self.generator is None:
            yield
            return
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {self.generator})
        try:
            yield
        finally:
            os.sched_setaffinity(0, allowed)

    @property
    def note(self) -> str:
        if self.server is None:
            return "server and generator share the cores: read the CPU column only"
        return f"server on core {self.server}, generator on core {self.generator}"


def find_cores() -> Cores:
    """One core each, where there are two and `taskset` can hold them there."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2 or not shutil.which("taskset"):
        return Cores(None, None)
    return Cores(allowed[0], allowed[1])


def _pinned(core: int | None, command: list[str]) -> list[str]:
    # Where it may, ahead of all else that runs: a server pushed aside finds its caches cold.
    if os.geteuid() == 0 and shutil.which("nice"):
        command = ["nice", "-n", "-10", *command]
    return command if core is None else ["taskset", "-c", str(core), *command]


def compile_generator(folder: Path) -> Path:
    """The load generator, built from the source beside this file."""
    program = folder / "oload"
    compiler = _compiler()
    options = ["-O2", "-std=gnu11", "-o", str(program), str(SOURCE)]
    built = subprocess.run([compiler, *options], capture_output=True, text=True, check=False)
    if built.returncode != 0:
        raise Missing(f"{compiler} could not build the load generator:\n{built.stderr}")
    return program


def _compiler() -> str:
    found = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if found:
        return found
    install("gcc", "libc6-dev")
    found = shutil.which("gcc")
    if not found:
        raise Missing(
            "The load generator needs a C compiler. Please type this, then start again:\n"
            "    sudo apt-get install --no-install-recommends -y gcc libc6-dev"
        )
    return found


def install(*packages: str) -> None:
    """By apt, where that is possible; whoever needs them finds out whether it was."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "-q", "update"], check=False, capture_output=True)
        wanted = ["apt-get", "-q", "-y", "--no-install-recommends", "install", *packages]
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(wanted, check=False, capture_output=True, env=quiet)


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found = [pid] if pid in parents else []
    for member in found:
        found.extend(child for child, parent in parents.items() if parent == member)
    return found


def weigh(pids: list[int]) -> tuple[float, float]:
    """RSS and PSS of these processes together, in MiB."""
    sums = {"Rss": 0, "Pss": 0}
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            name, _, rest = line.partition(":")
            if name in sums:
                sums[name] += int(rest.split()[0])
    return round(sums["Rss"] / 1024, 1), round(sums["Pss"] / 1024, 1)
