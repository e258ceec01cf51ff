# SPDX-License-Identifier: Apache-2.0
"""The tree as the rules see it."""

import ast
from collections.abc import Iterator
from configparser import ConfigParser
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("idp", "connectors", "relying_parties", "imaging_app")
TOP_LEVEL = {
    *PRODUCT,
    "templates",
    "tests",
    "docs",
    "setup.cfg",
    "pyproject.toml",
    "Makefile",
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
}
# Left by tools, ignored by git.
LEFTOVERS = {"build", "dist", "site", "var", "node_modules", "sceau.egg-info"}

# Made by `.ci/viewer.py` out of ours and of libraries: ignored by git, and not ours to read.
BUILT = ROOT / "imaging_app" / "static" / "viewer"
# What it is made of: not shipped.
VIEWER = ROOT / "imaging_app" / "viewer"

# The flow and the nouns. Anything else below idp is an edge or the ground floor.
CORE = {
    "accounts",
    "administration",
    "applications",
    "audit",
    "credentials",
    "directory",
    "grants",
    "keys",
    "launches",
    "login",
    "messages",
    "programs",
    "signals",
    "registration",
    "sessions",
    "providers",
    "trust",
}
EDGES = {"api", "cli", "demo", "headers", "http", "launching", "migrations", "oidc", "saml", "web"}
GROUND = {"config", "logs", "outgoing"}


def python_files(*folders: str) -> list[Path]:
    """Every Python file of these folders, of the product by default."""
    return sorted(
        path
        for folder in folders or PRODUCT
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts
    )


def all_python_files() -> list[Path]:
    """Every Python file that we wrote."""
    return python_files(*PRODUCT, "tests", ".ci")


def is_built(path: Path) -> bool:
    """Whether a tool wrote it."""
    return BUILT in path.parents


def template_files() -> list[Path]:
    """Every page and mail."""
    return sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())


def core_folders() -> list[Path]:
    """The packages of the core that exist."""
    return [ROOT / "idp" / name for name in sorted(CORE) if (ROOT / "idp" / name).is_dir()]


# Where the folder of a means has another name: it holds the workstation's program as well.
FOLDERS = {"cps": "cps_card", "psc": "upstream_oidc"}
# What several means stand on, and no means itself; and what administrators alone add.
GROUNDS = {"openid", "prosante", "upstream_saml"}


def kinds() -> list[str]:
    """The means that have a folder."""
    named = {folder: kind for kind, folder in FOLDERS.items()}
    folders = [path.parent.name for path in (ROOT / "connectors").glob("*/__init__.py")]
    return sorted(named.get(one, one) for one in folders if one not in GROUNDS)


def here(path: Path, line: int | None = None) -> str:
    """A place as an editor opens it."""
    name = str(path.relative_to(ROOT))
    return name if line is None else f"{name}:{line}"


@cache
def parse(path: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse(path.read_text("utf-8"), str(path))


@cache
def settings() -> ConfigParser:
    """setup.cfg."""
    parser = ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def words(section: str, option: str) -> list[str]:
    """A list in setup.cfg, one word a line, without what a contract puts around it."""
    return settings()[section][option].split()


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
