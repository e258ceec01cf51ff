# SPDX-License-Identifier: Apache-2.0
"""Builds docs/ into site/:  python .ci/site.py.

MkDocs refuses a configuration inside its own folder of pages, so it is handed over on standard
input; the dated decisions are added to the menu, newest first.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def configuration() -> str:
    """docs/mkdocs.yml with the decisions there are."""
    pages = sorted((DOCS / "decisions").glob("20*.md"), reverse=True)
    entries = "".join(f"\n      - decisions/{page.name}" for page in pages)
    text = (DOCS / "mkdocs.yml").read_text("utf-8")
    menu = "  - Decisions: decisions/index.md"
    return text.replace(menu, f"  - Decisions:\n      - decisions/index.md{entries}")


def main() -> int:
    """Build, strictly."""
    command = (sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--clean", "-f", "-")
    done = subprocess.run(
        command,
        cwd=ROOT,
        input=configuration(),
        text=True,
        check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    if done.returncode == 0:
        print("site/index.html")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
