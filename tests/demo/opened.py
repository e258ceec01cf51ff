# SPDX-License-Identifier: Apache-2.0
"""A demo in a process of its own, for as long as a test looks at it."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from idp.config import load
from tests.demo.processes import end_all, free_offset, running, wait_until
from tests.servers import Site

# For whatever may take a while on a busy machine.
PATIENCE = 60


@dataclass
class Demo:
    """A demo in a process of its own."""

    folder: Path
    offset: int
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.lines)

    @property
    def cast(self):
        return json.loads((self.folder / "cast.json").read_text("utf-8"))

    @property
    def site(self) -> Site:
        """Its servers, as browsers reach them."""
        addresses = self.cast["addresses"]
        ports = {name: int(url.rpartition(":")[2]) for name, url in addresses.items()}
        return Site(addresses["sceau"], load(self.folder / "sceau.toml", {}), self.folder, ports)

    def address(self, name: str) -> str:
        return self.cast["addresses"][name]

    def read(self) -> None:
        for line in self.process.stdout:
            self.lines.append(line)

    def end(self, number: int) -> int:
        """As Ctrl-C does it: to the whole group of the terminal."""
        os.killpg(self.process.pid, number)
        return self.process.wait(PATIENCE)


@contextmanager
def demo(folder: Path, *words: str) -> Iterator[Demo]:
    offset = free_offset()
    command = [sys.executable, "-m", "idp", "demo", "--data", str(folder), *words]
    process = subprocess.Popen(
        [*command, "--port-offset", str(offset)],
        # An application on a busy machine may take its time to hear of a logout.
        env=os.environ | {"SCEAU_OUTGOING_TIMEOUT": "30"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    running_demo = Demo(folder, offset, process)
    reader = threading.Thread(target=running_demo.read)
    reader.start()
    try:
        assert wait_until(lambda: "Logs, database" in running_demo.text, 4 * PATIENCE), (
            running_demo.text
        )
        yield running_demo
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()
        wait_until(lambda: not running(str(folder)))
        assert end_all(str(folder)) == []


def entry(entries: list[dict], key: str) -> dict:
    """The entry of this key."""
    return next(one for one in entries if one["key"] == key)
