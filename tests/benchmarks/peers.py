# SPDX-License-Identifier: Apache-2.0
"""Other providers under the same load: each in a folder of its own, run by what Debian ships."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from tests.benchmarks.machine import Cores, Missing, install
from tests.benchmarks.scenarios import Workload
from tests.benchmarks.servers import Served

KEY = "saml-peers"
# The account that Debian's packages run as.
ACCOUNT = "www-data"


@dataclass(frozen=True)
class Peer:
    """A running one, and its workloads by the key of ours."""

    served: Served
    workloads: dict[str, Workload]


# Its name, and how it is started with so many people logged in.
Other = tuple[str, Callable[[Cores, int], AbstractContextManager[Peer]]]


def need(*packages: str) -> None:
    """Install what is missing; `Missing` says so where that can't be."""
    if os.geteuid() != 0:
        raise Missing(f"it runs as {ACCOUNT}, as Debian's packages do: this needs root")
    if absent(packages):
        install(*packages)
    if left := absent(packages):
        raise Missing(f"these packages of Debian are not here: {' '.join(left)}")


def absent(packages: Sequence[str]) -> list[str]:
    """Those that are not installed; all of them where the machine is no Debian."""
    if not shutil.which("dpkg-query"):
        return list(packages)
    shown = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *packages]
    found = subprocess.run(shown, capture_output=True, text=True, check=False).stdout.splitlines()
    return [one for one in packages if f"{one} installed" not in found]


@contextmanager
def own_folder(name: str, *inside: str) -> Iterator[Path]:
    """A folder that the peer's account can write to."""
    with TemporaryDirectory(prefix=f"sceau-{name}-", dir="/tmp") as place:
        folder = Path(place)
        folder.chmod(0o755)
        for one in inside:
            (folder / one).mkdir()
            shutil.chown(folder / one, ACCOUNT)
        yield folder


def keep_sessions(
    served: Served, folder: Path, session: str, browsers: Sequence[tuple[str, requests.Session]]
) -> None:
    """Cookies of those who logged in, where the generator looks for its virtual users."""
    lines = ["user\tcookies"]
    for user, browser in browsers:
        cookies = "; ".join(f"{one.name}={one.value}" for one in browser.cookies)
        lines.append(f"{user}\t{cookies}")
    file = folder / "sessions.tsv"
    file.write_text("\n".join(lines) + "\n")
    served.sessions[f"{session}-{len(browsers)}"] = file
